//! What the command line asks for.

use std::process::exit;

/// What to measure, and how long.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Names of servers, each whole or as its first word; all when empty.
    pub names: Vec<String>,
    /// Fewer kinds of load and fewer rounds.
    pub quick: bool,
    /// How often every server is asked.
    pub rounds: usize,
    /// Length of one load, in seconds.
    pub seconds: u32,
    /// Whether the server and its load have a core each.
    pub pinned: bool,
}

impl Choice {
    /// Reads the command line; a mistake in it, or `--help`, ends the program.
    pub fn from_arguments(about: &str, rounds: usize, quick_rounds: usize, known: &[&str]) -> Self {
        Self::from(std::env::args().skip(1), about, rounds, quick_rounds, known)
    }

    /// The same from these words.
    pub fn from(
        mut arguments: impl Iterator<Item = String>,
        about: &str,
        rounds: usize,
        quick_rounds: usize,
        known: &[&str],
    ) -> Self {
        let mut choice = Self { names: Vec::new(), quick: false, rounds: 0, seconds: 1, pinned: cores() > 1 };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--quick" => choice.quick = true,
                "--no-pin" => choice.pinned = false,
                "--rounds" => choice.rounds = number(arguments.next(), "--rounds") as usize,
                "--seconds" => choice.seconds = number(arguments.next(), "--seconds"),
                "--help" | "-h" => {
                    let usage = "usage: run [--quick] [--rounds N] [--seconds N] [--no-pin] [NAME]...";
                    help(&format!("{about}\n\n{usage}\nnames: {}", known.join(" ")));
                }
                name if known.iter().any(|known| matches(name, known)) => choice.names.push(name.to_owned()),
                other => mistake(&format!("no server is called {other}; there are {}", known.join(", "))),
            }
        }
        if choice.rounds == 0 {
            choice.rounds = if choice.quick { quick_rounds } else { rounds };
        }
        choice
    }

    /// Whether the server of this name is asked for.
    pub fn includes(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|asked| matches(asked, name))
    }

    /// The core of the servers.
    pub fn server_core(&self) -> Option<usize> {
        self.pinned.then_some(0)
    }

    /// The core of the load.
    pub fn load_core(&self) -> Option<usize> {
        self.pinned.then_some(1)
    }
}

/// Whether `asked` is the name, or the words it starts with.
fn matches(asked: &str, name: &str) -> bool {
    name.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn number(argument: Option<String>, flag: &str) -> u32 {
    match argument.as_deref().map(str::parse) {
        Some(Ok(number)) if number > 0 => number,
        _ => mistake(&format!("{flag} takes a number from 1")),
    }
}

pub(crate) fn mistake(what: &str) -> ! {
    eprintln!("{what}");
    exit(2)
}

pub(crate) fn help(about: &str) -> ! {
    println!("{about}");
    exit(0)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
