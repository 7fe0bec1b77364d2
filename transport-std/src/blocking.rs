//! Who runs handlers that wait: threads of their own, as many as are needed between two bounds.
//!
//! ```text
//! worker ──slot──► waiting ──► thread: the handler, and nothing else ──slot──► returned ──wake──► worker
//! ```
//!
//! A worker that meets the handler of a blocking route passes the slot on as it owns it: with `RUNNING` set, so that
//! events only leave flags. A worker that is woken takes it back, and moves the bytes. So sockets, deadlines and slots
//! remain the workers' business; no other connection waits for such a handler, or for anything that happens here but a
//! few moves under a lock; and requests of other routes pay one branch. The price is two wakes for a request that was
//! going to wait anyway.

use core::fmt;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::VecDeque;
use std::io;
use std::panic::catch_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::route::Route;

use crate::Blocking;
use crate::clock::WallClock;
use crate::file;
use crate::turns::Turns;
use crate::warnings::Warnings;
use crate::worker::Shared;

/// Requests for which the queues have room from the start, so that a request allocates nothing; with more they grow.
const ROOM: usize = 1_024;

/// The requests that wait for a thread, and the threads.
#[derive(Debug)]
pub(crate) struct Pool {
    config: Blocking,
    state: Mutex<State>,
    /// A request has come, or the end.
    wanted: Condvar,
    /// Requests that wait for a thread or have one.
    admitted: AtomicUsize,
    /// Slots whose handler has run, for the next worker that is woken.
    returned: Mutex<Vec<u32>>,
    warnings: Warnings,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<u32>,
    threads: usize,
    /// Threads that wait for a request.
    idle: usize,
    is_over: bool,
}

/// What a thread is given to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Task {
    slot: u32,
    /// Nobody is left who waits for the next request: another thread is to be started first.
    grows: bool,
}

impl Pool {
    pub(crate) fn new(config: &Blocking, warn: fn(fmt::Arguments<'_>)) -> Self {
        let most = config.max.max(config.min).get().saturating_add(config.waiting).min(ROOM);
        let waiting = VecDeque::with_capacity(most);
        Self {
            config: config.clone(),
            state: Mutex::new(State { waiting, ..State::default() }),
            wanted: Condvar::new(),
            admitted: AtomicUsize::new(0),
            returned: Mutex::new(Vec::with_capacity(most)),
            warnings: Warnings::new(warn),
        }
    }

    /// Takes a place for one more request; false when all threads and all places to wait for one are taken.
    pub(crate) fn admit(&self) -> bool {
        let most = self.max().saturating_add(self.config.waiting);
        let admit = |admitted: usize| (admitted < most).then(|| admitted.saturating_add(1));
        self.admitted.fetch_update(Ordering::SeqCst, Ordering::SeqCst, admit).is_ok()
    }

    /// Passes on a slot for which a place was taken. From here on it belongs to whoever takes it out.
    pub(crate) fn pass_on(&self, slot: u32) {
        lock(&self.state).waiting.push_back(slot);
        self.wanted.notify_one();
    }

    /// Takes back the slots whose handlers have run.
    pub(crate) fn take_back(&self, slots: &mut Turns) {
        lock(&self.returned).drain(..).for_each(|slot| slots.add(slot));
    }

    /// Ends the threads; one whose handler runs ends when that has returned.
    pub(crate) fn end(&self) {
        lock(&self.state).is_over = true;
        self.wanted.notify_all();
    }

    /// The next request for a thread; `None` when the thread is of no more use.
    fn next(&self) -> Option<Task> {
        let mut state = lock(&self.state);
        loop {
            if state.is_over {
                return None;
            }
            if let Some(slot) = state.waiting.pop_front() {
                let grows = state.idle == 0 && state.threads < self.max();
                state.threads += usize::from(grows);
                return Some(Task { slot, grows });
            }
            state.idle += 1;
            let waited = self.wanted.wait_timeout(state, self.config.idle);
            let (woken, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            // One that is idle stays, however long the others take: it is the one that starts the next.
            let is_spare = state.threads > self.config.min.get() && state.idle > 0;
            if timeout.timed_out() && state.waiting.is_empty() && is_spare {
                state.threads -= 1;
                return None;
            }
        }
    }

    /// A request has been answered.
    fn give_back(&self, slot: u32) {
        self.admitted.fetch_sub(1, Ordering::SeqCst);
        lock(&self.returned).push(slot);
    }

    fn max(&self) -> usize {
        self.config.max.max(self.config.min).get()
    }
}

impl<A: Sync, S: Source<A> + Sink<A> + Send> Shared<'_, A, S> {
    /// Starts the threads that stay, if any route needs them.
    pub(crate) fn start_blocking<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) -> io::Result<()> {
        if !self.service.routes().iter().any(Route::is_blocking) {
            return Ok(());
        }
        for _ in 0..self.pool.config.min.get() {
            lock(&self.pool.state).threads += 1;
            self.start_thread(scope)?;
        }
        Ok(())
    }

    /// Starts a thread that was counted before.
    fn start_thread<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) -> io::Result<()> {
        let thread = thread::Builder::new().name("bantam-blocking".into());
        thread.spawn_scoped(scope, || self.run_blocking(scope)).map(drop)
    }

    /// The life of a thread.
    fn run_blocking<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        let mut wall = WallClock::new(self.now());
        while let Some(task) = self.pool.next() {
            if self.is_ending() {
                return; // the workers leave, and nothing more is begun
            }
            if task.grows
                && let Err(error) = self.start_thread(scope)
            {
                lock(&self.pool.state).threads -= 1;
                let message = format_args!("cannot start a thread for a blocking route: {error}");
                self.pool.warnings.tell(self.now(), message);
            }
            wall.refresh(self.now());
            self.run_handler(task.slot, &wall);
            self.pool.give_back(task.slot);
            self.wake();
        }
    }

    /// Runs the handler of a slot. A panic costs its client a 500, as with other handlers.
    fn run_handler(&self, index: u32, wall: &WallClock) {
        let Some(slot) = self.slots.slot(index) else { return };
        let mut place = slot.work();
        let Some(work) = place.as_mut() else { return };
        // It came with the slot: a connection keeps its buffers while a request is under way.
        let Some(memory) = work.memory.as_mut() else { return };
        let mut lent = work.connection.lend(self.service, memory.lend(), Some(*wall.date()));
        lent.set_may_wait(true);
        lent.set_sends_files(file::SENDS);
        let now = self.now();
        let mut ran = catch_unwind(AssertUnwindSafe(|| lent.run_handler(now, || self.now())));
        for _ in 0..2 {
            if ran.is_err() {
                ran = catch_unwind(AssertUnwindSafe(|| lent.handle_panic(self.now())));
            }
        }
        if ran.is_err() {
            let _ = catch_unwind(AssertUnwindSafe(|| lent.handle_broken(self.now())));
        }
    }
}

/// Nothing panics under these locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
