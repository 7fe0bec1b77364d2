//! Who notices that a deadline has passed: a wheel of ticks over the slots. It costs no system call, and nothing for a
//! request on a connection that stays busy: a deadline that moves away is only stored in its slot, and found there
//! when the wheel comes round.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

use bantam_core::time::Instant;

/// A tick has 2^14 microseconds, some 16 ms: deadlines are seconds, and a source may wait for less.
const TICK_SHIFT: u32 = 14;
/// The wheel goes round in 67 seconds; what lies further ahead is looked at once a round.
const TICKS: usize = 4_096;

/// Slots that a tick has room for without allocating.
const ROOM: usize = 4;

/// The tick that ends after `instant`, from 1.
pub(crate) fn tick_after(instant: Instant) -> u64 {
    (instant.as_micros() >> TICK_SHIFT).saturating_add(1)
}

fn start_of(tick: u64) -> Instant {
    Instant::from_micros(tick.checked_shl(TICK_SHIFT).unwrap_or(u64::MAX))
}

#[derive(Debug)]
pub(crate) struct Timers {
    wheel: Mutex<Wheel>,
    /// The tick of the earliest entry; `u64::MAX` without one. Read without the lock before each wait.
    due: AtomicU64,
}

#[derive(Debug)]
struct Wheel {
    /// All ticks before this one have been looked at.
    next: u64,
    ticks: Vec<Vec<u32>>,
    entries: usize,
}

impl Timers {
    pub(crate) fn new() -> Self {
        // With room from the start, so that a server with few connections does not allocate as its wheel turns.
        let ticks = (0..TICKS).map(|_| Vec::with_capacity(ROOM)).collect();
        let wheel = Wheel { next: 0, ticks, entries: 0 };
        Self { wheel: Mutex::new(wheel), due: AtomicU64::new(u64::MAX) }
    }

    /// Looks at `slot` when `tick` has come, or earlier when that lies more than a round ahead, and stores the tick in
    /// `queued`: before the entry can be taken out, so that whoever takes it finds its tick there.
    pub(crate) fn add(&self, slot: u32, tick: u64, queued: &AtomicU64) {
        let mut wheel = self.lock();
        let tick = tick.clamp(wheel.next, wheel.next.saturating_add(TICKS as u64 - 1));
        wheel.ticks[tick as usize % TICKS].push(slot);
        wheel.entries += 1;
        queued.store(tick, Ordering::SeqCst);
        self.due.fetch_min(tick, Ordering::SeqCst);
    }

    /// When the earliest entry is due.
    pub(crate) fn due(&self) -> Option<Instant> {
        match self.due.load(Ordering::SeqCst) {
            u64::MAX => None,
            tick => Some(start_of(tick)),
        }
    }

    /// Takes out all slots whose tick has come by `now`.
    pub(crate) fn take_due(&self, now: Instant, due: &mut Vec<u32>) {
        if self.due().is_none_or(|earliest| now < earliest) {
            return;
        }
        let mut wheel = self.lock();
        let present = now.as_micros() >> TICK_SHIFT;
        while wheel.next <= present && wheel.entries > 0 {
            let place = wheel.next as usize % TICKS;
            wheel.entries -= wheel.ticks[place].len();
            due.append(&mut wheel.ticks[place]);
            wheel.next += 1;
        }
        if wheel.entries == 0 {
            wheel.next = wheel.next.max(present.saturating_add(1));
        }
        let next = wheel.next;
        let ahead = (0..TICKS as u64).find(|ahead| !wheel.ticks[(next + ahead) as usize % TICKS].is_empty());
        self.due.store(ahead.map_or(u64::MAX, |ahead| next + ahead), Ordering::SeqCst);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Wheel> {
        // Nothing in here panics between two consistent states.
        self.wheel.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(timers: &Timers, slot: u32, millis: u64) -> u64 {
        let queued = AtomicU64::new(u64::MAX);
        timers.add(slot, tick_after(Instant::from_millis(millis)), &queued);
        queued.into_inner()
    }

    fn take(timers: &Timers, millis: u64) -> Vec<u32> {
        let mut due = Vec::new();
        timers.take_due(Instant::from_millis(millis), &mut due);
        due
    }

    #[test]
    fn a_slot_comes_when_its_tick_has_come_and_not_before() {
        let timers = Timers::new();
        add(&timers, 7, 1_000);
        assert_eq!(take(&timers, 999), []);
        assert_eq!(take(&timers, 1_000), []);
        assert_eq!(take(&timers, 1_020), [7]);
        assert_eq!(take(&timers, 9_000), []);
        assert_eq!(timers.due(), None);
    }

    #[test]
    fn what_lies_beyond_a_round_is_looked_at_before() {
        let timers = Timers::new();
        let tick = add(&timers, 1, 500_000);
        assert_eq!(tick, TICKS as u64 - 1);
        assert_eq!(take(&timers, 68_000), [1]);
    }

    #[test]
    fn a_tick_that_has_passed_is_due_at_once() {
        let timers = Timers::new();
        add(&timers, 1, 100);
        assert_eq!(take(&timers, 5_000), [1]);
        add(&timers, 2, 100);
        assert_eq!(take(&timers, 5_100), [2]);
    }

    #[test]
    fn many_slots_each_come_once_in_the_order_of_their_ticks() {
        let timers = Timers::new();
        for slot in 0..1_000u32 {
            add(&timers, slot, u64::from(slot) * 61);
        }
        let mut seen = Vec::new();
        for millis in (0..62_000).step_by(50) {
            seen.extend(take(&timers, millis));
        }
        assert_eq!(seen, (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn the_due_instant_is_the_earliest_one() {
        let timers = Timers::new();
        add(&timers, 1, 3_000);
        let late = timers.due();
        add(&timers, 2, 1_000);
        assert!(timers.due() < late);
        assert_eq!(take(&timers, 1_100), [2]);
        assert_eq!(timers.due(), late);
    }
}
