//! What `/health` tells of the board.

use core::fmt::Write;

use bantam_core::handlers::health::{Finding, Findings};
use bantam_core::middleware::access_log::Truncated;
use bantam_core::prelude::*;
use bantam_firmware::stack;

/// Findings are made when they are asked for.
pub(crate) static CHECKS: Memory = Memory;

/// The stack: how much was ever used stands in the check's name, and it is well while an eighth was never used.
pub(crate) struct Memory;

impl Findings for Memory {
    fn for_each(&self, _: Instant, each: &mut dyn FnMut(&str, &Finding<'_>)) {
        let (used, size) = (stack::high_water(), stack::size());
        let mut name = Truncated::<64>::new();
        // It takes what fits, which is all.
        let _ = write!(name, "stack, {used} of {size} bytes");
        let is_well = used <= size.saturating_sub(size / 8);
        each(name.as_str(), &Finding { is_well, age: None, reason: "nearly full" });
    }
}
