//! Whatever comes over the wire: the server neither panics nor loses a slot.

use core::cell::RefCell;
use std::collections::VecDeque;
use std::vec;
use std::vec::Vec;

use bantam_core::drivers::Clock;
use bantam_core::prelude::*;
use smoltcp::phy::{ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::wire;

use super::Server;
use crate::config::Config;
use crate::memory::{Memory, Message, Rings};

const HARDWARE: [u8; 6] = [2, 0, 0, 0, 0, 1];
const FRAMES: usize = 40_000;

type Mine<'m> =
    Memory<'m, [Rings<256, 512>; 3], [Rings<64, 256>; 2], [Message<NoStream, 512, 512, 16>; 2], 6>;

static ROUTES: Router<(), 1> = Router::new([get("/", hello)]);

fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.text("hello")
}

/// A clock that the test moves.
struct Moved(Instant);

impl Clock for Moved {
    fn now(&self) -> Instant {
        self.0
    }
}

/// Numbers of a splitmix64 sequence.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).expect("below an usize")
    }
}

/// A device that verifies no checksum, so that damage gets past them.
#[derive(Default)]
struct Wire {
    /// Bytes of an IP packet.
    mtu: usize,
    incoming: VecDeque<Vec<u8>>,
    outgoing: RefCell<Vec<Vec<u8>>>,
}

struct Frame(Vec<u8>);

struct Blank<'w>(&'w RefCell<Vec<Vec<u8>>>);

impl RxToken for Frame {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

impl TxToken for Blank<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut frame = vec![0; length];
        let outcome = write(&mut frame);
        self.0.borrow_mut().push(frame);
        outcome
    }
}

impl Device for Wire {
    type RxToken<'a> = Frame;
    type TxToken<'a> = Blank<'a>;

    fn receive(&mut self, _: smoltcp::time::Instant) -> Option<(Frame, Blank<'_>)> {
        Some((Frame(self.incoming.pop_front()?), Blank(&self.outgoing)))
    }

    fn transmit(&mut self, _: smoltcp::time::Instant) -> Option<Blank<'_>> {
        Some(Blank(&self.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 14 + self.mtu;
        capabilities.checksum = ChecksumCapabilities::ignored();
        capabilities
    }
}

/// A frame to the server, of this type and with this content.
fn frame(ethertype: u16, content: &[u8]) -> Vec<u8> {
    let mut frame = Vec::from(HARDWARE);
    frame.extend([2, 0, 0, 0, 0, 2]);
    frame.extend(ethertype.to_be_bytes());
    frame.extend(content);
    frame
}

/// A frame of IP to the server, from its network or from beyond, in either version that there is.
fn ip(dice: &mut Dice, protocol: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("short");
    let host = u8::try_from(dice.roll(4)).expect("small");
    if cfg!(feature = "ipv6") && dice.roll(2) == 0 {
        let mut packet = vec![0x60, 0, 0, 0];
        packet.extend(length.to_be_bytes());
        packet.extend([protocol, 255]);
        for last in [2 + host, 1] {
            packet.extend([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
        }
        packet.extend(content);
        return frame(0x86dd, &packet);
    }
    let mut packet = vec![0x45, 0];
    packet.extend((20 + length).to_be_bytes());
    packet.extend([0, 0, 0x40, 0, 64, protocol, 0, 0]);
    packet.extend([10, 0, u8::from(host == 3), 2 + host, 10, 0, 0, 1]);
    packet.extend(content);
    frame(0x0800, &packet)
}

/// A TCP segment to the server, with options.
fn tcp(port: u16, sequence: u32, acknowledged: u32, flags: u8, content: &[u8]) -> Vec<u8> {
    let mut segment = Vec::from(port.to_be_bytes());
    segment.extend(80_u16.to_be_bytes());
    segment.extend(sequence.to_be_bytes());
    segment.extend(acknowledged.to_be_bytes());
    segment.extend([0x80, flags, 0x10, 0, 0, 0, 0, 0]);
    segment.extend([2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 1, 0]);
    segment.extend(content);
    segment
}

/// What a peer may answer to a segment of the server's, in and out of order.
fn answer(dice: &mut Dice, sent: &[u8]) -> Option<Vec<u8>> {
    let ethernet = wire::EthernetFrame::new_checked(sent).ok()?;
    let is_ipv4 = ethernet.ethertype() == wire::EthernetProtocol::Ipv4;
    let (at, peer, header) = if is_ipv4 { (12, 4, 20) } else { (8, 16, 40) };
    let packet = ethernet.payload();
    let segment = wire::TcpPacket::new_checked(packet.get(header..)?).ok()?;
    let is_tcp = packet[if is_ipv4 { 9 } else { 6 }] == TCP;
    let content: &[u8] = match dice.roll(4) {
        0 => b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        1 => b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        2 => b"GET",
        _ => b"",
    };
    let flags = [ACK, ACK, ACK, ACK, ACK | FIN, ACK | FIN, ACK | RST, SYN][dice.roll(8)];
    let offset = [0, 0, 0, 0, 1, u32::MAX, 100][dice.roll(7)];
    let sequence = u32::from_ne_bytes(segment.ack_number().0.to_ne_bytes()).wrapping_add(offset);
    let acknowledged = segment.seq_number() + segment.segment_len();
    let acknowledged = u32::from_ne_bytes(acknowledged.0.to_ne_bytes());
    let segment = tcp(segment.dst_port(), sequence, acknowledged, flags, content);
    let mut answer = packet[..header].to_vec();
    answer.copy_within(at..at + peer, at + peer);
    answer[at..at + peer].copy_from_slice(&packet[at + peer..at + 2 * peer]);
    answer[at + peer..at + 2 * peer].copy_from_slice(&packet[at..at + peer]);
    let length = u16::try_from(segment.len() + if is_ipv4 { 20 } else { 0 }).expect("short");
    let place = if is_ipv4 { 2 } else { 4 };
    answer[place..place + 2].copy_from_slice(&length.to_be_bytes());
    answer.extend(segment);
    is_tcp.then(|| frame(ethernet.ethertype().into(), &answer))
}

/// Something that a peer may send of its own accord.
fn any(dice: &mut Dice) -> Vec<u8> {
    let port = u16::try_from(50_000 + dice.roll(6)).expect("a port");
    let length = dice.roll(560);
    match dice.roll(8) {
        0 => ip(dice, 1, &[&[8, 0, 0, 0, 0, 1, 0, 1], &vec![7; length][..]].concat()),
        1 => ip(dice, 58, &[&[128, 0, 0, 0, 0, 1, 0, 1], &vec![7; length][..]].concat()),
        2 => ip(
            dice,
            58,
            &[&[135, 0, 0, 0, 0, 0, 0, 0, 0xfd], &[0; 14][..], &[1, 1, 1, 2, 0, 0, 0, 0, 2]].concat(),
        ),
        3 => ip(dice, 17, &[&[0, 67, 0, 68, 1, 0, 0, 0, 2, 1, 6, 0], &vec![0; length][..]].concat()),
        4 => frame(
            0x0806,
            &[0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 2, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1],
        ),
        5 => ip(dice, TCP, &tcp(port, 7, 7, ACK, b"GET")),
        _ => ip(dice, TCP, &tcp(port, 7, 0, SYN, b"")),
    }
}

/// Damages some of them: bytes that are others, frames that are cut short or padded.
fn damaged(dice: &mut Dice, mut frame: Vec<u8>) -> Vec<u8> {
    if dice.roll(3) > 0 {
        return frame;
    }
    for _ in 0..1 + dice.roll(3) {
        // Most of what matters stands in front.
        let end = [frame.len(), frame.len().min(80)][dice.roll(2)];
        frame[dice.roll(end)] = [0, 1, 0x7f, 0xff, 5, 0x60][dice.roll(6)];
    }
    match dice.roll(4) {
        0 => frame.truncate(1 + dice.roll(frame.len())),
        1 => frame.resize(frame.len() + dice.roll(50), 0),
        _ => {}
    }
    frame
}

const TCP: u8 = 6;
const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// The segments of TCP that the server has sent since this was last asked.
fn segments(device: &Wire) -> Vec<Vec<u8>> {
    let sent = device.outgoing.take();
    sent.iter()
        .filter(|sent| sent[12..14] == [8, 0] && sent[23] == TCP)
        .map(|sent| sent[34..].to_vec())
        .collect()
}

/// A segment from a client of the server's network, in IPv4.
fn from_client(sequence: u32, acknowledged: u32, flags: u8, content: &[u8]) -> Vec<u8> {
    let segment = tcp(50_000, sequence, acknowledged, flags, content);
    let length = u16::try_from(20 + segment.len()).expect("short");
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 0, 0x40, 0, 64, TCP, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1]);
    packet.extend(segment);
    frame(0x0800, &packet)
}

/// A client connects, whose first byte will be the eighth. Tells the number of the server's first.
fn greet<S: Source<()> + Sink<()>>(
    server: &mut Server<'_, S>,
    device: &mut Wire,
    service: &Service<'_, (), S>,
    clock: &Moved,
) -> u32 {
    device.incoming.push_back(from_client(7, 0, SYN, b""));
    server.turn(device, service, clock);
    let sent = segments(device);
    let [greeting] = &sent[..] else { panic!("{sent:?}") };
    let next = wire::TcpPacket::new_checked(&greeting[..]).expect("whole").seq_number() + 1;
    u32::from_ne_bytes(next.0.to_ne_bytes())
}

/// Content that comes byte by byte.
struct Bytes {
    left: u32,
}

impl Source<()> for Bytes {
    fn pull(&mut self, _: &(), pull: &mut Pull<'_>) -> Pulled {
        pull.space()[0] = b'a';
        self.left -= 1;
        if self.left == 0 { Pulled::Last(1) } else { Pulled::Bytes(1) }
    }
}

impl Sink<()> for Bytes {}

#[test]
fn however_little_a_source_gives_segments_are_full() {
    const LENGTH: u32 = 3_500;
    static ROUTES: Router<(), 1, Bytes> = Router::new([get("/", |_, _, response| {
        response.stream("text/plain", Some(LENGTH.into()), Bytes { left: LENGTH })
    })]);
    let service = Service::new(&(), &ROUTES);
    let mut device = Wire { mtu: 1_500, ..Wire::default() };
    let clock = Moved(Instant::from_micros(1_000_000));
    let config = Config::new(HARDWARE).with_address([10, 0, 0, 1], 24);
    let mut memory =
        Memory::<[Rings<256, 8_192>; 1], [Rings<64, 256>; 1], [Message<Bytes, 512, 1_024, 16>; 1], 4>::new();
    let mut server = Server::new(memory.parts(), &config, &mut device, clock.0).expect("it is good");
    let next = greet(&mut server, &mut device, &service, &clock);
    device.incoming.push_back(from_client(8, next, ACK, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    server.turn(&mut device, &service, &clock);
    let lengths: Vec<_> = segments(&device).iter().map(|sent| sent.len() - 20).collect();
    let [full @ .., last] = &lengths[..] else { panic!("nothing came") };
    assert!(full.iter().all(|length| *length == full[0] && *length > 1_400), "{lengths:?}");
    assert!(lengths.iter().sum::<usize>() > 3_500 && *last > 0, "{lengths:?}");
}

/// Also an end that comes while the answer is made: the two do not cross.
#[test]
fn the_end_of_a_client_is_acknowledged_with_our_own() {
    let service = Service::new(&(), &ROUTES).with_limits(Limits::SMALL);
    let mut device = Wire { mtu: 1_500, ..Wire::default() };
    let clock = Moved(Instant::from_micros(1_000_000));
    let config = Config::new(HARDWARE).with_address([10, 0, 0, 1], 24);
    let mut memory = Mine::new();
    let mut server = Server::new(memory.parts(), &config, &mut device, clock.0).expect("it is good");
    let next = greet(&mut server, &mut device, &service, &clock);
    let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let end = 8 + u32::try_from(request.len()).expect("short");
    device.incoming.push_back(from_client(8, next, ACK, request));
    device.incoming.push_back(from_client(end, next, ACK | FIN, b""));
    let mut ends = vec![];
    for _ in 0..4 {
        server.turn(&mut device, &service, &clock);
        ends.extend(segments(&device).into_iter().filter(|sent| sent[13] & FIN != 0));
    }
    let [ours] = &ends[..] else { panic!("{ends:?}") };
    let ours = wire::TcpPacket::new_checked(&ours[..]).expect("whole");
    assert!(ours.payload().ends_with(b"hello"), "{ours}");
    assert_eq!(u32::from_ne_bytes(ours.ack_number().0.to_ne_bytes()), end + 1, "{ours}");
    let next = u32::from_ne_bytes((ours.seq_number() + ours.segment_len()).0.to_ne_bytes());
    device.incoming.push_back(from_client(end + 1, next, ACK, b""));
    server.turn(&mut device, &service, &clock);
    assert_eq!(server.connections(), 0, "{server:?}");
}

#[test]
fn no_frame_stops_the_server_or_costs_it_a_slot() {
    let service = Service::new(&(), &ROUTES).with_limits(Limits::SMALL);
    // 68 is the least that there is (RFC 791 §3.2).
    for (seed, mtu) in (0..4).zip([68, 576, 1_500].into_iter().cycle()) {
        let (mut dice, mut device) = (Dice(seed), Wire { mtu, ..Wire::default() });
        let mut clock = Moved(Instant::from_micros(1_000_000));
        let config =
            Config::new(HARDWARE).with_address([10, 0, 0, 1], 24).with_gateway([10, 0, 0, 2]).with_seed(seed);
        #[cfg(feature = "ipv6")]
        let config = config.with_address([0xfd00, 0, 0, 0, 0, 0, 0, 1], 64);
        #[cfg(feature = "dhcp")]
        let config = config.with_dhcp(true);
        let mut memory = Mine::new();
        let mut server = Server::new(memory.parts(), &config, &mut device, clock.0).expect("it is good");
        let (mut answered, mut served) = (0_usize, 0_usize);
        for _ in 0..FRAMES {
            let sent = device.outgoing.borrow_mut().pop();
            let next = sent.and_then(|sent| {
                served += usize::from(sent.windows(7).any(|bytes| bytes == b"\r\nhello"));
                answer(&mut dice, &sent)
            });
            answered += usize::from(next.is_some());
            let next = next.unwrap_or_else(|| any(&mut dice));
            device.incoming.push_back(damaged(&mut dice, next));
            if dice.roll(3) > 0 {
                clock.0 = clock.0.after(Duration::from_micros([1, 100, 20_000, 700_000][dice.roll(4)]));
                server.turn(&mut device, &service, &clock);
            }
        }
        // Nothing more comes, and every deadline passes.
        let end = clock.0.after(Duration::from_secs(600));
        device.incoming.clear();
        for _ in 0..FRAMES {
            match server.turn(&mut device, &service, &clock) {
                Some(until) if until < end => clock.0 = until.max(clock.0.after(Duration::from_micros(1))),
                _ => break,
            }
        }
        assert_eq!(server.connections(), 0, "seed {seed}: {server:?}");
        assert!(answered > FRAMES / 10 && served > 100, "seed {seed}: {answered} answered, {served} served");
    }
}
