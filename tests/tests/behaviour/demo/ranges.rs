//! `/range/:n`: letters, and the part of them that is asked for.

use core::time::Duration;

use bantam_core::connection::state::Phase;
use bantam_core::limits::Limits;
use bantam_tests::answer::find;
use bantam_tests::app::demo;
use bantam_tests::memory::Memory;
use bantam_tests::serves::on_all;

use super::{get, get_with};

/// The letters from one place to another.
fn letters(from: usize, to: usize) -> Vec<u8> {
    (b'a'..=b'z').cycle().skip(from % 26).take(to - from).collect()
}

#[test]
fn the_whole_and_its_validator() {
    on_all(|server| {
        for length in [1, 25, 26, 27, 1_024, 100_000] {
            let answer = get(server, &format!("/range/{length}"));
            assert_eq!((answer.status, answer.field("Accept-Ranges")), (200, Some("bytes")));
            assert_eq!(answer.field("ETag"), Some(format!("\"range{length}\"").as_str()));
            assert_eq!(answer.field("Content-Type"), Some("application/octet-stream"));
            assert_eq!(answer.field("Content-Length"), Some(length.to_string().as_str()));
            assert_eq!(answer.field("Content-Range"), None);
            assert!(answer.content == letters(0, length), "{length}");
        }
    });
}

#[test]
fn a_part() {
    on_all(|server| {
        for (range, first, last) in [
            ("bytes=0-0", 0, 0),
            ("bytes=26-51", 26, 51),
            ("bytes=99990-", 99_990, 99_999),
            ("bytes=-7", 99_993, 99_999),
            ("bytes=-200000", 0, 99_999),
            ("bytes=5-200000", 5, 99_999),
            ("bytes=3-70002", 3, 70_002),
        ] {
            let answer = get_with(server, "/range/100000", &format!("Range: {range}\r\n"));
            assert_eq!(answer.status, 206, "{range}");
            assert_eq!(
                answer.field("Content-Range"),
                Some(format!("bytes {first}-{last}/100000").as_str()),
                "{range}"
            );
            assert_eq!(answer.field("ETag"), Some("\"range100000\""), "{range}");
            assert!(answer.content == letters(first, last + 1), "{range}");
        }
        for (range, status) in [
            ("bytes=0-1,5-6", 200),
            ("bytes=5-4", 200),
            ("letters=0-1", 200),
            ("bytes=26-", 416),
            ("bytes=-0", 416),
            ("bytes=99999999999999999999-", 416),
        ] {
            let answer = get_with(server, "/range/26", &format!("Range: {range}\r\n"));
            assert_eq!(answer.status, status, "{range}");
            let unsatisfied = (status == 416).then_some("bytes */26");
            assert_eq!(answer.field("Content-Range"), unsatisfied, "{range}");
        }
    });
}

#[test]
fn conditions() {
    on_all(|server| {
        for (fields, status) in [
            ("If-None-Match: \"range30\"\r\n", 304),
            ("If-None-Match: \"range30\"\r\nRange: bytes=0-1\r\n", 304),
            ("If-None-Match: \"range31\"\r\nRange: bytes=0-1\r\n", 206),
            ("If-Match: \"range30\"\r\n", 200),
            ("If-Match: \"range31\"\r\n", 412),
            ("If-Range: \"range30\"\r\nRange: bytes=0-1\r\n", 206),
            ("If-Range: \"range31\"\r\nRange: bytes=0-1\r\n", 200),
            ("If-Range: W/\"range30\"\r\nRange: bytes=0-1\r\n", 200),
            ("If-Range: Mon, 23 Nov 2026 00:00:00 GMT\r\nRange: bytes=0-1\r\n", 200),
        ] {
            let answer = get_with(server, "/range/30", fields);
            assert_eq!(answer.status, status, "{fields}");
            let length = match status {
                200 => 30,
                206 => 2,
                _ => continue,
            };
            assert_eq!(answer.content, letters(0, length), "{fields}");
        }
        let head = server.ask(b"HEAD /range/30 HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n");
        assert_eq!((head.status, head.field("Content-Length")), (200, Some("30")), "ranges are for GET");
    });
}

#[test]
fn what_there_is_not() {
    on_all(|server| {
        for (path, status) in [
            ("/range/0", 404),
            ("/range/4294967297", 404),
            ("/range/-1", 400),
            ("/range/x", 400),
            ("/range/18446744073709551616", 400),
            ("/range/1?duration=x", 400),
            ("/range/1?duration=60.1", 400),
            ("/range/1?chunk_size=x", 400),
            ("/range/1?chunk_size=-1", 400),
            ("/range/1?chunk_size=0", 200),
            ("/range/1?chunk_size=18446744073709551615&duration=60", 200),
        ] {
            assert_eq!(get(server, path).status, status, "{path}");
        }
    });
}

#[test]
fn the_end_of_four_gigabytes() {
    on_all(|server| {
        let answer = get_with(server, "/range/4294967296", "Range: bytes=4294967290-\r\n");
        assert_eq!((answer.status, answer.field("ETag")), (206, Some("\"range4294967296\"")));
        assert_eq!(answer.field("Content-Range"), Some("bytes 4294967290-4294967295/4294967296"));
        assert_eq!(answer.content, b"qrstuv"); // 2^32 is 22 more than a multiple of 26
    });
}

#[test]
fn letters_take_their_time() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    let begin = |server: &mut Memory<'_, _, _>, path: &str, fields: &str| {
        server.reconnect();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        assert!(server.deliver(request.as_bytes()).is_empty());
        find(server.output(), b"\r\n\r\n").expect("a head") + 4
    };
    let head = begin(&mut server, "/range/52?duration=4&chunk_size=13", "");
    for piece in 1..=4 {
        assert_eq!(server.output()[head..], letters(0, 13 * piece), "{piece}");
        if piece < 4 {
            assert_eq!(server.time_left(), Duration::from_secs(1), "{piece}");
            server.pass(Duration::from_millis(999));
            assert_eq!(server.output().len(), head + 13 * piece, "{piece}");
            server.pass(Duration::from_millis(1));
        }
    }
    assert_eq!(server.connection().phase(), Phase::Idle);
    // Half of them take half of the time, and who looks late finds all that were due.
    let head = begin(&mut server, "/range/52?duration=4&chunk_size=13", "Range: bytes=26-\r\n");
    assert_eq!(
        (&server.output()[head..], server.time_left()),
        (&letters(26, 39)[..], Duration::from_secs(1))
    );
    server.pass(Duration::from_secs(9));
    assert_eq!(server.output()[head..], letters(26, 52));
    assert_eq!(server.connection().phase(), Phase::Idle);
}
