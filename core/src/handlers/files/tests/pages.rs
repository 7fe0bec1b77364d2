//! Files that answer for others: the fallback of an application in the browser, and pages for failures.

use super::*;

const BROWSER: &str = "\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const PROGRAM: &str = "\r\nAccept: application/json, text/plain, */*";

fn site() -> Folder {
    Folder::new()
        .with("index.html", "the application")
        .with("404.html", "<h1>not here</h1>")
        .with("assets/app.js", "script")
        .with("docs/index.html", "docs")
        .with(".hidden", "hidden")
}

#[test]
fn pages_that_are_not_there() {
    let cases = [
        ("a page", "/users/42", BROWSER, "200"),
        ("with a slash", "/users/", BROWSER, "200"),
        ("with a query", "/users?tab=1.2", BROWSER, "200"),
        ("a dot above the last segment", "/v1.2/users", BROWSER, "200"),
        ("below a file", "/index.html/users", BROWSER, "200"),
        ("without Accept", "/users", "", "200"),
        ("curl", "/users", "\r\nAccept: */*", "200"),
        ("a folder without an index", "/assets/", BROWSER, "200"),
        ("a program", "/users", PROGRAM, "404"),
        ("a picture", "/users", "\r\nAccept: image/webp,*/*;q=0.8", "404"),
        ("a file that is missing", "/assets/gone.js", BROWSER, "404"),
        ("a file of an odd name", "/users/a.b", BROWSER, "404"),
        ("what may not be asked for", "/.git/config", BROWSER, "404"),
        ("what may not be asked for, hidden", "/.hidden", BROWSER, "404"),
        ("no name at all", "/a%00b", BROWSER, "400"),
    ];
    let folder = site();
    for files in folder.both() {
        let files = files
            .with_listing(false)
            .with_fallback("index.html")
            .with_cache_rules(vec![CacheRule::new("*", "max-age=60")]);
        for (name, target, fields, status) in cases {
            let answer = get_with(&files, target, fields);
            assert_eq!(answer.status(), status, "{name}");
            if status == "200" {
                assert_eq!(answer.text(), "the application", "{name}");
                assert_eq!(answer.field("Content-Type"), Some("text/html; charset=utf-8"), "{name}");
                assert_eq!(
                    answer.field("Cache-Control"),
                    Some("no-cache"),
                    "{name}: not the rule of the file"
                );
                assert_eq!(answer.field("Vary"), Some("Accept"), "{name}");
                let again = format!("{fields}\r\nIf-None-Match: {}", answer.field("ETag").unwrap());
                let same = get_with(&files, target, &again);
                assert_eq!((same.status(), same.field("Vary")), ("304", Some("Accept")), "{name}");
            }
        }
        let program = get_with(&files, "/users", PROGRAM);
        assert_eq!(program.field("Vary"), Some("Accept"), "a browser is answered otherwise");
        assert_eq!(get_from(&files, "/index.html").field("Cache-Control"), Some("max-age=60"));
        assert_eq!(get_from(&files, "/docs").status(), "301", "what is there comes first");
        assert_eq!(get_from(&files, "/docs/").text(), "docs");
        let head = exchange(&files, "HEAD /users HTTP/1.1\r\nHost: a", || {});
        assert_eq!((head.status(), head.field("Content-Length")), ("200", Some("15")));
        let post = exchange(&files, "POST /users HTTP/1.1\r\nHost: a\r\nContent-Length: 0", || {});
        assert_eq!(post.status(), "405", "only what reads is answered");

        let files = files.with_fallback_cache_control("max-age=5").with_precompressed(true);
        let answer = get_with(&files, "/users", "\r\nAccept-Encoding: gzip");
        assert_eq!(answer.field("Cache-Control"), Some("max-age=5"));
        assert_eq!(answer.head.matches("Vary: ").count(), 2, "by both: {}", answer.head);
        assert_eq!(get_from(&files.with_fallback("gone.html"), "/users").status(), "404");
    }
    let files = folder.files();
    assert_eq!(get_with(&files, "/users", BROWSER).status(), "404", "not unless asked for");
    assert!(get_with(&files.with_fallback("index.html"), "/assets/", BROWSER).text().contains("app.js"));
}

#[test]
fn pages_for_failures() {
    let folder = site().with("416.txt", "too far").with("412.html", "<p>changed").with("a.txt", "a");
    let long = "x".repeat(50_000);
    fs::write(folder.root.join("long.html"), &long).unwrap();
    for files in folder.both() {
        let files = files
            .with_error_page(Status::NOT_FOUND, "404.html")
            .with_error_page(Status::RANGE_NOT_SATISFIABLE, "416.txt")
            .with_error_page(Status::PRECONDITION_FAILED, "412.html")
            .with_error_page(Status::OK, "404.html")
            .with_error_page(Status::NOT_MODIFIED, "404.html");
        for target in ["/gone", "/gone.txt", "/gone/", "/.hidden", "//a", "/a.txt/b"] {
            for fields in ["", "\r\nIf-None-Match: *", "\r\nRange: bytes=0-3", "\r\nIf-Match: \"x\""] {
                let answer = get_with(&files, target, fields);
                assert_eq!(
                    (answer.status(), answer.text()),
                    ("404", "<h1>not here</h1>"),
                    "{target}{fields}"
                );
                assert_eq!(answer.field("Content-Type"), Some("text/html; charset=utf-8"), "{target}");
                for absent in ["ETag", "Last-Modified", "Accept-Ranges", "Content-Range"] {
                    assert_eq!(answer.field(absent), None, "{target}");
                }
            }
            let get = get_from(&files, target);
            let head = exchange(&files, &format!("HEAD {target} HTTP/1.1\r\nHost: a"), || {});
            assert_eq!((&head.head, &*head.content), (&get.head, &b""[..]), "{target}");
        }
        let beyond = get_with(&files, "/a.txt", "\r\nRange: bytes=5-");
        assert_eq!((beyond.status(), beyond.text()), ("416", "too far"));
        assert_eq!(beyond.field("Content-Range"), Some("bytes */1"));
        assert_eq!(get_with(&files, "/a.txt", "\r\nIf-Match: \"x\"").text(), "<p>changed");
        assert_eq!(get_from(&files, "/a.txt").text(), "a", "only failures have pages");
        assert_eq!(get_with(&files, "/a.txt", "\r\nIf-None-Match: *").status(), "304");
    }
    let open = || folder.files();
    let long_page = get_from(&open().with_error_page(Status::NOT_FOUND, "long.html"), "/gone");
    assert!(long_page.status() == "404" && long_page.text() == long);
    for page in ["gone.html", "../secret.txt", "/etc/passwd", "assets", "", "a//b"] {
        let answer = get_from(&open().with_error_page(Status::NOT_FOUND, page), "/gone");
        assert_eq!((answer.status(), answer.text()), ("404", "404 Not Found\n"), "{page}");
    }
    let both = open().with_error_page(Status::NOT_FOUND, "404.html").with_fallback("index.html");
    assert_eq!(get_with(&both, "/users", BROWSER).text(), "the application");
    let program = get_with(&both, "/users", PROGRAM);
    assert_eq!((program.text(), program.field("Vary")), ("<h1>not here</h1>", Some("Accept")));
}
