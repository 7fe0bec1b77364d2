use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::string::ToString as _;
use std::vec::Vec;

use super::*;
use crate::connection::state::Phase;
use crate::connection::{Connection, Storage};
use crate::message::status::Status;
use crate::prelude::*;

fn answer(status: Status, micros: u64) -> Answer {
    Answer {
        status,
        content_sent: 7,
        content_received: 3,
        duration: Duration::from_micros(micros),
        at: Instant::ZERO,
        is_cut: false,
        closing: None,
        refused: None,
    }
}

#[test]
fn an_answer_is_counted_in_the_bucket_whose_bound_it_does_not_pass() {
    let cases = [
        (0, 0),
        (5_000, 0),
        (5_001, 1),
        (10_000, 1),
        (75_000, 4),
        (999_999, 9),
        (1_000_000, 9),
        (10_000_000, 13),
        (10_000_001, 14),
        (u64::MAX, 14),
    ];
    for (micros, bucket) in cases {
        let row = Row::new();
        row.count(&answer(Status::OK, micros));
        let found: Vec<_> = row.buckets.iter().map(Counter::get).collect();
        let expected: Vec<_> = (0..15).map(|place| u64::from(place == bucket)).collect();
        assert_eq!(found, expected, "{micros}");
    }
}

#[test]
fn an_answer_is_counted_in_its_class_and_with_its_bytes() {
    let row = Row::new();
    for code in [200, 204, 301, 404, 499, 500, 599] {
        row.count(&answer(Status::new(code).unwrap(), 10));
    }
    let classes: Vec<_> = row.classes.iter().map(Counter::get).collect();
    assert_eq!(classes, [0, 2, 1, 2, 2]);
    assert_eq!((row.micros.get(), row.received.get(), row.sent.get()), (70, 21, 49));
}

static METRICS: Metrics<3> = Metrics::new();
static ROUTES: Router<(), 3> = Router::new([
    get("/", |_, _, response| response.text("hello")),
    get("/active", |_, _, response| response.format("", format_args!("{}", METRICS.active()))),
    get("/panic", |_, _, _| panic!("on purpose")),
]);

/// Requests counted for `/`, `/panic`, `/active`, which may stand in any order in the table, and for no route.
fn rows(metrics: &Metrics<3>) -> Vec<u64> {
    let row = |pattern: &str| {
        let is_it = |route: &Route<()>| route.pattern().to_string() == pattern;
        &metrics.rows[ROUTES.table().iter().position(is_it).expect("a route")]
    };
    let count = |row: &Row| row.buckets.iter().map(Counter::get).sum();
    [row("/"), row("/panic"), row("/active"), &metrics.unmatched].map(count).to_vec()
}

/// Answers itself what is for `/early`, before the metrics.
struct Early;

impl Middleware<()> for Early {
    fn handle(&self, app: &(), request: &Request<'_>, response: &mut Response<'_>, next: Next<'_, ()>) {
        match request.path() {
            "/early" => drop(response.text("early")),
            _ => next.run(app, request, response),
        }
    }
}

#[test]
fn every_request_is_counted_once_and_none_stays_in_flight() {
    let chain: [&dyn Middleware<()>; 2] = [&Early, &METRICS];
    let service = Service::new(&(), &ROUTES).with_middleware(&chain);
    let cases: [(&str, [u64; 4], &str); 8] = [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", [1, 0, 0, 0], "hello"),
        ("GET /active HTTP/1.1\r\nHost: a\r\n\r\n", [0, 0, 1, 0], "1"),
        ("GET /panic HTTP/1.1\r\nHost: a\r\n\r\n", [0, 1, 0, 0], "500 Internal Server Error\n"),
        ("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", [0, 0, 0, 1], "404 Not Found\n"),
        (
            "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n",
            [0, 0, 0, 1],
            "405 Method Not Allowed: see the Allow field\n",
        ),
        ("GET /early HTTP/1.1\r\nHost: a\r\n\r\n", [0, 0, 0, 1], "early"),
        ("x x\r\n", [0, 0, 0, 1], ""),
        ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf", [0; 4], ""),
    ];
    for (request, expected, content) in cases {
        let mut storage: Storage<NoStream, 1_024, 1_024, 16> = Storage::new();
        let mut connection = Connection::new(0, None, Instant::ZERO);
        let before = rows(&METRICS);
        let mut lent = connection.lend(&service, storage.lend(), None);
        lent.receive_space()[..request.len()].copy_from_slice(request.as_bytes());
        lent.handle_received(request.len(), Instant::ZERO);
        let ran = catch_unwind(AssertUnwindSafe(|| lent.run_handler(Instant::ZERO, || Instant::ZERO)));
        if ran.is_err() {
            lent.handle_panic(Instant::ZERO);
        }
        assert!(lent.poll_transmit().ends_with(content.as_bytes()), "{request}");
        lent.handle_broken(Instant::ZERO);
        let counted: Vec<_> =
            rows(&METRICS).iter().zip(&before).map(|(after, before)| after - before).collect();
        assert_eq!(counted, expected, "{request}");
        assert_eq!(METRICS.active(), 0, "{request}");
    }
    let refusals: u64 = METRICS.common.refusals.iter().map(Counter::get).sum();
    assert_eq!(refusals, 4, "404 twice, 405, and a bad request line");
}

#[test]
fn every_phase_of_a_connection_is_counted_as_something() {
    use Phase as P;
    let phases =
        [P::Idle, P::ReceiveHead, P::ReceiveContent, P::RunHandler, P::SendResponse, P::DiscardContent];
    for phase in phases.into_iter().chain([P::Flush, P::Linger]) {
        assert!(State::of(phase).is_some(), "{phase:?}");
    }
    assert_eq!(State::of(P::Closed), None);
}

#[test]
fn connections_are_counted_where_they_are() {
    let connections = Connections::new();
    let counts = || State::ALL.map(|(state, _)| connections.count(state));
    connections.opened();
    connections.opened();
    assert_eq!(counts(), [2, 0, 0, 0]);
    connections.moved(State::Idle, Some(State::Idle));
    assert_eq!(counts(), [2, 0, 0, 0]);
    connections.moved(State::Idle, Some(State::Answering));
    connections.moved(State::Answering, Some(State::Lingering));
    assert_eq!(counts(), [1, 0, 0, 1]);
    connections.moved(State::Lingering, None);
    connections.moved(State::Idle, None);
    assert_eq!((counts(), connections.accepted(), connections.closed()), ([0; 4], 2, 2));
}
