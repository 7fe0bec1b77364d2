//! `--trace`: what connections make of the bytes they receive, on standard error while they do so.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::sync::{Mutex, PoisonError};

use bantam_core::explain::{Fact, Watch};

use crate::explain::text;
use crate::explain::view::View;

/// Prints what it is told. A line begins with the number of its connection and is written whole, so that the lines of
/// connections that work at the same time can be told apart.
#[derive(Debug)]
pub(crate) struct Trace {
    with_underscored: bool,
    /// The connections that tell a head whose target names the host.
    with_host_in_target: Mutex<BTreeSet<u64>>,
}

impl Trace {
    /// Of a server whose applications see fields with an underscore in their name, or do not.
    pub(crate) fn new(with_underscored: bool) -> Self {
        Self { with_underscored, with_host_in_target: Mutex::default() }
    }

    fn view(&self, connection: u64, fact: &Fact<'_>) -> View {
        let mut connections = self.with_host_in_target.lock().unwrap_or_else(PoisonError::into_inner);
        let mut view = View {
            with_pieces: true,
            with_routes: true,
            with_underscored: self.with_underscored,
            has_host_in_target: connections.contains(&connection),
        };
        view.follow(fact);
        match view.has_host_in_target {
            true => connections.insert(connection),
            false => connections.remove(&connection),
        };
        view
    }
}

impl Watch for Trace {
    fn see(&self, connection: u64, fact: &Fact<'_>) {
        let mut lines = String::new();
        match fact {
            Fact::PeerClosed { at } => lines = format!("the peer closes its side after byte {at}\n"),
            _ => text::write(&mut lines, fact, self.view(connection, fact)),
        }
        if matches!(fact, Fact::Over { .. }) {
            lines.push_str("over\n");
        }
        let lines: String = lines.lines().map(|line| format!("[{connection}] {line}\n")).collect();
        // Somebody who has closed standard error does not want to know.
        let _ = io::stderr().write_all(lines.as_bytes());
    }
}
