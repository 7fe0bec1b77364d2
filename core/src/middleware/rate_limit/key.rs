//! Whose quota a request is charged on: the client's address or another key, and the route where routes have their own.

use core::net::{IpAddr, Ipv6Addr};

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

    /// All of it in 64 bits, mixed with the server's seed: who does not know the seed cannot choose keys that meet.
    /// Another server has other hashes, so a store that several share goes by the key itself.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let place = self.place.map_or(0, |place| mix(place as u64));
        let hash = mix(self.seed ^ place);
        match self.key {
            Key::Address(IpAddr::V4(address)) => mix(hash ^ 4 ^ u64::from(address.to_bits()) << 8),
            Key::Address(IpAddr::V6(address)) => {
                let bits = address.to_bits();
                mix(mix(hash ^ 6) ^ (bits >> 64) as u64) ^ mix(mix(hash) ^ bits as u64)
            }
            Key::Bytes(bytes) => {
                let mut hash = mix(hash ^ 1 ^ (bytes.len() as u64) << 8);
                for chunk in bytes.chunks(8) {
                    let mut word = [0; 8];
                    for (slot, byte) in word.iter_mut().zip(chunk) {
                        *slot = *byte;
                    }
                    hash = mix(hash ^ u64::from_le_bytes(word));
                }
                hash
            }
        }
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

/// One to one, and every input bit reaches every output bit: the finaliser of MurmurHash3.
fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits = (bits ^ (bits >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}

#[cfg(test)]
mod tests;
