//! The response cache, by the sections of RFC 9111.

mod chain;
mod stored;
mod used;
mod waiting;

use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, mpsc};

use bantam_core::middleware::cache::{Cache, Cached};
use bantam_core::middleware::compress::Compressed;
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::memory::Memory;

/// Counts what its handlers are asked.
#[derive(Default)]
struct App {
    asked: AtomicU32,
    gate: Option<Gate>,
}

/// Where the handler of `/gate` tells that it has begun, and waits until it may end.
struct Gate {
    begun: Mutex<mpsc::Sender<()>>,
    go: Mutex<mpsc::Receiver<()>>,
}

#[derive(Debug)]
enum Streams {
    /// So many letters in pieces of at most this many.
    Letters {
        left: u64,
        piece: usize,
        fails: bool,
    },
    Cached(Cached<Streams>),
    Compressed(Compressed<Streams>),
}

impl From<Cached<Streams>> for Streams {
    fn from(cached: Cached<Streams>) -> Self {
        Self::Cached(cached)
    }
}

impl From<Compressed<Streams>> for Streams {
    fn from(compressed: Compressed<Streams>) -> Self {
        Self::Compressed(compressed)
    }
}

impl Source<App> for Streams {
    fn pull(&mut self, app: &App, pull: &mut Pull<'_>) -> Pulled {
        match self {
            Self::Letters { left, piece, fails } => {
                let length = pull.space().len().min(*piece).min(*left as usize);
                pull.space()[..length].fill(b'x');
                *left -= length as u64;
                match (*left, *fails) {
                    (0, true) => Pulled::Failed,
                    (0, false) => Pulled::Last(length),
                    _ => Pulled::Bytes(length),
                }
            }
            Self::Cached(cached) => cached.pull(app, pull),
            Self::Compressed(compressed) => compressed.pull(app, pull),
        }
    }

    fn reads_content(&self) -> bool {
        false
    }
}

impl Sink<App> for Streams {}

/// Counts a request, and holds it until the gate opens. How many there were before.
fn wait_at_gate(app: &App) -> u32 {
    let number = app.asked.fetch_add(1, Ordering::Relaxed);
    let gate = app.gate.as_ref().expect("a gate");
    gate.begun.lock().unwrap().send(()).expect("somebody listens");
    gate.go.lock().unwrap().recv().expect("somebody says go");
    number
}

static ROUTES: Router<App, 7, Streams> = Router::new([
    any("/answer", answer),
    get("/answer/:name", answer),
    get("/stream/:length", |app, request, response| stream(app, request, response, false)),
    get("/sized/:length", |app, request, response| stream(app, request, response, true)),
    get("/panic", |app, _, _| {
        app.asked.fetch_add(1, Ordering::Relaxed);
        panic!("{}", bantam_tests::app::ON_PURPOSE)
    }),
    get("/gate", |app, _, response| {
        let number = wait_at_gate(app);
        response.cache(60).format("text/plain", format_args!("{number}"))
    }),
    get("/private-gate", |app, _, response| {
        let number = wait_at_gate(app);
        response.no_store().format("text/plain", format_args!("{number}"))
    }),
]);

fn stream(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>, is_sized: bool) -> Outcome {
    app.asked.fetch_add(1, Ordering::Relaxed);
    let left = request.param("length")?;
    let fails = request.query_value("fails").is_some();
    let piece = request.query_number("piece")?.map_or(usize::MAX, |piece| piece as usize);
    response.cache(60);
    response.stream("text/plain", is_sized.then_some(left), Streams::Letters { left, piece, fails })
}

/// What the query asks for: `status`, `length`, fields as `f=Name:value`, and a `fail`ure. The content tells how often a
/// handler was asked before.
fn answer(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let number = app.asked.fetch_add(1, Ordering::Relaxed);
    for (name, value) in request.query_pairs() {
        let mut space = [0; 200];
        if name.bytes().eq(*b"f") {
            let field = value.to_str_in(&mut space).expect("it fits");
            let (name, value) = field.split_once(':').expect("a field");
            response.field(name, value);
        }
    }
    // What a handler does that knows its validators.
    let is_known =
        request.field("If-None-Match").is_some_and(|tags| response.field_value("ETag") == Some(tags));
    if is_known {
        return response.status(Status::NOT_MODIFIED).empty();
    }
    if request.query_value("fail").is_some() {
        return Err(Status::CONFLICT.into());
    }
    let status = request.query_number("status")?.unwrap_or(200);
    let status = Status::new(status as u16).expect("a status");
    if status == Status::NO_CONTENT {
        return response.no_content();
    }
    response.status(status).format("text/plain", format_args!("{number}"))
}

/// Runs a script on one connection of a server with a cache of its own.
fn with_cache(cache: Cache, check: impl FnOnce(&mut Memory<'_, App, Streams>, &Cache)) {
    let app = App::default();
    let chain: [&dyn Middleware<App, Streams>; 1] = [&cache];
    let service = Service::new(&app, &ROUTES).with_middleware(&chain);
    check(&mut Memory::<_, _>::new(&service), &cache);
}

fn cache() -> Cache {
    Cache::new(1 << 20, 1_000).with_status("c")
}

fn ask(server: &mut Memory<'_, App, Streams>, line: &str, fields: &str) -> Answer {
    if server.is_closed() {
        server.reconnect();
    }
    server.clear_output();
    let host = if fields.contains("Host:") { "" } else { "Host: a\r\n" };
    server.deliver(format!("{line} HTTP/1.1\r\n{host}{fields}\r\n").as_bytes());
    let method = line.split(' ').next().expect("a method");
    let mut answers = answer::all(server.output(), &[method]);
    assert_eq!(answers.len(), 1, "{line}: {answers:?}");
    answers.remove(0)
}

fn get_of(server: &mut Memory<'_, App, Streams>, query: &str, fields: &str) -> Answer {
    ask(server, &format!("GET /answer?{query}"), fields)
}

const FRESH: &str = "f=Cache-Control:max-age=60";
