//! The command line.

use std::process::exit;
use std::time::Duration;

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
        let weather = Weather { loss: 5, duplication: 1, reordering: 1, corruption: 1 };
        let mut options = Self { duration: Duration::from_secs(60), clients: 24, weather, seed: 1 };
        let mut arguments = std::env::args().skip(1);
        while let Some(flag) = arguments.next() {
            let mut number = |least: u64, most: u64| match arguments.next().as_deref().map(str::parse) {
                Some(Ok(number)) if (least..=most).contains(&number) => number,
                _ => mistake(&format!("{flag} takes a number from {least} to {most}")),
            };
            match flag.as_str() {
                "--seconds" => options.duration = Duration::from_secs(number(1, 604_800)),
                "--clients" => options.clients = number(1, 200),
                "--seed" => options.seed = number(0, u64::MAX),
                "--loss" => options.weather.loss = number(0, 50),
                "--duplication" => options.weather.duplication = number(0, 50),
                "--reordering" => options.weather.reordering = number(0, 50),
                "--corruption" => options.weather.corruption = number(0, 50),
                "--help" | "-h" => {
                    println!("{ABOUT}");
                    exit(0);
                }
                other => mistake(&format!("{other} is no flag\n{ABOUT}")),
            }
        }
        options
    }
}

fn mistake(what: &str) -> ! {
    eprintln!("{what}");
    exit(2)
}
