//! Time since the start, from the first CMSDK timer (Cortex-M System Design Kit manual, section 4.2).

use core::cell::Cell;

use bantam_core::time::Instant;

use crate::registers::{Block, Register};

/// Ticks of the timers in a microsecond: the board's clock has 25 MHz.
pub(crate) const TICKS: u32 = 25;

/// The timer's registers, of either timer.
pub(crate) struct Timer {
    pub(crate) control: Register,
    pub(crate) value: Register,
    pub(crate) reload: Register,
    pub(crate) clear: Register,
}

impl Timer {
    pub(crate) const ENABLE: u32 = 1 << 0;
    pub(crate) const INTERRUPT: u32 = 1 << 3;

    pub(crate) const fn of(block: Block) -> Self {
        Self {
            control: block.register(0x0),
            value: block.register(0x4),
            reload: block.register(0x8),
            clear: block.register(0xc),
        }
    }
}

const TIMER: Timer = Timer::of(Block::TIMER0);

/// A monotonic clock in microseconds that never wraps, as long as it is read once in 171 seconds: the timer counts 32
/// bits down, and [`crate::sleep::Sleeper`] sleeps for a minute at most.
#[derive(Debug)]
pub struct Clock {
    elapsed: Cell<Elapsed>,
}

impl Clock {
    /// Starts the timer. There ought to be one clock.
    #[must_use]
    pub fn start() -> Self {
        TIMER.control.write(0);
        TIMER.reload.write(u32::MAX);
        TIMER.value.write(u32::MAX);
        TIMER.control.write(Timer::ENABLE);
        Self { elapsed: Cell::new(Elapsed::new()) }
    }

    /// The time since the start.
    #[must_use]
    pub fn now(&self) -> Instant {
        let mut elapsed = self.elapsed.get();
        elapsed.advance(u32::MAX.wrapping_sub(TIMER.value.read()));
        self.elapsed.set(elapsed);
        Instant::from_micros(elapsed.micros)
    }

    /// Ticks of the timer, which wrap: for differences below 171 seconds.
    #[must_use]
    pub fn ticks(&self) -> u32 {
        u32::MAX.wrapping_sub(TIMER.value.read())
    }
}

/// Ticks of 32 bits, extended to microseconds of 64.
#[derive(Clone, Copy, Debug, Default)]
pub struct Elapsed {
    /// Ticks counted in.
    ticks: u32,
    /// Whole microseconds until then.
    micros: u64,
}

impl Elapsed {
    /// Nothing has elapsed.
    #[must_use]
    pub const fn new() -> Self {
        Self { ticks: 0, micros: 0 }
    }

    /// The timer has come to `ticks`. What is no whole microsecond counts the next time; the division has 32 bits, which
    /// the processor does in hardware.
    pub fn advance(&mut self, ticks: u32) {
        let micros = ticks.wrapping_sub(self.ticks) / TICKS;
        self.ticks = self.ticks.wrapping_add(micros.wrapping_mul(TICKS));
        self.micros = self.micros.wrapping_add(u64::from(micros));
    }

    /// Microseconds.
    #[must_use]
    pub const fn micros(self) -> u64 {
        self.micros
    }
}
