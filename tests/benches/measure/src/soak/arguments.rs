//! A command line of numbers.

use std::ops::RangeInclusive;

use crate::choice::{help, mistake};

/// A flag, what may stand behind it, and where that goes.
pub type Flag<'a> = (&'static str, RangeInclusive<u64>, &'a mut u64);

/// Reads the command line; a mistake, or `--help`, ends the program.
pub fn read(about: &str, flags: &mut [Flag<'_>]) {
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        if matches!(name.as_str(), "--help" | "-h") {
            help(about);
        }
        let Some((_, bounds, value)) = flags.iter_mut().find(|(known, ..)| *known == name) else {
            mistake(&format!("{name} is no flag\n{about}"));
        };
        match arguments.next().as_deref().map(str::parse) {
            Some(Ok(number)) if bounds.contains(&number) => **value = number,
            _ => mistake(&format!("{name} takes a number from {} to {}", bounds.start(), bounds.end())),
        }
    }
}
