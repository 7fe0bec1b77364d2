//! Every wait has a deadline, also over a wire: at its time, with the right bytes, and the slot is free after it.

use core::time::Duration;

use bantam_core::limits::{Limits, Rate};
use bantam_tests::answer;
use bantam_tests::app::{self, Streams};
use bantam_tests::network::{Line, Standing, Weather};

use bantam_transport_smoltcp::HeapMemory;

use super::{GET, Mine, Net, answers, ask, memory};

const HEAD: Duration = Duration::from_secs(7);
const IDLE: Duration = Duration::from_secs(15);
const CONTENT: Duration = Duration::from_secs(9);
const TRANSMIT: Duration = Duration::from_secs(11);
const SOURCE: Duration = Duration::from_secs(60);
const LINGER: Duration = Duration::from_secs(2);
/// A round trip, and what the client's stack waits with acknowledgements.
const MOMENT: Duration = Duration::from_millis(12);

fn service() -> Mine {
    app::service(Limits {
        head: HEAD,
        idle: IDLE,
        source: SOURCE,
        linger: LINGER,
        content_rate: Rate { grace: CONTENT, bytes_per_second: 1_000 },
        transmit_rate: Rate { grace: TRANSMIT, bytes_per_second: 1_000 },
        ..Limits::DEFAULT
    })
}

fn connected<'s>(service: &'s Mine) -> (Net<'s>, Line) {
    let mut network = Net::new(service);
    let line = network.connect();
    network.run_until(|network| network.server().connections() == 1);
    network.run_until(|network| network.standing(line) == Standing::Open);
    (network, line)
}

/// The connection ends in this way after this time, and not before; then the slot is free.
fn assert_ends_after(network: &mut Net<'_>, line: Line, time: Duration, standing: Standing) {
    let began = network.now();
    network.run_for(time - MOMENT);
    assert_eq!(network.standing(line), Standing::Open, "too early");
    network.run_until(|network| network.standing(line) != Standing::Open);
    let took = network.now().since(began);
    assert!(took < time + MOMENT, "{took:?} and not {time:?}");
    assert_eq!(network.standing(line), standing);
    network.close(line);
    network.run_for(MOMENT);
    assert_eq!(network.server().connections(), 0, "{:?}", network.server());
}

fn assert_timed_out(network: &Net<'_>, line: Line) {
    let answers = answer::finals(network.received(line), &[]);
    assert!(answers.len() == 1 && answers[0].status == 408 && answers[0].says_close(), "{answers:?}");
}

#[test]
fn a_silent_peer_is_closed_without_an_answer() {
    let service = service();
    let (mut network, line) = connected(&service);
    assert_ends_after(&mut network, line, IDLE, Standing::Closed);
    assert_eq!(network.received(line), b"");
}

#[test]
fn so_is_one_that_is_silent_after_an_answer() {
    let service = service();
    let (mut network, line) = connected(&service);
    network.run_for(Duration::from_secs(5));
    ask(&mut network, line, GET);
    let length = network.received(line).len();
    assert_ends_after(&mut network, line, IDLE, Standing::Closed);
    assert_eq!(network.received(line).len(), length);
}

#[test]
fn a_head_has_a_time_that_trickling_does_not_extend() {
    let service = service();
    for trickles in [false, true] {
        let (mut network, line) = connected(&service);
        network.run_for(Duration::from_secs(5));
        let began = network.now();
        network.send(line, &GET.as_bytes()[..1]);
        for byte in GET.as_bytes()[1..6].chunks(1).filter(|_| trickles) {
            network.run_for(Duration::from_secs(1));
            network.send(line, byte);
        }
        let left = HEAD - network.now().since(began);
        assert_ends_after(&mut network, line, left, Standing::Closed);
        assert_timed_out(&network, line);
    }
}

#[test]
fn content_keeps_a_rate() {
    let head = "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
    let service = service();
    // Nothing more comes.
    let (mut network, line) = connected(&service);
    network.send(line, head.as_bytes());
    assert_ends_after(&mut network, line, CONTENT, Standing::Closed);
    assert_timed_out(&network, line);
    // A hundred bytes a second: with 1000 a second after the grace, the tenth second is bought by the first 900.
    let (mut network, line) = connected(&service);
    network.send(line, head.as_bytes());
    for _ in 0..8 {
        network.run_for(Duration::from_secs(1));
        network.send(line, &[b'x'; 100]);
    }
    assert_ends_after(&mut network, line, Duration::from_secs(1), Standing::Closed);
    assert_timed_out(&network, line);
    // Faster than the rate is never cut off, however long it takes.
    let (mut network, line) = connected(&service);
    network.send(line, head.as_bytes());
    for _ in 0..50 {
        network.send(line, &[b'x'; 2_000]);
        network.run_for(Duration::from_secs(1));
    }
    assert_eq!(answers(&network, line)[0].text(), "100000");
}

#[test]
fn a_peer_that_takes_nothing_is_reset() {
    let service = service();
    let (mut network, line) = connected(&service);
    network.take_only(line, 0);
    network.send(line, b"GET /fast/1000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    let began = network.now();
    network.run_until(|network| network.server().connections() == 0);
    let took = network.now().since(began);
    assert!(took >= TRANSMIT && took < TRANSMIT + MOMENT, "{took:?}");
    assert_eq!(network.resets(), 1, "an end that looks like none");
}

/// With `memory` for large rings, which take the end of an answer long before the peer does: one that has asked for the
/// last answer, and takes nothing of it yet.
fn asked_for_the_last<'s>(service: &'s Mine, memory: &'s mut HeapMemory<Streams>) -> (Net<'s>, Line) {
    let mut network = Net::with(service, memory.parts(), Weather::FAIR);
    let line = network.connect_with([10, 0, 0, 1], 2_048);
    network.take_only(line, 0);
    network.send(line, b"GET /fast/50000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    (network, line)
}

#[test]
fn a_peer_that_takes_nothing_of_the_end_is_reset_too() {
    let (service, mut memory) = (service(), memory(2, 0, 65_536, 2));
    let (mut network, _) = asked_for_the_last(&service, &mut memory);
    let began = network.now();
    network.run_until(|network| network.server().connections() == 1);
    network.run_until(|network| network.server().connections() == 0);
    let took = network.now().since(began);
    assert!(took >= TRANSMIT && took < TRANSMIT + MOMENT, "{took:?}");
    assert_eq!(network.resets(), 1, "an end that looks like none");
}

#[test]
fn a_peer_that_takes_the_end_at_the_rate_gets_all_of_it() {
    let (service, mut memory) = (service(), memory(2, 0, 65_536, 2));
    let (mut network, line) = asked_for_the_last(&service, &mut memory);
    for _ in 0..30 {
        network.take_only(line, 2_000);
        network.run_for(Duration::from_secs(1));
    }
    assert_eq!(network.standing(line), Standing::Closed, "{:?}", network.server());
    assert_eq!(answers(&network, line)[0].content.len(), 50_000);
}

#[test]
fn a_peer_that_takes_its_answer_at_the_rate_gets_all_of_it() {
    let service = service();
    let mut network = Net::new(&service);
    let line = network.connect_with([10, 0, 0, 1], 2_048);
    network.take_only(line, 0);
    network.send(line, b"GET /fast/300000 HTTP/1.1\r\nHost: a\r\n\r\n");
    for _ in 0..160 {
        network.take_only(line, 2_000);
        network.run_for(Duration::from_secs(1));
    }
    assert_eq!(answers(&network, line).len(), 1, "{:?}", network.server());
    assert_eq!(answers(&network, line)[0].content.len(), 300_000);
}

#[test]
fn a_source_that_gives_nothing_is_cut() {
    let service = service();
    let (mut network, line) = connected(&service);
    network.send(line, b"GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_ends_after(&mut network, line, SOURCE, Standing::Closed);
    assert!(network.received(line).starts_with(b"HTTP/1.1 200 OK\r\n"));
    assert!(!network.received(line).ends_with(b"0\r\n\r\n"), "it does not look whole");
}

#[test]
fn a_peer_that_never_closes_its_side_has_the_time_of_lingering() {
    let service = service();
    let (mut network, line) = connected(&service);
    network.send(line, b"GET /close HTTP/1.1\r\nHost: a\r\n\r\n");
    network.run_until(|network| network.standing(line) == Standing::Closed);
    // It goes on sending, which is taken and thrown away.
    for _ in 0..20 {
        network.send(line, &[b'x'; 1_000]);
        network.run_for(Duration::from_millis(90));
        assert_eq!((network.server().connections(), network.resets()), (1, 0));
    }
    network.run_for(LINGER - Duration::from_millis(1_800) + MOMENT);
    assert_eq!((network.server().connections(), network.resets()), (0, 1));
    assert_eq!(answers(&network, line).len(), 1);
}

#[test]
fn a_peer_that_sends_too_much_after_the_last_answer_is_reset() {
    for (limit, sent, resets) in
        [(0, 0, 0), (0, 1, 1), (10_000, 9_999, 0), (10_000, 10_000, 0), (10_000, 10_001, 1)]
    {
        let service = app::service(Limits { linger_bytes: limit, ..Limits::DEFAULT });
        let mut network = Net::new(&service);
        let line = network.connect();
        network.send(line, b"GET /close HTTP/1.1\r\nHost: a\r\n\r\n");
        network.run_until(|network| network.standing(line) == Standing::Closed);
        network.send(line, &vec![b'x'; sent]);
        network.run_for(MOMENT);
        assert_eq!(network.resets(), resets, "{sent} of {limit}");
        assert_eq!(answers(&network, line).len(), 1, "{sent} of {limit}");
    }
}
