//! What every answer is like, whatever was asked: its head, its framing, its fields, its absence of content where there
//! may be none (RFC 9112 §4, §6; RFC 9110 §6.6.1, §8.6, §9.3.2, §13, §15).

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bantam_core::connection::{Connection, Storage};
use bantam_core::limits::Limits;
use bantam_core::message::date::Date;
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::app::{self, demo};
use bantam_tests::client::PATIENCE;
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::{METHODS, Serves, on_all};

const TARGETS: [&str; 11] = [
    "/",
    "/echo",
    "/json",
    "/users/42",
    "/users/%ff",
    "/health",
    "/static",
    "/static/",
    "/static/hello.txt",
    "/static/nothing",
    "/nothing",
];

const FIELDS: [&str; 7] = [
    "",
    "If-None-Match: *\r\n",
    "If-Match: \"none\"\r\n",
    "If-Modified-Since: Mon, 23 Nov 2026 00:00:00 GMT\r\n",
    "Range: bytes=0-1\r\nIf-Range: \"none\"\r\n",
    "Accept-Encoding: identity;q=0, *;q=0\r\n",
    "Upgrade: websocket\r\nConnection: Upgrade\r\nTE: trailers\r\nAccept: a/b\r\nAccept-Encoding: gzip\r\n",
];

/// Fields that clients send, or proxies.
const NOT_OURS: [&str; 20] = [
    "Accept",
    "Authorization",
    "Cookie",
    "Expect",
    "From",
    "Host",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Max-Forwards",
    "Proxy-Authenticate",
    "Proxy-Authentication-Info",
    "Proxy-Authorization",
    "Range",
    "Referer",
    "TE",
    "User-Agent",
    "Via",
];

/// The bytes that come back for a request that ends its connection.
fn bytes_of(server: &mut dyn Serves, method: &str, target: &str, version: &str, fields: &str) -> Vec<u8> {
    let option = if fields.contains("Connection") { "" } else { "Connection: close\r\n" };
    let request = format!("{method} {target} {version}\r\nHost: a\r\n{option}{fields}\r\n");
    server.converse(&[request.as_bytes()], true)
}

fn one(bytes: &[u8], method: &str) -> Answer {
    let mut answers = answer::all(bytes, &[method]);
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.remove(0)
}

#[test]
fn every_answer_has_a_date_and_one_framing() {
    on_all(|server| {
        for method in METHODS {
            for target in TARGETS {
                for fields in FIELDS {
                    let bytes = bytes_of(server, method, target, "HTTP/1.1", fields);
                    let answer = one(&bytes, method);
                    let name = format!("{method} {target} {fields:?}: {answer:?}");
                    assert!(bytes.starts_with(b"HTTP/1.1 "), "{name}");
                    let date = answer.field("Date").expect(&name);
                    let seconds = Date::parse(date.as_bytes(), 1_795_435_200).expect(&name);
                    assert_eq!(Date::from_unix(seconds).as_str(), date, "{name}");
                    assert_eq!(answer.field("Server"), Some("bantam"), "{name}");
                    let length = answer.field("Content-Length");
                    assert_eq!(length.is_none(), matches!(answer.status, 204 | 304), "{name}");
                    assert_eq!(
                        answer.field("Transfer-Encoding"),
                        None,
                        "all these lengths are known: {name}"
                    );
                    // Only the page has another form, and only for who takes it.
                    let is_coded = answer.field("Content-Encoding") == Some("gzip");
                    assert!(is_coded || answer.field("Content-Encoding").is_none(), "{name}");
                    let is_page = target == "/" && answer.status == 200 && matches!(method, "GET" | "HEAD");
                    assert_eq!(is_coded, is_page && fields.contains("Accept-Encoding: gzip"), "{name}");
                    let is_ascii = |value: &str| value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
                    assert!(answer.fields.iter().all(|(_, value)| is_ascii(value)), "{name}");
                    assert!(NOT_OURS.iter().all(|field| answer.field(field).is_none()), "{name}");
                    if answer.content.is_empty() {
                        continue;
                    }
                    assert!(answer.field("Content-Type").is_some(), "{name}");
                    assert_eq!(length, Some(answer.content.len().to_string().as_str()), "{name}");
                }
            }
        }
    });
}

/// The `Date` of an answer, in seconds since 1970.
fn date_of(answer: &Answer) -> u64 {
    let date = answer.field("Date").expect("a date");
    Date::parse(date.as_bytes(), 1_795_435_200).unwrap_or_else(|| panic!("no date: {date:?}"))
}

#[test]
fn over_sockets_the_date_is_the_time_and_moves_with_it() {
    let server = Running::start(demo(Limits::DEFAULT));
    let mut client = server.connect();
    let began = Instant::now();
    let mut first = None;
    loop {
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs();
        let before = now();
        let date = date_of(&client.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"));
        let after = now();
        assert!((before.saturating_sub(2)..=after).contains(&date), "{date} from {before} to {after}");
        if *first.get_or_insert(date) != date {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{date} is still the date");
    }
}

#[test]
fn without_a_clock_there_is_no_date() {
    let service = demo(Limits::DEFAULT);
    for target in ["/", "/plaintext", "/static/hello.txt", "/nothing", "/%zz"] {
        let mut storage = Box::new(Storage::<_, 4_096, 8_192, 16>::new());
        let zero = bantam_core::time::Instant::ZERO;
        let mut connection = Connection::new(0, None, zero);
        let mut lent = connection.lend(&service, storage.lend(), None);
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        lent.receive_space()[..request.len()].copy_from_slice(request.as_bytes());
        lent.handle_received(request.len(), zero);
        lent.run_handler(zero, || zero);
        let head = String::from_utf8_lossy(lent.poll_transmit()).into_owned();
        assert!(head.starts_with("HTTP/1.1 ") && !head.contains("\r\nDate:"), "{target}: {head}");
    }
}

#[test]
fn head_is_answered_like_get_whatever_is_asked() {
    on_all(|server| {
        for target in TARGETS {
            for fields in FIELDS {
                let get = one(&bytes_of(server, "GET", target, "HTTP/1.1", fields), "GET");
                let head = one(&bytes_of(server, "HEAD", target, "HTTP/1.1", fields), "HEAD");
                assert_eq!((head.status, head.content.len()), (get.status, 0), "{target} {fields:?}");
                let but_date = |answer: &Answer| {
                    let fields = answer.fields.iter().filter(|(name, _)| name != "Date");
                    fields.cloned().collect::<Vec<_>>()
                };
                assert_eq!(but_date(&head), but_date(&get), "{target} {fields:?}");
            }
        }
    });
}

#[test]
fn not_modified_and_no_content_have_none_and_no_length() {
    on_all(|server| {
        for target in ["/", "/static/hello.txt", "/static/bantam.svg"] {
            let whole = one(&bytes_of(server, "GET", target, "HTTP/1.1", ""), "GET");
            let [tag, modified] =
                ["ETag", "Last-Modified"].map(|name| whole.field(name).expect("a validator"));
            for fields in [
                format!("If-None-Match: {tag}\r\n"),
                format!("If-Modified-Since: {modified}\r\n"),
                format!("If-None-Match: \"x\", {tag}\r\nIf-Modified-Since: {modified}\r\n"),
            ] {
                for (method, version) in
                    [("GET", "HTTP/1.1"), ("HEAD", "HTTP/1.1"), ("GET", "HTTP/1.0"), ("HEAD", "HTTP/1.0")]
                {
                    let bytes = bytes_of(server, method, target, version, &fields);
                    let answer = one(&bytes, method);
                    assert_eq!(answer.status, 304, "{method} {target} {fields}");
                    assert!(bytes.ends_with(b"\r\n\r\n"), "{target} {fields}");
                    assert_eq!(answer.field("Content-Length"), None, "{target}");
                    assert_eq!(answer.field("Content-Type"), None, "{target}");
                    for name in ["ETag", "Cache-Control", "Last-Modified"] {
                        assert_eq!(answer.field(name), whole.field(name), "{target}");
                    }
                    assert!(answer.field("Date").is_some(), "{target}");
                }
            }
        }
    });
}

#[test]
fn preconditions_count_only_where_they_may() {
    on_all(|server| {
        let failing = "If-Match: \"none\"\r\nIf-None-Match: *\r\n";
        for (method, target, status) in [
            ("OPTIONS", "/", 204),
            ("OPTIONS", "*", 204),
            ("TRACE", "/", 405),
            ("GET", "/nothing", 404),
            ("GET", "/static/nothing", 404),
            ("GET", "/static", 301),
            ("GET", "/users/%ff", 400),
            ("BREW", "/", 501),
            ("GET", "/", 412),
        ] {
            let bytes = bytes_of(server, method, target, "HTTP/1.1", failing);
            assert_eq!(one(&bytes, method).status, status, "{method} {target}");
        }
        let date = "Mon, 23 Nov 2026 00:00:00 GMT";
        for (fields, status) in [
            (format!("If-Modified-Since: {date}\r\n"), 304),
            ("If-Modified-Since: Monday, 23-Nov-26 00:00:00 GMT\r\n".to_owned(), 304),
            ("If-Modified-Since: Mon Nov 23 00:00:00 2026\r\n".to_owned(), 304),
            (format!("If-Modified-Since: {date}, {date}\r\n"), 200),
            ("If-Modified-Since: 1795392000\r\n".to_owned(), 200),
            ("If-Modified-Since: \r\n".to_owned(), 200),
            (format!("If-Match: *\r\nIf-Unmodified-Since: {}\r\n", date.replace("2026", "2025")), 200),
            (format!("If-Unmodified-Since: {date}\r\n"), 200),
            ("If-Unmodified-Since: Sun, 22 Nov 2026 00:00:00 GMT\r\n".to_owned(), 412),
            ("If-Unmodified-Since: never\r\n".to_owned(), 200),
        ] {
            let bytes = bytes_of(server, "GET", "/", "HTTP/1.1", &fields);
            assert_eq!(one(&bytes, "GET").status, status, "{fields}");
        }
    });
}

#[test]
fn a_condition_of_several_dates_is_ignored() {
    on_all(|server| {
        for (name, date) in [
            ("If-Modified-Since", "Mon, 23 Nov 2026 00:00:00 GMT"),
            ("If-Unmodified-Since", "Sun, 22 Nov 2026 00:00:00 GMT"),
        ] {
            let fields = format!("{name}: {date}\r\n{name}: {date}\r\n");
            assert_eq!(one(&bytes_of(server, "GET", "/", "HTTP/1.1", &fields), "GET").status, 200, "{name}");
        }
    });
}

/// Where nothing is served in ranges, where the method knows none, and where what is asked for is none.
#[test]
fn ranges_are_answered_whole() {
    on_all(|server| {
        let cases: [(&str, &str, &[&str]); 3] = [
            (
                "GET",
                "/plaintext",
                &["bytes=0-1", "bytes=-1", "bytes=99999999999999999999-", "lines=1-2", "x"],
            ),
            ("HEAD", "/static/hello.txt", &["bytes=0-1", "bytes=99999999999999999999-"]),
            ("GET", "/static/hello.txt", &["lines=1-2", "x", "bytes=1-0", "bytes=0-0,2-2", "bytes=0-1,x"]),
        ];
        for (method, path, ranges) in cases {
            let whole = one(&bytes_of(server, method, path, "HTTP/1.1", ""), method);
            for range in ranges {
                let fields = format!("Range: {range}\r\nContent-Range: bytes 0-1/2\r\n");
                let answer = one(&bytes_of(server, method, path, "HTTP/1.1", &fields), method);
                assert_eq!(
                    (answer.status, &answer.content),
                    (200, &whole.content),
                    "{method} {path} {range}"
                );
                assert_eq!(answer.field("Content-Length"), whole.field("Content-Length"), "{range}");
            }
        }
        let fields = "Range: bytes=99999999999999999999-\r\n";
        let beyond = one(&bytes_of(server, "GET", "/static/hello.txt", "HTTP/1.1", fields), "GET");
        assert_eq!(beyond.status, 416, "a number beyond all lengths is no small one");
    });
}

#[test]
fn nothing_that_http10_does_not_know_is_sent_to_it() {
    let service = app::service(Limits::DEFAULT);
    let check = |server: &mut dyn Serves| {
        for target in ["/plaintext", "/slow/2", "/fast/100000", "/nothing", "/close"] {
            for option in
                ["", "Connection: keep-alive\r\n", "Connection: close\r\n", "TE: chunked, trailers\r\n"]
            {
                for method in ["GET", "HEAD", "POST", "OPTIONS", "BREW"] {
                    let request =
                        format!("{method} {target} HTTP/1.0\r\n{option}Expect: 100-continue\r\n\r\n");
                    let bytes = server.converse(&[request.as_bytes()], true);
                    let answer = one(&bytes, method); // and no interim one before it
                    let name = format!("{method} {target} {option:?}: {answer:?}");
                    assert!(bytes.starts_with(b"HTTP/1.1 "), "{name}");
                    assert_eq!(answer.field("Transfer-Encoding"), None, "{name}");
                    assert_eq!(answer.field("Upgrade"), None, "{name}");
                    let persists = answer.field("Connection") == Some("keep-alive");
                    assert!(persists || answer.says_close(), "{name}");
                    assert!(!persists || option.contains("keep-alive"), "{name}");
                    let is_framed =
                        answer.field("Content-Length").is_some() || method == "HEAD" || answer.status == 204;
                    assert!(is_framed || !persists, "{name}");
                }
            }
        }
    };
    check(&mut Memory::<_, _>::new(&service));
    check(&mut Running::start(app::service(Limits::DEFAULT)));
}

#[test]
fn a_condition_of_a_range_is_ignored_where_there_are_no_ranges() {
    on_all(|server| {
        let asset = one(&bytes_of(server, "GET", "/static/hello.txt", "HTTP/1.1", ""), "GET");
        let [tag, date] = ["ETag", "Last-Modified"].map(|name| asset.field(name).expect("a validator"));
        for condition in [tag, date, "\"other\"", "W/\"weak\"", "Sun, 22 Nov 2026 00:00:00 GMT", "x", ""] {
            for (path, range) in [
                ("/static/hello.txt", ""),
                ("/static/hello.txt", "Range: lines=0-1\r\n"),
                ("/plaintext", ""),
                ("/plaintext", "Range: bytes=0-1\r\n"),
                ("/plaintext", "Range: bytes=9999-\r\n"),
            ] {
                let whole = one(&bytes_of(server, "GET", path, "HTTP/1.1", ""), "GET");
                let fields = format!("{range}If-Range: {condition}\r\n");
                let answer = one(&bytes_of(server, "GET", path, "HTTP/1.1", &fields), "GET");
                assert_eq!((answer.status, &answer.content), (200, &whole.content), "{path} {fields}");
                assert_eq!(answer.field("Content-Range"), None, "{path} {fields}");
            }
        }
    });
}

static REDIRECTIONS: Router<(), 1> = Router::new([get("/:status", |(), request, response| {
    let status = Status::new(request.param("status")?).ok_or(Status::BAD_REQUEST)?;
    response.redirect(status, "/there?a=b")
})]);

#[test]
fn a_redirection_says_where_to() {
    let service = Service::new(&(), &REDIRECTIONS);
    let mut server = Memory::<_, _>::new(&service);
    for status in [301, 302, 303, 307, 308] {
        for method in ["GET", "HEAD"] {
            let answer = one(&bytes_of(&mut server, method, &format!("/{status}"), "HTTP/1.1", ""), method);
            assert_eq!((answer.status, answer.field("Location")), (status, Some("/there?a=b")), "{method}");
        }
    }
}

static STATUSES: Router<(), 1> = Router::new([get("/:status", |(), request, response| {
    let status = Status::new(request.param("status")?).ok_or(Status::BAD_REQUEST)?;
    response.status(status).text("some content")
})]);

#[test]
fn every_status_is_framed_as_it_must_be() {
    let service = Service::new(&(), &STATUSES);
    let mut server = Memory::<_, _>::new(&service);
    for status in 200..=599_u16 {
        let bytes = bytes_of(&mut server, "GET", &format!("/{status}"), "HTTP/1.1", "");
        // The space behind the code is there also where no words follow.
        assert!(bytes.starts_with(format!("HTTP/1.1 {status} ").as_bytes()), "{status}");
        let answer = one(&bytes, "GET");
        let expected = match status {
            204 | 304 => (None, ""),
            205 => (Some("0"), ""),
            _ => (Some("12"), "some content"),
        };
        assert_eq!((answer.field("Content-Length"), answer.text()), expected, "{status}");
    }
}
