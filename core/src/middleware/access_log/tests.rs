use core::fmt::Write as _;
use std::string::String;
use std::sync::Mutex;
use std::vec::Vec;
use std::{format, vec};

use super::escape::Escape;
use super::*;
use crate::connection::{Connection, Storage};
use crate::message::date::Date;
use crate::prelude::*;

fn escaped(escape: Escape, bytes: &[u8]) -> String {
    let mut out = String::new();
    escape.write(&mut out, bytes).unwrap();
    out
}

#[test]
fn what_is_escaped() {
    let cases: &[(&[u8], &str, &str)] = &[
        (b"", "", ""),
        (b"/plain?a=b ~", "/plain?a=b ~", "/plain?a=b ~"),
        (b"\"\\", r"\x22\x5C", r"\u0022\u005C"),
        (b"a\r\nb", r"a\x0D\x0Ab", r"a\u000D\u000Ab"),
        (b"\0\x1b[31m\x7f", r"\x00\x1B[31m\x7F", r"\u0000\u001B[31m\u007F"),
        ("é漢🐓".as_bytes(), "é漢🐓", "é漢🐓"),
        ("\u{9b}31m\u{85}".as_bytes(), r"\xC2\x9B31m\xC2\x85", r"\u009B31m\u0085"),
        ("a\u{2028}\u{202e}b".as_bytes(), r"a\xE2\x80\xA8\xE2\x80\xAEb", r"a\u2028\u202Eb"),
        (b"\x9b31m", r"\x9B31m", r"\ufffd31m"),
        (b"a\xc3\xff\xe2\x82", r"a\xC3\xFF\xE2\x82", r"a\ufffd\ufffd\ufffd"),
        (b"\xed\xa0\x80", r"\xED\xA0\x80", r"\ufffd\ufffd\ufffd"),
    ];
    for (bytes, text, json) in cases {
        assert_eq!(escaped(Escape::Text, bytes), *text, "{bytes:?}");
        assert_eq!(escaped(Escape::Json, bytes), *json, "{bytes:?}");
    }
}

#[test]
fn no_byte_and_no_pair_of_bytes_gets_through() {
    for pair in 0..=u16::MAX {
        let bytes = pair.to_be_bytes();
        for escape in [Escape::Text, Escape::Json] {
            let text = escaped(escape, &bytes);
            let is_harmless = |character: char| !character.is_control() && character != '"';
            assert!(text.chars().all(is_harmless), "{bytes:?} is {text:?}");
        }
    }
}

/// Lines that are kept.
#[derive(Default)]
pub(super) struct Kept(Mutex<String>);

impl Lines for Kept {
    fn add(&self, write: &mut dyn FnMut(&mut dyn fmt::Write) -> fmt::Result) {
        write(&mut *self.0.lock().unwrap()).unwrap();
    }
}

static ROUTES: Router<(), 3> = Router::new([
    get("/", |_, _, response| response.text("hello")),
    get("/health/live", |_, _, response| response.text("alive")),
    get("/health/ready", |_, _, _| Err(Status::SERVICE_UNAVAILABLE.into())),
]);

/// What a log has of these requests, on one connection.
fn logged(log: AccessLog<'_>, kept: &Kept, requests: &[u8]) -> String {
    let chain: [&dyn Middleware<()>; 1] = [&log];
    let service = Service::new(&(), &ROUTES).with_middleware(&chain);
    let mut storage: Storage<NoStream, 4_096, 4_096, 16> = Storage::new();
    let peer = "[::ffff:192.0.2.1]:7".parse().ok();
    let now = Instant::ZERO;
    let mut connection = Connection::new(0, peer, now);
    let mut lent = connection.lend(&service, storage.lend(), Some(Date::from_unix(1_795_512_677)));
    lent.receive_space()[..requests.len()].copy_from_slice(requests);
    lent.handle_received(requests.len(), now);
    while let Some(wants) = lent.wants() {
        if wants.run {
            lent.run_handler(now, || now.after(Duration::from_micros(1_500)));
        } else if wants.transmit {
            let length = lent.poll_transmit().len();
            lent.handle_transmitted(length, now);
        } else {
            break;
        }
    }
    core::mem::take(&mut *kept.0.lock().unwrap())
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nX-Request-ID: 7\r\n\r\n";

#[test]
fn json_has_every_member_in_one_line() {
    let kept = Kept::default();
    let request = b"GET /?q=%22 HTTP/1.1\r\nHost: a\r\nX-Request-ID: 7\r\nReferer: r\r\nUser-Agent: u\r\nConnection: close\r\n\
        traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n";
    let line = logged(AccessLog::new(Format::Json, &kept), &kept, request);
    let span = line.split("\"span_id\":\"").nth(1).unwrap().get(..16).unwrap();
    assert!(span.bytes().all(|digit| digit.is_ascii_hexdigit()), "{line}");
    let expected = format!(
        "{{\"time\":\"2026-11-24T09:31:17Z\",\"request_id\":\"7\",\
         \"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"span_id\":\"{span}\",\"client\":\"192.0.2.1\",\
         \"method\":\"GET\",\"target\":\"/?q=%22\",\"version\":\"HTTP/1.1\",\"route\":\"/\",\"status\":200,\
         \"bytes_in\":0,\"bytes_out\":5,\"duration_us\":1500,\"cut\":false,\"closing\":\"close-option\",\
         \"refusal\":null,\"referer\":\"r\",\"user_agent\":\"u\"}}\n"
    );
    assert_eq!(line, expected);
}

#[test]
fn a_refusal_has_its_word_and_why_the_connection_closes() {
    let kept = Kept::default();
    for (request, word, closing) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], "\"host\"", "\"refusal\""),
        (b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "\"not-found\"", "null"),
        (b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "\"unknown-method\"", "null"),
        (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", "\"version\"", "\"refusal\""),
    ] {
        let line = logged(AccessLog::new(Format::Json, &kept), &kept, request);
        let found = line.contains(&format!("\"closing\":{closing},\"refusal\":{word},"));
        assert!(found, "{}: {line}", String::from_utf8_lossy(request));
    }
}

#[test]
fn a_clock_gives_milliseconds() {
    let kept = Kept::default();
    let cases: [(fn() -> u64, &str); 4] = [
        (|| 0, "1970-01-01T00:00:00.000Z"),
        (|| 1_795_512_677_009, "2026-11-24T09:31:17.009Z"),
        (|| 1_795_512_677_042, "2026-11-24T09:31:17.042Z"),
        (|| 1_795_512_677_999, "2026-11-24T09:31:17.999Z"),
    ];
    for (clock, time) in cases {
        let line = logged(AccessLog::new(Format::Json, &kept).with_clock(clock), &kept, GET);
        assert!(line.starts_with(&format!("{{\"time\":\"{time}\",\"request_id\"")), "{line}");
    }
}

#[test]
fn custom_fields_stand_behind_the_others_and_are_escaped() {
    let kept = Kept::default();
    let with_fields = |format| {
        AccessLog::new(format, &kept)
            .with_field("user", |request, _, out| out.write_str(request.field("X-User").unwrap_or("-")))
            .with_field("fails\"", |_, _, out| out.write_str("half").and(Err(fmt::Error)))
            .with_field("code", |_, answer, out| write!(out, "{}", answer.status.code()))
    };
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nX-User: \"J\\\xc3\xb6rg\t\r\n\r\n";
    let json = logged(with_fields(Format::Json), &kept, request);
    let members = "\"user_agent\":null,\"user\":\"\\u0022J\\u005C\u{f6}rg\",\"fails\\u0022\":\"half\",\"code\":\"200\"}\n";
    assert!(json.ends_with(members), "{json}");
    let text = logged(with_fields(Format::Common), &kept, request);
    assert!(text.ends_with("\" 200 5 \"\\x22J\\x5C\u{f6}rg\" \"half\" \"200\"\n"), "{text}");
    let text = logged(with_fields(Format::Combined), &kept, GET);
    assert!(text.ends_with("\" 200 5 \"-\" \"-\" \"-\" \"half\" \"200\"\n"), "{text}");
}

#[test]
#[should_panic(expected = "at most eight")]
fn a_ninth_custom_field_is_a_mistake() {
    let kept = Kept::default();
    let _ = (0..9).fold(AccessLog::new(Format::Json, &kept), |log, _| log.with_field("x", |_, _, _| Ok(())));
}

#[test]
fn what_is_skipped() {
    let kept = Kept::default();
    let requests =
        b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\nGET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n\
        GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /health/live/x HTTP/1.1\r\nHost: a\r\n\r\n";
    let log = || AccessLog::new(Format::Common, &kept);
    let counts: Vec<_> = [
        log(),
        log().skip(&["/health/live"]),
        log().skip(&["/health/live", "/health/ready"]),
        log().skip(&["/health/live/x"]),
        log().skip_if(|request, answer| request.path().starts_with("/health") && answer.status.is_success()),
        log().skip_if(|_, _| true),
    ]
    .into_iter()
    .map(|log| logged(log, &kept, requests).lines().count())
    .collect();
    assert_eq!(counts, [4, 3, 2, 3, 3, 0]);
}

/// A writer that takes this many bytes, some at a time, and then fails until it is given more.
struct Narrow {
    room: usize,
    written: Vec<u8>,
}

impl embedded_io::ErrorType for Narrow {
    type Error = embedded_io::ErrorKind;
}

impl embedded_io::Write for Narrow {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        let length = bytes.len().min(self.room).min(3);
        self.written.extend_from_slice(&bytes[..length]);
        self.room -= length;
        if length == 0 { Err(embedded_io::ErrorKind::Other) } else { Ok(length) }
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

#[test]
fn lines_go_to_any_byte_writer_and_torn_ones_end_where_they_are() {
    let lines = ByteLines::new(Mutex::new(Narrow { room: 14, written: vec![] }));
    let add = |text: &str| lines.add(&mut |out| text.chars().try_for_each(|piece| out.write_char(piece)));
    add("first\n");
    add("the second\n");
    assert_eq!(lines.dropped(), 1, "eight bytes of it were taken");
    add("the third\n");
    assert_eq!(lines.dropped(), 2);
    Locked::lock(lines.writer(), |writer| writer.room = 100);
    add("the fourth\n");
    add("the fifth\n");
    let written = Locked::lock(lines.writer(), |writer| String::from_utf8(writer.written.clone()).unwrap());
    assert_eq!((written.as_str(), lines.dropped()), ("first\nthe seco\nthe fourth\nthe fifth\n", 2));
}

#[test]
fn a_line_that_cannot_be_written_is_counted_and_leaves_no_trace() {
    let lines = ByteLines::new(Mutex::new(Narrow { room: 100, written: vec![] }));
    lines.add(&mut |_| Err(fmt::Error));
    lines.add(&mut |out| out.write_str("whole\n"));
    assert_eq!(Locked::lock(lines.writer(), |writer| writer.written.clone()), b"whole\n");
    assert_eq!(lines.dropped(), 1);
}

fn truncated<const N: usize>(pieces: &[&str]) -> (String, bool) {
    let mut line = Truncated::<N>::new();
    pieces.iter().for_each(|piece| line.write_str(piece).unwrap());
    (line.as_str().into(), line.is_truncated())
}

#[test]
fn a_line_that_outgrows_its_memory_says_so() {
    assert_eq!(truncated::<20>(&["a whole", " line\n"]), ("a whole line".into(), false));
    assert_eq!(truncated::<20>(&["12345678901234567890"]), ("12345678901234567890".into(), false));
    assert_eq!(truncated::<20>(&["12345678901234567890", "\n"]), ("12345678901234567890".into(), false));
    assert_eq!(truncated::<20>(&["123456789012345678901"]), ("12345678 [truncated]".into(), true));
    assert_eq!(truncated::<20>(&["12345678901234567890", "1", "2"]), ("12345678 [truncated]".into(), true));
    assert_eq!(truncated::<20>(&["1234567é", "90123456789012"]), ("1234567 [truncated]".into(), true));
    assert_eq!(truncated::<20>(&["12", "é".repeat(20).as_str()]), ("12ééé [truncated]".into(), true));
    assert_eq!(truncated::<8>(&["123456789"]), ("".into(), true), "no room for the mark either");
    assert_eq!(truncated::<0>(&["1"]), ("".into(), true));
}
