//! The clocks of this machine: a monotonic one for deadlines, and the wall clock for `Date`.

use core::time::Duration;
use std::time::{Instant as StdInstant, SystemTime, UNIX_EPOCH};

use bantam_core::message::date::Date;
use bantam_core::time::Instant;
#[cfg(target_os = "linux")]
use rustix::time::{ClockId, clock_gettime};

/// Monotonic time since the server started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    origin: StdInstant,
    #[cfg(target_os = "linux")]
    ticks: Ticks,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            origin: StdInstant::now(),
            #[cfg(target_os = "linux")]
            ticks: Ticks::start(),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        Instant::from_micros(u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    /// The time, or `before` when it is only some milliseconds later: that costs a fifth of reading a processor's counter.
    pub(crate) fn roughly_now(&self, before: Instant) -> Instant {
        if self.has_ticked(before) { self.now() } else { before }
    }

    /// Whether the kernel's clock, which it moves on a few hundred times a second, has passed `before`.
    #[cfg(target_os = "linux")]
    fn has_ticked(&self, before: Instant) -> bool {
        self.ticks.micros() > before.as_micros()
    }

    #[cfg(not(target_os = "linux"))]
    fn has_ticked(&self, _: Instant) -> bool {
        true
    }
}

/// The kernel's clock of its last tick, on the same scale as the other: it never is ahead of it.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug)]
struct Ticks {
    /// Nanoseconds since the machine started.
    origin: i64,
}

#[cfg(target_os = "linux")]
impl Ticks {
    /// Behind the other clock's origin, so that this one seems behind it by that much more.
    fn start() -> Self {
        Self { origin: nanos(ClockId::Monotonic) }
    }

    fn micros(&self) -> u64 {
        u64::try_from((nanos(ClockId::MonotonicCoarse) - self.origin) / 1_000).unwrap_or(0)
    }
}

#[cfg(target_os = "linux")]
fn nanos(clock: ClockId) -> i64 {
    let time = clock_gettime(clock);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
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
    fn a_handler_that_takes_its_time_is_seen_to_have_taken_it() {
        let clock = Clock::start();
        let before = clock.now();
        let took = Duration::from_millis(30);
        while clock.now().since(before) < took {}
        assert!(clock.roughly_now(before).since(before) >= took);
        let now = clock.now();
        let later = clock.roughly_now(now);
        assert!(later >= now && later <= clock.now());
    }

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
