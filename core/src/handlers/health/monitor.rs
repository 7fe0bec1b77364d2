//! Checks that run beside the server, each on a thread of its own.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::io;
use std::panic::catch_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant as StdInstant;

use super::{Finding, Findings};
use crate::time::Instant;

/// Something to check from time to time.
pub struct Check {
    name: &'static str,
    interval: Duration,
    timeout: Duration,
    run: Box<dyn FnMut() -> Result<(), String> + Send>,
}

impl Check {
    /// A check that is well when `run` returns `Ok`; its error is shown only in detail. It runs at once and then every
    /// ten seconds, and fails when it takes longer than one, unless others are named.
    pub fn new(name: &'static str, run: impl FnMut() -> Result<(), String> + Send + 'static) -> Self {
        let (interval, timeout) = (Duration::from_secs(10), Duration::from_secs(1));
        Self { name, interval, timeout, run: Box::new(run) }
    }

    /// With this pause between one run and the next.
    #[must_use]
    pub fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Failed once a run takes longer than this. It is not interrupted, and what it comes to in the end counts again.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

/// Runs checks until it is dropped, off the threads that serve: a check that hangs is reported as failed after its
/// time-out, and keeps neither the others nor the end waiting.
///
/// ```
/// use bantam_core::handlers::health::{self, Check, Monitor};
/// use bantam_core::prelude::*;
/// use std::time::Duration;
///
/// struct App {
///     health: Monitor,
/// }
///
/// fn ready(app: &App, request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
///     health::ready(&app.health, request, response)
/// }
///
/// # fn main() -> std::io::Result<()> {
/// let space = Check::new("disk", || std::fs::metadata(".").map(drop).map_err(|error| error.to_string()));
/// let app = App { health: Monitor::start(vec![space.every(Duration::from_secs(30))])? };
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Monitor {
    watched: Vec<Arc<Watched>>,
}

/// One check, as its thread and the handlers share it.
#[derive(Debug)]
struct Watched {
    name: &'static str,
    timeout: Duration,
    state: Mutex<State>,
    stopped: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Since when it runs, if it does.
    begun: Option<StdInstant>,
    /// What it came to last, and when.
    last: Option<(Result<(), String>, StdInstant)>,
    is_over: bool,
}

impl Monitor {
    /// Starts a thread for each of these checks.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start(checks: Vec<Check>) -> io::Result<Self> {
        let mut monitor = Self { watched: Vec::with_capacity(checks.len()) };
        for check in checks {
            let watched = Arc::new(Watched {
                name: check.name,
                timeout: check.timeout,
                state: Mutex::new(State { begun: Some(StdInstant::now()), ..State::default() }),
                stopped: Condvar::new(),
            });
            monitor.watched.push(Arc::clone(&watched));
            let name = format!("check-{}", check.name);
            // Not joined: a check that hangs ends with the process.
            thread::Builder::new().name(name).spawn(move || watched.watch(check))?;
        }
        Ok(monitor)
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        for watched in &self.watched {
            watched.lock().is_over = true;
            watched.stopped.notify_all();
        }
    }
}

impl Watched {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The life of a check's thread.
    fn watch(&self, mut check: Check) {
        loop {
            let outcome = catch_unwind(AssertUnwindSafe(|| (check.run)()));
            let outcome = outcome.unwrap_or_else(|_| Err("panicked".into()));
            let mut state = self.lock();
            state.begun = None;
            state.last = Some((outcome, StdInstant::now()));
            let waited = self.stopped.wait_timeout_while(state, check.interval, |state| !state.is_over);
            let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.is_over {
                return;
            }
            state.begun = Some(StdInstant::now());
        }
    }
}

impl Findings for Monitor {
    fn for_each(&self, _: Instant, each: &mut dyn FnMut(&str, &Finding<'_>)) {
        for watched in &self.watched {
            let state = watched.lock();
            let hangs = state.begun.is_some_and(|begun| begun.elapsed() > watched.timeout);
            let (outcome, at) = match &state.last {
                Some((outcome, at)) => {
                    (outcome.as_ref().map_or_else(|error| Err(error.as_str()), |()| Ok(())), Some(at))
                }
                None => (Err("not checked yet"), None),
            };
            let outcome = if hangs { Err("timed out") } else { outcome };
            let reason = outcome.err().unwrap_or_default();
            each(
                watched.name,
                &Finding { is_well: outcome.is_ok(), age: at.map(StdInstant::elapsed), reason },
            );
        }
    }
}
