//! `--trace`: what connections make of the bytes they receive, on standard error while they do so.

use std::io::{self, Write as _};

use bantam_core::explain::{Fact, Watch};

use crate::explain::text::Text;

/// Prints what it is told. A line begins with the number of its connection and is written whole, so that the lines of
/// connections that work at the same time can be told apart.
#[derive(Debug)]
pub(crate) struct Trace;

impl Watch for Trace {
    fn see(&self, connection: u64, fact: &Fact<'_>) {
        let mut lines = String::new();
        match fact {
            Fact::PeerClosed { at } => lines = format!("the peer closes its side after byte {at}\n"),
            _ => Text { with_pieces: true, with_routes: true }.write(&mut lines, fact),
        }
        if matches!(fact, Fact::Over { .. }) {
            lines.push_str("over\n");
        }
        let lines: String = lines.lines().map(|line| format!("[{connection}] {line}\n")).collect();
        // Somebody who has closed standard error does not want to know.
        let _ = io::stderr().write_all(lines.as_bytes());
    }
}
