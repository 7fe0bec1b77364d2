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

static ROUTES: Router<(), 2> = Router::new([get("/", hello), get("/slow", slow)]);

#[test]
fn an_event_for_an_empty_place_does_not_release_it_again() {
    let service = Service::new(&(), &ROUTES);
    let config = Config { connections: 2, ..Config::default() };
    let listener = Listener::bind("127.0.0.1:0").expect("a free port");
    let (poller, waker) = Poller::new().expect("a poller");
    let shared = Shared::new(vec![listener], poller, Shutdown::new(waker, config.drain), &config, &service)
        .expect("a server");
    let mut worker = Worker {
        shared: &shared,
        spare: None,
        unfinished: VecDeque::new(),
        accepts_at_once: AT_FIRST,
        wall: WallClock::new(),
        now: shared.clock.now(),
        has_passed_on: false,
    };
    let index = shared.slots.reserve().expect("a place");
    shared.slots.release(index);
    worker.connection_event(index, None, READY);
    worker.connection_event(index, Some(0), READY | HANGUP);
    assert_eq!(shared.slots.active(), 0);
    assert_ne!(shared.slots.reserve(), shared.slots.reserve());
    let slot = shared.slots.slot(index).expect("a slot");
    assert!(slot.notify(READY), "nobody owns the empty place");
}

#[test]
fn a_handler_is_not_blamed_for_the_one_before_it() {
    use std::io::Write as _;
    let service = Service::new(&(), &ROUTES);
    let config = Config::default();
    let listener = Listener::bind("127.0.0.1:0").expect("a free port");
    let Endpoint::Tcp(address) = *listener.endpoint() else { panic!("no address") };
    let (poller, waker) = Poller::new().expect("a poller");
    let shared = Shared::new(vec![listener], poller, Shutdown::new(waker, config.drain), &config, &service)
        .expect("a server");
    let mut worker = Worker {
        shared: &shared,
        spare: None,
        unfinished: VecDeque::new(),
        accepts_at_once: AT_FIRST,
        wall: WallClock::new(),
        now: shared.clock.now(),
        has_passed_on: false,
    };
    let mut client = std::net::TcpStream::connect(address).expect("the kernel accepts");
    client.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").expect("it takes this");
    worker.accept(0);
    let before = worker.now;
    worker.go_on(before);
    worker.connection_event(0, None, READY | READABLE); // a portable poller would tell now
    assert!(worker.now.since(before) >= SLOW, "the next handler's time begins here");
}

#[test]
fn a_new_connection_is_served_before_it_is_watched_and_read_when_it_is_readable() {
    use std::io::Write as _;
    let service = Service::new(&(), &ROUTES);
    let config = Config::default();
    let listener = Listener::bind("127.0.0.1:0").expect("a free port");
    let Endpoint::Tcp(address) = *listener.endpoint() else { panic!("no address") };
    let (poller, waker) = Poller::new().expect("a poller");
    let shared = Shared::new(vec![listener], poller, Shutdown::new(waker, config.drain), &config, &service)
        .expect("a server");
    let mut worker = Worker {
        shared: &shared,
        spare: None,
        unfinished: VecDeque::new(),
        accepts_at_once: AT_FIRST,
        wall: WallClock::new(),
        now: shared.clock.now(),
        has_passed_on: false,
    };
    let facts = || {
        let place = shared.slots.slot(0).expect("a slot").work();
        place.as_ref().map(|work| (work.connection.requests(), work.is_watched))
    };
    let mut client = std::net::TcpStream::connect(address).expect("the kernel accepts");
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
}
