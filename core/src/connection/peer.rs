//! Where the peer's address is kept, in as few bytes as it may take.

#[cfg(feature = "gateways")]
use core::net::IpAddr;
use core::net::SocketAddr;
#[cfg(not(feature = "ipv6"))]
use core::net::SocketAddrV4;

/// The peer's address, where it is known. Without the feature `ipv6` one of those is not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(Kept);

#[cfg(feature = "ipv6")]
type Kept = Option<SocketAddr>;
/// The address and the port, both in the order of the network.
#[cfg(not(feature = "ipv6"))]
type Kept = Option<([u8; 4], [u8; 2])>;

impl Peer {
    #[cfg(feature = "ipv6")]
    pub(super) const fn new(address: Option<SocketAddr>) -> Self {
        Self(address)
    }

    #[cfg(not(feature = "ipv6"))]
    pub(super) const fn new(address: Option<SocketAddr>) -> Self {
        Self(match address {
            Some(SocketAddr::V4(address)) => Some((address.ip().octets(), address.port().to_be_bytes())),
            _ => None,
        })
    }

    #[cfg(feature = "ipv6")]
    pub(super) const fn address(self) -> Option<SocketAddr> {
        self.0
    }

    #[cfg(not(feature = "ipv6"))]
    pub(super) const fn address(self) -> Option<SocketAddr> {
        match self.0 {
            Some(([a, b, c, d], port)) => {
                let ip = core::net::Ipv4Addr::new(a, b, c, d);
                Some(SocketAddr::V4(SocketAddrV4::new(ip, u16::from_be_bytes(port))))
            }
            None => None,
        }
    }

    #[cfg(feature = "gateways")]
    pub(super) fn ip(self) -> Option<IpAddr> {
        self.address().map(|address| address.ip())
    }
}

#[cfg(test)]
mod tests;
