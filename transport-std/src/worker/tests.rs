use bantam_core::prelude::*;

use super::*;

fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.text("hello")
}

static ROUTES: Router<(), 1> = Router::new([get("/", hello)]);

#[test]
fn an_event_for_an_empty_place_does_not_release_it_again() {
    let service = Service::new(&(), &ROUTES);
    let config = Config { connections: 2, ..Config::default() };
    let listener = Listener::bind("127.0.0.1:0").expect("a free port");
    let (poller, waker) = Poller::new().expect("a poller");
    let shared = Shared::new(listener, poller, Shutdown::new(waker, config.drain), &config, &service)
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
