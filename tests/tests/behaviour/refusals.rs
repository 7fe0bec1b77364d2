//! Refusals arrive: whatever is wrong, the peer reads one complete answer that announces the close, also when it sends
//! on for long, and no reset takes the answer away (RFC 9112 §9.6; RFC 9110 §15.5).

use bantam_core::limits::Limits;
use bantam_tests::answer;
use bantam_tests::app::{self, demo};
use bantam_tests::client::{End, PATIENCE};
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::{HIDDEN, Serves};

/// One request for each way of refusing, with the status and a word of the reason that is given.
fn refusals() -> Vec<(u16, &'static str, String)> {
    let long = |name: &str, length: u16| format!("{name}{}", "x".repeat(usize::from(length) + 9));
    let with = |fields: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    vec![
        (400, "method", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        (400, "method", "\u{16}\u{3}\u{1}".into()),
        (400, "percent", "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        (400, "dot segment", "GET /../a HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        (400, "version", "GET / HTTP\r\nHost: a\r\n\r\n".into()),
        (400, "LF", "GET / HTTP/1.1\nHost: a\n\n".into()),
        (400, "Host", "GET / HTTP/1.1\r\n\r\n".into()),
        (400, "Host", with("Host: b\r\n")),
        (400, "colon", with("X\r\n")),
        (400, "blank", with("X: y\r\n z\r\n")),
        (400, "exclude", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")),
        (400, "Content-Length", with("Content-Length: 05\r\n")),
        (400, "more than one Content-Length", with("Content-Length: 5\r\nContent-Length: 5\r\n")),
        (400, "coding", with("Transfer-Encoding: chunked, chunked\r\n")),
        (400, "HTTP/1.0", with("Transfer-Encoding: chunked\r\n").replace("HTTP/1.1", "HTTP/1.0")),
        (400, "chunk", with("Transfer-Encoding: chunked\r\n") + "x\r\n"),
        (400, "", with("Transfer-Encoding: chunked\r\n") + "5\r\nhello!\r\n"),
        (
            400,
            "extension",
            with("Transfer-Encoding: chunked\r\n") + &long("5;", Limits::DEFAULT.chunk_extensions),
        ),
        (413, "larger", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n".into()),
        (414, "long", long("GET /", Limits::DEFAULT.request_line)),
        (417, "100-continue", with("Expect: more\r\nContent-Length: 5\r\n")),
        (431, "too large", long("GET / HTTP/1.1\r\nHost: a\r\nX: ", Limits::DEFAULT.field_section)),
        (431, "too many", with(&"X: y\r\n".repeat(usize::from(Limits::DEFAULT.field_lines)))),
        (
            431,
            "",
            with("Transfer-Encoding: chunked\r\n") + &long("0\r\nX: ", Limits::DEFAULT.trailer_section),
        ),
        (501, "coding", with("Transfer-Encoding: gzip, chunked\r\n")),
        (501, "tunnel", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        (505, "HTTP/1.1", "GET / HTTP/2.0\r\nHost: a\r\n\r\n".into()),
    ]
}

/// Checks that these bytes are one complete refusal and nothing else.
fn assert_refusal(bytes: &[u8], status: u16, reason: &str, request: &str) {
    let request = &request[..request.len().min(80)];
    let answers = answer::all(bytes, &[]);
    assert_eq!(answers.len(), 1, "{request:?}: {answers:?}");
    let answer = &answers[0];
    assert_eq!(answer.status, status, "{request:?}: {answer:?}");
    assert!(answer.says_close(), "{request:?}: {answer:?}");
    assert!(answer.field("Date").is_some(), "{request:?}: {answer:?}");
    let length = answer.content.len().to_string();
    assert_eq!(answer.field("Content-Length"), Some(length.as_str()), "{request:?}");
    assert_eq!(answer.field("Content-Type"), Some("text/plain; charset=utf-8"), "{request:?}");
    let explained = answer.text().starts_with(&format!("{status} {}: ", answer.reason));
    assert!(explained && answer.text().contains(reason), "{request:?}: {answer:?}");
    assert!(!answer.text().contains("xxx"), "the answer does not reflect the request: {answer:?}");
}

#[test]
fn each_refusal_is_one_complete_answer() {
    let service = demo(Limits::DEFAULT);
    let mut memory = Memory::<_, _>::new(&service);
    let mut running = Running::start(demo(Limits::DEFAULT));
    for (status, reason, request) in refusals() {
        for server in [&mut memory as &mut dyn Serves, &mut running] {
            let bytes = server.converse(&[request.as_bytes()], false);
            assert_refusal(&bytes, status, reason, &request);
        }
    }
}

/// What stands behind a refused message, unread: requests, which a careless server would answer.
fn behind() -> Vec<u8> {
    HIDDEN.bytes().cycle().take(200_000).collect()
}

#[test]
fn a_client_that_sends_everything_first_reads_the_refusal() {
    let server = Running::start(demo(Limits::DEFAULT));
    let behind = behind();
    for (status, reason, request) in refusals() {
        let mut client = server.connect();
        client.send([request.as_bytes(), &behind].concat());
        match client.read_to_end() {
            End::Closed(bytes) => assert_refusal(&bytes, status, reason, &request),
            End::Reset(bytes) => panic!("{request:?}: reset after {:?}", String::from_utf8_lossy(&bytes)),
        }
    }
}

#[test]
fn a_client_that_sends_on_while_others_are_served_reads_the_refusal() {
    // However busy the machine is, the time to linger is not over before all is sent.
    let server = Running::start(demo(Limits { linger: PATIENCE, ..Limits::DEFAULT }));
    let behind = behind();
    let mut other = server.connect();
    for (status, reason, request) in refusals() {
        let mut client = server.connect();
        client.send(&request);
        for piece in behind.chunks(10_000) {
            // Between two pieces lies a whole exchange of another client with the same server.
            assert_eq!(other.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
            if !client.try_send(piece) {
                break; // what came of it, the end will tell
            }
        }
        match client.read_to_end() {
            End::Closed(bytes) => assert_refusal(&bytes, status, reason, &request),
            End::Reset(bytes) => panic!("{request:?}: reset after {:?}", String::from_utf8_lossy(&bytes)),
        }
    }
}

#[test]
fn a_last_answer_is_not_lost_to_unread_content_either() {
    let server = Running::start(app::service(Limits::DEFAULT));
    let content = vec![b'x'; 200_000];
    for (path, status, text) in
        [("/unread", 200, "unread"), ("/close", 405, "405"), ("/nothing", 404, "404"), ("/whole", 413, "413")]
    {
        let mut client = server.connect();
        client.send(format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"));
        client.send(&content);
        let End::Closed(bytes) = client.read_to_end() else { panic!("{path}: reset") };
        let answers = answer::all(&bytes, &[]);
        assert!(answers.len() == 1 && answers[0].says_close(), "{path}: {answers:?}");
        assert_eq!(answers[0].status, status, "{path}");
        assert!(answers[0].text().starts_with(text), "{path}: {answers:?}");
    }
}
