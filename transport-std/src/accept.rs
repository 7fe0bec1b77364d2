//! How connections come in: a few at a time, with a rest when places, descriptors or memory have run out.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::connection::Connection;
use bantam_core::middleware::metrics::State;
use bantam_core::time::Instant;

use crate::OverCap;
use crate::fault::{self, Call};
use crate::listener::{BACKLOG, Listener};
use crate::poller::{DRAINED_BY_SHORT, Stream};
use crate::slots::{HANGUP, READABLE, READY, Work};
use crate::warnings::Warnings;
use crate::worker::Worker;

mod error;

use self::error::AcceptError;

/// Connections accepted in one turn, so that those already here have theirs.
/// A poller that tells of them only once needs them all taken.
const AT_ONCE: usize = if DRAINED_BY_SHORT { 8 } else { usize::MAX };

/// How many connections a worker accepts in a turn: as many as waited before, and now and then more. A call that finds
/// nobody makes it slower to ask for more, so that in steady times there is hardly such a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appetite {
    most: usize,
    /// Turns in a row that have found as many.
    full: u32,
    /// As many of these as make it ask for more.
    patience: u32,
}

impl Appetite {
    pub(crate) const FIRST: Self =
        Self { most: if DRAINED_BY_SHORT { 1 } else { usize::MAX }, full: 0, patience: 1 };

    /// Full turns until more is asked for, at most.
    const MOST_PATIENCE: u32 = 64;

    /// All that were asked for were there.
    fn was_full(&mut self) {
        self.full += 1;
        if self.full >= self.patience && self.most < AT_ONCE {
            let most = if self.most > AT_ONCE / 2 { AT_ONCE } else { self.most * 2 };
            *self = Self { most, full: 0, patience: (self.patience / 2).max(1) };
        }
    }

    /// Only so many were.
    fn was_sated(&mut self, taken: usize) {
        if DRAINED_BY_SHORT {
            let patience = (self.patience * 4).min(Self::MOST_PATIENCE);
            *self = Self { most: taken.clamp(1, AT_ONCE), full: 0, patience };
        }
    }
}

/// So many connections may be lost in a row before it looks as if accepting as such were forbidden.
const LOST: u32 = 64;

/// How long accepting rests when something has run out; a connection that ends cuts the rest short.
const REST: Duration = Duration::from_millis(100);

/// Not resting.
const NEVER: u64 = u64::MAX;

/// What is said to those who get no place. It fits the buffer of any new socket. RFC 9110 §6.6.1 asks for no `Date` in
/// it.
const REFUSAL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 48\r\nRetry-After: 1\r\nConnection: close\r\n\r\n\
    503 Service Unavailable: there is no place left\n";

/// The listeners, and whether they rest: what has run out for one has run out for all.
#[derive(Debug)]
pub(crate) struct Accepting {
    /// None once the server drains. The lock also makes sure that one worker accepts at a time.
    listeners: Mutex<Vec<Listener>>,
    /// Connections accepted so far.
    count: AtomicU64,
    /// When accepting goes on, in microseconds.
    rests_until: AtomicU64,
    warnings: Warnings,
}

impl Accepting {
    pub(crate) fn new(listeners: Vec<Listener>, warn: fn(fmt::Arguments<'_>)) -> Self {
        Self {
            listeners: Mutex::new(listeners),
            count: AtomicU64::new(0),
            rests_until: AtomicU64::new(NEVER),
            warnings: Warnings::new(warn),
        }
    }

    /// When accepting goes on, if it rests.
    pub(crate) fn rests_until(&self) -> Option<Instant> {
        match self.rests_until.load(Ordering::SeqCst) {
            NEVER => None,
            micros => Some(Instant::from_micros(micros)),
        }
    }

    /// A connection has ended, and left a place and a descriptor.
    pub(crate) fn end_rest(&self) {
        let _ = self
            .rests_until
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |until| (until != NEVER).then_some(0));
    }

    /// Tells the operator that connections cannot be taken.
    pub(crate) fn warn(&self, now: Instant, error: &io::Error) {
        self.warnings.tell(now, format_args!("cannot accept connections, trying again: {error}"));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Listener>> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The listeners, unless another worker is accepting.
    fn try_lock(&self) -> Option<MutexGuard<'_, Vec<Listener>>> {
        match self.listeners.try_lock() {
            Ok(listeners) => Some(listeners),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl<A: Sync, S: Source<A> + Sink<A> + Send> Worker<'_, '_, A, S> {
    /// Accepts a few connections from the listener of this place.
    pub(crate) fn accept(&mut self, which: usize) {
        let accepting = &self.shared.accepting;
        // Whoever is told again later can leave it to the worker that is at it; whoever is told once cannot.
        let listeners = if DRAINED_BY_SHORT { accepting.try_lock() } else { Some(accepting.lock()) };
        let Some(listeners) = listeners else { return };
        let outcome = self.accept_up_to(self.appetite.most, which, &listeners);
        drop(listeners);
        self.report(outcome);
        self.watch_crowd();
    }

    /// Accepts what waits in the backlogs, as far as there are places, and stops listening.
    pub(crate) fn accept_the_last(&mut self) {
        let shared = self.shared;
        let mut listeners = core::mem::take(&mut *shared.accepting.lock());
        listeners.iter_mut().for_each(Listener::hide);
        let accepted =
            (0..listeners.len()).map(|which| self.accept_up_to(BACKLOG as usize + 1, which, &listeners));
        let mut outcome = accepted.fold(Ok(()), io::Result::and);
        for mut listener in listeners {
            outcome = outcome.and(shared.poller.remove_listener(listener.inner_mut()));
        }
        self.report(outcome);
    }

    /// Goes on after a rest, when it is over.
    pub(crate) fn go_on_accepting(&mut self) {
        let accepting = &self.shared.accepting;
        if accepting.rests_until().is_none_or(|until| self.now < until) {
            return;
        }
        let Some(listeners) = accepting.try_lock() else { return };
        accepting.rests_until.store(NEVER, Ordering::SeqCst);
        let mut outcome = self.watch(true, &listeners);
        if outcome.is_err() {
            // Nobody would tell of newcomers: this is tried again after the next rest.
            accepting.rests_until.store(self.now.after(REST).as_micros(), Ordering::SeqCst);
        }
        for which in 0..listeners.len() {
            outcome = outcome.and_then(|()| self.accept_up_to(AT_ONCE, which, &listeners));
        }
        drop(listeners);
        self.report(outcome);
        self.watch_crowd();
    }

    /// Accepts until nothing waits, `bound` is reached, or something runs out, which is the error.
    fn accept_up_to(&mut self, bound: usize, which: usize, listeners: &[Listener]) -> io::Result<()> {
        let shared = self.shared;
        let Some(listener) = listeners.get(which) else { return Ok(()) };
        let (mut lost, mut taken) = (0, 0);
        // What a new connection met does not keep out those behind it.
        let mut installed = Ok(());
        for _ in 0..bound {
            let place = shared.slots.reserve();
            if place.is_none() && shared.config.over_cap == OverCap::Wait {
                return self.rest(listeners); // the cap is no mishap: the others wait in the backlog
            }
            let error = match fault::before(Call::Accept).and_then(|()| listener.accept()) {
                Ok((stream, peer)) => {
                    let has_proxy_header = listener.has_proxy_header();
                    // A gateway has as many connections as its clients have.
                    let counted = peer.filter(|_| !has_proxy_header);
                    match place {
                        Some(index) if shared.addresses.enter(counted) => {
                            let number = shared.accepting.count.fetch_add(1, Ordering::Relaxed);
                            let connection = match Connection::new(number, peer, self.now) {
                                connection if has_proxy_header => connection.with_proxy_header(),
                                connection => connection,
                            };
                            installed = installed.and(self.install(index, connection, stream));
                        }
                        place => {
                            refuse(&stream);
                            place.into_iter().for_each(|index| shared.slots.release(index));
                        }
                    }
                    lost = 0;
                    taken += 1;
                    continue;
                }
                Err(error) => error,
            };
            place.into_iter().for_each(|index| shared.slots.release(index));
            match AcceptError::of(&error) {
                AcceptError::Nothing => {
                    self.appetite.was_sated(taken);
                    return installed;
                }
                AcceptError::Lost if lost < LOST => lost += 1,
                AcceptError::Lost | AcceptError::Exhausted => {
                    self.rest(listeners)?;
                    return Err(error);
                }
            }
        }
        self.appetite.was_full();
        installed
    }

    fn install(&mut self, index: u32, connection: Connection, stream: Stream) -> io::Result<()> {
        let shared = self.shared;
        let Some(slot) = shared.slots.slot(index) else { return Ok(()) };
        self.await_until(index, slot, self.now.after(shared.service.idle()));
        if let Some(connections) = shared.service.connections() {
            connections.opened();
        }
        let counted = State::Idle;
        let is_watched = !DRAINED_BY_SHORT;
        slot.install(Work {
            connection,
            stream,
            memory: None,
            readable: false,
            hangup: false,
            is_watched,
            counted,
        });
        if !is_watched {
            // Its request is mostly there: it is read first, and the socket watched when more is to come.
            if slot.notify(READY | READABLE) {
                self.unfinished.add_newcomer(index);
            }
            return Ok(());
        }
        let mut place = slot.work();
        let Some(work) = place.as_mut() else { return Ok(()) };
        // Bytes that are there already make the first edge.
        let added = fault::before(Call::Watch)
            .and_then(|()| shared.poller.add(&mut work.stream, index, slot.generation()));
        if added.is_err() {
            // Nobody would hear of it again: its next turn is now, and finds it closed.
            let _ = work.stream.shutdown(Shutdown::Both);
            drop(place);
            if slot.notify(READY | READABLE | HANGUP) {
                self.unfinished.add_newcomer(index);
            }
        }
        added
    }

    fn rest(&self, listeners: &[Listener]) -> io::Result<()> {
        let until = self.now.after(REST).as_micros();
        self.shared.accepting.rests_until.store(until, Ordering::SeqCst);
        self.watch(false, listeners)
    }

    /// Has the poller tell of waiting connections, or not.
    fn watch(&self, watch: bool, listeners: &[Listener]) -> io::Result<()> {
        let mut watched = listeners.iter().enumerate();
        watched.try_for_each(|(place, listener)| {
            fault::before(Call::WatchListener)
                .and_then(|()| self.shared.poller.watch_listener(place, listener.inner(), watch))
        })
    }

    /// Tells the operator, and never while others wait for a lock.
    fn report(&self, outcome: io::Result<()>) {
        if let Err(error) = outcome {
            self.shared.accepting.warn(self.now, &error);
        }
    }
}

/// Says that there is no place. Nothing here waits, and nothing is kept: what does not go at once does not go.
fn refuse(mut stream: &Stream) {
    // What was sent already and is left unread would make a reset of the close, which may overtake the answer.
    let _ = stream.read(&mut [0; 4_096]);
    let _ = stream.write(REFUSAL);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    #[test]
    fn where_one_comes_at_a_time_hardly_a_call_finds_nobody() {
        let mut appetite = Appetite::FIRST;
        let mut in_vain = 0;
        for _ in 0..1_000 {
            match appetite.most {
                1 => appetite.was_full(),
                _ => {
                    in_vain += 1;
                    appetite.was_sated(1);
                }
            }
        }
        assert!((1..50).contains(&in_vain), "{in_vain}");
    }

    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    #[test]
    fn where_many_wait_as_many_are_accepted_soon() {
        let mut appetite = Appetite::FIRST;
        (0..500).for_each(|_| if appetite.most > 1 { appetite.was_sated(1) } else { appetite.was_full() });
        let turns = (0..1_000).take_while(|_| {
            appetite.was_full();
            appetite.most < AT_ONCE
        });
        assert!(turns.count() < 200);
        appetite.was_sated(5);
        assert_eq!(appetite.most, 5, "as many as there were");
        appetite.was_sated(0);
        assert_eq!(appetite.most, 1, "somebody else has taken them");
    }

    #[test]
    fn the_refusal_is_as_long_as_it_says() {
        let text = core::str::from_utf8(REFUSAL).expect("ASCII");
        let (head, content) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", content.len())), "{text:?}");
        assert!(head.split("\r\n").all(|line| !line.starts_with(' ') && !line.is_empty()), "{text:?}");
    }
}
