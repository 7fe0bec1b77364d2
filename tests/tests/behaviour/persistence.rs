//! When a connection persists, when it closes, and that no answer is lost or mixed up on the way (RFC 9112 §9).

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

use bantam_core::limits::Limits;
use bantam_core::middleware::Answer as Answered;
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::app::{self, PIECE};
use bantam_tests::client::{End, PATIENCE};
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::{self, HELLO, LAST, Serves};

/// Runs a check over both servers.
fn on_all(check: fn(&mut dyn Serves)) {
    serves::on_all_with(|| app::service(Limits::DEFAULT), check);
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn post(path: &str, fields: &str, content: &str) -> String {
    let length = content.len();
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{fields}\r\n{content}")
}

fn texts(answers: &[Answer]) -> Vec<(u16, &str)> {
    answers.iter().map(|answer| (answer.status, answer.text())).collect()
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    on_all(|server| {
        let numbers: Vec<String> = (0..500).map(|number| number.to_string()).collect();
        let mut requests: String = numbers.iter().map(|number| post("/whole", "", number)).collect();
        requests.push_str(LAST);
        let answers = answer::finals(&server.converse(&[requests.as_bytes()], false), &[]);
        let contents: Vec<&str> = answers.iter().map(Answer::text).collect();
        assert_eq!(contents[..500], numbers);
        assert_eq!(contents[500..], [HELLO]);
    });
}

#[test]
fn pipelined_requests_are_answered_however_they_are_cut() {
    let service = app::service(Limits::DEFAULT);
    let requests = [
        post("/whole", "", "one"),
        get("/plaintext"),
        post("/discarded", "", "gone"),
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ntw\r\n1\r\no\r\n0\r\n\r\n"
            .to_owned(),
        post("/unread", "", "left"),
        post("/count", "", "12345"),
        LAST.to_owned(),
    ]
    .concat();
    let mut server = Memory::<_, _, 512, 1_024>::new(&service);
    let whole = answer::finals(&server.converse(&[requests.as_bytes()], false), &[]);
    let expected = ["one", HELLO, "discarded", "two", "unread", "5", HELLO];
    assert_eq!(texts(&whole), expected.map(|text| (200, text)));
    for step in [usize::MAX, 1, 13] {
        server.step = step;
        for at in 1..requests.len() {
            let (front, back) = requests.as_bytes().split_at(at);
            let answers = answer::finals(&server.converse(&[front, back], false), &[]);
            assert_eq!(texts(&answers), texts(&whole), "cut at {at}, taken {step} at a time");
        }
        for size in 1..20 {
            let pieces: Vec<_> = requests.as_bytes().chunks(size).collect();
            let answers = answer::finals(&server.converse(&pieces, false), &[]);
            assert_eq!(texts(&answers), texts(&whole), "pieces of {size}, taken {step} at a time");
        }
    }
}

#[test]
fn several_answers_leave_in_one_write() {
    let service = app::service(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    server.window = 0;
    assert!(server.deliver(get("/plaintext").repeat(16).as_bytes()).is_empty());
    server.window = usize::MAX;
    server.step = usize::MAX;
    server.flush();
    assert_eq!(answer::finals(server.output(), &[]).len(), 16);
}

#[test]
fn nothing_behind_the_last_request_is_answered() {
    on_all(|server| {
        for request in [
            LAST.to_owned(),
            "GET /plaintext HTTP/1.0\r\n\r\n".to_owned(),
            get("/close"),
            "GET /plaintext HTTP/9.9\r\n\r\n".to_owned(),
        ] {
            let bytes = server.converse(&[request.as_bytes(), &get("/plaintext").into_bytes()], false);
            let answers = answer::finals(&bytes, &[]);
            assert!(answers.len() == 1 && answers[0].says_close(), "{request:?}: {answers:?}");
        }
    });
}

#[test]
fn http10_persists_when_asked_to() {
    on_all(|server| {
        let request = "GET /plaintext HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        let answer = server.ask(request.as_bytes());
        assert_eq!(answer.field("Connection"), Some("keep-alive"));
        // Content of unknown length has no other end than the connection's.
        let request = "GET /slow/3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        let answers = answer::all(&server.converse(&[request.as_bytes()], false), &[]);
        assert!(answers.len() == 1 && answers[0].says_close(), "{answers:?}");
        assert_eq!((answers[0].field("Transfer-Encoding"), answers[0].field("Content-Length")), (None, None));
        assert_eq!(answers[0].content, PIECE.repeat(3));
    });
}

#[test]
fn content_of_unknown_length_is_chunked() {
    on_all(|server| {
        let answer = server.ask(get("/slow/3").as_bytes());
        assert_eq!(answer.field("Transfer-Encoding"), Some("chunked"));
        assert_eq!(answer.content, PIECE.repeat(3));
        let head = server.ask(b"HEAD /slow/3 HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!((head.status, head.field("Content-Length"), head.content.len()), (200, None, 0));
    });
}

#[test]
fn what_was_asked_before_the_peer_closed_is_answered() {
    on_all(|server| {
        let requests = [get("/plaintext"), get("/slow/3"), post("/echo", "", "hello")].concat();
        let answers = answer::finals(&server.converse(&[requests.as_bytes()], true), &[]);
        assert_eq!(answers.len(), 3, "{answers:?}");
        assert_eq!(answers[1].content, PIECE.repeat(3));
        assert_eq!(answers[2].text(), "hello");
    });
}

#[test]
fn what_arrives_during_a_slow_answer_is_not_forgotten() {
    let server = Running::start(app::service(Limits::DEFAULT));
    let mut client = server.connect();
    client.send(get("/slow/5"));
    assert_eq!(client.read_for(PATIENCE), None, "the answer begins");
    client.send(get("/plaintext"));
    assert_eq!(client.answer().content, PIECE.repeat(5));
    assert_eq!(client.answer().text(), HELLO);

    client.send(get("/slow/5"));
    assert_eq!(client.read_for(PATIENCE), None, "the answer begins");
    client.close_write();
    assert_eq!(client.answer().content, PIECE.repeat(5));
    assert_eq!(client.end(), End::Closed(Vec::new()));
}

#[test]
fn a_peer_that_says_nothing_hears_nothing() {
    on_all(|server| {
        for bytes in ["", "\r\n", "\r\n\r\n"] {
            assert_eq!(server.converse(&[bytes.as_bytes()], true), b"", "{bytes:?}");
        }
    });
}

#[test]
fn a_request_that_ends_early_is_refused() {
    on_all(|server| {
        let whole = post("/whole", "", "hello");
        for length in 1..whole.len() {
            let bytes = server.converse(&[&whole.as_bytes()[..length]], true);
            let answers = answer::all(&bytes, &["POST"]);
            assert_eq!(answers.len(), 1, "{length}: {answers:?}");
            assert!(answers[0].status == 400 && answers[0].says_close(), "{length}: {answers:?}");
        }
        for content in ["", "5", "5\r\nhel", "5\r\nhello\r\n", "0\r\n", "0\r\nX: y\r\n"] {
            let request = "POST /whole HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
            let bytes = server.converse(&[request.as_bytes(), content.as_bytes()], true);
            let answers = answer::all(&bytes, &["POST"]);
            assert!(answers.len() == 1 && answers[0].status == 400, "{content:?}: {answers:?}");
        }
    });
}

#[test]
fn a_little_unread_content_is_passed_over() {
    on_all(|server| {
        for length in [1, 1_000, 65_536] {
            let answer = server.ask(post("/unread", "", &"x".repeat(length)).as_bytes());
            assert_eq!((answer.text(), answer.field("Connection")), ("unread", None), "{length}");
        }
        let answer = server.ask(
            b"POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        );
        assert_eq!(answer.text(), "unread");
        // Content that nobody asked for, where no route is.
        assert_eq!(server.ask(post("/nothing", "", "hello").as_bytes()).status, 404);
    });
}

#[test]
fn much_unread_content_costs_the_connection_and_not_the_answer() {
    on_all(|server| {
        for length in [65_537, 500_000] {
            let request = post("/unread", "", &"x".repeat(length));
            let bytes = server.converse(&[request.as_bytes(), LAST.as_bytes()], false);
            let answers = answer::all(&bytes, &[]);
            assert!(answers.len() == 1 && answers[0].says_close(), "{length}: {answers:?}");
            assert_eq!(answers[0].text(), "unread");
        }
    });
}

#[test]
fn bad_content_behind_an_answer_closes() {
    on_all(|server| {
        let request = "POST /unread HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n";
        let bytes = server.converse(&[request.as_bytes(), LAST.as_bytes()], false);
        assert_eq!(texts(&answer::all(&bytes, &[])), [(200, "unread")]);
    });
}

#[test]
fn sinks_take_content_and_may_refuse_it() {
    on_all(|server| {
        assert_eq!(server.ask(post("/count", "", &"x".repeat(200_000)).as_bytes()).text(), "200000");
        assert_eq!(server.ask(post("/count", "", "").as_bytes()).text(), "0");
        let refused = post("/count", "", "no!");
        let answers = answer::all(&server.converse(&[refused.as_bytes(), LAST.as_bytes()], false), &["POST"]);
        assert!(answers.len() == 1 && answers[0].status == 400, "{answers:?}");
    });
}

const EXPECT: &str = "Expect: 100-continue\r\n";

/// The head of a request whose content is to follow when the server says so.
fn expecting(path: &str, length: usize) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{EXPECT}\r\n")
}

#[test]
fn a_peer_that_waits_is_told_to_go_on_once() {
    let service = app::service(Limits::DEFAULT);
    for path in ["/whole", "/echo", "/discarded", "/count"] {
        let mut server = Memory::<_, _>::new(&service);
        assert!(server.deliver(expecting(path, 5).as_bytes()).is_empty());
        assert!(server.output().starts_with(b"HTTP/1.1 100 Continue\r\n\r\n"), "{path}");
        server.deliver(b"he");
        server.deliver(b"llo");
        let statuses: Vec<_> =
            answer::all(server.output(), &["POST"]).iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [100, 200], "{path}");
        server.clear_output();
        server.deliver(get("/plaintext").as_bytes());
        assert_eq!(answer::all(server.output(), &[])[0].text(), HELLO, "{path}");
    }
    let server = Running::start(app::service(Limits::DEFAULT));
    let mut client = server.connect();
    client.send(expecting("/whole", 5));
    assert_eq!(client.answer_to("POST").status, 100);
    client.send("hello");
    assert_eq!(client.answer_to("POST").text(), "hello");
}

#[test]
fn a_peer_that_does_not_wait_is_not_told() {
    on_all(|server| {
        let request = post("/whole", EXPECT, "hello");
        let bytes = server.converse(&[request.as_bytes(), LAST.as_bytes()], false);
        let statuses: Vec<_> = answer::all(&bytes, &[]).iter().map(|answer| answer.status).collect();
        assert!(statuses == [200, 200] || statuses == [100, 200, 200], "{statuses:?}");
    });
    let service = app::service(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    let bytes = server.converse(&[(post("/whole", EXPECT, "hello") + LAST).as_bytes()], false);
    assert!(answer::all(&bytes, &[]).iter().all(|answer| answer.status == 200));
    // HTTP/1.0 knows no interim answers.
    let old = expecting("/whole", 5).replace("HTTP/1.1", "HTTP/1.0");
    let bytes = server.converse(&[old.as_bytes(), b"hello"], false);
    assert_eq!(texts(&answer::all(&bytes, &[])), [(200, "hello")]);
}

#[test]
fn a_peer_whose_content_is_not_wanted_is_answered_at_once() {
    on_all(|server| {
        for (path, length, status) in [("/unread", 5, 200), ("/nothing", 5, 404), ("/whole", 100_000, 413)] {
            let bytes = server.converse(&[expecting(path, length).as_bytes()], false);
            let answers = answer::all(&bytes, &["POST"]);
            assert_eq!(answers.len(), 1, "{path}: {answers:?}");
            // Whether its content follows cannot be known, so nothing behind it can be found.
            assert!(answers[0].status == status && answers[0].says_close(), "{path}: {answers:?}");
        }
    });
}

#[test]
fn a_connection_has_as_many_requests_as_its_limit() {
    let limits = Limits { requests: 3, ..Limits::DEFAULT };
    let service = app::service(limits.clone());
    let check = |server: &mut dyn Serves| {
        let bytes = server.converse(&[get("/plaintext").repeat(5).as_bytes()], false);
        let closes: Vec<_> = answer::all(&bytes, &[]).iter().map(Answer::says_close).collect();
        assert_eq!(closes, [false, false, true]);
    };
    check(&mut Memory::<_, _>::new(&service));
    check(&mut Running::start(app::service(limits)));
}

#[test]
fn failures_inside_an_answer_cut_it() {
    let service = app::service(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    let bytes = server.converse(&[(get("/fail-in-source") + LAST).as_bytes()], false);
    assert!(bytes.ends_with(b"a\r\nten bytes\n\r\n"), "{:?}", String::from_utf8_lossy(&bytes));
    let server = Running::start(app::service(Limits::DEFAULT));
    let mut client = server.connect();
    client.send(get("/fail-in-source") + LAST);
    let (End::Closed(bytes) | End::Reset(bytes)) = client.end();
    assert!(bytes.ends_with(b"a\r\nten bytes\n\r\n"), "{:?}", String::from_utf8_lossy(&bytes));
}

/// A middleware that counts how answers end.
struct Ends {
    whole: AtomicU32,
    cut: AtomicU32,
}

impl<A, S: Sink<A>> Middleware<A, S> for Ends {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        next.run(app, request, response);
    }

    fn complete(&self, _: &A, _: &Request<'_>, answer: &Answered) {
        if answer.is_cut { &self.cut } else { &self.whole }.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn every_answer_ends_once_for_middleware() {
    let ends = Ends { whole: AtomicU32::new(0), cut: AtomicU32::new(0) };
    let chain: [&dyn Middleware<app::App, app::Streams>; 1] = [&ends];
    let service = app::service(Limits::DEFAULT).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    let requests =
        [get("/plaintext"), get("/nothing"), get("/slow/2"), post("/whole", "", "hello"), get("/ \0")];
    server.converse(&[requests.concat().as_bytes()], false);
    assert_eq!((ends.whole.load(Ordering::Relaxed), ends.cut.load(Ordering::Relaxed)), (5, 0));
    server.converse(&[get("/fail-in-source").as_bytes()], false);
    server.reconnect();
    server.deliver(get("/silent").as_bytes());
    server.pass(Duration::from_secs(61));
    assert_eq!((ends.whole.load(Ordering::Relaxed), ends.cut.load(Ordering::Relaxed)), (5, 2));
}
