use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::*;
use crate::connection::{Connection, Storage};
use crate::prelude::*;

/// 2026-11-23T11:33:25Z.
const NOW: u64 = 1_795_433_605;
/// 2026-01-02T03:04:05Z.
const MODIFIED: u64 = 1_767_323_045;
const LAST_MODIFIED: &str = "Fri, 02 Jan 2026 03:04:05 GMT";

/// A representation of `length` bytes, each of which is its place modulo 251.
#[derive(Clone, Copy)]
struct App {
    etag: Option<EntityTag<'static>>,
    modified: Option<u64>,
    length: Option<u64>,
    status: Status,
}

const STRONG: App =
    App { etag: EntityTag::strong("v1"), modified: Some(MODIFIED), length: Some(1_000), status: Status::OK };
const WEAK: App = App { etag: EntityTag::weak("v1"), ..STRONG };
const BARE: App = App { etag: None, modified: None, ..STRONG };

impl App {
    fn representation(&self) -> Representation<'static> {
        let Self { etag, modified, length, .. } = *self;
        Representation { etag, modified, length, content_type: "text/plain" }
    }

    fn content(&self) -> Vec<u8> {
        (0..self.length.unwrap_or(1_000)).map(|place| (place % 251) as u8).collect()
    }
}

fn single(app: &App, request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.field("Cache-Control", "max-age=5").field("Vary", "Accept").status(app.status);
    let representation = app.representation();
    let content = app.content();
    match representation.select(request, response) {
        Selection::Whole => response.bytes("text/plain", &content),
        Selection::Part(span) => response.bytes("text/plain", span.of(&content)),
        Selection::Answered => Ok(()),
    }
}

fn parts(app: &App, request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.field("Cache-Control", "max-age=5").field("Vary", "Accept");
    let content = app.content();
    match app.representation().select_parts(request, response) {
        Selection::Whole => response.bytes("text/plain", &content),
        Selection::Part(span) => response.bytes("text/plain", span.of(&content)),
        Selection::Parts(mut parts) => {
            let mut space = [0; 2_000];
            let read = |at: u64, space: &mut [u8]| {
                let from = content.get(at as usize..)?.get(..space.len())?;
                space.copy_from_slice(from);
                Some(from.len())
            };
            let Pulled::Last(length) = parts.pull(&mut space, read) else { panic!("it fits") };
            assert_eq!(length as u64, parts.len(), "the length is known beforehand");
            response.bytes(parts.media_type(), &space[..length])
        }
        Selection::Answered => Ok(()),
    }
}

fn in_memory(app: &App, request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    app.representation().answer(request, response, b"0123456789")
}

fn in_the_image(app: &App, request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    app.representation().answer_static(request, response, b"0123456789")
}

static ROUTES: Router<App, 6> = Router::new([
    get("/one", single),
    put("/one", single),
    get("/several", parts),
    get("/memory", in_memory),
    get("/image", in_the_image),
    post("/one", single),
]);

struct Answer {
    head: String,
    content: Vec<u8>,
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

fn ask(app: &App, line: &str, fields: &[u8], now: Option<u64>) -> Answer {
    let service = Service::new(app, &ROUTES);
    let mut storage = Storage::<NoStream, 2_048, 4_096, 16>::new();
    let mut connection = Connection::new(0, None, Instant::ZERO);
    let mut lent = connection.lend(&service, storage.lend(), now.map(Date::from_unix));
    let message = [line.as_bytes(), b" HTTP/1.1\r\nHost: a\r\n", fields, b"\r\n"].concat();
    lent.receive_space()[..message.len()].copy_from_slice(&message);
    lent.handle_received(message.len(), Instant::ZERO);
    lent.run_handler(Instant::ZERO, || Instant::ZERO);
    let mut bytes = Vec::new();
    while lent.wants().is_some_and(|wants| wants.transmit) {
        let length = lent.poll_transmit().len();
        bytes.extend_from_slice(lent.poll_transmit());
        lent.handle_transmitted(length, Instant::ZERO);
    }
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    let content = bytes.split_off(end);
    Answer { head: String::from_utf8(bytes).unwrap(), content }
}

fn get_of(app: &App, path: &str, fields: &str) -> Answer {
    ask(app, &format!("GET {path}"), fields.as_bytes(), Some(NOW))
}

/// RFC 9110 §13.2.2, each step against those behind it; §13.1.5 for the last.
#[test]
fn the_order_of_preconditions() {
    const BEFORE: &str = "Fri, 02 Jan 2026 03:04:04 GMT";
    let cases: &[(&str, &[&str], u16)] = &[
        ("nothing is asked", &[], 200),
        ("a range alone", &["Range: bytes=0-9"], 206),
        (
            "step 1 refuses, whatever follows",
            &["If-Match: \"x\"", "If-None-Match: \"v1\"", "Range: bytes=0-9"],
            412,
        ),
        (
            "step 1 stands before step 2",
            &["If-Match: \"v1\"", &*format!("If-Unmodified-Since: {BEFORE}")],
            200,
        ),
        ("step 2 refuses", &[&*format!("If-Unmodified-Since: {BEFORE}"), "If-None-Match: \"v1\""], 412),
        ("step 2 holds", &[&*format!("If-Unmodified-Since: {LAST_MODIFIED}"), "Range: bytes=0-9"], 206),
        ("step 3 after step 1", &["If-Match: \"v1\"", "If-None-Match: \"v1\""], 304),
        ("step 3 stands before the range", &["If-None-Match: \"v1\"", "Range: bytes=0-9"], 304),
        ("step 3 stands before a range beyond", &["If-None-Match: \"v1\"", "Range: bytes=5000-"], 304),
        ("step 3 holds", &["If-None-Match: \"x\"", "Range: bytes=0-9"], 206),
        (
            "step 3 silences step 4",
            &["If-None-Match: \"x\"", &*format!("If-Modified-Since: {LAST_MODIFIED}")],
            200,
        ),
        ("step 4", &[&*format!("If-Modified-Since: {LAST_MODIFIED}"), "Range: bytes=0-9"], 304),
        ("step 4 holds", &[&*format!("If-Modified-Since: {BEFORE}"), "Range: bytes=0-9"], 206),
        ("step 5, the tag", &["If-Range: \"v1\"", "Range: bytes=0-9"], 206),
        ("step 5, another tag", &["If-Range: \"x\"", "Range: bytes=0-9"], 200),
        ("step 5 comes after 1", &["If-Match: \"x\"", "If-Range: \"v1\"", "Range: bytes=0-9"], 412),
        ("step 5 comes before 416", &["If-Range: \"x\"", "Range: bytes=5000-"], 200),
        ("step 5 lets 416 pass", &["If-Range: \"v1\"", "Range: bytes=5000-"], 416),
        ("If-Range without a range", &["If-Range: \"x\""], 200),
    ];
    for path in ["/one", "/several"] {
        for (name, fields, status) in cases {
            let lines: String = fields.iter().map(|line| format!("{line}\r\n")).collect();
            let answer = get_of(&STRONG, path, &lines);
            assert_eq!(answer.status(), *status, "{name}: {}", answer.head);
        }
    }
}

/// RFC 9110 §13.1.5 and §8.8.2.2.
#[test]
fn if_range() {
    let later = "Fri, 02 Jan 2026 03:04:06 GMT";
    let rfc850 = "Friday, 02-Jan-26 03:04:05 GMT";
    let now = Some(NOW);
    let with_date = App { etag: None, ..STRONG };
    let date = LAST_MODIFIED;
    let cases: &[(&str, App, &str, Option<u64>, bool)] = &[
        ("the tag", STRONG, "\"v1\"", now, true),
        ("another", STRONG, "\"v2\"", now, false),
        ("the tag in another case", STRONG, "\"V1\"", now, false),
        ("weak in the request", STRONG, "W/\"v1\"", now, false),
        ("weak in the representation", WEAK, "\"v1\"", now, false),
        ("weak in both", WEAK, "W/\"v1\"", now, false),
        ("a representation without tag", BARE, "\"v1\"", now, false),
        ("no quotes", STRONG, "v1", now, false),
        ("a star is no tag", STRONG, "*", now, false),
        ("a list is no tag", STRONG, "\"v1\", \"v2\"", now, false),
        ("the date", STRONG, date, now, true),
        ("the date, where there is no tag", with_date, date, now, true),
        ("a later date is not the same", STRONG, later, now, false),
        ("an earlier date", STRONG, "Fri, 02 Jan 2026 03:04:04 GMT", now, false),
        ("the date in a form that was never sent", STRONG, rfc850, now, false),
        ("no date", STRONG, "yesterday", now, false),
        ("empty", STRONG, "", now, false),
        ("a representation without date", BARE, date, now, false),
        ("a second that is not over", STRONG, date, Some(MODIFIED), false),
        ("a second that is just over", STRONG, date, Some(MODIFIED + 1), true),
        ("a clock that is behind", STRONG, date, Some(MODIFIED - 1), false),
        ("no clock to tell", STRONG, date, None, false),
        ("no clock is needed for a tag", STRONG, "\"v1\"", None, true),
    ];
    for (name, app, value, now, holds) in cases {
        let fields = format!("If-Range: {value}\r\nRange: bytes=0-9\r\n");
        let answer = ask(app, "GET /one", fields.as_bytes(), *now);
        assert_eq!(answer.status(), if *holds { 206 } else { 200 }, "{name}");
        assert_eq!(answer.content.len(), if *holds { 10 } else { 1_000 }, "{name}");
    }
    let raw: &[(&str, &[u8])] = &[
        ("twice", b"If-Range: \"v1\"\r\nIf-Range: \"v1\"\r\nRange: bytes=0-9\r\n"),
        ("not UTF-8", b"If-Range: \"v1\xff\"\r\nRange: bytes=0-9\r\n"),
        (
            "a good line and one that is not UTF-8",
            b"If-Range: \"v1\"\r\nIf-Range: \xff\r\nRange: bytes=0-9\r\n",
        ),
    ];
    for (name, fields) in raw {
        assert_eq!(ask(&STRONG, "GET /one", fields, now).status(), 200, "{name}");
    }
}

/// RFC 9110 §14.2 and §15.3.7.1.
#[test]
fn one_part() {
    for path in ["/one", "/several"] {
        for (range, start, end) in [("0-0", 0, 1), ("990-", 990, 1_000), ("-7", 993, 1_000), ("0-", 0, 1_000)]
        {
            let answer = get_of(&STRONG, path, &format!("Range: bytes={range}\r\n"));
            assert_eq!(answer.status(), 206, "{range}");
            let content_range = format!("bytes {start}-{}/1000", end - 1);
            assert_eq!(answer.field("Content-Range"), Some(&*content_range), "{range}");
            assert_eq!(answer.field("Content-Length"), Some(&*(end - start).to_string()), "{range}");
            assert_eq!(answer.field("Content-Type"), Some("text/plain"), "{range}");
            assert_eq!(answer.field("ETag"), Some("\"v1\""), "{range}");
            assert_eq!(answer.field("Last-Modified"), Some(LAST_MODIFIED), "{range}");
            assert_eq!(answer.field("Cache-Control"), Some("max-age=5"), "{range}");
            assert_eq!(answer.field("Vary"), Some("Accept"), "{range}");
            assert_eq!(answer.field("Accept-Ranges"), Some("bytes"), "{range}");
            assert_eq!(answer.content, STRONG.content()[start..end], "{range}");
        }
    }
}

/// RFC 9110 §14.2: where a range counts for nothing.
#[test]
fn where_ranges_are_ignored() {
    let range = b"Range: bytes=0-9\r\n";
    assert_eq!(ask(&STRONG, "GET /one", range, None).status(), 206, "no clock is needed");
    let head = ask(&STRONG, "HEAD /one", range, Some(NOW));
    assert_eq!((head.status(), head.field("Content-Length")), (200, Some("1000")), "{}", head.head);
    assert_eq!((head.field("Content-Range"), head.field("Accept-Ranges")), (None, Some("bytes")));
    assert_eq!(ask(&STRONG, "HEAD /one", b"Range: bytes=5000-\r\n", None).status(), 200);
    for line in ["PUT /one", "POST /one"] {
        let answer = ask(&STRONG, line, range, Some(NOW));
        assert_eq!((answer.status(), answer.content.len()), (200, 1_000), "{line}");
    }
    let unknown = App { length: None, ..STRONG };
    let answer = get_of(&unknown, "/one", "Range: bytes=0-9\r\n");
    assert_eq!((answer.status(), answer.field("Accept-Ranges")), (200, None), "no length, no ranges");
    let created = App { status: Status::CREATED, ..STRONG };
    assert_eq!(get_of(&created, "/one", "Range: bytes=0-9\r\n").status(), 201);
    let empty = App { length: Some(0), ..STRONG };
    assert_eq!(get_of(&empty, "/one", "Range: bytes=0-9\r\n").status(), 200);
    let ignored: &[(&str, &[u8])] = &[
        ("another unit", b"Range: lines=0-9\r\n"),
        ("malformed", b"Range: bytes=9-0\r\n"),
        ("twice", b"Range: bytes=0-9\r\nRange: bytes=0-9\r\n"),
        ("a good line and one that is not UTF-8", b"Range: bytes=0-9\r\nRange: \xff\r\n"),
        ("empty", b"Range:\r\n"),
        ("not UTF-8", b"Range: bytes=0-\xb9\r\n"),
    ];
    for (name, fields) in ignored {
        for path in ["/one", "/several"] {
            let answer = ask(&STRONG, &format!("GET {path}"), fields, Some(NOW));
            assert_eq!((answer.status(), answer.content.len()), (200, 1_000), "{name}");
            assert_eq!(answer.field("Content-Range"), None, "{name}");
        }
    }
}

/// RFC 9110 §15.5.17 and §14.4.
#[test]
fn ranges_that_are_not_there() {
    for path in ["/one", "/several"] {
        for range in ["1000-", "5000-6000", "-0", "18446744073709551616-"] {
            let answer = get_of(&STRONG, path, &format!("Range: bytes={range}\r\n"));
            assert_eq!(answer.status(), 416, "{range}");
            assert_eq!(answer.field("Content-Range"), Some("bytes */1000"), "{range}");
            assert_eq!(answer.field("ETag"), None, "the answer is not the representation");
            assert_eq!(answer.field("Content-Type"), Some("text/plain; charset=utf-8"));
        }
    }
}

/// RFC 9110 §15.4.5: what a 304 says.
#[test]
fn not_modified() {
    for line in ["GET /one", "HEAD /one", "GET /several"] {
        let answer = ask(&WEAK, line, b"If-None-Match: \"v1\"\r\n", Some(NOW));
        assert_eq!(answer.status(), 304);
        assert_eq!(answer.field("ETag"), Some("W/\"v1\""));
        assert_eq!(answer.field("Cache-Control"), Some("max-age=5"));
        assert_eq!(answer.field("Vary"), Some("Accept"));
        assert_eq!(answer.field("Date"), Some(Date::from_unix(NOW).as_str()));
        assert_eq!(answer.field("Last-Modified"), Some(LAST_MODIFIED));
        for absent in ["Content-Type", "Content-Length", "Content-Range"] {
            assert_eq!(answer.field(absent), None, "{absent}");
        }
        assert!(answer.content.is_empty());
    }
    let put = ask(&STRONG, "PUT /one", b"If-None-Match: *\r\n", Some(NOW));
    assert_eq!((put.status(), put.field("ETag")), (412, None), "other methods fail");
}

/// RFC 9110 §15.3.7.2 and §14.6, to the byte.
#[test]
fn several_parts() {
    let answer = get_of(&STRONG, "/several", "Range: bytes=-1,0-9,500-501\r\n");
    assert_eq!(answer.status(), 206);
    assert_eq!(answer.field("Content-Range"), None, "it stands in the parts");
    assert_eq!(answer.field("ETag"), Some("\"v1\""));
    let boundary =
        answer.field("Content-Type").unwrap().strip_prefix("multipart/byteranges; boundary=").unwrap();
    assert!(boundary.len() == 16 && boundary.bytes().all(|byte| byte.is_ascii_hexdigit()), "{boundary}");
    let mut expected = Vec::new();
    for (at, (start, end)) in [(999, 1_000), (0, 10), (500, 502)].into_iter().enumerate() {
        let lines = format!(
            "{}--{boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes {start}-{}/1000\r\n\r\n",
            if at > 0 { "\r\n" } else { "" },
            end - 1
        );
        expected.extend_from_slice(lines.as_bytes());
        expected.extend_from_slice(&STRONG.content()[start..end]);
    }
    expected.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    assert_eq!(answer.content, expected);
    assert_eq!(answer.field("Content-Length"), Some(&*expected.len().to_string()));

    let again = get_of(&STRONG, "/one", "Range: bytes=-1,0-9\r\n");
    assert_eq!((again.status(), again.content.len()), (200, 1_000), "one range is all that /one serves");
}

#[test]
fn parts_never_cost_more_than_the_whole() {
    let cases = [
        ("two that join", "0-9,5-19", 206, Some("bytes 0-19/1000")),
        ("two of which one is there", "0-9,2000-", 206, Some("bytes 0-9/1000")),
        ("the whole in two", "0-499,500-999", 206, Some("bytes 0-999/1000")),
        ("all but some", "0-400,490-700,790-", 200, None),
        (
            "small ones, whose lines are longer than the gaps",
            "0-0,82-82,164-164,246-246,328-328,410-410,492-492,574-574,656-656,738-738,820-820,902-902",
            200,
            None,
        ),
        (
            "seventeen",
            "0-0,1-1,2-2,3-3,4-4,5-5,6-6,7-7,8-8,9-9,10-10,11-11,12-12,13-13,14-14,15-15,16-16",
            200,
            None,
        ),
    ];
    for (name, set, status, content_range) in cases {
        let answer = get_of(&STRONG, "/several", &format!("Range: bytes={set}\r\n"));
        assert_eq!(answer.status(), status, "{name}: {}", answer.head);
        assert_eq!(answer.field("Content-Range"), content_range, "{name}");
        assert!(answer.content.len() <= 1_000, "{name}");
    }
}

#[test]
fn what_lies_in_memory_needs_one_call() {
    for path in ["/memory", "/image"] {
        let whole = get_of(&STRONG, path, "");
        assert_eq!((whole.status(), &*whole.content), (200, &b"0123456789"[..]));
        let part = get_of(&STRONG, path, "Range: bytes=2-4\r\n");
        assert_eq!((part.status(), &*part.content), (206, &b"234"[..]));
        assert_eq!(part.field("Content-Range"), Some("bytes 2-4/10"), "the number of bytes counts");
        assert_eq!(get_of(&STRONG, path, "Range: bytes=10-\r\n").field("Content-Range"), Some("bytes */10"));
        assert_eq!(get_of(&STRONG, path, "If-None-Match: \"v1\"\r\n").status(), 304);
    }
}

/// RFC 9110 §8.8.2.1.
#[test]
fn a_time_in_the_future_is_stated_as_the_present() {
    let future = App { etag: None, modified: Some(NOW + 1_000), ..STRONG };
    let answer = get_of(&future, "/one", "");
    assert_eq!(answer.field("Last-Modified"), Some(Date::from_unix(NOW).as_str()));
    let fields = format!("If-Range: {}\r\nRange: bytes=0-9\r\n", Date::from_unix(NOW).as_str());
    assert_eq!(get_of(&future, "/one", &fields).status(), 200, "such a date vouches for nothing");
}
