//! Every wait has an end.

use super::app::{chunked, get_request, sized};
use super::driver::{Driver, LIMITS, service};
use crate::connection::{Connection, Phase};
use crate::limits::{Limits, Rate};
use crate::time::Duration;
use std::format;

const SECOND: Duration = Duration::from_secs(1);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn silence_ends_without_a_word() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.wait(seconds(14));
    assert!(!driver.is_closed());
    driver.wait(SECOND);
    assert!(driver.is_closed() && driver.sent.is_empty() && !driver.is_half_closed);
    // Behind an answer the silence begins anew.
    let mut driver = Driver::new(&service);
    driver.wait(seconds(12)).say(&get_request("/")).wait(seconds(14));
    assert!(!driver.is_closed());
    driver.heard();
    driver.wait(SECOND);
    assert!(driver.is_closed() && driver.sent.is_empty());
}

#[test]
fn silence_is_shorter_in_a_crowd() {
    let service = service();
    service.set_crowded(true);
    let mut driver = Driver::new(&service);
    driver.wait(seconds(4)).say(&get_request("/")).wait(seconds(4));
    assert!(!driver.is_closed());
    driver.wait(SECOND);
    assert!(driver.is_closed());
    // Who is already silent is told nothing, and asked again.
    service.set_crowded(false);
    let mut driver = Driver::new(&service);
    driver.wait(seconds(6));
    service.set_crowded(true);
    driver.wait(Duration::ZERO);
    assert!(driver.is_closed());
    let patient = super::driver::service().with_limits(Limits { idle: SECOND, ..LIMITS });
    patient.set_crowded(true);
    let mut driver = Driver::new(&patient);
    driver.wait(SECOND);
    assert!(driver.is_closed(), "the shorter of both counts");
    // A request that is under way has its own time.
    let mut driver = Driver::new(&service);
    driver.say("GET / HTTP/1.1\r\n").wait(seconds(9)).say("Host: a\r\n\r\n");
    assert_eq!(driver.answers().len(), 1);
}

#[test]
fn an_old_connection_ends_in_its_next_silence() {
    let mut lives = std::vec::Vec::new();
    let service = service().with_limits(Limits { age: seconds(100), ..LIMITS });
    for number in 0..64 {
        let mut driver = Driver::new(&service);
        driver.connection = Connection::new(number, None, driver.now);
        let began = driver.now;
        while !driver.is_closed() {
            let answers = driver.say(&get_request("/")).answers();
            assert!(answers.len() == 1 && !answers[0].has("Connection: close"), "{number}");
            driver.wait(SECOND / 4);
        }
        assert!(driver.sent.is_empty(), "{number}");
        lives.push(driver.now.since(began));
    }
    lives.sort();
    assert!(lives[0] >= seconds(75) && lives[63] <= seconds(100) + SECOND / 4, "{lives:?}");
    assert!(lives[63] - lives[0] > seconds(20), "they do not all end together: {lives:?}");
    lives.dedup();
    assert!(lives.len() > 32, "{lives:?}");
}

#[test]
fn an_old_connection_that_is_busy_ends_behind_its_next_answer() {
    let service = service().with_limits(Limits { age: seconds(8), ..LIMITS });
    for (time, closes) in [(0, false), (5, false), (8, true)] {
        let mut driver = Driver::new(&service);
        driver.wait(seconds(time).min(seconds(4))).say("GET / HTTP/1.1\r\n");
        driver.wait(seconds(time.saturating_sub(4))).say("Host: a\r\n\r\n");
        let answers = driver.answers();
        assert_eq!(answers[0].content, "hello", "after {time} s");
        assert_eq!(answers[0].has("Connection: close"), closes, "after {time} s");
        assert_eq!(driver.is_half_closed, closes, "after {time} s");
    }
}

#[test]
fn an_age_without_bound_is_never_reached() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.say("GET / HTTP/1.1\r\n");
    driver.now = driver.now.after(seconds(1 << 40));
    driver.say("Host: a\r\n\r\n");
    assert!(!driver.answers()[0].has("Connection: close"));
}

#[test]
fn silence_begins_when_the_answer_is_out() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.window = 0;
    driver.say(&get_request("/")).wait(seconds(9));
    driver.window = usize::MAX;
    driver.say("").wait(seconds(14));
    assert_eq!(driver.say(&get_request("/")).answers().len(), 2);
}

#[test]
fn a_head_has_its_time_however_it_trickles() {
    let service = service();
    for gap in [100, 900] {
        let mut driver = Driver::new(&service);
        driver.wait(seconds(5));
        let mut time = 0;
        for byte in get_request("/a-path-of-some-length").bytes().cycle() {
            driver.feed(&[byte]);
            if !driver.sent.is_empty() || driver.is_half_closed {
                break;
            }
            driver.wait(Duration::from_millis(gap));
            time += gap;
            if time > 20_000 {
                break;
            }
        }
        if gap == 900 {
            assert!(time <= 10_800, "{time} ms");
            let answers = driver.answers();
            assert_eq!((answers.len(), answers[0].status), (1, 408));
            assert!(answers[0].has("Connection: close"));
        }
    }
}

#[test]
fn empty_lines_alone_end_without_a_word() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.say("\r\n\r\n").wait(seconds(11));
    assert!(driver.is_half_closed && driver.sent.is_empty());
}

#[test]
fn a_pipelined_head_has_a_time_of_its_own() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.wait(seconds(14)).say(&get_request("/")).say("GET").wait(seconds(9));
    assert_eq!(driver.answers().len(), 1);
    driver.wait(SECOND);
    assert_eq!(driver.answers()[0].status, 408);
}

#[test]
fn who_was_fast_has_earned_no_long_silence() {
    let rate = Rate { grace: seconds(10), bytes_per_second: 1 };
    let service = service().with_limits(Limits { content_rate: rate, ..LIMITS });
    let mut driver = Driver::new(&service);
    let request = sized("/sum", &"x".repeat(1_000));
    driver.say(&request[..request.len() - 100]).wait(seconds(11));
    assert_eq!(driver.answers()[0].status, 408);
}

#[test]
fn content_keeps_up_its_rate() {
    let rate = Rate { grace: seconds(10), bytes_per_second: 10 };
    let service = service().with_limits(Limits { content_rate: rate, ..LIMITS });
    let head = sized("/sum", &"x".repeat(1_000)).replace(&"x".repeat(1_000), "");
    for (bytes, is_fast_enough) in [(12, true), (5, false)] {
        let mut driver = Driver::new(&service);
        driver.say(&head);
        for _ in 0..40 {
            driver.feed(&b"xxxxxxxxxxxxxxxxxxxx"[..bytes]);
            driver.wait(SECOND);
        }
        let answers = driver.answers();
        assert_eq!(answers.is_empty(), is_fast_enough, "{bytes} bytes a second: {answers:?}");
        assert!(is_fast_enough || answers[0].status == 408 && answers[0].has("Connection: close"));
    }
    // The same while an answer echoes it: then only the cut can tell.
    for (bytes, is_fast_enough) in [(12, true), (5, false)] {
        let mut driver = Driver::new(&service);
        driver.say(&head.replace("/sum", "/stream"));
        for _ in 0..40 {
            driver.feed(&b"xxxxxxxxxxxxxxxxxxxx"[..bytes]);
            driver.wait(SECOND);
        }
        assert_eq!(driver.is_half_closed, !is_fast_enough, "{bytes} bytes a second");
    }
    // And while it is discarded: the answer is out already.
    let mut driver = Driver::new(&service);
    driver.say(&chunked("/unread", "hello", 5).replace("0\r\n\r\n", "")).wait(seconds(11));
    assert_eq!(driver.answers().len(), 1);
    assert!(driver.is_half_closed);
}

#[test]
fn an_answer_is_taken_at_a_rate() {
    let rate = Rate { grace: seconds(10), bytes_per_second: 10 };
    let service = service().with_limits(Limits { transmit_rate: rate, idle: seconds(2), ..LIMITS });
    for path in ["/", "/static", "/unknown/5000", "/known/5000"] {
        let mut driver = Driver::new(&service);
        driver.window = 0;
        driver.say(&get_request(path)).wait(seconds(9));
        assert!(!driver.is_closed(), "{path}");
        driver.wait(SECOND);
        assert!(driver.is_closed() && !driver.is_half_closed, "{path}: closed at once");
    }
    // A slow peer that keeps up the rate has all the time it needs.
    let mut driver = Driver::new(&service);
    driver.window = 0;
    driver.say(&get_request("/known/2000"));
    for _ in 0..200 {
        take(&mut driver, 12);
        driver.wait(SECOND);
    }
    let answers = driver.answers();
    assert!(answers[0].is_complete, "{answers:?}");
}

/// The peer takes so many bytes, once.
fn take(driver: &mut Driver<'_>, length: usize) {
    let taken = driver.lent(|lent, now| {
        let bytes = lent.poll_transmit();
        let taken = bytes[..bytes.len().min(length)].to_vec();
        if !taken.is_empty() {
            lent.handle_transmitted(taken.len(), now);
        }
        taken
    });
    driver.sent.extend(taken);
    driver.feed(b"");
}

#[test]
fn a_peer_that_takes_nothing_ends_in_every_phase() {
    let request = get_request("/small-static");
    let behind = [
        ("a head", "GET / HT".into(), Phase::ReceiveHead),
        ("content", sized("/sum", "hello").replace("hello", "he"), Phase::ReceiveContent),
        ("requests", request.repeat(3), Phase::RunHandler),
    ];
    for (name, behind, phase) in behind {
        let service = service();
        let mut driver = Driver::new(&service);
        driver.window = 0;
        driver.feed(request.as_bytes());
        driver.wait(seconds(5));
        driver.feed(behind.as_bytes());
        assert_eq!(driver.connection.phase(), phase, "{name}");
        driver.wait(seconds(4));
        assert_eq!(driver.connection.phase(), phase, "{name}");
        driver.wait(seconds(2));
        assert!(driver.is_closed() && driver.sent.is_empty(), "{name}: {:?}", driver.connection.phase());
    }
    // While content is discarded.
    let service = service();
    let mut driver = Driver::new(&service);
    driver.window = 0;
    driver.feed(chunked("/unread", "hello", 5).replace("0\r\n\r\n", "").as_bytes());
    assert_eq!(driver.connection.phase(), Phase::DiscardContent);
    driver.wait(seconds(11));
    assert!(driver.is_closed());
}

#[test]
fn a_handler_that_can_run_is_never_too_late() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.holds_handler = true;
    driver.wait(seconds(14)).say(&get_request("/"));
    assert_eq!(driver.connection.phase(), Phase::RunHandler);
    driver.wait(seconds(3_600));
    driver.holds_handler = false;
    assert_eq!(driver.say("").answers()[0].content, "hello");
}

#[test]
fn sources_wait_for_their_instant() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.say(&format!("{}{}", get_request("/wait/3000"), get_request("/")));
    assert_eq!(driver.answers().len(), 1);
    driver.wait(Duration::from_millis(2_999));
    assert_eq!(driver.heard(), "");
    driver.wait(Duration::from_millis(1));
    assert!(driver.heard().starts_with("done\nHTTP/1.1 200 OK"));
    // No longer than any source may.
    let mut driver = Driver::new(&service);
    driver.say(&get_request("/wait/90000")).wait(seconds(59));
    assert!(!driver.is_half_closed);
    driver.wait(seconds(2));
    assert!(driver.is_half_closed && !driver.answers()[0].is_complete);
    let mut driver = Driver::new(&service);
    driver.say(&get_request("/forever")).wait(seconds(61));
    assert!(driver.is_half_closed && !driver.answers()[0].is_complete);
}

#[test]
fn lingering_is_bounded() {
    let service = service();
    // In time.
    let mut driver = Driver::new(&service);
    driver.say(&get_request("/close"));
    assert_eq!(driver.connection.phase(), Phase::Linger);
    assert!(!driver.connection.holds_buffers());
    driver.say("whatever").wait(Duration::from_millis(1_900)).say("whatever");
    assert!(!driver.is_closed());
    driver.wait(Duration::from_millis(100));
    assert!(driver.is_closed());
    // In bytes.
    let mut driver = Driver::new(&service);
    driver.say(&get_request("/close")).say(&"x".repeat(1_000));
    assert!(!driver.is_closed());
    driver.say("x");
    assert!(driver.is_closed());
    // By the peer.
    let mut driver = Driver::new(&service);
    driver.say(&get_request("/close")).close_peer();
    assert!(driver.is_closed());
    // What was discarded before does not count.
    let mut driver = Driver::new(&service);
    driver.say(&chunked("/unread", &"x".repeat(290), 290).replace("0\r\n\r\n", ";"));
    assert_eq!(driver.connection.phase(), Phase::Linger);
    driver.say(&"x".repeat(1_000));
    assert!(!driver.is_closed());
}
