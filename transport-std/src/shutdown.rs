//! How the server ends: a first call drains it, a second one ends it at once.

use core::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::thread;

use crate::poller::Waker;

/// How long the process is given to end after the server should have.
const STUCK: Duration = Duration::from_secs(1);

/// Shuts a server down; a handle that any thread may hold.
#[derive(Clone, Debug)]
pub struct Shutdown {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    stage: AtomicU8,
    /// Wakes that a worker has come for.
    calls_answered: AtomicU64,
    waker: Waker,
    /// `Config::delay` and `Config::drain`.
    time: Duration,
}

/// How far a shutdown has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Serving,
    /// Answers say `Connection: close`; when `Config::delay` has passed, no new connections, and idle ones are closed.
    Draining,
    /// Now.
    Ending,
}

impl Shutdown {
    /// `time` is what the server takes to end at most.
    pub(crate) fn new(waker: Waker, time: Duration) -> Self {
        Self {
            inner: Arc::new(Inner {
                stage: AtomicU8::new(0),
                calls_answered: AtomicU64::new(0),
                waker,
                time,
            }),
        }
    }

    /// Begins to drain: what was accepted is answered, and nothing new is accepted once `Config::delay` has passed. Called
    /// a second time, it ends the server at once.
    pub fn begin(&self) {
        // Calls beyond the second change nothing.
        let _ =
            self.inner.stage.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |stage| stage.checked_add(1));
        self.inner.waker.wake();
    }

    /// Ends the server without waiting for anything.
    pub fn end(&self) {
        self.inner.stage.store(2, Ordering::SeqCst);
        self.inner.waker.wake();
    }

    /// Begins on SIGINT and SIGTERM, and ends on the second of them. A handler that does not return cannot be outrun by
    /// the server, so the process itself is ended, with exit code 1, a second after the server should have.
    ///
    /// # Errors
    /// When the handlers cannot be registered.
    #[cfg(unix)]
    pub fn on_signals(&self) -> io::Result<()> {
        self.on_signals_telling(|| ())
    }

    /// The same, and calls `begun` when the first signal has come.
    ///
    /// # Errors
    /// When the handlers cannot be registered.
    #[cfg(unix)]
    pub fn on_signals_telling(&self, begun: impl Fn() + Send + 'static) -> io::Result<()> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
        let shutdown = self.clone();
        // The thread sleeps in a read for the life of the process and ends with it.
        thread::Builder::new().name("bantam-signals".into()).spawn(move || {
            signals.forever().for_each(|_| shutdown.signal(&begun));
        })?;
        Ok(())
    }

    /// Begins on Ctrl-C, and ends on the second, as on other systems.
    ///
    /// # Errors
    /// When the handler cannot be registered.
    #[cfg(not(unix))]
    pub fn on_signals(&self) -> io::Result<()> {
        self.on_signals_telling(|| ())
    }

    /// The same, and calls `begun` when it was pressed first.
    ///
    /// # Errors
    /// When the handler cannot be registered.
    #[cfg(not(unix))]
    pub fn on_signals_telling(&self, begun: impl Fn() + Send + 'static) -> io::Result<()> {
        use core::sync::atomic::AtomicBool;
        let pressed = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&pressed))?;
        let shutdown = self.clone();
        thread::Builder::new().name("bantam-signals".into()).spawn(move || {
            loop {
                if pressed.swap(false, Ordering::SeqCst) {
                    shutdown.signal(&begun);
                }
                thread::sleep(Duration::from_millis(100));
            }
        })?;
        Ok(())
    }

    fn signal(&self, begun: &impl Fn()) {
        let is_first = self.stage() == Stage::Serving;
        self.begin();
        if is_first {
            begun();
        }
        let time = if self.stage() == Stage::Ending { STUCK } else { self.inner.time.saturating_add(STUCK) };
        let watch = thread::Builder::new().name("bantam-watchdog".into()).spawn(move || {
            thread::sleep(time);
            std::process::exit(1);
        });
        if watch.is_err() {
            // Without threads nothing is left to wait for.
            std::process::exit(1);
        }
    }

    pub(crate) fn stage(&self) -> Stage {
        match self.inner.stage.load(Ordering::SeqCst) {
            0 => Stage::Serving,
            1 => Stage::Draining,
            _ => Stage::Ending,
        }
    }

    /// A worker has come because it was called.
    pub(crate) fn answer_call(&self) {
        self.inner.calls_answered.fetch_add(1, Ordering::Relaxed);
    }

    #[cfg(all(feature = "systemd", target_os = "linux"))]
    pub(crate) fn calls_answered(&self) -> u64 {
        self.inner.calls_answered.load(Ordering::Relaxed)
    }

    pub(crate) fn waker(&self) -> &Waker {
        &self.inner.waker
    }
}
