//! Call by call: whatever the system refuses, every answer is whole or cut, none is wrong, no slot is lost, and the next
//! client is served.

use core::net::SocketAddr;
use core::time::Duration;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use bantam_core::handlers::files::{FileStream, Files};
use bantam_core::prelude::*;
use rustix::io::Errno;

use super::Call;
use super::plan::Plan;
use crate::listener::{Endpoint, Listener};
use crate::poller::{DRAINED_BY_SHORT, Poller};
use crate::shutdown::Shutdown;
use crate::worker::Shared;
use crate::{Config, Server, file};

/// Longer than anything here takes: a client that waits so long has been forgotten.
const PATIENCE: Duration = Duration::from_secs(10);

/// The bytes of the file, more than one call sends.
const LENGTH: usize = 3 << 20;

fn hello(_: &Files, _: &Request<'_>, response: &mut Response<'_, FileStream>) -> Outcome {
    response.text("hello")
}

fn echo(_: &Files, request: &Request<'_>, response: &mut Response<'_, FileStream>) -> Outcome {
    match request.content() {
        Content::Whole(bytes) => response.bytes("application/octet-stream", bytes),
        _ => response.empty(),
    }
}

fn file(files: &Files, request: &Request<'_>, response: &mut Response<'_, FileStream>) -> Outcome {
    files.serve("file", request, response)
}

fn plain(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.text("hello")
}

static HELLO: Router<(), 1> = Router::new([get("/", plain)]);
static ROUTES: Router<Files, 3, FileStream> =
    Router::new([get("/", hello), post("/echo", echo), get("/file", file)]);

/// What clients send on a connection of their own each, and the contents of the answers.
fn exchanges(content: &[u8]) -> [(&'static str, Vec<&[u8]>); 3] {
    [
        (
            "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            vec![b"hello", b"hello"],
        ),
        (
            "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            vec![b"abcde"],
        ),
        ("GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", vec![content]),
    ]
}

/// Asks, and checks that what comes are the answers or a beginning of them. Whether they are whole.
fn ask(address: SocketAddr, (request, contents): &(&str, Vec<&[u8]>), case: &str) -> bool {
    let mut stream = TcpStream::connect(address).expect("the kernel accepts");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    let mut seen = Vec::new();
    // A connection that was cut before is reset here.
    let asked = stream.write_all(request.as_bytes());
    let end = asked.and_then(|()| stream.read_to_end(&mut seen));
    if let Err(error) = end {
        assert_ne!(error.kind(), ErrorKind::WouldBlock, "{case}: no answer to {request:?}");
    }
    let mut rest = seen.as_slice();
    for content in contents {
        let Some(end) = rest.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
        let (head, behind) = rest.split_at(end + 4);
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        if head.starts_with("http/1.1 500 ") {
            return false; // the file could not be read, which was known in time
        }
        assert!(head.starts_with("http/1.1 200 "), "{case}: {head}");
        assert!(head.contains(&format!("content-length: {}\r\n", content.len())), "{case}: {head}");
        let there = behind.len().min(content.len());
        assert!(behind[..there] == content[..there], "{case}: wrong bytes in the answer to {request:?}");
        if there < content.len() {
            return false;
        }
        rest = &behind[there..];
    }
    assert_eq!(rest, b"", "{case}: bytes behind the last answer");
    true
}

/// Ends the server with a test that fails, which would wait for it otherwise.
struct Ends(Shutdown);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A server whose system behaves as planned, some clients, and one who comes when that is over. Whether all that was
/// planned has happened.
fn play(files: &Files, content: &[u8], plan: &Arc<Plan>, case: &str) -> bool {
    let service = Service::new(files, &ROUTES);
    let config = Config { connections: 8, warn: |_| (), ..Config::default() };
    let listener = Listener::bind("127.0.0.1:0").expect("a free port");
    let Endpoint::Tcp(address) = *listener.endpoint() else { panic!("no address") };
    let (poller, waker) = Poller::new().expect("a poller");
    let shutdown = Shutdown::new(waker, config.drain);
    let shared = Shared::new(vec![listener], poller, shutdown.clone(), &config, &service).expect("a server");
    thread::scope(|scope| {
        let _ends = Ends(shutdown.clone());
        let worker = scope.spawn(|| {
            plan.clone().begin();
            if plan.call == Call::WatchListener {
                // A listener is left alone for a while when there are no descriptors.
                Plan::new(Call::Accept, 1, 1, Errno::MFILE.raw_os_error()).begin();
            }
            shared.work()
        });
        for exchange in exchanges(content) {
            ask(address, &exchange, case);
        }
        let is_done = plan.is_done();
        // What is left of the plan may meet newcomers.
        let [exchange, ..] = exchanges(content);
        assert!((0..=plan.times).any(|_| ask(address, &exchange, case)), "{case}: nobody is served any more");
        let began = Instant::now();
        while shared.slots.active() > 0 {
            assert!(began.elapsed() < PATIENCE, "{case}: {} slots are lost", shared.slots.active());
            thread::yield_now();
        }
        shutdown.begin();
        let outcome = worker.join().expect("a worker that does not panic");
        assert!(outcome.is_ok(), "{case}: {outcome:?}");
        is_done
    })
}

/// A folder with a file of these bytes, for as long as the test runs.
fn with_files(test: impl FnOnce(&Files, &[u8])) {
    let folder = std::env::temp_dir().join(format!("bantam-faults-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let content: Vec<u8> = (0..LENGTH).map(|place| (place * 31 / 7) as u8).collect();
    File::create(folder.join("file")).and_then(|mut file| file.write_all(&content)).expect("a file");
    test(&Files::open(&folder).expect("a folder"), &content);
    std::fs::remove_dir_all(&folder).expect("the folder");
}

#[test]
fn whichever_call_fails_no_answer_is_wrong_and_no_slot_is_lost() {
    let moving =
        [Errno::CONNRESET, Errno::PIPE, Errno::TIMEDOUT, Errno::NOMEM, Errno::NOBUFS, Errno::IO, Errno::INTR];
    let sending = [moving.as_slice(), &[Errno::INVAL, Errno::OVERFLOW]].concat();
    let accept = [
        Errno::MFILE,
        Errno::NFILE,
        Errno::NOBUFS,
        Errno::NOMEM,
        Errno::CONNABORTED,
        Errno::PROTO,
        Errno::PERM,
        Errno::INTR,
    ];
    // That nobody is there is taken for true by a poller that tells once of whoever comes.
    let accept =
        if DRAINED_BY_SHORT { [accept.as_slice(), &[Errno::AGAIN]].concat() } else { accept.to_vec() };
    let tables: [(Call, &[Errno]); 7] = [
        (Call::Accept, &accept),
        (Call::Read, &moving),
        (Call::Write, &moving),
        (Call::SendFile, &sending),
        (Call::Watch, &[Errno::NOMEM, Errno::NOSPC]),
        (Call::WatchListener, &[Errno::NOMEM]),
        (Call::Wait, &[Errno::INTR]),
    ];
    with_files(|files, content| {
        for (call, errors) in tables {
            let mut most = 0;
            for (error, times) in errors.iter().flat_map(|error| [(error, 1), (error, 3)]) {
                // Every call that the exchanges make, one after the other.
                let happens = |first: &u32| {
                    let plan = Plan::new(call, *first, times, error.raw_os_error());
                    play(files, content, &plan, &format!("{call:?} {first} fails {times} times: {error:?}"))
                };
                let end = (0..200).find(|first| !happens(first)).expect("an end of the calls");
                most = most.max(end);
            }
            println!("{call:?}: {most} calls failed one by one");
            assert!(most > 0 || (call == Call::SendFile && !file::SENDS), "{call:?} is never made");
        }
    });
}

/// Without its poller a server can do nothing; it says so to its caller, and its clients are not left waiting.
#[test]
fn when_no_event_can_be_waited_for_the_server_ends_with_the_reason() {
    for first in 0..3 {
        let service = Service::new(&(), &HELLO);
        let config = Config { workers: core::num::NonZeroUsize::MIN, ..Config::default() };
        let server = Server::bind("127.0.0.1:0", config).expect("a free port");
        let address = server.local_addr().expect("an address");
        let ends = Ends(server.shutdown());
        thread::scope(|scope| {
            let _ends = ends;
            let runs = scope.spawn(|| {
                Plan::new(Call::Wait, first, 1, Errno::BADF.raw_os_error()).begin();
                server.run(&service)
            });
            let is_over = (0..10).any(|_| {
                // Refused once the listener has gone.
                let Ok(mut stream) = TcpStream::connect(address) else { return true };
                stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
                let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                let mut byte = [0];
                let answered = stream.read(&mut byte);
                assert!(
                    !matches!(&answered, Err(error) if error.kind() == ErrorKind::WouldBlock),
                    "a client was left waiting"
                );
                !matches!(answered, Ok(1))
            });
            assert!(is_over);
            let outcome = runs.join().expect("no panic");
            assert_eq!(
                outcome.err().and_then(|error| error.raw_os_error()),
                Some(Errno::BADF.raw_os_error())
            );
        });
    }
}
