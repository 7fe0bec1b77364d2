//! The board as the transport sees it: a clock, a way to sleep, and where it is found in the network.

use bantam_core::time::Instant;
use bantam_transport_smoltcp::{Config, Host, Lifecycle};

use crate::clock::Clock;
use crate::debugger;
use crate::lan9118::Lan9118;
use crate::sleep::Sleeper;

/// The hardware address: one that is administered locally, and must differ between boards of one network.
pub const HARDWARE: [u8; 6] = [0x02, 0x00, 0x00, 0x00, 0x00, 0x01];

/// The address in QEMU's user network, where ports of the host are forwarded to, and the way out of it.
pub const ADDRESS: [u8; 4] = [10, 0, 2, 15];
/// Bits that all addresses of that network share.
pub const PREFIX: u8 = 24;
/// Its gateway.
pub const GATEWAY: [u8; 4] = [10, 0, 2, 2];

/// The processor and its timers.
#[derive(Debug)]
pub struct Board {
    clock: Clock,
    sleeper: Sleeper,
    /// The wall clock when the board started, in seconds since 1970, where somebody knows it.
    started: Option<u64>,
}

impl Board {
    /// Starts the timers, and asks the debugger for the time. From here on interrupts are off.
    #[must_use]
    pub fn start() -> Self {
        let board =
            Self { clock: Clock::start(), sleeper: Sleeper::start(), started: debugger::unix_seconds() };
        if board.started.is_none() {
            log_warn!("nobody knows the time: answers have no Date");
        }
        board
    }

    /// How the server is found.
    #[must_use]
    pub fn network(&self) -> Config {
        log_info!("hardware address {=[u8; 6]:02x}, IP address {=[u8; 4]}/{=u8}", HARDWARE, ADDRESS, PREFIX);
        Config::new(HARDWARE).with_address(ADDRESS, PREFIX).with_gateway(GATEWAY).with_seed(debugger::seed())
    }
}

impl bantam_core::drivers::Clock for Board {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    #[cfg(feature = "full")]
    fn unix_seconds(&self) -> Option<u64> {
        let running = self.now().since(Instant::ZERO);
        self.started.map(|started| started.saturating_add(running.as_secs()))
    }
}

impl Host<Lan9118> for Board {
    fn wait(&mut self, device: &mut Lan9118, until: Option<Instant>) -> Lifecycle {
        if !device.has_frame() {
            self.sleeper.sleep(&self.clock, until.unwrap_or(Instant::NEVER));
        }
        Lifecycle::Serving
    }
}
