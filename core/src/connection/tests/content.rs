//! Content of requests: whole, streamed, pushed, discarded, expected, left unread.

use super::app::{Stream, chunked, get_request, sized};
use super::driver::{Driver, RECEIVE, answers_to, service};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// Both framings of this content, the second in chunks of several sizes.
fn framings(path: &str, content: &str) -> Vec<String> {
    let mut requests: Vec<String> = [1, 7, 100, 5_000].map(|size| chunked(path, content, size)).into();
    requests.push(sized(path, content));
    requests
}

#[test]
fn content_comes_back_however_it_is_delivered() {
    for path in ["/echo", "/either", "/stream"] {
        for length in [0, 1, 5, 300] {
            let content: String = ('a'..='z').cycle().take(length).collect();
            for request in framings(path, &content) {
                let answers = answers_to(&format!("{request}{}", get_request("/")));
                assert_eq!(answers.len(), 2, "{path} {length}: {request}");
                assert_eq!((answers[0].status, &answers[0].content), (200, &content), "{path}");
                assert_eq!(answers[1].content, "hello", "{path}");
            }
        }
    }
}

#[test]
fn content_that_outgrows_the_buffer() {
    let content: String = ('a'..='z').cycle().take(1_900).collect();
    for window in [1, 50, usize::MAX] {
        for path in ["/either", "/stream", "/sum", "/discard"] {
            for request in framings(path, &content) {
                let service = service();
                let mut driver = Driver::new(&service);
                driver.window = window;
                driver.say(&request).say(&get_request("/"));
                let answers = driver.answers();
                assert_eq!(answers.len(), 2, "{path}");
                let sum: u64 = content.bytes().map(u64::from).sum();
                let expected = match path {
                    "/sum" => format!("1900 bytes, sum {sum}"),
                    "/discard" => "thrown away".to_string(),
                    _ => content.clone(),
                };
                assert_eq!(answers[0].content, expected, "{path}");
                assert_eq!(answers[1].content, "hello", "{path}");
            }
        }
    }
    for request in framings("/echo", &content) {
        let answers = answers_to(&request);
        assert_eq!((answers.len(), answers[0].status), (1, 413));
        assert!(answers[0].has("Connection: close"));
    }
}

#[test]
fn what_just_fits_the_buffer_does() {
    for path in ["/echo", "/either"] {
        let room = RECEIVE - sized(path, "").len() - 2; // two digits more in its Content-Length
        for length in room - 2..room + 3 {
            let content = "x".repeat(length);
            let answer = answers_to(&sized(path, &content)).remove(0);
            let fits = length <= room || path == "/either";
            assert_eq!(answer.status, if fits { 200 } else { 413 }, "{path} {length} of {room}");
            assert!(!fits || answer.content == content, "{path} {length}");
        }
    }
}

#[test]
fn the_limit_of_all_content() {
    for path in ["/sum", "/discard", "/stream", "/either"] {
        let over = "x".repeat(2_001);
        let answers = answers_to(&sized(path, &over));
        assert_eq!((answers.len(), answers[0].status), (1, 413), "{path}: announced");
        let answers = answers_to(&chunked(path, &over, 100));
        assert_eq!(answers.len(), 1, "{path}");
        match path {
            "/sum" | "/discard" => assert_eq!(answers[0].status, 413, "{path}"),
            _ => assert!(!answers[0].is_complete, "{path}: the answer had begun"),
        }
        assert_eq!(answers_to(&sized(path, &over[1..]))[0].status, 200, "{path}");
    }
}

#[test]
fn sinks_refuse_before_and_between() {
    let mut refused = sized("/sum", "abc");
    refused.insert_str(refused.find("Host").unwrap(), "Refuse: me\r\n");
    let answers = answers_to(&format!("{refused}{}", get_request("/")));
    assert_eq!((answers[0].status, answers[1].status), (403, 200), "the content is discarded");
    for request in framings("/sum", "abc!def") {
        let answers = answers_to(&format!("{request}{}", get_request("/")));
        assert_eq!((answers.len(), answers[0].status), (1, 422));
        assert_eq!(answers[0].content, "422 Unprocessable Content: no exclamations\n");
    }
    // The sink's refusal comes before a mistake behind it, in one piece as well.
    let spoilt = chunked("/sum", "abc!def", 3).replace("0\r\n\r\n", "x\r\n\r\n");
    assert_eq!(answers_to(&spoilt)[0].status, 422);
    assert_eq!(answers_to(&spoilt.replace('!', "?"))[0].status, 400);
}

#[test]
fn content_nobody_read() {
    let small = "x".repeat(200);
    let large = "x".repeat(301);
    for path in ["/unread", "/nothing", "/", "/stream-it-not"] {
        for request in framings(path, &small) {
            let answers = answers_to(&format!("{request}{}", get_request("/")));
            assert_eq!(answers.len(), 2, "{path}: discarded");
            assert_eq!(answers[1].content, "hello");
        }
        let answers = answers_to(&format!("{}{}", sized(path, &large), get_request("/")));
        assert_eq!(answers.len(), 1, "{path}: too much to discard");
        assert!(answers[0].has("Connection: close"), "{path}");
        let answers = answers_to(&format!("{}{}", chunked(path, &large, 50), get_request("/")));
        assert_eq!(answers.len(), 1, "{path}: too much to discard, in chunks");
        let answers = answers_to(&format!(
            "{}{}",
            chunked(path, &small, 50).replace("0\r\n\r\n", "0;\r\n\r\n"),
            get_request("/")
        ));
        assert_eq!(answers.len(), 1, "{path}: malformed");
    }
}

/// What is wrong with content is nothing to a source that does not read it, whether it came with the head or later.
#[test]
fn a_source_that_does_not_read_gives_all_it_has() {
    for path in ["/five", "/wait/50"] {
        let malformed = chunked(path, "", 1).replace("0\r\n\r\n", "x");
        let malformed_behind = chunked(path, "hello", 5).replace("0\r\n\r\n", "x");
        let unfinished = sized(path, "hello").replace("hello", "hel");
        for request in [malformed, malformed_behind, unfinished] {
            let (head, body) = split(&request);
            for pieces in [[head, body], [&request, ""]] {
                let service = service();
                let mut driver = Driver::new(&service);
                for piece in pieces {
                    driver.feed(piece.as_bytes());
                }
                if !driver.is_half_closed {
                    driver.close_peer();
                }
                driver.wait_for_the_end();
                let answers = driver.answers();
                assert_eq!(answers.len(), 1, "{request}");
                assert!(answers[0].is_complete && answers[0].content.len() == 5, "{request}: {answers:?}");
            }
        }
    }
}

#[test]
fn content_that_a_source_left_is_discarded_within_the_same_bound() {
    for request in framings("/five", &"x".repeat(300)) {
        let answers = answers_to(&format!("{request}{}", get_request("/")));
        assert_eq!(answers.len(), 2, "{request}");
    }
    for request in framings("/five", &"x".repeat(301)) {
        let (head, body) = split(&request);
        for pieces in [[head, body], [&request, ""]] {
            let service = service();
            let mut driver = Driver::new(&service);
            for piece in pieces.into_iter().chain([&*get_request("/")]) {
                driver.feed(piece.as_bytes());
            }
            assert_eq!(driver.answers().len(), 1, "{request}");
            assert!(driver.is_half_closed, "{request}");
        }
    }
}

#[test]
fn a_refused_request_is_not_told_of_its_path_as_well() {
    let limits = crate::limits::Limits { request_line: 450, ..super::driver::LIMITS };
    let service = service().with_limits(limits);
    let mut driver = Driver::new(&service);
    let path = format!("/users/{}", "%41".repeat(130)); // takes more room to decode than an answer may use
    let head = |fields: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    driver.feed(head("").as_bytes());
    assert_eq!(driver.answers()[0].status, 414);
    driver.feed(head("Content-Length: 5\r\n").as_bytes());
    driver.close_peer();
    assert_eq!(driver.answers()[0].status, 400, "its content is not there");
}

fn expecting(request: &str) -> String {
    request.replace("Host: a\r\n", "Host: a\r\nExpect: 100-Continue\r\n")
}

fn split(request: &str) -> (&str, &str) {
    request.split_at(request.find("\r\n\r\n").unwrap() + 4)
}

#[test]
fn continue_is_sent_when_content_is_awaited() {
    const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
    for path in ["/echo", "/either", "/stream", "/sum", "/discard"] {
        for content in ["hello".to_string(), "x".repeat(1_500)] {
            if path == "/echo" && content.len() > 5 {
                continue;
            }
            for request in framings(path, &content) {
                let request = expecting(&request);
                let (head, body) = split(&request);
                let service = service();
                let mut driver = Driver::new(&service);
                driver.say(head);
                let heard = driver.heard();
                assert!(heard.starts_with(CONTINUE), "{path}: {heard}");
                assert_eq!(heard.matches("100 Continue").count(), 1, "{path}");
                let is_streamed = path == "/stream" || path == "/either" && request.contains("1500");
                assert_eq!(heard.contains("200 OK"), is_streamed, "{path}: {heard}");
                driver.say(body).say(&get_request("/"));
                let rest = driver.heard();
                assert!(!rest.contains("100 Continue") && rest.ends_with("hello"), "{path}: {rest}");
                // Content that is there already needs no word.
                let answers = answers_to(&request);
                assert_ne!(answers[0].status, 100, "{path}");
                // A byte of it is enough.
                let mut driver = Driver::new(&service);
                driver.say(&request[..head.len() + 1]);
                assert!(!driver.heard().contains("100 Continue"), "{path}");
            }
        }
    }
}

#[test]
fn continue_is_not_sent_for_what_will_not_be_read() {
    let cases: &[(&str, String, u16)] = &[
        ("not found", sized("/nothing", "hello"), 404),
        ("other method", sized("/", "hello"), 405),
        ("handler does not read", sized("/unread", "hello"), 200),
        ("handler does not read, chunked", chunked("/unread", "hello", 5), 200),
        ("too large", sized("/echo", &"x".repeat(600)), 413),
        ("refused by the sink", sized("/sum", "hello").replace("Host: a", "Host: a\r\nRefuse: me"), 403),
        ("malformed", sized("/echo", "hello").replace("Host: a", "Host: "), 400),
    ];
    for (name, request, status) in cases {
        let request = request.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n");
        let (head, _) = split(&request);
        let service = service();
        let mut driver = Driver::new(&service);
        driver.feed(head.as_bytes());
        let answers = driver.answers();
        assert_eq!((answers.len(), answers[0].status), (1, *status), "{name}");
        assert!(
            answers[0].has("Connection: close") && driver.is_half_closed,
            "{name}: nobody knows what comes next"
        );
    }
    // Nothing to wait for, or nobody who knows of it.
    let answers = answers_to(&expecting(&get_request("/")));
    assert_eq!((answers.len(), answers[0].status), (1, 200));
    assert!(!answers[0].has("Connection: close"));
    let (head, body) = ("POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n", "hello");
    let service = service();
    let mut driver = Driver::new(&service);
    assert_eq!(driver.say(head).heard(), "");
    assert_eq!(driver.say(body).answers()[0].content, "hello");
}

#[test]
fn continue_waits_for_its_turn() {
    // While an earlier answer is on its way, the next request waits for room, and its 100 comes behind.
    let service = service();
    let mut driver = Driver::new(&service);
    let request = expecting(&sized("/echo", "hello"));
    let (head, body) = split(&request);
    driver.window = 0;
    driver.feed(get_request("/small-static").as_bytes());
    driver.feed(head.as_bytes());
    driver.window = 3;
    driver.say("");
    let statuses: Vec<u16> = driver.answers().iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 100]);
    assert_eq!(driver.say(body).answers()[0].content, "hello");
}

#[test]
fn a_trailer_that_outgrows_the_buffer_is_refused_at_once() {
    let limits = crate::limits::Limits { trailer_section: 5_000, ..super::driver::LIMITS };
    let service = service().with_limits(limits);
    for path in ["/sum", "/discard", "/echo"] {
        let mut driver = Driver::new(&service);
        let request = chunked(path, "", 5).replace("0\r\n\r\n", "0\r\nA: ") + &"b".repeat(RECEIVE);
        driver.feed(request.as_bytes());
        assert_eq!(driver.answers()[0].status, 431, "{path}");
        assert!(driver.is_half_closed);
    }
    // Where the answer has begun or is out, the connection ends without waiting.
    for path in ["/stream", "/unread"] {
        let mut driver = Driver::new(&service);
        let request = chunked(path, "abc", 5).replace("0\r\n\r\n", "0\r\nA: ") + &"b".repeat(RECEIVE);
        driver.feed(request.as_bytes());
        assert_eq!(driver.answers().len(), 1);
        assert!(driver.is_half_closed, "{path}");
    }
}

#[test]
fn a_head_that_fills_the_buffer_leaves_no_room_for_content() {
    let limits = crate::limits::Limits { request_line: 300, field_section: 1_000, ..super::driver::LIMITS };
    let service = service().with_limits(limits);
    for path in ["/stream", "/sum", "/echo", "/discard", "/either"] {
        let head = sized(path, "hello").replace("hello", "");
        let head = head.replace("\r\n\r\n", "\r\nA: \r\n\r\n");
        let fill = "b".repeat(RECEIVE - head.len());
        let mut driver = Driver::new(&service);
        driver.feed(format!("{}hello", head.replace("A: ", &format!("A: {fill}"))).as_bytes());
        assert_eq!(driver.answers()[0].status, 431, "{path}");
    }
}

#[test]
fn streams_are_small() {
    assert!(size_of::<Stream>() <= 32);
}

#[test]
fn content_is_thrown_away_also_behind_a_head_that_fills_the_buffer() {
    let service = service();
    for path in ["/nothing", "/unread", "/echo", "/stream"] {
        let head = |padding: usize| {
            let (query, field) = ("q".repeat(150), "x".repeat(padding));
            format!("POST {path}?{query} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX: {field}\r\n\r\n")
        };
        let head = head(RECEIVE - head(0).len());
        assert_eq!(head.len(), RECEIVE);
        let mut driver = Driver::new(&service);
        driver.say(&format!("{head}hello{}", get_request("/")));
        let answers = driver.answers();
        assert_eq!(answers.len(), 2, "{path}: {answers:?}");
    }
}
