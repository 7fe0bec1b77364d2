//! Small drivers for byte streams that are not sockets of an operating system: a serial line, a TLS session, an
//! `embassy-net` socket. Each is the loop of [`connection`](crate::connection) over one of the embedded-io trait pairs.

pub mod asynchronous;
pub mod blocking;

use crate::time::Instant;

/// The clocks of whoever drives a connection.
pub trait Clock {
    /// Monotonic time.
    fn now(&self) -> Instant;

    /// The wall clock, in seconds since 1970, where there is one; answers then have a `Date` (RFC 9110 §6.6.1).
    fn unix_seconds(&self) -> Option<u64> {
        None
    }
}

#[cfg(test)]
mod tests;
