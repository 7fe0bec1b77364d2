//! A log that never keeps a request waiting. Requests write into a bounded buffer, and a thread carries it out: a full
//! disk, a closed pipe or a slow terminal costs log lines, which are counted, and never a request its time.
//!
//! ```text
//! requests ──add──► waiting ──swap──► batch ──write──► standard output or a file
//!                   (bounded)         (kept until it is out)
//! ```
//! What could not be written is kept and tried again, from the byte where the last write ended, so that a disk that has
//! room again goes on where it stopped. Only when a pipe has lost its reader are lines dropped that were taken: nobody
//! will ever read them.

mod output;

use core::fmt;
use core::time::Duration;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bantam_core::middleware::access_log::Lines;
use bantam_core::middleware::metrics::Counter;

use self::output::Output;

/// Bytes of lines that wait to be carried out, and of those that are being carried out.
const CAPACITY: usize = 1 << 20;

/// Bytes at which they are carried out at once.
const MANY: usize = CAPACITY / 4;

/// How long the end waits for lines to be carried out, where nobody may be reading them.
const PATIENCE: Duration = Duration::from_millis(500);

/// Lines gather for this long before they are carried out together, unless they become many.
const GATHER: Duration = Duration::from_millis(50);

/// The time between two attempts to write what could not be written, and between two reports.
const AGAIN: Duration = Duration::from_secs(1);

/// Where lines go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    StandardOutput,
    /// The end of this file, which is made where there is none.
    File(PathBuf),
}

/// The log: [`Lines`] for an access log, and the thread that carries them out.
///
/// ```no_run
/// use bantam_core::middleware::access_log::{AccessLog, Format};
/// use bantam_transport_std::log::{Log, Target, unix_millis};
/// # fn serve(_: &AccessLog<'_>) {}
/// # fn main() -> std::io::Result<()> {
/// let log = Log::start(Target::File("access.log".into()), |message| eprintln!("{message}"), None)?;
/// log.reopen_on_hangup()?;
/// serve(&AccessLog::new(Format::Json, &log).with_clock(unix_millis));
/// log.finish();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Log {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    filled: Condvar,
    warn: fn(fmt::Arguments<'_>),
    /// Counts with us.
    counter: Option<&'static Counter>,
}

#[derive(Debug)]
struct Waiting {
    lines: String,
    /// Lines dropped so far.
    dropped: u64,
    /// Those of them that the operator was told of.
    reported: u64,
    reopens: bool,
    is_over: bool,
    is_carried_out: bool,
}

impl Log {
    /// Starts a log. `warn` is told what an operator should know, at most once a second: that lines were dropped, and
    /// that they cannot be written. Dropped lines are counted in `counter` too, for the metrics.
    ///
    /// # Errors
    /// When the file cannot be opened, or no thread be started.
    pub fn start(
        target: Target,
        warn: fn(fmt::Arguments<'_>),
        counter: Option<&'static Counter>,
    ) -> io::Result<Self> {
        let output = Output::open(target)?;
        let log = Self { shared: Arc::new(Shared::new(CAPACITY, warn, counter)) };
        thread::Builder::new().name("bantam-log".into()).spawn({
            let shared = Arc::clone(&log.shared);
            move || Carrier::new(output).carry(&shared)
        })?;
        Ok(log)
    }

    /// Opens the file anew, as after a rotation: what is added from now on goes to the new one, and so does a line that
    /// was written to the old one in part. Where that fails, the old one is kept and the operator told.
    pub fn reopen(&self) {
        self.shared.lock().reopens = true;
        self.shared.filled.notify_all();
    }

    /// Reopens the file on each SIGHUP from now on. Without it the signal ends the process, which is what a terminal
    /// that is closed expects.
    ///
    /// # Errors
    /// When the handler cannot be registered, or no thread be started.
    #[cfg(unix)]
    pub fn reopen_on_hangup(&self) -> io::Result<()> {
        let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGHUP])?;
        let log = self.clone();
        // The thread sleeps in a read for the life of the process and ends with it.
        thread::Builder::new().name("bantam-hangup".into()).spawn(move || {
            signals.forever().for_each(|_| log.reopen());
        })?;
        Ok(())
    }

    /// Lines dropped so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.shared.lock().dropped
    }

    /// Has what waits carried out, and ends; half a second is waited for it. Lines that are added later are dropped.
    pub fn finish(&self) {
        let mut waiting = self.shared.lock();
        waiting.is_over = true;
        self.shared.filled.notify_all();
        let ended =
            self.shared.filled.wait_timeout_while(waiting, PATIENCE, |waiting| !waiting.is_carried_out);
        if ended.is_ok_and(|(_, timeout)| timeout.timed_out()) {
            (self.shared.warn)(format_args!("nobody reads the access log; its last lines were dropped"));
        }
    }
}

/// Milliseconds since 1970, for [`AccessLog::with_clock`](bantam_core::middleware::access_log::AccessLog::with_clock).
#[must_use]
pub fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl Shared {
    fn new(capacity: usize, warn: fn(fmt::Arguments<'_>), counter: Option<&'static Counter>) -> Self {
        let waiting = Waiting {
            lines: String::with_capacity(capacity),
            dropped: 0,
            reported: 0,
            reopens: false,
            is_over: false,
            is_carried_out: false,
        };
        Self { waiting: Mutex::new(waiting), filled: Condvar::new(), warn, counter }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drop_lines(&self, waiting: &mut Waiting, count: u64) {
        waiting.dropped += count;
        if let Some(counter) = self.counter {
            counter.add(count);
        }
    }
}

impl Lines for Log {
    fn add(&self, write: &mut dyn FnMut(&mut dyn fmt::Write) -> fmt::Result) {
        let mut waiting = self.shared.lock();
        let before = waiting.lines.len();
        let mut line = Line { lines: &mut waiting.lines, before, is_whole: false };
        line.is_whole = write(&mut line).is_ok();
        let is_whole = line.is_whole;
        drop(line);
        if waiting.is_over || !is_whole {
            waiting.lines.truncate(before);
            self.shared.drop_lines(&mut waiting, 1);
        }
        if before == 0 || (before < MANY && waiting.lines.len() >= MANY) {
            drop(waiting);
            self.shared.filled.notify_all();
        }
    }
}

/// A line under way. It does not grow beyond the memory that is there, and it is taken back when it does not become
/// whole, also when the application panics over it.
struct Line<'s> {
    lines: &'s mut String,
    before: usize,
    is_whole: bool,
}

impl fmt::Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.lines.capacity() - self.lines.len() < text.len() {
            return Err(fmt::Error);
        }
        self.lines.push_str(text);
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        if !self.is_whole {
            self.lines.truncate(self.before);
        }
    }
}

/// What the log's thread has at hand.
#[derive(Debug)]
struct Carrier<O> {
    output: O,
    /// Lines that are being carried out, and how many of their bytes are.
    batch: String,
    written: usize,
    /// Until when nothing is written, because the last attempt failed.
    rests: Option<Instant>,
    /// Whether it failed because the reader takes its time.
    is_blocked: bool,
    /// What the last attempt failed with, until the operator was told.
    failure: Option<io::Error>,
    reported: Option<Instant>,
}

/// What a log writes to.
trait Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Begins anew, where that means anything.
    fn reopen(&mut self) -> io::Result<()>;
}

impl<O: Writes> Carrier<O> {
    fn new(output: O) -> Self {
        Self {
            output,
            batch: String::new(),
            written: 0,
            rests: None,
            is_blocked: false,
            failure: None,
            reported: None,
        }
    }

    /// Carries lines out until the log is over.
    fn carry(mut self, shared: &Shared) {
        self.batch.reserve_exact(shared.lock().lines.capacity());
        loop {
            let mut waiting = self.wait(shared);
            let is_over = waiting.is_over;
            let reopens = core::mem::take(&mut waiting.reopens);
            if self.batch.is_empty() {
                core::mem::swap(&mut waiting.lines, &mut self.batch);
            }
            drop(waiting);
            if reopens {
                self.reopen(shared);
            }
            let lost = self.write();
            let mut waiting = shared.lock();
            shared.drop_lines(&mut waiting, lost);
            if is_over && self.is_blocked {
                drop(waiting);
                thread::sleep(GATHER); // as long as the end waits for us
                continue;
            }
            let is_done = is_over && (waiting.lines.is_empty() || !self.batch.is_empty());
            if is_done {
                // What could not be written now never will be.
                let left = core::mem::take(&mut waiting.lines).lines().count() as u64 + self.left();
                shared.drop_lines(&mut waiting, left);
                waiting.is_carried_out = true;
            }
            let may_report = is_done || self.reported.is_none_or(|reported| reported.elapsed() >= AGAIN);
            let untold = if may_report { waiting.dropped - waiting.reported } else { 0 };
            waiting.reported += untold;
            drop(waiting);
            let failure = if may_report { self.failure.take() } else { None };
            if let Some(error) = &failure {
                (shared.warn)(format_args!("cannot write the access log, trying again: {error}"));
            }
            if untold > 0 {
                (shared.warn)(format_args!("{untold} access log lines were dropped"));
            }
            if untold > 0 || failure.is_some() {
                self.reported = Some(Instant::now());
            }
            if is_done {
                shared.filled.notify_all();
                return;
            }
        }
    }

    /// Waits until there is something to do, and a little longer, so that lines leave together.
    fn wait<'s>(&self, shared: &'s Shared) -> MutexGuard<'s, Waiting> {
        let mut waiting = shared.lock();
        loop {
            let is_urgent = waiting.is_over || waiting.reopens;
            let tells = waiting.dropped > waiting.reported || self.failure.is_some();
            let timeout = match (self.rests, self.batch.is_empty()) {
                _ if is_urgent => return waiting,
                (Some(rests), false) => match rests.checked_duration_since(Instant::now()) {
                    Some(rest) if !rest.is_zero() => Some(rest),
                    _ => return waiting,
                },
                (_, _) if !waiting.lines.is_empty() => break,
                _ if tells => {
                    Some(self.reported.map_or(Duration::ZERO, |at| AGAIN.saturating_sub(at.elapsed())))
                }
                _ => None,
            };
            waiting = match timeout {
                Some(Duration::ZERO) => return waiting,
                Some(timeout) => {
                    shared.filled.wait_timeout(waiting, timeout).unwrap_or_else(PoisonError::into_inner).0
                }
                None => shared.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner),
            };
        }
        let gathered = shared.filled.wait_timeout_while(waiting, GATHER, |waiting| {
            !waiting.is_over && !waiting.reopens && waiting.lines.len() < MANY
        });
        gathered.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Writes the batch as far as it goes, and says how many lines are lost for good.
    fn write(&mut self) -> u64 {
        (self.rests, self.is_blocked) = (None, false);
        while let Some(rest) = self.batch.as_bytes().get(self.written..).filter(|rest| !rest.is_empty()) {
            let error = match self.output.write(rest) {
                Ok(0) => io::Error::from(io::ErrorKind::WriteZero),
                Ok(length) => {
                    self.written += length;
                    continue;
                }
                Err(error) => error,
            };
            match error.kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::BrokenPipe => {
                    let lost = self.left();
                    self.forget();
                    return lost;
                }
                // Somebody has made it non-blocking, as others do with a terminal that they share.
                io::ErrorKind::WouldBlock => {
                    self.rests = Some(Instant::now() + GATHER);
                    self.is_blocked = true;
                    return 0;
                }
                _ => {
                    self.failure = Some(error);
                    self.rests = Some(Instant::now() + AGAIN);
                    return 0;
                }
            }
        }
        self.forget();
        0
    }

    fn reopen(&mut self, shared: &Shared) {
        match self.output.reopen() {
            Ok(()) => {
                // The new file has no use for the end of a line.
                let done = self.batch.as_bytes().get(..self.written).unwrap_or_default();
                self.written = done.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            }
            Err(error) => {
                (shared.warn)(format_args!("cannot reopen the access log, keeping the old one: {error}"));
            }
        }
    }

    /// Lines of the batch that are not written to their end.
    fn left(&self) -> u64 {
        let rest = self.batch.as_bytes().get(self.written..).unwrap_or_default();
        rest.iter().filter(|&&byte| byte == b'\n').count() as u64
    }

    fn forget(&mut self) {
        self.batch.clear();
        self.written = 0;
    }
}

#[cfg(test)]
mod tests;
