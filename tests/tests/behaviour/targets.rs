//! Which form of target which method may have, what each is answered, and which host is meant (RFC 9112 §3.2, §3.3;
//! RFC 9110 §7.1, §9.1, §9.3.6 to §9.3.8).

use std::collections::BTreeSet;

use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::memory::Memory;
use bantam_tests::serves::{LAST, Serves, on_all};

const FORMS: [&str; 5] = ["/plaintext", "http://b/plaintext", "http://b", "b:80", "*"];

/// What a request of this method is answered for each of the forms above. Authority form is CONNECT's alone, the
/// asterisk that of OPTIONS.
const EXPECTED: [(&str, [u16; 5]); 10] = [
    ("GET", [200, 200, 200, 400, 400]),
    ("HEAD", [200, 200, 200, 400, 400]),
    ("POST", [405, 405, 200, 400, 400]),
    ("PUT", [405, 405, 405, 400, 400]),
    ("PATCH", [405, 405, 405, 400, 400]),
    ("DELETE", [405, 405, 405, 400, 400]),
    ("TRACE", [405, 405, 405, 400, 400]),
    ("OPTIONS", [204, 204, 204, 400, 204]),
    ("CONNECT", [400, 400, 400, 501, 400]),
    ("BREW", [501, 501, 501, 400, 400]),
];

#[test]
fn every_form_with_every_method() {
    on_all(|server| {
        for (method, statuses) in EXPECTED {
            for (target, status) in FORMS.into_iter().zip(statuses) {
                let request = format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n{LAST}");
                let bytes = server.converse(&[request.as_bytes()], false);
                let answers = answer::finals(&bytes, &[method, "GET"]);
                assert_eq!(answers[0].status, status, "{method} {target}");
                let persists = status != 400 && method != "CONNECT";
                assert_eq!(answers.len(), if persists { 2 } else { 1 }, "{method} {target}: {answers:?}");
                assert_eq!(answers[0].says_close(), !persists, "{method} {target}");
                assert_eq!(
                    answers[0].field("Allow").is_some(),
                    matches!(status, 204 | 405),
                    "{method} {target}"
                );
            }
        }
    });
}

#[test]
fn connect_in_every_form_ends_the_connection() {
    on_all(|server| {
        for (target, status) in [
            ("a:443", 501),
            ("[::1]:443", 501),
            ("a:0", 501),
            ("a", 400),
            ("a:", 400),
            (":443", 400),
            ("a:b", 400),
            ("a:65536", 400),
            ("[::1]", 400),
            ("u@a:443", 400),
            ("a:443/", 400),
            ("/a:443", 400),
            ("http://a:443", 400),
            ("https://a:443/", 400),
            ("*", 400),
        ] {
            for length in ["", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"] {
                let request = format!("CONNECT {target} HTTP/1.1\r\nHost: a\r\n{length}\r\n{LAST}");
                let answers = answer::finals(&server.converse(&[request.as_bytes()], false), &[]);
                assert!(answers.len() == 1 && answers[0].says_close(), "{target}: {answers:?}");
                assert_eq!(answers[0].status, status, "{target}");
                // What a tunnel would begin with is never a 2xx here.
                assert!(answers[0].field("Content-Length").is_some(), "{target}");
            }
        }
    });
}

fn allowed(answer: &Answer) -> BTreeSet<&str> {
    answer.field("Allow").unwrap_or_default().split(", ").collect()
}

#[test]
fn options_says_what_is_allowed_and_has_no_content() {
    on_all(|server| {
        let everything = BTreeSet::from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
        let writing = BTreeSet::from(["GET", "HEAD", "POST", "OPTIONS"]);
        let reading = BTreeSet::from(["GET", "HEAD", "OPTIONS"]);
        for (target, expected) in [
            ("*", &everything),
            ("http://a", &everything),
            ("http://a/", &writing),
            ("/", &writing),
            ("/plaintext", &reading),
            ("http://a/plaintext", &reading),
            ("/users/1?q", &reading),
        ] {
            for (fields, content) in [
                ("", ""),
                ("Content-Length: 5\r\nContent-Type: a/b\r\n", "hello"),
                ("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
                ("If-None-Match: *\r\nIf-Match: \"x\"\r\nMax-Forwards: 0\r\n", ""),
            ] {
                let request = format!("OPTIONS {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{content}");
                let answer = server.ask(request.as_bytes());
                assert_eq!((answer.status, answer.content.len()), (204, 0), "{target}");
                assert_eq!(allowed(&answer), *expected, "{target}");
                assert_eq!(answer.field("Content-Length"), None, "{target}");
                assert_eq!(answer.field("Transfer-Encoding"), None, "{target}");
            }
        }
        assert_eq!(server.ask(b"OPTIONS /nothing HTTP/1.1\r\nHost: a\r\n\r\n").status, 404);
    });
}

#[test]
fn what_is_not_routed_is_405_with_allow() {
    on_all(|server| {
        for (method, target) in [("TRACE", "/"), ("DELETE", "/"), ("PUT", "/echo"), ("POST", "/users/1")] {
            let request = format!("{method} {target} HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
            let answer = server.ask(request.as_bytes());
            assert_eq!(answer.status, 405, "{method} {target}");
            assert!(allowed(&answer).is_superset(&BTreeSet::from(["GET", "HEAD", "OPTIONS"])), "{target}");
            assert!(!allowed(&answer).contains(method), "{method} {target}");
            assert!(!answer.text().contains("Max-Forwards"), "nothing is reflected");
        }
    });
}

static HOSTS: Router<(), 1> = Router::new([any("/*path", |(), request, response| {
    response.field("X-Path", request.path()).text(request.host().unwrap_or("none"))
})]);

#[test]
fn the_host_of_an_absolute_target_wins() {
    let service = Service::new(&(), &HOSTS);
    let mut server = Memory::<_, _>::new(&service);
    for (target, host, expected, path) in [
        ("/p", "a.example", "a.example", "/p"),
        ("/p", "a:8080", "a:8080", "/p"),
        ("/http://b/p", "a", "a", "/http://b/p"),
        ("//b/p", "a", "a", "//b/p"),
        ("http://b/p", "a", "b", "/p"),
        ("http://b:81/p", "a:80", "b:81", "/p"),
        ("HTTP://[::1]:8080/p", "a", "[::1]:8080", "/p"),
        ("http://b", "a", "b", "/"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answers = answer::finals(&server.converse(&[request.as_bytes()], false), &[]);
        assert_eq!(answers[0].text(), expected, "{target} {host}");
        assert_eq!(answers[0].field("X-Path"), Some(path), "{target} {host}");
    }
    let answers = answer::finals(&server.converse(&[b"GET /p HTTP/1.0\r\n\r\n"], false), &[]);
    assert_eq!(answers[0].text(), "none");
}
