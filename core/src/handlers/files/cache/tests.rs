use super::*;

#[test]
fn patterns() {
    let cases = [
        ("*.css", "a.css", true),
        ("*.css", "deep/below/a.css", true),
        ("*.css", "a.css.gz", false),
        ("*.css", "css", false),
        ("*.css", ".css", true),
        ("*.CSS", "a.css", false),
        ("/assets/*", "assets/a", true),
        ("/assets/*", "assets/deep/below/a", true),
        ("assets/*", "assets/a", true),
        ("/assets/*", "other/assets/a", false),
        ("/assets/*", "assets", false),
        ("/assets/*", "assets2/a", false),
        ("*/assets/*", "other/assets/a", true),
        ("/*.js", "deep/a.js", true),
        ("/a.js", "a.js", true),
        ("/a.js", "deep/a.js", false),
        ("a.js", "deep/a.js", true),
        ("index.html", "deep/index.html", true),
        ("*", "anything/at.all", true),
        ("*", "", true),
        ("", "", true),
        ("", "a", false),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-b-b-c-d", false),
        ("a*b*c", "abc", true),
        ("a*b*c", "acb", false),
        ("*.*.js", "app.4f1c.js", true),
        ("*.*.js", "app.js", false),
        ("**", "a", true),
        ("a?c", "abc", false),
        ("caf\u{e9}*", "caf\u{e9}.txt", true),
    ];
    for (pattern, path, fits) in cases {
        assert_eq!(CacheRule::fixed(pattern, "").fits(path.as_bytes()), fits, "{pattern} and {path}");
    }
    assert!(CacheRule::fixed("*.js", "").fits(b"caf\xe9.js"), "names need not be UTF-8");
}

#[test]
fn many_stars_end() {
    let pattern = "*a".repeat(40) + "b";
    let path = "a".repeat(4_000);
    assert!(!CacheRule::new(pattern, "").fits(path.as_bytes()));
}
