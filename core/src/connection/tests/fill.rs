//! A transport that lends space of its own sends the same bytes, at the same times.

use super::app::{App, chunked, get_request, sized};
use super::driver::{Driver, TRANSMIT, service};
use crate::connection::{Lent, Phase};
use crate::time::{Duration, Instant};
use std::string::String;
use std::{format, vec};

const SECOND: Duration = Duration::from_secs(1);

/// What a transport that lends so much space, if any, has sent for a script, and whether the connection is over.
fn sent(script: &str, space: Option<usize>, window: usize) -> (String, bool) {
    let service = service();
    let mut driver = Driver::new(&service);
    (driver.space, driver.window) = (space, window);
    driver.say(script);
    (driver.heard(), driver.is_closed())
}

#[test]
fn every_answer_is_the_same() {
    let scripts = [
        ("a text", get_request("/")),
        ("content of a known length", get_request("/known/5000")),
        ("none of it", get_request("/known/0")),
        ("one byte", get_request("/known/1")),
        ("of an unknown length", get_request("/unknown/5000")),
        ("to HTTP/1.0", "GET /unknown/5000 HTTP/1.0\r\n\r\n".into()),
        ("HEAD", "HEAD /known/5000 HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        ("static", get_request("/static")),
        (
            "requests behind each other",
            [get_request("/known/900"), get_request("/known/2"), get_request("/")].concat(),
        ),
        ("an echo", sized("/stream", &"y".repeat(1_500))),
        ("an echo in chunks", chunked("/stream", &"y".repeat(1_500), 70)),
        ("one that breaks", get_request("/breaks/300")),
        ("one that ends too soon", get_request("/short")),
        ("the last", get_request("/known/3000").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")),
    ];
    for (name, script) in scripts {
        let expected = sent(&script, None, usize::MAX);
        for space in [1, 2, TRANSMIT / 4 - 1, TRANSMIT / 4, TRANSMIT, 100_000] {
            for window in [1, 300, usize::MAX] {
                assert_eq!(
                    sent(&script, Some(space), window),
                    expected,
                    "{name}, {space} lent, {window} taken"
                );
            }
        }
    }
}

/// With content that is to be filled in, and its head out.
fn begun(path: &str, then: impl FnOnce(&mut Driver<'_>)) {
    let service = service();
    let mut driver = Driver::new(&service);
    (driver.space, driver.window) = (Some(TRANSMIT), 0);
    driver.say(&get_request(path));
    take_head(&mut driver);
    then(&mut driver);
}

fn take_head(driver: &mut Driver<'_>) {
    driver.lent(|lent, now| {
        assert_eq!(lent.fill(&mut [0; 500], now), 0, "the head comes first");
        let length = lent.poll_transmit().len();
        lent.handle_transmitted(length, now);
    });
}

fn fill(lent: &mut Lent<'_, App, super::app::Stream>, length: usize, now: Instant) -> usize {
    lent.fill(&mut vec![0; length], now)
}

#[test]
fn content_does_not_pass_through_the_transmit_buffer() {
    begun("/known/150", |driver| {
        let mut space = [b'-'; 400];
        assert!(driver.lent(|lent, _| lent.wants().is_some_and(|wants| wants.fill && !wants.transmit)));
        assert_eq!(driver.lent(|lent, now| lent.fill(&mut space, now)), 100);
        assert_eq!(space[99..101], *b"a-");
        assert_eq!(driver.lent(|lent, now| fill(lent, 0, now)), 0);
        assert_eq!(driver.lent(|lent, now| lent.fill(&mut space, now)), 50);
        assert_eq!(driver.lent(|lent, now| fill(lent, 400, now)), 0, "there is no more");
        assert_eq!(driver.connection.phase(), Phase::Idle);
    });
}

#[test]
fn a_short_space_gets_what_the_transmit_buffer_has() {
    begun("/known/5000", |driver| {
        assert_eq!(driver.lent(|lent, now| fill(lent, TRANSMIT / 4 - 1, now)), 0);
        assert_eq!(driver.lent(|lent, _| lent.poll_transmit().len()), 100);
        assert_eq!(driver.lent(|lent, now| fill(lent, TRANSMIT, now)), 0, "these come first");
    });
    // Unless it is enough for all.
    begun("/known/3", |driver| assert_eq!(driver.lent(|lent, now| fill(lent, 3, now)), 3));
}

#[test]
fn nothing_is_filled_for_a_transport_that_did_not_say_so() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.window = 0;
    driver.say(&get_request("/known/5000"));
    assert!(driver.lent(|lent, _| lent.wants().is_some_and(|wants| wants.transmit && !wants.fill)));
    take_head(&mut driver);
    assert_eq!(driver.lent(|lent, now| fill(lent, TRANSMIT, now)), 0);
}

#[test]
fn a_source_that_waits_asks_for_no_space() {
    begun("/wait/3000", |driver| {
        assert_eq!(driver.lent(|lent, now| fill(lent, TRANSMIT, now)), 0);
        let wants = driver.lent(|lent, _| lent.wants()).expect("it is open");
        assert!(!wants.fill && !wants.transmit, "{wants:?}");
        assert_eq!(wants.deadline, driver.now.after(3 * SECOND));
        driver.wait(3 * SECOND);
        assert!(driver.lent(|lent, _| lent.wants().is_some_and(|wants| wants.fill)));
        // From here on it is the peer who is waited for.
        driver.wait(9 * SECOND);
        assert!(!driver.is_closed());
        driver.wait(SECOND);
        assert!(driver.is_closed());
    });
}

#[test]
fn who_does_not_make_room_is_cut() {
    begun("/known/5000", |driver| {
        driver.wait(9 * SECOND);
        assert!(!driver.is_closed());
        driver.wait(SECOND);
        assert!(driver.is_closed());
    });
    // What it sends meanwhile earns it no time.
    let service = service();
    let mut driver = Driver::new(&service);
    (driver.space, driver.window) = (Some(TRANSMIT), 0);
    let whole = sized("/stream", &"y".repeat(400));
    driver.say(&whole[..whole.len() - 200]);
    take_head(&mut driver);
    for _ in 0..9 {
        driver.wait(SECOND).say("y");
    }
    assert!(driver.lent(|lent, _| lent.wants().is_some_and(|wants| wants.fill)));
    driver.wait(SECOND);
    assert!(driver.is_closed());
    // Who makes little of it: at a kilobyte a second, the first ten seconds are for nothing.
    begun("/known/5000", |driver| {
        for _ in 0..4 {
            driver.wait(2 * SECOND);
            assert!(!driver.is_closed());
            driver.lent(|lent, now| fill(lent, TRANSMIT, now));
        }
        driver.wait(2 * SECOND);
        assert!(driver.is_closed(), "{:?}", driver.connection.phase());
    });
}

#[test]
fn a_broken_connection_is_filled_no_more() {
    begun("/known/5000", |driver| {
        driver.lent(|lent, now| lent.handle_broken(now));
        assert_eq!(driver.lent(|lent, now| fill(lent, TRANSMIT, now)), 0);
        assert!(driver.is_closed());
    });
    begun("/known/5000", |driver| {
        driver.lent(|lent, now| lent.handle_panic(now));
        assert!(driver.lent(|lent, _| lent.wants().is_some_and(|wants| !wants.fill && wants.half_close)));
        let text = format!("{:?}", driver.connection.phase());
        assert_eq!(driver.lent(|lent, now| fill(lent, TRANSMIT, now)), 0, "{text}");
    });
}
