//! Whether answers come a step late: a step is how long somebody delays an acknowledgement that an answer waits for.

use std::time::Duration;

/// Such delays in milliseconds: of Linux, of QEMU's network, and the longest that is allowed (RFC 9293 §3.8.6.3).
const STEPS: [u64; 3] = [40, 200, 500];

/// Milliseconds around a step that are the step's, and as many before and behind them that are not.
const BEFORE: u64 = 2;
const BEHIND: u64 = 8;
const WIDTH: u64 = BEFORE + BEHIND;

/// Whether these times have a step in them: none is shorter than the first step, or clearly more of them lie at a step than
/// on both sides of it. A busy host makes answers late, but not by the same time: what it delays lies on either side.
pub fn is_stepped(times: &[Duration]) -> bool {
    let least = times.iter().min().copied().unwrap_or_default();
    if least >= Duration::from_millis(STEPS[0] - BEFORE) {
        return true;
    }
    STEPS.iter().any(|step| {
        let from = step - BEFORE;
        let at_it = count(times, least, from, from + WIDTH);
        let beside_it =
            count(times, least, from - WIDTH, from) + count(times, least, from + WIDTH, from + 2 * WIDTH);
        at_it > times.len() / 50 && at_it > 2 * beside_it
    })
}

/// How many of the times are longer than the least by so many milliseconds.
fn count(times: &[Duration], least: Duration, from: u64, to: u64) -> usize {
    let band = Duration::from_millis(from)..Duration::from_millis(to);
    times.iter().filter(|time| band.contains(&(**time - least))).count()
}
