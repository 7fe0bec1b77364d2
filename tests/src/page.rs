//! The tests that a page of documentation names: `file: "case"` for a row of a table of cases, and `file::function` for
//! a whole test. A page is held true by a test that asks whether they exist.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A test by its file, and what it is called there.
#[derive(Debug)]
pub enum Test {
    /// A row of a table of cases.
    Case(&'static str, &'static str),
    /// A function.
    Function(&'static str, &'static str),
}

/// The tests that a cell of a table names, each between backticks, with semicolons between them.
///
/// # Panics
/// Where one cannot be read.
#[must_use]
pub fn tests(cell: &'static str) -> Vec<Test> {
    cell.split("`; `").map(|test| test_of(test.trim_matches('`'))).collect()
}

fn test_of(name: &'static str) -> Test {
    if let Some((file, case)) = name.split_once(": \"") {
        return Test::Case(file, case.strip_suffix('"').expect(name));
    }
    let (file, function) = name.split_once("::").expect(name);
    Test::Function(file, function)
}

/// The sources of the repository, read once.
#[derive(Debug, Default)]
pub struct Sources {
    names: BTreeMap<&'static str, Names>,
}

impl Sources {
    /// A line for each of `tests` that is not there.
    ///
    /// # Panics
    /// When one names a file that is not in the repository.
    pub fn missing(&mut self, tests: &[Test]) -> Vec<String> {
        let is_missing = |test: &&Test| {
            let (Test::Case(file, _) | Test::Function(file, _)) = **test;
            let names = self.names.entry(file).or_insert_with(|| Names::of(file));
            match **test {
                Test::Case(_, case) => !names.cases.contains(case),
                Test::Function(_, function) => !names.functions.contains(function),
            }
        };
        tests.iter().filter(is_missing).map(|test| format!("{test:?} is not there")).collect()
    }
}

/// The names in a file: of its cases, and of its test functions.
#[derive(Debug)]
struct Names {
    cases: BTreeSet<String>,
    functions: BTreeSet<String>,
}

impl Names {
    /// # Panics
    /// When there is no such file in the repository.
    fn of(file: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let source = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        // What is commented out holds nothing.
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        let source = source.lines().filter(is_code).collect::<Vec<_>>().join("\n");
        // A case is `Case::kind("name", …`, wherever its lines are broken.
        let cases = source.split("Case::").skip(1).filter_map(|text| {
            let (kind, rest) = text.split_once('(')?;
            let is_kind = kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            let (name, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
            is_kind.then(|| name.to_owned())
        });
        let functions = source.split("#[test]").skip(1).filter_map(|text| {
            // Attributes may stand between.
            let (name, _) = text.get(text.find("fn ")? + 3..)?.split_once('(')?;
            Some(name.to_owned())
        });
        Self { cases: cases.collect(), functions: functions.collect() }
    }
}
