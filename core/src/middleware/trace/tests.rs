use core::num::NonZeroU64;
use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use super::TraceParent;
use crate::connection::{Connection, Storage};
use crate::prelude::*;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn value(version: &str, trace: &str, parent: &str, rest: &str) -> String {
    format!("{version}-{trace}-{parent}-{rest}")
}

#[test]
fn what_is_taken() {
    let cases = [
        ("sampled", value("00", TRACE, PARENT, "01"), true),
        ("not sampled", value("00", TRACE, PARENT, "00"), false),
        ("unknown flags", value("00", TRACE, PARENT, "fe"), false),
        ("all flags", value("00", TRACE, PARENT, "ff"), true),
        ("a later version", value("01", TRACE, PARENT, "01"), true),
        ("a later version with more", value("cc", TRACE, PARENT, "01-what-the-future-will-be-like"), true),
        ("a later version with an empty more", value("fe", TRACE, PARENT, "01-"), true),
    ];
    for (name, value, is_sampled) in cases {
        let parent = TraceParent::parse(value.as_bytes()).unwrap_or_else(|| panic!("{name}"));
        let found = (parent.trace_id(), parent.parent_id(), parent.is_sampled());
        assert_eq!(found, (TRACE, PARENT, is_sampled), "{name}");
    }
}

#[test]
fn what_is_ignored() {
    let cases = [
        ("nothing", String::new()),
        ("version ff", value("ff", TRACE, PARENT, "01")),
        ("version in capitals", value("0A", TRACE, PARENT, "01")),
        ("version of one digit", value("0", TRACE, PARENT, "01")),
        ("trace of zeros", value("00", &"0".repeat(32), PARENT, "01")),
        ("parent of zeros", value("00", TRACE, &"0".repeat(16), "01")),
        ("capitals in the trace", value("00", &TRACE.to_uppercase(), PARENT, "01")),
        ("capitals in the parent", value("00", TRACE, &PARENT.to_uppercase(), "01")),
        ("capitals in the flags", value("00", TRACE, PARENT, "0A")),
        ("no digits in the trace", value("00", &TRACE.replace('4', "g"), PARENT, "01")),
        ("a short trace", value("00", &TRACE[1..], PARENT, "01")),
        ("a long trace", value("00", &format!("{TRACE}0"), PARENT, "01")),
        ("a short parent", value("00", TRACE, &PARENT[1..], "01")),
        ("one flag digit", value("00", TRACE, PARENT, "1")),
        ("more behind version 00", value("00", TRACE, PARENT, "01-more")),
        ("a dash behind version 00", value("00", TRACE, PARENT, "01-")),
        ("a later version without a dash", value("01", TRACE, PARENT, "01.more")),
        ("a later version with longer flags", value("01", TRACE, PARENT, "011")),
        ("other separators", value("00", TRACE, PARENT, "01").replace('-', "_")),
        ("white space", format!(" {}", value("00", TRACE, PARENT, "01"))),
        ("a list", format!("{0},{0}", value("00", TRACE, PARENT, "01"))),
        ("not ASCII", value("00", &format!("é{}", &TRACE[2..]), PARENT, "01")),
    ];
    for (name, value) in cases {
        assert_eq!(TraceParent::parse(value.as_bytes()), None, "{name}");
    }
    let whole = value("00", TRACE, PARENT, "01");
    for length in 0..whole.len() {
        assert_eq!(TraceParent::parse(&whole.as_bytes()[..length]), None, "cut at {length}");
    }
}

#[test]
fn a_child_keeps_the_trace_and_the_flags_that_are_known() {
    let span = NonZeroU64::new(0xb7ad_6b71).unwrap();
    for (version, flags, kept) in
        [("00", "00", "00"), ("00", "01", "01"), ("00", "fe", "02"), ("cc", "ff", "03")]
    {
        let text = value(version, TRACE, PARENT, flags);
        let child = TraceParent::parse(text.as_bytes()).unwrap().child(span).to_string();
        assert_eq!(child, value("00", TRACE, "00000000b7ad6b71", kept), "{text}");
        let again = TraceParent::parse(child.as_bytes()).map(|child| child.trace_id());
        assert_eq!(again, Some(TRACE), "what we emit we parse");
    }
}

fn seen(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    let trace = request.trace().map_or("none", |parent| parent.trace_id());
    let states = request.trace_states().collect::<Vec<_>>().join("|");
    response.format("", format_args!("{trace} {states} {:016x}", request.span_id()))
}

static ROUTES: Router<(), 1> = Router::new([get("/", seen)]);

/// What the handler says to requests with these fields, on one connection.
fn answers(fields: &[&[u8]]) -> Vec<String> {
    let service = Service::new(&(), &ROUTES).with_seed(7);
    let mut storage: Storage<NoStream, 2_048, 2_048, 16> = Storage::new();
    let now = Instant::ZERO;
    let mut connection = Connection::new(0, None, now);
    let mut answers = Vec::new();
    for fields in fields {
        let mut lent = connection.lend(&service, storage.lend(), None);
        let request = [b"GET / HTTP/1.1\r\nHost: a\r\n", *fields, b"\r\n"].concat();
        lent.receive_space()[..request.len()].copy_from_slice(&request);
        lent.handle_received(request.len(), now);
        lent.run_handler(now, || now);
        let sent = lent.poll_transmit().to_vec();
        lent.handle_transmitted(sent.len(), now);
        let sent = String::from_utf8(sent).unwrap();
        answers.push(sent.split("\r\n\r\n").nth(1).unwrap_or_default().into());
    }
    answers
}

#[test]
fn several_parents_are_none_and_states_belong_to_a_parent() {
    let parent = format!("Traceparent: {}\r\n", value("00", TRACE, PARENT, "01"));
    let states = "tracestate: a=1,b=2\r\nTraceState: c=3\r\n";
    let cases: [(&str, Vec<u8>, String); 6] = [
        ("nothing", Vec::new(), "none ".into()),
        ("one", parent.clone().into(), format!("{TRACE} ")),
        ("with states", format!("{parent}{states}").into(), format!("{TRACE} a=1,b=2|c=3")),
        ("states alone", states.into(), "none ".into()),
        ("twice", format!("{parent}{states}{parent}").into(), "none ".into()),
        ("twice, one no text", [parent.as_bytes(), b"traceparent: \xff\r\n"].concat(), "none ".into()),
    ];
    for (name, fields, expected) in cases {
        let answer = answers(&[&fields]).remove(0);
        assert_eq!(&answer[..answer.len() - 17], expected, "{name}");
    }
}

#[test]
fn spans_differ_from_request_to_request() {
    let mut spans: Vec<_> =
        answers(&[&[][..]; 20]).into_iter().map(|answer| answer[answer.len() - 16..].to_string()).collect();
    spans.sort();
    spans.dedup();
    assert_eq!(spans.len(), 20);
    assert_eq!(answers(&[b"".as_slice()]), answers(&[b"".as_slice()]), "by place and seed alone");
}
