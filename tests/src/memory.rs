//! A connection driven without a socket. The clock stands still until a test moves it, the peer takes answers in the
//! steps that a test says, and between messages the buffers are exchanged for others that hold old bytes: a connection
//! that kept something in them would show it.

use core::time::Duration;

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::connection::state::Phase;
use bantam_core::connection::{Connection, Storage};
use bantam_core::limits::Limits;
use bantam_core::message::date::Date;
use bantam_core::service::Service;
use bantam_core::time::Instant;

/// Field lines that are lent to a connection.
const LINES: usize = Limits::DEFAULT.field_lines as usize;

/// A server of one connection at a time, with receive and transmit buffers of these sizes.
pub struct Memory<'s, A, S, const RECEIVE: usize = 32_768, const TRANSMIT: usize = 32_768> {
    service: &'s Service<'s, A, S>,
    connection: Connection,
    storages: [Box<Storage<S, RECEIVE, TRANSMIT, LINES>>; 2],
    lent: usize,
    date: Date,
    now: Instant,
    deadline: Instant,
    /// Most bytes that the peer takes at once.
    pub step: usize,
    /// Bytes that the peer takes before it stalls.
    pub window: usize,
    output: Vec<u8>,
    half_closed: bool,
    over: bool,
}

impl<'s, A, S: Source<A> + Sink<A>, const RECEIVE: usize, const TRANSMIT: usize>
    Memory<'s, A, S, RECEIVE, TRANSMIT>
{
    /// A server whose first connection is open, at 1000 seconds of its clock.
    #[must_use]
    pub fn new(service: &'s Service<'s, A, S>) -> Self {
        let now = Instant::from_millis(1_000_000);
        Self {
            service,
            connection: Connection::new(0, None, now),
            storages: [Box::default(), Box::default()],
            lent: 0,
            date: Date::from_unix(1_795_435_200),
            now,
            deadline: now,
            step: usize::MAX,
            window: usize::MAX,
            output: Vec::with_capacity(65_536),
            half_closed: false,
            over: false,
        }
    }

    /// Opens another connection; what the last one sent is forgotten.
    pub fn reconnect(&mut self) {
        self.connection = Connection::new(1, None, self.now);
        self.output.clear();
        (self.half_closed, self.over) = (false, false);
    }

    /// The peer sends these bytes. Returns those that were not taken: the connection is closed, or has no space.
    pub fn deliver<'b>(&mut self, mut bytes: &'b [u8]) -> &'b [u8] {
        self.pump(&mut bytes);
        bytes
    }

    /// The peer closes its side.
    pub fn close(&mut self) {
        if !self.over {
            let mut lent =
                self.connection.lend(self.service, self.storages[self.lent].lend(), Some(self.date));
            lent.handle_peer_closed(self.now);
            self.pump(&mut &[][..]);
        }
    }

    /// The server begins to shut down.
    pub fn shut_down(&mut self) {
        self.service.drain();
        let mut lent = self.connection.lend(self.service, self.storages[self.lent].lend(), Some(self.date));
        lent.handle_shutdown(self.now);
        self.pump(&mut &[][..]);
    }

    /// Time passes, and with it deadlines.
    pub fn pass(&mut self, duration: Duration) {
        self.now = self.now.after(duration);
        let mut lent = self.connection.lend(self.service, self.storages[self.lent].lend(), Some(self.date));
        lent.handle_timeout(self.now);
        self.pump(&mut &[][..]);
    }

    /// The time until the connection has to be looked at although nothing happens.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.deadline.since(self.now)
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// What the connection has sent.
    #[must_use]
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// Takes what the connection has sent.
    pub fn take_output(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.output)
    }

    /// Forgets what the connection has sent, and keeps the memory for it.
    pub fn clear_output(&mut self) {
        self.output.clear();
    }

    /// Whether the server has closed its side, or the whole connection.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.half_closed || self.over
    }

    /// Whether the connection is over and its place free.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The connection.
    #[must_use]
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Lets the peer take what waits, as far as its window goes.
    pub fn flush(&mut self) {
        self.pump(&mut &[][..]);
    }

    /// Moves time on for a source that waits, until the answer is complete.
    ///
    /// # Panics
    /// When it never is.
    pub fn wait_for_source(&mut self) {
        for _ in 0..1_000 {
            if self.connection.phase() != Phase::SendResponse {
                return;
            }
            self.pass(self.time_left());
        }
        panic!("the source waits for ever");
    }

    fn pump(&mut self, input: &mut &[u8]) {
        while !self.over {
            let mut lent =
                self.connection.lend(self.service, self.storages[self.lent].lend(), Some(self.date));
            let Some(wants) = lent.wants() else {
                self.over = true;
                return;
            };
            self.deadline = wants.deadline;
            if wants.run {
                lent.run_handler(self.now, || self.now);
            } else if wants.transmit && self.window > 0 {
                let bytes = lent.poll_transmit();
                let length = bytes.len().min(self.step).min(self.window);
                self.output.extend_from_slice(&bytes[..length]);
                self.window -= if self.window == usize::MAX { 0 } else { length };
                lent.handle_transmitted(length, self.now);
            } else if wants.half_close {
                self.half_closed = true;
                lent.handle_half_closed(self.now);
            } else if wants.receive && !input.is_empty() {
                let space = lent.receive_space();
                assert!(!space.is_empty(), "bytes are wanted without space for them");
                let length = space.len().min(input.len());
                space[..length].copy_from_slice(&input[..length]);
                *input = &input[length..];
                lent.handle_received(length, self.now);
            } else {
                return;
            }
            if !self.connection.holds_buffers() {
                self.lent = 1 - self.lent;
            }
        }
    }
}

impl<A, S, const R: usize, const T: usize> core::fmt::Debug for Memory<'_, A, S, R, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Memory").field("connection", &self.connection).finish_non_exhaustive()
    }
}
