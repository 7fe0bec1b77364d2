//! What the service's watcher is told: where in the machine's work each fact of [`crate::explain`] becomes known.

use super::exchange::{Exchange, Plan};
use super::state::Phase;
use super::{Cause, ExamineError, Lent};
use crate::body::decode::{BodyError, Decoded, Part};
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::explain::{AnswerFraming, Closing, Continue, Fact, Fate, Place, Refusal, SHOWN};
use crate::framing::{BodyLength, FramingError};
use crate::handler::Request;
use crate::message::status::Status;
use crate::parse::field_line::{FieldLine, FieldLineError, Known};
use crate::parse::head::HeadError;
use crate::parse::host;
use crate::parse::request_line::Version;
use crate::response::Length;

/// What a connection remembers for its watcher between messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// Bytes received so far.
    received: u64,
    /// Up to where they were interpreted.
    interpreted: u64,
}

impl Told {
    pub(super) const NOTHING: Self = Self { received: 0, interpreted: 0 };
}

/// The part of a body that is being read, which may be told when its bytes are gone.
#[derive(Debug)]
pub(super) struct Trail {
    /// Where the part starts.
    start: u64,
    /// Up to where its bytes were looked at.
    seen: u64,
    /// Where a chunk line has its extensions.
    extension: Place,
    shown: [u8; SHOWN],
    /// Why the connection closes, once something has gone wrong.
    closing: Option<Closing>,
}

impl Trail {
    pub(super) const NEW: Self =
        Self { start: 0, seen: 0, extension: Place { start: 0, end: 0 }, shown: [0; SHOWN], closing: None };

    /// A part starts here.
    fn begin(&mut self, at: u64) {
        self.start = at;
        self.seen = at;
        self.extension = Place { start: at, end: at };
    }

    /// Keeps of `bytes`, which lie at `at`, what is shown and was not kept.
    fn keep(&mut self, at: u64, bytes: &[u8]) {
        let known = usize::try_from(self.seen.saturating_sub(at)).unwrap_or(usize::MAX);
        let bytes = bytes.get(known..).unwrap_or_default();
        let kept = self.kept();
        if let Some(space) = self.shown.get_mut(kept..) {
            space.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        }
        self.seen = self.seen.saturating_add(bytes.len() as u64);
    }

    fn kept(&self) -> usize {
        usize::try_from(self.seen.saturating_sub(self.start)).map_or(SHOWN, |length| length.min(SHOWN))
    }

    fn shown(&self) -> &[u8] {
        self.shown.get(..self.kept()).unwrap_or_default()
    }
}

impl<S> Exchange<S> {
    /// What the answer to `request` means for the connection: the first of the reasons that holds.
    pub(super) fn fate(&self, request: &Request<'_>, reasons: &[(bool, Closing)]) -> Fate {
        let of_head = match (self.close, self.trail.closing) {
            (false, _) => None,
            (true, Some(closing)) => Some(closing),
            (true, None)
                if request.field_members("Connection").any(|option| option.eq_ignore_ascii_case("close")) =>
            {
                Some(Closing::CloseOption)
            }
            (true, None) if request.version() == Version::Http10 => Some(Closing::Http10),
            (true, None) => Some(Closing::Refusal), // CONNECT: see `plan`
        };
        let reason = reasons.iter().find(|(holds, _)| *holds).map(|(_, closing)| *closing);
        of_head.or(reason).map_or(Fate::Persists, Fate::Closes)
    }
}

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    pub(super) fn is_watched(&self) -> bool {
        self.service.watch.is_some()
    }

    fn see(&self, fact: &Fact<'_>) {
        if let Some(watch) = self.service.watch {
            watch.see(self.connection.number, fact);
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
        let count = usize::from(self.buffers.exchange.parser.head().field_lines);
        self.buffers.lines.get(..count).unwrap_or_default()
    }

    pub(super) fn tell_received(&mut self, length: usize) {
        let start = self.connection.told.received;
        let end = start.saturating_add(length as u64);
        self.connection.told.received = end;
        self.see(&Fact::Piece { place: Place { start, end } });
    }

    pub(super) fn tell_peer_closed(&self) {
        if !self.connection.peer_closed {
            self.see(&Fact::PeerClosed { at: self.connection.told.received });
        }
    }

    /// Tells the head as far as it was read, and says where in the buffer that ends.
    fn tell_head(&self) -> usize {
        let exchange = &*self.buffers.exchange;
        let head = exchange.parser.head();
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
    pub(super) fn tell_request(&mut self, body: BodyLength) {
        if !self.is_watched() {
            return;
        }
        let end = self.tell_head();
        let at = self.offset(end);
        self.see(&Fact::Body { length: body });
        let exchange = &mut *self.buffers.exchange;
        exchange.trail.begin(at);
        let version = exchange.parser.head().line.version;
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
    pub(super) fn tell_plan(&self, plan: &Result<Plan<S>, Cause>) {
        if !self.is_watched() {
            return;
        }
        let declined = match plan {
            Err(cause) => *cause,
            Ok(Plan::NotAllowed(_)) => Cause::NotAllowed,
            Ok(_) => {
                if let Some(route) = self.route() {
                    self.see(&Fact::Route { pattern: route.pattern(), delivery: route.delivery });
                }
                return;
            }
        };
        self.see_refusal(declined, true);
    }

    pub(super) fn tell_continue(&self, what: Continue) {
        self.see(&Fact::Continue(what));
    }

    /// The request is refused, and nothing behind it is interpreted.
    pub(super) fn tell_refusal(&mut self, cause: Cause) {
        self.buffers.exchange.trail.closing = Some(Closing::Refusal);
        if !self.is_watched() {
            return;
        }
        if self.connection.phase != Phase::ReceiveHead {
            return self.tell_body_refusal(cause, true);
        }
        let end = self.tell_head();
        let at = match cause {
            Cause::Head(error) => head_at(error),
            Cause::Examine(error) => self.blamed_line(error),
            Cause::EndsInHead | Cause::TooSlow => Some(self.buffers.exchange.filled),
            _ => None,
        };
        // Up to the byte at fault, or the line where that is at fault as a whole.
        let behind = match cause {
            Cause::Head(error) if is_about_line(error) => Some(self.line_end(end)),
            _ => at.map(|at| at.saturating_add(1)),
        };
        let refused_end = behind.map_or(end, |behind| behind.min(self.buffers.exchange.filled).max(end));
        let refusal = Refusal {
            cause,
            at: at.map(|at| self.offset(at)),
            place: self.place(end, refused_end),
            bytes: self.received(end, refused_end),
            is_answered: true,
        };
        self.see(&Fact::Refusal(refusal));
        self.connection.told.interpreted = self.offset(refused_end);
    }

    /// The line of a whole head that `error` is about: the one that cannot stand beside those before it.
    fn blamed_line(&self, error: ExamineError) -> Option<usize> {
        let buffer = &*self.buffers.receive;
        let lines = self.lines();
        let number = |known: Known, number: usize| {
            let mut places = lines.iter().enumerate().filter(|(_, line)| line.known() == known);
            places.nth(number).map(|(at, _)| at)
        };
        let of = |known: Known, is_wrong: &dyn Fn(&[u8]) -> bool| {
            lines.iter().position(|line| line.known() == known && is_wrong(line.value(buffer)))
        };
        let line = match error {
            ExamineError::NoHost => None,
            ExamineError::SeveralHosts => number(Known::Host, 1),
            ExamineError::BadHost => of(Known::Host, &|value| !host::is_valid(value)),
            ExamineError::SeveralTypes => number(Known::ContentType, 1),
            ExamineError::Expectation => {
                of(Known::Expect, &|value| !value.eq_ignore_ascii_case(b"100-continue"))
            }
            ExamineError::Framing(FramingError::CodingAndLength) => {
                number(Known::TransferEncoding, 0).max(number(Known::ContentLength, 0))
            }
            ExamineError::Framing(FramingError::SeveralLengths) => {
                number(Known::ContentLength, 1).or(number(Known::ContentLength, 0))
            }
            ExamineError::Framing(FramingError::BadLength) => number(Known::ContentLength, 0),
            ExamineError::Framing(
                FramingError::CodingInHttp10 | FramingError::BadCodings | FramingError::UnknownCoding,
            ) => number(Known::TransferEncoding, 0),
        };
        let first = self.line_end(self.buffers.exchange.parser.head().line.method_name.start());
        line.map(|line| (0..line).fold(first, |at, _| self.line_end(at)))
    }

    /// The body is refused: what was read of its last part is told before that.
    fn tell_body_refusal(&mut self, cause: Cause, is_answered: bool) {
        let exchange = &*self.buffers.exchange;
        let (start, here) = (exchange.trail.start, self.offset(exchange.unread));
        let (place, bytes) = (Place { start, end: here }, self.shown_of(here));
        match exchange.decoder.part() {
            Part::Content { left } if !place.is_empty() => {
                self.see(&Fact::Content { place, bytes, missing: left });
                self.buffers.exchange.trail.begin(here);
            }
            Part::ChunkData { left } if !place.is_empty() => {
                self.see(&Fact::ChunkData { place, bytes, missing: left });
                self.buffers.exchange.trail.begin(here);
            }
            _ => {}
        }
        let received = self.connection.told.received;
        let at = match cause {
            Cause::Body(BodyError::Trailer(FieldLineError::Name { at } | FieldLineError::Value { at })) => {
                Some(here.saturating_add(at as u64))
            }
            Cause::Body(BodyError::TrailerTooLarge) => None,
            Cause::Body(_) => Some(here),
            Cause::EndsInContent | Cause::TooSlow => Some(received),
            _ => None,
        };
        let start = self.buffers.exchange.trail.start;
        let end = at.map_or(here, |at| at.saturating_add(1).min(received)).max(start);
        let place = Place { start, end };
        let refusal = Refusal { cause, at, place, bytes: self.shown_of(end), is_answered };
        self.see(&Fact::Refusal(refusal));
        self.connection.told.interpreted = end;
    }

    /// What is kept of the part of a body that is being read, up to this offset.
    fn shown_of(&self, end: u64) -> &[u8] {
        let trail = &self.buffers.exchange.trail;
        let length = usize::try_from(end.saturating_sub(trail.start)).unwrap_or(SHOWN);
        let shown = trail.shown();
        shown.get(..length).unwrap_or(shown)
    }

    /// A refusal of what has been read whole.
    fn see_refusal(&self, cause: Cause, is_answered: bool) {
        let refusal = Refusal { cause, at: None, place: Place::default(), bytes: &[], is_answered };
        self.see(&Fact::Refusal(refusal));
    }

    /// The content is at fault, but an answer has begun.
    pub(super) fn tell_late_refusal(&mut self, cause: Option<Cause>) {
        if let Some(cause) = cause.filter(|_| self.is_watched()) {
            self.tell_body_refusal(cause, false);
        }
    }

    /// Content that nobody read could not be thrown away: too much, or at fault.
    pub(super) fn tell_undiscarded(&mut self, cause: Option<Cause>) {
        self.tell_late_refusal(cause);
        self.see(&Fact::Fate(Fate::Closes(Closing::UnreadContent)));
    }

    pub(super) fn tell_panic(&mut self) {
        self.buffers.exchange.trail.closing = Some(Closing::Panic);
    }

    pub(super) fn tell_cut(&self) {
        self.see(&Fact::Cut);
    }

    pub(super) fn tell_answer(
        &self,
        is_undecodable: bool,
        interim: Option<Continue>,
        with_content: bool,
        length: Length,
        fate: Option<Fate>,
    ) {
        let Some(fate) = fate else { return };
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

    /// What the connection leaves unread, when it stops reading and when it is over.
    pub(super) fn tell_phase(&mut self, next: Option<Phase>) {
        if !self.is_watched() || self.connection.phase == Phase::Closed {
            return;
        }
        let next = next.unwrap_or(Phase::Closed);
        if self.connection.phase == Phase::ReceiveHead && next == Phase::Flush {
            // Only empty lines came, and no more will.
            let Exchange { start, filled, .. } = *self.buffers.exchange;
            let (place, bytes) = (self.place(start, filled), self.received(start, filled));
            self.see(&Fact::EmptyLines { place, bytes });
            self.connection.told.interpreted = place.end;
        }
        if matches!(next, Phase::Linger | Phase::Closed) && self.connection.phase != Phase::Linger {
            // Where a head is unfinished, it is not read.
            let read = self.offset(self.buffers.exchange.unread);
            let told = &mut self.connection.told;
            told.interpreted = told.interpreted.max(read);
        }
        if next == Phase::Closed {
            let Told { received, interpreted } = self.connection.told;
            self.see(&Fact::Over { unread: Place { start: interpreted, end: received } });
        }
    }

    /// Does what [`Decoder::decode`](crate::body::decode::Decoder::decode) does with the bytes received, a part at a
    /// time, and tells each part that is complete.
    pub(super) fn decode_in_steps(&mut self) -> Result<(), BodyError> {
        loop {
            let exchange = &*self.buffers.exchange;
            let (unread, before) = (exchange.unread, exchange.decoder.part());
            let offset = self.offset(unread);
            let rest = self.received(unread, exchange.filled);
            let length = match before {
                Part::Behind => 0,
                Part::Content { left } | Part::ChunkData { left } => {
                    usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()))
                }
                Part::Trailer => self.line_end(unread).saturating_sub(unread),
                Part::ChunkSize | Part::ChunkExtension | Part::ChunkLineEnd | Part::ChunkDataEnd => {
                    rest.len().min(1)
                }
            };
            if length == 0 {
                return Ok(());
            }
            let end = unread.saturating_add(length);
            let exchange = &mut *self.buffers.exchange;
            exchange.trail.keep(offset, self.buffers.receive.get(unread..end).unwrap_or_default());
            let mut at = Decoded { content_end: exchange.content_end, unread };
            let bytes = self.buffers.receive.get_mut(..end).unwrap_or_default();
            let outcome = exchange.decoder.decode(bytes, &mut at, &self.service.limits);
            exchange.content_end = at.content_end;
            exchange.unread = at.unread;
            outcome?;
            if at.unread == unread {
                return Ok(()); // a trailer line whose end has not come
            }
            self.tell_step(before);
        }
    }

    /// Tells the part that has been completed, if one has.
    fn tell_step(&mut self, before: Part) {
        let exchange = &*self.buffers.exchange;
        let here = self.offset(exchange.unread);
        let trail = &exchange.trail;
        let (place, bytes) = (Place { start: trail.start, end: here }, trail.shown());
        let extension = trail.extension;
        let content = exchange.decoder.received();
        match (before, exchange.decoder.part()) {
            (Part::ChunkSize, Part::ChunkExtension) => {
                let start = here.saturating_sub(1);
                self.buffers.exchange.trail.extension = Place { start, end: start };
                return;
            }
            (Part::ChunkExtension, Part::ChunkLineEnd) => {
                self.buffers.exchange.trail.extension.end = here.saturating_sub(1);
                return;
            }
            (Part::ChunkLineEnd, Part::ChunkData { left: size }) => {
                self.see(&Fact::ChunkSize { place, bytes, size, extension });
            }
            (Part::ChunkLineEnd, Part::Trailer) => self.see(&Fact::LastChunk { place, bytes, extension }),
            (Part::ChunkData { .. }, Part::ChunkDataEnd) => {
                self.see(&Fact::ChunkData { place, bytes, missing: 0 });
            }
            (Part::ChunkDataEnd, Part::ChunkSize) => self.see(&Fact::ChunkEnd { place, bytes }),
            (Part::Trailer, Part::Trailer) => self.see(&Fact::TrailerLine { place, bytes }),
            (Part::Trailer, Part::Behind) => self.see(&Fact::BodyEnd { place, bytes, content }),
            (Part::Content { .. }, Part::Behind) => {
                self.see(&Fact::Content { place, bytes, missing: 0 });
                let place = Place { start: here, end: here };
                self.see(&Fact::BodyEnd { place, bytes: &[], content });
            }
            _ => return,
        }
        self.buffers.exchange.trail.begin(here);
    }
}

/// Whether a line was read whole and is refused as a whole, not for one byte in it.
fn is_about_line(error: HeadError) -> bool {
    use crate::parse::request_line::RequestLineError as Line;
    use crate::parse::target::TargetError as Target;
    match error {
        HeadError::FieldLine { error, .. } => {
            !matches!(error, FieldLineError::Name { .. } | FieldLineError::Value { .. })
        }
        HeadError::RequestLine { error: Line::Target(error), .. } => {
            !matches!(error, Target::Byte { .. } | Target::PercentEncoding { .. })
        }
        HeadError::RequestLine { error, .. } => {
            matches!(error, Line::MissingPart | Line::Version | Line::UnsupportedVersion)
        }
        _ => false,
    }
}

/// SHIM: stands in for `HeadError::at`, until the parser has it. Where a target is at fault, only its line is known here.
fn head_at(error: HeadError) -> Option<usize> {
    use crate::parse::request_line::RequestLineError;
    match error {
        HeadError::BareLineFeed { at } => Some(at),
        HeadError::RequestLine { at, error: RequestLineError::Method { at: byte } } => {
            Some(at.saturating_add(byte))
        }
        HeadError::RequestLine { at, .. } => Some(at),
        HeadError::FieldLine {
            at,
            error: FieldLineError::Name { at: byte } | FieldLineError::Value { at: byte },
        } => Some(at.saturating_add(byte)),
        HeadError::FieldLine { at, .. } => Some(at),
        _ => None,
    }
}
