//! Both drivers over a pair in memory.

use core::cell::Cell;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::string::String;
use std::vec::Vec;

use embedded_io::ErrorKind;

use super::asynchronous::Timer;
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
    /// Nothing more, and nothing is taken either.
    Deaf,
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
                End::Silent | End::Deaf => None,
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
        Ok(self.put(bytes))
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

fn serve_asynchronous(request: &str, end: End) -> (String, Result<(), ErrorKind>) {
    let time = Cell::new(0);
    let mut stream = Stream::new(request, end, &time);
    let service = Service::new(&(), &ROUTES);
    let mut storage: Storage<NoStream, 1024, 1024, 16> = Storage::new();
    let timer = Leap(&time);
    let mut connection = Connection::new(0, None, timer.now());
    let outcome = {
        let mut served =
            pin!(asynchronous::serve(&mut stream, &mut connection, &service, storage.lend(), &timer));
        match served.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => outcome,
            Poll::Pending => panic!("a wait without a deadline"),
        }
    };
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
