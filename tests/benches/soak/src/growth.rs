//! Whether memory still grows when it should no longer.

use std::fmt;
use std::time::Duration;

/// Growth that is none, in per cent.
const NONE: u64 = 1;

/// What was seen of the memory of a process, in KiB, in each quarter of the time.
///
/// Buffers, stacks and caches fill in the first half, to what they have at most. A leak goes on in the second, whose
/// quarters are compared: each by its median, since handlers that wait come and go with their stacks.
#[derive(Debug)]
pub(crate) struct Growth {
    quarter: Duration,
    seen: [Vec<u64>; 4],
}

impl Growth {
    /// Nothing yet of what lasts so long.
    pub(crate) fn new(duration: Duration) -> Self {
        Self { quarter: duration / 4, seen: Default::default() }
    }

    /// So much at this time.
    pub(crate) fn add(&mut self, at: Duration, memory: u64) {
        let quarter = at.as_nanos() / self.quarter.as_nanos().max(1);
        self.seen[quarter.min(3) as usize].push(memory);
    }

    /// That it has grown, if it has.
    pub(crate) fn fault(&self) -> Option<String> {
        match self.medians() {
            [_, _, Some(then), Some(now)] if now * 100 <= then * (100 + NONE) => None,
            [_, _, Some(then), Some(now)] => Some(format!("memory still grew, from {then} kB to {now} kB")),
            _ => Some("nothing was seen of the memory".to_owned()),
        }
    }

    fn medians(&self) -> [Option<u64>; 4] {
        self.seen.clone().map(|mut quarter| {
            quarter.sort_unstable();
            quarter.get(quarter.len() / 2).copied()
        })
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quarters = self.medians().map(|median| median.unwrap_or(0).to_string());
        write!(f, "memory, quarter by quarter: {} kB", quarters.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Growth};

    #[test]
    fn what_goes_on_in_the_second_half_is_a_fault() {
        let cases: [(&str, &[u64], bool); 7] = [
            ("nothing changes", &[1_000; 8], false),
            ("it fills at first", &[100, 900, 950, 990, 1_000, 1_000, 1_000, 1_000], false),
            ("it shrinks", &[1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 500, 500], false),
            ("a hundredth", &[1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_010, 1_010], false),
            ("more", &[1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_011, 1_011], true),
            ("a leak", &[1_000, 1_020, 1_040, 1_060, 1_080, 1_100, 1_120, 1_140], true),
            ("too short", &[1_000; 4], true),
        ];
        for (name, seen, is_fault) in cases {
            let mut growth = Growth::new(Duration::from_secs(8));
            (0..).zip(seen).for_each(|(second, memory)| growth.add(Duration::from_secs(second), *memory));
            assert_eq!(growth.fault().is_some(), is_fault, "{name}: {growth}");
        }
        let mut late = Growth::new(Duration::from_secs(8));
        for second in [5, 8, 9] {
            late.add(Duration::from_secs(second), 1);
        }
        assert_eq!(late.fault(), None, "what comes behind the end is of the last quarter");
    }
}
