//! The clocks of this machine: a monotonic one for deadlines, and the wall clock for `Date`.

use core::time::Duration;
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
    /// Until when nothing changes.
    good_until: Instant,
}

impl WallClock {
    /// What the clock says at `now` of the other one.
    pub(crate) fn new(now: Instant) -> Self {
        let time = since_1970();
        let rest = Duration::from_secs(1).saturating_sub(Duration::from_nanos(time.subsec_nanos().into()));
        Self { date: Date::from_unix(time.as_secs()), good_until: now.after(rest) }
    }

    /// Reads the clock when its next second has begun by the other one. Should it have been set meanwhile, that shows
    /// within a second.
    pub(crate) fn refresh(&mut self, now: Instant) {
        if now >= self.good_until {
            *self = Self::new(now);
        }
    }

    pub(crate) fn date(&self) -> &Date {
        &self.date
    }
}

/// Before 1970 counts as 1970: such a clock is unset, and nothing better can be said.
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_stays_until_its_second_is_over() {
        let mut wall = WallClock::new(Instant::ZERO);
        let until = wall.good_until;
        assert!(until > Instant::ZERO && until <= Instant::from_millis(1_000));
        wall.date = Date::from_unix(0);
        wall.refresh(Instant::from_micros(until.as_micros() - 1));
        assert_eq!(wall.date().unix_seconds(), 0);
        wall.refresh(until);
        assert_ne!(wall.date().unix_seconds(), 0);
    }
}
