//! Image for `size`: the board alone, which starts, tells the time and sleeps.
#![no_std]
#![no_main]

use bantam_core::time::Instant;
use bantam_firmware::clock::Clock;
use bantam_firmware::sleep::Sleeper;
use cortex_m_rt::entry;

#[entry]
fn main() -> ! {
    let clock = Clock::start();
    let mut sleeper = Sleeper::start();
    loop {
        sleeper.sleep(&clock, Instant::NEVER);
    }
}
