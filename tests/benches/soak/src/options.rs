//! The command line.

use std::process::exit;
use std::time::Duration;

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
At the end no byte may have been wrong, and memory, descriptors and threads be what they were.

usage: run [--seconds 60] [--clients 16] [--seed 1]";

impl Options {
    /// Reads them; a mistake, or `--help`, ends the program.
    pub(crate) fn read() -> Self {
        let mut options = Self { duration: Duration::from_secs(60), clients: 16, seed: 1 };
        let mut arguments = std::env::args().skip(1);
        while let Some(flag) = arguments.next() {
            let mut number = |least: u64, most: u64| match arguments.next().as_deref().map(str::parse) {
                Some(Ok(number)) if (least..=most).contains(&number) => number,
                _ => mistake(&format!("{flag} takes a number from {least} to {most}")),
            };
            match flag.as_str() {
                "--seconds" => options.duration = Duration::from_secs(number(4, 604_800)),
                "--clients" => options.clients = number(1, 1_000),
                "--seed" => options.seed = number(0, u64::MAX),
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
