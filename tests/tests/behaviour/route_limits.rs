//! Limits of one route, beside those of all: how much content it takes, and how long a request may last.

use core::time::Duration;

use bantam_core::prelude::*;
use bantam_tests::answer;
use bantam_tests::memory::Memory;
use bantam_tests::serves::on_all_with;

/// A source that gives a byte a second, for ever.
#[derive(Debug)]
enum Streams {
    Clock(Instant),
    Echo,
}

impl Source<()> for Streams {
    fn pull(&mut self, (): &(), pull: &mut Pull<'_>) -> Pulled {
        match self {
            Self::Echo => pull.echo(),
            Self::Clock(next) if pull.now() < *next => Pulled::Wait(Some(*next)),
            Self::Clock(next) => {
                *next = next.after(SECOND);
                pull.space()[0] = b'.';
                Pulled::Bytes(1)
            }
        }
    }

    fn reads_content(&self) -> bool {
        matches!(self, Self::Echo)
    }
}

impl Sink<()> for Streams {}

const SECOND: Duration = Duration::from_secs(1);
static SMALL: RouteLimits = RouteLimits { content: 5, ..RouteLimits::NONE };
static SHORT: RouteLimits = RouteLimits { time: Duration::from_secs(3), ..RouteLimits::NONE };

static ROUTES: Router<(), 6, Streams> = Router::new([
    post("/small", |(), request, response| response.bytes("", request.body())).limits(&SMALL),
    post("/small/discarded", |(), _, response| response.text("read"))
        .content(Delivery::Discarded)
        .limits(&SMALL),
    post("/small/streamed", |(), _, response| response.stream("", None, Streams::Echo))
        .content(Delivery::Streamed)
        .limits(&SMALL),
    post("/short", |(), _, response| response.text("in time")).limits(&SHORT),
    get("/short/stream", |(), request, response| response.stream("", None, Streams::Clock(request.now())))
        .limits(&SHORT),
    get("/plaintext", |(), _, response| response.text("Hello, World!")),
]);

fn service() -> Service<'static, (), Streams> {
    Service::new(&(), &ROUTES)
}

fn sized(path: &str, content: &str) -> Vec<u8> {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{content}", content.len())
        .into_bytes()
}

fn chunked(path: &str, content: &str) -> Vec<u8> {
    let chunks: String = content.chars().map(|byte| format!("1\r\n{byte}\r\n")).collect();
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
        .into_bytes()
}

#[test]
fn content_up_to_the_routes_bound_is_taken() {
    on_all_with(service, |server| {
        for path in ["/small", "/small/discarded", "/small/streamed"] {
            let wanted = if path == "/small/discarded" { "read" } else { "12345" };
            for request in [sized(path, "12345"), chunked(path, "12345")] {
                let answer = server.ask(&request);
                assert_eq!((answer.status, answer.text()), (200, wanted), "{path}");
            }
        }
    });
}

#[test]
fn more_is_413_at_once_where_it_is_announced_and_when_it_comes_otherwise() {
    on_all_with(service, |server| {
        for path in ["/small", "/small/discarded", "/small/streamed"] {
            // The head alone: nothing of the content is waited for, nor asked for.
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n"
            );
            let bytes = server.converse(&[head.as_bytes()], false);
            let answers = answer::finals(&bytes, &["POST"]);
            assert_eq!((answers.len(), answers[0].status), (1, 413), "{path}");
            assert!(bytes.starts_with(b"HTTP/1.1 413 "), "{path}: no 100 Continue");
        }
        for path in ["/small", "/small/discarded"] {
            let bytes = server.converse(&[&chunked(path, "123456")], false);
            let answers = answer::finals(&bytes, &["POST"]);
            assert_eq!((answers.len(), answers[0].status), (1, 413), "{path}");
            assert!(answers[0].says_close(), "{path}");
        }
        // An answer that streams what it receives has begun: only the close can tell.
        let bytes = server.converse(&[&chunked("/small/streamed", "123456")], false);
        assert!(bytes.starts_with(b"HTTP/1.1 200 ") && !bytes.ends_with(b"0\r\n\r\n"));
    });
}

#[test]
fn content_that_is_not_there_in_time_is_408() {
    let service = service();
    let mut server = Memory::<_, _>::new(&service);
    let request = sized("/short", "12345");
    server.deliver(&request[..request.len() - 1]);
    assert_eq!(server.time_left(), 3 * SECOND);
    server.pass(SECOND);
    assert_eq!(server.time_left(), 2 * SECOND, "it counts from the first byte");
    server.pass(2 * SECOND);
    let answers = answer::finals(server.output(), &["POST"]);
    assert_eq!((answers.len(), answers[0].status, server.is_closed()), (1, 408, true));
}

#[test]
fn the_whole_request_counts_from_its_first_byte() {
    let service = service();
    let mut server = Memory::<_, _>::new(&service);
    server.deliver(b"POST /short HTTP/1.1\r\n");
    server.pass(2 * SECOND);
    server.deliver(b"Host: a\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(server.time_left(), SECOND);
    server.deliver(b"12345");
    assert_eq!(answer::finals(server.output(), &["POST"])[0].text(), "in time");
    // The next request has its own time.
    server.clear_output();
    server.pass(10 * SECOND);
    server.deliver(&sized("/short", "12345"));
    assert_eq!(answer::finals(server.output(), &["POST"])[0].text(), "in time");
}

#[test]
fn a_source_that_takes_too_long_is_cut() {
    let service = service();
    let mut server = Memory::<_, _>::new(&service);
    server.deliver(b"GET /short/stream HTTP/1.1\r\nHost: a\r\n\r\n");
    for _ in 0..3 {
        assert!(!server.is_closed());
        server.pass(SECOND);
    }
    assert!(server.is_closed(), "after three seconds");
    let text = String::from_utf8_lossy(server.output()).into_owned();
    assert!(text.starts_with("HTTP/1.1 200 ") && !text.ends_with("0\r\n\r\n"), "{text}");
}

#[test]
fn a_peer_that_takes_the_answer_too_slowly_is_cut_too() {
    let service = service();
    let mut server = Memory::<_, _>::new(&service);
    server.window = 10;
    server.deliver(b"GET /short/stream HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(server.time_left(), 3 * SECOND);
    server.pass(3 * SECOND);
    // What was produced is still sent, within the time that any peer has for it; nothing is added.
    server.window = usize::MAX;
    server.flush();
    assert!(server.is_closed());
    assert!(!String::from_utf8_lossy(server.output()).ends_with("0\r\n\r\n"));
}
