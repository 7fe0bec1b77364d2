//! What becomes of connections and requests when there are many.

use core::num::{NonZeroU32, NonZeroUsize};
use core::time::Duration;

use bantam_core::limits::Limits;
use bantam_transport_std::{Blocking, Config, OverCap};
use clap::{Args, ValueEnum};

use super::values::{seconds, seconds_or_none, workers};

/// Bounds that few servers need to change.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Under load")]
pub(crate) struct LoadOptions {
    /// What becomes of connections beyond --max-connections
    #[arg(long, global = true, value_enum, default_value_t = Beyond::Wait, env = "BANTAM_OVER_CAP")]
    pub(crate) over_cap: Beyond,

    /// Most connections at a time from one address, or from one /64 of IPv6; more are answered 503. Those from gateways
    /// that speak the PROXY protocol are not counted [default: no bound]
    #[arg(long, global = true, value_name = "N", env = "BANTAM_MAX_PER_ADDRESS")]
    pub(crate) max_per_address: Option<NonZeroU32>,

    /// Longest life of a connection, in seconds: the answer after that says `Connection: close`. Some live up to a quarter
    /// shorter, so that they do not all come again at once; 0 for no bound
    #[arg(long, global = true, value_name = "SECONDS", default_value = "0", env = "BANTAM_MAX_AGE",
          value_parser = seconds_or_none)]
    pub(crate) max_age: Duration,

    /// Longest silence between requests while most of --max-connections are taken, in seconds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "5", env = "BANTAM_CROWDED_IDLE_TIMEOUT",
          value_parser = seconds)]
    pub(crate) crowded_idle_timeout: Duration,

    /// Most threads for handlers that wait; none is started where no route is marked as such
    #[arg(long, global = true, value_name = "N", default_value = "64", env = "BANTAM_BLOCKING_THREADS",
          value_parser = workers)]
    pub(crate) blocking_threads: NonZeroUsize,

    /// Those of them that stay when they have nothing to do
    #[arg(long, global = true, value_name = "N", default_value = "1", env = "BANTAM_BLOCKING_KEPT",
          value_parser = workers)]
    pub(crate) blocking_kept: NonZeroUsize,

    /// Most requests that wait for one of them; more are answered 503
    #[arg(long, global = true, value_name = "N", default_value_t = 256, env = "BANTAM_BLOCKING_WAITING")]
    pub(crate) blocking_waiting: u16,

    /// From how long on a handler that is not marked as one that waits is named on standard error, in seconds: nobody else
    /// is served by its worker meanwhile
    #[arg(long, global = true, value_name = "SECONDS", default_value = "0.2", env = "BANTAM_STALL_WARNING",
          value_parser = seconds)]
    pub(crate) stall_warning: Duration,
}

/// What becomes of connections beyond the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Beyond {
    /// They wait until there is a place
    Wait,
    /// They are answered 503 and closed at once, so that a gateway can ask another server
    Refuse,
}

impl LoadOptions {
    /// Sets what concerns a single connection.
    pub(crate) fn limit(&self, limits: &mut Limits) {
        limits.age = if self.max_age.is_zero() { Duration::MAX } else { self.max_age };
        limits.idle_crowded = self.crowded_idle_timeout;
    }

    /// Sets what concerns all connections over sockets.
    pub(crate) fn configure(&self, config: &mut Config) {
        config.over_cap = match self.over_cap {
            Beyond::Wait => OverCap::Wait,
            Beyond::Refuse => OverCap::Refuse,
        };
        config.per_address = self.max_per_address;
        config.stall = self.stall_warning;
        config.blocking = Blocking {
            min: self.blocking_kept,
            max: self.blocking_threads,
            waiting: self.blocking_waiting.into(),
            ..Blocking::default()
        };
    }

    /// What cannot be done together, in one line.
    pub(crate) fn mistake(&self) -> Option<String> {
        (self.blocking_kept > self.blocking_threads).then(|| {
            format!(
                "--blocking-kept {} is more than --blocking-threads {}",
                self.blocking_kept, self.blocking_threads
            )
        })
    }

    /// A flag that was given, and is only for sockets of the system.
    pub(crate) fn is_for_sockets(&self) -> Option<&'static str> {
        let given = [
            ("--over-cap", self.over_cap != Beyond::Wait),
            ("--max-per-address", self.max_per_address.is_some()),
        ];
        given.into_iter().find_map(|(flag, is_given)| is_given.then_some(flag))
    }
}
