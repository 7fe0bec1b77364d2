//! Who stands between clients and this server, and is believed in what it says of them.
//!
//! ```
//! use bantam_core::gateways::{ClientField, Network, TrustedProxies};
//! use bantam_core::prelude::*;
//! # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
//! # static ROUTES: Router<(), 1> = Router::new([get("/", hello)]);
//! let networks = [Network::new("10.0.0.0".parse().unwrap(), 8).unwrap()];
//! let proxies = TrustedProxies::new(&networks).with_field(ClientField::Forwarded);
//! let service = Service::new(&(), &ROUTES).with_gateways(&proxies);
//! ```

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::handler::Request;
use crate::message::forwarded::{forwarded, x_forwarded_for};
use crate::parse::list;

/// What a server knows of gateways; [`TrustedProxies`] as a rule.
pub trait Gateways: Sync {
    /// Whether a connection from this address comes from a gateway; `None` is a transport without addresses, such as a Unix
    /// socket.
    fn trusts(&self, peer: Option<IpAddr>) -> bool;

    /// What a gateway says of the client of this request, which came from it.
    fn client(&self, request: &Request<'_>) -> Client;
}

/// Who has sent a request, as far as a gateway says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// The client's address, with port 0 where that is not said; `None` when it is not known better than the peer's.
    pub address: Option<SocketAddr>,
    /// Whether the client came by https.
    pub secured: bool,
}

impl Client {
    pub(crate) const UNKNOWN: Self = Self { address: None, secured: false };
}

/// Addresses whose first bits agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// The network of an address and the length of its prefix; `None` when the prefix is longer than the address, or the
    /// address has bits behind it. One of IPv4-mapped addresses is that of the IPv4 ones.
    #[must_use]
    pub fn new(address: IpAddr, prefix: u8) -> Option<Self> {
        let (address, prefix) = match address.to_canonical() {
            IpAddr::V4(inner) if address.is_ipv6() => (IpAddr::V4(inner), prefix.checked_sub(96)?),
            address => (address, prefix),
        };
        let is_clear = match address {
            IpAddr::V4(address) => prefix <= 32 && mask_v4(address, prefix) == address.to_bits(),
            IpAddr::V6(address) => prefix <= 128 && address.to_bits() & host_v6(prefix) == 0,
        };
        is_clear.then_some(Self { address, prefix })
    }

    /// Whether the address is one of them.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => mask_v4(address, self.prefix) == network.to_bits(),
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()) & !host_v6(self.prefix) == 0
            }
            _ => false,
        }
    }
}

fn mask_v4(address: Ipv4Addr, prefix: u8) -> u32 {
    address.to_bits() & !u32::MAX.checked_shr(prefix.into()).unwrap_or(0)
}

/// The bits behind a prefix.
fn host_v6(prefix: u8) -> u128 {
    u128::MAX.checked_shr(prefix.into()).unwrap_or(0)
}

/// By which field gateways tell of clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientField {
    /// By either. Where both are there they must name the same client, and neither is believed otherwise: clients can send
    /// the one that a gateway knows nothing of.
    #[default]
    Either,
    /// By `Forwarded` (RFC 7239); the other one is not read.
    Forwarded,
    /// By `X-Forwarded-For` and `X-Forwarded-Proto`; the other one is not read.
    XForwardedFor,
}

/// Gateways that are known by their addresses. They must set their field, or add to it, in every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedProxies<'a> {
    networks: &'a [Network],
    without_address: bool,
    field: ClientField,
}

impl<'a> TrustedProxies<'a> {
    /// Gateways in these networks.
    #[must_use]
    pub const fn new(networks: &'a [Network]) -> Self {
        Self { networks, without_address: false, field: ClientField::Either }
    }

    /// Whether those are trusted too who come without an address, by a Unix socket.
    #[must_use]
    pub const fn with_local(mut self, trusted: bool) -> Self {
        self.without_address = trusted;
        self
    }

    /// With the field by which they tell of clients.
    #[must_use]
    pub const fn with_field(mut self, field: ClientField) -> Self {
        self.field = field;
        self
    }
}

impl Gateways for TrustedProxies<'_> {
    fn trusts(&self, peer: Option<IpAddr>) -> bool {
        match peer {
            Some(peer) => self.networks.iter().any(|network| network.has(peer)),
            None => self.without_address,
        }
    }

    fn client(&self, request: &Request<'_>) -> Client {
        let trusts = |address| self.trusts(Some(address));
        let reads = |field| self.field == field || self.field == ClientField::Either;
        let has = |name| request.field_bytes(name).is_some();
        let by_standard = || forwarded(request.field_lines("Forwarded"), trusts);
        let by_custom = || {
            let schemes = request.field_lines("X-Forwarded-Proto").flat_map(list::members);
            Client {
                address: x_forwarded_for(request.field_lines("X-Forwarded-For"), trusts),
                // The gateway next to us has set it, or added at the right.
                secured: schemes.last().is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"https")),
            }
        };
        let standard = reads(ClientField::Forwarded) && has("Forwarded");
        let custom =
            reads(ClientField::XForwardedFor) && (has("X-Forwarded-For") || has("X-Forwarded-Proto"));
        match (standard, custom) {
            (false, false) => Client::UNKNOWN,
            (true, false) => by_standard(),
            (false, true) => by_custom(),
            (true, true) => {
                let (standard, custom) = (by_standard(), by_custom());
                let ip = |client: &Client| client.address.map(|address| address.ip().to_canonical());
                if ip(&standard) == ip(&custom) { standard } else { Client::UNKNOWN }
            }
        }
    }
}

#[cfg(test)]
mod tests;
