//! Holds `tests/REQUIREMENTS.md` true: every rule there names tests that exist, or a reason why there is none.

use std::collections::BTreeSet;

use bantam_tests::page::{self, Sources, Test};

const PAGE: &str = include_str!("../../REQUIREMENTS.md");

/// Every level that a rule may have.
const LEVELS: [&str; 9] =
    ["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "RECOMMENDED", "OPTIONAL", "ought", "rule"];

/// The documents whose rules are told, in their order, and how many at least.
const DOCUMENTS: [(&str, usize); 9] = [
    ("RFC 9112", 100),
    ("RFC 9110", 150),
    ("RFC 9111", 40),
    ("RFC 3986", 10),
    ("RFC 6455", 5),
    ("RFC 6585", 5),
    ("RFC 6750", 5),
    ("RFC 7617", 5),
    ("The rules of refusal", 15),
];

/// What may stand where tests should, and what it says.
const REASONS: [&str; 3] = ["n/a: ", "by design: ", "not done: "];

/// How many rules are held by tests, and how many have each of the reasons. Whoever changes a row changes a number here,
/// and can be asked why.
const COUNTS: [(&str, usize); 4] = [("held by tests", 423), ("n/a", 37), ("by design", 31), ("not done", 7)];

/// One rule.
#[derive(Debug)]
struct Row {
    document: &'static str,
    section: Vec<u32>,
    level: &'static str,
    requirement: &'static str,
    held_by: HeldBy,
}

/// What holds a rule.
#[derive(Debug)]
enum HeldBy {
    Tests(Vec<Test>),
    Reason(&'static str, &'static str),
}

/// The rows of all tables of the page.
///
/// # Panics
/// Where one does not parse.
fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut document = None;
    for line in PAGE.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            document = Some(heading);
        }
        let Some(document) = document else { continue };
        let is_head = line.starts_with("| section ") || line.starts_with("|---");
        if !line.starts_with('|') || is_head {
            assert!(line.is_empty() || is_head || line.starts_with("## "), "between tables: {line:?}");
            continue;
        }
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [section, level, requirement, held_by] = cells[..] else { panic!("four cells: {line:?}") };
        let section = section.split('.').map(|part| part.parse().expect(line)).collect();
        rows.push(Row { document, section, level, requirement, held_by: held_by_of(held_by) });
    }
    rows
}

fn held_by_of(cell: &'static str) -> HeldBy {
    if let Some(kind) = REASONS.into_iter().find(|kind| cell.starts_with(kind)) {
        return HeldBy::Reason(kind.trim_end_matches(": "), &cell[kind.len()..]);
    }
    HeldBy::Tests(page::tests(cell))
}

#[test]
fn every_rule_is_told_once_and_in_order() {
    let rows = rows();
    let mut documents: Vec<_> = rows.iter().map(|row| row.document).collect();
    documents.dedup();
    assert_eq!(documents, DOCUMENTS.map(|(document, _)| document));
    for (document, least) in DOCUMENTS {
        let count = rows.iter().filter(|row| row.document == document).count();
        assert!(count >= least, "{document} has {count} rules");
    }
    let mut told = BTreeSet::new();
    for row in &rows {
        assert!(LEVELS.contains(&row.level), "the level of {row:?}");
        let is_ours = row.document == DOCUMENTS[DOCUMENTS.len() - 1].0;
        assert_eq!(row.level == "rule", is_ours, "{row:?}");
        assert!(!row.section.contains(&0) && row.section.len() <= 5, "the section of {row:?}");
        let is_sentence = row.requirement.len() >= 15 && row.requirement.ends_with('.');
        assert!(is_sentence, "the requirement of {row:?}");
        assert!(told.insert((row.document, &row.section, row.requirement)), "told twice: {row:?}");
    }
    for pair in rows.windows(2) {
        let [one, other] = pair else { continue };
        let is_in_order = one.document != other.document || one.section <= other.section;
        assert!(is_in_order, "{:?} stands before {:?}", one, other);
    }
}

#[test]
fn every_rule_is_held_by_tests_that_exist_or_has_a_reason() {
    let mut sources = Sources::default();
    let mut mistakes = Vec::new();
    for row in &rows() {
        match &row.held_by {
            HeldBy::Reason(kind, reason) if reason.split_whitespace().count() < 4 => {
                mistakes.push(format!("{kind} without a reason: {row:?}"));
            }
            HeldBy::Reason(..) => {}
            HeldBy::Tests(tests) => mistakes.extend(sources.missing(tests)),
        }
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

#[test]
fn as_many_rules_as_ever_are_held() {
    let rows = rows();
    let kind = |row: &Row| match row.held_by {
        HeldBy::Tests(_) => "held by tests",
        HeldBy::Reason(kind, _) => kind,
    };
    let counts = COUNTS.map(|(name, _)| (name, rows.iter().filter(|row| kind(row) == name).count()));
    assert_eq!(counts, COUNTS);
    // A rule of our own has nobody else to bind.
    let ours = rows.iter().filter(|row| row.level == "rule");
    ours.for_each(|row| assert!(matches!(row.held_by, HeldBy::Tests(_)), "{row:?}"));
}
