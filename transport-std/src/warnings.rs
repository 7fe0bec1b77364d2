//! What an operator is told, and how often: each kind of trouble once a second at most, however often it comes.

use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

use bantam_core::prelude::Request;
use bantam_core::time::Instant;

/// At most one warning in this time.
const PAUSE: Duration = Duration::from_secs(1);

/// Nothing was said yet.
const NEVER: u64 = u64::MAX;

/// One kind of trouble.
#[derive(Debug)]
pub(crate) struct Warnings {
    warn: fn(fmt::Arguments<'_>),
    /// When the last warning was given, in microseconds.
    last: AtomicU64,
}

impl Warnings {
    pub(crate) fn new(warn: fn(fmt::Arguments<'_>)) -> Self {
        Self { warn, last: AtomicU64::new(NEVER) }
    }

    /// Passes `message` on, unless one was passed on a moment ago.
    pub(crate) fn tell(&self, now: Instant, message: fmt::Arguments<'_>) {
        let last = self.last.load(Ordering::Relaxed);
        let is_due = last == NEVER || now.since(Instant::from_micros(last)) >= PAUSE;
        // Of several threads that come at the same time one speaks.
        let may_speak = || {
            let spoken =
                self.last.compare_exchange(last, now.as_micros(), Ordering::Relaxed, Ordering::Relaxed);
            spoken.is_ok()
        };
        if is_due && may_speak() {
            (self.warn)(message);
        }
    }
}

/// Handlers that keep a worker, and with it whoever else it would serve.
#[derive(Debug)]
pub(crate) struct Stalls {
    /// From how many microseconds on one is told of.
    from: u64,
    warnings: Warnings,
}

impl Stalls {
    pub(crate) fn new(from: Duration, warn: fn(fmt::Arguments<'_>)) -> Self {
        Self { from: Instant::ZERO.after(from).as_micros(), warnings: Warnings::new(warn) }
    }

    /// Looks at how long a handler took, by clock readings that were made anyway.
    pub(crate) fn look(&self, request: &Request<'_>, before: Instant, after: Instant) {
        if after.as_micros().saturating_sub(before.as_micros()) >= self.from {
            self.tell(request, before, after);
        }
    }

    #[cold]
    fn tell(&self, request: &Request<'_>, before: Instant, after: Instant) {
        let (method, millis) = (request.method_name(), after.since(before).as_millis());
        match request.route() {
            Some(route) => self.warnings.tell(
                after,
                format_args!(
                    "the handler of {method} {route} kept a worker for {millis} ms: mark the route as blocking"
                ),
            ),
            None => self.warnings.tell(
                after,
                format_args!("middleware kept a worker for {millis} ms over a {method} request without a route"),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
