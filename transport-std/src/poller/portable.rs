//! Other systems: mio, over kqueue or Windows' completion ports. One worker at a time waits, and hands the wait on when
//! it has events; the rest is as on Linux. Edges are promised only behind a read or write that was refused.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use bantam_core::time::Instant;
use mio::{Interest, Poll, Registry, Token};

use super::{Event, MOST_LISTENERS};
use crate::fault::{self, Call};

/// Events taken in one wait. Few, so that no worker hoards what another could serve.
const BATCH: usize = 16;

const WAKE: Token = Token(usize::MAX);
/// Listeners are numbered downwards from here, and no slot has a number as high as the last of them.
const LISTENERS: usize = usize::MAX - 1;
const LAST_LISTENER: usize = LISTENERS - MOST_LISTENERS;

/// The sockets that this poller watches.
pub(crate) type Stream = mio::net::TcpStream;
pub(crate) type Listening = mio::net::TcpListener;

/// An edge comes only after a refusal.
pub(crate) const DRAINED_BY_SHORT: bool = false;

#[derive(Debug)]
pub(crate) struct Poller {
    /// Held by the worker that waits for all.
    poll: Mutex<Poll>,
    registry: Registry,
    waker: Arc<mio::Waker>,
    /// Until when that worker waits, in microseconds.
    waits_until: AtomicU64,
}

/// Wakes one worker for each call.
#[derive(Debug)]
pub(crate) struct Waker {
    waker: Arc<mio::Waker>,
}

impl Waker {
    pub(crate) fn wake(&self) {
        // It fails only when the poller is gone, and then nobody sleeps there.
        let _ = self.waker.wake();
    }
}

pub(crate) struct Events {
    inner: mio::Events,
}

impl Events {
    pub(crate) fn new() -> Self {
        Self { inner: mio::Events::with_capacity(BATCH) }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Event> + '_ {
        self.inner.iter().map(|event| match event.token() {
            WAKE => Event::Wake,
            Token(token @ LAST_LISTENER..=LISTENERS) => Event::Listener(LISTENERS - token),
            Token(slot) => {
                let hangup = event.is_read_closed() || event.is_error();
                let readable = event.is_readable();
                // A stale event costs one refused read: a token has no room for a generation on every target.
                Event::Connection { slot: slot as u32, generation: None, readable, hangup }
            }
        })
    }
}

impl Poller {
    pub(crate) fn new() -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let waker = Arc::new(mio::Waker::new(&registry, WAKE)?);
        let poller = Self {
            poll: Mutex::new(poll),
            registry,
            waker: Arc::clone(&waker),
            waits_until: AtomicU64::new(0),
        };
        Ok((poller, Waker { waker }))
    }

    pub(crate) fn add_listener(&self, place: usize, listener: &mut Listening) -> io::Result<()> {
        self.registry.register(listener, Token(LISTENERS - place), Interest::READABLE)
    }

    /// Nothing to do: whoever stops accepting has no edge to come, and begins again by accepting.
    pub(crate) fn watch_listener(&self, _: usize, _: &Listening, _: bool) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn remove_listener(&self, listener: &mut Listening) -> io::Result<()> {
        self.registry.deregister(listener)
    }

    /// Watches a connection until it is closed.
    pub(crate) fn add(&self, stream: &mut Stream, slot: u32, _generation: u32) -> io::Result<()> {
        self.registry.register(stream, Token(slot as usize), Interest::READABLE | Interest::WRITABLE)
    }

    /// Waits for events, at most until `deadline`.
    pub(crate) fn wait(
        &self,
        events: &mut Events,
        now: Instant,
        deadline: Option<Instant>,
    ) -> io::Result<()> {
        events.inner.clear();
        let until = deadline.map_or(u64::MAX, Instant::as_micros);
        let mut poll = match self.poll.try_lock() {
            Ok(poll) => poll,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                if deadline.is_some_and(|deadline| deadline <= now) {
                    return Ok(()); // this worker has something to do
                }
                if until < self.waits_until.load(Ordering::SeqCst) {
                    self.waker.wake()?; // the one that waits must look at the deadlines again
                }
                // Time has passed when it is this worker's turn, so it looks at them again too.
                drop(self.poll.lock().unwrap_or_else(PoisonError::into_inner));
                return Ok(());
            }
        };
        self.waits_until.store(until, Ordering::SeqCst);
        let timeout = deadline.map(|deadline| deadline.since(now).min(Duration::from_secs(3_600)));
        let outcome = fault::before(Call::Wait).and_then(|()| poll.poll(&mut events.inner, timeout));
        // Nobody waits now: whoever comes before the next one does must not trust the old deadline.
        self.waits_until.store(u64::MAX, Ordering::SeqCst);
        match outcome {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }
}
