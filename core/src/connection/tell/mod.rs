//! What the service's watcher is told: where in the machine's work each fact of [`crate::explain`] becomes known.

mod content;
mod refusal;

pub(super) use self::content::Trail;
use super::exchange::{Exchange, Plan};
use super::{Cause, Lent};
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::explain::{AnswerFraming, Closing, Continue, Fact, Fate, Place, Refusal};
use crate::framing::BodyLength;
use crate::message::status::Status;
use crate::parse::field_line::{FieldLine, Known};
use crate::parse::request_line::Version;
use crate::response::Length;

/// What a connection remembers for its watcher between messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// Bytes received so far.
    received: u64,
    /// Up to where they were interpreted.
    interpreted: u64,
    /// Whether that is final.
    has_stopped: bool,
}

impl Told {
    pub(super) const NOTHING: Self = Self { received: 0, interpreted: 0, has_stopped: false };
}

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    pub(super) fn is_watched(&self) -> bool {
        self.service.watch.is_some()
    }

    fn see(&self, fact: &Fact<'_>) {
        if let Some(watch) = self.service.watch {
            watch.see(self.connection.number(), fact);
        }
    }

    /// Offset in the connection's bytes of the receive buffer's byte `at`. Only for bytes that have not been moved: of a
    /// head that is not told yet, and from `unread` on.
    fn offset(&self, at: usize) -> u64 {
        let behind = self.buffers.exchange.filled.saturating_sub(at) as u64;
        self.connection.told.received.saturating_sub(behind)
    }

    fn place(&self, start: usize, end: usize) -> Place {
        Place { start: self.offset(start), end: self.offset(end) }
    }

    fn received(&self, start: usize, end: usize) -> &[u8] {
        self.buffers.receive.get(start..end.min(self.buffers.exchange.filled)).unwrap_or_default()
    }

    /// Where the line ends that starts at `start`: behind its LF.
    fn line_end(&self, start: usize) -> usize {
        let rest = self.received(start, self.buffers.exchange.filled);
        let length =
            rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| at.saturating_add(1));
        start.saturating_add(length)
    }

    fn lines(&self) -> &[FieldLine] {
        let count = usize::from(self.buffers.exchange.asked.parser.head().field_lines);
        self.buffers.lines.get(..count).unwrap_or_default()
    }

    #[cold]
    pub(super) fn tell_received(&mut self, length: usize) {
        let start = self.connection.told.received;
        let end = start.saturating_add(length as u64);
        self.connection.told.received = end;
        self.see(&Fact::Piece { place: Place { start, end } });
    }

    #[cold]
    pub(super) fn tell_peer_closed(&self) {
        if !self.connection.peer_closed {
            self.see(&Fact::PeerClosed { at: self.connection.told.received });
        }
    }

    /// Tells the head as far as it was read, and says where in the buffer that ends.
    #[cold]
    fn tell_head(&self) -> usize {
        let exchange = &*self.buffers.exchange;
        let head = exchange.asked.parser.head();
        self.see(&Fact::Request { number: self.connection.requests.max(1) });
        let mut at = exchange.start;
        for _ in 0..self.service.limits.empty_lines {
            if self.received(at, at.saturating_add(2)) == b"\r\n" {
                at = at.saturating_add(2);
            }
        }
        if at > exchange.start {
            let (place, bytes) = (self.place(exchange.start, at), self.received(exchange.start, at));
            self.see(&Fact::EmptyLines { place, bytes });
        }
        let line = head.line;
        if line.method_name.is_empty() {
            return at;
        }
        let end = self.line_end(at);
        self.see(&Fact::RequestLine {
            place: self.place(at, end),
            bytes: self.received(at, end),
            method: line.method,
            method_name: line.method_name.str_of(self.buffers.receive),
            target: line.target.whole.str_of(self.buffers.receive),
            form: line.target.form,
            version: line.version,
        });
        at = end;
        for line in self.lines() {
            let end = self.line_end(at);
            self.see(&Fact::FieldLine {
                place: self.place(at, end),
                bytes: self.received(at, end),
                name: line.name(self.buffers.receive),
                value: line.value(self.buffers.receive),
                known: line.known(),
            });
            at = end;
        }
        let end = usize::from(head.end);
        if end > at {
            self.see(&Fact::HeadEnd { place: self.place(at, end), bytes: self.received(at, end) });
            at = end;
        }
        at
    }

    /// A head has been read, and is well-formed in itself.
    #[cold]
    pub(super) fn tell_request(&mut self, body: BodyLength) {
        let end = self.tell_head();
        let at = self.offset(end);
        self.see(&Fact::Body { length: body });
        let exchange = &mut *self.buffers.exchange;
        exchange.trail.begin(at);
        let version = exchange.asked.parser.head().line.version;
        let (is_complete, has_content) = (exchange.decoder.is_complete(), exchange.filled > exchange.unread);
        if !self.lines().iter().any(|line| line.known() == Known::Expect) {
            return;
        }
        match version {
            Version::Http10 => self.tell_continue(Continue::Http10),
            Version::Http11 if is_complete => self.tell_continue(Continue::NoContent),
            Version::Http11 if has_content => self.tell_continue(Continue::ContentCame),
            Version::Http11 => {} // owed: told when it is sent
        }
    }

    /// Who answers, or why nobody does although the connection may persist.
    #[cold]
    pub(super) fn tell_plan(&self, plan: &Result<Plan<S>, Cause>) {
        let declined = match plan {
            Err(cause) => *cause,
            Ok(Plan::NotAllowed(_)) => Cause::NotAllowed,
            Ok(Plan::WebSocketVersion) => Cause::WebSocketVersion,
            Ok(_) => {
                if let Some(route) = self.route() {
                    self.see(&Fact::Route { pattern: route.pattern(), delivery: route.delivery });
                }
                return;
            }
        };
        self.see_refusal(declined, true);
    }

    #[cold]
    pub(super) fn tell_continue(&self, what: Continue) {
        self.see(&Fact::Continue(what));
    }

    /// A refusal of what has been read whole.
    fn see_refusal(&self, cause: Cause, is_answered: bool) {
        let refusal = Refusal { cause, at: None, place: Place::default(), bytes: &[], is_answered };
        self.see(&Fact::Refusal(refusal));
    }

    /// Content that nobody read could not be thrown away: too much, or at fault.
    #[cold]
    pub(super) fn tell_undiscarded(&mut self, cause: Option<Cause>) {
        match cause {
            Some(cause) => self.tell_late_refusal(cause),
            None => self.tell_unfinished(),
        }
        self.see(&Fact::Fate(Fate::Closes(Closing::UnreadContent)));
    }

    #[cold]
    pub(super) fn tell_cut(&mut self) {
        self.tell_unfinished();
        self.see(&Fact::Cut);
    }

    #[cold]
    pub(super) fn tell_answer(
        &self,
        is_undecodable: bool,
        interim: Option<Continue>,
        with_content: bool,
        length: Length,
    ) {
        let fate = self.buffers.exchange.closing.map_or(Fate::Persists, Fate::Closes);
        if is_undecodable {
            self.see_refusal(Cause::PathTooLong, true);
        }
        if let Some(interim) = interim {
            self.tell_continue(interim);
        }
        let status: Status = self.buffers.exchange.status;
        let framing = match length {
            Length::Silent if with_content => AnswerFraming::UntilClose,
            _ if !with_content => AnswerFraming::NoContent,
            Length::Sized(length) => AnswerFraming::Sized(length),
            Length::Chunked => AnswerFraming::Chunked,
            Length::Silent => AnswerFraming::NoContent,
        };
        self.see(&Fact::Answer { status, framing });
        self.see(&Fact::Fate(fate));
    }

    /// Only empty lines came, and no more will.
    #[cold]
    pub(super) fn tell_empty_lines(&mut self) {
        let Exchange { start, filled, .. } = *self.buffers.exchange;
        let (place, bytes) = (self.place(start, filled), self.received(start, filled));
        self.see(&Fact::EmptyLines { place, bytes });
        self.connection.told.interpreted = place.end;
    }

    /// Nothing further is interpreted. What is in the buffer is counted before it is dropped.
    #[cold]
    pub(super) fn tell_unread(&mut self) {
        let exchange = &*self.buffers.exchange;
        // A part of a body that was not read to its end, and of which nothing can be told, counts as not interpreted.
        let read = match exchange.decoder.is_complete() {
            true => self.offset(exchange.unread),
            false => exchange.trail.start(),
        };
        let told = &mut self.connection.told;
        told.interpreted = told.interpreted.max(read);
        told.has_stopped = true;
    }

    #[cold]
    pub(super) fn tell_over(&mut self) {
        if !self.connection.told.has_stopped {
            self.tell_unread();
        }
        let Told { received, interpreted, .. } = self.connection.told;
        self.see(&Fact::Over { unread: Place { start: interpreted, end: received } });
    }
}
