//! What soaks share: clients of many habits that come and go and compare every byte, and how a soak ends.

pub mod arguments;
pub mod crowd;
pub mod metrics;
pub mod seen;
pub mod tally;

use std::process::exit;

/// Ends the program: well when there are no `faults`, saying `good`; otherwise with each of them.
pub fn end(faults: Result<Vec<String>, String>, good: &str) -> ! {
    let faults = faults.unwrap_or_else(|reason| vec![reason]);
    if faults.is_empty() {
        println!("soak: good, {good}");
        exit(0);
    }
    println!("soak: BAD: {}", faults.join("; "));
    exit(1)
}
