//! Who waits for an answer that another has asked for.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::sync::{Barrier, Mutex, mpsc};
use std::thread;

use bantam_core::middleware::cache::Cache;
use bantam_core::prelude::*;
use bantam_tests::memory::Memory;

use super::{App, Gate, ROUTES, Streams, ask, cache, wait_at_gate};

/// An application with a gate, its ends, and a service of it that lives as long as the program.
fn gated(
    cache: Cache,
) -> (&'static App, mpsc::Receiver<()>, mpsc::Sender<()>, &'static Service<'static, App, Streams>) {
    let ((begun, has_begun), (go, may_go)) = (mpsc::channel(), mpsc::channel());
    let gate = Gate { begun: Mutex::new(begun), go: Mutex::new(may_go) };
    let app: &'static App = Box::leak(Box::new(App { asked: AtomicU32::new(0), gate: Some(gate) }));
    let cache: &'static Cache = Box::leak(Box::new(cache));
    let chain: &'static [&'static dyn Middleware<App, Streams>] = Box::leak(Box::new([cache as _]));
    (app, has_begun, go, Box::leak(Box::new(Service::new(app, &ROUTES).with_middleware(chain))))
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn one_fills_while_others_wait() {
    let (app, has_begun, go, service) = gated(cache().with_wait(LONG));
    let all_there = Barrier::new(8);
    thread::scope(|scope| {
        let askers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut server = Memory::<_, _>::new(service);
                    all_there.wait();
                    ask(&mut server, "GET /gate", "").text().to_owned()
                })
            })
            .collect();
        has_begun.recv().expect("one begins");
        go.send(()).expect("it waits");
        for asker in askers {
            assert_eq!(asker.join().expect("an answer"), "0");
        }
    });
    assert_eq!(app.asked.load(Ordering::Relaxed), 1, "the handler was asked once");
}

#[test]
fn who_has_waited_long_enough_asks_itself() {
    let (app, has_begun, go, service) = gated(cache().with_wait(Duration::from_millis(1)));
    thread::scope(|scope| {
        let first = scope.spawn(|| ask(&mut Memory::<_, _>::new(service), "GET /gate", "").text().to_owned());
        has_begun.recv().expect("the first begins");
        let second =
            scope.spawn(|| ask(&mut Memory::<_, _>::new(service), "GET /gate", "").text().to_owned());
        has_begun.recv().expect("the second does too, while the first is at it");
        go.send(()).and(go.send(())).expect("they wait");
        assert_eq!(first.join().expect("an answer"), "0");
        assert_eq!(second.join().expect("an answer"), "1");
    });
    assert_eq!(app.asked.load(Ordering::Relaxed), 2);
}

#[test]
fn stale_answers_are_given_while_one_fills() {
    let (app, has_begun, go, service) = gated(cache().with_wait(LONG));
    static WINDOW: Router<App, 1, Streams> = Router::new([get("/gate", |app, _, response| {
        let number = app.asked.fetch_add(1, Ordering::Relaxed);
        let gate = app.gate.as_ref().expect("a gate");
        gate.begun.lock().unwrap().send(()).expect("somebody listens");
        gate.go.lock().unwrap().recv().expect("somebody says go");
        let response = response.field("Cache-Control", "max-age=10, stale-while-revalidate=20");
        response.format("text/plain", format_args!("{number}"))
    })]);
    let _ = service;
    let cache: &'static Cache = Box::leak(Box::new(cache().with_wait(LONG)));
    let chain: [&dyn Middleware<App, Streams>; 1] = [cache];
    let service = Service::new(app, &WINDOW).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    go.send(()).expect("it waits");
    assert_eq!(ask(&mut server, "GET /gate", "").text(), "0");
    has_begun.recv().expect("it has begun");
    server.pass(Duration::from_secs(11));
    let mut late = Memory::<_, _>::new(&service);
    late.pass(Duration::from_secs(11));
    let mut too_late = Memory::<_, _>::new(&service);
    too_late.pass(Duration::from_secs(31));
    thread::scope(|scope| {
        let filler = scope.spawn(move || ask(&mut server, "GET /gate", "").text().to_owned());
        has_begun.recv().expect("the filler begins");
        for _ in 0..3 {
            let stale = ask(&mut late, "GET /gate", "");
            assert_eq!((stale.text(), stale.field("Age")), ("0", Some("11")), "at once");
        }
        go.send(()).expect("it waits");
        assert_eq!(filler.join().expect("an answer"), "1");
    });
    assert_eq!(ask(&mut late, "GET /gate", "").text(), "1");
    go.send(()).expect("it waits");
    assert_eq!(ask(&mut too_late, "GET /gate", "").text(), "2", "the first who finds it stale makes another");
    assert_eq!(app.asked.load(Ordering::Relaxed), 3);
}

#[test]
fn what_was_not_stored_is_not_waited_for() {
    let (app, has_begun, go, service) = gated(cache().with_wait(LONG));
    go.send(()).expect("it waits");
    assert_eq!(ask(&mut Memory::<_, _>::new(service), "GET /private-gate", "").text(), "0");
    has_begun.recv().expect("it has begun");
    thread::scope(|scope| {
        let askers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| ask(&mut Memory::<_, _>::new(service), "GET /private-gate", "").status))
            .collect();
        // All at the same time: none waits for another.
        (0..4).for_each(|_| has_begun.recv().expect("it begins"));
        (0..4).for_each(|_| go.send(()).expect("it waits"));
        askers.into_iter().for_each(|asker| assert_eq!(asker.join().expect("an answer"), 200));
    });
    assert_eq!(app.asked.load(Ordering::Relaxed), 5);
}

#[test]
fn a_change_while_it_is_made_outdates_an_answer() {
    static CHANGED: Router<App, 2, Streams> = Router::new([
        get("/gate", |app, _, response| {
            let number = wait_at_gate(app);
            response.cache(60).format("text/plain", format_args!("{number}"))
        }),
        put("/gate", |_, _, response| response.no_content()),
    ]);
    let (app, has_begun, go, _) = gated(cache());
    let cache: &'static Cache = Box::leak(Box::new(cache()));
    let chain: [&dyn Middleware<App, Streams>; 1] = [cache];
    let service = Service::new(app, &CHANGED).with_middleware(&chain);
    thread::scope(|scope| {
        let filler =
            scope.spawn(|| ask(&mut Memory::<_, _>::new(&service), "GET /gate", "").text().to_owned());
        has_begun.recv().expect("it begins");
        assert_eq!(ask(&mut Memory::<_, _>::new(&service), "PUT /gate", "Content-Length: 0\r\n").status, 204);
        go.send(()).expect("it waits");
        assert_eq!(filler.join().expect("an answer"), "0");
    });
    assert_eq!(cache.sizes().0, 0, "it may be from before the change");
}

#[test]
fn a_handler_that_panics_lets_the_next_one_fill() {
    let app = App::default();
    let cache = cache().with_wait(LONG);
    let chain: [&dyn Middleware<App, Streams>; 1] = [&cache];
    let service = Service::new(&app, &ROUTES).with_middleware(&chain);
    for number in 1..=2 {
        let panicked = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            Memory::<_, _>::new(&service).deliver(b"GET /panic HTTP/1.1\r\nHost: a\r\n\r\n");
        }));
        assert!(panicked.is_err());
        assert_eq!(app.asked.load(Ordering::Relaxed), number, "nobody waits for the one that is gone");
    }
}
