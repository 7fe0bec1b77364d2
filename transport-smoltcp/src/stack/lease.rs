//! Which address a DHCP server has given (RFC 2131).

use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::dhcpv4::{Event, Socket};
use smoltcp::time::Duration;
use smoltcp::wire::{IpAddress, IpCidr, Ipv4Cidr};

use super::add_gateway;
use crate::config::ConfigError;

/// What is asked for at the start while the link comes up may be lost: four seconds on Ethernet (RFC 2131 §4.1).
const RETRY: Duration = Duration::from_secs(4);

/// The client of a DHCP server, and what it was given.
#[derive(Debug)]
pub(super) struct Lease {
    socket: SocketHandle,
    address: Option<Ipv4Cidr>,
    /// Whether nobody was told of the address yet.
    is_new: bool,
    /// The gateways that the configuration gives.
    gateways: [Option<IpAddress>; 2],
}

impl Lease {
    /// Begins to ask, with a socket for which the set must have `room`.
    pub(super) fn ask(
        sockets: &mut SocketSet<'_>,
        room: usize,
        gateways: [Option<IpAddress>; 2],
    ) -> Result<Self, ConfigError> {
        if room == 0 {
            return Err(ConfigError::Sockets);
        }
        let mut socket = Socket::new();
        let mut retry = socket.get_retry_config();
        retry.discover_timeout = RETRY;
        socket.set_retry_config(retry);
        Ok(Self { socket: sockets.add(socket), address: None, is_new: false, gateways })
    }

    /// The address, if it is news.
    pub(super) fn take(&mut self) -> Option<IpCidr> {
        core::mem::take(&mut self.is_new).then_some(self.address).flatten().map(IpCidr::Ipv4)
    }

    /// Does what the server has answered; true when an address is gone.
    pub(super) fn follow(&mut self, interface: &mut Interface, sockets: &mut SocketSet<'_>) -> bool {
        let Some(event) = sockets.get_mut::<Socket<'_>>(self.socket).poll() else { return false };
        let mut given = match event {
            Event::Configured(config) => Some((config.address, config.router)),
            Event::Deconfigured => None,
        };
        let leased = self.address;
        interface.update_ip_addrs(|places| {
            // The one in front: the same may have been given.
            let place = places.iter().position(|place| Some(*place) == leased.map(IpCidr::Ipv4));
            place.map(|place| places.remove(place));
            // In front of those that were given: it is the one to be found by. There is no room for it when the owner of
            // the interface has taken the place that was kept.
            given = given.filter(|(address, _)| places.insert(0, IpCidr::Ipv4(*address)).is_ok());
        });
        self.address = given.map(|(address, _)| address);
        self.is_new |= self.address.is_some() && self.address != leased;
        // Without one from the server, what was given holds. smoltcp takes whatever it is told, and panics when it sends
        // there.
        let [own, _] = self.gateways;
        let router = given.and_then(|(_, router)| router).map(IpAddress::Ipv4).filter(IpAddress::is_unicast);
        match router.or(own) {
            Some(router) => add_gateway(interface, router),
            None => _ = interface.routes_mut().remove_default_ipv4_route(),
        }
        leased.is_some() && self.address != leased
    }
}
