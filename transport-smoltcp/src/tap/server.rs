//! A whole server behind a TAP device: memory, loop, and its end.

use core::time::Duration;
use std::io;
use std::time::{Instant as StdInstant, SystemTime, UNIX_EPOCH};

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::drivers::Clock;
use bantam_core::service::Service;
use bantam_core::time::Instant;
use smoltcp::wire::IpCidr;

use super::{Tap, TapError, TapShutdown};
use crate::config::{Config, ConfigError};
use crate::memory::HeapMemory;
use crate::run::{Host, Lifecycle, run};
use crate::server::Server;

/// How much memory a server behind a TAP device takes, and how it ends.
#[derive(Clone, Copy, Debug)]
pub struct TapSizes {
    /// Connections that are served at a time. Memory for them is taken as they come.
    pub slots: usize,
    /// Sockets beside them, so that a newcomer is heard when all are taken.
    pub spares: usize,
    /// Bytes of a socket's rings, each: what can be on its way at a time. At least 256, at most 1 GiB.
    pub ring: usize,
    /// Bytes of a receive buffer: it bounds a request's head, and content that is delivered whole. 64 to 65,535.
    pub receive_buffer: usize,
    /// Bytes of a transmit buffer: three quarters of it bound an answer that is not streamed. At least 512.
    pub transmit_buffer: usize,
    /// Longest time for connections to end after a shutdown began; those left are then cut.
    pub drain: Duration,
}

impl Default for TapSizes {
    fn default() -> Self {
        Self {
            slots: 256,
            spares: 8,
            // A frame has up to 64 KiB: some are on their way while the next one is written.
            ring: 262_144,
            receive_buffer: 32_768,
            transmit_buffer: 32_768,
            drain: Duration::from_secs(20),
        }
    }
}

/// A server behind a TAP device, which serves when it is run.
#[derive(Debug)]
pub struct TapServer {
    tap: Tap,
    config: Config,
    sizes: TapSizes,
    shutdown: TapShutdown,
}

/// Why a server behind a TAP device cannot be made, or has ended before its time.
#[derive(Debug)]
#[non_exhaustive]
pub enum TapServerError {
    /// The device cannot be had, or is gone.
    Tap(TapError),
    /// The addresses cannot be used.
    Config(ConfigError),
    /// The system has no descriptor for what wakes the server.
    Wake(io::Error),
}

impl TapServer {
    /// A server with these addresses; the hardware address is that of the device.
    ///
    /// # Errors
    /// When the addresses cannot be used, or the system has no descriptor left.
    pub fn new(tap: Tap, config: Config, sizes: TapSizes) -> Result<Self, TapServerError> {
        let config = config.with_hardware(tap.hardware_address());
        config.check().map_err(TapServerError::Config)?;
        let shutdown = TapShutdown::new(sizes.drain).map_err(TapServerError::Wake)?;
        Ok(Self { tap, config, sizes, shutdown })
    }

    /// A handle by which any thread can shut the server down.
    #[must_use]
    pub fn shutdown(&self) -> TapShutdown {
        self.shutdown.clone()
    }

    /// Serves until it is shut down and all connections have ended, or the time to drain has passed. `leased` is told of
    /// addresses that come from a DHCP server.
    ///
    /// # Errors
    /// When the addresses are more than there is room for, or the device goes away.
    ///
    /// # Panics
    /// When [`TapSizes::ring`] is less than 256.
    pub fn run<A, S>(
        self,
        service: &Service<'_, A, S>,
        leased: impl FnMut(IpCidr),
    ) -> Result<(), TapServerError>
    where
        S: Source<A> + Sink<A>,
    {
        let Self { mut tap, config, sizes, shutdown } = self;
        let lines = usize::from(service.limits().field_lines);
        let mut memory = HeapMemory::new(sizes.slots, sizes.spares, sizes.ring).with_messages(
            sizes.slots,
            sizes.receive_buffer,
            sizes.transmit_buffer,
            lines,
        );
        let origin = StdInstant::now();
        let mut host =
            TapHost { origin, shutdown, drain: sizes.drain, drains_until: None, leased, failed: None };
        let mut server =
            Server::new(memory.parts(), &config, &mut tap, host.now()).map_err(TapServerError::Config)?;
        run(&mut server, &mut tap, service, &mut host);
        host.failed.map_or(Ok(()), |error| Err(TapServerError::Tap(error)))
    }
}

/// Linux as the host of the loop.
struct TapHost<F> {
    origin: StdInstant,
    shutdown: TapShutdown,
    drain: Duration,
    drains_until: Option<Instant>,
    leased: F,
    failed: Option<TapError>,
}

impl<F> Clock for TapHost<F> {
    fn now(&self) -> Instant {
        Instant::from_micros(u64::try_from(self.origin.elapsed().as_micros()).unwrap_or(u64::MAX))
    }

    fn unix_seconds(&self) -> Option<u64> {
        // Before 1970 a clock is unset.
        SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
    }
}

impl<F: FnMut(IpCidr)> Host<Tap> for TapHost<F> {
    fn wait(&mut self, tap: &mut Tap, until: Option<Instant>) -> Lifecycle {
        let now = self.now();
        let until = [until, self.drains_until].into_iter().flatten().min();
        match tap.wait(until.map(|until| until.since(now)), Some(self.shutdown.wakes())) {
            Ok(ready) if ready.wake => self.shutdown.has_woken(),
            Ok(_) => {}
            Err(error) => {
                self.failed = Some(error);
                return Lifecycle::Ending;
            }
        }
        match self.shutdown.stage() {
            Lifecycle::Draining => {
                let ends = *self.drains_until.get_or_insert_with(|| now.after(self.drain));
                if now < ends { Lifecycle::Draining } else { Lifecycle::Ending }
            }
            stage => stage,
        }
    }

    fn leased(&mut self, address: IpCidr) {
        (self.leased)(address);
    }
}

impl core::fmt::Display for TapServerError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Tap(error) => error.fmt(f),
            Self::Config(error) => error.fmt(f),
            Self::Wake(error) => write!(f, "no descriptor for what wakes the server: {error}"),
        }
    }
}

impl core::error::Error for TapServerError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Tap(error) => Some(error),
            Self::Config(error) => Some(error),
            Self::Wake(error) => Some(error),
        }
    }
}
