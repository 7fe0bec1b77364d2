//! Lines through `defmt`, whose transport the device has already.

use core::fmt;

use super::{Lines, Truncated};

/// Lines as `defmt` messages of level info. `N` bytes of stack hold one while it is written; a longer one ends in
/// ` [truncated]`.
///
/// ```no_run
/// use bantam_core::middleware::access_log::{AccessLog, DefmtLines, Format};
/// static LOG: AccessLog = AccessLog::new(Format::Common, &DefmtLines::<160>);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct DefmtLines<const N: usize = 256>;

impl<const N: usize> Lines for DefmtLines<N> {
    fn add(&self, write: &mut dyn FnMut(&mut dyn fmt::Write) -> fmt::Result) {
        let mut line = Truncated::<N>::new();
        // It takes what fits, and says when that is not all.
        let _ = write(&mut line);
        defmt::info!("{=str}", line.as_str());
    }
}
