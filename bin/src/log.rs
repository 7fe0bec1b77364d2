//! The access log on standard output. Requests write into a bounded buffer, and a thread carries it out: a full disk, a
//! closed pipe or a slow terminal costs log lines, which are counted, and never a request its time.

use core::fmt;
use core::time::Duration;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use bantam_core::middleware::access_log::Lines;

use crate::say::say;

/// Bytes of lines that wait to be carried out.
const CAPACITY: usize = 1 << 20;

/// Bytes at which they are carried out at once.
const MANY: usize = CAPACITY / 4;

/// How long the end waits for lines to be carried out, where nobody may be reading them.
const PATIENCE: Duration = Duration::from_millis(500);

/// Lines gather for this long before they are carried out together, unless they become many.
const GATHER: Duration = Duration::from_millis(50);

/// The log, and the thread that carries it out.
#[derive(Debug)]
pub(crate) struct Log {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    filled: Condvar,
}

#[derive(Debug)]
struct Waiting {
    lines: String,
    dropped: u64,
    is_over: bool,
    is_carried_out: bool,
}

impl Log {
    pub(crate) fn start() -> io::Result<Self> {
        let waiting = Waiting {
            lines: String::with_capacity(CAPACITY),
            dropped: 0,
            is_over: false,
            is_carried_out: false,
        };
        let shared = Arc::new(Shared { waiting: Mutex::new(waiting), filled: Condvar::new() });
        thread::Builder::new().name("bantam-log".into()).spawn({
            let shared = Arc::clone(&shared);
            move || carry(&shared, &mut io::stdout())
        })?;
        Ok(Self { shared })
    }

    /// Has what waits carried out, and ends.
    pub(crate) fn finish(&self) {
        let mut waiting = self.shared.lock();
        waiting.is_over = true;
        self.shared.filled.notify_all();
        let ended =
            self.shared.filled.wait_timeout_while(waiting, PATIENCE, |waiting| !waiting.is_carried_out);
        if ended.is_ok_and(|(_, timeout)| timeout.timed_out()) {
            say(format_args!("bantam: nobody reads the access log; its last lines were dropped\n"));
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines for Log {
    fn add(&self, write: &mut dyn FnMut(&mut dyn fmt::Write) -> fmt::Result) {
        let mut waiting = self.shared.lock();
        let before = waiting.lines.len();
        if write(&mut Bounded(&mut waiting.lines)).is_err() {
            waiting.lines.truncate(before);
            waiting.dropped += 1;
        }
        if before == 0 || (before < MANY && waiting.lines.len() >= MANY) {
            drop(waiting);
            self.shared.filled.notify_all();
        }
    }
}

/// Text that does not grow beyond its capacity, and so never allocates.
struct Bounded<'s>(&'s mut String);

impl fmt::Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.capacity() - self.0.len() < text.len() {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

/// Carries lines to `out` until the log is over.
fn carry(shared: &Shared, out: &mut dyn io::Write) {
    let mut lines = String::with_capacity(CAPACITY);
    let mut lost = 0;
    let mut reported = None::<Instant>;
    loop {
        let mut waiting = shared.lock();
        while waiting.lines.is_empty() && waiting.dropped == 0 && !waiting.is_over {
            waiting = shared.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if !waiting.is_over {
            let gathered = shared.filled.wait_timeout_while(waiting, GATHER, |waiting| {
                !waiting.is_over && waiting.lines.len() < MANY
            });
            waiting = gathered.unwrap_or_else(PoisonError::into_inner).0;
        }
        core::mem::swap(&mut waiting.lines, &mut lines);
        lost += core::mem::take(&mut waiting.dropped);
        let is_over = waiting.is_over;
        drop(waiting);
        if out.write_all(lines.as_bytes()).and_then(|()| out.flush()).is_err() {
            lost += lines.lines().count() as u64;
        }
        lines.clear();
        // Not more than once a second, and at the end.
        if lost > 0
            && (is_over || reported.is_none_or(|reported| reported.elapsed() >= Duration::from_secs(1)))
        {
            reported = Some(Instant::now());
            say(format_args!("bantam: {lost} access log lines were dropped\n"));
            lost = 0;
        }
        if is_over {
            shared.lock().is_carried_out = true;
            shared.filled.notify_all();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        let waiting =
            Waiting { lines: String::with_capacity(16), dropped: 0, is_over: false, is_carried_out: false };
        Shared { waiting: Mutex::new(waiting), filled: Condvar::new() }
    }

    #[test]
    fn a_line_that_does_not_fit_is_dropped_whole_and_counted() {
        let log = Log { shared: Arc::new(shared()) };
        log.add(&mut |out| out.write_str("0123456789\n"));
        log.add(&mut |out| out.write_str("abc").and_then(|()| out.write_str("0123456789\n")));
        let waiting = log.shared.lock();
        assert_eq!((waiting.lines.as_str(), waiting.dropped), ("0123456789\n", 1));
    }

    #[test]
    fn what_waits_is_carried_out_before_the_end() {
        let shared = shared();
        shared.lock().lines.push_str("a line\n");
        shared.lock().is_over = true;
        let mut out = Vec::new();
        carry(&shared, &mut out);
        assert_eq!(out, b"a line\n");
    }
}
