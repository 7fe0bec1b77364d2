//! Every bound of a connection, with its unit, its grounds and the status answered when it is passed.

use crate::time::{Duration, Instant};

/// What a connection accepts and how long it waits. Transports and configuration fill it in; [`Limits::DEFAULT`] suits
/// a desktop or server, [`Limits::SMALL`] a microcontroller.
///
/// The buffers lent to a connection bound the head as well: a head that outgrows the receive buffer is answered as if
/// it had passed the limit of the part that did not fit.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Longest request line, in bytes without CRLF; a longer one is answered 414 (RFC 9110 §15.5.15).
    /// RFC 9112 §3 asks recipients for 8000 or more; small devices lower it and say so.
    pub request_line: u16,
    /// Largest header section, in bytes with its line ends; a larger one is answered 431 (RFC 6585 §5).
    pub field_section: u16,
    /// Most field lines in a header section; more are answered 431. The lent array of field lines bounds it too. Browsers
    /// send some 20; 128 is room for a hundred and what gateways add, and each costs eight bytes of lent memory.
    pub field_lines: u16,
    /// Empty lines skipped before a request line (RFC 9112 §2.2 asks for at least one); more are answered 400.
    pub empty_lines: u8,
    /// Most content of one request, in bytes after decoding; more is answered 413. Content that is delivered whole is
    /// bounded by the receive buffer as well.
    pub content: u64,
    /// Most bytes of chunk extensions in one message; more are answered 400. They carry nothing that is used here, and
    /// RFC 9112 §7.1.1 asks recipients to limit them. A chunk size has 16 digits at most, leading zeros included.
    pub chunk_extensions: u16,
    /// Largest trailer section, in bytes with its line ends; a larger one is answered 431.
    pub trailer_section: u16,
    /// Most unread content consumed after an answer in order to keep the connection, in bytes; beyond it the
    /// connection closes after the answer.
    pub discard: u64,
    /// Most requests served on one connection; the last answer says `Connection: close`. 0 means no bound.
    pub requests: u32,
    /// Longest life of a connection: the answer after that says `Connection: close`, and silence ends it at once. For some
    /// connections it is up to a quarter shorter, so that those which came together do not all come again together.
    /// [`Duration::MAX`] means no bound.
    pub age: Duration,
    /// Longest time from the first byte of a head to its end, not extended by trickling; then 408 and close.
    pub head: Duration,
    /// How slowly content may arrive; when it falls below, 408 and close.
    pub content_rate: Rate,
    /// How slowly the peer may take what waits for it; when it falls below, the connection is closed. Measured for each
    /// bufferful; for what the kernel sends of a file, from its beginning.
    pub transmit_rate: Rate,
    /// Longest time a source may wait without giving content; then the answer is cut short and the connection closed.
    pub source: Duration,
    /// Longest silence between two requests, and before the first; then the connection is closed without an answer.
    pub idle: Duration,
    /// The same while most of the transport's places for connections are taken, as [`Service::set_crowded`] tells; the
    /// shorter of both counts.
    ///
    /// [`Service::set_crowded`]: crate::service::Service::set_crowded
    pub idle_crowded: Duration,
    /// Longest time spent on reading what the peer still sends after a final answer, so that the answer is not lost to
    /// a reset (RFC 9112 §9.6).
    pub linger: Duration,
    /// Most bytes read and thrown away in that time.
    pub linger_bytes: u64,
}

impl Limits {
    /// For a desktop or a server: what browsers and proxies send fits with room to spare.
    pub const DEFAULT: Self = Self {
        request_line: 8_192,
        field_section: 20_480,
        field_lines: 128,
        empty_lines: 4,
        content: u64::MAX,
        chunk_extensions: 4_096,
        trailer_section: 4_096,
        discard: 65_536,
        requests: 0,
        age: Duration::MAX,
        head: Duration::from_secs(10),
        content_rate: Rate { grace: Duration::from_secs(10), bytes_per_second: 1_024 },
        transmit_rate: Rate { grace: Duration::from_secs(10), bytes_per_second: 1_024 },
        source: Duration::from_secs(60),
        idle: Duration::from_secs(15),
        idle_crowded: Duration::from_secs(5),
        linger: Duration::from_secs(2),
        linger_bytes: 1_048_576,
    };

    /// For a device with a few kilobytes: the request line stays below what RFC 9112 §3 recommends, because the
    /// receive buffer does, and waits are short because slots are few.
    pub const SMALL: Self = Self {
        request_line: 512,
        field_section: 1_536,
        field_lines: 32,
        empty_lines: 2,
        chunk_extensions: 256,
        trailer_section: 256,
        discard: 4_096,
        head: Duration::from_secs(5),
        content_rate: Rate { grace: Duration::from_secs(5), bytes_per_second: 256 },
        transmit_rate: Rate { grace: Duration::from_secs(5), bytes_per_second: 256 },
        idle: Duration::from_secs(5),
        idle_crowded: Duration::from_secs(2),
        linger: Duration::from_secs(1),
        linger_bytes: 16_384,
        ..Self::DEFAULT
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// A minimum rate after a time of grace: `n` bytes must have moved by `grace + n / bytes_per_second`, and no single
/// pause may be longer than the grace.
///
/// The rate is measured from the first byte that was waited for, so a peer that trickles a byte a second is cut off
/// however steadily it does so; and one that was fast has earned no long silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Time given before the rate counts, and longest pause.
    pub grace: Duration,
    /// Bytes per second asked for after that; 0 means that only pauses count.
    pub bytes_per_second: u32,
}

/// How far a transfer has come that must keep a [`Rate`].
// Words of 64 bits ask for eight bytes although a processor with 32 of them needs four: that would be four lost for each.
#[repr(C, packed(4))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    began: Instant,
    /// When bytes last moved.
    moved: Instant,
    bytes: usize,
}

impl Pace {
    pub(crate) const fn begin(now: Instant) -> Self {
        Self { began: now, moved: now, bytes: 0 }
    }

    /// `bytes` have moved.
    pub(crate) fn advance(&mut self, bytes: usize, now: Instant) {
        // Where counts have 32 bits, measuring begins anew every four gigabytes.
        (self.began, self.bytes) = match self.bytes.checked_add(bytes) {
            Some(bytes) => (self.began, bytes),
            None => (now, 0),
        };
        self.moved = now;
    }

    /// The time from `since` on did not count, because the peer was not waited for.
    #[cfg(feature = "content")]
    pub(crate) fn stood_still(&mut self, since: Instant, now: Instant) {
        self.began = self.began.after(now.since(since)).min(now);
        self.moved = now;
    }

    /// Since when nothing has moved. It does now.
    pub(crate) const fn resume(&mut self, now: Instant) -> Instant {
        let since = self.moved;
        self.moved = now;
        since
    }

    pub(crate) const fn began(&self) -> Instant {
        self.began
    }

    pub(crate) const fn bytes(&self) -> u64 {
        self.bytes as u64
    }

    /// By when the next byte must move.
    pub(crate) fn deadline(&self, rate: Rate) -> Instant {
        let pause = self.moved.after(rate.grace);
        if rate.bytes_per_second == 0 {
            return pause;
        }
        let earned = self.bytes.checked_div(rate.bytes_per_second as usize).unwrap_or(0) as u64;
        pause.min(self.began.after(rate.grace).after(Duration::from_secs(earned)))
    }
}
/// How the content of a request arrives.
#[cfg(feature = "content")]
pub(crate) type ContentPace = Pace;

/// The pace of content that nobody takes.
#[cfg(not(feature = "content"))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContentPace;

#[cfg(not(feature = "content"))]
impl ContentPace {
    pub(crate) const fn begin(_: Instant) -> Self {
        Self
    }

    pub(crate) const fn advance(&mut self, _: usize, _: Instant) {}

    pub(crate) const fn stood_still(&mut self, _: Instant, _: Instant) {}

    pub(crate) const fn deadline(&self, _: Rate) -> Instant {
        Instant::NEVER
    }
}
