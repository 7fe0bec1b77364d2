//! The clock across wraps of its timer, which come once in 171 seconds.

use bantam_firmware::clock::Elapsed;
use semihosting::eprintln;

/// Checks it; how often it is wrong.
pub(crate) fn check() -> u32 {
    // Ticks of the timer, one after the other, and the microseconds that have passed by then.
    let cases: [(u32, u64); 8] = [
        (0, 0),
        (24, 0),
        (25, 1),
        (u32::MAX, 171_798_691),
        (0, 171_798_691),
        (5, 171_798_692),
        (u32::MAX, 343_597_383),
        (24, 343_597_384),
    ];
    let mut elapsed = Elapsed::new();
    let mut failures = 0;
    for (ticks, micros) in cases {
        elapsed.advance(ticks);
        if elapsed.micros() != micros {
            eprintln!("clock, at {ticks} ticks: {} microseconds, not {micros}", elapsed.micros());
            failures += 1;
        }
    }
    failures
}
