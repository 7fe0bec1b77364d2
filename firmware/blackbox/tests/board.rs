//! What a client sees of the board: good, bad, slow, too large and many requests. Whatever is sent, the next good request
//! is answered.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use bantam_firmware_blackbox::{Board, Client, Dice, damaged, is_stepped, program};

/// Runs a test over a board of its own.
fn on_board(test: fn(&Board)) {
    let Some(program) = program() else { return };
    let mut board = Board::start(&program);
    test(&board);
    board.assert_serves("the test");
    assert!(board.is_up(), "the board has stopped");
    let said = board.stop();
    assert!(!said.contains("panicked"), "{said}");
}

fn get(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: board\r\n{fields}\r\n")
}

fn post(path: &str, fields: &str, content: &str) -> String {
    let length = content.len();
    format!("POST {path} HTTP/1.1\r\nHost: board\r\nContent-Length: {length}\r\n{fields}\r\n{content}")
}

#[test]
fn the_demo_answers() {
    on_board(|board| {
        let mut client = board.connect();
        let cases: [(&str, String, u16, &str); 12] = [
            ("text", get("/plaintext", ""), 200, "Hello, World!"),
            ("JSON", get("/json", ""), 200, r#"{"message":"Hello, World!"}"#),
            ("a parameter", get("/users/42", ""), 200, r#"{"id":"42"}"#),
            ("content that comes back", post("/", "", "as it was"), 200, "as it was"),
            (
                "a user is made",
                post(
                    "/api/users",
                    "Content-Type: application/json\r\n",
                    r#"{"name":"Ada","email":"ada@example.com"}"#,
                ),
                201,
                "Ada",
            ),
            ("and read", get("/api/users/1", ""), 200, "Ada"),
            ("the time", get("/api/time", ""), 200, "\"unix\":"),
            ("a cookie", get("/cookie", "Cookie: a=b\r\n"), 200, "a=b"),
            ("health, with the stack", get("/health", ""), 200, "\"stack, "),
            ("a stream of lines", get("/stream/3", ""), 200, "\"id\":2"),
            ("no such page", get("/nothing", ""), 404, "404"),
            ("a method that the route has not", post("/json", "", ""), 405, "405"),
        ];
        for (name, request, status, content) in cases {
            let answer = client.ask(&request);
            assert_eq!(answer.status, status, "{name}: {answer:?}");
            assert!(answer.text().contains(content), "{name}: {answer:?}");
        }
        assert_eq!(client.ask(&get("/bytes/50000", "")).content.len(), 50_000);
    });
}

#[test]
fn files_come_from_flash() {
    on_board(|board| {
        let mut client = board.connect();
        let page = client.ask(&get("/", ""));
        let tag = page.field("ETag").expect("a tag").to_owned();
        assert!(page.text().starts_with("<!doctype html>"), "{page:?}");
        assert_eq!(client.ask(&get("/", &format!("If-None-Match: {tag}\r\n"))).status, 304);
        let part = client.ask(&get("/", "Range: bytes=2-8\r\n"));
        assert_eq!((part.status, part.text().as_str()), (206, "doctype"));
        let small = client.ask(&get("/", "Accept-Encoding: gzip\r\n"));
        assert_eq!(small.field("Content-Encoding"), Some("gzip"), "{}", small.head);
        assert!(small.content.starts_with(&[0x1f, 0x8b]) && small.content.len() < page.content.len());
        let head = client.ask("HEAD / HTTP/1.1\r\nHost: board\r\n\r\n");
        assert_eq!(head.field("Content-Length"), page.field("Content-Length"));
        assert_eq!(client.ask(&get("/plaintext", "")).status, 200, "HEAD has no content");
    });
}

#[test]
fn middleware_stands_around_it() {
    on_board(|board| {
        let mut client = board.connect();
        let answer = client.ask(&get("/plaintext", "X-Request-ID: mine\r\nOrigin: http://elsewhere\r\n"));
        let fields = [
            ("X-Request-ID", "mine"),
            ("Access-Control-Allow-Origin", "*"),
            ("X-Content-Type-Options", "nosniff"),
            ("Server", "bantam"),
        ];
        for (name, value) in fields {
            assert_eq!(answer.field(name), Some(value), "{}", answer.head);
        }
        assert!(answer.field("RateLimit").is_some() && answer.field("Date").is_some(), "{}", answer.head);
        let refused = client.ask(&get("/metrics", ""));
        assert_eq!(refused.status, 401);
        assert!(refused.field("WWW-Authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
        // metrics:bantam
        let metrics = client.ask(&get("/metrics", "Authorization: Basic bWV0cmljczpiYW50YW0=\r\n"));
        let counted = "http_server_requests_total{http_route=\"/plaintext\",http_request_method=\"GET\",http_response_status_code=\"2xx\"} 1";
        assert!(metrics.text().contains(counted), "{}", metrics.text());
    });
}

#[test]
fn malformed_requests_cost_their_connection_only() {
    on_board(|board| {
        let cases: [(&str, u16, &[u8]); 22] = [
            ("bare LF", 400, b"GET / HTTP/1.1\nHost: a\n\n"),
            ("bare CR", 400, b"GET / HTTP/1.1\rHost: a\r\r"),
            ("no Host", 400, b"GET / HTTP/1.1\r\n\r\n"),
            ("two Hosts", 400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
            ("a bad Host", 400, b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
            ("a blank before the colon", 400, b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
            ("a folded line", 400, b"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"),
            ("NUL", 400, b"GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n"),
            ("a bad percent-encoding", 400, b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
            ("a dot segment", 400, b"GET /../a HTTP/1.1\r\nHost: a\r\n\r\n"),
            ("two blanks", 400, b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
            ("TLS", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
            ("a length that is none", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: abc\r\n\r\n"),
            ("a length beyond 64 bits", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"),
            ("two lengths", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
            ("length and chunks", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("a bad chunk size", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n"),
            ("chunk data without its end", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n"),
            ("chunks in HTTP/1.0", 400, b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("an unknown coding", 501, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
            ("an expectation", 417, b"POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\nContent-Length: 1\r\n\r\nx"),
            ("another version", 505, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
        ];
        for (name, status, request) in cases {
            // What looks like a request behind it must not be taken for one.
            let hidden = [request, b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
            let mut client = board.connect();
            assert!(client.send(&hidden), "{name}");
            let answer = client.answer(true).unwrap_or_else(|| panic!("{name}: no answer"));
            assert_eq!(answer.status, status, "{name}: {answer:?}");
            assert!(answer.says_close(), "{name}: {answer:?}");
            assert!(client.is_closed(), "{name}: there is more");
            board.assert_serves(name);
        }
    });
}

#[test]
fn what_is_too_large_is_refused() {
    on_board(|board| {
        let long = "x".repeat(3_000);
        let cases = [
            ("a target", 414, get(&format!("/{long}"), "")),
            ("a field", 431, get("/", &format!("X: {long}\r\n"))),
            ("many fields", 431, get("/", &"X: y\r\n".repeat(40))),
            ("content that is wanted whole", 413, post("/post", "", &long)),
        ];
        for (name, status, request) in cases {
            let mut client = board.connect();
            assert!(client.send(&request), "{name}");
            let answer = client.answer(true).unwrap_or_else(|| panic!("{name}: no answer"));
            assert_eq!(answer.status, status, "{name}: {answer:?}");
            board.assert_serves(name);
        }
        // What is streamed needs no room, and comes back byte for byte.
        let content: String = (0..20_000).map(|number| format!("{number:05}")).collect();
        let mut client = board.connect();
        let answer = thread::scope(|scope| {
            let mut sender = client.second();
            scope.spawn(move || sender.send(post("/", "", &content)));
            client.answer(true)
        });
        let answer = answer.expect("the content");
        assert!(
            answer.content.len() == 100_000 && answer.content.ends_with(b"1999819999"),
            "{}",
            answer.head
        );
    });
}

#[test]
fn a_slow_client_is_not_waited_for_for_ever() {
    on_board(|board| {
        let mut client = board.connect();
        assert!(client.send("GET /plaintext HTTP/1.1\r\nHo"));
        // Silent ones beside it take nothing from others.
        let mut silent: Vec<Client> = (0..3).map(|_| board.connect()).collect();
        board.assert_serves("slow and silent clients came");
        let answer = client.answer(true).expect("an answer when the deadline has passed");
        assert_eq!((answer.status, answer.says_close()), (408, true), "{answer:?}");
        assert!(client.is_closed());
        for client in &mut silent {
            assert!(client.is_closed(), "a connection without a request is closed without an answer");
        }
    });
}

/// Six sockets and sixteen clients at once: newcomers are overlooked, and come again. On a host that is busy a handshake may
/// take so long that it is given up for another; a client then sees the end of its connection before an answer, and
/// tries again.
#[test]
fn many_clients_are_all_answered() {
    on_board(|board| {
        let again = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        let tried = (0..4).find(|_| is_answered(board)).expect("an answer in four tries");
                        again.fetch_add(tried, Relaxed);
                    }
                });
            }
        });
        println!("80 requests, and {} that were sent again", again.into_inner());
    });
}

/// Sends a request on a new connection; false when it ends before an answer.
fn is_answered(board: &Board) -> bool {
    let mut client = board.connect();
    client.send(get("/plaintext", "Connection: close\r\n"));
    let answer = client.answer(true);
    answer.is_some_and(|answer| {
        assert_eq!((answer.status, answer.text().as_str()), (200, "Hello, World!"), "{}", answer.head);
        true
    })
}

#[test]
fn a_thousand_requests_on_one_connection() {
    on_board(|board| {
        let mut client = board.connect();
        for number in 0..1_000 {
            let answer = client.ask(&get(&format!("/users/{number}"), ""));
            assert_eq!(answer.text(), format!(r#"{{"id":"{number}"}}"#));
        }
    });
}

/// Rounds of requests, of which one without a step is enough: a step of the board's is there in each.
const ROUNDS: usize = 3;

#[test]
fn no_answer_waits_for_an_acknowledgement() {
    on_board(|board| {
        let requests = [
            ("a short answer", get("/plaintext", "")),
            ("an answer in many segments", get("/bytes/9000", "")),
            ("an answer in chunks", get("/stream/20", "")),
            ("content that comes back", post("/", "", &"x".repeat(1_000))),
        ];
        for (name, request) in requests {
            let mut client = board.connect();
            let mut rounds = (0..ROUNDS).map(|_| times(&mut client, &request));
            assert!(
                rounds.any(|times| !is_stepped(&times)),
                "{name}: in each of {ROUNDS} rounds some came a step late"
            );
        }
    });
}

/// How long each of two hundred answers takes.
fn times(client: &mut Client, request: &str) -> Vec<Duration> {
    let time = |_| {
        let before = Instant::now();
        client.ask(request);
        before.elapsed()
    };
    (0..200).map(time).collect()
}

#[test]
fn steps_are_told_from_a_busy_host() {
    let quick = |count: u64| (0..count).map(|number| 2 + number % 5);
    let at = |step: u64, count: u64| (0..count).map(move |number| step + number % 5);
    let spread = |count: u64| (0..count).map(move |number| 10 + 113 * number % 600);
    let cases: [(&str, Vec<u64>, bool); 8] = [
        ("quick ones", quick(200).collect(), false),
        ("all a step late", at(40, 200).collect(), true),
        ("one of twenty a step late", quick(190).chain(at(42, 10)).collect(), true),
        ("the same at two hundred milliseconds", quick(190).chain(at(202, 10)).collect(), true),
        ("the same at half a second", quick(190).chain(at(502, 10)).collect(), true),
        ("two that are late", quick(198).chain(at(42, 2)).collect(), false),
        ("a host that delays half of them", quick(100).chain(spread(100)).collect(), false),
        ("and a step besides", quick(60).chain(spread(100)).chain(at(42, 40)).collect(), true),
    ];
    for (name, times, expected) in cases {
        let times: Vec<_> = times.into_iter().map(Duration::from_millis).collect();
        assert_eq!(is_stepped(&times), expected, "{name}");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    on_board(|board| {
        let mut client = board.connect();
        let requests: String = (0..20).map(|number| get(&format!("/users/{number}"), "")).collect();
        thread::scope(|scope| {
            let mut sender = client.second();
            scope.spawn(move || sender.send(requests));
            for number in 0..20 {
                let answer = client.answer(true).expect("an answer");
                assert_eq!(answer.text(), format!(r#"{{"id":"{number}"}}"#));
            }
        });
    });
}

/// Damaged requests.
const DAMAGED: u64 = 400;

/// Whatever is sent, in whatever pieces: the next good request is answered, nothing is sent that is no answer, and no status
/// says that the board itself is at fault.
#[test]
fn damaged_requests_harm_nobody_else() {
    on_board(|board| {
        for case in 0..DAMAGED {
            let mut dice = Dice::new(case);
            let request = damaged(&mut dice);
            let name = format!("case {case}, {}", request.escape_ascii());
            let mut client = board.connect();
            let (first, rest) = request.split_at(dice.below(request.len() + 1));
            client.send(first);
            client.send(rest);
            client.finish();
            let answers = client.rest();
            let is_answer = answers.is_empty() || answers.starts_with(b"HTTP/1.1 ");
            let is_fault = answers.starts_with(b"HTTP/1.1 500");
            assert!(is_answer && !is_fault, "{name}: {}", answers.escape_ascii());
            board.assert_serves(&name);
        }
    });
}

#[test]
fn who_guesses_too_often_has_to_wait() {
    on_board(|board| {
        let mut client = board.connect();
        // More than a minute allows, in less time than it has.
        let answers: Vec<_> = (0..60).map(|_| client.ask(&get("/metrics", ""))).collect();
        let refused = answers.iter().position(|answer| answer.status == 429).expect("an answer of 429");
        assert!(refused >= 20, "the first {refused} may guess");
        assert!(answers[..refused].iter().all(|answer| answer.status == 401), "before that, 401");
        let seconds = answers[refused].field("Retry-After").and_then(|seconds| seconds.parse().ok());
        assert!(seconds.is_some_and(|seconds: u32| (1..=60).contains(&seconds)), "{}", answers[refused].head);
        // Whoever knows the password waits too, and other pages are as they were.
        let known = client.ask(&get("/metrics", "Authorization: Basic bWV0cmljczpiYW50YW0=\r\n"));
        assert!(matches!(known.status, 200 | 429), "{known:?}");
        assert_eq!(client.ask(&get("/plaintext", "")).status, 200);
    });
}
