//! Middleware sees every request once; ids and log lines.

use super::app::{Kept, Recorder, chunked, get_request, sized};
use super::driver::{Driver, service};
use crate::connection::{Cause, Closing};
use crate::middleware::access_log::{AccessLog, Format};
use crate::middleware::request_id::RequestIds;
use crate::prelude::*;
use std::string::String;
use std::vec::Vec;
use std::{format, vec};

/// What a recorder sees of a script, and the answers.
fn recorded(script: &str) -> (Vec<String>, Vec<super::driver::Heard>) {
    let recorder = Recorder::default();
    let chain: [&dyn Middleware<_, _>; 1] = [&recorder];
    let service = service().with_middleware(&chain);
    let mut driver = Driver::new(&service);
    driver.feed(script.as_bytes());
    let answers = driver.answers();
    driver.wait_for_the_end();
    (recorder.taken(), answers)
}

#[test]
fn each_request_is_handled_once_and_completed_once() {
    let cases: &[(&str, String, &[&str])] = &[
        ("answer", get_request("/"), &["handle GET 200", "complete GET 200 in 0 out 5"]),
        (
            "head",
            get_request("/").replace("GET", "HEAD"),
            &["handle HEAD 200", "complete HEAD 200 in 0 out 0"],
        ),
        ("not found", get_request("/nothing"), &["handle GET 404", "complete GET 404 in 0 out 14"]),
        ("failure", get_request("/fail"), &["handle GET 409", "complete GET 409 in 0 out 25"]),
        (
            "unknown method",
            get_request("/").replace("GET", "BREW"),
            &["handle BREW 501", "complete BREW 501 in 0 out 43"],
        ),
        (
            "options",
            get_request("/").replace("GET", "OPTIONS"),
            &["handle OPTIONS 204", "complete OPTIONS 204 in 0 out 0"],
        ),
        ("content", sized("/echo", "hello"), &["handle POST 200", "complete POST 200 in 5 out 5"]),
        ("chunks", chunked("/stream", "hello", 2), &["handle POST 200", "complete POST 200 in 5 out 5"]),
        ("sink", chunked("/sum", "a", 2), &["handle POST 200", "complete POST 200 in 1 out 15"]),
        ("sink refuses", sized("/sum", "a!b"), &["handle POST 422", "complete POST 422 in 3 out 43"]),
        ("static", get_request("/static"), &["handle GET 200", "complete GET 200 in 0 out 10000"]),
        ("streamed", get_request("/unknown/3000"), &["handle GET 200", "complete GET 200 in 0 out 3000"]),
        ("cut", get_request("/breaks/30"), &["handle GET 200", "complete GET 200 in 0 out 30 cut"]),
        ("given up", get_request("/forever"), &["handle GET 200", "complete GET 200 in 0 out 0 cut"]),
        ("refused line", "GET /%zz HTTP/1.1\r\n\r\n".into(), &["handle  400", "complete  400 in 0 out 69"]),
        (
            "refused head",
            "GET / HTTP/1.1\r\n\r\n".into(),
            &["handle GET 400", "complete GET 400 in 0 out 43"],
        ),
        (
            "refused chunk",
            chunked("/echo", "hello", 5).replace("0\r\n", "x\r\n"),
            &["handle POST 400", "complete POST 400 in 5 out 58"],
        ),
        ("timeout", "GET / HT".into(), &["handle  408", "complete  408 in 0 out 56"]),
        (
            "too large",
            sized("/echo", &"x".repeat(600)),
            &["handle POST 413", "complete POST 413 in 0 out 67"],
        ),
        ("nothing", "\r\n".into(), &[]),
    ];
    for (name, script, events) in cases {
        let (found, answers) = recorded(script);
        assert_eq!(found, *events, "{name}");
        for answer in answers {
            assert!(answer.has("X-Before: b") && answer.has("X-After: a"), "{name}: {}", answer.head);
        }
    }
    let (found, _) = recorded(&get_request("/").repeat(3));
    assert_eq!(found.len(), 6);
}

#[test]
fn middleware_learns_why_a_request_was_refused_and_why_the_connection_closes() {
    use Closing::{Application, CloseOption, Http10, Refusal, UnreadContent, UntilClose};
    let close = "Host: a\r\nConnection: close";
    let cases = [
        ("answer", get_request("/"), None, None),
        ("close", get_request("/").replace("Host: a", close), None, Some(CloseOption)),
        ("1.0", "GET / HTTP/1.0\r\n\r\n".into(), None, Some(Http10)),
        (
            "1.0, kept, without length",
            "GET /unknown/9 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n".into(),
            None,
            Some(UntilClose),
        ),
        ("not found", get_request("/nothing"), Some("RFC 9110 §15.5.5"), None),
        ("refused head", "GET / HTTP/1.1\r\n\r\n".into(), Some("RFC 9112 §3.2"), Some(Refusal)),
        (
            "refused head that says close",
            "GET / HTTP/1.1\r\nConnection: close\r\n\r\n".into(),
            Some("RFC 9112 §3.2"),
            Some(Refusal),
        ),
        ("tunnel", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n".into(), Some("RFC 9110 §9.3.6"), Some(Refusal)),
        ("unknown method", get_request("/").replace("GET", "BREW"), Some("RFC 9110 §9.1"), None),
        (
            "not admitted",
            get_request("/").replace("Host: a", "Host: a\r\nX-Forbidden: 1"),
            Some("RFC 9110 §15.5.4"),
            None,
        ),
        (
            "not admitted, content awaited",
            "POST /sum HTTP/1.1\r\nHost: a\r\nX-Forbidden: 1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
                .into(),
            Some("RFC 9110 §15.5.4"),
            Some(UnreadContent),
        ),
        ("sink refuses", sized("/sum", "a!b"), Some("RFC 9110 §15.5.21"), Some(Refusal)),
        ("timeout", "GET / HT".into(), Some("RFC 9110 §15.5.9"), Some(Refusal)),
        (
            "path too long to decode",
            get_request(&format!("/wild/{}", "%41".repeat(130))),
            Some(Cause::PathTooLong.section()),
            None,
        ),
        ("the handler closes", get_request("/close"), None, Some(Application)),
    ];
    for (name, script, section, closing) in cases {
        let recorder = Recorder::default();
        let chain: [&dyn Middleware<_, _>; 1] = [&recorder];
        // A path may be longer than what can be decoded beside an answer.
        let limits = Limits { request_line: 500, ..super::driver::LIMITS };
        let service = service().with_limits(limits).with_middleware(&chain);
        let mut driver = Driver::new(&service);
        driver.feed(script.as_bytes());
        driver.wait_for_the_end();
        let endings = recorder.endings.lock().unwrap().clone();
        let found: Vec<_> =
            endings.iter().map(|(refused, closing)| (refused.map(Cause::section), *closing)).collect();
        assert_eq!(found, [(section, closing)], "{name}");
    }
}

#[test]
fn admission_comes_before_content() {
    let request =
        sized("/sum", "hello").replace("Host: a", "Host: a\r\nX-Forbidden: 1\r\nExpect: 100-continue");
    let head = &request[..request.len() - 5];
    let (events, answers) = recorded(head);
    assert_eq!(events, ["handle POST 403", "complete POST 403 in 0 out 28"]);
    assert_eq!((answers.len(), answers[0].status), (1, 403));
    let (_, answers) = recorded(&get_request("/").replace("Host: a", "Host: a\r\nX-Forbidden: 1"));
    assert_eq!(answers[0].content, "403 Forbidden: not admitted\n");
}

#[test]
fn who_is_not_admitted_does_not_learn_what_is_there() {
    for line in ["GET /", "GET /nothing", "DELETE /", "OPTIONS /", "BREW /"] {
        let (_, answers) = recorded(&format!("{line} HTTP/1.1\r\nHost: a\r\nX-Forbidden: 1\r\n\r\n"));
        assert_eq!(answers[0].content, "403 Forbidden: not admitted\n", "{line}");
    }
}

#[test]
fn a_mistake_of_middleware_is_a_500() {
    let (_, answers) = recorded(&get_request("/").replace("Host: a", "Host: a\r\nX-Spoil: 1"));
    assert_eq!(answers[0].status, 500);
    assert!(answers[0].has("X-Before: b") && !answers[0].head.contains("X-Spoilt"));
}

struct Replaces;

impl Middleware<super::app::App, super::app::Stream> for Replaces {
    fn handle(
        &self,
        app: &super::app::App,
        request: &Request<'_>,
        response: &mut Response<'_, super::app::Stream>,
        next: Next<'_, super::app::App, super::app::Stream>,
    ) {
        if request.path() == "/teapot" {
            let _ = response.status(Status::FORBIDDEN).text("answered before");
            return;
        }
        next.run(app, request, response);
        let _ = response.text("replaced");
    }
}

#[test]
fn middleware_answers_itself_or_replaces_content() {
    let recorder = Recorder::default();
    let chain: [&dyn Middleware<_, _>; 2] = [&recorder, &Replaces];
    let service = service().with_middleware(&chain);
    for path in ["/", "/static", "/unknown/900", "/nothing"] {
        let mut driver = Driver::new(&service);
        driver.say(&get_request(path)).say(&get_request("/teapot"));
        let answers = driver.answers();
        assert_eq!(answers[0].content, "replaced", "{path}");
        assert_eq!((answers[1].status, &*answers[1].content), (403, "answered before"), "{path}");
        assert!(answers[1].has("X-Before: b") && answers[1].has("X-After: a"));
    }
}

fn id_of(seed: u64, requests: &[&str]) -> Vec<String> {
    let chain: [&dyn Middleware<_, _>; 1] = [&RequestIds];
    let service = service().with_middleware(&chain).with_seed(seed);
    let mut driver = Driver::new(&service);
    driver.feed(requests.concat().as_bytes());
    let ids = driver.answers().into_iter().map(|answer| {
        let mut lines = answer.head.split("\r\n").filter_map(|line| line.strip_prefix("X-Request-ID: "));
        let id = String::from(lines.next().unwrap());
        assert_eq!(lines.next(), None, "one id");
        id
    });
    ids.collect()
}

#[test]
fn request_ids() {
    let with = |id: &str| get_request("/").replace("Host: a", &format!("Host: a\r\nx-request-id: {id}"));
    assert_eq!(id_of(1, &[&with("abc-123_:.+/=@")]), ["abc-123_:.+/=@"]);
    let longest = "x".repeat(128);
    assert_eq!(id_of(1, &[&with(&longest)]), [longest]);
    for bad in ["", "a b", "a\"b", "a;b", "é", &"x".repeat(129)] {
        let id = id_of(1, &[&with(bad)]).remove(0);
        assert!(
            id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
            "{bad}: {id}"
        );
    }
    let request = get_request("/fail");
    let ids = id_of(1, &[&request, &request, "x x\r\n"]);
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    assert_eq!(ids, id_of(1, &[&request, &request, "x x\r\n"]), "the seed decides");
    assert_ne!(ids[0], id_of(2, &[&request])[0]);
    // A refusal of a head that was read keeps the peer's id.
    assert_eq!(id_of(1, &["GET / HTTP/1.1\r\nX-Request-ID: mine\r\n\r\n"]), ["mine"]);
}

fn logged(format: Format, script: &[u8]) -> String {
    let lines = Kept::default();
    let log = AccessLog::new(format, &lines);
    let chain: [&dyn Middleware<_, _>; 1] = [&log];
    let service = service().with_middleware(&chain);
    let mut driver = Driver::new(&service);
    driver.feed(script);
    driver.wait_for_the_end();
    drop(driver);
    lines.0.into_inner().unwrap()
}

#[test]
fn access_log_lines() {
    let common = |script: &str| logged(Format::Common, script.as_bytes());
    assert_eq!(common(&get_request("/?a=%22")), "- - - [-] \"GET /?a=%22 HTTP/1.1\" 200 5\n");
    assert_eq!(common("GET / HTTP/1.0\r\n\r\n"), "- - - [-] \"GET / HTTP/1.0\" 200 5\n");
    assert_eq!(common(&get_request("/status/204")), "- - - [-] \"GET /status/204 HTTP/1.1\" 204 -\n");
    assert_eq!(common("GET /\x1b[1m HTTP/1.1\r\n\r\n"), "- - - [-] \"-\" 400 53\n");
    assert_eq!(common(&get_request("/breaks/9")), "- - - [-] \"GET /breaks/9 HTTP/1.1\" 200 9\n");
    assert_eq!(common(&get_request("/").repeat(3)).lines().count(), 3);

    let agent =
        b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a\"b\\c\td\xc2\x85\xc3\xa9\r\nReferer: http://x/\r\n\r\n";
    assert_eq!(
        logged(Format::Combined, agent),
        "- - - [-] \"GET / HTTP/1.1\" 200 5 \"http://x/\" \"a\\x22b\\x5Cc\\x09d\\xC2\\x85\u{e9}\"\n"
    );
    let raw = b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: \xff\r\n\r\n";
    assert_eq!(logged(Format::Combined, raw), "- - - [-] \"GET / HTTP/1.1\" 200 5 \"-\" \"\\xFF\"\n");
}

#[test]
fn json_log_lines() {
    let id = "X-Request-ID: 7\r\n";
    let line = |script: &str| {
        logged(Format::Json, script.replace("Host: a\r\n", &format!("Host: a\r\n{id}")).as_bytes())
    };
    assert_eq!(
        line(&sized("/echo", "hello")),
        "{\"request_id\":\"7\",\"trace_id\":null,\"span_id\":null,\"client\":\"-\",\"method\":\"POST\",\"target\":\"/echo\",\"version\":\"HTTP/1.1\",\
         \"route\":\"/echo\",\"status\":200,\"bytes_in\":5,\"bytes_out\":5,\"duration_us\":0,\"cut\":false,\
         \"closing\":null,\"refusal\":null,\"referer\":null,\"user_agent\":null}\n"
    );
    let wait = line(&get_request("/wait/90000"));
    assert!(
        wait.contains("\"route\":\"/wait/:millis\"")
            && wait.contains("\"duration_us\":60000000,\"cut\":true,"),
        "{wait}"
    );
    let refused = line("GET /\u{7} HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(
        refused.contains("\"method\":\"\",\"target\":\"\"") && refused.contains("\"route\":null"),
        "{refused}"
    );
    let scripts = vec![get_request("/"), "\x16\x03".into(), get_request("/users/%22%5C%0a")];
    for script in scripts {
        let line = line(&script);
        assert!(line.ends_with("}\n") && !line.trim_end().contains(char::is_control), "{line}");
        assert_eq!(line.matches('"').count() % 2, 0);
    }
}
