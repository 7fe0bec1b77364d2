//! What becomes of content, wanted or not: it is read to its end or the connection closes, and no byte of it is ever
//! taken for a request (RFC 9112 §9.3); trailers are read and never become fields (RFC 9110 §6.5.1).

use bantam_core::limits::Limits;
use bantam_tests::answer;
use bantam_tests::app::{self, PATHS, demo};
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::{HELLO, HIDDEN, LAST, METHODS, Serves};

/// Further targets; with [`PATHS`] they meet all statuses that the demo knows.
const TARGETS: [&str; 3] = ["/users/%ff", "http://b/plaintext", "http://b"];

/// Fields beside those that frame the content, each of which changes the answer.
const FIELDS: [&str; 4] = ["", "If-None-Match: *\r\n", "If-Match: \"none\"\r\n", "Expect: 100-continue\r\n"];

/// Bodies with the fields that frame them.
fn bodies() -> Vec<(String, String)> {
    let sized = |content: String| (format!("Content-Length: {}\r\n", content.len()), content);
    let chunked = |body: String| ("Transfer-Encoding: chunked\r\n".to_owned(), body);
    let chunk = |content: &str| format!("{:x}\r\n{content}\r\n", content.len());
    vec![
        sized(HIDDEN.to_owned()),
        sized(HIDDEN.repeat(200)),
        sized(HIDDEN.repeat(1_000)),
        sized(HIDDEN.repeat(2_000)),
        chunked(format!("{}0\r\n\r\n", chunk(HIDDEN))),
        chunked(format!("{}0;a=\"b\"\r\nX: y\r\n\r\n", chunk(HIDDEN))),
        chunked(format!("{}0\r\n\r\n", chunk(HIDDEN).repeat(200))),
        chunked(format!("{}0\r\n\r\n", chunk(HIDDEN).repeat(2_000))),
    ]
}

/// Sends a request with content and another behind it: either that one is answered, or the connection closes.
fn check(server: &mut dyn Serves, head: &str, body: &str, pieces: &[&[u8]]) {
    let method = head.split(' ').next().unwrap_or_default();
    let bytes = server.converse(pieces, false);
    let answers = answer::finals(&bytes, &[method, "GET"]);
    let name = || format!("{}: {head:?} with {} bytes: {answers:?}", server.name(), body.len());
    match &answers[..] {
        // How long chunked content is cannot be known when the answer goes out: it may turn out too long to be read.
        [only] => assert!(only.says_close() || is_long_and_chunked(head, body), "{}", name()),
        [first, last] => {
            assert!(!first.says_close(), "{}", name());
            assert!(last.text() == HELLO && last.says_close(), "{}", name());
        }
        _ => panic!("{}", name()),
    }
}

fn is_long_and_chunked(head: &str, body: &str) -> bool {
    head.contains("chunked") && body.len() as u64 > Limits::DEFAULT.discard
}

#[test]
fn no_content_is_taken_for_a_request_in_memory() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    for (framing, body) in bodies() {
        for route in PATHS.into_iter().chain(TARGETS) {
            for method in METHODS {
                for fields in FIELDS {
                    let head = format!("{method} {route} HTTP/1.1\r\nHost: a\r\n{fields}{framing}\r\n");
                    let all = format!("{head}{body}{LAST}");
                    check(&mut server, &head, &body, &[all.as_bytes()]);
                    check(&mut server, &head, &body, &[head.as_bytes(), body.as_bytes(), LAST.as_bytes()]);
                    if body.len() < 1_000 {
                        let pieces: Vec<_> = all.as_bytes().chunks(11).collect();
                        check(&mut server, &head, &body, &pieces);
                    }
                }
            }
        }
    }
}

#[test]
fn no_content_is_taken_for_a_request_over_sockets() {
    let mut server = Running::start(demo(Limits::DEFAULT));
    for (number, (framing, body)) in bodies().into_iter().enumerate() {
        for (place, route) in PATHS.into_iter().chain(TARGETS).enumerate() {
            for method in METHODS {
                let fields = FIELDS[(number + place) % FIELDS.len()];
                let head = format!("{method} {route} HTTP/1.1\r\nHost: a\r\n{fields}{framing}\r\n");
                let all = format!("{head}{body}{LAST}");
                check(&mut server, &head, &body, &[all.as_bytes()]);
            }
        }
    }
}

#[test]
fn no_way_of_delivery_takes_content_for_a_request() {
    let service = app::service(Limits::DEFAULT);
    let mut memory = Memory::<_, _, 2_048, 2_048>::new(&service);
    let mut running = Running::start(app::service(Limits::DEFAULT));
    for (framing, body) in bodies() {
        for path in ["/whole", "/echo", "/unread", "/discarded", "/count", "/close", "/nothing"] {
            let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\n{framing}\r\n");
            let all = format!("{head}{body}{LAST}");
            check(&mut memory, &head, &body, &[all.as_bytes()]);
            check(&mut memory, &head, &body, &[head.as_bytes(), body.as_bytes(), LAST.as_bytes()]);
            check(&mut running, &head, &body, &[all.as_bytes()]);
        }
    }
}

/// Chunked bodies that are malformed somewhere. A reader that does not mind finds their end, and a request behind it.
const MALFORMED: [&str; 10] = [
    "5\r\nhello!\r\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "5\nhello\r\n0\r\n\r\n",
    "+5\r\nhello\r\n0\r\n\r\n",
    "0x5\r\nhello\r\n0\r\n\r\n",
    "5;\r\nhello\r\n0\r\n\r\n",
    "10000000000000005\r\nhello\r\n0\r\n\r\n",
    "5\r\nhello\r\n-0\r\n\r\n",
    "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
    "5\r\nhello\r\n",
];

/// Where an answer leaves before the content is read, it cannot say what will be wrong with that: the close says so.
#[test]
fn nothing_behind_malformed_content_is_answered() {
    let service = demo(Limits::DEFAULT);
    let mut memory = Memory::<_, _>::new(&service);
    let mut running = Running::start(demo(Limits::DEFAULT));
    for body in MALFORMED {
        for route in PATHS.into_iter().chain(TARGETS) {
            for method in METHODS {
                let head =
                    format!("{method} {route} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
                let all = format!("{head}{body}{HIDDEN}{LAST}");
                let rest = format!("{body}{HIDDEN}{LAST}");
                assert_one_answer(&mut memory, method, &[all.as_bytes()]);
                assert_one_answer(&mut memory, method, &[head.as_bytes(), rest.as_bytes()]);
                assert_one_answer(&mut memory, method, &all.as_bytes().chunks(11).collect::<Vec<_>>());
                assert_one_answer(&mut running, method, &[all.as_bytes()]);
            }
        }
    }
}

/// Checks that one message is answered, and that the server then closes.
fn assert_one_answer(server: &mut dyn Serves, method: &str, pieces: &[&[u8]]) {
    let answers = answer::finals(&server.converse(pieces, false), &[method]);
    let name = || format!("{}: {:?}: {answers:?}", server.name(), String::from_utf8_lossy(&pieces.concat()));
    assert!(answers.len() == 1 && !answers[0].text().contains("smuggled"), "{}", name());
    // Only an answer that did not wait for the content may leave without a word of the close.
    let is_early = matches!(answers[0].status, 204 | 404 | 405 | 501);
    assert!(answers[0].says_close() || is_early, "{}", name());
}

#[test]
fn trailers_never_become_fields() {
    let service = demo(Limits::DEFAULT);
    let run = |server: &mut dyn Serves| {
        for trailer in [
            "X-Trailer: yes",
            "Content-Length: 5",
            "Transfer-Encoding: chunked",
            "Host: b",
            "Connection: close",
            "Authorization: Basic eA==",
            "Cookie: a=b",
            "Content-Type: text/html",
            "Content-Encoding: gzip",
            "Content-Range: bytes 0-1/2",
            "Expect: 100-continue",
            "If-None-Match: *",
            "TE: trailers",
            "Trailer: X",
            "Set-Cookie: a=b",
        ] {
            for before in ["", "Trailer: X-Trailer\r\n"] {
                let head = format!("Host: a\r\n{before}Transfer-Encoding: chunked\r\n");
                let request = |target: &str| {
                    format!("POST {target} HTTP/1.1\r\n{head}\r\n5\r\nhello\r\n0\r\n{trailer}\r\n\r\n")
                };
                let answer = server.ask(request("/echo").as_bytes());
                assert_eq!(answer.text(), head.replace("\r\n", "\n"), "{trailer}");
                assert!(!answer.says_close(), "{trailer}");
                // Content and answer are the same as without it.
                let answer = server.ask(request("/").as_bytes());
                assert_eq!((answer.status, answer.text()), (200, "hello"), "{trailer}");
                assert_eq!(answer.field("Content-Type"), None, "{trailer}");
            }
        }
    };
    run(&mut Memory::<_, _>::new(&service));
    run(&mut Running::start(demo(Limits::DEFAULT)));
}

#[test]
fn empty_lines_between_requests_are_skipped() {
    let service = demo(Limits::DEFAULT);
    let run = |server: &mut dyn Serves| {
        for lines in 0..=usize::from(Limits::DEFAULT.empty_lines) {
            let blank = "\r\n".repeat(lines);
            let sized = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello{blank}");
            assert_eq!(server.ask(sized.as_bytes()).text(), "hello", "{lines}");
            let chunked =
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
            assert_eq!(server.ask(format!("{chunked}{blank}").as_bytes()).text(), "hello", "{lines}");
        }
        let blank = "\r\n".repeat(usize::from(Limits::DEFAULT.empty_lines) + 1);
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello{blank}{LAST}");
        let answers = answer::finals(&server.converse(&[request.as_bytes()], false), &["POST"]);
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [200, 400]);
    };
    run(&mut Memory::<_, _>::new(&service));
    run(&mut Running::start(demo(Limits::DEFAULT)));
}
