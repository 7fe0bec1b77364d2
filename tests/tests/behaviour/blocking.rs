//! Handlers that wait, over sockets: nobody waits for them who has not asked for them. They are held and let go by the
//! tests, so that nothing here depends on how long anything takes.

use core::num::NonZeroUsize;
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex};
use std::thread;

use bantam_core::middleware::request_id::RequestIds;
use bantam_core::prelude::*;
use bantam_tests::client::{Client, End, PATIENCE};
use bantam_tests::running::Running;
use bantam_tests::serves::HELLO;
use bantam_transport_std::{Blocking, Config};

/// What handlers and tests share: handlers tell that they have begun, and wait until they are let go.
struct App {
    begun: Mutex<Sender<String>>,
    let_go: Mutex<u32>,
    changed: Condvar,
    /// Held by threads that have served `/mark`: it tells when one has ended.
    ended: Mutex<Sender<()>>,
}

impl App {
    /// Waits, and says on which thread.
    fn wait(&self) -> String {
        let name = format!("{} {:?}", thread::current().name().unwrap_or_default(), thread::current().id());
        self.begun.lock().expect("no panic").send(name.clone()).expect("the test listens");
        let may_go = self.let_go.lock().expect("no panic");
        let held = |may_go: &mut u32| *may_go == 0;
        let (mut may_go, waited) =
            self.changed.wait_timeout_while(may_go, 2 * PATIENCE, held).expect("no panic");
        assert!(!waited.timed_out(), "never let go");
        *may_go -= 1;
        name
    }

    fn let_go(&self, count: u32) {
        *self.let_go.lock().expect("no panic") += count;
        self.changed.notify_all();
    }
}

enum Streams {
    Letters(u64),
    Count(u64),
}

impl Source<App> for Streams {
    fn pull(&mut self, _: &App, pull: &mut Pull<'_>) -> Pulled {
        let Self::Letters(left) = self else { return Pulled::Failed };
        let length = pull.space().len().min(usize::try_from(*left).unwrap_or(usize::MAX));
        pull.space()[..length].fill(b'x');
        *left -= length as u64;
        if *left == 0 { Pulled::Last(length) } else { Pulled::Bytes(length) }
    }
}

impl Sink<App> for Streams {
    fn push(&mut self, _: &App, content: &[u8]) -> Result<(), Failure> {
        let Self::Count(count) = self else { return Err(Status::INTERNAL_SERVER_ERROR.into()) };
        *count += content.len() as u64;
        Ok(())
    }

    fn finish(self, app: &App, _: &Request<'_>, response: &mut Response<'_, Self>) -> Outcome {
        let Self::Count(count) = self else { return Err(Status::INTERNAL_SERVER_ERROR.into()) };
        app.wait();
        response.format("text/plain", format_args!("{count}"))
    }
}

fn hold(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    assert!(request.may_wait(), "it runs where it may wait");
    response.text(&app.wait())
}

/// Waits, and leaves something in its thread that tells when that has ended.
fn mark(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    struct Mark(Sender<()>);
    impl Drop for Mark {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    thread_local! {
        static MARK: core::cell::RefCell<Option<Mark>> = const { core::cell::RefCell::new(None) };
    }
    MARK.set(Some(Mark(app.ended.lock().expect("no panic").clone())));
    hold(app, request, response)
}

static ROUTES: Router<App, 6, Streams> = Router::new([
    get("/plaintext", |_, request, response| {
        assert!(!request.may_wait(), "a worker is not to wait");
        response.text(HELLO)
    }),
    get("/hold", hold).blocking(),
    post("/hold", hold).blocking(),
    get("/mark", mark).blocking(),
    get("/stream", |app: &App, _, response| {
        app.wait();
        response.stream("", None, Streams::Letters(1_000_000))
    })
    .blocking(),
    sink(Method::Post, "/count", |_, _| Ok(Streams::Count(0))).blocking(),
]);

struct Server {
    running: Running,
    app: &'static App,
    begun: Receiver<String>,
    ended: Receiver<()>,
}

impl Server {
    fn start(blocking: Blocking) -> Self {
        Self::start_with(Config { blocking, ..config() })
    }

    fn start_with(config: Config) -> Self {
        static CHAIN: [&dyn Middleware<App, Streams>; 1] = [&RequestIds];
        let (begun, has_begun) = channel();
        let (ended, has_ended) = channel();
        let app: &'static App = Box::leak(Box::new(App {
            begun: Mutex::new(begun),
            let_go: Mutex::new(0),
            changed: Condvar::new(),
            ended: Mutex::new(ended),
        }));
        let service = Service::new(app, &ROUTES).with_middleware(&CHAIN);
        let running = Running::start_with(service, config);
        Self { running, app, begun: has_begun, ended: has_ended }
    }

    fn connect(&self) -> Client {
        self.running.connect()
    }

    /// Waits until so many handlers have begun since the last call, and says where.
    fn wait_for(&self, count: usize) -> BTreeSet<String> {
        (0..count).map(|_| self.begun.recv_timeout(PATIENCE).expect("a handler that begins")).collect()
    }

    /// A connection on which a handler has begun to wait.
    fn held(&self) -> Client {
        let mut client = self.connect();
        client.send(HOLD);
        self.wait_for(1);
        client
    }
}

/// One worker, so that a handler which kept it would keep all.
fn config() -> Config {
    Config { workers: NonZeroUsize::MIN, ..Config::default() }
}

/// From one thread to `max`, `waiting` requests more, and nobody who retires.
fn threads(max: usize, waiting: usize) -> Blocking {
    let max = NonZeroUsize::new(max).expect("one at least");
    Blocking { max, waiting, idle: Duration::from_secs(3_600), ..Blocking::default() }
}

const PLAIN: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
const HOLD: &str = "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn others_are_answered_while_as_many_handlers_wait_as_there_are_threads() {
    let server = Server::start(threads(4, 0));
    let mut old = server.connect();
    assert_eq!(old.ask(PLAIN).text(), HELLO);
    let mut waiting: Vec<_> = (0..4).map(|_| server.connect()).collect();
    for client in &mut waiting {
        client.send(HOLD);
    }
    let threads = server.wait_for(4);
    assert_eq!(threads.len(), 4, "each has a thread of its own: {threads:?}");
    assert!(threads.iter().all(|name| name.starts_with("bantam-blocking ")), "{threads:?}");
    for _ in 0..100 {
        assert_eq!(old.ask(PLAIN).text(), HELLO);
    }
    assert_eq!(server.connect().ask(PLAIN).text(), HELLO, "a newcomer");
    server.app.let_go(4);
    let answered: BTreeSet<_> = waiting.iter_mut().map(|client| client.answer().text().to_owned()).collect();
    assert_eq!(answered, threads);
    for client in &mut waiting {
        assert_eq!(client.ask(PLAIN).text(), HELLO, "the connection persists");
    }
}

#[test]
fn past_the_bound_the_answer_is_503_at_once_and_those_that_wait_get_their_turn() {
    let server = Server::start(threads(1, 2));
    let mut first = server.held();
    let mut waiting = [server.connect(), server.connect()];
    let mut late = server.connect();
    for client in waiting.iter_mut().chain([&mut late]) {
        assert_eq!(client.ask(PLAIN).text(), HELLO, "accepted, and nothing is left to be told of it");
    }
    for client in &mut waiting {
        client.send(HOLD);
        // There is one worker, and what came before a newcomer is looked at before it.
        assert_eq!(server.connect().ask(PLAIN).text(), HELLO);
    }
    for _ in 0..3 {
        let answer = late.ask(HOLD);
        assert_eq!((answer.status, answer.field("Retry-After")), (503, Some("1")), "{answer:?}");
        assert!(answer.field("X-Request-ID").is_some() && !answer.says_close(), "{answer:?}");
        assert_eq!(late.ask(PLAIN).text(), HELLO, "the connection persists");
    }
    server.app.let_go(1);
    assert_eq!(first.answer().status, 200);
    server.wait_for(1);
    assert_eq!(late.ask(PLAIN).text(), HELLO);
    late.send(HOLD);
    server.app.let_go(3);
    server.wait_for(2);
    for client in waiting.iter_mut().chain([&mut late]) {
        assert_eq!(client.answer().status, 200, "one that waited");
    }
}

#[test]
fn answers_keep_the_order_of_their_requests() {
    let server = Server::start(threads(2, 0));
    let mut client = server.connect();
    client.send([PLAIN, HOLD, PLAIN, HOLD, PLAIN].concat());
    assert_eq!(client.answer().text(), HELLO, "what was asked before does not wait");
    for _ in 0..2 {
        let thread = server.wait_for(1);
        client.stream().set_nonblocking(true).expect("a mode");
        assert!(client.stream().peek(&mut [0]).is_err(), "nothing overtakes it");
        client.stream().set_nonblocking(false).expect("a mode");
        server.app.let_go(1);
        assert_eq!(thread.first().map(String::as_str), Some(client.answer().text()));
        assert_eq!(client.answer().text(), HELLO);
    }
    client.send(HOLD.replace("Host: a", "Host: a\r\nConnection: close"));
    server.app.let_go(1);
    assert!(client.answer().says_close());
    assert_eq!(client.end(), End::Closed(Vec::new()));
}

#[test]
fn every_kind_of_request_and_answer_passes_through_a_thread() {
    let server = Server::start(threads(1, 0));
    let mut client = server.connect();
    server.app.let_go(5);
    let answer = client.ask(&HOLD.replace("GET", "HEAD"));
    assert!(answer.status == 200 && answer.content.is_empty(), "{answer:?}");
    assert!(answer.field("Content-Length").is_some_and(|length| length != "0"), "{answer:?}");
    let answer =
        client.ask("POST /hold HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n");
    assert_eq!(answer.status, 200);
    let answer = client.ask("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(answer.content, vec![b'x'; 1_000_000]);
    let answer = client.ask("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    assert_eq!(answer.text(), "5");
    client.send("GET /hold HTTP/1.0\r\n\r\n");
    client.close_write();
    assert_eq!(client.answer().status, 200, "a peer that has closed its side is answered");
    assert_eq!(client.end(), End::Closed(Vec::new()));
}

#[test]
fn a_client_that_has_gone_is_not_waited_for_longer_than_its_handler() {
    let server = Server::start_with(Config { connections: 1, blocking: threads(1, 0), ..config() });
    for _ in 0..20 {
        drop(server.held());
        let mut next = server.connect();
        next.send(PLAIN);
        server.app.let_go(1);
        assert_eq!(next.answer().text(), HELLO, "the one place is free");
    }
}

#[test]
fn idle_threads_end_but_for_the_least() {
    let blocking = Blocking { idle: Duration::from_millis(10), ..threads(4, 0) };
    let server = Server::start(blocking);
    let mut clients: Vec<_> = (0..4).map(|_| server.connect()).collect();
    for _ in 0..3 {
        for client in &mut clients {
            client.send("GET /mark HTTP/1.1\r\nHost: a\r\n\r\n");
        }
        let threads = server.wait_for(4);
        assert_eq!(threads.len(), 4, "they grow again");
        server.app.let_go(4);
        for client in &mut clients {
            assert_eq!(client.answer().status, 200);
        }
        for _ in 0..3 {
            server.ended.recv_timeout(PATIENCE).expect("a thread that ends");
        }
        server.app.let_go(1);
        let name = clients[0].ask(HOLD).text().to_owned();
        server.wait_for(1);
        assert!(threads.contains(&name), "one has stayed");
    }
    drop(clients);
    server.running.shutdown().begin();
    server.running.join();
    server.ended.recv_timeout(PATIENCE).expect("the last ends with the server");
}

#[test]
fn a_drain_waits_for_handlers_that_wait_and_for_those_behind_them() {
    let server = Server::start(threads(1, 1));
    let mut first = server.held();
    let mut idle = server.connect();
    assert_eq!(idle.ask(PLAIN).text(), HELLO);
    let mut second = server.connect();
    second.send(HOLD);
    assert_eq!(idle.ask(PLAIN).text(), HELLO);
    server.running.shutdown().begin();
    assert_eq!(idle.read_to_end(), End::Closed(Vec::new()), "the drain has come");
    server.app.let_go(2);
    for client in [&mut first, &mut second] {
        let answer = client.answer();
        assert!(answer.status == 200 && answer.says_close(), "{answer:?}");
        assert_eq!(client.read_to_end(), End::Closed(Vec::new()));
    }
    drop((first, second, idle));
    server.running.join();
}

#[test]
fn the_end_waits_for_nothing_but_the_handler_itself() {
    let server = Server::start(threads(1, 1));
    let first = server.held();
    let mut second = server.connect();
    second.send(HOLD);
    let mut witness = server.connect();
    assert_eq!(witness.ask(PLAIN).text(), HELLO);
    server.running.shutdown().end();
    server.app.let_go(1);
    server.running.join();
    let (End::Closed(bytes) | End::Reset(bytes)) = second.end();
    assert_eq!(bytes, b"", "nothing is begun any more");
    drop(first);
}

#[test]
fn a_server_without_such_routes_starts_no_thread() {
    static PLAIN_ROUTES: Router<(), 1> =
        Router::new([get("/plaintext", |(), _, response| response.text(HELLO))]);
    // So many could not be started.
    let blocking = Blocking { min: NonZeroUsize::MAX, ..Blocking::default() };
    let server = Running::start_with(Service::new(&(), &PLAIN_ROUTES), Config { blocking, ..config() });
    assert_eq!(server.connect().ask(PLAIN).text(), HELLO);
}
