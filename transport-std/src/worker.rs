//! What a thread of the pool does all day: wait for events, serve connections, accept new ones, look at deadlines.

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::collections::VecDeque;
use std::io;
use std::panic::catch_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::connection::{Connection, Lent};
use bantam_core::service::Service;
use bantam_core::time::Instant;

use crate::Config;
use crate::clock::{Clock, WallClock};
use crate::driver::{After, Readiness, drive};
use crate::listener::{AcceptError, Listener};
use crate::poller::{DRAINED_BY_SHORT, Event, Events, Poller};
use crate::shutdown::{Shutdown, Stage};
use crate::slots::{DRAIN, HANGUP, Memory, READY, Slot, Slots, TIMEOUT, Work};
use crate::timers::{Timers, tick_after};

/// Connections accepted in one turn, so that those already here have theirs.
/// A poller that tells of them only once needs them all taken.
const ACCEPTED_AT_ONCE: usize = if DRAINED_BY_SHORT { 8 } else { usize::MAX };

/// How long accepting rests when descriptors or memory have run out.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Buffers that are kept for later messages, for each worker, and no more.
const SPARE: usize = 4;

/// Connections for which a worker's lists have room from the start; with more they grow.
const ROOM: usize = 64;

/// What the workers of a server share.
pub(crate) struct Shared<'s, A, S> {
    service: &'s Service<'s, A, S>,
    config: &'s Config,
    /// Gone once the server drains. The lock also makes sure that one worker accepts at a time.
    listener: Mutex<Option<Listener>>,
    shutdown: Shutdown,
    poller: Poller,
    slots: Slots<S>,
    timers: Timers,
    /// Buffers that no worker has at hand. A message may end on another worker than it began on, so they wander: what
    /// one has too many is what another lacks.
    spare: Mutex<Vec<Box<Memory<S>>>>,
    clock: Clock,
    connections: AtomicU64,
    /// When accepting goes on, in microseconds; `u64::MAX` while it does not rest.
    accept_rests_until: AtomicU64,
    is_draining: AtomicBool,
    drain_ends: AtomicU64,
}

impl<'s, A: Sync, S: Source<A> + Sink<A> + Send> Shared<'s, A, S> {
    pub(crate) fn new(
        mut listener: Listener,
        poller: Poller,
        shutdown: Shutdown,
        config: &'s Config,
        service: &'s Service<'s, A, S>,
    ) -> io::Result<Self> {
        poller.add_listener(listener.inner_mut())?;
        Ok(Self {
            service,
            config,
            listener: Mutex::new(Some(listener)),
            shutdown,
            poller,
            slots: Slots::new(config.connections),
            timers: Timers::new(),
            spare: Mutex::new(Vec::with_capacity(config.workers.get().saturating_mul(SPARE))),
            clock: Clock::start(),
            connections: AtomicU64::new(0),
            accept_rests_until: AtomicU64::new(u64::MAX),
            is_draining: AtomicBool::new(false),
            drain_ends: AtomicU64::new(u64::MAX),
        })
    }

    /// Makes all workers stop, because one could not be started.
    pub(crate) fn abandon(&self) {
        self.shutdown.end();
    }

    fn new_memory(&self) -> Box<Memory<S>> {
        let lines = usize::from(self.service.limits().field_lines);
        Memory::new(self.config.receive_buffer, self.config.transmit_buffer, lines)
    }

    fn spare(&self) -> MutexGuard<'_, Vec<Box<Memory<S>>>> {
        // Nothing panics under this lock.
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of one worker.
    pub(crate) fn work(&self) -> io::Result<()> {
        let mut worker = Worker {
            shared: self,
            spare: Some(self.new_memory()),
            unfinished: VecDeque::with_capacity(ROOM),
            wall: WallClock::new(),
            now: self.clock.now(),
        };
        let outcome = worker.run();
        if outcome.is_err() {
            self.shutdown.end();
        }
        // Each wake reaches one worker: whoever leaves wakes the next.
        self.shutdown.waker().wake();
        outcome
    }
}

struct Worker<'w, 's, A, S> {
    shared: &'w Shared<'s, A, S>,
    /// Buffers for the next message: those used last, which the processor's caches still have.
    spare: Option<Box<Memory<S>>>,
    /// Slots that this worker owns and has to go on with.
    unfinished: VecDeque<u32>,
    wall: WallClock,
    /// The time, read once for each turn of the loop and after each handler.
    now: Instant,
}

impl<A: Sync, S: Source<A> + Sink<A> + Send> Worker<'_, '_, A, S> {
    fn run(&mut self) -> io::Result<()> {
        let mut events = Events::new();
        let mut due = Vec::with_capacity(ROOM);
        while !self.is_over() {
            self.shared.poller.wait(&mut events, self.now, self.wakes_at())?;
            self.now = self.shared.clock.now();
            self.wall.refresh();
            for event in events.iter() {
                match event {
                    Event::Connection { slot, generation, hangup } => {
                        self.connection_event(slot, generation, hangup)
                    }
                    Event::Listener => self.accept(ACCEPTED_AT_ONCE),
                    Event::Wake => {}
                }
            }
            for _ in 0..self.unfinished.len() {
                if let Some(index) = self.unfinished.pop_front() {
                    self.serve(index, 0);
                }
            }
            self.shared.timers.take_due(self.now, &mut due);
            for index in due.drain(..) {
                self.timer(index);
            }
            self.go_on_accepting();
        }
        Ok(())
    }

    /// Whether the server has ended; begins to drain it when that was asked for.
    fn is_over(&mut self) -> bool {
        let shared = self.shared;
        match shared.shutdown.stage() {
            Stage::Serving => false,
            Stage::Ending => true,
            Stage::Draining => {
                if !shared.is_draining.swap(true, Ordering::SeqCst) {
                    self.begin_drain();
                }
                shared.slots.active() == 0 || self.now.as_micros() >= shared.drain_ends.load(Ordering::SeqCst)
            }
        }
    }

    /// By when the worker has to wake although nothing happens.
    fn wakes_at(&self) -> Option<Instant> {
        if !self.unfinished.is_empty() {
            return Some(self.now);
        }
        let shared = self.shared;
        let bounds =
            [&shared.accept_rests_until, &shared.drain_ends].map(|bound| bound.load(Ordering::SeqCst));
        let bounds = bounds.into_iter().filter(|&micros| micros < u64::MAX).map(Instant::from_micros);
        bounds.chain(shared.timers.due()).min()
    }

    fn connection_event(&mut self, index: u32, generation: Option<u32>, hangup: bool) {
        let Some(slot) = self.shared.slots.slot(index) else { return };
        let flags = if hangup { READY | HANGUP } else { READY };
        if generation.is_none_or(|generation| slot.is_generation(generation)) && slot.notify(flags) {
            self.serve(index, 0);
        }
    }

    fn timer(&mut self, index: u32) {
        let Some(slot) = self.shared.slots.slot(index) else { return };
        let present = tick_after(self.now);
        if slot.queued.load(Ordering::SeqCst) > present {
            return; // an entry that a later one has replaced
        }
        slot.queued.store(u64::MAX, Ordering::SeqCst);
        match slot.deadline.load(Ordering::SeqCst) {
            0 => {}
            deadline if deadline < present => {
                if slot.notify(TIMEOUT) {
                    self.serve(index, 0);
                }
            }
            deadline => self.queue(index, slot, deadline),
        }
    }

    /// Serves a slot that this worker owns until its connection waits, is over, or has had its turn.
    fn serve(&mut self, index: u32, mut flags: u32) {
        let Some(slot) = self.shared.slots.slot(index) else { return };
        loop {
            flags |= slot.take_flags();
            let Some(after) = self.turn(slot, flags) else {
                // An event of a connection that is gone has come to its empty place. If a new one moves in meanwhile,
                // its flags are found here.
                if slot.let_go() {
                    return;
                }
                flags = 0;
                continue;
            };
            match after {
                After::Unfinished => return self.unfinished.push_back(index),
                After::Closed => {
                    slot.vacate();
                    self.shared.slots.release(index);
                    if self.shared.accept_rests_until.load(Ordering::Relaxed) != u64::MAX {
                        self.shared.accept_rests_until.store(0, Ordering::SeqCst);
                        self.go_on_accepting();
                    }
                    return;
                }
                After::Waiting(deadline) => {
                    let tick = tick_after(deadline);
                    slot.deadline.store(tick, Ordering::SeqCst);
                    if tick < slot.queued.load(Ordering::SeqCst) {
                        self.queue(index, slot, tick);
                    }
                    if slot.let_go() {
                        return;
                    }
                    flags = 0;
                }
            }
        }
    }

    fn queue(&self, index: u32, slot: &Slot<S>, tick: u64) {
        slot.queued.store(self.shared.timers.add(index, tick), Ordering::SeqCst);
    }

    /// One turn of a connection; `None` when there is none. A panic in application code costs its client a 500, and the
    /// server nothing.
    fn turn(&mut self, slot: &Slot<S>, flags: u32) -> Option<After> {
        let mut place = slot.work();
        let work = place.as_mut()?;
        let Shared { service, clock, .. } = self.shared;
        let spare = || self.spare.take().or_else(|| self.shared.spare().pop());
        let mut memory = work.memory.take().or_else(spare).unwrap_or_else(|| self.shared.new_memory());
        work.hangup |= flags & HANGUP != 0;
        // An edge that came while the connection wanted nothing to read is still owed to it.
        let readable = work.readable || flags & (READY | DRAIN) != 0;
        let mut readiness = Readiness { readable, hangup: work.hangup };
        let (now, stream) = (self.now, &work.stream);
        let mut lent = work.connection.lend(service, memory.lend(), Some(*self.wall.date()));
        let turn = |lent: &mut Lent<'_, A, S>, readiness: &mut Readiness| {
            if flags & TIMEOUT != 0 {
                lent.handle_timeout(now);
            }
            let mut after = drive(lent, stream, readiness, clock, now);
            // Also for a connection that was busy when the drain began, and has become idle now.
            if service.is_draining() && matches!(after, After::Waiting(_)) {
                // What was sent before the drain may have come behind the last read; its edge is then still to come.
                readiness.readable = true;
                after = drive(lent, stream, readiness, clock, now);
                if matches!(after, After::Waiting(_)) {
                    lent.handle_shutdown(now);
                    after = drive(lent, stream, readiness, clock, now);
                }
            }
            after
        };
        let mut after = catch_unwind(AssertUnwindSafe(|| turn(&mut lent, &mut readiness)));
        if after.is_err() {
            after = catch_unwind(AssertUnwindSafe(|| {
                lent.handle_panic(now);
                drive(&mut lent, stream, &mut readiness, clock, now)
            }));
        }
        // Whoever panics again over the 500 has nothing left to say.
        let after = after.unwrap_or(After::Closed);
        work.readable = readiness.readable;
        if after == After::Closed {
            *place = None;
            self.keep(memory);
        } else if work.connection.holds_buffers() {
            work.memory = Some(memory);
        } else {
            self.keep(memory);
        }
        Some(after)
    }

    fn keep(&mut self, memory: Box<Memory<S>>) {
        if self.spare.is_none() {
            self.spare = Some(memory);
            return;
        }
        let mut spare = self.shared.spare();
        if spare.len() < spare.capacity() {
            spare.push(memory);
        }
    }

    /// Accepts up to `bound` connections.
    fn accept(&mut self, bound: usize) {
        let shared = self.shared;
        // Whoever is told again later can leave it to the worker that is at it; whoever is told once cannot.
        let listener = match shared.listener.try_lock() {
            Ok(listener) => listener,
            Err(_) if DRAINED_BY_SHORT => return,
            Err(_) => shared.listener.lock().unwrap_or_else(PoisonError::into_inner),
        };
        let Some(listener) = listener.as_ref() else { return };
        for _ in 0..bound {
            let Some(index) = shared.slots.reserve() else {
                return self.rest_from_accepting(listener, EXHAUSTED);
            };
            let error = match listener.accept() {
                Ok((stream, peer)) => {
                    let number = shared.connections.fetch_add(1, Ordering::Relaxed);
                    let connection = Connection::new(number, peer, self.now);
                    self.install(
                        index,
                        Work { connection, stream, memory: None, readable: false, hangup: false },
                    );
                    continue;
                }
                Err(error) => error,
            };
            shared.slots.release(index);
            match AcceptError::of(&error) {
                AcceptError::Nothing => return,
                AcceptError::Lost => {}
                AcceptError::Exhausted => {
                    (shared.config.warn)(format_args!("cannot accept connections, trying again: {error}"));
                    return self.rest_from_accepting(listener, EXHAUSTED);
                }
            }
        }
    }

    fn install(&self, index: u32, work: Work<S>) {
        let shared = self.shared;
        let Some(slot) = shared.slots.slot(index) else { return };
        let tick = tick_after(self.now.after(shared.service.limits().idle));
        slot.deadline.store(tick, Ordering::SeqCst);
        if tick < slot.queued.load(Ordering::SeqCst) {
            self.queue(index, slot, tick);
        }
        let generation = slot.install(work);
        // Bytes that are there already make the first edge.
        let added = slot
            .work()
            .as_mut()
            .map_or(Ok(()), |work| shared.poller.add(&mut work.stream, index, generation));
        if let Err(error) = added {
            (shared.config.warn)(format_args!("cannot watch a connection: {error}"));
            *slot.work() = None;
            slot.vacate();
            shared.slots.release(index);
        }
    }

    fn rest_from_accepting(&self, listener: &Listener, pause: Duration) {
        let until = self.now.after(pause).as_micros();
        self.shared.accept_rests_until.store(until, Ordering::SeqCst);
        if let Err(error) = self.shared.poller.watch_listener(listener.inner(), false) {
            (self.shared.config.warn)(format_args!("cannot pause accepting: {error}"));
        }
    }

    fn go_on_accepting(&mut self) {
        let shared = self.shared;
        let until = shared.accept_rests_until.load(Ordering::SeqCst);
        if until == u64::MAX || self.now.as_micros() < until {
            return;
        }
        let Ok(listener) = shared.listener.try_lock() else { return };
        shared.accept_rests_until.store(u64::MAX, Ordering::SeqCst);
        if let Some(listener) = listener.as_ref()
            && let Err(error) = shared.poller.watch_listener(listener.inner(), true)
        {
            (shared.config.warn)(format_args!("cannot go on accepting: {error}"));
        }
        drop(listener);
        self.accept(ACCEPTED_AT_ONCE);
    }

    /// Accepts what the kernel has accepted for us, closes the listener, and tells every connection.
    fn begin_drain(&mut self) {
        let shared = self.shared;
        shared.service.drain();
        shared.drain_ends.store(self.now.after(shared.config.drain).as_micros(), Ordering::SeqCst);
        self.accept(shared.config.connections as usize);
        let listener = shared.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut listener) = listener
            && let Err(error) = shared.poller.remove_listener(listener.inner_mut())
        {
            (shared.config.warn)(format_args!("cannot stop listening: {error}"));
        }
        for index in 0..shared.slots.used() {
            if let Some(slot) = shared.slots.slot(index)
                && slot.is_occupied()
                && slot.notify(DRAIN)
            {
                self.serve(index, 0);
            }
        }
    }
}

#[cfg(test)]
mod tests;
