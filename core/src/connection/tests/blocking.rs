//! What a transport learns of handlers that may wait, and what it can do about them.

use std::string::String;
use std::vec::Vec;

use super::app::{Recorder, get_request, sized};
use super::driver::{Driver, service};
use crate::connection::{Cause, Wants};
use crate::middleware::Middleware;

fn wants(driver: &mut Driver<'_>) -> Wants {
    driver.lent(|lent, _| lent.wants()).expect("an open connection")
}

#[test]
fn a_transport_is_told_which_handlers_may_wait() {
    let cases = [
        ("plain", get_request("/"), false),
        ("blocking", get_request("/blocking"), true),
        ("HEAD of a blocking one", get_request("/blocking").replace("GET", "HEAD"), true),
        ("sink", sized("/sum", "ab"), false),
        ("blocking sink", sized("/blocking-sum", "ab"), true),
        ("not found", get_request("/nothing"), false),
        ("another method", sized("/blocking", ""), false),
        ("OPTIONS", get_request("/blocking").replace("GET", "OPTIONS"), false),
        ("refused head", get_request("/blocking").replace("Host: a", "X: a"), false),
        ("refused by the sink", sized("/blocking-sum", "a!"), false),
    ];
    let service = service();
    for (name, request, blocking) in cases {
        let mut driver = Driver::new(&service);
        driver.holds_handler = true;
        driver.feed(request.as_bytes());
        let wants = wants(&mut driver);
        assert!(wants.run && wants.blocking == blocking, "{name}: {wants:?}");
        driver.holds_handler = false;
        driver.feed(b"");
        assert!(!driver.sent.is_empty(), "{name}");
    }
}

#[test]
fn earlier_answers_leave_before_a_handler_that_may_wait() {
    let service = service();
    let requests = get_request("/") + &get_request("/blocking") + &get_request("/");
    let mut driver = Driver::new(&service);
    driver.window = 0;
    driver.feed(requests.as_bytes());
    let found = wants(&mut driver);
    assert!(found.transmit && !found.run && !found.blocking, "{found:?}");
    driver.lent(|lent, now| lent.run_handler(now, || now));
    assert_eq!(wants(&mut driver), found, "nothing runs that is not ready");
    driver.holds_handler = true;
    driver.window = usize::MAX;
    driver.feed(b"");
    assert_eq!(driver.answers().len(), 1, "the first is out");
    let found = wants(&mut driver);
    assert!(found.run && found.blocking && !found.transmit, "{found:?}");
    driver.holds_handler = false;
    driver.feed(b"");
    let bodies: Vec<String> = driver.answers().into_iter().map(|answer| answer.content).collect();
    assert_eq!(bodies, ["has not waited", "hello"]);
}

#[test]
fn a_handler_is_told_whether_it_may_wait() {
    let service = service();
    for may_wait in [false, true] {
        let mut driver = Driver::new(&service);
        driver.holds_handler = true;
        driver.feed(get_request("/blocking").as_bytes());
        driver.lent(|lent, now| {
            lent.set_may_wait(may_wait);
            lent.run_handler(now, || now);
        });
        driver.feed(b"");
        let expected = if may_wait { "has waited" } else { "has not waited" };
        assert_eq!(driver.answers()[0].content, expected);
    }
}

#[test]
fn an_overload_is_answered_through_the_chain_and_the_connection_persists() {
    for (request, after) in [
        (get_request("/blocking"), "GET"),
        (sized("/blocking-sum", "ab"), "POST"),
        (get_request("/"), "plain"),
    ] {
        let recorder = Recorder::default();
        let chain: [&dyn Middleware<_, _>; 1] = [&recorder];
        let service = service().with_middleware(&chain);
        let mut driver = Driver::new(&service);
        driver.holds_handler = true;
        driver.feed(request.as_bytes());
        driver.lent(|lent, _| lent.handle_overload());
        let found = wants(&mut driver);
        assert!(found.run && !found.blocking, "{after}: {found:?}");
        driver.holds_handler = false;
        driver.feed(get_request("/").as_bytes());
        let answers = driver.answers();
        assert_eq!(answers[1].content, "hello");
        let endings = recorder.endings.lock().expect("no panic").clone();
        if after == "plain" {
            assert_eq!(answers[0].content, "hello", "only handlers that may wait are declined");
            continue;
        }
        assert!(answers[0].status == 503, "{}", answers[0].head);
        assert!(answers[0].has("Retry-After: 1") && answers[0].has("X-After: a"), "{}", answers[0].head);
        assert!(!answers[0].has("Connection: close"), "{}", answers[0].head);
        assert_eq!(endings[0], (Some(Cause::Overloaded), None));
    }
}

#[test]
fn an_observer_is_shown_the_request() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.holds_handler = true;
    driver.feed(get_request("/users/7").as_bytes());
    let mut seen = String::new();
    driver.lent(|lent, now| {
        lent.run_handler_observed(now, |request| {
            seen = std::format!("{} {}", request.method_name(), request.route().expect("a route"));
            now
        });
    });
    assert_eq!(seen, "GET /users/:id");
}
