//! Ranges and conditions of files, by the rules of RFC 9110 §13, §14 and §15, over all servers. Content is compared
//! with the file, and parts are read by their own framing.
#![cfg(unix)]

use std::sync::LazyLock;

use bantam_core::handlers::files::{FileStream, Files};
use bantam_core::prelude::*;
use bantam_tests::answer::Answer;
use bantam_tests::folder::Folder;
use bantam_tests::serves::{HELLO, Serves, on_all_with};

static ROUTES: Router<Files, 2, FileStream> = Router::new([
    get("/files/*path", |files, request, response| {
        files.serve(request.raw_param("path").unwrap_or_default(), request, response)
    }),
    get("/plaintext", |_, _, response| response.text(HELLO)),
]);

const LENGTH: usize = 300_000;

static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| (0..LENGTH).map(|at| (at * at / 7) as u8).collect());

static FOLDER: LazyLock<Folder> = LazyLock::new(|| {
    let folder = Folder::new();
    folder.write("top/file.bin", &*CONTENT);
    folder.write("top/file.bin.gz", &CONTENT[..100_000]);
    folder.write("top/empty", "");
    folder
});

static FILES: LazyLock<Files> =
    LazyLock::new(|| Files::open(FOLDER.root()).expect("a folder").with_precompressed(true));

fn service() -> Service<'static, Files, FileStream> {
    Service::new(&*FILES, &ROUTES)
}

fn get_of(server: &mut dyn Serves, fields: &str) -> Answer {
    server.ask(format!("GET /files/file.bin HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes())
}

/// RFC 9110 §14.1.2 and §15.3.7.1.
#[test]
fn one_range() {
    on_all_with(service, |server| {
        let cases = [
            ("the first byte", "0-0", 0, 1),
            ("the last byte", "-1", LENGTH - 1, LENGTH),
            ("a small part", "1000-1999", 1_000, 2_000),
            ("a large part", "1000-250999", 1_000, 251_000),
            ("the rest", "299990-", 299_990, LENGTH),
            ("beyond the end", "299990-18446744073709551616", 299_990, LENGTH),
            ("all of it", "0-", 0, LENGTH),
        ];
        for (name, range, start, end) in cases {
            let answer = get_of(server, &format!("Range: bytes={range}\r\n"));
            assert_eq!(answer.status, 206, "{name}");
            let content_range = format!("bytes {start}-{}/{LENGTH}", end - 1);
            assert_eq!(answer.field("Content-Range"), Some(&*content_range), "{name}");
            assert_eq!(answer.field("Content-Length"), Some(&*(end - start).to_string()), "{name}");
            assert!(answer.content == CONTENT[start..end], "{name}");
        }
    });
}

/// RFC 9110 §14.2: what is malformed, unknown or said twice counts for nothing.
#[test]
fn what_counts_for_nothing() {
    on_all_with(service, |server| {
        let cases = [
            "Range: lines=0-1\r\n",
            "Range: bytes=1-0\r\n",
            "Range: bytes=\r\n",
            "Range: bytes=a-b\r\n",
            "Range: bytes=0-1,x\r\n",
            "Range: bytes=0-1\r\nRange: bytes=0-1\r\n",
            "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n",
            "Range: bytes=0-1\r\nIf-Range: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
        ];
        for fields in cases {
            let answer = get_of(server, fields);
            assert_eq!((answer.status, answer.field("Content-Range")), (200, None), "{fields}");
            assert_eq!(answer.field("Accept-Ranges"), Some("bytes"), "{fields}");
            assert!(answer.content == *CONTENT, "{fields}");
        }
        let head = server.ask(b"HEAD /files/file.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n");
        assert_eq!((head.status, head.field("Content-Length")), (200, Some("300000")));
        let empty = server.ask(b"GET /files/empty HTTP/1.1\r\nHost: a\r\nRange: bytes=0-\r\n\r\n");
        assert_eq!((empty.status, empty.content.len()), (200, 0));
    });
}

/// RFC 9110 §15.5.17.
#[test]
fn what_is_not_there() {
    on_all_with(service, |server| {
        for range in ["300000-", "18446744073709551615-", "99999999999999999999999-", "-0"] {
            let answer = get_of(server, &format!("Range: bytes={range}\r\n"));
            assert_eq!(answer.status, 416, "{range}");
            assert_eq!(answer.field("Content-Range"), Some("bytes */300000"), "{range}");
        }
    });
}

/// RFC 9110 §14.6: each part's `Content-Range` and bytes.
fn parts_of(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    assert_eq!((answer.status, answer.field("Content-Range")), (206, None), "{answer:?}");
    let media_type = answer.field("Content-Type").expect("a media type");
    let boundary = media_type.strip_prefix("multipart/byteranges; boundary=").expect("a boundary");
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut rest = [b"\r\n", &*answer.content].concat();
    let mut parts = Vec::new();
    loop {
        let at = rest.windows(delimiter.len()).position(|window| window == delimiter).expect("a delimiter");
        // Nothing stands before the first one.
        if at > 0 {
            let part = &rest[..at];
            let end = part.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
            let head = String::from_utf8(part[..end].to_vec()).expect("text");
            let range = head.split("Content-Range: bytes ").nth(1).expect("a range").trim_end();
            assert!(head.contains("Content-Type: application/octet-stream\r\n"), "{head}");
            parts.push((range.to_owned(), part[end..].to_vec()));
        }
        rest.drain(..at + delimiter.len());
        if rest == b"--\r\n" {
            return parts;
        }
    }
}

#[test]
fn several_ranges() {
    on_all_with(service, |server| {
        let cases: [(&str, &[(usize, usize)]); 3] = [
            ("0-0,-1", &[(0, 1), (LENGTH - 1, LENGTH)]),
            ("200000-250000, 0-99, 1000-1099", &[(200_000, 250_001), (0, 100), (1_000, 1_100)]),
            ("0-49,100-199,1000-1000,150-299", &[(0, 300), (1_000, 1_001)]),
        ];
        for (set, expected) in cases {
            let answer = get_of(server, &format!("Range: bytes={set}\r\n"));
            assert_eq!(answer.field("Content-Length"), Some(&*answer.content.len().to_string()), "{set}");
            let parts = parts_of(&answer);
            assert_eq!(parts.len(), expected.len(), "{set}");
            for ((range, bytes), (start, end)) in parts.iter().zip(expected) {
                assert_eq!(*range, format!("{start}-{}/{LENGTH}", end - 1), "{set}");
                assert!(bytes == &CONTENT[*start..*end], "{set}");
            }
        }
        let joined = get_of(server, "Range: bytes=0-9,10-19\r\n");
        assert_eq!(joined.field("Content-Range"), Some("bytes 0-19/300000"), "one is left");
        let many: Vec<_> = (0..17).map(|at| format!("{}-{}", at * 1_000, at * 1_000)).collect();
        let whole = get_of(server, &format!("Range: bytes={}\r\n", many.join(",")));
        assert_eq!((whole.status, whole.content.len()), (200, LENGTH), "seventeen");
    });
}

/// A download that was cut goes on with what the first answer said, and only while the file is the same.
#[test]
fn a_download_goes_on() {
    on_all_with(service, |server| {
        let first = get_of(server, "Range: bytes=0-99999\r\n");
        let mut content = first.content.clone();
        for validator in ["ETag", "Last-Modified"] {
            content.truncate(100_000);
            let validator = first.field(validator).expect("a validator");
            let range = format!("Range: bytes={}-\r\n", content.len());
            let rest = get_of(server, &format!("{range}If-Range: {validator}\r\n"));
            // A date vouches for a file only when its second is over.
            if rest.status == 200 && !validator.starts_with('"') {
                assert!(rest.content == *CONTENT);
                continue;
            }
            assert_eq!(rest.status, 206, "{validator}");
            content.extend(rest.content);
            assert!(content == *CONTENT, "{validator}");
        }
    });
}

/// The range is one of what was selected, and every answer says by what it was.
#[test]
fn ranges_of_a_compressed_form() {
    on_all_with(service, |server| {
        let part = get_of(server, "Accept-Encoding: gzip\r\nRange: bytes=-5\r\n");
        assert_eq!((part.status, part.field("Content-Encoding")), (206, Some("gzip")));
        assert_eq!(part.field("Content-Range"), Some("bytes 99995-99999/100000"));
        assert!(part.content == CONTENT[99_995..100_000]);
        let plain = get_of(server, "Range: bytes=-5\r\n");
        assert_ne!(part.field("ETag"), plain.field("ETag"));
        let tag = part.field("ETag").expect("an entity tag");
        let same = get_of(server, &format!("Accept-Encoding: gzip\r\nIf-None-Match: {tag}\r\n"));
        assert_eq!(same.status, 304);
        for answer in [part, plain, same] {
            assert_eq!(answer.field("Vary"), Some("Accept-Encoding"));
        }
    });
}
