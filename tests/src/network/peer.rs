//! The client: a stack of its own, with as many connections as are asked for.

use core::net::Ipv4Addr;
use std::collections::VecDeque;

use bantam_core::time::Instant;
use bantam_transport_smoltcp::smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use bantam_transport_smoltcp::smoltcp::phy::ChecksumCapabilities;
use bantam_transport_smoltcp::smoltcp::socket::tcp;
use bantam_transport_smoltcp::smoltcp::time::Instant as StackInstant;
use bantam_transport_smoltcp::smoltcp::wire;

use super::Standing;
use super::cable::Plug;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const CLIENT_HARDWARE: wire::EthernetAddress = wire::EthernetAddress([2, 0, 0, 0, 0, 2]);
const SERVER_HARDWARE: wire::EthernetAddress = wire::EthernetAddress([2, 0, 0, 0, 0, 1]);

pub(super) struct Peer {
    plug: Plug,
    interface: Interface,
    sockets: SocketSet<'static>,
    pub(super) lines: Vec<Line>,
    next_port: u16,
}

/// A connection of the client, and what was said on it.
pub(super) struct Line {
    socket: SocketHandle,
    pub(super) unsent: VecDeque<u8>,
    pub(super) received: Vec<u8>,
    pub(super) closes: bool,
    /// Takes no more than so many bytes.
    pub(super) takes: usize,
    was_open: bool,
}

impl Peer {
    pub(super) fn new(mut plug: Plug, now: Instant) -> Self {
        let mut config = Config::new(CLIENT_HARDWARE.into());
        config.random_seed = 3;
        let mut interface = Interface::new(config, &mut plug, time(now));
        interface.update_ip_addrs(|addresses| {
            addresses.push(wire::IpCidr::new(CLIENT.into(), 24)).expect("room for an address");
        });
        Self { plug, interface, sockets: SocketSet::new(Vec::new()), lines: Vec::new(), next_port: 49_152 }
    }

    pub(super) fn connect(&mut self, port: u16) -> usize {
        let ring = || tcp::SocketBuffer::new(vec![0; 65_535]);
        let mut socket = tcp::Socket::new(ring(), ring());
        socket.set_nagle_enabled(false);
        let own = self.next_port();
        socket.connect(self.interface.context(), (SERVER, port), own).expect("a new socket connects");
        let socket = self.sockets.add(socket);
        self.lines.push(Line {
            socket,
            unsent: VecDeque::new(),
            received: Vec::new(),
            closes: false,
            takes: usize::MAX,
            was_open: false,
        });
        self.lines.len() - 1
    }

    pub(super) fn reset(&mut self, line: usize) {
        self.sockets.get_mut::<tcp::Socket<'_>>(self.lines[line].socket).abort();
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
            tcp::State::Established | tcp::State::FinWait1 | tcp::State::FinWait2 => Standing::Open,
            tcp::State::Closed if !line.was_open => Standing::Reset,
            tcp::State::Closed => Standing::Reset,
            _ => Standing::Closed,
        }
    }

    /// Does what can be done; whether anything was.
    pub(super) fn step(&mut self, now: Instant) -> bool {
        let now = time(now);
        let polled = self.interface.poll(now, &mut self.plug, &mut self.sockets);
        let mut moved = polled == bantam_transport_smoltcp::smoltcp::iface::PollResult::SocketStateChanged;
        for line in &mut self.lines {
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(line.socket);
            line.was_open |= socket.state() == tcp::State::Established;
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
    pub(super) fn send_lone_syns(&mut self, count: u16, port: u16) {
        for number in 0..count {
            let segment = wire::TcpRepr {
                src_port: 1_024 + number,
                dst_port: port,
                control: wire::TcpControl::Syn,
                seq_number: wire::TcpSeqNumber(i32::from(number)),
                ack_number: None,
                window_len: 1_024,
                window_scale: None,
                max_seg_size: Some(1_460),
                sack_permitted: false,
                sack_ranges: [None; 3],
                timestamp: None,
                payload: &[],
            };
            // From an address that does not answer, not even with a reset.
            let source = Ipv4Addr::new(10, 0, 0, 99);
            let packet = wire::Ipv4Repr {
                src_addr: source,
                dst_addr: SERVER,
                next_header: wire::IpProtocol::Tcp,
                payload_len: segment.buffer_len(),
                hop_limit: 64,
            };
            let mut frame = vec![0; 14 + packet.buffer_len() + segment.buffer_len()];
            let mut ethernet = wire::EthernetFrame::new_unchecked(&mut frame);
            ethernet.set_src_addr(CLIENT_HARDWARE);
            ethernet.set_dst_addr(SERVER_HARDWARE);
            ethernet.set_ethertype(wire::EthernetProtocol::Ipv4);
            let checksums = ChecksumCapabilities::default();
            let mut ip = wire::Ipv4Packet::new_unchecked(ethernet.payload_mut());
            packet.emit(&mut ip, &checksums);
            let mut tcp = wire::TcpPacket::new_unchecked(ip.payload_mut());
            segment.emit(&mut tcp, &source.into(), &SERVER.into(), &checksums);
            self.plug.send(frame, Instant::ZERO);
        }
    }

    fn next_port(&mut self) -> u16 {
        let port = self.next_port;
        self.next_port = if port == u16::MAX { 49_152 } else { port + 1 };
        port
    }
}

fn time(now: Instant) -> StackInstant {
    StackInstant::from_micros(i64::try_from(now.as_micros()).expect("a time in range"))
}
