use super::*;

fn decoded(raw: &str, has_hidden_files: bool) -> Option<std::vec::Vec<u8>> {
    let mut space = [0; PATH_MAX];
    RelativePath::decode(raw, &mut space, has_hidden_files).map(|path| path.as_bytes().to_vec())
}

#[test]
fn what_names_something() {
    let cases: &[(&str, &[u8])] = &[
        ("", b""),
        ("a", b"a"),
        ("a/", b"a"),
        ("a/b.txt", b"a/b.txt"),
        ("a%20b/%C3%A9", b"a b/\xc3\xa9"),
        ("%FF", b"\xff"),
        ("%25", b"%"),
        ("%252e%252e", b"%2e%2e"),
        ("a..b/c..", b"a..b/c.."),
        ("a%5Cb", b"a\\b"),
    ];
    for (raw, expected) in cases {
        assert_eq!(decoded(raw, false).as_deref(), Some(*expected), "{raw}");
    }
}

#[test]
fn what_names_nothing() {
    let cases = [
        "/",
        "//",
        "/a",
        "a//",
        "a//b",
        ".",
        "..",
        "../a",
        "a/..",
        "a/./b",
        "%2e",
        "%2E%2e",
        ".%2e/a",
        "a/%2e%2e/b",
        "a%2fb",
        "..%2f",
        "%2f",
        "a%2F..%2Fb",
        "%00",
        "a%00.txt",
        "%",
        "%4",
        "%zz",
    ];
    for raw in cases {
        assert_eq!(decoded(raw, true), None, "{raw}");
    }
}

#[test]
fn hidden_names() {
    for raw in [".git", "a/.env", "%2egit/config", "...", ".a/b"] {
        assert_eq!(decoded(raw, false), None, "{raw}");
        assert!(decoded(raw, true).is_some(), "{raw}");
    }
}

#[test]
fn a_path_leaves_room_for_its_nul() {
    let longest = "a/".repeat(2_047) + "b";
    assert_eq!(decoded(&longest, false).map(|path| path.len()), Some(PATH_MAX - 1));
    assert_eq!(decoded(&(longest.clone() + "c"), false), None);
    assert_eq!(decoded(&(longest.clone() + "/c"), false), None);
    assert_eq!(decoded(&"a".repeat(PATH_MAX), false), None);
    let mut space = [0xff; PATH_MAX];
    let mut path = RelativePath::decode(&longest, &mut space, false).unwrap();
    assert!(path.child(b"c").is_none());
    #[cfg(target_os = "linux")]
    assert_eq!(path.as_c_str().to_bytes(), longest.as_bytes());
}

#[test]
fn a_child_lies_behind_its_folder() {
    let mut space = [0xff; PATH_MAX];
    let mut path = RelativePath::decode("a", &mut space, false).unwrap();
    for name in [&b"index.html"[..], b"b"] {
        let child = path.child(name).unwrap();
        assert_eq!(child.as_bytes(), [b"a/", name].concat());
    }
    for name in [&b".."[..], b"b/c", b"", b"b\0"] {
        assert!(path.child(name).is_none());
    }
    assert_eq!(path.as_bytes(), b"a");
    #[cfg(target_os = "linux")]
    assert_eq!(path.as_c_str(), c"a");
    let mut space = [0xff; PATH_MAX];
    let mut root = RelativePath::decode("", &mut space, false).unwrap();
    assert_eq!(root.child(b"b").unwrap().as_bytes(), b"b");
    #[cfg(target_os = "linux")]
    assert_eq!(root.as_c_str(), c".");
}

#[test]
fn names_that_mean_something_else_on_windows() {
    for name in ["a.txt", "console", "com", "COM10", "lpt", "a~b", "com1x.txt", "é"] {
        assert!(is_windows_name(name.as_bytes()), "{name}");
    }
    let others = [
        "C:",
        "a:stream",
        "..\\a",
        "\\",
        "con",
        "CON.txt",
        "nul ",
        "aux.tar.gz",
        "com1",
        "LPT9.log",
        "COM¹",
        "a.",
        "a ",
        "GIT~1",
        "a*",
        "a?",
        "a|b",
        "a\n",
        "conin$",
    ];
    for name in others {
        assert!(!is_windows_name(name.as_bytes()), "{name}");
    }
    assert!(!is_windows_name(b"\xff"));
}
