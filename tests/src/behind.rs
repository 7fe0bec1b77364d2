//! A server behind a TAP device, each with a network between the kernel and itself. Whoever makes one has a network
//! namespace of his own, see [`namespace`](crate::namespace).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::sync::atomic::{AtomicU16, Ordering};
use std::env;

use bantam_transport_smoltcp::Config as Network;
use bantam_transport_smoltcp::tap::{Tap, TapServer, TapSizes};
use bantam_transport_std::Config;

use crate::namespace::ip;

/// Set to 4 or 6 where servers are to run behind TAP devices, over this version of IP.
pub const VARIABLE: &str = "BANTAM_TESTS_TAP";

/// Most connections: what the largest crowd of the suites takes, and memory for no more.
const CONNECTIONS: u32 = 256;

/// The version of IP over which servers are to run behind TAP devices; nothing when they are to have sockets.
///
/// # Panics
/// When the variable has another value.
#[must_use]
pub fn version() -> Option<u8> {
    match env::var(VARIABLE).as_deref() {
        Ok("4") => Some(4),
        Ok("6") => Some(6),
        Ok(other) => panic!("{VARIABLE} is {other:?}, not 4 or 6"),
        Err(_) => None,
    }
}

/// A server behind a new device, where it is found, and where its clients come from.
#[derive(Debug)]
pub(crate) struct Behind {
    pub(crate) server: TapServer,
    pub(crate) address: SocketAddr,
    pub(crate) origin: IpAddr,
}

impl Behind {
    /// Makes a device that no other server of this process has.
    pub(crate) fn new(version: u8, config: &Config) -> Self {
        static DEVICES: AtomicU16 = AtomicU16::new(0);
        let device = DEVICES.fetch_add(1, Ordering::Relaxed);
        let (origin, address, prefix) = network(version, device);
        let tap = Tap::open(&format!("tap{device}")).expect("a device");
        // Whether an address is taken already is not asked: on this wire there is nobody else.
        let unasked = if address.is_ipv6() { " nodad" } else { "" };
        ip(&format!("addr add {origin}/{prefix} dev {}{unasked}", tap.name()));
        assert!(tap.up().expect("it can be set up"), "it is up");
        let network =
            Network::new(tap.hardware_address()).with_address(address, prefix).with_seed(device.into());
        let sizes = TapSizes {
            slots: usize::try_from(config.connections.min(CONNECTIONS)).expect("few"),
            receive_buffer: config.receive_buffer,
            transmit_buffer: config.transmit_buffer,
            drain: config.drain,
            ..TapSizes::default()
        };
        let server = TapServer::new(tap, network, sizes).expect("a server");
        Self { server, address: SocketAddr::new(address, 80), origin }
    }
}

/// The kernel's address, the server's, and how long their prefix is.
fn network(version: u8, device: u16) -> (IpAddr, IpAddr, u8) {
    if version == 6 {
        let address = |host| Ipv6Addr::new(0xfd00, 0, 0, device, 0, 0, 0, host).into();
        return (address(1), address(2), 64);
    }
    let [high, low] = device.to_be_bytes();
    let address = |host| Ipv4Addr::new(10, high, low, host).into();
    (address(1), address(2), 24)
}
