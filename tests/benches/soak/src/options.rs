//! The command line.

use std::time::Duration;

use bantam_bench_measure::soak::arguments;

/// What to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// How long clients come.
    pub(crate) duration: Duration,
    /// How many are there at a time.
    pub(crate) clients: u64,
    /// Where all dice begin.
    pub(crate) seed: u64,
}

const ABOUT: &str = "\
bantam over sockets, with clients that come and go as they do.
No byte may be wrong, memory not grow in the second half of the time, and descriptors and threads at the end be what
they were.

usage: run [--seconds 120] [--clients 16] [--seed 1]";

impl Options {
    /// Reads them; a mistake, or `--help`, ends the program.
    pub(crate) fn read() -> Self {
        let (mut seconds, mut clients, mut seed) = (120, 16, 1);
        let flags = &mut [
            ("--seconds", 12..=604_800, &mut seconds),
            ("--clients", 1..=1_000, &mut clients),
            ("--seed", 0..=u64::MAX, &mut seed),
        ];
        arguments::read(ABOUT, flags);
        Self { duration: Duration::from_secs(seconds), clients, seed }
    }
}
