//! Time as the caller measures it: monotonic, handed in as an argument, never read here.

pub use core::time::Duration;

/// A point of a monotonic clock, in microseconds since an origin that the caller chooses (boot, start of the process).
///
/// Sixty-four bits of microseconds last 584,000 years, so nothing wraps; a device with a 32-bit tick counter extends
/// it in its clock, where overflow can be seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    micros: u64,
}

impl Instant {
    /// The clock's origin.
    pub const ZERO: Self = Self { micros: 0 };

    /// The end of time, for what has no deadline.
    pub const NEVER: Self = Self { micros: u64::MAX };

    /// The instant `micros` microseconds after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self { micros }
    }

    /// The instant `millis` milliseconds after the origin.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self { micros: millis.saturating_mul(1_000) }
    }

    /// Microseconds since the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.micros
    }

    /// This instant moved on by `duration`; the end of time where that would overflow.
    // Where words have 32 bits this is long, and every deadline asks for it: there, it exists once.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    #[must_use]
    pub const fn after(self, duration: Duration) -> Self {
        let micros =
            duration.as_secs().saturating_mul(1_000_000).saturating_add(duration.subsec_micros() as u64);
        Self { micros: self.micros.saturating_add(micros) }
    }

    /// The time from `earlier` to this instant; zero when `earlier` lies ahead.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.micros.saturating_sub(earlier.micros))
    }
}
