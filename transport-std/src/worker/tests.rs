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
        wall: WallClock::new(),
        now: shared.clock.now(),
        has_passed_on: false,
    };
    let index = shared.slots.reserve().expect("a place");
    shared.slots.release(index);
    worker.connection_event(index, None, false);
    worker.connection_event(index, Some(0), true);
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
        wall: WallClock::new(),
        now: shared.clock.now(),
        has_passed_on: false,
    };
    let mut client = std::net::TcpStream::connect(address).expect("the kernel accepts");
    client.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").expect("it takes this");
    worker.accept(0);
    let before = worker.now;
    worker.connection_event(0, None, false);
    assert!(worker.now.since(before) >= SLOW, "the next handler's time begins here");
}
