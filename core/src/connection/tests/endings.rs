//! How connections end: the peer closes, the server shuts down, the transport breaks, a handler panics.

use super::app::{Recorder, chunked, get_request, sized};
use super::driver::{Driver, service};
use crate::connection::{Cause, Closing, Phase};
use crate::prelude::*;
use std::format;
use std::string::String;

#[test]
fn the_peer_closes_in_the_middle() {
    let cases: &[(&str, String, &[u16], &str)] = &[
        ("nothing asked", String::new(), &[], ""),
        ("between requests", get_request("/"), &[200], ""),
        ("behind a pipeline", get_request("/").repeat(9), &[200; 9], ""),
        ("behind a pipeline with the answers waiting", get_request("/small-static").repeat(9), &[200; 9], ""),
        ("inside a head", "GET / HT".into(), &[400], "the request ends inside its head"),
        (
            "inside a head behind others",
            format!("{}GE", get_request("/").repeat(2)),
            &[200, 200, 400],
            "inside its head",
        ),
        ("only empty lines", "\r\n\r\n".into(), &[], ""),
        ("an empty line behind a request", format!("{}\r\n", get_request("/")), &[200], ""),
        ("half an empty line", "\r".into(), &[], ""),
        ("inside content", sized("/echo", "hello").replace("hello", "he"), &[400], "inside its content"),
        (
            "inside chunks",
            chunked("/echo", "hello", 5).replace("0\r\n\r\n", ""),
            &[400],
            "inside its content",
        ),
        (
            "inside a trailer",
            chunked("/echo", "hello", 5).replace("0\r\n\r\n", "0\r\nA"),
            &[400],
            "inside its content",
        ),
        (
            "inside content for a sink",
            sized("/sum", "hello").replace("hello", "he"),
            &[400],
            "inside its content",
        ),
        ("inside discarded content", sized("/unread", "hello").replace("hello", "he"), &[200], ""),
        ("behind streamed content", sized("/stream", "hello"), &[200], ""),
    ];
    for (name, script, statuses, reason) in cases {
        for window in [3, usize::MAX] {
            let service = service();
            let mut driver = Driver::new(&service);
            driver.window = window;
            driver.feed(script.as_bytes());
            driver.close_peer();
            let answers = driver.answers();
            let found: std::vec::Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            assert_eq!(found, *statuses, "{name}");
            assert!(answers.iter().all(|answer| answer.is_complete), "{name}");
            assert!(answers.last().is_none_or(|answer| answer.content.contains(reason)), "{name}");
            assert!(driver.is_closed(), "{name}: {:?}", driver.connection.phase());
        }
    }
    // Streamed content that will not come cuts the answer.
    let service = service();
    let mut driver = Driver::new(&service);
    driver.feed(sized("/stream", "hello").replace("hello", "he").as_bytes());
    driver.close_peer();
    let answers = driver.answers();
    assert_eq!((&*answers[0].content, answers[0].is_complete), ("he", false));
    assert!(driver.is_closed());
}

#[test]
fn a_shutdown_lets_answers_out() {
    // Idle: at once, without a word.
    let service = service();
    let mut driver = Driver::new(&service);
    driver.say(&get_request("/")).heard();
    service.drain();
    driver.lent(|lent, now| lent.handle_shutdown(now));
    driver.say("");
    assert!(driver.is_half_closed && driver.sent.is_empty());

    // Inside a head, inside content, before the handler, inside an answer: that answer is the last.
    let halves = [
        (get_request("/"), 9),
        (sized("/echo", "hello"), sized("/echo", "hello").len() - 2),
        (get_request("/"), get_request("/").len()),
    ];
    for (request, half) in halves {
        let service = super::driver::service();
        let mut driver = Driver::new(&service);
        driver.holds_handler = true;
        driver.feed(&request.as_bytes()[..half]);
        service.drain();
        driver.lent(|lent, now| lent.handle_shutdown(now));
        driver.holds_handler = false;
        let rest = format!("{}{}", &request[half..], get_request("/"));
        driver.feed(rest.as_bytes());
        let answers = driver.answers();
        assert_eq!((answers.len(), answers[0].status), (1, 200), "{request}");
        assert!(answers[0].has("Connection: close") && driver.is_half_closed);
    }
    let service = super::driver::service();
    let mut driver = Driver::new(&service);
    driver.window = 0;
    driver.say(&get_request("/static"));
    service.drain();
    driver.lent(|lent, now| lent.handle_shutdown(now));
    driver.window = 999;
    driver.say("");
    assert!(driver.answers()[0].is_complete);
    driver.feed(get_request("/").as_bytes());
    assert!(driver.answers()[0].has("Connection: close"), "its head was out before");
    // Answers that wait while idle go out first.
    let service = super::driver::service();
    let mut driver = Driver::new(&service);
    driver.window = 0;
    driver.say(&get_request("/"));
    assert_eq!(driver.connection.phase(), Phase::Idle);
    driver.lent(|lent, now| lent.handle_shutdown(now));
    assert_eq!(driver.connection.phase(), Phase::Flush);
    driver.window = 7;
    driver.say("");
    assert!(driver.answers()[0].is_complete && driver.is_half_closed);
}

#[test]
fn a_broken_transport_ends_everything() {
    let scripts = ["", "GET", &get_request("/"), &sized("/sum", "hello!")[..50], &get_request("/forever")];
    for script in scripts {
        let recorder = Recorder::default();
        let chain: [&dyn Middleware<_, _>; 1] = [&recorder];
        let service = service().with_middleware(&chain);
        let mut driver = Driver::new(&service);
        driver.feed(script.as_bytes());
        driver.lent(|lent, now| lent.handle_broken(now));
        assert!(driver.is_closed() && !driver.connection.holds_buffers(), "{script}");
        driver.lent(|lent, now| {
            lent.handle_broken(now);
            lent.handle_timeout(now);
            lent.handle_peer_closed(now);
            lent.handle_shutdown(now);
            lent.handle_panic(now);
            assert!(lent.wants().is_none());
        });
        let events = recorder.taken();
        let (handled, completed) =
            (events.iter().filter(|event| event.starts_with("handle")).count(), events.len());
        assert_eq!(completed, handled * 2, "{script}: {events:?}");
    }
}

/// A driver that stands where `script` has led it, with its handler not run.
fn before_the_handler<'s>(
    service: &'s Service<'s, super::app::App, super::app::Stream>,
    script: &str,
) -> Driver<'s> {
    let mut driver = Driver::new(service);
    driver.holds_handler = true;
    driver.feed(script.as_bytes());
    driver
}

#[test]
fn a_panic_is_a_500_where_no_answer_has_begun() {
    let recorder = Recorder::default();
    let chain: [&dyn Middleware<_, _>; 1] = [&recorder];
    let service = service().with_middleware(&chain);
    let requests = [
        ("handler", get_request("/"), Phase::RunHandler, false),
        ("admission", "GET / HTTP/1.1\r\nHost: a\r\n".into(), Phase::ReceiveHead, true),
        ("sink", sized("/sum", "hello").replace("hello", "he"), Phase::ReceiveContent, true),
    ];
    for (name, request, phase, is_refused) in requests {
        let mut driver = before_the_handler(&service, &request);
        assert_eq!(driver.connection.phase(), phase, "{name}");
        driver.lent(|lent, now| lent.handle_panic(now));
        driver.holds_handler = false;
        driver.feed(get_request("/").as_bytes());
        let answers = driver.answers();
        assert_eq!((answers.len(), answers[0].status), (1, 500), "{name}");
        assert_eq!(answers[0].content, "500 Internal Server Error\n");
        assert!(answers[0].is_complete && answers[0].has("Connection: close") && driver.is_half_closed);
        assert!(answers[0].has("X-Before: b") && answers[0].has("X-After: a"), "{name}: the chain ran");
        assert_eq!(
            recorder.taken().iter().filter(|event| event.starts_with("complete")).count(),
            1,
            "{name}"
        );
        // Middleware that answers itself must not answer who may not have been admitted.
        let endings = core::mem::take(&mut *recorder.endings.lock().unwrap());
        let failure = Failure::new(Status::INTERNAL_SERVER_ERROR, "");
        let refused = is_refused.then_some(Cause::Application(failure));
        assert_eq!(endings, [(refused, Some(Closing::Panic))], "{name}");
    }
}

#[test]
fn a_chain_that_panics_over_the_500_is_left_out() {
    let recorder = Recorder::default();
    let chain: [&dyn Middleware<_, _>; 1] = [&recorder];
    let service = service().with_middleware(&chain);
    let mut driver =
        before_the_handler(&service, &get_request("/").replace("Host: a", "Host: a\r\nX-Panic: 1"));
    driver.lent(|lent, now| {
        for _ in 0..2 {
            let told = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| lent.handle_panic(now)));
            if told.is_ok() {
                return;
            }
        }
        panic!("it is answered the second time");
    });
    driver.holds_handler = false;
    driver.say("");
    let answers = driver.answers();
    assert_eq!((answers.len(), answers[0].status), (1, 500));
    assert!(answers[0].is_complete && !answers[0].has("X-Before: b") && driver.is_half_closed);
}

#[test]
fn a_panic_inside_an_answer_cuts_it() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.say(&get_request("/forever"));
    driver.lent(|lent, now| lent.handle_panic(now));
    driver.say("");
    let answers = driver.answers();
    assert_eq!((answers.len(), answers[0].is_complete), (1, false));
    assert!(driver.is_half_closed);
}
