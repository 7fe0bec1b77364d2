//! What has gone over the cable for each client, so that a trouble can be told with its causes.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::time::{Duration, Instant};

use smoltcp::wire::{EthernetFrame, Ipv4Packet, TcpPacket};

use crate::weather::Fate;

/// Most segments kept of a client: the last ones.
const KEPT: usize = 80;

/// A TCP segment that came to the relay.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    at: Duration,
    to_clients: bool,
    /// The port at the clients' end.
    pub(crate) port: u16,
    flags: String,
    sequence: i32,
    acknowledges: i32,
    window: u16,
    length: usize,
    fate: String,
}

impl Segment {
    /// Reads the segment in a frame, if there is one.
    pub(crate) fn read(frame: &[u8], to: usize) -> Option<Self> {
        let frame = EthernetFrame::new_checked(frame).ok()?;
        let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
        let segment = TcpPacket::new_checked(packet.payload()).ok()?;
        let flags = [
            (segment.syn(), 'S'),
            (segment.fin(), 'F'),
            (segment.rst(), 'R'),
            (segment.psh(), 'P'),
            (segment.ack(), 'A'),
        ];
        Some(Self {
            at: Duration::ZERO,
            to_clients: to == 1,
            port: if to == 1 { segment.dst_port() } else { segment.src_port() },
            flags: flags.into_iter().filter_map(|(is_set, name)| is_set.then_some(name)).collect(),
            sequence: segment.seq_number().0,
            acknowledges: segment.ack_number().0,
            window: segment.window_len(),
            length: segment.payload().len(),
            fate: String::new(),
        })
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, to_clients, flags, sequence, acknowledges, window, length, fate, .. } = self;
        let way = if *to_clients { "<" } else { ">" };
        let at = at.as_secs_f64();
        write!(
            f,
            "{at:10.4} {way} {flags:4} {:10}+{length:<5} ack {:10} window {window:5} {fate}",
            *sequence as u32, *acknowledges as u32
        )
    }
}

/// The last segments of each client.
#[derive(Debug)]
pub(crate) struct History {
    begin: Instant,
    clients: HashMap<u16, VecDeque<Segment>>,
}

impl History {
    pub(crate) fn new() -> Self {
        Self { begin: Instant::now(), clients: HashMap::new() }
    }

    /// A segment has come, and meets with this.
    pub(crate) fn add(&mut self, mut segment: Segment, fate: &Fate) {
        segment.at = self.begin.elapsed();
        let copies = fate.iter().map(|(delay, is_damaged)| {
            format!("{}{}", if *is_damaged { "damaged " } else { "" }, delay.as_millis())
        });
        segment.fate =
            if fate.is_empty() { "lost".to_owned() } else { copies.collect::<Vec<_>>().join(", ") };
        let segments = self.clients.entry(segment.port).or_default();
        if segments.len() == KEPT {
            segments.pop_front();
        }
        segments.push_back(segment);
    }

    /// The last segments of this client.
    pub(crate) fn of(&self, port: u16) -> String {
        let segments = self.clients.get(&port).into_iter().flatten();
        segments.map(|segment| format!("        {segment}\n")).collect()
    }

    /// Whether the server has reset this client's connection, and the client cannot know.
    pub(crate) fn has_lost_reset(&self, port: u16) -> bool {
        let mut segments = self.clients.get(&port).into_iter().flatten();
        segments.any(|segment| segment.to_clients && segment.flags.contains('R'))
    }

    /// Another client has this port now.
    pub(crate) fn forget(&mut self, port: u16) {
        self.clients.remove(&port);
    }
}
