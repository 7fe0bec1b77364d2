//! The cable: frames take their time, and in bad weather some are lost, come twice, out of order or damaged.

use core::cell::{Cell, RefCell};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use bantam_core::time::Instant;
use bantam_transport_smoltcp::smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use bantam_transport_smoltcp::smoltcp::time::Instant as StackInstant;
use bantam_transport_smoltcp::smoltcp::wire;

/// What happens to frames on their way; chances are in per mille.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// That a frame is lost.
    pub loss: u64,
    /// That it comes twice.
    pub duplication: u64,
    /// That it takes up to twenty times as long, so that others overtake it.
    pub reordering: u64,
    /// That one of its bits is flipped.
    pub corruption: u64,
    /// How long a frame takes.
    pub latency: Duration,
    /// Where the dice begin.
    pub seed: u64,
}

impl Weather {
    /// Nothing happens to any frame, and each takes a tenth of a millisecond.
    pub const FAIR: Self = Self {
        loss: 0,
        duplication: 0,
        reordering: 0,
        corruption: 0,
        latency: Duration::from_micros(100),
        seed: 1,
    };
}

/// Frames on their way: by arrival, then by the order in which they were sent.
type Way = BTreeMap<(Instant, u64), Vec<u8>>;

/// Both directions of a cable. Frames are addressed by the end that they go to.
#[derive(Debug)]
pub(super) struct Cable {
    weather: Cell<Weather>,
    dice: Cell<u64>,
    frames: [RefCell<Way>; 2],
    sent: [Cell<u64>; 2],
    resets: [Cell<u64>; 2],
    /// Ports of clients that are gone without a word.
    silent: RefCell<BTreeSet<u16>>,
    /// Frames to a DHCP server.
    questions: RefCell<VecDeque<Vec<u8>>>,
}

impl Cable {
    pub(super) fn new(weather: Weather) -> Self {
        let frames = [RefCell::default(), RefCell::default()];
        Self {
            weather: Cell::new(weather),
            dice: Cell::new(weather.seed),
            frames,
            sent: [Cell::new(0), Cell::new(0)],
            resets: [Cell::new(0), Cell::new(0)],
            silent: RefCell::default(),
            questions: RefCell::default(),
        }
    }

    pub(super) fn set_weather(&self, weather: Weather) {
        self.weather.set(weather);
    }

    /// Frames sent by the first end, and by the second.
    pub(super) fn frames(&self) -> (u64, u64) {
        (self.sent[0].get(), self.sent[1].get())
    }

    /// Resets among the frames sent by an end.
    pub(super) fn resets(&self, end: usize) -> u64 {
        self.resets[end].get()
    }

    pub(super) fn take_question(&self) -> Option<Vec<u8>> {
        self.questions.borrow_mut().pop_front()
    }

    /// From now on no segment comes from this port of a client, and none gets there.
    pub(super) fn silence(&self, port: u16) {
        self.silent.borrow_mut().insert(port);
    }

    pub(super) fn has_frame(&self, end: usize, now: Instant) -> bool {
        self.frames[end].borrow().first_key_value().is_some_and(|((arrival, _), _)| *arrival <= now)
    }

    /// Frames that have arrived and are not taken in yet.
    pub(super) fn waiting(&self, end: usize, now: Instant) -> usize {
        self.frames[end].borrow().keys().filter(|(arrival, _)| *arrival <= now).count()
    }

    pub(super) fn next_arrival(&self) -> Option<Instant> {
        let first =
            |end: usize| self.frames[end].borrow().first_key_value().map(|((arrival, _), _)| *arrival);
        [first(0), first(1)].into_iter().flatten().min()
    }

    /// The other end sends a frame to `end`.
    pub(super) fn send(&self, end: usize, frame: Vec<u8>, now: Instant) {
        let number = self.sent[1 - end].get();
        self.sent[1 - end].set(number + 1);
        if let Some(segment) = Segment::read(&frame) {
            self.resets[1 - end].set(self.resets[1 - end].get() + u64::from(segment.is_reset));
            if segment.ports.iter().any(|port| self.silent.borrow().contains(port)) {
                return;
            }
        }
        if is_for_dhcp(&frame) {
            return self.questions.borrow_mut().push_back(frame);
        }
        let weather = self.weather.get();
        let copies = 1 + u64::from(self.happens(weather.duplication));
        for copy in 0..copies {
            if self.happens(weather.loss) {
                continue;
            }
            let mut frame = frame.clone();
            // What carries no checksum is spared: on a real cable Ethernet's own would catch it.
            if self.happens(weather.corruption) && frame.get(12..14) != Some(&ARP) {
                let bit = usize::try_from(self.roll()).unwrap_or(0) % (frame.len() * 8);
                frame[bit / 8] ^= 1 << (bit % 8);
            }
            let slow = if self.happens(weather.reordering) { 1 + self.roll() % 19 } else { 0 };
            let delay = weather.latency * u32::try_from(1 + slow).expect("a small factor");
            self.frames[end].borrow_mut().insert((now.after(delay), number * 2 + copy), frame);
        }
    }

    fn happens(&self, per_mille: u64) -> bool {
        per_mille > 0 && self.roll() % 1_000 < per_mille
    }

    /// The next number of a splitmix64 sequence.
    fn roll(&self) -> u64 {
        let state = self.dice.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.dice.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

const ARP: [u8; 2] = [0x08, 0x06];

fn is_for_dhcp(frame: &[u8]) -> bool {
    // IPv4 without options, UDP, port 67.
    frame.get(12..15) == Some(&[0x08, 0x00, 0x45])
        && frame.get(23) == Some(&17)
        && frame.get(36..38) == Some(&[0, 67])
}

/// What the cable has to know of a TCP segment.
struct Segment {
    ports: [u16; 2],
    is_reset: bool,
}

impl Segment {
    fn read(frame: &[u8]) -> Option<Self> {
        let frame = wire::EthernetFrame::new_checked(frame).ok()?;
        let packet = match frame.ethertype() {
            wire::EthernetProtocol::Ipv4 => {
                let packet = wire::Ipv4Packet::new_checked(frame.payload()).ok()?;
                (packet.next_header() == wire::IpProtocol::Tcp).then(|| packet.payload())
            }
            wire::EthernetProtocol::Ipv6 => {
                let packet = wire::Ipv6Packet::new_checked(frame.payload()).ok()?;
                (packet.next_header() == wire::IpProtocol::Tcp).then(|| packet.payload())
            }
            _ => None,
        };
        let segment = wire::TcpPacket::new_checked(packet?).ok()?;
        Some(Self { ports: [segment.src_port(), segment.dst_port()], is_reset: segment.rst() })
    }
}

/// One end of a cable, as a device.
#[derive(Debug)]
pub(super) struct Plug {
    cable: Rc<Cable>,
    end: usize,
}

impl Plug {
    pub(super) fn new(cable: Rc<Cable>, end: usize) -> Self {
        Self { cable, end }
    }

    pub(super) fn send(&self, frame: Vec<u8>, now: Instant) {
        self.cable.send(1 - self.end, frame, now);
    }
}

impl Device for Plug {
    type RxToken<'a> = Frame;
    type TxToken<'a> = Blank<'a>;

    fn receive(&mut self, now: StackInstant) -> Option<(Frame, Blank<'_>)> {
        let now = time(now);
        let mut frames = self.cable.frames[self.end].borrow_mut();
        let first = frames.first_entry().filter(|first| first.key().0 <= now)?;
        let frame = first.remove();
        drop(frames);
        Some((Frame(frame), Blank { plug: self, now }))
    }

    fn transmit(&mut self, now: StackInstant) -> Option<Blank<'_>> {
        Some(Blank { plug: self, now: time(now) })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = 1_514;
        capabilities
    }
}

/// A frame that has arrived.
#[derive(Debug)]
pub(super) struct Frame(Vec<u8>);

impl RxToken for Frame {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        read(&self.0)
    }
}

/// A frame that is to be written.
#[derive(Debug)]
pub(super) struct Blank<'p> {
    plug: &'p Plug,
    now: Instant,
}

impl TxToken for Blank<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut frame = vec![0; length];
        let outcome = write(&mut frame);
        self.plug.send(frame, self.now);
        outcome
    }
}

fn time(now: StackInstant) -> Instant {
    Instant::from_micros(u64::try_from(now.total_micros()).unwrap_or(0))
}
