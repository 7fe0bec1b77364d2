//! Holds `tests/FEATURES.md` true: every test named there exists, no row lacks a server, and no fault is left out.

use bantam_tests::page::{self, Sources, Test};

const PAGE: &str = include_str!("../../FEATURES.md");

/// The sections, in their order: how many cells a row has, and how many rows there are at least.
const SECTIONS: [(&str, usize, usize); 4] = [
    ("Around every answer", 7, 20),
    ("Files and other handlers", 7, 15),
    ("Listening and ending", 7, 9),
    ("Faults that stay mended", 4, FAULTS),
];

/// Faults are numbered from 1.
const FAULTS: usize = 34;

/// What the legend explains.
const MARKS: [&str; 7] = ["Y", "p", "L", "x", "-", "?", "n/a"];

/// What may stand where tests should, and only among the faults.
const REASON: &str = "n/a: ";

/// A row of a table, by the section that it stands in.
struct Row {
    section: &'static str,
    cells: Vec<&'static str>,
}

impl Row {
    /// The tests that its last cell names, or the reason why there are none.
    fn held_by(&self) -> Result<Vec<Test>, &'static str> {
        let cell = self.cells.last().expect("a row has cells");
        cell.strip_prefix(REASON).map_or_else(|| Ok(page::tests(cell)), Err)
    }
}

/// The rows of all tables of the page, without their heads.
///
/// # Panics
/// Where something else stands between them.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut section = None;
    let mut is_behind_head = false;
    for line in PAGE.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            section = Some(heading);
            is_behind_head = false;
        }
        let Some(section) = section else { continue };
        if line.starts_with("|---") {
            is_behind_head = true;
        } else if let Some(row) = line.strip_prefix('|') {
            let row = row.strip_suffix('|').unwrap_or_else(|| panic!("not ended: {line:?}"));
            let cells = row.split('|').map(str::trim).collect();
            is_behind_head.then(|| rows.push(Row { section, cells }));
        } else {
            assert!(!is_behind_head || line.is_empty(), "behind a table: {line:?}");
        }
    }
    rows
}

fn rows_of(section: &str) -> Vec<Row> {
    rows().into_iter().filter(|row| row.section == section).collect()
}

#[test]
fn every_row_has_its_cells() {
    let mut sections: Vec<_> = rows().iter().map(|row| row.section).collect();
    sections.dedup();
    assert_eq!(sections, SECTIONS.map(|(section, ..)| section));
    for (section, cells, least) in SECTIONS {
        let rows = rows_of(section);
        assert!(rows.len() >= least, "{section} has {} rows", rows.len());
        for (at, row) in rows.iter().enumerate() {
            assert_eq!(row.cells.len(), cells, "{:?}", row.cells);
            assert!(row.cells.iter().all(|cell| !cell.is_empty()), "{:?}", row.cells);
            let is_told_before = rows[..at].iter().any(|other| other.cells[0] == row.cells[0]);
            assert!(!is_told_before, "told twice: {:?}", row.cells);
        }
    }
}

#[test]
fn every_feature_is_marked_by_the_legend() {
    for (section, cells, _) in SECTIONS {
        for row in rows_of(section).iter().filter(|_| cells == 7) {
            let marks = &row.cells[1..6];
            assert!(marks.iter().all(|mark| MARKS.contains(mark)), "{:?}", row.cells);
            assert!(["Y", "p"].contains(&marks[0]), "what this server does: {:?}", row.cells);
            assert!(row.held_by().is_ok(), "a feature has tests: {:?}", row.cells);
        }
    }
    let legend = PAGE.split("## ").next().expect("an introduction");
    for mark in MARKS {
        assert!(legend.contains(&format!("**{mark}**")), "{mark} is not explained");
    }
}

#[test]
fn every_fault_is_there_in_order() {
    let rows = rows_of(SECTIONS[3].0);
    let names: Vec<_> = rows.iter().map(|row| row.cells[0].to_owned()).collect();
    let expected: Vec<_> = (1..=FAULTS).map(|number| format!("B{number}")).collect();
    assert_eq!(names, expected);
    for row in &rows {
        assert!(row.cells[1].len() >= 15 && row.cells[2].len() >= 10, "{:?}", row.cells);
        if let Err(reason) = row.held_by() {
            assert!(reason.split_whitespace().count() >= 4, "no reason: {:?}", row.cells);
        }
    }
    let without_tests = rows.iter().filter(|row| row.held_by().is_err()).count();
    assert_eq!(without_tests, 1, "whoever leaves out a test changes this number, and can be asked why");
}

#[test]
fn every_test_exists() {
    let mut sources = Sources::default();
    let mut mistakes = Vec::new();
    for tests in rows().iter().filter_map(|row| row.held_by().ok()) {
        assert!(!tests.is_empty());
        mistakes.extend(sources.missing(&tests));
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}
