//! Files in compressed form beside plain ones: which is sent, and what the answer says of it.

use super::*;

fn site() -> Folder {
    Folder::new()
        .with("app.js", "plain")
        .with("app.js.br", "in brotli")
        .with("app.js.zst", "in zstd")
        .with("app.js.gz", "in gzip")
        .with("only.css", "plain")
        .with("only.css.gz", "in gzip, and longer")
        .with("bare.txt", "plain")
        .with("orphan.js.gz", "without a plain file")
        .with("noextension", "plain")
        .with("noextension.gz", "in gzip")
        .with("index.html", "plain index")
        .with("index.html.gz", "index in gzip")
}

#[test]
fn what_the_client_takes_is_sent() {
    const BROWSER: &str = "gzip, deflate, br, zstd";
    let cases = [
        ("/app.js", "", None, "plain"),
        ("/app.js", BROWSER, Some("br"), "in brotli"),
        ("/app.js", "gzip, zstd", Some("zstd"), "in zstd"),
        ("/app.js", "gzip", Some("gzip"), "in gzip"),
        ("/app.js", "x-gzip", Some("gzip"), "in gzip"),
        ("/app.js", "br;q=0.1, gzip;q=0.9", Some("gzip"), "in gzip"),
        ("/app.js", "br;q=0, *", Some("zstd"), "in zstd"),
        ("/app.js", "identity, gzip;q=0.5", None, "plain"),
        ("/app.js", "gzip;q=0", None, "plain"),
        ("/app.js", "deflate", None, "plain"),
        ("/only.css", BROWSER, Some("gzip"), "in gzip, and longer"),
        ("/only.css", "br, zstd", None, "plain"),
        ("/only.css", "br, identity;q=0", None, "plain"),
        ("/bare.txt", BROWSER, None, "plain"),
        ("/noextension", BROWSER, Some("gzip"), "in gzip"),
        ("/", BROWSER, Some("gzip"), "index in gzip"),
    ];
    let folder = site();
    for files in folder.both() {
        let files = files.with_precompressed(true);
        for (target, accepted, coding, content) in cases {
            let fields = match accepted {
                "" => String::new(),
                accepted => format!("\r\nAccept-Encoding: {accepted}"),
            };
            let name = format!("{target} for {accepted:?}");
            let answer = get_with(&files, target, &fields);
            assert_eq!((answer.status(), answer.text()), ("200", content), "{name}");
            assert_eq!(answer.field("Content-Encoding"), coding, "{name}");
            assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{name}");
            assert_eq!(answer.field("Content-Length"), Some(&*content.len().to_string()), "{name}");
            let plain = get_from(&files, target);
            assert_eq!(answer.field("Content-Type"), plain.field("Content-Type"), "{name}");
            let etag = answer.field("ETag").unwrap();
            assert_eq!(etag == plain.field("ETag").unwrap(), coding.is_none(), "{name}");

            let same = get_with(&files, target, &format!("{fields}\r\nIf-None-Match: {etag}"));
            assert_eq!((same.status(), same.field("ETag")), ("304", Some(etag)), "{name}");
            assert_eq!(same.field("Vary"), Some("Accept-Encoding"), "{name}");
            assert_eq!(same.field("Content-Encoding"), None, "{name}");
            let part = get_with(&files, target, &format!("{fields}\r\nRange: bytes=1-2\r\nIf-Range: {etag}"));
            assert_eq!((part.status(), part.text()), ("206", &content[1..3]), "{name}");
            assert_eq!(part.field("Content-Encoding"), coding, "{name}");
            assert_eq!(part.field("Vary"), Some("Accept-Encoding"), "{name}");
            let total = format!("bytes 1-2/{}", content.len());
            assert_eq!(part.field("Content-Range"), Some(&*total), "{name}");
            for (refused, status) in [("If-Match: \"x\"", "412"), ("Range: bytes=1000-", "416")] {
                let refused = get_with(&files, target, &format!("{fields}\r\n{refused}"));
                assert_eq!(
                    (refused.status(), refused.field("Vary")),
                    (status, Some("Accept-Encoding")),
                    "{name}"
                );
                assert_eq!(refused.field("Content-Encoding"), None, "{name}");
            }
            let head = exchange(&files, &format!("HEAD {target} HTTP/1.1\r\nHost: a{fields}"), || {});
            assert_eq!(head.head, answer.head, "{name}");
        }
    }
}

#[test]
fn a_compressed_file_stands_for_a_plain_one_only() {
    let folder = site();
    for files in folder.both() {
        let files = files.with_precompressed(true);
        assert_eq!(get_with(&files, "/orphan.js", "\r\nAccept-Encoding: gzip").status(), "404");
        let itself = get_with(&files, "/app.js.gz", "\r\nAccept-Encoding: gzip");
        assert_eq!((itself.text(), itself.field("Content-Encoding")), ("in gzip", None), "by its own name");
        assert_eq!(itself.field("Content-Type"), Some("application/gzip"));
        let files = files.with_precompressed(false);
        let off = get_with(&files, "/app.js", "\r\nAccept-Encoding: br");
        assert_eq!((off.text(), off.field("Vary")), ("plain", None));
    }
}

#[test]
fn what_was_compressed_before_the_last_change_is_not_used() {
    let folder = site();
    let files = folder.files().with_precompressed(true);
    let coding = |fields: &str| {
        let answer = get_with(&files, "/app.js", fields);
        answer.field("Content-Encoding").map(ToString::to_string)
    };
    let all = "\r\nAccept-Encoding: br, gzip";
    set_modified(&folder.root.join("app.js.br"), MODIFIED - 1);
    assert_eq!(coding(all).as_deref(), Some("gzip"), "the next best");
    set_modified(&folder.root.join("app.js"), MODIFIED + 1);
    assert_eq!(coding(all), None);
    set_modified(&folder.root.join("app.js.gz"), MODIFIED + 2);
    assert_eq!(coding(all).as_deref(), Some("gzip"));
    let answer = get_with(&files, "/app.js", all);
    assert_eq!(answer.field("Last-Modified"), Some(Date::from_unix(MODIFIED + 2).as_str()), "its own");
}

#[test]
fn what_cannot_stand_for_a_file_is_passed_over() {
    let folder = Folder::new()
        .with("a", "plain")
        .with_folder("a.br")
        .with_fifo("a.zst")
        .with_link("a.gz", "../secret.txt")
        .with("b", "plain")
        .with_link("b.gz", "b");
    for files in folder.both() {
        let files = files.with_precompressed(true);
        let answer = get_with(&files, "/a", "\r\nAccept-Encoding: br, zstd, gzip");
        assert_eq!((answer.text(), answer.field("Content-Encoding")), ("plain", None));
        let linked = get_with(&files, "/b", "\r\nAccept-Encoding: gzip");
        assert_ne!(linked.field("ETag"), get_from(&files, "/b").field("ETag"), "one file, two tags");
        let long = format!("/{}", "a".repeat(253));
        fs::write(folder.root.join(&long[1..]), "long").unwrap();
        assert_eq!(get_with(&files, &long, "\r\nAccept-Encoding: br, gzip").text(), "long", "no longer name");
    }
}

#[test]
fn large_ones_are_streamed_and_have_parts() {
    let coded: Vec<u8> = (0..50_000_u32).map(|at| (at % 253) as u8).collect();
    let folder = Folder::new().with("f.svg", "plain").with("f.svg.gz", &coded);
    let files = folder.files().with_precompressed(true);
    let whole = get_with(&files, "/f.svg", "\r\nAccept-Encoding: gzip");
    assert!(whole.content == coded);
    let parts = get_with(&files, "/f.svg", "\r\nAccept-Encoding: gzip\r\nRange: bytes=0-9,40000-40009");
    assert_eq!((parts.status(), parts.field("Content-Encoding")), ("206", Some("gzip")));
    assert_eq!(parts.field("Vary"), Some("Accept-Encoding"));
    let within = parts.content.windows(10).filter(|window| *window == &coded[..10]).count();
    assert_eq!(within, 1);
    let lines =
        b"Content-Type: image/svg+xml; charset=utf-8\r\nContent-Range: bytes 40000-40009/50000\r\n\r\n";
    assert!(parts.content.windows(lines.len()).any(|window| window == lines));
}
