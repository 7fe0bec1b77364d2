//! How many requests in how much time: a quota, and the arithmetic of its bucket.
//!
//! The bucket is kept as the generic cell rate algorithm keeps it (ITU-T I.371, annex A): one number a key, the
//! *theoretical arrival time*, at which the bucket is full again. A request that is admitted moves it on by the time
//! that one request is worth, and is admitted only while it lies no further ahead than the burst allows.
//!
//! That number has [`TIME_BITS`] bits, on every processor. So time is counted in units made for the quota: a request
//! is worth 2^`resolution` of them, which makes the arithmetic shifts and additions of 32 bits.

use super::Level;
use crate::time::Instant;

/// Bits of a time as the table keeps it; they wrap.
pub(super) const TIME_BITS: u32 = 20;

/// Bits of the longest time that a bucket takes to fill. A full turn has four of them: one lies ahead of now, two
/// behind it can be told from it, and the fourth is never reached, since the table is swept once in each.
pub(super) const TURN_BITS: u32 = TIME_BITS - 2;

/// Finest division of the time that one request is worth.
const FINEST: u32 = 10;

/// Most requests at once.
const MOST_BURST: u32 = 1 << 16;

/// Longest period, in seconds: a day.
const LONGEST: u32 = 86_400;

/// So many requests in so much time, and so many of them at once.
///
/// A key that was silent may send its whole burst at once; after that, one more request is allowed each time the
/// period's share of one request has passed. In any span of time no more than `burst + span / share` are admitted, and
/// with the rounding of time less than one more: a 1024th of one for bursts up to 256, a quarter of one for the
/// largest.
///
/// ```
/// use bantam_core::middleware::rate_limit::Quota;
/// static API: Quota = Quota::per_second(10).burst(20);
/// static SIGN_IN: Quota = Quota::per_hour(30).burst(5);
/// ```
/// A quota of nothing does not compile, and neither does one finer than the clock:
/// ```compile_fail
/// # use bantam_core::middleware::rate_limit::Quota;
/// static NOTHING: Quota = Quota::per_second(0);
/// ```
/// ```compile_fail
/// # use bantam_core::middleware::rate_limit::Quota;
/// static NEVER_AT_ONCE: Quota = Quota::per_minute(10).burst(0);
/// ```
/// ```compile_fail
/// # use bantam_core::middleware::rate_limit::Quota;
/// static TOO_FINE: Quota = Quota::per_second(1_000_001);
/// ```
/// ```compile_fail
/// # use bantam_core::middleware::rate_limit::Quota;
/// static TOO_MANY_AT_ONCE: Quota = Quota::per_hour(100_000).burst(65_537);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    requests: u32,
    seconds: u32,
    burst: u32,
    resolution: u32,
    /// Microseconds to units.
    units: Scale,
    /// Units to seconds.
    waits: Scale,
    allotment: u64,
    window: u64,
}

/// A point of the monotonic clock, as a quota counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// In units, of which the low [`TIME_BITS`] are kept.
    pub(super) at: u32,
    /// In turns of 2^[`TURN_BITS`] units, of which the low 31 bits are kept. A silence of half that, 8 years at the
    /// least, is the longest that is understood.
    pub(super) turn: u32,
}

impl Moment {
    /// A turn that is none.
    pub(super) const NO_TURN: u32 = u32::MAX;

    /// Turns from `turn` to this moment; negative when the moment lies in one before it.
    pub(super) const fn turns_since(self, turn: u32) -> i32 {
        self.turn.wrapping_sub(turn).wrapping_shl(1).cast_signed().wrapping_shr(1)
    }
}

impl Quota {
    /// So many requests a second, all of which may come at once.
    ///
    /// # Panics
    /// When it is none, or more than 1,000,000: in a `static` it does not compile then. For numbers of a configuration
    /// there is [`Quota::new`].
    #[must_use]
    pub const fn per_second(requests: u32) -> Self {
        Self::per(requests, 1)
    }

    /// So many requests a minute, all of which may come at once, up to 65,536.
    ///
    /// # Panics
    /// As [`Quota::per_second`].
    #[must_use]
    pub const fn per_minute(requests: u32) -> Self {
        Self::per(requests, 60)
    }

    /// So many requests an hour, all of which may come at once, up to 65,536.
    ///
    /// # Panics
    /// As [`Quota::per_second`].
    #[must_use]
    pub const fn per_hour(requests: u32) -> Self {
        Self::per(requests, 3_600)
    }

    /// The same with so many requests at once.
    ///
    /// # Panics
    /// When it is none, or more than 65,536.
    #[must_use]
    pub const fn burst(self, burst: u32) -> Self {
        let quota = Self::new(self.requests, self.seconds, burst);
        assert!(quota.is_some(), "a burst is 1 to 65,536 requests");
        match quota {
            Some(quota) => quota,
            None => self,
        }
    }

    const fn per(requests: u32, seconds: u32) -> Self {
        let burst = if requests < MOST_BURST { requests } else { MOST_BURST };
        let quota = Self::new(requests, seconds, burst);
        assert!(quota.is_some(), "a quota is at least one request, and at most one in a microsecond");
        match quota {
            Some(quota) => quota,
            None => Self::ONE,
        }
    }

    const ONE: Self = match Self::new(1, 1, 1) {
        Some(quota) => quota,
        None => unreachable!(),
    };

    /// So many requests in so many seconds, and so many at once; `None` when one of them is zero, for a period above a
    /// day, a burst above 65,536, and more requests than one in a microsecond.
    #[must_use]
    #[allow(clippy::arithmetic_side_effects)] // the bounds come first, and all is far below 2^128
    pub const fn new(requests: u32, seconds: u32, burst: u32) -> Option<Self> {
        if requests == 0 || seconds == 0 || seconds > LONGEST || burst == 0 || burst > MOST_BURST {
            return None;
        }
        let (period, rate) = (seconds as u128 * 1_000_000, requests as u128);
        let micros = period / rate;
        if micros == 0 {
            return None;
        }
        // As fine as the bits allow for this burst, and no finer than the clock.
        let burst_bits = u32::BITS - (burst - 1).leading_zeros();
        let resolution = least(FINEST, least(TURN_BITS - burst_bits, micros.ilog2()));
        let window = (burst as u128 * seconds as u128).div_ceil(rate);
        Some(Self {
            requests,
            seconds,
            burst,
            resolution,
            units: Scale::new(rate << resolution, period, 32),
            waits: Scale::new(seconds as u128, rate << resolution, 0),
            allotment: (window * rate / seconds as u128) as u64,
            window: window as u64,
        })
    }

    /// Requests in each [`Quota::period`].
    #[must_use]
    pub const fn requests(&self) -> u32 {
        self.requests
    }

    /// The period, in seconds.
    #[must_use]
    pub const fn period(&self) -> u32 {
        self.seconds
    }

    /// Most requests at once.
    #[must_use]
    pub const fn most_at_once(&self) -> u32 {
        self.burst
    }

    /// What `RateLimit-Policy` says: requests, and the window in whole seconds in which they are allowed again. It is
    /// the time that an empty bucket takes to fill, rounded up.
    #[must_use]
    pub const fn policy(&self) -> (u64, u64) {
        (self.allotment, self.window)
    }

    pub(super) const fn moment(&self, now: Instant) -> Moment {
        let units = self.units.of_micros(now.as_micros());
        Moment {
            at: (units & ((1 << TIME_BITS) - 1)) as u32,
            turn: (units >> TURN_BITS) as u32 & 0x7fff_ffff,
        }
    }

    /// What one request is worth, in units.
    pub(super) const fn share(&self) -> u32 {
        1 << self.resolution
    }

    /// What a whole burst is worth, in units: at most a turn.
    const fn capacity(&self) -> u32 {
        self.burst << self.resolution
    }

    /// Whether a bucket that is full again in `ahead` units has a request left.
    pub(super) const fn admits(&self, ahead: u32) -> bool {
        ahead.saturating_add(self.share()) <= self.capacity()
    }

    /// How a bucket stands that is full again in `ahead` units.
    pub(super) const fn level(&self, ahead: u32, admitted: bool) -> Level {
        let remaining = self.capacity().saturating_sub(ahead) >> self.resolution;
        let next = self.capacity().saturating_sub(remaining.saturating_add(1) << self.resolution);
        Level { admitted, remaining, seconds: self.waits.of_units(ahead.saturating_sub(next)) }
    }
}

/// A factor as multiplier and shift, because a 64-bit division is a library call of several hundred bytes on a
/// microcontroller. It is rounded down by less than one part in 2^31.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Scale {
    multiplier: u32,
    shift: u32,
}

impl Scale {
    #[allow(clippy::arithmetic_side_effects)] // `numerator` has at most 42 bits, and no shift of them passes 128
    const fn new(numerator: u128, denominator: u128, least_shift: u32) -> Self {
        let mut shift = least_shift;
        while shift < 63 && (numerator << (shift + 1)) / denominator <= u32::MAX as u128 {
            shift += 1;
        }
        let multiplier = (numerator << shift) / denominator;
        let multiplier = if multiplier > u32::MAX as u128 { u32::MAX } else { multiplier as u32 };
        Self { multiplier, shift }
    }

    /// Rounded down. The product has 96 bits, of which the low 32 are in no sum that counts; `shift` is at least 32.
    const fn of_micros(self, micros: u64) -> u64 {
        let multiplier = self.multiplier as u64;
        let low = (micros & 0xffff_ffff).wrapping_mul(multiplier) >> 32;
        let high = (micros >> 32).wrapping_mul(multiplier);
        high.wrapping_add(low) >> self.shift.saturating_sub(32)
    }

    /// Rounded up. `units` has at most [`TIME_BITS`] bits.
    const fn of_units(self, units: u32) -> u32 {
        let product = (units as u64).wrapping_mul(self.multiplier as u64);
        let up = (1_u64 << self.shift).wrapping_sub(1);
        let seconds = product.wrapping_add(up) >> self.shift;
        if seconds > u32::MAX as u64 { u32::MAX } else { seconds as u32 }
    }
}

const fn least(one: u32, other: u32) -> u32 {
    if one < other { one } else { other }
}

#[cfg(test)]
mod tests;
