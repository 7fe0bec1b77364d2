//! The corpus of the fuzz targets, replayed: every file goes through the assertions of its target.

use core::panic::AssertUnwindSafe;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use bantam_tests::fuzzed::{Check, TARGETS};

/// The folder of the fuzz targets.
fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

/// Names and contents of the files in a folder, in the order of their names.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .map(|path| {
            (
                path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                fs::read(&path).expect("a file"),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_target_has_a_wrapper_and_a_corpus_of_named_files() {
    let targets: Vec<_> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let wrappers: Vec<_> = files(&fuzz().join("fuzz_targets")).into_iter().map(|(name, _)| name).collect();
    assert_eq!(wrappers, targets.iter().map(|target| format!("{target}.rs")).collect::<Vec<_>>());
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("a manifest");
    for target in &targets {
        assert!(manifest.contains(&format!("\nname = \"{target}\"\n")), "{target} is not in the manifest");
        let corpus = files(&fuzz().join("corpus").join(target));
        assert!(!corpus.is_empty(), "{target} has no corpus");
        for (name, content) in &corpus {
            let is_hash = name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            let is_name =
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            assert!(is_name && !is_hash, "{target}/{name}: a file is called after what it shows");
            assert!(content.len() <= 8_192, "{target}/{name} is too large");
        }
    }
}

/// For its own target, and for the others: what one has found is of use to all.
#[test]
fn every_file_holds_for_every_target() {
    let mut failed = Vec::new();
    for (folder, _) in TARGETS {
        for (name, content) in files(&fuzz().join("corpus").join(folder)) {
            for (target, check) in TARGETS {
                replay(&format!("corpus/{folder}/{name} as {target}"), check, &content, &mut failed);
            }
        }
    }
    assert!(failed.is_empty(), "these do not hold, for the reasons above: {failed:#?}");
}

#[test]
fn every_beginning_of_a_file_holds() {
    let mut failed = Vec::new();
    for (target, check) in TARGETS {
        for (name, content) in files(&fuzz().join("corpus").join(target)) {
            for length in (0..content.len()).step_by(1 + content.len() / 16) {
                let what = format!("the first {length} bytes of corpus/{target}/{name}");
                replay(&what, check, &content[..length], &mut failed);
            }
        }
    }
    assert!(failed.is_empty(), "these do not hold, for the reasons above: {failed:#?}");
}

/// Runs a check, and notes what it does not hold for.
fn replay(what: &str, check: Check, content: &[u8], failed: &mut Vec<String>) {
    if catch_unwind(AssertUnwindSafe(|| check(content))).is_err() {
        failed.push(what.to_owned());
    }
}
