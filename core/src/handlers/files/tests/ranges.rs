//! Ranges of files: the bytes, their length, and files that change while they are sent.

use super::*;

fn content() -> Vec<u8> {
    (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

#[test]
fn one_range() {
    let content = content();
    let folder = Folder::new().with("f.bin", &content).with("empty", "").with("i/index.html", "0123456789");
    let cases = [
        ("0-0", 0, 1),
        ("0-4095", 0, 4_096),
        ("0-4096", 0, 4_097),
        ("50000-99999", 50_000, 100_000),
        ("99999-", 99_999, 100_000),
        ("-1", 99_999, 100_000),
        ("-200000", 0, 100_000),
        ("0-", 0, 100_000),
        ("1-18446744073709551615", 1, 100_000),
    ];
    for files in folder.both() {
        let etag = get_from(&files, "/f.bin").field("ETag").unwrap().to_string();
        for (range, start, end) in cases {
            let fields = format!("\r\nRange: bytes={range}\r\nIf-Range: {etag}");
            let answer = get_with(&files, "/f.bin", &fields);
            assert_eq!(answer.status(), "206", "{range}");
            let content_range = format!("bytes {start}-{}/100000", end - 1);
            assert_eq!(answer.field("Content-Range"), Some(&*content_range), "{range}");
            assert_eq!(answer.field("Content-Length"), Some(&*(end - start).to_string()), "{range}");
            assert_eq!(answer.field("ETag"), Some(&*etag), "{range}");
            assert_eq!(answer.field("Last-Modified"), Some(LAST_MODIFIED), "{range}");
            assert_eq!(answer.field("Cache-Control"), Some("no-cache"), "{range}");
            assert_eq!(answer.field("Accept-Ranges"), Some("bytes"), "{range}");
            assert!(answer.content == content[start..end], "{range}");
        }
        let whole = get_from(&files, "/f.bin");
        assert_eq!((whole.status(), whole.field("Accept-Ranges")), ("200", Some("bytes")));
        let dated = format!("\r\nRange: bytes=5-\r\nIf-Range: {LAST_MODIFIED}");
        assert_eq!(get_with(&files, "/f.bin", &dated).status(), "206");
        let outdated = get_with(&files, "/f.bin", "\r\nRange: bytes=5-\r\nIf-Range: \"old\"");
        assert!(outdated.status() == "200" && outdated.content == content);
        let beyond = get_with(&files, "/f.bin", "\r\nRange: bytes=100000-");
        assert_eq!((beyond.status(), beyond.field("Content-Range")), ("416", Some("bytes */100000")));
        assert_eq!(get_with(&files, "/empty", "\r\nRange: bytes=0-").status(), "200", "nothing to refuse");
        assert_eq!(get_with(&files, "/i/", "\r\nRange: bytes=2-3").text(), "23", "of an index too");
        let head = exchange(&files, "HEAD /f.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9", || {});
        assert_eq!((head.status(), head.field("Content-Length")), ("200", Some("100000")));
    }
}

/// The parts that a strict reader finds: `Content-Range` and bytes of each.
fn parts_of(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    assert_eq!(answer.status(), "206");
    assert_eq!(answer.field("Content-Range"), None);
    assert_eq!(answer.field("Content-Length"), Some(&*answer.content.len().to_string()));
    let boundary = answer.field("Content-Type").unwrap();
    let boundary = boundary.strip_prefix("multipart/byteranges; boundary=").unwrap();
    let opening = format!("--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ");
    let mut rest = &*answer.content;
    let mut parts = Vec::new();
    loop {
        rest = rest.strip_prefix(opening.as_bytes()).expect("a part begins");
        let end = rest.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let range = core::str::from_utf8(&rest[..end]).unwrap();
        let (first, last) = range.split_once('/').unwrap().0.split_once('-').unwrap();
        let length = last.parse::<u64>().unwrap() - first.parse::<u64>().unwrap() + 1;
        let (bytes, behind) = rest[end + 4..].split_at(length as usize);
        parts.push((range.to_string(), bytes.to_vec()));
        let behind = behind.strip_prefix(b"\r\n").expect("a line end behind the part");
        if behind == format!("--{boundary}--\r\n").as_bytes() {
            return parts;
        }
        rest = behind;
    }
}

#[test]
fn several_ranges() {
    let content = content();
    let folder = Folder::new().with("f.bin", &content);
    let cases: &[(&str, &[(usize, usize)])] = &[
        ("0-0,-1", &[(0, 1), (99_999, 100_000)]),
        ("90000-94999, 10-29, 50000-50000", &[(90_000, 95_000), (10, 30), (50_000, 50_001)]),
        ("0-29999,60000-", &[(0, 30_000), (60_000, 100_000)]),
        ("0-9,20-29,500-599,550-700", &[(0, 30), (500, 701)]),
    ];
    for files in folder.both() {
        for (set, expected) in cases {
            let answer = get_with(&files, "/f.bin", &format!("\r\nRange: bytes={set}"));
            let expected: Vec<_> = expected
                .iter()
                .map(|(start, end)| (format!("{start}-{}/100000", end - 1), content[*start..*end].to_vec()))
                .collect();
            assert!(parts_of(&answer) == expected, "{set}");
        }
        let joined = get_with(&files, "/f.bin", "\r\nRange: bytes=0-9,5-19");
        assert_eq!(joined.field("Content-Range"), Some("bytes 0-19/100000"));
        let attack = (0..1_000).map(|at| format!("{at}-")).collect::<Vec<_>>().join(",");
        let answer = get_with(&files, "/f.bin", &format!("\r\nRange: bytes={attack}"));
        assert_eq!((answer.status(), answer.content.len()), ("200", 100_000));
    }
}

/// A file with holes takes no space for them.
#[test]
fn files_of_more_than_four_gibibytes() {
    use std::os::unix::fs::FileExt;
    const LENGTH: u64 = 5 << 30;
    let folder = Folder::new().with("huge.bin", "");
    let file = fs::File::options().write(true).open(folder.root.join("huge.bin")).unwrap();
    file.set_len(LENGTH).unwrap();
    file.write_all_at(b"beyond", (4 << 30) + 10).unwrap();
    file.write_all_at(b"end", LENGTH - 3).unwrap();
    let files = folder.files();
    let head = exchange(&files, "HEAD /huge.bin HTTP/1.1\r\nHost: a", || {});
    assert_eq!(head.field("Content-Length"), Some("5368709120"));
    let answer = get_with(&files, "/huge.bin", "\r\nRange: bytes=4294967306-4294967311");
    assert_eq!(answer.text(), "beyond");
    assert_eq!(answer.field("Content-Range"), Some("bytes 4294967306-4294967311/5368709120"));
    assert_eq!(get_with(&files, "/huge.bin", "\r\nRange: bytes=5368709117-").text(), "end");
    let beyond = get_with(&files, "/huge.bin", "\r\nRange: bytes=5368709120-");
    assert_eq!((beyond.status(), beyond.field("Content-Range")), ("416", Some("bytes */5368709120")));
    let answer = get_with(&files, "/huge.bin", "\r\nRange: bytes=4294967306-4294967311,-3");
    let [(_, first), (range, second)] = &*parts_of(&answer) else { panic!("two parts") };
    assert_eq!((&**first, &**second), (&b"beyond"[..], &b"end"[..]));
    assert_eq!(range, "5368709117-5368709119/5368709120");
    let large = get_with(&files, "/huge.bin", "\r\nRange: bytes=4294000000-4295000000");
    assert!(large.content.len() == 1_000_001 && large.content[967_306..].starts_with(b"beyond"));
}

#[test]
fn what_shrinks_meanwhile_is_cut() {
    let folder = Folder::new();
    let path = folder.root.join("f.bin");
    let files = folder.files();
    let get = |range: &str| {
        fs::write(&path, "x".repeat(100_000)).unwrap();
        let resize = || fs::File::options().write(true).open(&path).unwrap().set_len(60_000).unwrap();
        exchange(&files, &format!("GET /f.bin HTTP/1.1\r\nHost: a\r\nRange: bytes={range}"), resize)
    };
    let one = get("10000-89999");
    assert_eq!((one.status(), one.field("Content-Length")), ("206", Some("80000")));
    assert_eq!(one.content, "x".repeat(50_000).as_bytes(), "what there was, and then the end");
    let several = get("0-29999,50000-89999");
    assert_eq!(several.status(), "206");
    let announced: usize = several.field("Content-Length").unwrap().parse().unwrap();
    assert!(several.content.len() < announced && several.content.len() > 40_000);
    assert!(several.content.ends_with(&b"x".repeat(10_000)), "nothing is made up");
}

#[test]
fn what_is_replaced_meanwhile_is_sent_to_its_end() {
    let folder = Folder::new();
    let path = folder.root.join("f.bin");
    let files = folder.files();
    for range in ["", "\r\nRange: bytes=10000-89999", "\r\nRange: bytes=0-39999,50000-89999"] {
        fs::write(&path, "x".repeat(100_000)).unwrap();
        let replace = || {
            fs::write(folder.root.join("new"), "y").unwrap();
            fs::rename(folder.root.join("new"), &path).unwrap();
        };
        let answer = exchange(&files, &format!("GET /f.bin HTTP/1.1\r\nHost: a{range}"), replace);
        let announced: usize = answer.field("Content-Length").unwrap().parse().unwrap();
        assert_eq!(answer.content.len(), announced, "{range}");
        assert!(!answer.content.contains(&b'y') || range.contains(','), "the file that was opened is sent");
        assert!(answer.content.iter().filter(|byte| **byte == b'x').count() >= 80_000, "{range}");
    }
}
