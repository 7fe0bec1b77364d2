//! What goes over the wire for a request: as few frames as there can be, and nothing that waits for a timer.

use core::time::Duration;

use bantam_tests::network::{Line, Weather};
use bantam_tests::serves::HELLO;

use super::{GET, Net, answers, ask, memory, service};

/// A round trip, twice.
const SOON: Duration = Duration::from_micros(400);

fn connected(network: &mut Net<'_>) -> Line {
    let line = network.connect();
    assert_eq!(ask(network, line, GET).text(), HELLO);
    line
}

fn assert_answered_within(network: &mut Net<'_>, line: Line, request: &str, time: Duration) {
    let before = answers(network, line).len();
    network.send(line, request.as_bytes());
    let came = network.run_for_until(time, |network| answers(network, line).len() == before + 1);
    assert!(came, "{} bytes: not within {time:?}", request.len());
}

#[test]
fn a_request_takes_one_frame_each_way() {
    let service = service();
    let mut network = Net::new(&service);
    let line = connected(&mut network);
    let before = network.frames();
    for _ in 0..100 {
        assert_answered_within(&mut network, line, GET, SOON);
    }
    let after = network.frames();
    assert_eq!((after.0 - before.0, after.1 - before.1), (100, 100), "by the server, and by the client");
}

#[test]
fn pipelined_answers_share_a_segment() {
    let service = service();
    let mut network = Net::new(&service);
    let line = connected(&mut network);
    let before = network.frames().0;
    network.send(line, GET.repeat(8).as_bytes());
    network.run_for(SOON);
    assert_eq!(answers(&network, line).len(), 9);
    assert_eq!(network.frames().0 - before, 1);
}

#[test]
fn an_answer_that_is_not_at_hand_goes_out_when_it_is() {
    let service = service();
    let mut network = Net::new(&service);
    let line = connected(&mut network);
    network.set_ack_delay(line, Some(Duration::from_secs(1)));
    // Pieces of a stream do not wait for the acknowledgement of those before (Nagle's algorithm would let them).
    network.send(line, b"GET /slow/10 HTTP/1.1\r\nHost: a\r\n\r\n");
    network.run_for(Duration::from_millis(190));
    assert_eq!(answers(&network, line).len(), 2, "{:?}", network.server());
}

#[test]
fn requests_are_answered_at_once_wherever_they_lie_in_the_ring() {
    for ring in [256, 1_024, 4_096] {
        let service = service();
        let mut memory = memory(2, 1, ring, 2);
        let mut network = Net::with(&service, memory.parts(), Weather::FAIR);
        let line = connected(&mut network);
        network.set_ack_delay(line, Some(Duration::from_millis(40)));
        // Each begins somewhere else, and some lie across the end.
        for length in 0..(ring / 2).min(1_400) {
            let request = format!("GET /plaintext HTTP/1.1\r\nHost: a\r\nA: {}\r\n\r\n", "a".repeat(length));
            // One that outgrows the ring needs a second round trip.
            let time = if request.len() > ring { SOON * 2 } else { SOON };
            assert_answered_within(&mut network, line, &request, time);
            network.take(line);
        }
    }
}

#[test]
fn bulk_does_not_wait_for_timers() {
    let content = 1 << 20;
    let get = format!("GET /fast/{content} HTTP/1.1\r\nHost: a\r\n\r\n");
    let post = format!("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: {content}\r\n\r\n");
    let post = post + &"x".repeat(content);
    for (name, request) in [("download", get), ("upload", post)] {
        for ring in [4_096, 16_384, 65_536] {
            let service = service();
            let mut memory = memory(2, 1, ring, 2);
            let mut network = Net::with(&service, memory.parts(), Weather::FAIR);
            let line = connected(&mut network);
            network.set_ack_delay(line, Some(Duration::from_millis(40)));
            let round_trip = 2 * Weather::FAIR.latency;
            let trips = u32::try_from(content.div_ceil(ring)).expect("few trips");
            let began = network.now();
            // What the client's own rings add is counted as round trips as well.
            let time = round_trip * (2 * trips + 40);
            network.send(line, request.as_bytes());
            let enough = network.received(line).len() + if name == "download" { content } else { 100 };
            let came = network.run_for_until(time, |network| network.received(line).len() > enough);
            let took = network.now().since(began);
            assert!(came, "{name} with rings of {ring}: not in {took:?}");
            let answer = answers(&network, line).remove(1);
            assert!(answer.content.len() == content || answer.text() == content.to_string(), "{name}");
            let trips = took.as_micros() / round_trip.as_micros();
            println!("{name} of 1 MiB with rings of {ring}: {took:?}, {trips} round trips");
        }
    }
}
