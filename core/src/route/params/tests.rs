use super::*;

fn new<'p>(pieces: Pieces, path: &'p [u8], scratch: &'p mut [u8]) -> Option<Params<'p>> {
    read(pieces, path, path.contains(&b'%'), scratch)
}

fn param<'p>(pattern: &'static str, path: &'p str, scratch: &'p mut [u8], name: &str) -> Option<&'p [u8]> {
    new(Pieces::new(pattern), path.as_bytes(), scratch)?.get(name)
}

#[test]
fn values_are_found_by_name_and_decoded() {
    let cases: &[(&str, &'static str, &str, &str, Option<&str>)] = &[
        ("one", "/users/:id", "/users/42", "id", Some("42")),
        ("another name", "/users/:id", "/users/42", "name", None),
        ("two", "/:a/x/:b", "/1/x/2", "b", Some("2")),
        ("behind an empty segment", "/a//:b", "/a//2", "b", Some("2")),
        ("decoded", "/users/:name", "/users/J%C3%B6rg", "name", Some("Jörg")),
        ("encoded slash in a parameter", "/a/:b/:c", "/a/x%2Fy/z", "b", Some("x/y")),
        ("behind an encoded slash", "/a/:b/:c", "/a/x%2Fy/z", "c", Some("z")),
        ("slash alone", "/:a", "/%2f", "a", Some("/")),
        ("wildcard", "/files/*path", "/files/a/b.txt", "path", Some("a/b.txt")),
        ("wildcard, empty", "/files/*path", "/files/", "path", Some("")),
        ("wildcard at the root", "/*path", "/", "path", Some("")),
        ("wildcard with slashes at the ends", "/files/*path", "/files//a/", "path", Some("/a/")),
        ("encoded slash in a wildcard", "/files/*path", "/files/a%2Fb/c%20d", "path", Some("a/b/c d")),
        ("parameter before a wildcard", "/:a/*b", "/x%2Fy/z%2F/w", "a", Some("x/y")),
        ("wildcard behind a parameter", "/:a/*b", "/x%2Fy/z%2F/w", "b", Some("z//w")),
        ("plus is a plus", "/:a", "/a+b", "a", Some("a+b")),
        ("decoded once", "/:a", "/%2525", "a", Some("%25")),
    ];
    for (name, pattern, path, wanted, expected) in cases {
        let mut scratch = [0; 64];
        let found = param(pattern, path, &mut scratch, wanted);
        assert_eq!(found, expected.map(str::as_bytes), "{name}");
    }
}

#[test]
fn a_scratch_that_is_too_small_is_no_value() {
    assert!(new(Pieces::new("/:a"), b"/%41%42", &mut [0; 6]).is_none());
    assert!(new(Pieces::new("/:a"), b"/%41%42", &mut [0; 7]).is_some());
    assert!(new(Pieces::new("/:a"), b"/plain", &mut []).is_some());
}

#[test]
fn typed_values() {
    assert_eq!(u8::from_param("255"), Some(255));
    assert_eq!(u8::from_param("256"), None);
    assert_eq!(u64::from_param("18446744073709551615"), Some(u64::MAX));
    assert_eq!(usize::from_param("007"), Some(7));
    for bad in ["", "+5", "-5", " 5", "5 ", "0x5", "5.0", "five", "٣"] {
        assert_eq!(u32::from_param(bad), None, "{bad}");
    }
    assert_eq!(i8::from_param("-128"), Some(-128));
    assert_eq!(i8::from_param("128"), None);
    assert_eq!(i64::from_param("-9223372036854775808"), Some(i64::MIN));
    assert_eq!(i64::from_param("9223372036854775808"), None);
    for bad in ["", "-", "--5", "+5", "- 5"] {
        assert_eq!(i32::from_param(bad), None, "{bad}");
    }
    assert_eq!(<&str>::from_param("Jörg"), Some("Jörg"));
}
#[test]
fn decoded_and_raw_values() {
    type Case = (&'static str, &'static str, &'static str, Option<&'static str>, Option<&'static str>);
    let cases: &[Case] = &[
        ("/users/:id", "/users/7", "id", Some("7"), Some("7")),
        ("/users/:id", "/users/a%2Fb", "id", Some("a/b"), Some("a%2Fb")),
        ("/users/:id", "/users/7", "name", None, None),
        ("/:a/:b", "/x%20/y", "b", Some("y"), Some("y")),
        ("/s/*path", "/s/", "path", Some(""), Some("")),
        ("/s/*path", "/s/a/b%2fc/", "path", Some("a/b/c/"), Some("a/b%2fc/")),
        ("/s/:id/*path", "/s/%2F/a%25", "path", Some("a%"), Some("a%25")),
        ("/*path", "/", "path", Some(""), Some("")),
        ("/*path", "//a", "path", Some("/a"), Some("/a")),
    ];
    for (pattern, path, name, decoded, raw) in cases {
        let mut scratch = [0; 32];
        let params = new(Pieces::new(pattern), path.as_bytes(), &mut scratch).unwrap();
        assert_eq!(params.get(name), decoded.map(str::as_bytes), "{pattern} {path}");
        assert_eq!(params.get_raw(name), raw.map(str::as_bytes), "{pattern} {path}");
    }
}
