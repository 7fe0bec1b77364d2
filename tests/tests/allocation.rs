//! A request asks nothing of the heap once a server is warm: every route of the demo, in memory and over sockets, with
//! content of a megabyte, and with files of a folder.

// A counting allocator is an `unsafe impl`, which the rest of the workspace has no need of.
#![allow(unsafe_code)]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::alloc::System;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use bantam_core::handlers::files::Files;
use bantam_core::limits::{Limits, Rate};
use bantam_core::middleware::access_log::{AccessLog, Format, Lines};
use bantam_core::middleware::cors::Cors;
use bantam_core::middleware::rate_limit::{Quota, RateLimit, Table};
use bantam_core::middleware::request_id::RequestIds;
use bantam_core::middleware::security_fields::SecurityFields;
use bantam_core::prelude::*;
use bantam_demo::{App, METRICS, ROUTES, Streams};
use bantam_tests::folder::Folder;
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_transport_std::{Blocking, Config};

struct Counting;

static ALL_THREADS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static THIS_THREAD: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    ALL_THREADS.fetch_add(1, Ordering::Relaxed);
    // A thread that is ending has no counter any more, and none is asked of it.
    let _ = THIS_THREAD.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call is passed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the promises of `alloc`, which are the same there.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from the system's allocator, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as in `alloc`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as in `dealloc`, and the caller vouches for `size`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A request, and the status of its answer.
struct Asked {
    name: &'static str,
    request: Vec<u8>,
    status: &'static [u8],
    is_head: bool,
}

fn asked(name: &'static str, status: &'static str, request: String) -> Asked {
    let is_head = request.starts_with("HEAD ");
    Asked { name, request: request.into_bytes(), status: status.as_bytes(), is_head }
}

/// A field that the log reads.
const TRACED: &str = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";

fn get(path: &'static str, status: &'static str) -> Asked {
    asked(path, status, format!("GET {path} HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=2\r\n{TRACED}\r\n"))
}

/// A request for every route of the demo, for its refusals, and for content of every size.
fn requests() -> Vec<Asked> {
    let megabyte = "x".repeat(1_000_000);
    let chunks = format!("{:x}\r\n{}\r\n", 10_000, "x".repeat(10_000)).repeat(100);
    let sized = |length: usize| format!("Content-Length: {length}\r\n\r\n{}", &megabyte[..length]);
    let chunked = format!("Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    let post =
        |path: &str, rest: &str| format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: a/b\r\n{rest}");
    vec![
        get("/", "200"),
        get("/echo", "200"),
        get("/cookie", "200"),
        get("/plaintext", "200"),
        get("/json", "200"),
        get("/users/J%C3%B6rg", "200"),
        get("/api/time", "200"),
        get("/health", "200"),
        get("/health/live", "200"),
        get("/health/ready", "200"),
        get("/metrics", "200"),
        get("/nothing", "404"),
        get("/users/%FF", "400"),
        asked("HEAD /", "200", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        asked("304", "304", "GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n".into()),
        asked("OPTIONS", "204", "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        asked("405", "405", "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        asked("501", "501", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        asked("POST / of 5 bytes", "200", post("/", &sized(5))),
        asked("POST / of 20 KB", "200", post("/", &sized(20_000))),
        asked("POST / of 1 MB", "200", post("/", &sized(1_000_000))),
        asked("POST / of 1 MB in chunks", "200", post("/", &chunked)),
        asked("POST /echo of 1 MB", "200", post("/echo", &sized(1_000_000))),
        asked("a pipeline of 16", "200", "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n".into()),
    ]
}

/// A user with this address, as JSON.
fn user(method: &str, path: &str, email: &str) -> String {
    let content = format!("{{\"name\":\"\\u0041\",\"email\":\"{email}\"}}");
    let fields = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", content.len());
    format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{content}")
}

/// What is sent once, before all else, so that there is a user.
fn first() -> Asked {
    asked("POST /api/users", "201", user("POST", "/api/users", "a@b"))
}

/// Requests for what httpbin does, and for users.
fn described() -> Vec<Asked> {
    let send = |method: &str, path: &str, kind: &str, content: &str| {
        let fields = format!("Content-Type: {kind}\r\nContent-Length: {}\r\n", content.len());
        format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n{content}")
    };
    let form = "application/x-www-form-urlencoded";
    let conditional = "GET /etag/a HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"a\"\r\n\r\n";
    let ranged = "GET /range/26 HTTP/1.1\r\nHost: a\r\nIf-Range: \"range26\"\r\nRange: bytes=-5\r\n\r\n";
    let basic = "GET /basic-auth/a/b HTTP/1.1\r\nHost: a\r\nAuthorization: Basic YTpi\r\n\r\n";
    let bearer = "GET /bearer HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\n\r\n";
    let delete = "DELETE /api/users/2 HTTP/1.1\r\nHost: a\r\n\r\n";
    vec![
        get("/get?a=%20b&a=c&%ff", "200"),
        get("/anything/a%2Fb", "200"),
        get("/headers", "200"),
        get("/ip", "200"),
        get("/user-agent", "200"),
        get("/status/204", "204"),
        get("/status/418:2,418:1", "418"),
        get("/status/600", "400"),
        get("/redirect/2", "302"),
        get("/redirect-to?url=%2Fget", "302"),
        get("/redirect-to", "400"),
        get("/delay/0", "200"),
        get("/bytes/100000", "200"),
        get("/stream/20", "200"),
        get("/stream-bytes/20000?seed=1&chunk_size=1000", "200"),
        get("/drip?duration=0&numbytes=20000", "200"),
        get("/range/100000", "200"),
        get("/range/0", "404"),
        asked("a range of letters", "206", ranged.into()),
        get("/gzip", "200"),
        get("/etag/a", "200"),
        asked("304 of /etag", "304", conditional.into()),
        get("/cache", "200"),
        get("/cache/60", "200"),
        get("/response-headers?a=b%20&A=c", "200"),
        get("/response-headers?a=%0A", "400"),
        get("/cookies", "200"),
        get("/cookies/set?a=%62&c=d", "302"),
        get("/cookies/set/a/b", "302"),
        get("/cookies/delete?a", "302"),
        get("/basic-auth/a/b", "401"),
        asked("a password", "200", basic.into()),
        get("/bearer", "401"),
        asked("a token", "200", bearer.into()),
        asked("POST /post of a form", "200", send("POST", "/post", form, "a=1&b=%20&a=2")),
        asked("PUT /put of JSON", "200", send("PUT", "/put", "application/json", "{\"a\":[1,2]}")),
        asked("PATCH /patch of 20 KB", "200", send("PATCH", "/patch", "text/plain", &"\u{1}".repeat(20_000))),
        asked("DELETE /delete", "200", send("DELETE", "/delete", "text/plain", "")),
        get("/api/users", "200"),
        get("/api/users/1", "200"),
        get("/api/users/2", "404"),
        asked("the same user again", "409", user("POST", "/api/users", "a@b")),
        asked("PUT /api/users/1", "200", user("PUT", "/api/users/1", "a@b")),
        asked("PATCH /api/users/1", "200", user("PATCH", "/api/users/1", "a@b")),
        asked("DELETE /api/users/2", "404", delete.into()),
        asked("a user that is none", "400", send("POST", "/api/users", "application/json", "{\"name\":1}")),
    ]
}

/// Requests for the assets of a demo without a folder.
fn assets() -> Vec<Asked> {
    vec![
        get("/static", "301"),
        get("/static/", "200"),
        get("/static/hello.txt", "200"),
        get("/static/bantam.svg", "200"),
        asked(
            "a compressed asset",
            "200",
            "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br, gzip\r\n\r\n".into(),
        ),
        asked(
            "a range of a compressed asset",
            "206",
            "GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nRange: bytes=-100\r\n\r\n".into(),
        ),
        get("/static/nothing", "404"),
    ]
}

/// Requests for the files of a folder.
fn files() -> Vec<Asked> {
    vec![
        get("/static/small.txt", "200"),
        get("/static/large.bin", "200"),
        get("/static/folder/", "200"),
        get("/static/nothing", "404"),
        asked(
            "a range of a file",
            "206",
            "GET /static/large.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=1000-900000\r\n\r\n".into(),
        ),
        asked(
            "a small range of a file",
            "206",
            "GET /static/large.bin HTTP/1.1\r\nHost: a\r\nRange: bytes=-100\r\n\r\n".into(),
        ),
        asked(
            "a range that is not there",
            "416",
            "GET /static/small.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=100-\r\n\r\n".into(),
        ),
        asked(
            "a compressed file",
            "200",
            "GET /static/page.html HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br, gzip\r\n\r\n".into(),
        ),
        asked(
            "a range of a compressed file",
            "206",
            "GET /static/page.html HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nRange: bytes=1-20000\r\n\r\n"
                .into(),
        ),
        asked("HEAD of a file", "200", "HEAD /static/large.bin HTTP/1.1\r\nHost: a\r\n\r\n".into()),
        asked(
            "304 of a file",
            "304",
            "GET /static/large.bin HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\n\r\n".into(),
        ),
    ]
}

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("top/small.txt", "small");
    folder.write("top/large.bin", vec![b'x'; 1_000_000]);
    folder.write("top/page.html", "plain");
    folder.write("top/page.html.gz", vec![b'x'; 50_000]);
    folder.write("top/folder/index.html", "<!doctype html><title>index</title>");
    folder
}

/// A log whose lines are written and forgotten.
struct Forgotten;

impl Lines for Forgotten {
    fn add(&self, write: &mut dyn FnMut(&mut dyn core::fmt::Write) -> core::fmt::Result) {
        struct Nowhere;
        impl core::fmt::Write for Nowhere {
            fn write_str(&mut self, _: &str) -> core::fmt::Result {
                Ok(())
            }
        }
        write(&mut Nowhere).expect("it fits");
    }
}

static LOG: AccessLog<'_> =
    AccessLog::new(Format::Json, &Forgotten).with_field("via", |request, _, out| match request.trace() {
        Some(parent) => core::fmt::Write::write_fmt(out, format_args!("{}", parent.child(request.span_id()))),
        None => Ok(()),
    });
static SECURITY: SecurityFields<'_> = SecurityFields::USUAL;
static CORS: Cors<'_> = Cors::origins(&["https://a.example"]);
static CLIENTS: Table<4> = Table::new(Quota::per_second(1_000_000));
static LIMIT: RateLimit<'_> = RateLimit::new(&CLIENTS);
static CHAIN: [&dyn Middleware<App, Streams>; 6] = [&METRICS, &LOG, &RequestIds, &SECURITY, &CORS, &LIMIT];

const HOUR: Duration = Duration::from_secs(3_600);

fn service(app: App) -> Service<'static, App, Streams> {
    let app: &'static App = Box::leak(Box::new(app));
    // A place of the timers' wheel grows when it is first used, some times a minute and not once a request. Here all
    // deadlines lie so far ahead that none needs a place of its own.
    let rate = Rate { grace: HOUR, bytes_per_second: 0 };
    let limits = Limits {
        head: HOUR,
        source: HOUR,
        idle: HOUR,
        content_rate: rate,
        transmit_rate: rate,
        ..Limits::DEFAULT
    };
    Service::new(app, &ROUTES)
        .with_limits(limits)
        .with_middleware(&CHAIN)
        .with_connections(METRICS.connections())
}

/// The counters are of the whole process, so there is one test, and nothing beside it.
#[test]
fn no_request_allocates() {
    let folder = folder();
    let open =
        || App::new().with_files(Files::open(folder.root()).expect("a folder").with_precompressed(true));
    let without_folder: Vec<_> = requests().into_iter().chain(assets()).chain(described()).collect();
    in_memory(&service(App::new()), &without_folder);
    in_memory(&service(open()), &files());
    over_sockets(service(App::new()), &without_folder);
    over_sockets(service(open()), &files());
}

fn in_memory(service: &Service<'static, App, Streams>, requests: &[Asked]) {
    let mut server = Memory::<_, _>::new(service);
    server.step = 1_460;
    for (asked, rounds) in [(&first(), 1)].into_iter().chain(requests.iter().map(|asked| (asked, 10))) {
        let mut spent = 0;
        for round in 0..rounds {
            server.clear_output();
            let before = THIS_THREAD.get();
            let rest = server.deliver(&asked.request);
            spent = THIS_THREAD.get() - before;
            assert!(rest.is_empty() && !server.is_closed(), "{}, round {round}", asked.name);
            let head = &server.output()[..12];
            assert!(head.ends_with(asked.status), "{}: {:?}", asked.name, String::from_utf8_lossy(head));
        }
        assert_eq!(spent, 0, "{} allocates in memory", asked.name);
    }
}

const ROUNDS: u32 = 200;

fn over_sockets(service: Service<'static, App, Streams>, requests: &[Asked]) {
    // One worker, and one thread for blocking routes: a second of them may start, and allocate, at any time on a busy
    // machine.
    let blocking = Blocking { max: NonZeroUsize::MIN, ..Blocking::default() };
    let config = Config { workers: NonZeroUsize::MIN, blocking, ..Config::default() };
    let server = Running::start_with(service, config);
    let mut client = Client::connect(&server);
    // What the first messages allocate is kept for those that follow.
    let is_warm = (0..100).any(|_| {
        let before = ALL_THREADS.load(Ordering::Relaxed);
        for _ in 0..50 {
            client.ask(&requests[0].request, &requests[0], 1);
        }
        ALL_THREADS.load(Ordering::Relaxed) == before
    });
    assert!(is_warm, "the server does not stop to allocate");
    client.ask(&first().request, &first(), 1);
    for asked in requests {
        let (rounds, pipelined) = match asked.request.len() {
            0..100_000 if asked.name.starts_with("a pipeline") => (ROUNDS, 16),
            0..100_000 => (ROUNDS, 1),
            _ => (20, 1),
        };
        let batch = asked.request.repeat(pipelined);
        client.ask(&batch, asked, pipelined);
        let before = ALL_THREADS.load(Ordering::Relaxed);
        for _ in 0..rounds {
            client.ask(&batch, asked, pipelined);
        }
        let spent = ALL_THREADS.load(Ordering::Relaxed) - before;
        assert_eq!(spent, 0, "{} rounds of {} allocate over sockets", rounds, asked.name);
    }
}

/// A client that does not allocate either: it finds the end of an answer in a buffer of its own.
struct Client {
    stream: TcpStream,
    buffer: Box<[u8; 65_536]>,
    filled: usize,
}

impl Client {
    fn connect(server: &Running) -> Self {
        let stream = TcpStream::connect(server.address()).expect("the server accepts");
        stream.set_read_timeout(Some(bantam_tests::client::PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, buffer: Box::new([0; 65_536]), filled: 0 }
    }

    /// Sends a batch and reads its answers. Large requests are sent in turns with reading, because the server echoes
    /// them while they come.
    fn ask(&mut self, batch: &[u8], asked: &Asked, answers: usize) {
        let mut rest = batch;
        self.stream.set_nonblocking(true).expect("a mode");
        let mut reader = Reader { left: Left::Head, asked };
        let mut done = 0;
        loop {
            if !rest.is_empty() {
                match self.stream.write(rest) {
                    Ok(length) => rest = &rest[length..],
                    Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "{}", asked.name),
                }
            }
            if rest.is_empty() {
                self.stream.set_nonblocking(false).expect("a mode");
            }
            match self.stream.read(&mut self.buffer[self.filled..]) {
                Ok(length) => {
                    assert!(length > 0, "{}: the server closed", asked.name);
                    self.filled += length;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => assert!(
                    !rest.is_empty() && error.kind() == std::io::ErrorKind::WouldBlock,
                    "{}: {error}",
                    asked.name
                ),
            }
            let mut at = 0;
            while done < answers {
                let (used, is_whole) = reader.read(&self.buffer[at..self.filled]);
                at += used;
                done += usize::from(is_whole);
                if !is_whole {
                    break;
                }
            }
            self.buffer.copy_within(at..self.filled, 0);
            self.filled -= at;
            if done == answers && rest.is_empty() {
                assert_eq!(self.filled, 0, "{}: more than was asked for", asked.name);
                return;
            }
        }
    }
}

/// How much of an answer is missing.
enum Left {
    Head,
    Sized(usize),
    Chunked,
}

struct Reader<'a> {
    left: Left,
    asked: &'a Asked,
}

impl Reader<'_> {
    /// How many bytes were used, and whether an answer is whole.
    fn read(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut used = 0;
        if let Left::Head = self.left {
            let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
                return (0, false);
            };
            let head = &bytes[..end + 2];
            assert!(head[..12].ends_with(self.asked.status), "{}: another status", self.asked.name);
            used = end + 4;
            self.left = match value(head, b"\r\nContent-Length: ") {
                _ if self.asked.is_head || matches!(self.asked.status, b"304" | b"204") => Left::Sized(0),
                Some(length) => Left::Sized(length),
                None => Left::Chunked,
            };
        }
        match &mut self.left {
            Left::Sized(left) => {
                let taken = (*left).min(bytes.len() - used);
                *left -= taken;
                used += taken;
                let is_whole = *left == 0;
                if is_whole {
                    self.left = Left::Head;
                }
                (used, is_whole)
            }
            // The content has no line ends, so the last chunk stands where these bytes do.
            _ => match bytes[used..].ends_with(b"\r\n0\r\n\r\n") {
                true => {
                    self.left = Left::Head;
                    (bytes.len(), true)
                }
                // What could be the front of the last chunk is looked at again.
                false => (bytes.len().saturating_sub(6).max(used), false),
            },
        }
    }
}

/// The number behind `name` in a head.
fn value(head: &[u8], name: &[u8]) -> Option<usize> {
    let start = head.windows(name.len()).position(|window| window == name)? + name.len();
    let digits = head[start..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |value, digit| value * 10 + usize::from(digit - b'0')))
}
