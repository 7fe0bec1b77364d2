use super::*;

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
        let params = Params::new(Pieces::new(pattern), path.as_bytes(), &mut scratch).unwrap();
        assert_eq!(params.get(name), decoded.map(str::as_bytes), "{pattern} {path}");
        assert_eq!(params.get_raw(name), raw.map(str::as_bytes), "{pattern} {path}");
    }
}
