//! Who has how many connections. An IPv6 address counts as its /64, which is what a network gives to one customer, and
//! whose addresses cost nothing.

use core::net::{IpAddr, SocketAddr};
use core::num::NonZeroU32;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Connections by where they come from, where they are bounded.
#[derive(Debug)]
pub(crate) struct Addresses {
    most: Option<NonZeroU32>,
    /// One entry for each network that has a connection: no more than there are places.
    counts: Mutex<HashMap<Network, u32>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Network {
    V4(u32),
    V6(u64),
}

impl Addresses {
    pub(crate) fn new(most: Option<NonZeroU32>) -> Self {
        Self { most, counts: Mutex::default() }
    }

    /// Counts a connection; false when its network has as many as it may, and it is not counted. One without an address
    /// is not bounded.
    pub(crate) fn enter(&self, peer: Option<SocketAddr>) -> bool {
        let (Some(most), Some(peer)) = (self.most, peer) else { return true };
        let mut counts = self.lock();
        let count = counts.entry(Network::of(peer.ip())).or_insert(0);
        let has_room = *count < most.get();
        *count += u32::from(has_room);
        has_room
    }

    /// A connection that was counted has ended.
    pub(crate) fn leave(&self, peer: Option<SocketAddr>) {
        let (Some(_), Some(peer)) = (self.most, peer) else { return };
        let network = Network::of(peer.ip());
        let mut counts = self.lock();
        if let Some(count) = counts.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&network);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Network, u32>> {
        // Nothing panics under this lock.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Network {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.to_bits()),
            IpAddr::V6(address) => Self::V6((address.to_bits() >> 64) as u64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Option<SocketAddr> {
        Some(SocketAddr::new(address.parse().expect("an address"), 1))
    }

    #[test]
    fn each_network_has_its_own_count() {
        let addresses = Addresses::new(NonZeroU32::new(2));
        for (address, has_room) in [
            ("192.0.2.1", true),
            ("192.0.2.1", true),
            ("192.0.2.1", false),
            ("::ffff:192.0.2.1", false),
            ("192.0.2.2", true),
            ("2001:db8:0:1::1", true),
            ("2001:db8:0:1:ffff::9", true),
            ("2001:db8:0:1:1:2:3:4", false),
            ("2001:db8:0:2::1", true),
            ("::c000:201", true),
        ] {
            assert_eq!(addresses.enter(peer(address)), has_room, "{address}");
        }
    }

    #[test]
    fn who_leaves_makes_room_and_leaves_nothing_behind() {
        let addresses = Addresses::new(NonZeroU32::new(1));
        for _ in 0..3 {
            assert!(addresses.enter(peer("192.0.2.1")) && !addresses.enter(peer("192.0.2.1")));
            addresses.leave(peer("::ffff:192.0.2.1"));
            assert!(addresses.lock().is_empty());
        }
        addresses.leave(peer("192.0.2.9"));
        assert!(addresses.enter(None) && addresses.enter(None), "who has no address is not bounded");
    }

    #[test]
    fn nothing_is_counted_where_nothing_is_bounded() {
        let addresses = Addresses::new(None);
        for _ in 0..1_000 {
            assert!(addresses.enter(peer("192.0.2.1")));
        }
        assert!(addresses.lock().is_empty());
        addresses.leave(peer("192.0.2.1"));
    }
}
