//! Sleep until a time or a frame, whichever comes first.

use bantam_core::time::Instant;
use cortex_m::peripheral::NVIC;

use crate::clock::{Clock, TICKS, Timer};
use crate::registers::{Block, Line, watch};

const TIMER: Timer = Timer::of(Block::TIMER1);

/// Longest sleep in microseconds, so that the clock sees each wrap of its timer.
const LONGEST: u64 = 60_000_000;

/// Lets the processor sleep. No interrupt handler ever runs: interrupts are off, and one that is pending ends the sleep
/// nevertheless, also when it came a moment before. So nothing is shared with handlers, and no wake-up is lost.
#[derive(Debug)]
pub struct Sleeper {
    _one: (),
}

impl Sleeper {
    /// Turns interrupts off, for good.
    #[must_use]
    pub fn start() -> Self {
        cortex_m::interrupt::disable();
        TIMER.control.write(0);
        TIMER.reload.write(0); // counts to zero once
        watch(Line::Timer1);
        watch(Line::Ethernet);
        Self { _one: () }
    }

    /// Sleeps until `until`, or until a line is raised that was lowered before. Returns at once when it is due.
    pub fn sleep(&mut self, clock: &Clock, until: Instant) {
        let micros = until.as_micros().saturating_sub(clock.now().as_micros()).min(LONGEST);
        if micros == 0 {
            return;
        }
        log_trace!("asleep for {=u64} microseconds at most", micros);
        #[allow(clippy::cast_possible_truncation)] // a minute has 1.5e9 ticks
        TIMER.value.write((micros as u32).saturating_mul(TICKS));
        TIMER.control.write(Timer::ENABLE | Timer::INTERRUPT);
        cortex_m::asm::wfi();
        TIMER.control.write(0);
        TIMER.clear.write(1);
        NVIC::unpend(Line::Timer1);
        NVIC::unpend(Line::Ethernet); // its level raises it again while there is something left
    }
}
