//! However bytes are cut on their way in and out, the answers are the same, and every connection ends.

use super::app::{chunked, get_request, sized};
use super::driver::{Driver, Heard, LIMITS, read_answers, service};
use crate::limits::Limits;
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

/// A script, and whether it may be answered in chunks, whose sizes follow the bytes as they come.
pub(super) struct Script {
    pub(super) text: String,
    is_chunked: bool,
}

/// What came of a script: every byte where nothing is chunked, else what a client reads.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Bytes(String),
    Answers(Vec<Heard>),
}

pub(super) fn scripts() -> Vec<Script> {
    let get = get_request("/");
    let same = [
        String::new(),
        "\r\n".into(),
        "\r\n\r\n\r\n".into(),
        "\n".into(),
        get.clone(),
        get.repeat(7),
        format!("\r\n{get}\r\n\r\n{get}"),
        format!("{}{get}", get.replace("GET", "HEAD")),
        format!("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n{get}"),
        format!("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n{get}"),
        format!("BREW / HTTP/1.1\r\nHost: a\r\n\r\n{get}"),
        format!("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n{get}"),
        format!("GET http://b/users/%41 HTTP/1.1\r\nHost: a\r\n\r\n{get}"),
        format!("{}{}{}", get_request("/nothing"), get_request("/fail"), get_request("/large")),
        format!("{}{get}", get_request("/static")),
        format!("{}{}", get_request("/small-static").repeat(4), get_request("/close")),
        format!("{}{get}", get_request("/known/1500")),
        format!("{}{get}", get_request("/breaks/77")),
        format!("{}{get}", get_request("/wait/50")),
        format!("{}{get}", get_request("/status/204")),
        format!("{}{get}", get_request("/fields").replace("Host: a", "Host: a\r\nX:y \r\nZ:\t")),
        format!("{}{get}", sized("/echo", "hello")),
        format!("{}{}{get}", sized("/echo", "hello"), chunked("/echo", "hello", 2)),
        format!("{}{get}", chunked("/echo", "hello world", 3)),
        format!("{}{get}", chunked("/either", "hello world", 3)),
        format!("{}{get}", sized("/either", "hello world")),
        format!("{}{get}", sized("/either", &"y".repeat(700))),
        format!("{}{get}", sized("/stream", "hello world")),
        format!("{}{get}", sized("/stream", &"z".repeat(700))),
        format!("{get}{}{get}", sized("/echo", &"e".repeat(455))),
        format!("{get}{}{get}", chunked("/echo", &"e".repeat(420), 60)),
        format!("{get}{}{get}", sized("/either", &"e".repeat(455))),
        format!("{}{get}", sized("/sum", "hello world")),
        format!("{}{get}", chunked("/sum", &"hello world".repeat(90), 99)),
        format!("{}{get}", sized("/sum", "hello!world")),
        format!("{}{get}", chunked("/sum", "hello!world", 4).replace("0\r\n\r\n", "+\r\n")),
        format!("{}{get}", sized("/discard", "hello world")),
        format!("{}{get}", chunked("/discard", &"hello world".repeat(90), 500)),
        format!("{}{get}", sized("/unread", "hello world")),
        format!("{}{get}", chunked("/unread", &"u".repeat(300), 30)),
        format!("{}{get}", chunked("/unread", &"u".repeat(301), 30)),
        format!("{}{get}", sized("/unread", &"u".repeat(301))),
        format!("{}{get}", chunked("/nothing", "hello", 5)),
        format!("{}{get}", chunked("/nothing", "hello", 5).replace("0\r\n\r\n", "0\r\nA b\r\n\r\n")),
        format!("{}{get}", chunked("/echo", "hello", 5).replace("5\r\n", "5;a=\"b\\\"\"\r\n")),
        format!("{}{get}", chunked("/echo", "hello", 5).replace("0\r\n", "0\r\nA: b\r\n")),
        format!("{}{get}", chunked("/echo", "hello", 5).replace("5\r\n", "5 \r\n")),
        format!("{}{get}", chunked("/echo", "hello", 5).replace("5\r\n", "5\n")),
        format!("{}{get}", chunked("/echo", "hello", 5).replace("hello", "helloo")),
        format!("{}{get}", sized("/echo", &"e".repeat(600))),
        format!("{}{get}", chunked("/echo", &"e".repeat(600), 100)),
        format!("{}{get}", chunked("/echo", &"e".repeat(600), 100).replace("0\r\n\r\n", "x")),
        format!("{}{get}", chunked("/sum", &"e".repeat(2_100), 100)),
        format!("{}{get}", chunked("/discard", &"e".repeat(2_100), 2_050).replace("0\r\n\r\n", "x\r\n")),
        format!("{get}GET / HTTP/1.1\r\n\r\n{get}"),
        format!("{get}GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n{get}"),
        format!("{get}GET / HTTP/2.0\r\n\r\n{get}"),
        format!("{get}GET  / HTTP/1.1\r\n\r\n{get}"),
        format!("{get} GET / HTTP/1.1\r\n\r\n{get}"),
        format!("{get}GET / HTTP/1.1\nHost: a\n\n{get}"),
        format!("{get}GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n{get}"),
        format!("{get}GET /{} HTTP/1.1\r\nHost: a\r\n\r\n{get}", "a".repeat(300)),
        format!("{get}{} / HTTP/1.1\r\nHost: a\r\n\r\n{get}", "A".repeat(300)),
        format!("{get}GET / HTTP/1.1\r\nHost: a\r\nB: {}\r\n\r\n{get}", "b".repeat(500)),
        format!("{get}GET / HTTP/1.1\r\nHost: a\r\n{}\r\n{get}", "A: b\r\n".repeat(12)),
        format!("{get}GET / HTTP/1.0\r\n\r\n{get}"),
        format!("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n{get}"),
        format!("GET /unknown/900 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n{get}"),
        format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\n{get}"),
        format!(
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{get}"
        ),
        format!("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 05\r\n\r\nhello{get}"),
        format!("{get}GET / HTTP/1.1\r\nHost: a"),
        sized("/echo", "hello").replace("hello", "hel"),
        "\x16\x03\x01\0\0".into(),
    ];
    let by_chunks = [
        format!("{}{get}", get_request("/unknown/3000")),
        format!("{}{get}", get_request("/unknown/0").repeat(5)),
        format!("{}{get}", get_request("/breaks-chunked/300")),
        format!("{}{get}", chunked("/stream", "hello world", 3)),
        format!("{}{get}", chunked("/stream", &"hello world".repeat(100), 50)),
        format!("{}{get}", chunked("/either", &"hello world".repeat(100), 50)),
        format!("{}{get}", chunked("/stream", "hello world", 3).replace("0\r\n\r\n", "oops\r\n")),
        format!("{}{get}", chunked("/stream", &"e".repeat(2_100), 100)),
        format!("{}{get}", chunked("/five", "unread", 2).replace("POST", "GET")),
    ];
    let same = same.map(|text| Script { text, is_chunked: false });
    let by_chunks = by_chunks.map(|text| Script { text, is_chunked: true });
    same.into_iter().chain(by_chunks).collect()
}

/// Feeds `script` in pieces that end at `cuts`, and leaves the connection to its deadlines.
fn play(script: &Script, cuts: &[usize], window: usize) -> Outcome {
    let limits = Limits { idle: crate::time::Duration::from_secs(1_000), ..LIMITS };
    let service = service().with_limits(limits);
    let mut driver = Driver::new(&service);
    driver.window = window;
    driver.reads_first = cuts.len().is_multiple_of(2);
    let bytes = script.text.as_bytes();
    let mut taken = 0;
    for &cut in cuts {
        taken = cut - driver.feed(&bytes[taken..cut]).len();
    }
    // What was not wanted yet is offered again, as by a transport that reads when it is told to.
    while driver.next_deadline() {
        taken = bytes.len() - driver.feed(&bytes[taken..]).len();
    }
    assert!(!driver.connection.holds_buffers());
    match script.is_chunked {
        false => Outcome::Bytes(String::from_utf8_lossy(&driver.sent).into_owned()),
        true => Outcome::Answers(read_answers(&driver.sent, false)),
    }
}

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

#[test]
fn answers_do_not_depend_on_cuts() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let scripts = scripts();
    assert!(scripts.len() >= 60);
    for script in scripts {
        let length = script.text.len();
        let expected = play(&script, &[length], usize::MAX);
        let every: Vec<usize> = (1..=length).collect();
        let name = script.text.escape_default();
        let windows: &[usize] = if length < 800 { &[1, 2, 3, 5, 17, 100] } else { &[3, 100] };
        for &window in windows {
            assert_eq!(play(&script, &[length], window), expected, "window {window}: {name}");
            assert_eq!(play(&script, &every, window), expected, "bytes, window {window}: {name}");
        }
        assert_eq!(play(&script, &every, usize::MAX), expected, "byte by byte: {name}");
        let step = if length < 400 { 1 } else { 1 + length / 200 };
        for cut in (0..length).step_by(step) {
            assert_eq!(play(&script, &[cut, length], usize::MAX), expected, "cut at {cut}: {name}");
        }
        for round in 0..20 {
            let mut cuts: Vec<usize> = (0..1 + random.below(9)).map(|_| random.below(length + 1)).collect();
            cuts.push(length);
            cuts.sort_unstable();
            let window = vec![1, 10, 200, usize::MAX][random.below(4)];
            assert_eq!(play(&script, &cuts, window), expected, "round {round}, cuts {cuts:?}: {name}");
        }
    }
}

#[test]
fn requests_are_answered_in_order() {
    let requests: String = (0..30).map(|number| get_request(&format!("/users/{number}"))).collect();
    for window in [1, 50, usize::MAX] {
        let service = service();
        let mut driver = Driver::new(&service);
        driver.window = window;
        driver.say(&requests);
        let answers = driver.answers();
        let contents: Vec<&str> = answers.iter().map(|answer| &*answer.content).collect();
        assert_eq!(contents, (0..30).map(|number| format!("{number}")).collect::<Vec<_>>());
    }
}

#[test]
fn every_script_ends_when_the_peer_closes() {
    for script in scripts() {
        for end in 0..=script.text.len().min(300) {
            let service = service();
            let mut driver = Driver::new(&service);
            driver.feed(&script.text.as_bytes()[..end]);
            if !driver.is_closed() {
                driver.close_peer();
            }
            driver.wait_for_the_end();
        }
    }
}

/// Scripts with a few bytes changed, left out, doubled or swapped for others that mean something.
#[test]
fn spoilt_scripts_do_not_depend_on_cuts_either() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let scripts: Vec<Script> = scripts().into_iter().filter(|script| !script.text.is_empty()).collect();
    let pieces = [
        "\r\n", "\n", "\r", "\r\n\r\n", " ", ":", ";a=b", "0", "5", "f", "%", "HTTP/1.0", "close", "\0", "é",
    ];
    for round in 0..ROUNDS {
        let mut text = scripts[random.below(scripts.len())].text.clone();
        for _ in 0..1 + random.below(3) {
            let at = random.below(text.len());
            let end = at + random.below((text.len() - at).min(12) + 1);
            let piece = if random.below(3) == 0 { "" } else { pieces[random.below(pieces.len())] };
            if text.is_char_boundary(at) && text.is_char_boundary(end) {
                text.replace_range(at..end, piece);
            }
            text.push('\n');
        }
        let length = text.len();
        let every: Vec<usize> = (1..=length).collect();
        let mut script = Script { text, is_chunked: false };
        if let Outcome::Bytes(bytes) = play(&script, &[length], usize::MAX) {
            script.is_chunked = bytes.contains("Transfer-Encoding: chunked");
        }
        let expected = play(&script, &[length], usize::MAX);
        assert_eq!(play(&script, &every, 7), expected, "round {round}: {}", script.text.escape_default());
        let cut = random.below(length + 1);
        assert_eq!(
            play(&script, &[cut, length], 99),
            expected,
            "round {round}: {}",
            script.text.escape_default()
        );
    }
}

const ROUNDS: usize = 1_000;
