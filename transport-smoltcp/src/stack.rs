//! How frames get in and out: the interface with its addresses, and the set of sockets.

use bantam_core::time::{Duration, Instant};
use smoltcp::iface::{self, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, PacketMeta, RxToken as _};
use smoltcp::socket::tcp;
use smoltcp::time::Instant as StackInstant;
#[cfg(any(feature = "dhcp", feature = "ipv6"))]
use smoltcp::wire::IpCidr;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress};

use crate::config::{Config, ConfigError};
use crate::gate::{Mute, Seen, Single, newcomer};
use crate::neighbor;
use crate::slots::Ends;

#[cfg(feature = "dhcp")]
mod lease;

#[cfg(feature = "dhcp")]
use self::lease::Lease;

/// How long to wait for room in a device that has none.
const NO_ROOM: Duration = Duration::from_millis(1);

/// Rounds of sending in one turn: each lets every socket send one frame.
const ROUNDS: usize = 64;

/// The TCP/IP stack.
pub(crate) struct Stack<'m> {
    pub(crate) interface: Interface,
    pub(crate) sockets: SocketSet<'m>,
    pub(crate) port: u16,
    #[cfg(feature = "dhcp")]
    lease: Option<Lease>,
}

impl<'m> Stack<'m> {
    pub(crate) fn new<D: Device>(
        config: &Config,
        device: &mut D,
        #[cfg_attr(not(feature = "dhcp"), expect(unused_mut, reason = "DHCP adds a socket"))]
        mut sockets: SocketSet<'m>,
        room: usize,
        now: Instant,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        if device.capabilities().medium != Medium::Ethernet {
            return Err(ConfigError::Medium);
        }
        let mut settings = iface::Config::new(HardwareAddress::Ethernet(config.hardware));
        settings.random_seed = config.seed;
        let mut interface = Interface::new(settings, device, stack_time(now));
        let mut is_full = false;
        interface.update_ip_addrs(|places| {
            for address in config.addresses.iter().flatten() {
                is_full |= places.push(*address).is_err();
            }
            #[cfg(feature = "dhcp")]
            let kept = usize::from(config.dhcp);
            #[cfg(not(feature = "dhcp"))]
            let kept = 0;
            is_full |= places.len() + kept > places.capacity();
            #[cfg(feature = "ipv6")]
            if places.len() + kept < places.capacity() {
                // Neighbours are found from an address of the link itself (RFC 4291 §2.8). Without room for one more, the
                // others do.
                let _ = places.push(link_local(config.hardware.0));
            }
        });
        if is_full {
            return Err(ConfigError::TooManyAddresses);
        }
        for gateway in config.gateways.iter().flatten() {
            add_gateway(&mut interface, *gateway);
        }
        #[cfg(feature = "dhcp")]
        let lease = config.dhcp.then(|| Lease::ask(&mut sockets, room, config.gateways)).transpose()?;
        #[cfg(not(feature = "dhcp"))]
        let _ = room;
        Ok(Self {
            interface,
            sockets,
            port: config.port,
            #[cfg(feature = "dhcp")]
            lease,
        })
    }

    /// Takes one frame in; false when there is none. Requests for new connections are overlooked unless `admits` says
    /// otherwise.
    pub(crate) fn receive<D: Device>(
        &mut self,
        device: &mut D,
        now: Instant,
        admits: impl FnOnce(&mut Self, Ends) -> bool,
    ) -> bool {
        let now = stack_time(now);
        let capabilities = device.capabilities();
        let Some((received, answer)) = device.receive(now) else { return false };
        let meta = received.meta();
        received.consume(|bytes| {
            // What is meant for others takes no place away: the stack drops it.
            let ends = newcomer(bytes, self.port).filter(|ends| self.interface.has_ip_addr(ends.own));
            if ends.is_none_or(|ends| admits(self, ends)) {
                if let Some(ends) = ends {
                    self.learn(bytes, ends, &capabilities, now);
                }
                let mut single = Single { frame: Seen { bytes, meta }, answer: Some(answer), capabilities };
                self.interface.poll_ingress_single(now, &mut single, &mut self.sockets);
            }
        });
        true
    }

    /// Learns where a newcomer of a network of ours is.
    fn learn(&mut self, frame: &[u8], ends: Ends, capabilities: &DeviceCapabilities, now: StackInstant) {
        let is_near = self.interface.ip_addrs().iter().any(|network| network.contains_addr(&ends.peer.addr));
        let Some(&[a, b, c, d, e, f]) = frame.get(6..12).filter(|_| is_near) else { return };
        let HardwareAddress::Ethernet(own) = self.interface.hardware_addr();
        let mut space = [0; neighbor::LONGEST];
        let length = neighbor::announce(ends, EthernetAddress([a, b, c, d, e, f]), own, &mut space);
        let bytes = space.get(..length).unwrap_or_default();
        // It asks for no answer.
        let (answer, capabilities) = (Some(Mute), capabilities.clone());
        let mut single = Single { frame: Seen { bytes, meta: PacketMeta::default() }, answer, capabilities };
        self.interface.poll_ingress_single(now, &mut single, &mut self.sockets);
    }

    /// Sends what the sockets have to send, within bounds; true when there may be more.
    pub(crate) fn transmit<D: Device>(&mut self, device: &mut D, now: Instant) -> bool {
        let now = stack_time(now);
        self.interface.poll_maintenance(now);
        for _ in 0..ROUNDS {
            if self.interface.poll_egress(now, device, &mut self.sockets) == PollResult::None {
                return false;
            }
        }
        true
    }

    /// By when the stack has something to do although nothing comes in. Asked when it has sent what it could.
    pub(crate) fn wakes_at(&mut self, now: Instant) -> Option<Instant> {
        let at = self.interface.poll_at(stack_time(now), &self.sockets)?;
        let at = Instant::from_micros(u64::try_from(at.total_micros()).unwrap_or(0));
        // What is due and was not sent just now has found no room in the device.
        Some(if at <= now { now.after(NO_ROOM) } else { at })
    }

    /// The socket of a slot.
    pub(crate) fn socket(&mut self, socket: SocketHandle) -> &mut tcp::Socket<'m> {
        self.sockets.get_mut(socket)
    }

    /// The address that a DHCP server has given, once for each that is news.
    #[cfg(feature = "dhcp")]
    pub(crate) fn take_lease(&mut self) -> Option<IpCidr> {
        self.lease.as_mut()?.take()
    }

    /// Does what the DHCP server has answered; true when an address is gone.
    #[cfg(feature = "dhcp")]
    pub(crate) fn configure(&mut self) -> bool {
        self.lease.as_mut().is_some_and(|lease| lease.follow(&mut self.interface, &mut self.sockets))
    }

    /// A socket waits for up to a second when nobody has said where its peer is. The next peer is not to wait for the last.
    pub(crate) fn forget_neighbor(&mut self, handle: SocketHandle) -> SocketHandle {
        // What it knows of neighbours is forgotten with its place.
        match self.sockets.remove(handle) {
            smoltcp::socket::Socket::Tcp(socket) => self.sockets.add(socket),
            #[allow(unreachable_patterns, reason = "there may be no others")]
            _ => handle,
        }
    }
}

fn add_gateway(interface: &mut Interface, gateway: IpAddress) {
    // There is room for one route of each version.
    match gateway {
        IpAddress::Ipv4(gateway) => _ = interface.routes_mut().add_default_ipv4_route(gateway),
        #[cfg(feature = "ipv6")]
        IpAddress::Ipv6(gateway) => _ = interface.routes_mut().add_default_ipv6_route(gateway),
        #[allow(unreachable_patterns, reason = "IPv6 is there when another crate asks smoltcp for it")]
        _ => {}
    }
}

/// The address of the link that follows from a hardware address (RFC 4291 appendix A).
#[cfg(feature = "ipv6")]
fn link_local(hardware: [u8; 6]) -> IpCidr {
    let [a, b, c, d, e, f] = hardware.map(u16::from);
    let address = IpAddress::v6(0xfe80, 0, 0, 0, (a ^ 2) << 8 | b, c << 8 | 0xff, 0xfe00 | d, e << 8 | f);
    IpCidr::new(address, 64)
}

/// A time as the stack knows it.
fn stack_time(now: Instant) -> StackInstant {
    StackInstant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}
