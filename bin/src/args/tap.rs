//! What serving behind a TAP device takes.

use core::net::IpAddr;

use clap::{ArgAction, Args};

use super::values::{network, single};

/// A device in place of the system's sockets.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "TAP device")]
pub(crate) struct TapOptions {
    /// Serve behind this TAP device, over a TCP/IP stack of our own, instead of the system's sockets; it is made unless it
    /// exists. The system's side needs an address too, such as by `ip address add 10.0.0.1/24 dev tap0`. One thread
    /// serves up to 256 connections; --host and --workers do not count. Linux only
    #[arg(long, global = true, value_name = "NAME", env = "BANTAM_TAP")]
    pub(crate) tap: Option<String>,

    /// Our address behind the device, with the length of the network's prefix, such as 10.0.0.2/24; again for others, or
    /// separated by commas
    #[arg(long, global = true, value_name = "ADDRESS/LENGTH", env = "BANTAM_IP", value_delimiter = ',',
          value_parser = network)]
    pub(crate) ip: Vec<Network>,

    /// The way out of that network; again for the other version of IP, or separated by commas
    #[arg(long, global = true, value_name = "ADDRESS", env = "BANTAM_GATEWAY", value_delimiter = ',',
          value_parser = single)]
    pub(crate) gateway: Vec<IpAddr>,

    /// Ask a DHCP server behind the device for an IPv4 address
    #[arg(long, global = true, value_name = "true|false", env = "BANTAM_DHCP", num_args = 0..=1,
          require_equals = true, default_value = "false", default_missing_value = "true",
          hide_default_value = true, hide_possible_values = true, action = ArgAction::Set)]
    pub(crate) dhcp: bool,
}

/// An address, and how many of its first bits its network has in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) address: IpAddr,
    pub(crate) prefix: u8,
}

impl Network {
    /// Whether an address is in it.
    pub(crate) fn contains(&self, other: IpAddr) -> bool {
        let prefix = u32::from(self.prefix);
        match (self.address, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= prefix
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= prefix
            }
            _ => false,
        }
    }
}
