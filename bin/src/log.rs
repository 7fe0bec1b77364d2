//! The access log on standard output. Requests write into a bounded buffer, and a thread carries it out: a full disk, a
//! closed pipe or a slow terminal costs log lines, which are counted, and never a request its time.

use core::fmt;
use core::time::Duration;
use std::io::{self, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use bantam_core::middleware::access_log::Lines;

/// Bytes of lines that wait to be carried out.
const CAPACITY: usize = 1 << 20;

/// Lines of this long gather before they are carried out together.
const GATHER: Duration = Duration::from_millis(50);

/// The log, and the thread that carries it out.
#[derive(Debug)]
pub(crate) struct Log {
    shared: Arc<Shared>,
    carrier: Mutex<Option<JoinHandle<()>>>,
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
}

impl Log {
    pub(crate) fn start() -> io::Result<Self> {
        let waiting = Waiting { lines: String::with_capacity(CAPACITY), dropped: 0, is_over: false };
        let shared = Arc::new(Shared { waiting: Mutex::new(waiting), filled: Condvar::new() });
        let carrier = thread::Builder::new().name("bantam-log".into()).spawn({
            let shared = Arc::clone(&shared);
            move || carry(&shared, &mut io::stdout())
        })?;
        Ok(Self { shared, carrier: Mutex::new(Some(carrier)) })
    }

    /// Carries out what waits, and ends.
    pub(crate) fn finish(&self) {
        self.shared.lock().is_over = true;
        self.shared.filled.notify_one();
        let carrier = self.carrier.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(carrier) = carrier {
            // It panics only with the standard output, and then there is nowhere left to say so.
            let _ = carrier.join();
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
        if before == 0 {
            drop(waiting);
            self.shared.filled.notify_one();
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
    loop {
        let mut waiting = shared.lock();
        while waiting.lines.is_empty() && waiting.dropped == 0 && !waiting.is_over {
            waiting = shared.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if !waiting.is_over {
            let gathered = shared.filled.wait_timeout_while(waiting, GATHER, |waiting| !waiting.is_over);
            waiting = gathered.unwrap_or_else(PoisonError::into_inner).0;
        }
        core::mem::swap(&mut waiting.lines, &mut lines);
        lost += core::mem::take(&mut waiting.dropped);
        let is_over = waiting.is_over;
        drop(waiting);
        if lost > 0 {
            let reported = writeln!(io::stderr(), "bantam: {lost} access log lines were dropped");
            lost = if reported.is_ok() { 0 } else { lost };
        }
        if out.write_all(lines.as_bytes()).and_then(|()| out.flush()).is_err() {
            lost += lines.lines().count() as u64;
        }
        lines.clear();
        if is_over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared() -> Shared {
        let waiting = Waiting { lines: String::with_capacity(16), dropped: 0, is_over: false };
        Shared { waiting: Mutex::new(waiting), filled: Condvar::new() }
    }

    #[test]
    fn a_line_that_does_not_fit_is_dropped_whole_and_counted() {
        let log = Log { shared: Arc::new(shared()), carrier: Mutex::new(None) };
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
