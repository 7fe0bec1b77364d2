//! Which addresses the server has.

use core::fmt;
use core::net::IpAddr;

use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

/// Most addresses that a configuration takes.
const ADDRESSES: usize = 4;

/// Where a server is found: its addresses, its port, and the way out of its network.
///
/// What cannot be used is not refused where it is given, but by [`check`](Self::check), which
/// [`Server::new`](crate::Server::new) asks.
///
/// ```
/// use bantam_transport_smoltcp::{Config, ConfigError};
///
/// let config = Config::new([0x02, 0, 0, 0, 0, 1]).with_address([192, 168, 1, 2], 24).with_gateway([192, 168, 1, 1]);
/// assert_eq!(config.check(), Ok(()));
/// assert_eq!(config.with_port(0).check(), Err(ConfigError::Port));
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) hardware: EthernetAddress,
    pub(crate) port: u16,
    pub(crate) addresses: [Option<IpCidr>; ADDRESSES],
    pub(crate) gateways: [Option<IpAddress>; 2],
    pub(crate) seed: u64,
    #[cfg(feature = "dhcp")]
    pub(crate) dhcp: bool,
    problem: Option<ConfigError>,
}

impl Config {
    /// A server with this hardware address, on port 80. Each station of a network needs another; those that begin with
    /// 02 are administered locally, and need not be bought.
    #[must_use]
    pub fn new(hardware: [u8; 6]) -> Self {
        Self {
            hardware: EthernetAddress(hardware),
            port: 80,
            addresses: [None; ADDRESSES],
            gateways: [None; 2],
            seed: 0,
            #[cfg(feature = "dhcp")]
            dhcp: false,
            problem: None,
        }
    }

    /// With this hardware address instead.
    #[cfg(all(feature = "tap", target_os = "linux"))]
    pub(crate) fn with_hardware(mut self, hardware: [u8; 6]) -> Self {
        self.hardware = EthernetAddress(hardware);
        self
    }

    /// On this port.
    #[must_use]
    pub fn with_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// With this address, in a network whose addresses share their first `prefix` bits. There is room for two, or as many
    /// as smoltcp's features say (`iface-max-addr-count-4`), but four at most; DHCP keeps one place. Where one is left it is
    /// that of the link-local address of IPv6.
    #[must_use]
    pub fn with_address(mut self, address: impl Into<IpAddr>, prefix: u8) -> Self {
        match (cidr(address.into(), prefix), self.addresses.iter_mut().find(|place| place.is_none())) {
            (Some(cidr), Some(place)) => *place = Some(cidr),
            (None, _) => self.is_wrong(ConfigError::Address),
            (_, None) => self.is_wrong(ConfigError::TooManyAddresses),
        }
        self
    }

    /// With this way out of the network: one for each version of IP, the last that was given.
    #[must_use]
    pub fn with_gateway(mut self, gateway: impl Into<IpAddr>) -> Self {
        let gateway = gateway.into();
        match address(gateway).filter(IpAddress::is_unicast) {
            Some(address) => self.gateways[usize::from(gateway.is_ipv6())] = Some(address),
            None => self.is_wrong(ConfigError::Gateway),
        }
        self
    }

    /// With a seed for sequence numbers, which ought to differ each time the server starts: who can guess them can
    /// write into connections of others. smoltcp 0.14 draws them from a small generator whose state follows from a few
    /// of them, and not from a keyed hash (RFC 6528): on a link with strangers that is no defence.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// With an IPv4 address and a gateway from a DHCP server, besides those given. It takes a socket of its own.
    #[cfg(feature = "dhcp")]
    #[must_use]
    pub fn with_dhcp(mut self, dhcp: bool) -> Self {
        self.dhcp = dhcp;
        self
    }

    /// What is wrong with it, if anything.
    ///
    /// # Errors
    /// The first thing that is.
    pub fn check(&self) -> Result<(), ConfigError> {
        match self.problem {
            Some(problem) => Err(problem),
            None if !self.hardware.is_unicast() => Err(ConfigError::Hardware),
            None if self.port == 0 => Err(ConfigError::Port),
            None => Ok(()),
        }
    }

    fn is_wrong(&mut self, problem: ConfigError) {
        self.problem.get_or_insert(problem);
    }
}

fn cidr(ip: IpAddr, prefix: u8) -> Option<IpCidr> {
    let longest = if ip.is_ipv4() { 32 } else { 128 };
    let address = address(ip).filter(|address| address.is_unicast() && prefix <= longest)?;
    Some(IpCidr::new(address, prefix))
}

/// An address of a version that is there.
fn address(address: IpAddr) -> Option<IpAddress> {
    match address {
        IpAddr::V4(address) => Some(IpAddress::Ipv4(address)),
        #[cfg(feature = "ipv6")]
        IpAddr::V6(address) => Some(IpAddress::Ipv6(address)),
        #[cfg(not(feature = "ipv6"))]
        IpAddr::V6(_) => None,
    }
}

/// Why a server cannot be made: the configuration's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// A hardware address that a single station cannot have.
    Hardware,
    /// An address that a single host cannot have, a prefix longer than it, or IPv6 without the feature.
    Address,
    /// More addresses than there is room for.
    TooManyAddresses,
    /// A gateway that is no address of a single host, or IPv6 without the feature.
    Gateway,
    /// Port 0.
    Port,
    /// A device without Ethernet frames.
    Medium,
    /// No socket is left for DHCP: `SOCKETS` of [`Memory`](crate::Memory) is too small.
    Sockets,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hardware => "the hardware address is not that of a single station",
            Self::Address => {
                "an address of a single host is wanted, with a prefix that is not longer than it"
            }
            Self::TooManyAddresses => "there are too many addresses",
            Self::Gateway => "the gateway is not an address of a single host",
            Self::Port => "the port cannot be 0",
            Self::Medium => "the device has no Ethernet frames",
            Self::Sockets => "there is no socket left for DHCP",
        })
    }
}

impl core::error::Error for ConfigError {}

#[cfg(test)]
mod tests;
