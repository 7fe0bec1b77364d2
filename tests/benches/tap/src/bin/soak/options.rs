//! The command line.

use std::time::Duration;

use bantam_bench_measure::soak::arguments;

use crate::weather::Weather;

/// What to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// How long clients come.
    pub(crate) duration: Duration,
    /// How many are there at a time.
    pub(crate) clients: u64,
    pub(crate) weather: Weather,
    /// Where all dice begin.
    pub(crate) seed: u64,
}

const ABOUT: &str = "\
bantam behind a TAP device and a cable that loses frames, with clients that come and go as they do.
At the end every slot has to be free, no byte wrong, and nothing left behind.

usage: soak [--seconds 60] [--clients 24] [--seed 1] [--loss 5] [--duplication 1] [--reordering 1] [--corruption 1]
       chances are in per cent of frames, in each direction";

impl Options {
    /// Reads them; a mistake, or `--help`, ends the program.
    pub(crate) fn read() -> Self {
        let (mut seconds, mut clients, mut seed) = (60, 24, 1);
        let mut weather = Weather { loss: 5, duplication: 1, reordering: 1, corruption: 1 };
        let flags = &mut [
            ("--seconds", 1..=604_800, &mut seconds),
            ("--clients", 1..=200, &mut clients),
            ("--seed", 0..=u64::MAX, &mut seed),
            ("--loss", 0..=50, &mut weather.loss),
            ("--duplication", 0..=50, &mut weather.duplication),
            ("--reordering", 0..=50, &mut weather.reordering),
            ("--corruption", 0..=50, &mut weather.corruption),
        ];
        arguments::read(ABOUT, flags);
        Self { duration: Duration::from_secs(seconds), clients, weather, seed }
    }
}
