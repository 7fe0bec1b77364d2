//! Findings that others note down: a device's loop, a task, an interrupt.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::{Finding, Findings};
use crate::time::{Duration, Instant};

/// Named checks whose last results are kept in atomics. They are not well until they are noted for the first time.
#[derive(Debug)]
pub struct Checks<const N: usize> {
    names: [&'static str; N],
    /// The second of the last result, from 1, doubled, and one more when all was well; 0 before the first.
    cells: [AtomicU32; N],
    stale: Duration,
}

/// The last second that is told apart, some 34 years after the start.
pub(super) const LAST: u64 = u32::MAX as u64 / 2 - 1;

impl<const N: usize> Checks<N> {
    /// Checks of these names.
    #[must_use]
    pub const fn new(names: [&'static str; N]) -> Self {
        Self { names, cells: [const { AtomicU32::new(0) }; N], stale: Duration::MAX }
    }

    /// Takes a result that is older than this for none: whoever should have noted a new one hangs.
    #[must_use]
    pub const fn stale_after(mut self, age: Duration) -> Self {
        self.stale = age;
        self
    }

    /// Notes how the check `name` came out at the time `now`, which is of the clock that requests have. False when there
    /// is no such check.
    pub fn set(&self, name: &str, is_well: bool, now: Instant) -> bool {
        let place = self.names.iter().position(|known| *known == name);
        let Some(cell) = place.and_then(|place| self.cells.get(place)) else { return false };
        let second = now.since(Instant::ZERO).as_secs().min(LAST).saturating_add(1);
        let second = u32::try_from(second).unwrap_or(u32::MAX);
        cell.store(second.wrapping_shl(1) | u32::from(is_well), Relaxed);
        true
    }

    fn finding(&self, cell: u32, now: Instant) -> Finding<'static> {
        if cell == 0 {
            return Finding { is_well: false, age: None, reason: "not checked yet" };
        }
        let at = Instant::from_millis(u64::from(cell >> 1).saturating_sub(1).saturating_mul(1_000));
        let age = now.since(at);
        let (is_well, reason) = match () {
            () if age > self.stale => (false, "not checked lately"),
            () if cell & 1 == 0 => (false, "failed"),
            () => (true, ""),
        };
        Finding { is_well, age: Some(age), reason }
    }
}

impl<const N: usize> Findings for Checks<N> {
    fn for_each(&self, now: Instant, each: &mut dyn FnMut(&str, &Finding<'_>)) {
        for (name, cell) in self.names.iter().zip(&self.cells) {
            each(name, &self.finding(cell.load(Relaxed), now));
        }
    }
}
