//! Whose quota a request is charged on: the client's address or another key, and the route where routes have their own.

use core::net::{IpAddr, Ipv6Addr};

use crate::bytes::keyed::{Keyed, Purpose};

/// What tells clients apart.
///
/// A key is only as good as it is hard to come by: a client that can make up a new one for each request has a new quota
/// for each request. A field that was not verified is such a key; so is a single IPv6 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key<'r> {
    /// A client's address. IPv6 addresses count by their prefix, IPv4-mapped ones as IPv4.
    Address(IpAddr),
    /// Any bytes: a user's name, a token that was verified.
    Bytes(&'r [u8]),
}

impl From<IpAddr> for Key<'_> {
    fn from(address: IpAddr) -> Self {
        Self::Address(address)
    }
}

impl<'r> From<&'r [u8]> for Key<'r> {
    fn from(bytes: &'r [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'r> From<&'r str> for Key<'r> {
    fn from(text: &'r str) -> Self {
        Self::Bytes(text.as_bytes())
    }
}

/// Whose bucket it is, as a [`Store`](super::Store) is asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject<'r> {
    key: Key<'r>,
    place: Option<usize>,
    seed: u64,
}

impl<'r> Subject<'r> {
    /// The bucket of a key, and of a route's place where routes have their own. Of IPv6 addresses the first `prefix` bits
    /// count. The seed ought to be a secret of this server.
    #[must_use]
    pub fn new(key: Key<'r>, place: Option<usize>, prefix: u8, seed: u64) -> Self {
        let key = match key {
            Key::Address(address) => Key::Address(network(address, prefix)),
            bytes => bytes,
        };
        Self { key, place, seed }
    }

    /// The key; of an address, the network that counts.
    #[must_use]
    pub const fn key(&self) -> Key<'r> {
        self.key
    }

    /// The place of the route among all, where routes have quotas of their own. What matches no route has a place of its
    /// own too: `usize::MAX`.
    #[must_use]
    pub const fn route_place(&self) -> Option<usize> {
        self.place
    }

    /// All of it in 64 bits, hashed under the server's seed: who does not know the seed cannot choose keys that meet.
    /// Another server has other hashes, so a store that several share goes by the key itself.
    #[must_use]
    pub fn hash(&self) -> u64 {
        // No place is as large as 2^63, but for that of what matches no route.
        let place = self.place.map_or(1 << 63, |place| place as u64);
        let keyed = Keyed::new(self.seed, Purpose::Client).with(place);
        // The length in front, so that no key is another one's beginning.
        match self.key {
            Key::Address(IpAddr::V4(address)) => keyed.with(4).with_bytes(&address.octets()),
            Key::Address(IpAddr::V6(address)) => keyed.with(16).with_bytes(&address.octets()),
            Key::Bytes(bytes) => keyed.with(!(bytes.len() as u64)).with_bytes(bytes),
        }
        .finish()
    }
}

/// The address with its host's part cleared; one host has as many IPv6 addresses as it likes.
fn network(address: IpAddr, prefix: u8) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let host = u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !host))
        }
    }
}

#[cfg(test)]
mod tests;
