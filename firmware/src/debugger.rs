//! What a debugger or emulator knows and the board does not, by semihosting. A board on its own has neither: it takes the
//! time from a real-time clock or from SNTP, and seeds from a source of noise.

use semihosting::experimental::{env, random};
use semihosting::sys::arm_compat;

/// The wall clock, in seconds since 1970.
#[must_use]
pub fn unix_seconds() -> Option<u64> {
    arm_compat::sys_time().ok().map(|seconds| seconds as u64).filter(|&seconds| seconds > 0)
}

/// A number that nobody guesses; the time where the host has no randomness to give.
#[must_use]
pub fn seed() -> u64 {
    let mut bytes = [0; 8];
    match random::fill_bytes(&mut bytes) {
        Ok(()) => u64::from_le_bytes(bytes),
        Err(_) => unix_seconds().unwrap_or(0),
    }
}

/// Says on the host's standard error where the server is found: under the name that whoever started the emulator gave as
/// second argument, because only he knows which port of the host leads here.
pub fn announce() {
    if let Ok(arguments) = env::args::<256>()
        && let Some(Ok(name)) = (&arguments).into_iter().nth(1)
    {
        semihosting::eprintln!("listening on {name}");
    }
}
