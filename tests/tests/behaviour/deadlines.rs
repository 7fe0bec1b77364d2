//! Every wait has a deadline. In memory the clock is moved by hand; over sockets the limits are short, and the client
//! waits for what the server does.

use core::time::Duration;

use bantam_core::connection::state::Phase;
use bantam_core::limits::{Limits, Rate};
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::app::{self, App, Streams};
use bantam_tests::client::End;
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;

const HEAD: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(15);
const GRACE: Duration = Duration::from_secs(10);
const SOURCE: Duration = Duration::from_secs(60);
const LINGER: Duration = Duration::from_secs(2);
const MOMENT: Duration = Duration::from_millis(1);

fn service() -> Service<'static, App, Streams> {
    let rate = Rate { grace: GRACE, bytes_per_second: 1_000 };
    app::service(Limits {
        head: HEAD,
        idle: IDLE,
        source: SOURCE,
        linger: LINGER,
        content_rate: rate,
        transmit_rate: rate,
        ..Limits::DEFAULT
    })
}

type Server<'s> = Memory<'s, App, Streams>;

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

fn the_answer(server: &Server<'_>) -> Answer {
    let mut answers = answer::finals(server.output(), &[]);
    assert_eq!(answers.len(), 1, "{answers:?}");
    answers.remove(0)
}

fn assert_timed_out(server: &Server<'_>) {
    let answer = the_answer(server);
    assert!(answer.status == 408 && answer.says_close() && server.is_closed(), "{answer:?}");
}

#[test]
fn a_silent_peer_is_closed_without_an_answer() {
    let service = service();
    let mut server = Server::new(&service);
    server.flush();
    assert_eq!(server.time_left(), IDLE);
    server.pass(IDLE - MOMENT);
    assert!(!server.is_over());
    server.pass(MOMENT);
    assert!(server.is_over() && server.output().is_empty());
}

#[test]
fn silence_between_requests_counts_from_the_last_answer() {
    let service = service();
    let mut server = Server::new(&service);
    server.pass(IDLE - MOMENT);
    server.deliver(GET.as_bytes());
    assert_eq!((the_answer(&server).status, server.time_left()), (200, IDLE));
    server.pass(IDLE - MOMENT);
    assert!(!server.is_over());
    server.pass(MOMENT);
    assert!(server.is_over());
}

#[test]
fn a_head_has_its_time_and_trickling_does_not_extend_it() {
    let service = service();
    for bytes in
        ["G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r"]
    {
        let mut server = Server::new(&service);
        server.deliver(bytes.as_bytes());
        assert_eq!(server.time_left(), HEAD, "{bytes:?}");
        server.pass(HEAD - MOMENT);
        assert!(server.output().is_empty(), "{bytes:?}");
        server.pass(MOMENT);
        assert_timed_out(&server);
    }
    let mut server = Server::new(&service);
    for second in 0..10 {
        assert!(!server.is_closed(), "after {second} seconds");
        server.deliver(&GET.as_bytes()[second..=second]);
        assert_eq!(server.time_left(), HEAD - Duration::from_secs(second as u64));
        server.pass(Duration::from_secs(1));
    }
    assert_timed_out(&server);
}

#[test]
fn the_head_of_a_second_request_has_its_own_time() {
    let service = service();
    let mut server = Server::new(&service);
    server.deliver(&[GET.as_bytes(), b"G"].concat());
    server.clear_output();
    assert_eq!(server.time_left(), HEAD);
    server.pass(Duration::from_secs(9));
    server.deliver(&GET.as_bytes()[1..]);
    server.deliver(b"G");
    assert_eq!(server.time_left(), HEAD);
    server.clear_output();
    server.pass(HEAD);
    assert_timed_out(&server);
}

#[test]
fn empty_lines_buy_no_time() {
    let service = service();
    let mut server = Server::new(&service);
    for _ in 0..4 {
        server.deliver(b"\r\n");
        server.pass(Duration::from_millis(2_500));
    }
    assert!(server.is_closed() && server.output().is_empty(), "nothing was asked");
}

#[test]
fn content_has_a_grace_and_then_a_rate() {
    let service = service();
    let head = "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n";
    let mut server = Server::new(&service);
    server.deliver(head.as_bytes());
    assert_eq!(server.time_left(), GRACE);
    server.pass(GRACE);
    assert_timed_out(&server);

    // Two bytes a second keep within the grace and fall below the rate.
    let mut server = Server::new(&service);
    server.deliver(head.as_bytes());
    for _ in 0..10 {
        assert!(!server.is_closed());
        server.deliver(b"xx");
        server.pass(Duration::from_secs(1));
    }
    assert_timed_out(&server);

    // A thousand a second do not.
    let mut server = Server::new(&service);
    server.deliver(head.replace("/whole", "/count").as_bytes());
    for _ in 0..30 {
        server.pass(Duration::from_secs(1));
        server.deliver(&[b'x'; 1_000]);
    }
    let answer = the_answer(&server);
    assert_eq!((answer.status, answer.text(), server.is_closed()), (200, "30000", false));
}

#[test]
fn streamed_discarded_and_counted_content_has_the_same_deadline() {
    let service = service();
    for (path, status) in [("/discarded", 408), ("/count", 408), ("/unread", 200)] {
        let mut server = Server::new(&service);
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\n");
        server.deliver(head.as_bytes());
        server.pass(GRACE - MOMENT);
        assert!(!server.is_closed(), "{path}");
        server.pass(MOMENT);
        assert!(server.is_closed(), "{path}");
        assert_eq!(the_answer(&server).status, status, "{path}");
    }
    // An answer that is under way can only be cut.
    let mut server = Server::new(&service);
    server.deliver(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 30000\r\n\r\nhello");
    server.pass(GRACE);
    assert!(server.is_closed() && server.output().ends_with(b"hello"));
}

#[test]
fn a_peer_that_takes_no_answer_is_closed() {
    let service = service();
    let mut server = Server::new(&service);
    server.window = 100;
    server.deliver(b"GET /fast/1000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    // A hundred bytes earn nothing yet: the rate counts whole seconds.
    assert_eq!(server.time_left(), GRACE);
    server.pass(GRACE - MOMENT);
    assert!(!server.is_over());
    server.pass(MOMENT);
    assert!(server.is_over());
    assert_eq!(server.output().len(), 100);
}

#[test]
fn a_peer_that_takes_its_answer_slowly_is_closed_by_the_rate() {
    let service = service();
    let mut server = Server::new(&service);
    server.window = 0;
    server.deliver(b"GET /fast/1000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut seconds = 0;
    while !server.is_over() {
        server.window = 500;
        server.flush();
        server.pass(Duration::from_secs(1));
        seconds += 1;
        assert!(seconds < 30, "half the rate lasts twice the grace and no longer");
    }
    assert!(seconds > 10, "the grace is given");

    let mut server = Server::new(&service);
    server.window = 0;
    server.deliver(b"GET /fast/1000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    for _ in 0..990 {
        server.window = 1_010;
        server.flush();
        server.pass(Duration::from_secs(1));
    }
    server.window = usize::MAX;
    server.flush();
    assert_eq!(the_answer(&server).content.len(), 1_000_000);
}

#[test]
fn answers_of_a_pipeline_that_are_not_taken_do_not_idle() {
    let service = service();
    let mut server = Server::new(&service);
    server.window = 0;
    server.deliver(GET.repeat(1_000).as_bytes());
    assert_eq!(server.time_left(), GRACE);
    server.pass(GRACE);
    assert!(server.is_over());
}

#[test]
fn a_source_that_gives_nothing_is_cut() {
    let service = service();
    let mut server = Server::new(&service);
    server.deliver(b"GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(server.time_left(), SOURCE);
    server.pass(SOURCE - MOMENT);
    assert!(!server.is_closed());
    server.pass(MOMENT);
    assert!(server.is_closed());
    assert!(!server.output().ends_with(b"0\r\n\r\n"), "the answer does not look complete");
}

#[test]
fn a_source_that_names_an_instant_is_asked_then() {
    let service = service();
    let mut server = Server::new(&service);
    server.deliver(b"GET /slow/3 HTTP/1.1\r\nHost: a\r\n\r\n");
    let length = server.output().len();
    assert_eq!(server.time_left(), app::PAUSE);
    server.pass(app::PAUSE - MOMENT);
    assert_eq!(server.output().len(), length);
    server.pass(MOMENT);
    assert!(server.output().len() > length);
    server.pass(app::PAUSE);
    assert_eq!(the_answer(&server).content, app::PIECE.repeat(3));
}

#[test]
fn lingering_ends_by_time_and_by_size() {
    let service = service();
    let mut server = Server::new(&service);
    server.deliver(b"GET / HTTP/9.9\r\n\r\n");
    assert!(server.is_closed() && !server.is_over());
    assert_eq!((server.connection().phase(), server.time_left()), (Phase::Linger, LINGER));
    server.pass(Duration::from_secs(1));
    server.deliver(b"more");
    assert_eq!(server.time_left(), LINGER - Duration::from_secs(1), "sending on does not extend it");
    server.pass(Duration::from_secs(1));
    assert!(server.is_over());

    let mut server = Server::new(&service);
    server.deliver(b"GET / HTTP/9.9\r\n\r\n");
    let flood = vec![b'x'; 2_000_000];
    assert!(!server.deliver(&flood).is_empty());
    assert!(server.is_over(), "a flood does not keep the connection");
}

#[test]
fn every_phase_has_a_deadline() {
    let service = service();
    let stages: [(&str, &[u8], usize); 8] = [
        ("idle", b"", usize::MAX),
        ("head", b"GET", usize::MAX),
        ("content", b"POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", usize::MAX),
        ("sink", b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", usize::MAX),
        ("echo", b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", usize::MAX),
        ("source", b"GET /silent HTTP/1.1\r\nHost: a\r\n\r\n", usize::MAX),
        ("transmit", b"GET /fast/1000000 HTTP/1.1\r\nHost: a\r\n\r\n", 10),
        ("linger", b"GET / HTTP/9.9\r\n\r\n", usize::MAX),
    ];
    for (name, bytes, window) in stages {
        let mut server = Server::new(&service);
        server.window = window;
        server.deliver(bytes);
        let mut steps = 0;
        while !server.is_over() {
            assert!(server.time_left() <= SOURCE, "{name}: {:?}", server.time_left());
            server.pass(server.time_left());
            steps += 1;
            assert!(steps < 10, "{name} goes on for ever");
        }
    }
}

#[test]
fn a_timeout_that_comes_early_does_nothing() {
    let service = service();
    let mut server = Server::new(&service);
    for at in 0..GET.len() {
        server.deliver(&GET.as_bytes()[at..=at]);
        server.pass(Duration::ZERO);
    }
    assert_eq!(the_answer(&server).status, 200);
}

/// A server whose patience is short.
fn impatient() -> Running {
    let rate = Rate { grace: Duration::from_millis(200), bytes_per_second: 100_000 };
    Running::start(app::service(Limits {
        head: Duration::from_millis(200),
        idle: Duration::from_millis(300),
        source: Duration::from_millis(200),
        linger: Duration::from_millis(100),
        content_rate: rate,
        transmit_rate: rate,
        ..Limits::DEFAULT
    }))
}

/// Sends these bytes one by one, as long as the server listens, and reads what it says until it closes.
fn trickle(server: &Running, bytes: impl Iterator<Item = u8>) -> Vec<u8> {
    let mut client = server.connect();
    for byte in bytes {
        client.try_send(&[byte]);
        // The pause between two bytes is a wait for the server's answer.
        if let Some(End::Closed(bytes) | End::Reset(bytes)) = client.read_for(Duration::from_millis(20)) {
            return bytes;
        }
    }
    match client.end() {
        End::Closed(bytes) | End::Reset(bytes) => bytes,
    }
}

#[test]
fn over_sockets_a_silent_client_is_closed() {
    let server = impatient();
    assert_eq!(server.connect().end(), End::Closed(Vec::new()));
    let mut client = server.connect();
    assert_eq!(client.ask(GET).status, 200);
    assert_eq!(client.end(), End::Closed(Vec::new()));
}

#[test]
fn over_sockets_a_trickling_head_is_answered_408() {
    let server = impatient();
    let endless = "GET / HTTP/1.1\r\nHost: a\r\nX: ".bytes().chain(core::iter::repeat_n(b'x', 400));
    let answers = answer::all(&trickle(&server, endless), &[]);
    assert!(answers.len() == 1 && answers[0].status == 408 && answers[0].says_close(), "{answers:?}");
}

#[test]
fn over_sockets_trickling_content_is_answered_408() {
    let server = impatient();
    let mut client = server.connect();
    client.send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 400\r\n\r\n");
    let mut bytes = None;
    for _ in 0..400 {
        client.try_send(b"x");
        if let Some(End::Closed(read) | End::Reset(read)) = client.read_for(Duration::from_millis(20)) {
            bytes = Some(read);
            break;
        }
    }
    let answers = answer::all(&bytes.expect("an end"), &[]);
    assert!(answers.len() == 1 && answers[0].status == 408, "{answers:?}");
}

#[test]
fn over_sockets_a_client_that_takes_nothing_is_closed() {
    let server = impatient();
    let mut client = server.connect();
    client.send("GET /fast/1000000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    // Connections that are opened now are silent for longer than the first one is given, once the kernel takes no more.
    for _ in 0..3 {
        assert_eq!(server.connect().end(), End::Closed(Vec::new()));
    }
    let (End::Closed(bytes) | End::Reset(bytes)) = client.end();
    assert!(bytes.len() < 1_000_000_000, "the answer was cut");
}

#[test]
fn over_sockets_a_silent_source_is_cut() {
    let server = impatient();
    let mut client = server.connect();
    client.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    let (End::Closed(bytes) | End::Reset(bytes)) = client.end();
    assert!(bytes.starts_with(b"HTTP/1.1 200 OK\r\n") && !bytes.ends_with(b"0\r\n\r\n"));
}
