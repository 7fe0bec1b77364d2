//! How a server behind a TAP device ends: a first call drains it, a second one ends it at once.

use core::sync::atomic::{AtomicU8, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::thread;

use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::run::Lifecycle;

/// How long the process is given to end after the server should have.
const STUCK: Duration = Duration::from_secs(1);

/// Shuts a server behind a TAP device down; a handle that any thread may hold.
#[derive(Clone, Debug)]
pub struct TapShutdown {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    stage: AtomicU8,
    wake: OwnedFd,
    drain: Duration,
}

const SERVING: u8 = 0;
const DRAINING: u8 = 1;
const ENDING: u8 = 2;

impl TapShutdown {
    pub(super) fn new(drain: Duration) -> io::Result<Self> {
        let wake = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        Ok(Self { inner: Arc::new(Inner { stage: AtomicU8::new(SERVING), wake, drain }) })
    }

    /// Begins to drain: what was accepted is answered, nothing new is accepted. Called a second time, it ends the
    /// server at once.
    pub fn begin(&self) {
        let next = |stage: u8| Some(stage.saturating_add(1).min(ENDING));
        // There always is a next stage.
        let _ = self.inner.stage.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next);
        self.wake();
    }

    /// Ends the server without waiting for anything.
    pub fn end(&self) {
        self.inner.stage.store(ENDING, Ordering::SeqCst);
        self.wake();
    }

    /// Begins on SIGINT and SIGTERM, and ends on the second of them. A handler that does not return cannot be outrun by
    /// the server, so the process itself is ended, with exit code 1, a second after the server should have.
    ///
    /// # Errors
    /// When the handlers cannot be registered.
    pub fn on_signals(&self) -> io::Result<()> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let shutdown = self.clone();
        // The thread sleeps in a read for the life of the process and ends with it.
        thread::Builder::new().name("bantam-signals".into()).spawn(move || {
            signals.forever().for_each(|_| shutdown.signal());
        })?;
        Ok(())
    }

    fn signal(&self) {
        self.begin();
        let time =
            if self.stage() == Lifecycle::Ending { STUCK } else { self.inner.drain.saturating_add(STUCK) };
        let watch = thread::Builder::new().name("bantam-watchdog".into()).spawn(move || {
            thread::sleep(time);
            std::process::exit(1);
        });
        if watch.is_err() {
            // Without threads nothing is left to wait for.
            std::process::exit(1);
        }
    }

    pub(super) fn stage(&self) -> Lifecycle {
        match self.inner.stage.load(Ordering::SeqCst) {
            SERVING => Lifecycle::Serving,
            DRAINING => Lifecycle::Draining,
            _ => Lifecycle::Ending,
        }
    }

    /// What can be read when the server is to wake.
    pub(super) fn wakes(&self) -> BorrowedFd<'_> {
        self.inner.wake.as_fd()
    }

    pub(super) fn has_woken(&self) {
        // How often it was woken does not matter.
        let _ = rustix::io::read(&self.inner.wake, &mut [0; 8]);
    }

    fn wake(&self) {
        // A counter that is full wakes it just as well.
        let _ = rustix::io::write(&self.inner.wake, &1u64.to_ne_bytes());
    }
}
