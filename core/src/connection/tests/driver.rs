//! A transport in memory: it feeds bytes in given pieces, collects what is transmitted, and moves the clock.

use std::boxed::Box;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use super::app::{App, ROUTES, Stream};
use crate::connection::{Connection, Lent, Phase, Storage};
use crate::prelude::*;

pub(super) const RECEIVE: usize = 512;
pub(super) const TRANSMIT: usize = 1_024;

/// Limits that tests can reach.
pub(super) const LIMITS: Limits = Limits {
    request_line: 200,
    field_section: 400,
    field_lines: 10,
    empty_lines: 2,
    content: 2_000,
    chunk_extensions: 64,
    trailer_section: 64,
    discard: 300,
    linger_bytes: 1_000,
    ..Limits::DEFAULT
};

pub(super) fn service() -> Service<'static, App, Stream> {
    Service::new(&App, &ROUTES).with_limits(LIMITS).with_server("")
}

pub(super) struct Driver<'s> {
    pub(super) connection: Connection,
    storage: Box<Storage<Stream, RECEIVE, TRANSMIT, 16>>,
    service: &'s Service<'s, App, Stream>,
    pub(super) now: Instant,
    pub(super) sent: Vec<u8>,
    /// Most bytes the peer takes at a time; none for a peer that has stopped reading.
    pub(super) window: usize,
    pub(super) is_half_closed: bool,
    peer_closed: bool,
    /// Whether `run_handler` is left out, for tests that stop there.
    pub(super) holds_handler: bool,
    /// Whether it reads before it writes, when both are wanted.
    pub(super) reads_first: bool,
    /// Bytes of space of its own that it lends at a time, if it does.
    pub(super) space: Option<usize>,
    deadlines: u32,
}

impl<'s> Driver<'s> {
    pub(super) fn new(service: &'s Service<'s, App, Stream>) -> Self {
        let now = Instant::from_millis(1_000);
        Self {
            connection: Connection::new(7, None, now),
            storage: Box::default(),
            service,
            now,
            sent: Vec::new(),
            window: usize::MAX,
            is_half_closed: false,
            peer_closed: false,
            holds_handler: false,
            reads_first: false,
            space: None,
            deadlines: 0,
        }
    }

    /// Does `act` with lent buffers. Where the connection holds none, they come with nothing in them.
    pub(super) fn lent<T>(&mut self, act: impl FnOnce(&mut Lent<'_, App, Stream>, Instant) -> T) -> T {
        if !self.connection.holds_buffers() {
            *self.storage = Storage::new();
        }
        let mut lent = self.connection.lend(self.service, self.storage.lend(), None);
        lent.set_fills(self.space.is_some());
        act(&mut lent, self.now)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.connection.phase() == Phase::Closed
    }

    /// Feeds `input` as far as the connection wants it, and does all else it wants. Gives back what was not taken.
    pub(super) fn feed<'i>(&mut self, mut input: &'i [u8]) -> &'i [u8] {
        for step in 0.. {
            assert!(step < 1_000_000, "the machine runs in circles");
            let Some(wants) = self.lent(|lent, _| lent.wants()) else { return input };
            let has_deadline = wants.deadline < Instant::NEVER;
            assert!(wants.run || has_deadline, "nothing ends {:?}: {wants:?}", self.connection.phase());
            assert!(!(wants.run && wants.receive));
            let receives = wants.receive && !input.is_empty();
            if wants.run && !self.holds_handler {
                self.lent(|lent, now| lent.run_handler(now, || now));
            } else if wants.transmit && self.window > 0 && !(self.reads_first && receives) {
                let window = self.window;
                let taken = self.lent(|lent, now| {
                    let bytes = lent.poll_transmit();
                    let taken = bytes[..bytes.len().min(window)].to_vec();
                    lent.handle_transmitted(taken.len(), now);
                    taken
                });
                assert!(!taken.is_empty() && !self.is_half_closed);
                self.sent.extend(taken);
            } else if wants.fill && !wants.transmit && self.window > 0 && !(self.reads_first && receives) {
                let mut space = vec![b'-'; self.space.expect("it lends space").min(self.window)];
                let length = self.lent(|lent, now| lent.fill(&mut space, now));
                assert!(!self.is_half_closed);
                self.sent.extend(&space[..length]);
            } else if wants.half_close {
                self.is_half_closed = true;
                self.lent(|lent, now| lent.handle_half_closed(now));
            } else if receives {
                assert!(!self.peer_closed);
                let taken = self.lent(|lent, now| {
                    let space = lent.receive_space();
                    assert!(!space.is_empty(), "bytes are wanted where there is no space");
                    let taken = space.len().min(input.len());
                    space[..taken].copy_from_slice(&input[..taken]);
                    lent.handle_received(taken, now);
                    taken
                });
                input = &input[taken..];
            } else {
                break;
            }
        }
        input
    }

    /// Feeds text, all of which must be taken.
    pub(super) fn say(&mut self, text: &str) -> &mut Self {
        let left = self.feed(text.as_bytes());
        assert!(left.is_empty(), "not taken: {}", left.escape_ascii());
        self
    }

    pub(super) fn close_peer(&mut self) {
        self.peer_closed = true;
        self.lent(|lent, now| lent.handle_peer_closed(now));
        self.feed(b"");
    }

    /// Lets time pass, and tells the connection at each of its deadlines, as a transport does.
    pub(super) fn wait(&mut self, time: Duration) -> &mut Self {
        let end = self.now.after(time);
        while let Some(wants) = self.lent(|lent, _| lent.wants()).filter(|wants| wants.deadline <= end) {
            self.now = self.now.max(wants.deadline);
            self.lent(|lent, now| lent.handle_timeout(now));
            self.feed(b"");
        }
        self.now = end;
        // Called where no deadline has passed, it must do nothing.
        self.lent(|lent, now| lent.handle_timeout(now));
        self.feed(b"");
        self
    }

    /// Lets the next deadline pass; false when the connection is over.
    pub(super) fn next_deadline(&mut self) -> bool {
        let Some(wants) = self.lent(|lent, _| lent.wants()) else { return false };
        self.deadlines += 1;
        assert!(self.deadlines < 100, "no end in {:?}", self.connection.phase());
        self.now = self.now.max(wants.deadline);
        self.lent(|lent, now| lent.handle_timeout(now));
        self.feed(b"");
        true
    }

    /// Lets all deadlines pass, one after the other, until the connection is over.
    pub(super) fn wait_for_the_end(&mut self) {
        while self.next_deadline() {}
    }

    /// What has been transmitted since the last call.
    pub(super) fn heard(&mut self) -> String {
        String::from_utf8_lossy(&core::mem::take(&mut self.sent)).to_string()
    }

    /// The answers transmitted since the last call.
    pub(super) fn answers(&mut self) -> Vec<Heard> {
        read_answers(&core::mem::take(&mut self.sent), false)
    }
}

/// An answer as a client reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) content: String,
    /// Whether its framing says that it is all there.
    pub(super) is_complete: bool,
}

impl Heard {
    pub(super) fn has(&self, line: &str) -> bool {
        self.head.split("\r\n").any(|candidate| candidate == line)
    }
}

/// Reads answers one behind the other; those to HEAD have no content. Interim answers count as answers.
pub(super) fn read_answers(mut bytes: &[u8], to_head: bool) -> Vec<Heard> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head") + 4;
        let head = String::from_utf8_lossy(&bytes[..end]).to_string();
        assert!(
            head.starts_with("HTTP/1.1 ") && !head.replace("\r\n", "").contains(['\r', '\n']),
            "{head:?}"
        );
        let status: u16 = head[9..12].parse().unwrap();
        let field = |name: &str| head.split("\r\n").find_map(|line| line.strip_prefix(name));
        bytes = &bytes[end..];
        let (content, is_complete) = if to_head || matches!(status, 100 | 204 | 304) {
            (Vec::new(), true)
        } else if let Some(length) = field("Content-Length: ") {
            let length: usize = length.parse().unwrap();
            let content = &bytes[..length.min(bytes.len())];
            bytes = &bytes[content.len()..];
            (content.to_vec(), content.len() == length)
        } else if field("Transfer-Encoding: chunked").is_some() {
            read_chunks(&mut bytes)
        } else {
            assert!(field("Connection: close").is_some(), "{head}");
            (core::mem::take(&mut bytes).to_vec(), true)
        };
        let content = String::from_utf8_lossy(&content).to_string();
        answers.push(Heard { status, head, content, is_complete });
    }
    answers
}

/// Takes chunks off the front, by hand and not with the decoder under test.
fn read_chunks(bytes: &mut &[u8]) -> (Vec<u8>, bool) {
    let mut content = Vec::new();
    while let Some(line) = bytes.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(core::str::from_utf8(&bytes[..line]).unwrap(), 16).unwrap();
        let data = &bytes[line + 2..];
        if data.len() < size + 2 {
            break;
        }
        assert_eq!(&data[size..size + 2], b"\r\n");
        content.extend_from_slice(&data[..size]);
        *bytes = &data[size + 2..];
        if size == 0 {
            return (content, true);
        }
    }
    *bytes = &[];
    (content, false)
}

/// What a script is answered in one piece, its connection left to its deadlines afterwards.
pub(super) fn answers_to(script: &str) -> Vec<Heard> {
    let service = service();
    let mut driver = Driver::new(&service);
    driver.feed(script.as_bytes());
    driver.answers()
}
