//! One answer for each request: methods, versions, persistence, refusals.

use super::app::{LARGE, get_request, sized};
use super::driver::{Driver, answers_to, read_answers, service};
use crate::connection::Connection;
use crate::prelude::*;
use std::format;
use std::string::String;

#[test]
fn an_answer_to_the_byte() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.say(&get_request("/"));
    assert_eq!(
        driver.heard(),
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nhello"
    );
    assert!(!driver.connection.holds_buffers());
    driver.say(&get_request("/users/J%C3%B6rg"));
    assert!(driver.heard().ends_with("\r\n\r\nJörg"));
    assert_eq!(driver.connection.requests(), 2);
}

#[test]
fn a_connection_between_requests_is_small() {
    let size = size_of::<Connection>();
    std::println!("size_of::<Connection>() = {size}");
    assert!(size <= 256, "{size} bytes");
}

#[test]
fn statuses() {
    let line = |line: &str| format!("{line}\r\nHost: a\r\n\r\n");
    let cases: &[(&str, String, u16, &str)] = &[
        ("not found", get_request("/nothing"), 404, "404 Not Found\n"),
        ("other methods", line("DELETE / HTTP/1.1"), 405, "405 Method Not Allowed: see the Allow field\n"),
        ("unknown method", line("BREW / HTTP/1.1"), 501, "501 Not Implemented: the method is unknown\n"),
        (
            "method in small letters",
            line("get / HTTP/1.1"),
            501,
            "501 Not Implemented: the method is unknown\n",
        ),
        ("TRACE", line("TRACE / HTTP/1.1"), 405, "405 Method Not Allowed: see the Allow field\n"),
        ("failure", get_request("/fail"), 409, "409 Conflict: on purpose\n"),
        ("parameter", get_request("/number/x"), 400, "400 Bad Request: a path parameter cannot be read\n"),
        (
            "parameter not UTF-8",
            get_request("/users/%ff"),
            400,
            "400 Bad Request: a path parameter cannot be read\n",
        ),
        (
            "too large",
            get_request("/large"),
            500,
            "500 Internal Server Error: the response outgrows its buffer\n",
        ),
        (
            "splitting",
            get_request("/split"),
            500,
            "500 Internal Server Error: a response field is malformed\n",
        ),
        (
            "informational",
            get_request("/status/103"),
            500,
            "500 Internal Server Error: an answer has a final status\n",
        ),
        ("absolute", line("GET http://b/users/x HTTP/1.1"), 200, "x"),
        ("absolute without path", line("GET http://b HTTP/1.1"), 200, "hello"),
        ("HTTP/1.9", line("GET / HTTP/1.9"), 200, "hello"),
        ("wildcard", get_request("/wild/a/b%2Fc"), 200, "a/b/c"),
        ("205", get_request("/status/205"), 205, ""),
        ("404 of the handler", get_request("/status/404"), 404, "some text"),
    ];
    for (name, request, status, content) in cases {
        // The connection stays open, so the next request is answered as well.
        let answers = answers_to(&format!("{request}{}", get_request("/")));
        let [answer, next] = &answers[..] else { panic!("{name}: {answers:#?}") };
        assert_eq!((answer.status, &*answer.content), (*status, *content), "{name}");
        assert!(
            !answer.head.contains("Connection:") && !answer.head.contains("X-Lost"),
            "{name}: {}",
            answer.head
        );
        assert_eq!((next.status, &*next.content), (200, "hello"), "{name}");
    }
}

#[test]
fn a_wildcard_matches_an_absolute_target_without_a_path() {
    fn rest(
        _: &super::app::App,
        request: &Request<'_>,
        response: &mut Response<'_, super::app::Stream>,
    ) -> Outcome {
        response.text(&format!("[{}]", request.param::<&str>("rest")?))
    }
    let router: Router<_, 1, _> = Router::new([get("/*rest", rest)]);
    let service = Service::new(&super::app::App, &router);
    let mut driver = Driver::new(&service);
    driver.say("GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(driver.answers()[0].content, "[]");
}

#[test]
fn what_follows_connect_is_not_interpreted() {
    let answers = answers_to(&format!("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n{}", get_request("/")));
    assert_eq!((answers.len(), answers[0].status), (1, 501));
    assert!(answers[0].has("Connection: close"));
}

#[test]
fn what_a_target_allows() {
    let allow = |line: &str| {
        let answer = answers_to(&format!("{line} HTTP/1.1\r\nHost: a\r\n\r\n")).remove(0);
        let allow = answer.head.split("\r\n").find_map(|line| line.strip_prefix("Allow: ")).map(String::from);
        (answer.status, allow)
    };
    let some = |text: &str| Some(String::from(text));
    assert_eq!(allow("OPTIONS /"), (204, some("GET, HEAD, OPTIONS")));
    assert_eq!(allow("OPTIONS /echo"), (204, some("POST, OPTIONS")));
    assert_eq!(allow("OPTIONS *"), (204, some("GET, HEAD, POST, PUT, OPTIONS")));
    assert_eq!(allow("OPTIONS http://a"), allow("OPTIONS *"));
    assert_eq!(allow("OPTIONS http://a/"), allow("OPTIONS /"));
    assert_eq!(allow("OPTIONS /nothing"), (404, None));
    assert_eq!(allow("POST /"), (405, some("GET, HEAD, OPTIONS")));
    assert_eq!(allow("GET /headed"), (405, some("HEAD, PUT, OPTIONS")));
}

#[test]
fn head_has_the_head_of_get_and_no_content() {
    for path in ["/", "/known/700", "/unknown/5", "/static", "/small-static", "/fail", "/nothing", "/large"] {
        let service = service();
        let mut driver = Driver::new(&service);
        driver.say(&get_request(path));
        let get = driver.answers().remove(0);
        driver.say(&get_request(path).replace("GET", "HEAD"));
        let head = read_answers(&core::mem::take(&mut driver.sent), true).remove(0);
        assert_eq!(head.head, get.head.replace("Transfer-Encoding: chunked\r\n", ""), "{path}");
        driver.say(&get_request("/"));
        assert_eq!(driver.answers()[0].content, "hello", "{path}");
    }
    let own = answers_to("HEAD /headed HTTP/1.1\r\nHost: a\r\n\r\n").remove(0);
    assert!(own.has("X-Own: head"));
}

#[test]
fn statuses_without_content() {
    for (status, length) in [(204, None), (304, None), (205, Some("Content-Length: 0"))] {
        let answer = answers_to(&get_request(&format!("/status/{status}"))).remove(0);
        assert_eq!(answer.content, "");
        let found = answer.head.split("\r\n").find(|line| line.starts_with("Content-Length"));
        assert_eq!(found, length, "{status}");
        assert!(!answer.head.contains("Transfer-Encoding"));
    }
}

#[test]
fn streamed_and_static_content() {
    let cases: &[(&str, &str, usize)] = &[
        ("/known/0", "Content-Length: 0", 0),
        ("/known/5000", "Content-Length: 5000", 5_000),
        ("/unknown/0", "Transfer-Encoding: chunked", 0),
        ("/unknown/5000", "Transfer-Encoding: chunked", 5_000),
        ("/static", "Content-Length: 10000", LARGE.len()),
        ("/small-static", "Content-Length: 300", 300),
    ];
    for window in [1, 2, 3, 7, 64, usize::MAX] {
        for (path, framing, length) in cases {
            let service = service();
            let mut driver = Driver::new(&service);
            driver.window = window;
            driver.say(&get_request(path)).say(&get_request("/"));
            let answers = driver.answers();
            assert!(answers[0].has(framing) && answers[0].is_complete, "{path} {window}: {answers:?}");
            assert_eq!(answers[0].content.len(), *length, "{path}");
            assert_eq!(answers[1].content, "hello", "{path}");
        }
    }
}

#[test]
fn content_that_cannot_be_finished_is_cut() {
    let cases = [("/breaks/0", 0), ("/breaks/300", 300), ("/breaks-chunked/300", 300), ("/short", 5)];
    for (path, length) in cases {
        let service = service();
        let mut driver = Driver::new(&service);
        driver.feed(format!("{}{}", get_request(path), get_request("/")).as_bytes());
        let answers = driver.answers();
        assert_eq!(answers.len(), 1, "{path}");
        assert!(!answers[0].is_complete, "{path}");
        assert_eq!(answers[0].content.len(), length, "{path}");
        assert!(driver.is_half_closed, "{path}");
    }
}

#[test]
fn persistence() {
    let next = get_request("/");
    let cases: &[(&str, &str, bool)] = &[
        ("1.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", true),
        ("close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false),
        ("any case", "GET / HTTP/1.1\r\nHost: a\r\nCONNECTION: ClOsE\r\n\r\n", false),
        ("in a list", "GET / HTTP/1.1\r\nHost: a\r\nConnection: te , close, x\r\n\r\n", false),
        (
            "in a second line",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: te\r\nConnection: close\r\n\r\n",
            false,
        ),
        ("beside keep-alive", "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n", false),
        ("not as a part of a word", "GET / HTTP/1.1\r\nHost: a\r\nConnection: closed, x-close\r\n\r\n", true),
        ("not with a blank inside", "GET / HTTP/1.1\r\nHost: a\r\nConnection: clo se\r\n\r\n", true),
        ("not in another field", "GET / HTTP/1.1\r\nHost: a\r\nX-Connection: close\r\n\r\n", true),
        ("keep-alive", "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", true),
        ("1.0", "GET / HTTP/1.0\r\n\r\n", false),
        ("1.0, keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true),
        ("1.0, both", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false),
        (
            "1.0, keep-alive, length unknown",
            "GET /unknown/9 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            false,
        ),
        ("1.0, keep-alive, length known", "GET /known/9 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
        ("1.0, keep-alive, no content", "GET /status/304 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
        ("the handler's wish", "GET /close HTTP/1.1\r\nHost: a\r\n\r\n", false),
    ];
    for (name, request, persists) in cases {
        let answers = answers_to(&format!("{request}{next}"));
        assert_eq!(answers.len(), if *persists { 2 } else { 1 }, "{name}");
        assert_eq!(answers[0].has("Connection: close"), !persists, "{name}: {}", answers[0].head);
        let is_10 = request.contains("HTTP/1.0");
        assert_eq!(answers[0].has("Connection: keep-alive"), is_10 && *persists, "{name}");
        assert!(!(is_10 && answers[0].head.contains("chunked")), "{name}");
        if name.contains("unknown") {
            assert_eq!(answers[0].content, "aaaaaaaaa");
        }
    }
}

#[test]
fn the_last_request_that_is_allowed_closes() {
    let service = service().with_limits(Limits { requests: 3, ..super::driver::LIMITS });
    let mut driver = Driver::new(&service);
    driver.feed(get_request("/").repeat(5).as_bytes());
    let closes: std::vec::Vec<bool> =
        driver.answers().iter().map(|answer| answer.has("Connection: close")).collect();
    assert_eq!(closes, [false, false, true]);
}

#[test]
fn a_path_that_leaves_no_room_is_refused() {
    let service = service().with_limits(Limits { request_line: 500, ..super::driver::LIMITS });
    let mut driver = Driver::new(&service);
    driver.say(&sized("/echo", &"secret".repeat(60))).heard();
    let path = format!("/users/{}", "%41".repeat(140));
    driver.say(&get_request(&path));
    let answer = driver.answers().remove(0);
    assert_eq!(answer.status, 414, "{answer:?}");
    driver.say(&get_request("/users/%41"));
    assert_eq!(driver.answers()[0].content, "A");
}

#[test]
fn refused_messages_end_the_connection() {
    let behind = get_request("/users/smuggled");
    let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "A: b\r\n".repeat(10));
    let cases: &[(&str, &str, u16)] = &[
        ("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        ("bad Host beside an absolute target", "GET http://a/ HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("two types", "GET / HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n", 400),
        ("another version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("HTTP/0.9", "GET /\r\n\r\n", 400),
        ("folded", "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400),
        ("line feeds", "GET / HTTP/1.1\nHost: a\n\n", 400),
        ("too many lines", &many, 431),
        (
            "coding and length",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            400,
        ),
        (
            "two lengths",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
            400,
        ),
        ("unknown coding", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("coding in 1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417),
        (
            "bad chunk",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;\r\nhello\r\n0\r\n\r\n",
            400,
        ),
        (
            "bad trailer",
            "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA b\r\n\r\n",
            400,
        ),
        ("TLS", "\u{16}\u{3}\u{1}", 400),
    ];
    for (name, request, status) in cases {
        let service = service();
        let mut driver = Driver::new(&service);
        driver.feed(format!("{}{request}{behind}", get_request("/")).as_bytes());
        let answers = driver.answers();
        let [first, refusal] = &answers[..] else { panic!("{name}: {answers:#?}") };
        assert_eq!((first.status, refusal.status), (200, *status), "{name}: {refusal:?}");
        assert!(refusal.is_complete && refusal.has("Connection: close"), "{name}");
        assert!(driver.is_half_closed, "{name}");
    }
}

#[test]
fn the_authority_of_an_absolute_target_wins() {
    fn host(
        _: &super::app::App,
        request: &Request<'_>,
        response: &mut Response<'_, super::app::Stream>,
    ) -> Outcome {
        response.text(request.host().unwrap_or("none"))
    }
    let router: Router<_, 1, _> = Router::new([get("/", host)]);
    let service = Service::new(&super::app::App, &router);
    let cases = [
        ("GET / HTTP/1.1\r\nHost: b:1\r\n\r\n", "b:1"),
        ("GET http://a:80/ HTTP/1.1\r\nHost: b\r\n\r\n", "a:80"),
        ("GET http://a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "a"),
        ("GET / HTTP/1.0\r\n\r\n", "none"),
    ];
    let mut driver = Driver::new(&service);
    for (request, expected) in cases {
        assert_eq!(driver.say(request).answers()[0].content, expected, "{request}");
    }
}

#[test]
fn head_is_answered_without_content_even_when_its_request_line_is_refused() {
    let long = format!("HEAD /{}", "a".repeat(2_000));
    for (line, status) in [("HEAD /%zz HTTP/1.1\r\n", "400"), ("HEAD / HTTP/2.0\r\n", "505"), (&long, "414")]
    {
        let service = service();
        let mut driver = Driver::new(&service);
        driver.feed(line.as_bytes());
        let answer = driver.heard();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line}: {answer}");
        assert!(answer.ends_with("\r\n\r\n") && answer.contains("Content-Length: "), "{line}: {answer}");
    }
}

#[test]
fn a_source_sees_the_request_it_answers() {
    let service = service();
    let mut driver = Driver::new(&service);
    let targets = ["/target/a%20b?c=d", "/target/", "/target/another"];
    let requests: String = targets.map(get_request).concat();
    driver.say(&requests);
    let answers = driver.answers();
    assert!(answers.iter().map(|answer| &answer.content[..]).eq(targets), "{answers:?}");
}
