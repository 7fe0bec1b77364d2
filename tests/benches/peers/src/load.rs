//! The load: one thread that asks over many connections, and knows beforehand how long each answer is.
//!
//! `wrk` costs more processor time for a request than the fastest servers here, which then wait for it and look better
//! than they are. This costs about what the bare loop costs: it learns from one answer how long they are, and counts
//! bytes from then on.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::thread::{CpuSet, sched_setaffinity};

/// How long a single answer may take, while they are learnt.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the end of a connection is waited for, to learn whether it comes.
const END: Duration = Duration::from_millis(300);

/// What is asked, and what comes back.
pub(crate) struct Load {
    address: SocketAddr,
    /// All requests that are sent at once.
    requests: Vec<u8>,
    batch: u64,
    /// Bytes of one answer.
    answer: usize,
    end: End,
    connections: usize,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Not at all.
    Never,
    /// The server closes behind the answer.
    ByServer,
    /// The server leaves it to us.
    ByUs,
}

/// What was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) answers: u64,
    /// Answers that did not begin as they should, and connections that failed.
    pub(crate) wrong: u64,
    pub(crate) bytes: u64,
    pub(crate) seconds: f64,
    /// Processor time of the server, in microseconds.
    pub(crate) processor: f64,
}

const START: &[u8] = b"HTTP/1.1 200";

impl Load {
    /// Asks once, and learns what answers look like.
    ///
    /// # Errors
    ///
    /// There is no answer, or another than `content`; the text tells which.
    pub(crate) fn learn(
        address: SocketAddr,
        request: &[u8],
        content: &[u8],
        batch: usize,
        connections: usize,
        closes: bool,
    ) -> Result<Self, String> {
        let mut stream = TcpStream::connect(address).map_err(|error| format!("connect: {error}"))?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(|error| error.to_string())?;
        stream.write_all(request).map_err(|error| format!("write: {error}"))?;
        let answer = read_answer(&mut stream)?;
        if !answer.ends_with(content) {
            return Err(format!(
                "another answer: {}",
                String::from_utf8_lossy(&answer[..answer.len().min(300)])
            ));
        }
        let mut end = End::Never;
        if closes {
            stream.set_read_timeout(Some(END)).map_err(|error| error.to_string())?;
            end = if matches!(stream.read(&mut [0]), Ok(0)) { End::ByServer } else { End::ByUs };
        }
        let requests = request.repeat(batch);
        Ok(Self { address, requests, batch: batch as u64, answer: answer.len(), end, connections })
    }

    /// Asks from this core for a tenth of the time, and then for all of it, of which it tells.
    ///
    /// # Errors
    ///
    /// A connection cannot be made, or the system has no epoll.
    pub(crate) fn run(
        &self,
        time: Duration,
        core: Option<usize>,
        processor: impl Fn() -> f64 + Sync,
    ) -> io::Result<Seen> {
        self.run_observed(time, core, processor, |_| {})
    }

    /// The same; `took` is told of each batch how long it was waited for.
    ///
    /// # Errors
    ///
    /// As for [`Load::run`].
    pub(crate) fn run_observed(
        &self,
        time: Duration,
        core: Option<usize>,
        processor: impl Fn() -> f64 + Sync,
        took: impl FnMut(Duration) + Send,
    ) -> io::Result<Seen> {
        // A thread of its own, since it stays on its core.
        std::thread::scope(|scope| {
            let asking = scope.spawn(|| {
                if let Some(core) = core {
                    let mut cores = CpuSet::new();
                    cores.set(core);
                    sched_setaffinity(None, &cores)?;
                }
                let mut asking = Asking::start(self, took)?;
                asking.go_on(time / 10)?;
                asking.seen = Seen::default();
                let (before, began) = (processor(), Instant::now());
                asking.go_on(time)?;
                let seconds = began.elapsed().as_secs_f64();
                Ok(Seen { seconds, processor: processor() - before, ..asking.seen })
            });
            asking.join().expect("it does not panic")
        })
    }
}

/// An answer with a length, whole.
fn read_answer(stream: &mut TcpStream) -> Result<Vec<u8>, String> {
    let mut answer = Vec::new();
    let mut space = vec![0; 1 << 16];
    let mut whole = usize::MAX;
    while answer.len() < whole {
        match stream.read(&mut space) {
            Ok(0) => return Err(format!("closed after {} bytes", answer.len())),
            Ok(length) => answer.extend_from_slice(&space[..length]),
            Err(error) => return Err(format!("read after {} bytes: {error}", answer.len())),
        }
        if whole == usize::MAX
            && let Some(end) = memchr::memmem::find(&answer, b"\r\n\r\n")
        {
            whole = end + 4 + content_length(&answer[..end]).ok_or("an answer without a length")?;
        }
    }
    match answer.starts_with(START) && answer.len() == whole {
        true => Ok(answer),
        false => Err(format!("no single 200: {}", String::from_utf8_lossy(&answer[..answer.len().min(300)]))),
    }
}

fn content_length(head: &[u8]) -> Option<usize> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
}

struct Asking<'l, F> {
    load: &'l Load,
    epoll: OwnedFd,
    asked: Vec<Asked>,
    events: Vec<epoll::Event>,
    space: Vec<u8>,
    seen: Seen,
    took: F,
}

/// One connection.
struct Asked {
    stream: TcpStream,
    /// When it asked last.
    since: Instant,
    /// Bytes of the answers that have come.
    received: usize,
}

impl<'l, F: FnMut(Duration)> Asking<'l, F> {
    fn start(load: &'l Load, took: F) -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut asked = Vec::with_capacity(load.connections);
        for index in 0..load.connections {
            asked.push(Asked::new(connect(load, &epoll, index)?));
        }
        // Large answers are read in large pieces.
        let space = vec![0; load.answer.clamp(1 << 14, 1 << 18)];
        Ok(Self { load, epoll, asked, events: Vec::with_capacity(64), space, seen: Seen::default(), took })
    }

    fn go_on(&mut self, time: Duration) -> io::Result<()> {
        let until = Instant::now() + time;
        let tick = rustix::event::Timespec { tv_sec: 0, tv_nsec: 10_000_000 };
        while Instant::now() < until {
            self.events.clear();
            epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&tick))?;
            for at in 0..self.events.len() {
                self.turn(self.events[at].data.u64() as usize)?;
            }
        }
        Ok(())
    }

    fn turn(&mut self, index: usize) -> io::Result<()> {
        let Self { load, asked, space, seen, took, .. } = self;
        let asked = &mut asked[index];
        let whole = load.answer * load.batch as usize;
        match asked.stream.read(space) {
            Ok(0) => {
                // With nothing but the end of a connection whose answer was whole, it is the end that was asked for.
                seen.wrong += u64::from(load.end != End::ByServer || asked.received != whole);
                return self.renew(index);
            }
            Ok(length) => {
                if asked.received == 0 {
                    seen.wrong += u64::from(
                        !space[..length.min(START.len())].starts_with(&START[..length.min(START.len())]),
                    );
                }
                asked.received += length;
                seen.bytes += length as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(_) => {
                seen.wrong += 1;
                return self.renew(index);
            }
        }
        if asked.received < whole {
            return Ok(());
        }
        seen.answers += load.batch;
        let now = Instant::now();
        took(now - asked.since);
        match load.end {
            End::Never => {
                seen.wrong += u64::from(asked.received > whole);
                (asked.received, asked.since) = (0, now);
                asked.stream.write_all(&load.requests)
            }
            End::ByServer => Ok(()),
            End::ByUs => self.renew(index),
        }
    }

    fn renew(&mut self, index: usize) -> io::Result<()> {
        // The old one is closed by this, and no longer watched.
        self.asked[index] = Asked::new(connect(self.load, &self.epoll, index)?);
        Ok(())
    }
}

impl Asked {
    fn new(stream: TcpStream) -> Self {
        Self { stream, since: Instant::now(), received: 0 }
    }
}

/// A connection that has asked.
fn connect(load: &Load, epoll: &OwnedFd, index: usize) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(load.address)?;
    stream.set_nodelay(true)?;
    stream.write_all(&load.requests)?;
    stream.set_nonblocking(true)?;
    epoll::add(epoll, &stream, EventData::new_u64(index as u64), EventFlags::IN)?;
    Ok(stream)
}
