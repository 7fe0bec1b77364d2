use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::*;
use crate::connection::{Connection, Storage};
use crate::message::date::Date;
use crate::prelude::*;

const LARGE: [u8; 10_000] = [b'x'; 10_000];
const EDITED: u64 = 1_767_323_045;

static SITE: Folder = Folder::new(&[
    Asset::undated("a", "text/plain", b"the letter"),
    Asset::undated("a.b/index.html", "text/html", b"a dot"),
    Asset::undated("a/index.html", "text/html", b"below the letter"),
    Asset::new("app.js", "text/javascript", b"plain and long", EDITED)
        .with_variants(&[Variant::new("br", b"brotli"), Variant::new("gzip", b"gzipped")])
        .with_cache_control("public, max-age=31536000, immutable"),
    Asset::undated("d/e/index.html", "text/html", b"deep"),
    Asset::undated("index.html", "text/html", b"welcome"),
    Asset::undated("large.bin", "application/octet-stream", &LARGE).with_cache_control(""),
]);

fn serve(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    SITE.serve(request.param("path")?, request, response)
}

static ROUTES: Router<(), 2> = Router::new([get("/*path", serve), get("/site/*path", serve)]);

struct Answer {
    head: String,
    content: Vec<u8>,
    /// Whether the content was lent from the image, at the end.
    is_lent: bool,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let value = lines.find(|(candidate, _)| *candidate == name).map(|(_, value)| value);
        assert!(lines.all(|(candidate, _)| candidate != name), "{name} stands twice in {}", self.head);
        value
    }
}

fn get_of(path: &str, fields: &str) -> Answer {
    let service = Service::new(&(), &ROUTES);
    let mut storage = Storage::<NoStream, 2_048, 4_096, 16>::new();
    let mut connection = Connection::new(0, None, Instant::ZERO);
    let mut lent = connection.lend(&service, storage.lend(), Some(Date::from_unix(EDITED + 100)));
    let message = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    lent.receive_space()[..message.len()].copy_from_slice(message.as_bytes());
    lent.handle_received(message.len(), Instant::ZERO);
    lent.run_handler(Instant::ZERO, || Instant::ZERO);
    let mut bytes = Vec::new();
    let mut is_lent = false;
    while lent.wants().is_some_and(|wants| wants.transmit) {
        let piece = lent.poll_transmit();
        is_lent = SITE.find("large.bin").unwrap().bytes().as_ptr_range().contains(&piece.as_ptr());
        bytes.extend_from_slice(piece);
        let length = piece.len();
        lent.handle_transmitted(length, Instant::ZERO);
    }
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    let content = bytes.split_off(end);
    Answer { head: String::from_utf8(bytes).unwrap(), content, is_lent }
}

#[test]
fn paths_and_their_index() {
    let cases: [(&str, u16, &[u8]); 18] = [
        ("/", 200, b"welcome"),
        ("/index.html", 200, b"welcome"),
        ("/a", 200, b"the letter"),
        ("/a/", 200, b"below the letter"),
        ("/a/index.html", 200, b"below the letter"),
        ("/a.b/", 200, b"a dot"),
        ("/site/a.b/", 200, b"a dot"),
        ("/d/e/", 200, b"deep"),
        ("/%61", 200, b"the letter"),
        ("/d/", 404, b""),
        ("/d", 404, b""),
        ("/A", 404, b""),
        ("/a/index.htm", 404, b""),
        ("/a/index.html/", 404, b""),
        ("/zzz", 404, b""),
        ("/a//", 404, b""),
        ("//a/index.html", 404, b""),
        ("/%00", 400, b""),
    ];
    for (path, status, content) in cases {
        let answer = get_of(path, "");
        assert_eq!(answer.status(), status, "{path}");
        assert!(status != 200 || answer.content == content, "{path}");
    }
    for (path, location) in
        [("/a.b", "/a.b/"), ("/d/e?x=/y", "/d/e/?x=/y"), ("/site/d/%65?", "/site/d/%65/?")]
    {
        let answer = get_of(path, "");
        assert_eq!((answer.status(), answer.field("Location")), (301, Some(location)), "{path}");
    }
    assert_eq!(get_of("//d/e", "").field("Location"), None, "it would lead to another host");
    assert_eq!(SITE.iter().count(), 7);
    for asset in &SITE {
        assert_eq!(SITE.find(asset.name()).unwrap().bytes(), asset.bytes());
    }
}

#[test]
fn names_are_compared_byte_by_byte() {
    let cases =
        [("", "a", true), ("a", "a", false), ("b", "a", false), ("a", "a/", true), ("a.", "a/", true)];
    for (one, other, less) in cases {
        let names: &'static [Asset] = std::vec![
            Asset::undated(one.to_string().leak(), "", b""),
            Asset::undated(other.to_string().leak(), "", b""),
        ]
        .leak();
        assert_eq!(std::panic::catch_unwind(|| Folder::new(names)).is_ok(), less, "{one} before {other}");
    }
}

/// A tag is of the content alone, and each variant has its own.
#[test]
fn tags() {
    let tag = format!("\"{:016x}\"", hash(b"the letter"));
    assert_eq!(get_of("/a", "").field("ETag"), Some(&*tag));
    assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
    assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c, "as published with FNV-1a");
    let tags: Vec<String> = ["", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip\r\n"]
        .map(|fields| get_of("/app.js", fields).field("ETag").unwrap().to_string())
        .into();
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2], "{tags:?}");
    let same = Asset::hashed("", "", b"x", hash(b"x"));
    assert_eq!(same.tag.0, Asset::undated("", "", b"x").tag.0);
}

#[test]
fn variants_are_negotiated() {
    let cases: [(&str, &str, Option<&str>, &[u8]); 9] = [
        ("nothing said", "", None, b"plain and long"),
        ("gzip", "gzip", Some("gzip"), b"gzipped"),
        ("gzip by its old name", "x-gzip", Some("gzip"), b"gzipped"),
        ("both, the best of the server", "gzip, br", Some("br"), b"brotli"),
        ("weights", "gzip, br;q=0.5", Some("gzip"), b"gzipped"),
        ("any", "*", Some("br"), b"brotli"),
        ("none that is there", "zstd", None, b"plain and long"),
        ("refused", "gzip;q=0, br;q=0", None, b"plain and long"),
        ("nothing that is there", "identity;q=0, zstd", None, b"plain and long"),
    ];
    for (name, accepted, coding, content) in cases {
        let fields =
            if accepted.is_empty() { String::new() } else { format!("Accept-Encoding: {accepted}\r\n") };
        let answer = get_of("/app.js", &fields);
        assert_eq!(answer.status(), 200, "{name}");
        assert_eq!(answer.field("Content-Encoding"), coding, "{name}");
        assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{name}");
        assert_eq!(answer.field("Content-Type"), Some("text/javascript"), "{name}");
        assert_eq!(answer.field("Cache-Control"), Some("public, max-age=31536000, immutable"), "{name}");
        assert_eq!(answer.field("Last-Modified"), Some("Fri, 02 Jan 2026 03:04:05 GMT"), "{name}");
        assert_eq!(answer.content, content, "{name}");

        // Conditions and ranges are about what was selected.
        let tag = answer.field("ETag").unwrap();
        let same = get_of("/app.js", &format!("{fields}If-None-Match: {tag}\r\n"));
        assert_eq!((same.status(), same.field("ETag")), (304, Some(tag)), "{name}");
        assert_eq!(
            (same.field("Vary"), same.field("Content-Encoding")),
            (Some("Accept-Encoding"), None),
            "{name}"
        );
        assert_eq!(same.field("Cache-Control"), answer.field("Cache-Control"), "{name}");
        let part = get_of("/app.js", &format!("{fields}If-Range: {tag}\r\nRange: bytes=-2\r\n"));
        assert_eq!((part.status(), part.field("Content-Encoding")), (206, coding), "{name}");
        assert_eq!(part.field("Vary"), Some("Accept-Encoding"), "{name}");
        assert_eq!(part.content, content[content.len() - 2..], "{name}");
        for refused in ["If-Match: \"x\"\r\n", "Range: bytes=1000-\r\n"] {
            let refused = get_of("/app.js", &format!("{fields}{refused}"));
            assert!(matches!(refused.status(), 412 | 416), "{name}");
            assert_eq!(refused.field("Vary"), Some("Accept-Encoding"), "{name}");
            assert_eq!(refused.field("Content-Encoding"), None, "{name}");
        }
    }
    let plain = get_of("/a", "Accept-Encoding: gzip\r\n");
    assert_eq!((plain.field("Vary"), plain.field("Cache-Control")), (None, Some("no-cache")), "no variants");
    assert_eq!(plain.field("Last-Modified"), None);
}

#[test]
fn ranges_are_sent_from_the_image() {
    let whole = get_of("/large.bin", "");
    assert_eq!((whole.status(), whole.content.len(), whole.is_lent), (200, 10_000, true));
    assert_eq!(whole.field("Cache-Control"), None);
    let part = get_of("/large.bin", "Range: bytes=1000-8999\r\n");
    assert_eq!((part.status(), part.content.len(), part.is_lent), (206, 8_000, true));
    assert_eq!(part.field("Content-Range"), Some("bytes 1000-8999/10000"));
    let small = get_of("/large.bin", "Range: bytes=0-9\r\n");
    assert_eq!(
        (small.status(), small.content.len(), small.is_lent),
        (206, 10, false),
        "copied behind the head"
    );
    let several = get_of("/large.bin", "Range: bytes=0-9,5000-5009\r\n");
    assert_eq!((several.status(), several.content.len()), (200, 10_000), "parts are not served");
    assert_eq!(get_of("/large.bin", "Range: bytes=10000-\r\n").field("Content-Range"), Some("bytes */10000"));
}

#[test]
fn assets_in_any_order() {
    let assets = [Asset::undated("b", "", b"1"), Asset::undated("a", "", b"2")];
    assert_eq!(find(&assets, "a").unwrap().bytes(), b"2");
    assert_eq!(find(&assets, "c").unwrap_err().status(), Status::NOT_FOUND);
    assert_eq!(assets[0].content_type(), "");
}
