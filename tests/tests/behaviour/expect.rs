//! When `100 Continue` is sent: only to a peer that asks for it and waits, and only for content that is awaited
//! (RFC 9110 §10.1.1).

use bantam_core::limits::Limits;
use bantam_core::middleware::Next;
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::app::{self, App, Streams, demo};
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::{LAST, Serves};

const EXPECT: &str = "Expect: 100-continue\r\n";
const CHUNKED: &str = "Transfer-Encoding: chunked\r\n";

/// A head whose content is to follow when the server says so.
fn head(method: &str, target: &str, fields: &str) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{EXPECT}{fields}\r\n")
}

fn statuses(answers: &[Answer]) -> Vec<u16> {
    answers.iter().map(|answer| answer.status).collect()
}

/// Checks that a head alone is answered once, finally, and with the close: whether content follows cannot be known.
fn assert_refused_at_once(server: &mut dyn Serves, request: &str, status: u16) {
    let bytes = server.converse(&[request.as_bytes()], false);
    let method = request.split(' ').next().unwrap_or_default();
    let answers = answer::all(&bytes, &[method]);
    assert_eq!(statuses(&answers), [status], "{}: {request:?}", server.name());
    assert!(answers[0].says_close(), "{}: {request:?}: {answers:?}", server.name());
}

#[test]
fn not_when_the_request_is_refused() {
    let large = format!("Content-Length: {}\r\n", 1 << 20);
    let cases = [
        (head("POST", "/nothing", "Content-Length: 5\r\n"), 404),
        (head("POST", "/nothing", CHUNKED), 404),
        (head("DELETE", "/plaintext", "Content-Length: 5\r\n"), 405),
        (head("TRACE", "/plaintext", CHUNKED), 405),
        (head("BREW", "/", "Content-Length: 5\r\n"), 501),
        (head("CONNECT", "a:1", "Content-Length: 5\r\n"), 501),
        (head("GET", "/plaintext", &large), 413),
        (head("GET", "/users/%ff", &large), 413),
        (head("POST", "/%zz", "Content-Length: 5\r\n"), 400),
        (head("POST", "/", "Content-Length: 05\r\n"), 400),
        (head("POST", "/", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400),
        (head("POST", "/", "Transfer-Encoding: gzip, chunked\r\n"), 501),
        (head("POST", "/", "Content-Length: 5\r\nExpect: more\r\n"), 417),
        (head("POST", "/", "Content-Length: 5\r\nHost: b\r\n"), 400),
        (head("POST", "/", "Content-Length: 5\r\n").replace("1.1", "2.0"), 505),
        (head("OPTIONS", "*", "Content-Length: 5\r\n"), 204),
        (head("OPTIONS", "/", CHUNKED), 204),
    ];
    let service = demo(Limits::DEFAULT);
    let mut memory = Memory::<_, _>::new(&service);
    let mut running = Running::start(demo(Limits::DEFAULT));
    for (request, status) in &cases {
        assert_refused_at_once(&mut memory, request, *status);
        assert_refused_at_once(&mut running, request, *status);
    }
}

/// Lets nobody in whose content is of this type, as a route does that takes no other.
struct NoXml;

impl Middleware<App, Streams> for NoXml {
    fn admit(&self, _: &App, request: &Request<'_>) -> Result<(), Failure> {
        match request.field("Content-Type") {
            Some("application/xml") => Err(Status::UNSUPPORTED_MEDIA_TYPE.into()),
            _ => Ok(()),
        }
    }

    fn handle(
        &self,
        app: &App,
        request: &Request<'_>,
        response: &mut Response<'_, Streams>,
        next: Next<'_, App, Streams>,
    ) {
        next.run(app, request, response);
    }
}

#[test]
fn not_when_it_is_not_admitted() {
    let chain: [&dyn Middleware<App, Streams>; 1] = [&NoXml];
    let service = app::service(Limits::DEFAULT).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    for path in ["/whole", "/echo", "/count", "/discarded", "/unread", "/nothing"] {
        let request = head("POST", path, "Content-Length: 5\r\nContent-Type: application/xml\r\n");
        assert_refused_at_once(&mut server, &request, 415);
    }
}

#[test]
fn not_when_content_is_there_or_a_part_of_it() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    for (fields, content) in
        [("Content-Length: 5\r\n", "hello"), (CHUNKED, "5\r\nhello\r\n0\r\n\r\n"), (CHUNKED, "0\r\n\r\n")]
    {
        let request = head("POST", "/", fields);
        for part in 1..=content.len() {
            let (front, back) = content.split_at(part);
            let first = format!("{request}{front}");
            let bytes = server.converse(&[first.as_bytes(), back.as_bytes(), LAST.as_bytes()], false);
            assert_eq!(statuses(&answer::all(&bytes, &[])), [200, 200], "{content:?}, {part} bytes at once");
        }
    }
}

#[test]
fn not_without_content() {
    let service = demo(Limits::DEFAULT);
    let check = |server: &mut dyn Serves| {
        for request in [
            head("POST", "/", ""),
            head("POST", "/", "Content-Length: 0\r\n"),
            head("GET", "/plaintext", ""),
            head("GET", "/plaintext", EXPECT),
            head("OPTIONS", "*", ""),
            head("DELETE", "/", ""),
        ] {
            let method = request.split(' ').next().unwrap_or_default();
            let bytes = server.converse(&[request.as_bytes(), LAST.as_bytes()], false);
            let answers = answer::all(&bytes, &[method, "GET"]);
            assert_eq!(answers.len(), 2, "{request:?}: {answers:?}");
            assert!(!answers[0].is_interim() && !answers[0].says_close(), "{request:?}: {answers:?}");
        }
    };
    check(&mut Memory::<_, _>::new(&service));
    check(&mut Running::start(demo(Limits::DEFAULT)));
}

#[test]
fn not_to_http10() {
    let service = app::service(Limits::DEFAULT);
    for path in ["/whole", "/echo", "/discarded", "/count"] {
        for option in ["", "Connection: keep-alive\r\n"] {
            let mut server = Memory::<_, _>::new(&service);
            let request = head("POST", path, &format!("Content-Length: 5\r\n{option}")).replace("1.1", "1.0");
            server.deliver(request.as_bytes());
            assert!(!server.output().starts_with(b"HTTP/1.1 100"), "{path}");
            server.deliver(b"hello");
            let answers = answer::all(server.output(), &[]);
            assert_eq!(statuses(&answers), [200], "{path}");
            assert_eq!(answers[0].says_close(), option.is_empty(), "{path}");
        }
    }
}

#[test]
fn once_and_never_twice() {
    let service = app::service(Limits::DEFAULT);
    for path in ["/whole", "/echo", "/discarded", "/count"] {
        for fields in ["Content-Length: 5\r\n".to_owned(), format!("Content-Length: 5\r\n{EXPECT}")] {
            let mut server = Memory::<_, _>::new(&service);
            for _ in 0..3 {
                server.clear_output();
                server.deliver(head("POST", path, &fields).as_bytes());
                assert!(server.output().starts_with(b"HTTP/1.1 100 Continue\r\n\r\n"), "{path}");
                for byte in b"hello" {
                    server.deliver(&[*byte]);
                }
                let answers = answer::all(server.output(), &["POST"]);
                assert_eq!(statuses(&answers), [100, 200], "{path}");
                assert!(answers[0].fields.is_empty(), "{path}: {answers:?}");
                assert!(!answers[1].says_close(), "{path}: content that was read costs no connection");
            }
        }
    }
}

#[test]
fn before_content_that_is_then_refused() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    for (content, status) in [("5\r\nhello!", 400), ("+5\r\n", 400), ("0\r\nX : y\r\n", 400)] {
        server.reconnect();
        server.deliver(head("POST", "/", CHUNKED).as_bytes());
        server.deliver(content.as_bytes());
        let answers = answer::all(server.output(), &["POST"]);
        assert_eq!(statuses(&answers), [100, status], "{content:?}");
        assert!(answers[1].says_close() && server.is_closed(), "{content:?}");
    }
    // The final status comes also when the peer closes instead.
    server.reconnect();
    server.deliver(head("POST", "/", "Content-Length: 5\r\n").as_bytes());
    server.close();
    assert_eq!(statuses(&answer::all(server.output(), &["POST"])), [100, 400]);
}

#[test]
fn an_expectation_that_is_no_continue_is_417() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    for value in [
        "",
        "100",
        "continue",
        "100-continued",
        "x-100-continue",
        "100 -continue",
        "\"100-continue\"",
        "200-ok",
    ] {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: {value}\r\n\r\n");
        assert_refused_at_once(&mut server, &request, 417);
    }
}

#[test]
fn not_when_the_source_of_the_answer_does_not_read_it() {
    let service = app::service(Limits::DEFAULT);
    let mut memory = Memory::<_, _>::new(&service);
    let mut running = Running::start(app::service(Limits::DEFAULT));
    for fields in ["Content-Length: 5\r\n", CHUNKED] {
        let request = head("POST", "/unread-stream", fields);
        for server in [&mut memory as &mut dyn Serves, &mut running] {
            let answers = answer::all(&server.converse(&[request.as_bytes()], false), &[]);
            assert_eq!(statuses(&answers), [200], "{request:?}");
            // Whether the content comes after all, nobody can tell.
            assert!(answers[0].says_close() && answers[0].text() == "xxxxxxxxxx", "{answers:?}");
        }
    }
}
