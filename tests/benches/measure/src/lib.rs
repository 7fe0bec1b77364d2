//! What the side-by-side benches share: the command line, a server as a process, a table of medians; and what
//! the soaks share: clients that compare every byte, and what a process holds.
//!
//! Throughput on a shared machine swings twofold from one second to the next, the processor time of a request does
//! not. So every figure is the median over rounds, in each of which all servers are asked in turn, and a ratio is
//! taken within a round before its median is.
#![warn(missing_docs, unreachable_pub)]
#![forbid(unsafe_code)]

pub mod ask;
pub mod choice;
pub mod holding;
pub mod line;
pub mod noise;
pub mod server;
pub mod soak;
pub mod table;

/// The median of `values`, or none of none.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some((sorted[middle - 1] + sorted[middle]) / 2.0),
    }
}
