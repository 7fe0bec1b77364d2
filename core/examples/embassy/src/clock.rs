//! The clock and timer of embassy, as core asks for them.

use bantam_core::drivers::Clock;
use bantam_core::drivers::asynchronous::Timer;
use bantam_core::time::Instant;

/// Embassy's clock: monotonic, since the start. A board that learns the wall clock tells it here, and answers have a `Date`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clocks;

impl Clock for Clocks {
    fn now(&self) -> Instant {
        Instant::from_micros(embassy_time::Instant::now().as_micros())
    }
}

impl Timer for Clocks {
    async fn wait_until(&self, deadline: Instant) {
        // Ticks may be finer than microseconds, and the instant that never comes has no number of them.
        let ticks = embassy_time::Instant::try_from_micros(deadline.as_micros());
        embassy_time::Timer::at(ticks.unwrap_or(embassy_time::Instant::MAX)).await;
    }
}
