//! A handler that panics costs its client a 500, and the server nothing.

use std::panic;
use std::sync::Once;

use bantam_core::limits::Limits;
use bantam_core::middleware::request_id::RequestIds;
use bantam_core::prelude::{Middleware, Next, Request, Response, Sink};
use bantam_tests::app::{self, App, ON_PURPOSE, PIECE, Streams};
use bantam_tests::client::End;
use bantam_tests::running::Running;

/// Says nothing of panics that are meant.
fn start() -> Running {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if info.payload_as_str() != Some(ON_PURPOSE) {
                usual(info);
            }
        }));
    });
    Running::start(app::service(Limits::DEFAULT))
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

#[test]
fn a_panic_is_answered_500_and_the_server_goes_on() {
    let server = start();
    let mut witness = server.connect();
    for _ in 0..100 {
        let mut client = server.connect();
        let answer = client.ask(&get("/panic"));
        assert!(answer.status == 500 && answer.says_close(), "{answer:?}");
        assert!(!answer.text().contains(ON_PURPOSE), "what a panic says is not for clients");
        assert_eq!(client.end(), End::Closed(Vec::new()));
        assert_eq!(witness.ask(&get("/plaintext")).status, 200);
    }
    assert_eq!(server.connect().ask(&get("/plaintext")).status, 200);
    drop(witness);
    server.shutdown().begin();
    server.join();
}

#[test]
fn a_panic_of_a_handler_that_may_wait_is_one_500_and_its_thread_goes_on() {
    let server = start();
    for _ in 0..100 {
        let mut client = server.connect();
        let answer = client.ask(&get("/panic-while-blocking"));
        assert!(answer.status == 500 && answer.says_close(), "{answer:?}");
        assert!(!answer.text().contains(ON_PURPOSE), "what a panic says is not for clients");
        assert_eq!(client.end(), End::Closed(Vec::new()));
    }
    assert_eq!(server.connect().ask(&get("/plaintext")).status, 200);
    server.shutdown().begin();
    server.join();
}

#[test]
fn answers_before_a_panic_are_sent() {
    let server = start();
    let mut client = server.connect();
    client.send(get("/plaintext") + &get("/panic") + &get("/plaintext"));
    assert_eq!(client.answer().status, 200);
    assert_eq!(client.answer().status, 500);
    assert_eq!(client.end(), End::Closed(Vec::new()));
}

#[test]
fn content_before_a_panic_is_passed_over() {
    let server = start();
    for _ in 0..20 {
        let mut client = server.connect();
        client.send("GET /panic HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        assert_eq!(client.answer().status, 500);
        assert_eq!(client.end(), End::Closed(Vec::new()));
    }
}

#[test]
fn a_panic_inside_an_answer_cuts_it() {
    let server = start();
    for _ in 0..20 {
        for (path, tail) in [
            ("/panic-in-source", "\r\n\r\na\r\nten bytes\n\r\n"),
            ("/panic-in-sized-source", "\r\n\r\nten bytes\n"),
        ] {
            let mut client = server.connect();
            client.send(get(path));
            let End::Closed(bytes) = client.end() else { panic!("reset") };
            assert!(bytes.starts_with(b"HTTP/1.1 200 OK\r\n"), "{path}");
            // No last chunk, and fewer bytes than were announced: the client sees that something is missing.
            assert!(bytes.ends_with(tail.as_bytes()), "{path}: {:?}", String::from_utf8_lossy(&bytes));
            assert!(bytes.windows(PIECE.len()).any(|window| window == PIECE), "{path}");
        }
        assert_eq!(server.connect().ask(&get("/plaintext")).status, 200);
    }
}

/// Panics over every answer.
struct Broken;

impl<A, S: Sink<A>> Middleware<A, S> for Broken {
    fn handle(&self, _: &A, _: &Request<'_>, _: &mut Response<'_, S>, _: Next<'_, A, S>) {
        panic!("{ON_PURPOSE}");
    }
}

#[test]
fn the_500_passes_the_chain_unless_that_panics_again() {
    static SOUND: [&dyn Middleware<App, Streams>; 1] = [&RequestIds];
    static BROKEN: [&dyn Middleware<App, Streams>; 2] = [&RequestIds, &Broken];
    drop(start()); // for its hook
    let server = Running::start(app::service(Limits::DEFAULT).with_middleware(&SOUND));
    let answer = server.connect().ask(&get("/panic"));
    assert!(answer.status == 500 && answer.field("X-Request-ID").is_some(), "{answer:?}");
    let server = Running::start(app::service(Limits::DEFAULT).with_middleware(&BROKEN));
    let answer = server.connect().ask(&get("/plaintext"));
    assert!(answer.status == 500 && answer.says_close(), "{answer:?}");
    assert!(answer.field("X-Request-ID").is_none(), "{answer:?}");
}
