//! Both drivers over a pair in memory.

use core::cell::Cell;
use core::future::Future;
use core::pin::pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::string::String;
use std::sync::Arc;
use std::task::Wake;
use std::vec::Vec;

use embedded_io::ErrorKind;

use super::asynchronous::{Ended, Timer, Unflushed};
use super::{Clock, asynchronous, blocking};
use crate::connection::{Connection, Storage};
use crate::prelude::*;

fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.text("hello")
}

fn echo(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.bytes("", request.body())
}

static ROUTES: Router<(), 2> = Router::new([get("/", hello), post("/", echo)]);

/// One end of a stream: gives what the peer has sent in small pieces, then fails, ends or stays silent.
struct Stream<'t> {
    received: VecDeque<u8>,
    /// Written, and not flushed yet.
    held: Vec<u8>,
    sent: Vec<u8>,
    end: End,
    time: &'t Cell<u64>,
}

#[derive(Clone, Copy)]
enum End {
    Closed,
    Silent,
    Broken,
    /// A byte of a field that never ends, each time that its time-out is nearly over.
    Trickling,
    /// Nothing more, and nothing is taken either, which the stream says.
    Deaf,
    /// Nothing more, and nothing is taken either: the stream waits.
    Stuck,
}

impl<'t> Stream<'t> {
    fn new(received: &str, end: End, time: &'t Cell<u64>) -> Self {
        Self { received: received.bytes().collect(), held: Vec::new(), sent: Vec::new(), end, time }
    }

    fn sent(&self) -> String {
        String::from_utf8(self.sent.clone()).unwrap()
    }

    fn take(&mut self, space: &mut [u8]) -> Option<Result<usize, ErrorKind>> {
        let length = self.received.len().min(space.len()).min(7);
        if length == 0 {
            return match self.end {
                End::Closed => Some(Ok(0)),
                End::Broken => Some(Err(ErrorKind::ConnectionReset)),
                End::Silent | End::Deaf | End::Stuck => None,
                End::Trickling => {
                    self.time.set(self.time.get() + 900);
                    space[0] = b'x';
                    Some(Ok(1))
                }
            };
        }
        space.iter_mut().zip(self.received.drain(..length)).for_each(|(slot, byte)| *slot = byte);
        Some(Ok(length))
    }

    fn put(&mut self, bytes: &[u8]) -> usize {
        if matches!(self.end, End::Deaf) {
            return 0;
        }
        let length = bytes.len().min(11);
        self.held.extend_from_slice(&bytes[..length]);
        length
    }
}

impl embedded_io::ErrorType for Stream<'_> {
    type Error = ErrorKind;
}

impl embedded_io::Read for Stream<'_> {
    fn read(&mut self, space: &mut [u8]) -> Result<usize, ErrorKind> {
        self.take(space).unwrap_or_else(|| {
            self.time.set(self.time.get() + 1_000);
            Err(ErrorKind::TimedOut)
        })
    }
}

impl embedded_io::Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        Ok(self.put(bytes))
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.sent.append(&mut self.held);
        Ok(())
    }
}

impl embedded_io_async::Read for Stream<'_> {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, ErrorKind> {
        match self.take(space) {
            Some(outcome) => outcome,
            None => core::future::pending().await,
        }
    }
}

impl embedded_io_async::Write for Stream<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        match self.end {
            End::Stuck => core::future::pending().await,
            _ => Ok(self.put(bytes)),
        }
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.sent.append(&mut self.held);
        Ok(())
    }
}

/// A clock that reaches each deadline at once.
struct Leap<'t>(&'t Cell<u64>);

impl Clock for Leap<'_> {
    fn now(&self) -> Instant {
        Instant::from_millis(self.0.get())
    }

    fn unix_seconds(&self) -> Option<u64> {
        Some(1_795_392_000)
    }
}

impl Timer for Leap<'_> {
    async fn wait_until(&self, deadline: Instant) {
        self.0.set(deadline.as_micros() / 1_000 + 1);
    }
}

fn serve_blocking(request: &str, end: End) -> (String, Result<(), ErrorKind>) {
    let time = Cell::new(0);
    let mut stream = Stream::new(request, end, &time);
    let service = Service::new(&(), &ROUTES);
    let mut storage: Storage<NoStream, 1024, 1024, 16> = Storage::new();
    let clock = Leap(&time);
    let mut connection = Connection::new(0, None, clock.now());
    let outcome = blocking::serve(&mut stream, &mut connection, &service, storage.lend(), &clock);
    (stream.sent(), outcome)
}

/// Polls as often as the future asks to be polled at once.
fn run<F: Future>(future: F) -> F::Output {
    struct Woken(AtomicBool);
    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = pin!(future);
    for _ in 0..100 {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        assert!(woken.0.swap(false, Ordering::Relaxed), "a wait without a deadline");
    }
    panic!("a loop without an end");
}

fn serve_asynchronous(request: &str, end: End) -> (String, Result<(), ErrorKind>) {
    let (sent, outcome) = serve_telling(request, end);
    (sent, outcome.map(|_| ()))
}

fn serve_telling(request: &str, end: End) -> (String, Result<Ended, ErrorKind>) {
    let time = Cell::new(0);
    let mut stream = Stream::new(request, end, &time);
    let service = Service::new(&(), &ROUTES);
    let mut storage: Storage<NoStream, 1024, 1024, 16> = Storage::new();
    let timer = Leap(&time);
    let mut connection = Connection::new(0, None, timer.now());
    let outcome = run(asynchronous::serve(&mut stream, &mut connection, &service, storage.lend(), &timer));
    (stream.sent(), outcome)
}

type Serve = fn(&str, End) -> (String, Result<(), ErrorKind>);

const DRIVERS: [(&str, Serve); 2] = [("blocking", serve_blocking), ("asynchronous", serve_asynchronous)];

#[test]
fn pipelined_requests_are_answered_and_the_end_of_the_stream_ends_the_connection() {
    let requests =
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nping";
    for (driver, serve) in DRIVERS {
        let (sent, outcome) = serve(requests, End::Closed);
        assert_eq!(outcome, Ok(()), "{driver}");
        assert_eq!(sent.matches("HTTP/1.1 200 OK\r\n").count(), 2, "{driver}: {sent}");
        assert!(sent.contains("\r\n\r\nhello") && sent.ends_with("\r\n\r\nping"), "{driver}: {sent}");
    }
}

#[test]
fn close_ends_the_connection_although_the_stream_stays_open() {
    for (driver, serve) in DRIVERS {
        let (sent, outcome) = serve("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", End::Silent);
        assert_eq!(outcome, Ok(()), "{driver}");
        assert!(sent.contains("Connection: close\r\n") && sent.ends_with("hello"), "{driver}: {sent}");
    }
}

#[test]
fn a_silent_peer_is_given_up_and_half_a_head_is_answered_408() {
    for (driver, serve) in DRIVERS {
        assert_eq!(serve("", End::Silent), (String::new(), Ok(())), "{driver}");
        let (sent, outcome) = serve("GET / HT", End::Silent);
        assert_eq!(outcome, Ok(()), "{driver}");
        assert!(sent.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{driver}: {sent}");
    }
}

#[test]
fn an_error_of_the_stream_comes_back() {
    for (driver, serve) in DRIVERS {
        assert_eq!(serve("GET / HT", End::Broken).1, Err(ErrorKind::ConnectionReset), "{driver}");
    }
}

#[test]
fn a_peer_that_trickles_does_not_move_the_deadline() {
    for (driver, serve) in DRIVERS {
        let (sent, outcome) = serve("GET / HTTP/1.1\r\nHost: a\r\nX: ", End::Trickling);
        assert_eq!(outcome, Ok(()), "{driver}");
        assert!(sent.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "{driver}: {sent}");
    }
}

#[test]
fn a_stream_that_takes_nothing_ends_the_connection() {
    for (driver, serve) in DRIVERS {
        let (sent, outcome) = serve("GET / HTTP/1.1\r\nHost: a\r\n\r\n", End::Deaf);
        assert_eq!((sent.as_str(), outcome), ("", Ok(())), "{driver}");
    }
}

#[test]
fn answers_have_a_date_where_there_is_a_wall_clock() {
    for (driver, serve) in DRIVERS {
        let (sent, _) = serve("GET / HTTP/1.1\r\nHost: a\r\n\r\n", End::Closed);
        assert!(sent.contains("Date: Mon, 23 Nov 2026 00:00:00 GMT\r\n"), "{driver}: {sent}");
    }
}

/// A stream with two sides, as the peer sees it.
struct Sides<'t> {
    stream: Stream<'t>,
    /// What had been sent when our side was closed, and what was left to read then.
    closed: Option<(String, usize)>,
}

impl embedded_io::ErrorType for Sides<'_> {
    type Error = ErrorKind;
}

impl embedded_io_async::Read for Sides<'_> {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, ErrorKind> {
        embedded_io_async::Read::read(&mut self.stream, space).await
    }
}

impl embedded_io_async::Write for Sides<'_> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        assert_eq!(self.closed, None, "written behind the end");
        embedded_io_async::Write::write(&mut self.stream, bytes).await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        embedded_io_async::Write::flush(&mut self.stream).await
    }
}

fn serve_closing<'t>(
    request: &str,
    end: End,
    time: &'t Cell<u64>,
    close: fn(&mut Sides<'t>) -> Result<(), ErrorKind>,
) -> (Sides<'t>, Result<Ended, ErrorKind>) {
    let mut sides = Sides { stream: Stream::new(request, end, time), closed: None };
    let service = Service::new(&(), &ROUTES).with_limits(Limits::SMALL);
    let mut storage: Storage<NoStream, 1024, 1024, 16> = Storage::new();
    let timer = Leap(time);
    let mut connection = Connection::new(0, None, timer.now());
    let close = async |sides: &mut Sides<'t>| close(sides);
    let buffers = storage.lend();
    let outcome =
        run(asynchronous::serve_closing(&mut sides, &mut connection, &service, buffers, &timer, close));
    (sides, outcome)
}

fn note_close(sides: &mut Sides<'_>) -> Result<(), ErrorKind> {
    assert_eq!(sides.closed, None, "closed twice");
    sides.closed = Some((sides.stream.sent(), sides.stream.received.len()));
    Ok(())
}

#[test]
fn what_a_refused_peer_still_sends_is_read_within_bounds_behind_the_answer() {
    // Content without an end: the refusal goes out first, then our side is closed, then the rest is read.
    let refused = "GET / HTTP/1.1\r\nHost : a\r\n\r\n";
    let bound = Limits::SMALL.linger_bytes as usize;
    let cases = [
        ("a little more, and the end", 500, End::Closed, 0..=0),
        ("a little more, and silence", 500, End::Silent, 0..=0),
        ("more than the bound", bound + 5_000, End::Silent, 4_900..=5_100),
    ];
    for (name, more, end, left) in cases {
        let time = Cell::new(0);
        let request = String::from(refused) + &"x".repeat(more);
        let (sides, outcome) = serve_closing(&request, end, &time, note_close);
        assert_eq!(outcome, Ok(Ended::Whole), "{name}");
        let (sent, unread) = sides.closed.expect(name);
        assert!(sent.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{name}: {sent}");
        assert_eq!(sent, sides.stream.sent(), "{name}: all was flushed before the end");
        assert!(unread >= more - 100, "{name}: {unread} bytes were unread");
        let length = sides.stream.received.len();
        assert!(left.contains(&length), "{name}: {length} bytes are left");
        let waited = Duration::from_millis(time.get());
        assert!(waited <= Limits::SMALL.linger + Duration::from_millis(1), "{name}: {waited:?}");
    }
}

#[test]
fn our_side_is_closed_once_and_only_before_the_peer_has_closed() {
    let asked = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let kept = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let cases = [
        ("asked to close", asked, End::Silent, true),
        ("the peer closes", kept, End::Closed, false),
        ("nobody says anything", "", End::Silent, false),
    ];
    for (name, request, end, closes) in cases {
        let time = Cell::new(0);
        let (sides, outcome) = serve_closing(request, end, &time, note_close);
        assert_eq!(outcome, Ok(Ended::Whole), "{name}");
        assert_eq!(sides.closed.is_some(), closes, "{name}");
    }
}

#[test]
fn an_error_of_the_closing_comes_back() {
    let time = Cell::new(0);
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let (sides, outcome) = serve_closing(request, End::Silent, &time, |_| Err(ErrorKind::ConnectionReset));
    assert_eq!(outcome, Err(ErrorKind::ConnectionReset));
    assert!(sides.stream.sent().ends_with("hello"));
}

#[test]
fn the_end_tells_whether_the_peer_took_its_answer() {
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let cases = [
        ("taken", request, End::Closed, Ended::Whole),
        ("never taken", request, End::Stuck, Ended::Cut),
        ("refused by the stream", request, End::Deaf, Ended::Cut),
        ("half a head, and its 408", "GET / HT", End::Silent, Ended::Whole),
        ("nothing asked", "", End::Silent, Ended::Whole),
    ];
    for (name, request, end, ended) in cases {
        assert_eq!(serve_telling(request, end).1, Ok(ended), "{name}");
    }
}

/// Names an instant that has passed, a number of times.
struct Hasty(u32);

impl Source<()> for Hasty {
    fn pull(&mut self, (): &(), pull: &mut Pull<'_>) -> Pulled {
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = left;
                Pulled::Wait(Some(pull.now()))
            }
            None => Pulled::Last(0),
        }
    }
}

impl Sink<()> for Hasty {}

#[test]
fn a_source_that_waits_for_the_past_lets_others_run() {
    fn hasty(_: &(), _: &Request<'_>, response: &mut Response<'_, Hasty>) -> Outcome {
        response.stream("text/plain", None, Hasty(100))
    }
    static HASTY: Router<(), 1, Hasty> = Router::new([get("/", hasty)]);
    let time = Cell::new(0);
    let mut stream = Stream::new("GET / HTTP/1.1\r\nHost: a\r\n\r\n", End::Closed, &time);
    let service = Service::new(&(), &HASTY);
    let mut storage: Storage<Hasty, 1024, 1024, 16> = Storage::new();
    let timer = Leap(&time);
    let mut connection = Connection::new(0, None, timer.now());
    let buffers = storage.lend();
    let mut served = pin!(asynchronous::serve(&mut stream, &mut connection, &service, buffers, &timer));
    let mut turns = 0;
    while served.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        turns += 1;
    }
    // It is asked in vain between the pieces of the head too, where the stream is waited for.
    assert!((50..=100).contains(&turns), "others ran {turns} times");
}

#[test]
fn an_unflushed_stream_passes_all_but_the_flush() {
    let time = Cell::new(0);
    let mut stream = Unflushed(Stream::new("GET / HTTP/1.1\r\nHost: a\r\n\r\n", End::Closed, &time));
    let service = Service::new(&(), &ROUTES);
    let mut storage: Storage<NoStream, 1024, 1024, 16> = Storage::new();
    let timer = Leap(&time);
    let mut connection = Connection::new(0, None, timer.now());
    let outcome = run(asynchronous::serve(&mut stream, &mut connection, &service, storage.lend(), &timer));
    assert_eq!(outcome, Ok(Ended::Whole));
    assert_eq!(stream.0.sent(), "");
    assert!(stream.0.held.ends_with(b"hello"));
}
