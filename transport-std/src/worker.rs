//! What a thread of the pool does all day: wait for events, serve connections, accept new ones, look at deadlines.

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use core::time::Duration;
use std::io;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::connection::Lent;
use bantam_core::middleware::metrics::State;
use bantam_core::service::Service;
use bantam_core::time::Instant;

use crate::Config;
use crate::accept::{Accepting, Appetite};
use crate::addresses::Addresses;
use crate::blocking::Pool;
use crate::clock::{Clock, WallClock};
use crate::driver::{After, Readiness, Surroundings, drive};
use crate::fault::{self, Call};
use crate::file;
use crate::listener::Listener;
use crate::poller::{Event, Events, Poller};
use crate::shutdown::{Shutdown, Stage};
use crate::slots::{DRAIN, HANGUP, Memory, READABLE, READY, Slot, Slots};
use crate::timers::{Timers, tick_after};
use crate::turns::Turns;
use crate::warnings::Stalls;

/// Buffers that are kept for later messages, for each worker, and no more.
const SPARE: usize = 4;

/// How long a worker goes on with what it has begun before it looks for what is new.
const ROUND: Duration = Duration::from_millis(8);

/// Connections for which a worker's lists have room from the start; with more they grow.
const ROOM: usize = 64;

/// What the workers of a server share.
pub(crate) struct Shared<'s, A, S> {
    pub(crate) service: &'s Service<'s, A, S>,
    pub(crate) config: &'s Config,
    pub(crate) accepting: Accepting,
    pub(crate) addresses: Addresses,
    shutdown: Shutdown,
    pub(crate) poller: Poller,
    pub(crate) slots: Slots<S>,
    pub(crate) pool: Pool,
    stalls: Stalls,
    timers: Timers,
    /// Buffers that no worker has at hand. A message may end on another worker than it began on, so they wander: what
    /// one has too many is what another lacks.
    spare: Mutex<Vec<Box<Memory<S>>>>,
    clock: Clock,
    /// Whether the listeners have been closed.
    is_draining: AtomicBool,
    /// When they are to be closed, and by when all is to be over.
    drain_begins: AtomicU64,
    drain_ends: AtomicU64,
}

impl<'s, A: Sync, S: Source<A> + Sink<A> + Send> Shared<'s, A, S> {
    pub(crate) fn new(
        mut listeners: Vec<Listener>,
        poller: Poller,
        shutdown: Shutdown,
        config: &'s Config,
        service: &'s Service<'s, A, S>,
    ) -> io::Result<Self> {
        for (place, listener) in listeners.iter_mut().enumerate() {
            poller.add_listener(place, listener.inner_mut())?;
        }
        Ok(Self {
            service,
            config,
            accepting: Accepting::new(listeners, config.warn),
            addresses: Addresses::new(config.per_address),
            shutdown,
            poller,
            slots: Slots::new(config.connections),
            pool: Pool::new(&config.blocking, config.warn),
            stalls: Stalls::new(config.stall, config.warn),
            timers: Timers::new(),
            spare: Mutex::new(Vec::with_capacity(config.workers.get().saturating_mul(SPARE))),
            clock: Clock::start(),
            is_draining: AtomicBool::new(false),
            drain_begins: AtomicU64::new(u64::MAX),
            drain_ends: AtomicU64::new(u64::MAX),
        })
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Whether the server ends without waiting for anything.
    pub(crate) fn is_ending(&self) -> bool {
        self.shutdown.stage() == Stage::Ending
    }

    /// Wakes one worker, for what was returned to them.
    pub(crate) fn wake(&self) {
        self.shutdown.waker().wake();
    }

    /// Makes all workers stop, because one could not be started.
    pub(crate) fn abandon(&self) {
        self.shutdown.end();
    }

    /// Tells the connections that are left when all workers have gone that they are cut, so that their answers have an end
    /// for logs and counters too.
    pub(crate) fn cut_connections(&self) {
        let now = self.clock.now();
        let wall = WallClock::new(now);
        for index in 0..self.slots.used() {
            let Some(mut work) = self.slots.slot(index).and_then(|slot| slot.work().take()) else { continue };
            if let Some(memory) = &mut work.memory {
                let mut lent = work.connection.lend(self.service, memory.lend(), Some(*wall.date()));
                // Middleware that panics over it must not keep the others from being told.
                let _ = catch_unwind(AssertUnwindSafe(|| lent.handle_broken(now)));
            }
            if let Some(connections) = self.service.connections() {
                connections.moved(work.counted, None);
            }
        }
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
            unfinished: Turns::new(ROOM),
            appetite: Appetite::FIRST,
            wall: WallClock::new(self.clock.now()),
            now: self.clock.now(),
            has_passed_on: false,
        };
        // A panic here is a bug of ours: the others must not go on without this worker as if nothing had been.
        let outcome = catch_unwind(AssertUnwindSafe(|| worker.run()));
        if !matches!(outcome, Ok(Ok(()))) {
            self.shutdown.end();
        }
        // Each wake reaches one worker: whoever leaves wakes the next.
        self.shutdown.waker().wake();
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }
}

pub(crate) struct Worker<'w, 's, A, S> {
    pub(crate) shared: &'w Shared<'s, A, S>,
    /// Buffers for the next message: those used last, which the processor's caches still have.
    spare: Option<Box<Memory<S>>>,
    /// Slots that this worker owns and has to go on with.
    pub(crate) unfinished: Turns,
    /// How many connections are accepted in the next turn that does.
    pub(crate) appetite: Appetite,
    wall: WallClock,
    /// The time, read once for each turn of the loop, and when a handler has run.
    pub(crate) now: Instant,
    /// Whether this worker has told the next one that the server drains.
    has_passed_on: bool,
}

impl<A: Sync, S: Source<A> + Sink<A> + Send> Worker<'_, '_, A, S> {
    fn run(&mut self) -> io::Result<()> {
        let mut events = Events::new();
        let mut due = Vec::with_capacity(ROOM);
        while !self.is_over() {
            self.shared.poller.wait(&mut events, self.now, self.wakes_at())?;
            self.now = self.shared.clock.now();
            let began = self.now;
            self.wall.refresh(self.now);
            for event in events.iter() {
                match event {
                    Event::Connection { slot, generation, readable, hangup } => {
                        let flags = READY
                            | if readable { READABLE } else { 0 }
                            | if hangup { READABLE | HANGUP } else { 0 };
                        self.connection_event(slot, generation, flags);
                    }
                    Event::Listener(place) => self.accept(place),
                    Event::Wake => {
                        self.shared.shutdown.answer_call();
                        self.shared.pool.take_back(&mut self.unfinished);
                    }
                }
            }
            self.go_on(began);
            self.shared.timers.take_due(self.now, &mut due);
            for index in due.drain(..) {
                self.timer(index);
            }
            self.go_on_accepting();
        }
        Ok(())
    }

    /// Goes on with what this worker owns, as far as there is time for it in a round that began at `began`.
    fn go_on(&mut self, began: Instant) {
        for _ in 0..self.unfinished.len() {
            if let Some(index) = self.unfinished.next() {
                self.serve(index, 0);
            }
            // Whoever has just come is not to wait for all of them.
            if self.shared.clock.now().since(began) > ROUND {
                break;
            }
        }
    }

    /// Whether the server has ended; begins to drain it when that was asked for.
    fn is_over(&mut self) -> bool {
        let shared = self.shared;
        match shared.shutdown.stage() {
            Stage::Serving => false,
            Stage::Ending => true,
            Stage::Draining => {
                if !core::mem::replace(&mut self.has_passed_on, true) {
                    shared.service.drain();
                    let begins = self.now.after(shared.config.delay);
                    shared.drain_begins.fetch_min(begins.as_micros(), Ordering::SeqCst);
                    // All must know by when the drain ends, also if this worker is kept by a handler.
                    let ends = begins.after(shared.config.drain);
                    shared.drain_ends.fetch_min(ends.as_micros(), Ordering::SeqCst);
                    shared.shutdown.waker().wake();
                }
                if self.now.as_micros() < shared.drain_begins.load(Ordering::SeqCst) {
                    return false;
                }
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
        let drain =
            if shared.is_draining.load(Ordering::SeqCst) { &shared.drain_ends } else { &shared.drain_begins };
        let drain = match drain.load(Ordering::SeqCst) {
            u64::MAX => None,
            micros => Some(Instant::from_micros(micros)),
        };
        [shared.accepting.rests_until(), drain, shared.timers.due()].into_iter().flatten().min()
    }

    fn connection_event(&mut self, index: u32, generation: Option<u32>, flags: u32) {
        let Some(slot) = self.shared.slots.slot(index) else { return };
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
                // A turn writes before it looks at its deadline. The kernel tells that a socket takes bytes when a third of
                // its buffer is free, which a slow reader may not bring about in time though it reads.
                if slot.notify(READY) {
                    self.serve(index, 0);
                }
            }
            deadline => self.shared.timers.add(index, deadline, &slot.queued),
        }
    }

    /// Serves a slot that this worker owns until its connection waits, is over, or has had its turn.
    fn serve(&mut self, index: u32, mut flags: u32) {
        let Some(slot) = self.shared.slots.slot(index) else { return };
        loop {
            flags |= slot.take_flags();
            let Some(after) = self.turn(index, slot, flags) else {
                // An event of a connection that is gone has come to its empty place. If a new one moves in meanwhile,
                // its flags are found here.
                if slot.let_go() {
                    return;
                }
                flags = 0;
                continue;
            };
            match after {
                After::Unfinished => return self.unfinished.add(index),
                // It keeps its owner's mark, and whoever takes it out of the queue is the owner.
                After::Blocking => return self.shared.pool.pass_on(index),
                After::Closed => {
                    slot.vacate();
                    self.shared.slots.release(index);
                    if self.shared.service.is_crowded() && self.shared.slots.is_roomy() {
                        self.shared.service.set_crowded(false);
                    }
                    self.shared.accepting.end_rest();
                    self.go_on_accepting();
                    return;
                }
                After::Waiting(deadline) => {
                    self.await_until(index, slot, deadline);
                    if slot.let_go() {
                        return;
                    }
                    flags = 0;
                }
            }
        }
    }

    /// Stores by when the connection waits for something.
    pub(crate) fn await_until(&self, index: u32, slot: &Slot<S>, deadline: Instant) {
        let tick = tick_after(deadline);
        slot.deadline.store(tick, Ordering::SeqCst);
        if tick < slot.queued.load(Ordering::SeqCst) {
            self.shared.timers.add(index, tick, &slot.queued);
        }
    }

    /// One turn of a connection; `None` when there is none. A panic in application code costs its client a 500, and the
    /// server nothing.
    fn turn(&mut self, index: u32, slot: &Slot<S>, flags: u32) -> Option<After> {
        let mut place = slot.work();
        let work = place.as_mut()?;
        let Shared { service, clock, pool, stalls, is_draining, .. } = self.shared;
        let surroundings = &Surroundings { clock, pool, stalls };
        let spare = || self.spare.take().or_else(|| self.shared.spare().pop());
        let mut memory = work.memory.take().or_else(spare).unwrap_or_else(|| self.shared.new_memory());
        work.hangup |= flags & HANGUP != 0;
        // An edge that came while the connection wanted nothing to read is still owed to it.
        let readable = work.readable || flags & (READABLE | DRAIN) != 0;
        let mut readiness = Readiness { readable, hangup: work.hangup };
        let mut now = self.now;
        let left_for_first = work.connection.left_for_first();
        let mut lent = work.connection.lend(service, memory.lend(), Some(*self.wall.date()));
        lent.set_sends_files(file::SENDS);
        let turn = |lent: &mut Lent<'_, A, S>, readiness: &mut Readiness, now: &mut Instant| {
            let stream = &work.stream;
            let mut after = drive(lent, stream, readiness, surroundings, now);
            // Also for a connection that was busy when the drain began, and has become idle now.
            if is_draining.load(Ordering::SeqCst) && matches!(after, After::Waiting(_)) {
                // What was sent before the drain may have come behind the last read; its edge is then still to come.
                readiness.readable = true;
                after = drive(lent, stream, readiness, surroundings, now);
                match (after, left_for_first) {
                    (After::Waiting(deadline), Some(until)) if *now < until => {
                        after = After::Waiting(deadline.min(until));
                    }
                    (After::Waiting(_), _) => {
                        lent.handle_shutdown(*now);
                        after = drive(lent, stream, readiness, surroundings, now);
                    }
                    _ => {}
                }
            }
            after
        };
        let mut after = catch_unwind(AssertUnwindSafe(|| turn(&mut lent, &mut readiness, &mut now)));
        // A second time for middleware that panics over every answer; a third panic has nothing left to say.
        for _ in 0..2 {
            if after.is_err() {
                after = catch_unwind(AssertUnwindSafe(|| {
                    lent.handle_panic(now);
                    drive(&mut lent, &work.stream, &mut readiness, surroundings, &mut now)
                }));
            }
        }
        let mut after = after.unwrap_or(After::Closed);
        if after == After::Unfinished && lent.wants().is_none() {
            after = After::Closed; // by the last step that the turn had
        }
        // A connection that is over by now was never watched. What has come behind the read makes the first edge.
        if after != After::Closed && !core::mem::replace(&mut work.is_watched, true) {
            let generation = slot.generation();
            let added = fault::before(Call::Watch)
                .and_then(|()| self.shared.poller.add(&mut work.stream, index, generation));
            if let Err(error) = added {
                // Nobody would hear of it again.
                let _ = catch_unwind(AssertUnwindSafe(|| lent.handle_broken(now)));
                self.shared.accepting.warn(now, &error);
                after = After::Closed;
            }
        }
        self.now = now;
        work.readable = readiness.readable;
        // Once a turn: a connection that is idle before and after it has not changed.
        if let Some(connections) = service.connections() {
            let state = State::of(work.connection.phase()).filter(|_| after != After::Closed);
            connections.moved(work.counted, state);
            work.counted = state.unwrap_or(work.counted);
        }
        if after == After::Closed {
            let connection = &work.connection;
            self.shared.addresses.leave(connection.peer().filter(|_| !connection.has_proxy_header()));
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

    /// Accepts what the kernel has accepted for us, stops listening, and tells every connection.
    fn begin_drain(&mut self) {
        self.accept_the_last();
        self.tell_all(DRAIN);
    }

    /// Lets silence be shorter once most places are taken, also for those who are silent already.
    pub(crate) fn watch_crowd(&mut self) {
        let Shared { service, slots, .. } = self.shared;
        if slots.is_crowded() && !service.is_crowded() {
            service.set_crowded(true);
            self.tell_all(READY);
        }
    }

    /// Leaves `flags` for every connection, and serves those that nobody serves.
    fn tell_all(&mut self, flags: u32) {
        let slots = &self.shared.slots;
        for index in 0..slots.used() {
            if let Some(slot) = slots.slot(index)
                && slot.is_occupied()
                && slot.notify(flags)
            {
                self.serve(index, 0);
            }
        }
    }
}

#[cfg(test)]
mod tests;
