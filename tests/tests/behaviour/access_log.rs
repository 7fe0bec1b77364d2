//! The access log and the ids in it, over hostile requests: a line each, and nothing in it that is not text.

use std::sync::Mutex;

use bantam_core::middleware::access_log::{AccessLog, Format, Lines};
use bantam_core::middleware::request_id::RequestIds;
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::app::{APP, App, ROUTES, Streams};
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::Serves;
use serde_json::Value;

/// Lines that are kept.
#[derive(Default)]
struct Kept(Mutex<String>);

impl Lines for Kept {
    fn add(&self, write: &mut dyn FnMut(&mut dyn core::fmt::Write) -> core::fmt::Result) {
        write(&mut *self.0.lock().expect("no panic")).expect("it fits");
    }
}

/// The application of these suites with ids and a log.
fn service(format: Format) -> (Service<'static, App, Streams>, &'static Kept) {
    let kept: &'static Kept = Box::leak(Box::default());
    let log: &'static AccessLog<'_> = Box::leak(Box::new(AccessLog::new(format, kept)));
    let chain: &'static [&'static dyn Middleware<App, Streams>] =
        Box::leak(Box::new([&RequestIds as _, log as _]));
    let service = Service::new(&APP, &ROUTES).with_middleware(chain).with_seed(0x5eed);
    (service, kept)
}

/// What one connection each of these requests leaves in the log, and the last answer of each.
fn logged(server: &mut dyn Serves, kept: &Kept, requests: &[Vec<u8>]) -> (Vec<String>, Vec<Answer>) {
    let mut answers = Vec::new();
    for request in requests {
        let bytes = server.converse(&[request], true);
        answers.extend(answer::finals(&bytes, &["GET"; 4]).pop());
    }
    let log = core::mem::take(&mut *kept.0.lock().expect("no panic"));
    assert!(log.is_empty() || log.ends_with('\n'));
    (log.split_terminator('\n').map(str::to_owned).collect(), answers)
}

/// Requests with each byte where peers can put it, and with whole attacks.
fn hostile() -> Vec<Vec<u8>> {
    let mut requests = Vec::new();
    for byte in 0..=u8::MAX {
        let spot = [b'a', byte, b'b'];
        for (before, after) in [
            (&b"GET /"[..], &b" HTTP/1.1\r\nHost: a\r\n\r\n"[..]),
            (b"GET /?q=", b" HTTP/1.1\r\nHost: a\r\n\r\n"),
            (b"", b" / HTTP/1.1\r\nHost: a\r\n\r\n"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: ", b"\r\n\r\n"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nReferer: ", b"\r\n\r\n"),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX-Request-ID: ", b"\r\n\r\n"),
            (b"GET / HTTP/1.1\r\nHost: a\r\ntraceparent: ", b"\r\n\r\n"),
        ] {
            requests.push([before, &spot, after].concat());
        }
    }
    for attack in [
        &b"GET /%0d%0a127.0.0.1%20-%20-%20FAKE HTTP/1.1\r\nHost: a\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \xc2\x9b2J\xe2\x80\xae\xff\xfe\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \",\"status\":200,\"x\":\"\\\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nReferer: \xf0\x9f\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ] {
        requests.push(attack.to_vec());
    }
    requests
}

fn is_text(line: &str) -> bool {
    !line.chars().any(|character| character.is_control() || ('\u{202a}'..='\u{202e}').contains(&character))
}

fn check_json(server: &mut dyn Serves, kept: &Kept) {
    let requests = hostile();
    let (lines, answers) = logged(server, kept, &requests);
    assert_eq!((lines.len(), answers.len()), (requests.len(), requests.len()), "{}", server.name());
    for ((line, answer), request) in lines.iter().zip(&answers).zip(&requests) {
        let request = String::from_utf8_lossy(request);
        assert!(is_text(line), "{request:?}: {line:?}");
        let line: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{request:?}: {error}: {line}"));
        assert_eq!(line["status"], answer.status, "{request:?}");
        assert_eq!(line["bytes_out"], answer.content.len(), "{request:?}");
        // B31: one id in the answer and the log, of 128 bits where the peer has none to offer.
        let id = answer.field("X-Request-ID").unwrap_or_else(|| panic!("{request:?}: {answer:?}"));
        assert_eq!(line["request_id"], id, "{request:?}");
        let is_made = id.len() == 32 && id.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        assert!(is_made || request.contains(&format!("X-Request-ID: {id}\r\n")), "{request:?}: {id}");
        assert_eq!(line["refusal"].is_string(), answer.status != 200, "{request:?}: {line}");
    }
}

#[test]
fn every_answer_is_one_line_of_json_whatever_is_sent() {
    let (service, kept) = service(Format::Json);
    check_json(&mut Memory::<_, _>::new(&service), kept);
}

#[test]
fn so_it_is_over_sockets() {
    let (service, kept) = service(Format::Json);
    check_json(&mut Running::start(service), kept);
}

#[test]
fn every_answer_is_one_line_of_text_whatever_is_sent() {
    for format in [Format::Common, Format::Combined] {
        let (service, kept) = service(format);
        let requests = hostile();
        let (lines, _) = logged(&mut Memory::<_, _>::new(&service), kept, &requests);
        assert_eq!(lines.len(), requests.len());
        for (line, request) in lines.iter().zip(&requests) {
            let quotes = if format == Format::Common { 2 } else { 6 };
            let found = line.matches('"').count();
            assert!(is_text(line) && found == quotes, "{:?}: {line:?}", String::from_utf8_lossy(request));
        }
    }
}

/// B15: a target that is decoded before it is written makes lines of its own.
#[test]
fn no_target_makes_a_line_of_its_own() {
    let request = b"GET /a%0d%0a127.0.0.1%20-%20-%20FAKE HTTP/1.1\r\nHost: a\r\n\r\n".to_vec();
    for format in [Format::Common, Format::Combined, Format::Json] {
        let (service, kept) = service(format);
        let (lines, _) = logged(&mut Memory::<_, _>::new(&service), kept, core::slice::from_ref(&request));
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("/a%0d%0a127.0.0.1%20-%20-%20FAKE"), "as it was sent: {}", lines[0]);
    }
}

#[test]
fn every_ending_has_its_line_with_the_reason() {
    let (service, kept) = service(Format::Json);
    let mut server = Memory::<_, _>::new(&service);
    let cases: [(&str, &str, u16, Value, Value, bool); 9] = [
        ("kept open", "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n", 200, Value::Null, Value::Null, false),
        (
            "close option",
            "GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            200,
            "close-option".into(),
            Value::Null,
            false,
        ),
        (
            "the application's",
            "GET /close HTTP/1.1\r\nHost: a\r\n\r\n",
            200,
            "application".into(),
            Value::Null,
            false,
        ),
        ("HTTP/1.0", "GET /plaintext HTTP/1.0\r\n\r\n", 200, "http-1.0".into(), Value::Null, false),
        ("no route", "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404, Value::Null, "not-found".into(), false),
        (
            "other methods",
            "PUT /plaintext HTTP/1.1\r\nHost: a\r\n\r\n",
            405,
            Value::Null,
            "not-allowed".into(),
            false,
        ),
        ("no host", "GET /plaintext HTTP/1.1\r\n\r\n", 400, "refusal".into(), "host".into(), false),
        ("half a head", "GET /plaintext HTTP/1.1\r\nHo", 400, "refusal".into(), "incomplete".into(), false),
        (
            "a source fails",
            "GET /fail-in-source HTTP/1.1\r\nHost: a\r\n\r\n",
            200,
            Value::Null,
            Value::Null,
            true,
        ),
    ];
    for (name, request, status, closing, refusal, is_cut) in cases {
        server.converse(&[request.as_bytes()], true);
        let log = core::mem::take(&mut *kept.0.lock().expect("no panic"));
        let line: Value = serde_json::from_str(&log).unwrap_or_else(|error| panic!("{name}: {error}: {log}"));
        assert_eq!((&line["status"], &line["cut"]), (&status.into(), &is_cut.into()), "{name}: {line}");
        assert_eq!((&line["closing"], &line["refusal"]), (&closing, &refusal), "{name}: {line}");
    }
}
