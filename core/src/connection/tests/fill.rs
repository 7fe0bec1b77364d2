//! A transport that lends space of its own sends the same bytes, at the same times.

use super::app::{chunked, get_request, sized};
use super::driver::{Driver, LIMITS, TRANSMIT, service};
use crate::connection::Phase;
use crate::limits::Limits;
use crate::time::Duration;
use std::string::String;
use std::vec;

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

/// With content that is to be filled in, behind a head and a bufferful of content that are out.
fn begun(path: &str, then: impl FnOnce(&mut Driver<'_>)) {
    let service = service();
    let mut driver = Driver::new(&service);
    (driver.space, driver.window) = (Some(TRANSMIT), 0);
    driver.say(&get_request(path));
    take(&mut driver);
    then(&mut driver);
}

/// The peer takes what waits in the transmit buffer.
fn take(driver: &mut Driver<'_>) {
    driver.lent(|lent, now| {
        assert_eq!(lent.fill(&mut [0; 500], now), 0, "what waits comes first");
        let length = lent.poll_transmit().len();
        lent.handle_transmitted(length, now);
    });
}

/// Lends so much, and returns how much of it was filled.
fn fill(driver: &mut Driver<'_>, length: usize) -> usize {
    driver.lent(|lent, now| lent.fill(&mut vec![0; length], now))
}

#[test]
fn content_does_not_pass_through_the_transmit_buffer() {
    begun("/known/5000", |driver| {
        assert!(driver.lent(|lent, _| lent.wants().is_some_and(|wants| wants.fill && !wants.transmit)));
        let mut space = [b'-'; 1_000];
        assert_eq!(fill(driver, 0), 0);
        // The source gives a hundred at a time, and is asked while there is room worth it.
        assert_eq!(driver.lent(|lent, now| lent.fill(&mut space, now)), 800);
        assert_eq!(space[799..801], *b"a-");
        let mut all = 800;
        while driver.connection.phase() == Phase::SendResponse {
            let filled = fill(driver, 100_000);
            assert!(filled > 0, "{all} so far");
            all += filled;
        }
        assert!((3_900..5_000).contains(&all), "{all} but for a bufferful");
        assert_eq!(fill(driver, 400), 0, "there is no more");
        assert_eq!(driver.connection.phase(), Phase::Idle);
    });
}

#[test]
fn a_short_space_gets_what_the_transmit_buffer_has() {
    begun("/known/5000", |driver| {
        assert_eq!(fill(driver, TRANSMIT / 4 - 1), 0);
        assert_eq!(driver.lent(|lent, _| lent.poll_transmit().len()), 800);
        assert_eq!(fill(driver, TRANSMIT), 0, "these come first");
    });
    // Unless it is enough for all.
    begun("/wait/1000", |driver| assert_eq!(fill(driver.wait(SECOND), 5), 5));
}

#[test]
fn nothing_is_filled_for_a_transport_that_did_not_say_so() {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.window = 0;
    driver.say(&get_request("/known/5000"));
    take(&mut driver);
    assert!(driver.lent(|lent, _| lent.wants().is_some_and(|wants| wants.transmit && !wants.fill)));
    assert_eq!(fill(&mut driver, TRANSMIT), 0);
}

#[test]
fn a_source_that_waits_asks_for_no_space() {
    begun("/wait/3000", |driver| {
        assert_eq!(fill(driver, TRANSMIT), 0);
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

/// Its time stands still until it can be asked.
#[test]
fn a_source_is_not_charged_for_a_peer_that_makes_no_room() {
    let service = service().with_limits(Limits { source: 5 * SECOND, ..LIMITS });
    let mut driver = Driver::new(&service);
    (driver.space, driver.window) = (Some(TRANSMIT), 0);
    driver.say("POST /wait/8000 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
    take(&mut driver);
    driver.wait(SECOND).say("y");
    assert!(driver.lent(|lent, _| lent.wants().is_some_and(|wants| wants.fill)));
    driver.wait(6 * SECOND);
    assert_eq!(fill(&mut driver, TRANSMIT), 0, "it waits for a second more");
    driver.window = usize::MAX;
    driver.wait(SECOND);
    assert_eq!(driver.heard(), "done\n", "{:?}", driver.connection.phase());
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
    driver.say(&whole[..whole.len() - 400]);
    take(&mut driver);
    driver.say(&whole[whole.len() - 400..whole.len() - 200]);
    for _ in 0..9 {
        driver.wait(SECOND).say("y");
    }
    assert!(driver.lent(|lent, _| lent.wants().is_some_and(|wants| wants.fill)));
    driver.wait(SECOND);
    assert!(driver.is_closed());
}

/// How long a peer is borne with that takes so many bytes of a long answer each second, up to a minute.
fn borne(space: Option<usize>, each: usize) -> Duration {
    let service = service();
    let mut driver = Driver::new(&service);
    (driver.space, driver.window) = (space, 0);
    driver.say(&get_request("/known/1000000"));
    let began = driver.now;
    while driver.now < began.after(60 * SECOND) && !driver.wait(SECOND).is_closed() {
        let mut left = each;
        while let Some(wants) = driver.lent(|lent, _| lent.wants()).filter(|_| left > 0) {
            let taken = driver.lent(|lent, now| {
                if wants.fill && !wants.transmit {
                    return lent.fill(&mut vec![0; left], now);
                }
                let taken = lent.poll_transmit().len().min(left);
                lent.handle_transmitted(taken, now);
                taken
            });
            let fills_buffer = taken == 0 && driver.lent(|lent, _| !lent.poll_transmit().is_empty());
            assert!(taken > 0 || fills_buffer, "{wants:?}");
            left -= taken;
        }
    }
    driver.now.since(began)
}

/// As to a buffer: each bufferful has its grace.
#[test]
fn a_slow_peer_is_borne_with_for_as_long() {
    for each in [50, 90, 110, 500, 5_000] {
        let buffered = borne(None, each);
        for space in [1, TRANSMIT] {
            let filled = borne(Some(space), each);
            let differ = filled.max(buffered).saturating_sub(filled.min(buffered));
            assert!(differ <= 2 * SECOND, "{each} a second: {filled:?} and {buffered:?}");
        }
    }
}

/// How long one is borne with that sends eight bytes in as many seconds and then 300 at once, and takes nothing for the
/// next four seconds, again and again.
fn trickled(space: Option<usize>) -> Duration {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.space = space;
    let whole = sized("/stream", &"y".repeat(1_990));
    driver.say(&whole[..whole.len() - 1_990]);
    let began = driver.now;
    for _ in 0..6 {
        for _ in 0..8 {
            if driver.wait(SECOND).is_closed() {
                return driver.now.since(began);
            }
            driver.say("y");
        }
        driver.window = 0;
        driver.say(&"y".repeat(300)).wait(4 * SECOND);
        driver.window = usize::MAX;
        driver.feed(b"");
    }
    driver.now.since(began)
}

/// The time in which the peer takes nothing is not counted twice.
#[test]
fn taking_nothing_earns_no_time_for_content() {
    for space in [1, 200, 256, 300, TRANSMIT] {
        assert_eq!(trickled(Some(space)), trickled(None), "{space} lent");
    }
}

#[test]
fn a_broken_connection_is_filled_no_more() {
    begun("/known/5000", |driver| {
        driver.lent(|lent, now| lent.handle_broken(now));
        assert_eq!(fill(driver, TRANSMIT), 0);
        assert!(driver.is_closed());
    });
    begun("/known/5000", |driver| {
        driver.lent(|lent, now| lent.handle_panic(now));
        assert!(driver.lent(|lent, _| lent.wants().is_some_and(|wants| !wants.fill && wants.half_close)));
        assert_eq!(fill(driver, TRANSMIT), 0);
    });
}
