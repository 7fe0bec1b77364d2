//! Clients that leave at any byte of what they send or of what they are sent, by a reset, by closing their side, by
//! closing altogether: the connection's place is free again, nobody else notices, and whoever still reads gets all.
//!
//! `BANTAM_CUT_RUNS=100` lets every client leave a hundred times at every byte, in place of once.

mod exchange;

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::io::{ErrorKind, Read as _};
use std::sync::LazyLock;
use std::time::Instant as Clock;
use std::{env, thread};

use bantam_core::handlers::files::Files;
use bantam_core::limits::Limits;
use bantam_core::middleware::metrics::Connections;
use bantam_core::prelude::{Middleware, Next, Request, Response, Sink};
use bantam_core::service::Service;
use bantam_demo::{App, ROUTES};
use bantam_tests::client::{Client, End, PATIENCE};
use bantam_tests::folder::Folder;
use bantam_tests::running::Running;
use bantam_tests::serves::HELLO;
use bantam_transport_std::Config;
use socket2::SockRef;

use self::exchange::{END, Exchange, LARGE, all};

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
const INCOMPLETE: &str = "HTTP/1.1 400 ";
const HOUR: Duration = Duration::from_secs(3_600);

static FOLDER: LazyLock<Folder> = LazyLock::new(|| {
    let folder = Folder::new();
    folder.write("top/large", (0..LARGE).map(|at| (at * at / 7) as u8).collect::<Vec<u8>>());
    folder
});

/// Lines for the operator, and answers that tell of a fault of ours.
static NOISE: AtomicU32 = AtomicU32::new(0);

struct Faults;

impl<A, S: Sink<A>> Middleware<A, S> for Faults {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        next.run(app, request, response);
    }

    fn complete(&self, _: &A, _: &Request<'_>, answer: &bantam_core::middleware::Answer) {
        NOISE.fetch_add(u32::from(answer.status.code() >= 500), Ordering::Relaxed);
    }
}

/// A server, a client that stays, and how many have left.
struct Place {
    server: Running,
    connections: &'static Connections,
    witness: Client,
    accepted: u64,
    /// How long each connection took to be free again.
    freed: Vec<Duration>,
}

impl Place {
    fn new() -> Self {
        static CHAIN: [&dyn Middleware<App, bantam_demo::Streams>; 1] = [&Faults];
        let files = Files::open(FOLDER.root()).expect("a folder").with_open_files(8, HOUR);
        let app: &'static App = Box::leak(Box::new(App::new().with_files(files)));
        let connections: &'static Connections = Box::leak(Box::new(Connections::new()));
        // Nobody is thrown out for being slow: a connection is free because its client has left.
        let limits = Limits { head: HOUR, idle: HOUR, linger: HOUR, ..Limits::DEFAULT };
        let service = Service::new(app, &ROUTES).with_limits(limits);
        let service = service.with_middleware(&CHAIN).with_connections(connections);
        let config = Config {
            receive_buffer: 1_024,
            stall: HOUR,
            warn: |message| {
                println!("a line for the operator: {message}");
                NOISE.fetch_add(1, Ordering::Relaxed);
            },
            ..Config::default()
        };
        let server = Running::start_with(service, config);
        let witness = server.connect();
        Self { server, connections, witness, accepted: 1, freed: Vec::new() }
    }

    fn connect(&mut self) -> Client {
        self.accepted += 1;
        self.server.connect()
    }

    /// Lets this client go, by a reset or not, and waits until its connection is free. Others are served before and after.
    fn leave(&mut self, client: Client, by_reset: bool, told: &dyn Fn() -> String) {
        if by_reset {
            SockRef::from(client.stream()).set_linger(Some(Duration::ZERO)).expect("an option");
        }
        let begun = Clock::now();
        drop(client);
        // By the server's own counts, without a request that might wake it.
        while (self.connections.accepted(), self.connections.closed()) != (self.accepted, self.accepted - 1) {
            assert!(begun.elapsed() < PATIENCE, "not free: {}: {:?}", told(), self.connections);
            thread::yield_now();
        }
        self.freed.push(begun.elapsed());
        assert_eq!(self.witness.ask(GET).text(), HELLO, "{}", told());
        assert_eq!(NOISE.load(Ordering::Relaxed), 0, "{}", told());
    }

    /// Says how it was, and ends it.
    fn end(mut self, what: &str) {
        self.freed.sort();
        let at = |share: usize| self.freed[(self.freed.len() - 1) * share / 1_000];
        let (count, p50, p99, p999, most) = (self.freed.len(), at(500), at(990), at(999), at(1_000));
        println!(
            "{count} {what}: free after {p50:?} (p50), {p99:?} (p99), {p999:?} (p99.9), {most:?} (most)"
        );
        self.server.shutdown().begin();
        assert_eq!(self.witness.end(), End::Closed(Vec::new()));
        self.server.join();
    }
}

/// The whole exchange: its answers' bytes, and what they tell.
fn whole(place: &mut Place, exchange: &Exchange) -> (Vec<u8>, Vec<u8>) {
    let mut client = place.connect();
    client.send(exchange.bytes());
    client.close_write();
    let End::Closed(bytes) = client.read_to_end() else { panic!("{}: reset", exchange.name) };
    place.leave(client, false, &|| exchange.name.to_owned());
    let told = exchange.told(&bytes);
    assert!(told.ends_with(END), "{}", exchange.name);
    assert_eq!(parts(&told), exchange.requests.len(), "{}", exchange.name);
    (bytes, told)
}

/// How many answers are whole.
fn parts(told: &[u8]) -> usize {
    told.windows(END.len()).filter(|window| *window == END).count()
}

/// Sends the first bytes of an exchange; the answers that had to come first are read, and told.
fn send(client: &mut Client, exchange: &Exchange, length: usize) {
    let bytes = exchange.bytes();
    let mut at = 0;
    for end in exchange.ends().into_iter().filter(|end| exchange.waits && *end < length) {
        client.send(&bytes[at..end]);
        assert_eq!(client.answer().status, 200, "{}", exchange.name);
        at = end;
    }
    // A refusal may come before all was sent.
    client.try_send(&bytes[at..length]);
}

/// Checks what has come to a client that has sent so many bytes and closed its side.
fn check_answers(exchange: &Exchange, sent: usize, told: &[u8], expected: &[u8], context: &str) {
    let ends = exchange.ends();
    let mut complete = ends.iter().filter(|end| **end <= sent).count();
    let is_between = sent == 0 || ends.contains(&sent) || ends.last().is_some_and(|last| *last < sent);
    let mut expected = expected;
    if exchange.waits {
        // Those before the last one that was sent were read when they came.
        let read = ends.iter().filter(|end| **end < sent).count();
        expected = &expected[behind(expected, read)..];
        complete -= read;
    }
    let begin = behind(expected, complete);
    assert!(told.starts_with(&expected[..begin]), "{context}: an answer is not whole");
    let rest = &told[begin..];
    let is_incomplete = rest.starts_with(INCOMPLETE.as_bytes()) && parts(rest) == 1 && rest.ends_with(END);
    match is_between {
        true => assert!(rest.is_empty(), "{context}: nobody asked for more"),
        // The answer had begun, or the request was refused: for its end, or for what it was before that.
        false => assert!(
            is_incomplete || (!rest.is_empty() && expected[begin..].starts_with(rest)),
            "{context}: {:?}",
            String::from_utf8_lossy(rest)
        ),
    }
}

/// The place behind so many answers.
fn behind(told: &[u8], answers: usize) -> usize {
    let ends = told.windows(END.len()).enumerate().filter(|(_, window)| *window == END);
    answers.checked_sub(1).map_or(0, |last| ends.map(|(at, _)| at + END.len()).nth(last).expect("so many"))
}

#[test]
fn requests_end_at_every_byte() {
    let mut place = Place::new();
    for _ in 0..runs() {
        for exchange in all() {
            let (_, expected) = whole(&mut place, &exchange);
            for sent in 0..=exchange.bytes().len() {
                let context = format!("{} after {sent} bytes", exchange.name);
                for by_reset in [true, false] {
                    let mut client = place.connect();
                    send(&mut client, &exchange, sent);
                    place.leave(client, by_reset, &|| format!("{context}, by a reset: {by_reset}"));
                }
                let mut client = place.connect();
                send(&mut client, &exchange, sent);
                client.close_write();
                let End::Closed(bytes) = client.read_to_end() else { panic!("{context}: reset") };
                check_answers(&exchange, sent, &exchange.told(&bytes), &expected, &context);
                place.leave(client, false, &|| format!("{context}, which has read all"));
            }
        }
    }
    place.end("clients left while they sent");
}

/// Where an answer of this length is cut: at every byte, a large one at those of its head and around where buffers end.
fn cuts(exchange: &Exchange, length: usize) -> Vec<usize> {
    if !exchange.is_large {
        return (0..=length).collect();
    }
    let edges = (9..).map(|power| 1 << power).take_while(|edge| *edge < length);
    (0..=400).chain(edges.flat_map(|edge| [edge - 1, edge, edge + 1])).chain([length - 1, length]).collect()
}

/// Reads so many bytes, fewer only when all has come.
fn read(client: &Client, exchange: &Exchange, length: usize, expected: &[u8]) -> Vec<u8> {
    let (mut bytes, mut space) = (Vec::new(), vec![0; 65_536]);
    while bytes.len() < length && exchange.told(&bytes) != expected {
        let most = space.len().min(length - bytes.len());
        match client.stream().read(&mut space[..most]) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&space[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("{}: {error} after {} bytes", exchange.name, bytes.len()),
        }
    }
    bytes
}

#[test]
fn answers_end_at_every_byte() {
    let mut place = Place::new();
    for _ in 0..runs() {
        for mut exchange in all() {
            exchange.waits = false;
            let (bytes, expected) = whole(&mut place, &exchange);
            for length in cuts(&exchange, bytes.len()) {
                for by_reset in [true, false] {
                    let context = || format!("{} cut at {length}, by a reset: {by_reset}", exchange.name);
                    let mut client = place.connect();
                    client.send(exchange.bytes());
                    let told = exchange.told(&read(&client, &exchange, length, &expected));
                    assert!(expected.starts_with(&told), "{}: a wrong byte", context());
                    place.leave(client, by_reset, &context);
                }
            }
        }
    }
    place.end("clients left while they were answered");
}

/// Who says `close` and closes owes nothing more: its place is not held for lingering, which takes an hour here.
#[test]
fn who_says_close_and_closes_is_gone_at_once() {
    const LAST: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    type Act = fn(&mut Client);
    let acts: [(&str, Act); 5] = [
        ("without reading", |_| ()),
        ("when the answer is there", |client| assert_eq!(client.answer().text(), HELLO)),
        ("when all is read", |client| {
            assert!(matches!(client.read_to_end(), End::Closed(bytes) if bytes.ends_with(HELLO.as_bytes())));
        }),
        ("its side first", Client::close_write),
        ("behind bytes that nobody asked for", |client| client.send("more")),
    ];
    let mut place = Place::new();
    for _ in 0..20 {
        for (name, act) in acts {
            for by_reset in [true, false] {
                let mut client = place.connect();
                client.send(LAST);
                act(&mut client);
                place.leave(client, by_reset, &|| format!("{name}, by a reset: {by_reset}"));
            }
        }
    }
    place.end("clients said close and closed");
}

/// How often every client leaves at each byte.
fn runs() -> usize {
    let Ok(text) = env::var("BANTAM_CUT_RUNS") else { return 1 };
    text.parse().unwrap_or_else(|_| panic!("BANTAM_CUT_RUNS is no number: {text:?}"))
}
