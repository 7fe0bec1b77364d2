//! How the server ends: what it has accepted is answered, newcomers are told at once, and nothing is left.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

use bantam_core::limits::Limits;
use bantam_core::middleware;
use bantam_core::prelude::{Middleware, Next, Request, Response, Sink};
use bantam_tests::app::{self, PIECE};
use bantam_tests::network::{Origin, Standing, Weather};
use bantam_tests::serves::HELLO;

use super::{GET, Net, answers, ask, service};

const SOON: Duration = Duration::from_millis(5);
/// How long after it was accepted a connection is left for its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

#[test]
fn idle_connections_are_closed_and_the_server_ends() {
    let service = service();
    let mut network = Net::new(&service);
    let (fresh, used) = (network.connect(), network.connect());
    network.run_for(SOON);
    ask(&mut network, used, GET);
    network.run_for(FIRST_REQUEST);
    network.drain();
    network.run_for(SOON);
    assert_eq!(network.standing(fresh), Standing::Closed);
    assert_eq!(network.standing(used), Standing::Closed);
    assert!(!network.server().is_drained(), "the clients have not closed their side");
    network.close(fresh);
    network.close(used);
    network.run_for(SOON);
    assert!(network.server().is_drained(), "{:?}", network.server());
    assert_eq!(network.resets(), 0);
}

/// Its request may be on its way.
#[test]
fn who_has_just_come_is_left_for_a_first_request() {
    let service = service();
    let mut network = Net::new(&service);
    let (asks, silent) = (network.connect(), network.connect());
    network.run_for(SOON);
    network.drain();
    network.run_for(FIRST_REQUEST - 3 * SOON);
    network.send(asks, GET.as_bytes());
    network.run_for(SOON);
    let answers = answers(&network, asks);
    assert!(answers.len() == 1 && answers[0].says_close(), "{answers:?}");
    assert_eq!(network.standing(asks), Standing::Closed);
    assert_eq!(network.standing(silent), Standing::Open);
    network.run_for(2 * SOON);
    assert_eq!(network.standing(silent), Standing::Closed);
    network.close(asks);
    network.close(silent);
    network.run_for(SOON);
    assert!(network.server().is_drained(), "{:?}", network.server());
}

#[test]
fn requests_under_way_are_answered_and_told_to_be_the_last() {
    let service = service();
    let mut network = Net::new(&service);
    let lines: Vec<_> = (0..5).map(|_| network.connect()).collect();
    network.run_for(SOON);
    let [slow, head, content, sent, queued] = lines[..] else { unreachable!("there are five") };
    network.send(slow, b"GET /slow/20 HTTP/1.1\r\nHost: a\r\n\r\n");
    network.send(head, &GET.as_bytes()[..20]);
    network.send(content, b"POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    network.run_for(SOON);
    // These two have arrived, and the server has not looked at them.
    network.send(sent, GET.as_bytes());
    network.send(queued, GET.repeat(3).as_bytes());
    network.run_for_until(SOON, |network| network.waiting() == 2);
    assert_eq!(network.waiting(), 2);
    network.drain();
    network.run_for(SOON);
    network.send(head, &GET.as_bytes()[20..]);
    network.send(content, b"llo");
    network.run_for(Duration::from_millis(500));
    for (name, line, content) in [
        ("slow", slow, PIECE.repeat(20)),
        ("a head", head, HELLO.into()),
        ("content", content, b"hello".to_vec()),
        ("sent", sent, HELLO.into()),
    ] {
        let answers = answers(&network, line);
        assert_eq!(answers.len(), 1, "{name}");
        assert_eq!(answers[0].content, content, "{name}");
        // The slow answer's head was sent before.
        assert_eq!(answers[0].says_close(), name != "slow", "{name}");
        assert_eq!(network.standing(line), Standing::Closed, "{name}");
    }
    let queued = answers(&network, queued);
    assert!(!queued.is_empty() && (queued.len() == 3 || queued[queued.len() - 1].says_close()), "{queued:?}");
    lines.iter().for_each(|line| network.close(*line));
    network.run_for(SOON);
    assert!(network.server().is_drained(), "{:?}", network.server());
    assert_eq!(network.resets(), 0);
}

#[test]
fn newcomers_are_refused_at_once() {
    let service = service();
    let mut network = Net::new(&service);
    let busy = network.connect();
    network.send(busy, b"GET /slow/50 HTTP/1.1\r\nHost: a\r\n\r\n");
    network.run_for(SOON);
    network.drain();
    let late = network.connect();
    network.run_for(SOON);
    assert_eq!(network.standing(late), Standing::Reset);
    network.run_for(Duration::from_secs(2));
    assert_eq!(answers(&network, busy).len(), 1);
}

#[test]
fn handshakes_under_way_do_not_keep_the_server() {
    let service = service();
    let mut network = Net::new(&service);
    let silent = network.connect();
    // The server has answered; the client completes the handshake while it drains, and says nothing.
    network.run_for_until(SOON, |network| network.server().connections() == 1);
    assert_eq!(network.standing(silent), Standing::Connecting);
    network.drain();
    network.run_for(FIRST_REQUEST + SOON);
    assert_eq!(network.standing(silent), Standing::Closed);
    network.close(silent);
    network.run_for(SOON);
    assert!(network.server().is_drained(), "{:?}", network.server());

    let service = super::service();
    let mut network = Net::new(&service);
    network.send_lone_syns(5, Origin::Silent);
    network.run_for(SOON);
    network.drain();
    network.run_for(Duration::from_millis(5_100));
    assert!(network.server().is_drained(), "{:?}", network.server());
}

/// Counts answers that were cut.
struct Cut(AtomicU32);

impl<A, S: Sink<A>> Middleware<A, S> for Cut {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        next.run(app, request, response);
    }

    fn complete(&self, _: &A, _: &Request<'_>, answer: &middleware::Answer) {
        self.0.fetch_add(u32::from(answer.is_cut), Ordering::Relaxed);
    }
}

#[test]
fn a_cut_is_told_to_middleware_and_to_clients() {
    static CUT: Cut = Cut(AtomicU32::new(0));
    static CHAIN: [&dyn Middleware<app::App, app::Streams>; 1] = [&CUT];
    let service = app::service(Limits::DEFAULT).with_middleware(&CHAIN);
    let mut network = Net::new(&service);
    let lines: Vec<_> = (0..4).map(|_| network.connect()).collect();
    for line in &lines[..3] {
        network.send(*line, b"GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    network.run_for(SOON);
    network.drain();
    network.run_for(SOON);
    network.cut();
    assert_eq!(CUT.0.load(Ordering::Relaxed), 3);
    network.run_for(SOON);
    for line in &lines[..3] {
        assert_eq!(network.standing(*line), Standing::Reset);
    }
    network.close(lines[3]);
    network.run_for(SOON);
    assert!(network.server().is_drained(), "{:?}", network.server());
    assert_eq!(CUT.0.load(Ordering::Relaxed), 3);
}

/// An answer that was handed to the stack and is still on its way is cut like any other.
#[test]
fn a_cut_is_told_to_a_client_that_has_not_taken_its_last_answer() {
    let service = service();
    let mut network = Net::new(&service);
    let slow = network.connect_with([10, 0, 0, 1], 128);
    network.take_only(slow, 0);
    network.send(slow, b"GET /fast/1000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    // This one has taken everything, and does not close its side.
    let done = network.connect();
    network.send(done, b"GET /close HTTP/1.1\r\nHost: a\r\n\r\n");
    network.run_for(SOON);
    network.send_lone_syns(1, Origin::Silent);
    network.run_for(SOON);
    network.drain();
    network.run_for(SOON);
    let resets = network.resets();
    network.cut();
    network.run_for(SOON);
    network.take_only(slow, 4_096);
    network.run_for(SOON);
    assert_eq!(network.standing(slow), Standing::Reset);
    assert_eq!(network.standing(done), Standing::Closed);
    assert_eq!(network.resets() - resets, 2, "the slow one, and whoever has not completed his handshake");
    network.close(done);
    network.run_for(SOON);
    assert!(network.server().is_drained(), "{:?}", network.server());
}

/// A server that ends in the middle of a request leaves its memory as good as new.
#[test]
fn memory_serves_a_second_server() {
    let mut memory = super::memory(2, 1, 4_096, 1);
    for _ in 0..2 {
        let service = service();
        let mut network = Net::with(&service, memory.parts(), Weather::FAIR);
        let line = network.connect();
        assert_eq!(ask(&mut network, line, GET).text(), HELLO);
        network.send(line, &GET.as_bytes()[..9]);
        network.run_for(SOON);
    }
}
