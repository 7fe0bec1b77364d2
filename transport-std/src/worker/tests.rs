use core::net::SocketAddr;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use bantam_core::middleware::metrics::Connections;
use bantam_core::prelude::*;

use super::*;
use crate::Endpoint;

fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.text("hello")
}

/// Takes a while.
fn slow(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    let began = std::time::Instant::now();
    while began.elapsed() < SLOW {}
    response.text("hello")
}

const SLOW: Duration = Duration::from_millis(5);

/// More than a kernel keeps for a client that does not read.
fn much(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.static_bytes("application/octet-stream", Box::leak(vec![0; 64 << 20].into_boxed_slice()))
}

static ROUTES: Router<(), 3> = Router::new([get("/", hello), get("/slow", slow), get("/much", much)]);

/// A worker that does what the test says, of a server with a listener at this address.
fn with_worker<R>(
    service: &Service<'_, ()>,
    test: impl FnOnce(&mut Worker<'_, '_, (), NoStream>, SocketAddr) -> R,
) -> R {
    let config = Config { connections: 2, ..Config::default() };
    let listener = Listener::bind("127.0.0.1:0").expect("a free port");
    let Endpoint::Tcp(address) = *listener.endpoint() else { panic!("no address") };
    let (poller, waker) = Poller::new().expect("a poller");
    let shared = Shared::new(vec![listener], poller, Shutdown::new(waker, config.drain), &config, service)
        .expect("a server");
    let mut worker = Worker {
        shared: &shared,
        spare: None,
        unfinished: Turns::new(0),
        appetite: Appetite::FIRST,
        wall: WallClock::new(shared.clock.now()),
        now: shared.clock.now(),
        has_passed_on: false,
    };
    test(&mut worker, address)
}

/// A client whose request has been read, in the first slot.
fn asked(worker: &mut Worker<'_, '_, (), NoStream>, address: SocketAddr, path: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).expect("the kernel accepts");
    write!(client, "GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").expect("it takes this");
    worker.accept(0);
    worker.go_on(worker.now);
    worker.connection_event(0, None, READY | READABLE); // a portable poller would tell now
    client
}

#[test]
fn an_event_for_an_empty_place_does_not_release_it_again() {
    with_worker(&Service::new(&(), &ROUTES), |worker, _| {
        let shared = worker.shared;
        let index = shared.slots.reserve().expect("a place");
        shared.slots.release(index);
        worker.connection_event(index, None, READY);
        worker.connection_event(index, Some(0), READY | HANGUP);
        assert_eq!(shared.slots.active(), 0);
        assert_ne!(shared.slots.reserve(), shared.slots.reserve());
        let slot = shared.slots.slot(index).expect("a slot");
        assert!(slot.notify(READY), "nobody owns the empty place");
    });
}

#[test]
fn a_handler_is_not_blamed_for_the_one_before_it() {
    with_worker(&Service::new(&(), &ROUTES), |worker, address| {
        let before = worker.now;
        let _client = asked(worker, address, "/slow");
        assert!(worker.now.since(before) >= SLOW, "the next handler's time begins here");
    });
}

#[test]
fn a_new_connection_is_served_before_it_is_watched_and_read_when_it_is_readable() {
    with_worker(&Service::new(&(), &ROUTES), |worker, address| {
        let shared = worker.shared;
        let facts = || {
            let place = shared.slots.slot(0).expect("a slot").work();
            place.as_ref().map(|work| (work.connection.requests(), work.is_watched))
        };
        let mut client = TcpStream::connect(address).expect("the kernel accepts");
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("it takes this");
        worker.accept(0);
        assert_eq!(facts(), Some((0, !crate::poller::DRAINED_BY_SHORT)));
        worker.go_on(worker.now);
        worker.connection_event(0, None, READY | READABLE);
        assert_eq!(facts(), Some((1, true)));
        client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("it takes this");
        worker.connection_event(0, None, READY);
        assert_eq!(facts(), Some((1, true)), "it may be written to, which nobody waits for");
        worker.connection_event(0, None, READY | READABLE);
        assert_eq!(facts(), Some((2, true)));
    });
}

/// A turn has a bound, and whatever step comes to be its last may end the connection.
#[test]
fn a_connection_that_ends_with_its_turn_is_counted_once() {
    static CONNECTIONS: Connections = Connections::new();
    with_worker(&Service::new(&(), &ROUTES).with_connections(&CONNECTIONS), |worker, address| {
        let ends = ["", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET\r\n\r\n", "GET / HT"];
        let cases = ends.into_iter().flat_map(|end| (1..=70).map(move |requests| (requests, end)));
        for (number, (requests, end)) in cases.enumerate() {
            let mut client = TcpStream::connect(address).expect("the kernel accepts");
            let all = "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(requests) + end;
            client.write_all(all.as_bytes()).expect("it takes this");
            client.shutdown(std::net::Shutdown::Write).expect("a socket");
            worker.accept(0);
            // A portable poller would tell now.
            worker.connection_event(0, None, READY | READABLE | HANGUP);
            while !worker.unfinished.is_empty() {
                worker.go_on(worker.now);
            }
            assert_eq!(worker.shared.slots.active(), 0, "{requests} requests and {end:?}");
            assert_eq!(CONNECTIONS.closed(), number as u64 + 1, "{requests} requests and {end:?}");
        }
    });
}

/// The kernel tells that a socket can be written to when a third of its buffer is free. Whoever reads less than that
/// within the grace reads all the same.
#[test]
fn a_slow_reader_is_not_taken_for_one_that_has_stopped() {
    let grace = Limits::DEFAULT.transmit_rate.grace;
    with_worker(&Service::new(&(), &ROUTES), |worker, address| {
        let shared = worker.shared;
        let is_there = || shared.slots.slot(0).expect("a slot").work().is_some();
        let mut client = asked(worker, address, "/much");
        let passes = |worker: &mut Worker<'_, '_, (), NoStream>| {
            // What fits into the kernel's buffers has several turns.
            while !worker.unfinished.is_empty() {
                worker.go_on(shared.clock.now());
            }
            worker.now = worker.now.after(grace).after(Duration::from_secs(2));
            worker.timer(0);
        };
        for round in 0..5 {
            client.read_exact(&mut vec![0; 700_000]).expect("it has been sent");
            passes(worker);
            assert!(is_there(), "round {round}");
        }
        passes(worker);
        assert!(!is_there(), "nothing was read");
    });
}
