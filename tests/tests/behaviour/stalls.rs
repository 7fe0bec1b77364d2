//! A handler that keeps its worker is named to the operator, so that its route can be marked.

use core::fmt::Arguments;
use core::num::NonZeroUsize;
use core::time::Duration;
use std::sync::Mutex;
use std::time::Instant as Clock;

use bantam_core::prelude::*;
use bantam_tests::running::Running;
use bantam_tests::serves::HELLO;
use bantam_transport_std::Config;

static ROUTES: Router<(), 3> = Router::new([
    get("/users/:id", |(), _, response| response.text(HELLO)),
    get("/blocking", |(), _, response| response.text(HELLO)).blocking(),
    get("/slow", |(), _, response| {
        let began = Clock::now();
        while began.elapsed() < SLOW {
            std::thread::yield_now();
        }
        response.text(HELLO)
    }),
]);

const SLOW: Duration = Duration::from_millis(30);

fn config(stall: Duration, warn: fn(Arguments<'_>)) -> Config {
    Config { workers: NonZeroUsize::MIN, stall, warn, ..Config::default() }
}

fn get_request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}

#[test]
fn a_handler_that_keeps_its_worker_is_named_once_a_second() {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let config = config(Duration::ZERO, |message| TOLD.lock().expect("no panic").push(message.to_string()));
    let server = Running::start_with(Service::new(&(), &ROUTES), config);
    let began = Clock::now();
    let mut client = server.connect();
    for _ in 0..100 {
        assert_eq!(client.ask(&get_request("/users/7")).text(), HELLO);
    }
    let told = TOLD.lock().expect("no panic");
    assert!(told[0].starts_with("the handler of GET /users/:id kept a worker for "), "{told:?}");
    assert!(told.len() as u64 <= 1 + began.elapsed().as_secs(), "{told:?}");
}

#[test]
fn how_long_it_took_is_told() {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let config = config(SLOW, |message| TOLD.lock().expect("no panic").push(message.to_string()));
    let server = Running::start_with(Service::new(&(), &ROUTES), config);
    assert_eq!(server.connect().ask(&get_request("/slow")).text(), HELLO);
    let told = TOLD.lock().expect("no panic");
    let millis = told[0].strip_prefix("the handler of GET /slow kept a worker for ").expect("its name");
    let millis: u128 = millis.split(' ').next().expect("a number").parse().expect("a number");
    assert!(millis >= SLOW.as_millis(), "{told:?}");
}

#[test]
fn middleware_is_told_from_a_handler() {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let config = config(Duration::ZERO, |message| TOLD.lock().expect("no panic").push(message.to_string()));
    let server = Running::start_with(Service::new(&(), &ROUTES), config);
    assert_eq!(server.connect().ask(&get_request("/nothing")).status, 404);
    let told = TOLD.lock().expect("no panic");
    assert!(told[0].starts_with("middleware kept a worker for "), "{told:?}");
    assert!(told[0].ends_with(" ms over a GET request without a route"), "{told:?}");
}

#[test]
fn nobody_is_named_who_keeps_no_worker() {
    static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let warn = |message: Arguments<'_>| TOLD.lock().expect("no panic").push(message.to_string());
    let patient = Running::start_with(Service::new(&(), &ROUTES), config(Duration::MAX, warn));
    assert_eq!(patient.connect().ask(&get_request("/slow")).text(), HELLO);
    let strict = Running::start_with(Service::new(&(), &ROUTES), config(Duration::ZERO, warn));
    assert_eq!(strict.connect().ask(&get_request("/blocking")).text(), HELLO, "it keeps a thread of its own");
    assert!(TOLD.lock().expect("no panic").is_empty());
}
