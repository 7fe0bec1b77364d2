//! Files that are kept open: what is noticed at once, and what when their time is over.

use super::*;

const VALIDITY: StdDuration = StdDuration::from_secs(1);

/// Keeps files that were written just now: by a clock by which that is long ago.
pub(super) fn keeping(files: Files) -> Files {
    let mut files = files.with_open_files(128, VALIDITY);
    files.recent.as_mut().unwrap().clock = || UNIX_EPOCH + StdDuration::from_secs(1 << 40);
    files
}

fn at(millis: u64) -> Manner {
    Manner { now: Instant::from_millis(millis), ..Manner::default() }
}

fn text_at(files: &Files, target: &str, millis: u64) -> String {
    let answer = exchange_with(files, &format!("GET {target} HTTP/1.1\r\nHost: a"), at(millis), || {});
    match answer.status() {
        "200" => answer.text().into(),
        status => status.into(),
    }
}

#[test]
fn answers_are_the_same_as_without() {
    let folder = Folder::new()
        .with("none", "")
        .with("small", "x".repeat(4_096))
        .with("large", "y".repeat(70_001))
        .with("d/index.html", "<p>")
        .with("none.gz", "coded");
    let plain = folder.files().with_precompressed(true);
    let files = keeping(folder.files().with_precompressed(true));
    for fields in ["", "\r\nRange: bytes=10-4000", "\r\nRange: bytes=1-2,4-5", "\r\nAccept-Encoding: gzip"] {
        for target in ["/none", "/small", "/large", "/d/", "/d", "/absent", "/"] {
            for method in ["GET", "HEAD"] {
                let head = format!("{method} {target} HTTP/1.1\r\nHost: a{fields}");
                let wanted = exchange(&plain, &head, || {});
                let by_file = Manner { by_file: 10_000, ..Manner::default() };
                for manner in [Manner::default(), Manner::default(), by_file] {
                    let answer = exchange_with(&files, &head, manner, || {});
                    // The line between parts is made anew for each connection.
                    assert_eq!(answer.status(), wanted.status(), "{head}");
                    assert_eq!(answer.field("ETag"), wanted.field("ETag"), "{head}");
                    assert!(answer.content == wanted.content, "{head}");
                }
            }
        }
    }
}

#[test]
fn a_change_of_the_file_itself_is_noticed_at_once() {
    for (name, length) in [("small", 100), ("large", 100_000)] {
        let folder = Folder::new().with("f", "1".repeat(length));
        let files = keeping(folder.files());
        let path = folder.root.join("f");
        let get = || text_at(&files, "/f", 0);
        assert_eq!(get(), "1".repeat(length), "{name}");

        fs::File::options().append(true).open(&path).unwrap().write_all(b"+").unwrap();
        assert_eq!(get(), format!("{}+", "1".repeat(length)), "{name}: longer");

        fs::File::options().write(true).open(&path).unwrap().set_len(3).unwrap();
        assert_eq!(get(), "111", "{name}: shorter");

        fs::write(&path, "222").unwrap();
        set_modified(&path, MODIFIED); // no clock is so coarse that both writes look alike
        assert_eq!(get(), "222", "{name}: written to");

        fs::write(folder.root.join("g"), "333").unwrap();
        fs::rename(folder.root.join("g"), &path).unwrap();
        assert_eq!(get(), "333", "{name}: replaced");

        fs::remove_file(&path).unwrap();
        assert_eq!(get(), "404", "{name}: removed");

        fs::write(&path, "444").unwrap();
        assert_eq!(get(), "444", "{name}: there again");
    }
}

#[test]
fn a_way_that_leads_elsewhere_is_noticed_when_the_time_is_over() {
    let folder = Folder::new().with("one/f", "one").with("two/f", "two").with_link("current", "one");
    let files = keeping(folder.files());
    assert_eq!(text_at(&files, "/current/f", 500), "one");
    fs::remove_file(folder.root.join("current")).unwrap();
    symlink("two", folder.root.join("current")).unwrap();
    let mut changed = None;
    for millis in (500..2_500).step_by(50) {
        if text_at(&files, "/current/f", millis) == "two" {
            changed = changed.or(Some(millis));
        } else {
            assert_eq!(changed, None, "it does not change back");
        }
    }
    assert_eq!(changed, Some(1_500), "counted from when the path was resolved, not from the last request");

    // And when it leads outside, the kernel is asked again, and refuses.
    fs::remove_file(folder.root.join("current")).unwrap();
    symlink("..", folder.root.join("current")).unwrap();
    assert_eq!(text_at(&files, "/current/f", 3_500), "404");
    assert_eq!(text_at(&files, "/current/secret.txt", 3_500), "404");
}

#[test]
fn without_being_asked_for_nothing_is_kept() {
    let folder = Folder::new().with("one/f", "one").with("two/f", "two").with_link("current", "one");
    let for_no_time = keeping(folder.files()).with_open_files(128, StdDuration::ZERO);
    let no_files = keeping(folder.files()).with_open_files(0, VALIDITY);
    for files in [folder.files(), for_no_time, no_files] {
        assert_eq!(text_at(&files, "/one/f", 0), "one");
        fs::rename(folder.root.join("one"), folder.root.join("three")).unwrap();
        assert_eq!(text_at(&files, "/one/f", 0), "404");
        fs::rename(folder.root.join("three"), folder.root.join("one")).unwrap();
    }
}

#[test]
fn a_hidden_name_stays_hidden() {
    let folder = Folder::new().with(".f", "hidden").with_link("f", ".f");
    let files = keeping(folder.files());
    for _ in 0..2 {
        assert_eq!(text_at(&files, "/f", 0), "hidden", "by a name of its own");
        assert_eq!(text_at(&files, "/.f", 0), "404");
    }
}

/// Open descriptors of files in this folder.
fn descriptors_in(root: &Path) -> usize {
    let links = fs::read_dir("/proc/self/fd").unwrap();
    let links = links.filter_map(|link| fs::read_link(link.unwrap().path()).ok());
    links.filter(|target| target.starts_with(root) && target != root).count()
}

#[test]
fn few_files_are_kept_open_and_large_ones_not_at_all() {
    let mut folder = Folder::new().with("large", "x".repeat((1 << 20) + 1));
    for number in 0..400 {
        folder = folder.with(format!("{number}"), "x");
    }
    let root = fs::canonicalize(&folder.root).unwrap();
    let files = keeping(folder.files());
    assert_eq!(text_at(&files, "/large", 0).len(), (1 << 20) + 1);
    assert_eq!(descriptors_in(&root), 0);
    for number in 0..400 {
        assert_eq!(text_at(&files, &format!("/{number}"), 0), "x");
    }
    let kept = descriptors_in(&root);
    assert!((2..=128).contains(&kept), "{kept}");
    for _ in 0..40 {
        assert_eq!(text_at(&files, "/large", 1_000).len(), (1 << 20) + 1);
    }
    assert_eq!(descriptors_in(&root), 0, "what has run out is let go of, though nobody asks for it");
}

#[test]
fn a_file_that_was_changed_a_moment_ago_is_not_kept() {
    let folder = Folder::new().with("f", "x");
    let root = fs::canonicalize(&folder.root).unwrap();
    let files = folder.files().with_open_files(128, VALIDITY);
    assert_eq!(text_at(&files, "/f", 0), "x");
    assert_eq!(descriptors_in(&root), 0);
    let files = keeping(folder.files());
    assert_eq!(text_at(&files, "/f", 0), "x");
    assert_eq!(descriptors_in(&root), 1);
}

#[test]
fn threads_share_what_is_kept() {
    let folder = Folder::new().with("a", "a".repeat(5_000)).with("b", "b");
    let files = keeping(folder.files());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let files = &files;
            scope.spawn(move || {
                for round in 0..200 {
                    // Times apart from each other, as those of workers are.
                    let now = round * 20 + thread * 7;
                    assert_eq!(text_at(files, "/a", now), "a".repeat(5_000));
                    assert_eq!(text_at(files, "/b", now), "b");
                }
            });
        }
    });
}
