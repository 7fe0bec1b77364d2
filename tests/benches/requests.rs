//! Requests through the connection in memory, without a socket: what the protocol itself costs.
//!
//! ```sh
//! cargo bench -p bantam-tests --bench requests -- 20000
//! ```
//! serves that many requests of each kind. To count instructions, run the program that this builds under
//! `valgrind --tool=callgrind` twice, with two numbers, and divide the difference.

use std::sync::Mutex;

use bantam_core::connection::{Connection, Storage};
use bantam_core::message::date::Date;
use bantam_core::middleware::Middleware;
use bantam_core::middleware::access_log::{AccessLog, Format, Lines};
use bantam_core::middleware::metrics::Metrics;
use bantam_core::middleware::request_id::RequestIds;
use bantam_core::prelude::*;
use bantam_demo::{App, ROUTES, Streams};

/// What is asked, and how many requests of it stand in one delivery.
const KINDS: [(&str, &str, usize); 4] = [
    ("plaintext", "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", 1),
    ("plaintext, 16 pipelined", "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", 16),
    ("json", "GET /json HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", 1),
    ("parameter", "GET /users/42 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n", 1),
];

/// Lines that are written into memory and forgotten.
struct Forgotten(Mutex<String>);

impl Lines for Forgotten {
    fn add(&self, write: &mut dyn FnMut(&mut dyn core::fmt::Write) -> core::fmt::Result) {
        let mut line = self.0.lock().expect("no panic");
        line.clear();
        write(&mut *line).expect("it fits");
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let count: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let only = arguments.next();
    let app = App::new();
    let chain: [&dyn Middleware<App, Streams>; 1] = [&RequestIds];
    let with_chain = Service::new(&app, &ROUTES).with_middleware(&chain);
    let metrics = Metrics::<14>::new();
    let with_metrics: [&dyn Middleware<App, Streams>; 1] = [&metrics];
    let with_metrics = Service::new(&app, &ROUTES).with_middleware(&with_metrics);
    let lines = Forgotten(Mutex::new(String::with_capacity(1_024)));
    let common = AccessLog::new(Format::Common, &lines);
    let with_common: [&dyn Middleware<App, Streams>; 1] = [&common];
    let with_common = Service::new(&app, &ROUTES).with_middleware(&with_common);
    let json = AccessLog::new(Format::Json, &lines);
    let with_json: [&dyn Middleware<App, Streams>; 1] = [&json];
    let with_json = Service::new(&app, &ROUTES).with_middleware(&with_json);
    let with_all: [&dyn Middleware<App, Streams>; 3] = [&RequestIds, &json, &metrics];
    let with_all = Service::new(&app, &ROUTES).with_middleware(&with_all);
    let bare = Service::new(&app, &ROUTES);
    for (name, request, at_once) in KINDS {
        for (service, chain) in [
            (&bare, ""),
            (&with_chain, " with request ids"),
            (&with_metrics, " with metrics"),
            (&with_common, " with a common log"),
            (&with_json, " with a JSON log"),
            (&with_all, " with ids, a JSON log and metrics"),
        ] {
            let name = format!("{name}{chain}");
            if only.as_ref().is_none_or(|only| *only == name) {
                println!(
                    "{count} × {name}: {} bytes of answers",
                    serve(service, &request.repeat(at_once), count / at_once)
                );
            }
        }
    }
}

/// Delivers `requests` `count` times on one connection, and says how many bytes came back.
fn serve(service: &Service<'_, App, Streams>, requests: &str, count: usize) -> usize {
    let mut storage: Box<Storage<Streams, 32_768, 32_768, 100>> = Box::default();
    let date = Date::from_unix(1_795_392_000);
    let now = Instant::ZERO;
    let mut connection = Connection::new(0, None, now);
    let mut transmitted = 0;
    for _ in 0..count {
        let mut lent = connection.lend(service, storage.lend(), Some(date));
        lent.receive_space()[..requests.len()].copy_from_slice(requests.as_bytes());
        lent.handle_received(requests.len(), now);
        while let Some(wants) = lent.wants() {
            if wants.run {
                lent.run_handler(now, || now);
            } else if wants.transmit {
                let length = lent.poll_transmit().len();
                transmitted += length;
                lent.handle_transmitted(length, now);
            } else {
                break;
            }
        }
    }
    transmitted
}
