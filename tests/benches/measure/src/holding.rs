//! What a process holds, from outside.

use std::fmt;
use std::fs;

/// What a process holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// Memory of its own in use, in KiB: pages of its program and of files come and go as the system likes.
    pub memory: u64,
    /// Open files and sockets.
    pub descriptors: usize,
    /// Threads.
    pub threads: u64,
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { memory, descriptors, threads } = self;
        write!(f, "{memory} kB, {descriptors} descriptors, {threads} threads")
    }
}

/// What the process with this number holds.
///
/// # Errors
/// It has ended.
pub fn holding(process: u32) -> Result<Holding, String> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    let descriptors = fs::read_dir(format!("/proc/{process}/fd")).map(Iterator::count);
    // One that has ended, and is not waited for, has no memory.
    match (number("RssAnon:"), number("Threads:"), descriptors) {
        (Some(memory), Some(threads), Ok(descriptors)) => Ok(Holding { memory, descriptors, threads }),
        _ => Err("the server has ended".to_owned()),
    }
}
