//! The clocks of this machine: a monotonic one for deadlines, and the wall clock for `Date`.

use std::time::{Instant as StdInstant, SystemTime, UNIX_EPOCH};

use bantam_core::message::date::Date;
use bantam_core::time::Instant;

/// Monotonic time since the server started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: StdInstant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self { origin: StdInstant::now() }
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_micros(u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX))
    }
}

/// The wall clock as text, formatted once a second.
#[derive(Debug)]
pub(crate) struct WallClock {
    date: Date,
}

impl WallClock {
    pub(crate) fn new() -> Self {
        Self { date: Date::from_unix(unix_seconds()) }
    }

    /// Reads the clock, once for each turn of a worker's loop.
    pub(crate) fn refresh(&mut self) {
        let seconds = unix_seconds();
        if seconds != self.date.unix_seconds() {
            self.date = Date::from_unix(seconds);
        }
    }

    pub(crate) fn date(&self) -> &Date {
        &self.date
    }
}

/// Before 1970 counts as 1970: such a clock is unset, and nothing better can be said.
fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
