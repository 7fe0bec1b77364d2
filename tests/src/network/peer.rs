//! The client: a stack of its own, with as many connections as are asked for.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::collections::VecDeque;

use bantam_core::time::Instant;
use bantam_transport_smoltcp::smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use bantam_transport_smoltcp::smoltcp::phy::ChecksumCapabilities;
use bantam_transport_smoltcp::smoltcp::socket::tcp;
use bantam_transport_smoltcp::smoltcp::time::Instant as StackInstant;
use bantam_transport_smoltcp::smoltcp::wire;

use super::Standing;
use super::cable::Plug;

pub(super) const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
pub(super) const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
pub(super) const SERVER_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1);
const CLIENT_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2);
pub(super) const CLIENT_HARDWARE: wire::EthernetAddress = wire::EthernetAddress([2, 0, 0, 0, 0, 2]);
const SERVER_HARDWARE: wire::EthernetAddress = wire::EthernetAddress([2, 0, 0, 0, 0, 1]);

pub(super) struct Peer {
    plug: Plug,
    interface: Interface,
    sockets: SocketSet<'static>,
    pub(super) lines: Vec<Line>,
    /// Lines that nobody looks at any more.
    free: Vec<usize>,
    next_port: u16,
    next_lone_port: u16,
}

/// A connection of the client, and what was said on it.
pub(super) struct Line {
    socket: SocketHandle,
    pub(super) port: u16,
    pub(super) unsent: VecDeque<u8>,
    pub(super) received: Vec<u8>,
    pub(super) closes: bool,
    /// Takes no more than so many bytes.
    pub(super) takes: usize,
    /// Whether the server has closed its side.
    is_finished: bool,
}

impl Peer {
    pub(super) fn new(mut plug: Plug, now: Instant) -> Self {
        let mut config = Config::new(CLIENT_HARDWARE.into());
        config.random_seed = 3;
        let mut interface = Interface::new(config, &mut plug, time(now));
        interface.update_ip_addrs(|addresses| {
            addresses.push(wire::IpCidr::new(CLIENT.into(), 24)).expect("room for an address");
            addresses.push(wire::IpCidr::new(CLIENT_V6.into(), 64)).expect("room for an address");
        });
        let (sockets, lines) = (SocketSet::new(Vec::new()), Vec::new());
        Self { plug, interface, sockets, lines, free: Vec::new(), next_port: 49_152, next_lone_port: 1_024 }
    }

    pub(super) fn connect(&mut self, server: IpAddr, port: u16, ring: usize) -> usize {
        let own = self.next_port();
        self.connect_from(own, server, port, ring)
    }

    pub(super) fn connect_from(&mut self, own: u16, server: IpAddr, port: u16, ring: usize) -> usize {
        let ring = || tcp::SocketBuffer::new(vec![0; ring]);
        let mut socket = tcp::Socket::new(ring(), ring());
        socket.set_nagle_enabled(false);
        let server = wire::IpAddress::from(server);
        socket.connect(self.interface.context(), (server, port), own).expect("a new socket connects");
        let socket = self.sockets.add(socket);
        let line = Line {
            socket,
            port: own,
            unsent: VecDeque::new(),
            received: Vec::new(),
            closes: false,
            takes: usize::MAX,
            is_finished: false,
        };
        match self.free.pop() {
            Some(free) => {
                self.sockets.remove(self.lines[free].socket);
                self.lines[free] = line;
                free
            }
            None => {
                self.lines.push(line);
                self.lines.len() - 1
            }
        }
    }

    /// Nobody will look at a connection again: another may have its place.
    pub(super) fn leave(&mut self, line: usize) {
        self.forget(line);
        self.free.push(line);
    }

    pub(super) fn set_ack_delay(&mut self, line: usize, delay: Option<core::time::Duration>) {
        let delay = delay.map(Into::into);
        self.sockets.get_mut::<tcp::Socket<'_>>(self.lines[line].socket).set_ack_delay(delay);
    }

    /// Whether there is nothing left of a connection.
    pub(super) fn is_gone(&self, line: usize) -> bool {
        self.sockets.get::<tcp::Socket<'_>>(self.lines[line].socket).state() == tcp::State::Closed
    }

    pub(super) fn reset(&mut self, line: usize) {
        self.sockets.get_mut::<tcp::Socket<'_>>(self.lines[line].socket).abort();
    }

    /// Puts a socket that knows of nothing in the place of one.
    pub(super) fn forget(&mut self, line: usize) {
        let ring = || tcp::SocketBuffer::new(vec![0; 1]);
        *self.sockets.get_mut::<tcp::Socket<'_>>(self.lines[line].socket) = tcp::Socket::new(ring(), ring());
    }

    /// Forgets a connection that has been closed, once the server knows of it.
    pub(super) fn hang_up(&mut self, line: usize) {
        self.lines[line].closes = true;
    }

    /// Whether all that was given to a connection has been acknowledged.
    pub(super) fn has_sent(&self, line: usize) -> bool {
        let line = &self.lines[line];
        line.unsent.is_empty() && self.sockets.get::<tcp::Socket<'_>>(line.socket).send_queue() == 0
    }

    pub(super) fn standing(&self, line: usize) -> Standing {
        let line = &self.lines[line];
        let socket = self.sockets.get::<tcp::Socket<'_>>(line.socket);
        match socket.state() {
            tcp::State::SynSent => Standing::Connecting,
            _ if socket.can_recv() => Standing::Open,
            tcp::State::Closed if !line.is_finished => Standing::Reset,
            _ if line.is_finished => Standing::Closed,
            _ => Standing::Open,
        }
    }

    /// Does what can be done; whether anything was.
    pub(super) fn step(&mut self, now: Instant) -> bool {
        let now = time(now);
        let polled = self.interface.poll(now, &mut self.plug, &mut self.sockets);
        let mut moved = polled == bantam_transport_smoltcp::smoltcp::iface::PollResult::SocketStateChanged;
        for line in &mut self.lines {
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(line.socket);
            use tcp::State::{CloseWait, Closing, LastAck, TimeWait};
            line.is_finished |= matches!(socket.state(), CloseWait | Closing | LastAck | TimeWait);
            while socket.can_recv() && line.received.len() < line.takes {
                let room = line.takes - line.received.len();
                let taken = socket.recv(|bytes| {
                    let length = bytes.len().min(room);
                    line.received.extend_from_slice(&bytes[..length]);
                    (length, length)
                });
                moved |= taken.is_ok();
            }
            while socket.can_send() && !line.unsent.is_empty() {
                let (front, _) = line.unsent.as_slices();
                let sent = socket.send_slice(front).expect("it can send");
                line.unsent.drain(..sent);
                moved = true;
            }
            if line.closes && line.unsent.is_empty() && socket.may_send() {
                socket.close();
                moved = true;
            }
        }
        if moved {
            self.interface.poll(now, &mut self.plug, &mut self.sockets);
        }
        moved
    }

    pub(super) fn wakes_at(&mut self, now: Instant) -> Option<Instant> {
        let at = self.interface.poll_at(time(now), &self.sockets)?;
        Some(Instant::from_micros(u64::try_from(at.total_micros()).unwrap_or(0)))
    }

    /// Writes requests for connections that nobody will ever complete, from ports that are not used otherwise.
    pub(super) fn send_lone_syns(&mut self, count: u16, between: (IpAddr, IpAddr), port: u16, now: Instant) {
        for _ in 0..count {
            let own = self.next_lone_port;
            self.next_lone_port = if own == 40_000 { 1_024 } else { own + 1 };
            self.plug.send(syn(between, own, port), now);
        }
    }

    /// Writes the request for a connection once more, as a network does that held it back.
    pub(super) fn repeat_syn(&mut self, line: usize, port: u16, now: Instant) {
        self.plug.send(syn((CLIENT.into(), SERVER.into()), self.lines[line].port, port), now);
    }

    fn next_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = if port == u16::MAX { 49_152 } else { port + 1 };
        port
    }
}

/// A frame that asks for a connection.
fn syn((source, destination): (IpAddr, IpAddr), own: u16, port: u16) -> Vec<u8> {
    let segment = wire::TcpRepr {
        src_port: own,
        dst_port: port,
        control: wire::TcpControl::Syn,
        seq_number: wire::TcpSeqNumber(i32::from(own)),
        ack_number: None,
        window_len: 1_024,
        window_scale: None,
        max_seg_size: Some(1_460),
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    };
    let (from, to) = (source.into(), destination.into());
    let packet = wire::IpRepr::new(from, to, wire::IpProtocol::Tcp, segment.buffer_len(), 64);
    let mut frame = vec![0; 14 + packet.buffer_len()];
    let mut ethernet = wire::EthernetFrame::new_unchecked(&mut frame);
    ethernet.set_src_addr(CLIENT_HARDWARE);
    ethernet.set_dst_addr(SERVER_HARDWARE);
    ethernet.set_ethertype(match source {
        IpAddr::V4(_) => wire::EthernetProtocol::Ipv4,
        IpAddr::V6(_) => wire::EthernetProtocol::Ipv6,
    });
    let checksums = ChecksumCapabilities::default();
    let (header, content) = ethernet.payload_mut().split_at_mut(packet.header_len());
    packet.emit(header, &checksums);
    segment.emit(&mut wire::TcpPacket::new_unchecked(content), &from, &to, &checksums);
    frame
}

fn time(now: Instant) -> StackInstant {
    StackInstant::from_micros(i64::try_from(now.as_micros()).expect("a time in range"))
}
