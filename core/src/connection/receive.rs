//! What comes in: the head, what it says about the message, and the content.

use super::examine::examine;
use super::exchange::{Pending, Plan};
use super::state::{Event, Phase};
use super::{Cause, Closing, Lent};
use crate::body::Reader;
use crate::body::decode::{BodyError, Decoded};
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::bytes::move_down;
#[cfg(feature = "explain")]
use crate::explain::Continue;
use crate::framing::BodyLength;
use crate::limits::Pace;
use crate::message::method::Method;
use crate::parse::target::Form;
use crate::response::Outgoing;
use crate::route::table::Found;
use crate::route::{Delivery, Endpoint};
use crate::time::Instant;

pub(super) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    /// Whether more bytes from the peer are of use now, and there is space for them.
    pub(super) fn awaits_bytes(&self) -> bool {
        let exchange = &self.buffers.exchange;
        let has_space = exchange.filled < self.buffers.receive.len();
        has_space
            && match self.connection.phase {
                Phase::Idle
                | Phase::ReceiveHead
                | Phase::ReceiveContent
                | Phase::DiscardContent
                | Phase::Linger => true,
                // What is behind the message waits until it has been answered.
                Phase::SendResponse => {
                    !exchange.decoder.is_complete() && matches!(exchange.outgoing, Outgoing::Source(_))
                }
                Phase::RunHandler | Phase::Flush | Phase::Closed => false,
            }
    }

    pub(super) fn begin_message(&mut self, now: Instant) -> bool {
        #[cfg(feature = "gateways")]
        if let Some(read) = self.connection.preface {
            return self.receive_preface(read, now);
        }
        let exchange = &self.buffers.exchange;
        if exchange.start < exchange.filled {
            self.go(Event::Received, now);
            return true;
        }
        if self.connection.peer_closed {
            self.go(Event::PeerClosed, now);
            return true;
        }
        false
    }

    /// Whether a byte of a request line is there, and not only of empty lines before it.
    pub(super) fn has_begun(&self) -> bool {
        let exchange = &self.buffers.exchange;
        let bytes = self.buffers.receive.get(exchange.start..exchange.filled).unwrap_or_default();
        bytes.iter().any(|&byte| byte != b'\r' && byte != b'\n')
    }

    pub(super) fn receive_head(&mut self, now: Instant) -> bool {
        let exchange = &mut *self.buffers.exchange;
        let bytes = self.buffers.receive.get(..exchange.filled).unwrap_or_default();
        let progress = exchange.asked.parser.parse_on(bytes, self.buffers.lines, &self.service.limits);
        let outcome = match progress {
            Ok(false) if bytes.len() == self.buffers.receive.len() && exchange.start == 0 => {
                Err(exchange.asked.parser.overflow(bytes))
            }
            outcome => outcome,
        };
        match outcome {
            Ok(true) => self.begin_request(now),
            Ok(false) if self.move_to_front() => {}
            Ok(false) if !self.connection.peer_closed => return false,
            Ok(false) if !self.has_begun() => {
                watch!(self.tell_empty_lines());
                self.go(Event::Cut, now);
            }
            Ok(false) => {
                self.refuse(Event::PeerClosed, Cause::EndsInHead, now);
            }
            Err(error) => self.refuse(Event::Refused, Cause::Head(error), now),
        }
        true
    }

    /// Moves a message that has to wait for bytes to the front of the receive buffer, so that what fits does not
    /// depend on what came before it; its head is then read again. False when it is there already.
    fn move_to_front(&mut self) -> bool {
        let exchange = &mut *self.buffers.exchange;
        if exchange.start == 0 {
            return false;
        }
        let length = exchange.filled.saturating_sub(exchange.start);
        move_down(self.buffers.receive, exchange.start, 0, length);
        exchange.unread = 0;
        exchange.filled = length;
        exchange.next_message();
        true
    }

    /// The head has been read: finds out how the message is framed, who answers it, and what must come first.
    fn begin_request(&mut self, now: Instant) {
        let exchange = &mut *self.buffers.exchange;
        exchange.asked.field_lines = exchange.asked.parser.head().field_lines; // also for who logs a refusal
        #[cfg(feature = "gateways")]
        self.find_client(now);
        let exchange = &mut *self.buffers.exchange;
        let head = exchange.asked.parser.head();
        let end = usize::from(head.end);
        let lines = self.buffers.lines.get(..usize::from(head.field_lines)).unwrap_or_default();
        let examined = examine(head, lines, self.buffers.receive);
        let examined = match examined {
            Ok(examined) => examined,
            Err(error) => return self.refuse(Event::Refused, Cause::Examine(error), now),
        };
        if !cfg!(feature = "content") && !matches!(examined.body, BodyLength::Empty | BodyLength::Sized(0)) {
            return self.refuse(Event::Refused, Cause::TooLarge, now);
        }
        let is_there = match examined.body {
            BodyLength::Empty => true,
            BodyLength::Sized(length) => {
                let there = exchange.filled.saturating_sub(end);
                length <= there as u64
            }
            BodyLength::Chunked => false,
        };
        if !is_there && self.move_to_front() {
            return; // the phase is still that of the head, which is now read again
        }
        self.connection.requests = self.connection.requests.saturating_add(1);
        let exchange = &mut *self.buffers.exchange;
        exchange.content_start = end;
        exchange.content_end = end;
        exchange.unread = end;
        exchange.decoder = Reader::new(examined.body);
        exchange.closing = examined.closing;
        exchange.keep_alive = examined.keep_alive;
        exchange.owes_continue =
            examined.expects_continue && exchange.filled == end && !exchange.decoder.is_complete();
        watch!(self.tell_request(examined.body));
        let plan = self.plan(examined.asks_for_other_websocket);
        let plan = self.admit(now).and(plan).and_then(|plan| self.accept_content(plan, examined.body, now));
        watch!(self.tell_plan(&plan));
        let exchange = &mut *self.buffers.exchange;
        exchange.asked.refused = match &plan {
            Ok(Plan::NotAllowed(_)) => Some(Cause::NotAllowed),
            Ok(Plan::WebSocketVersion) => Some(Cause::WebSocketVersion),
            Ok(_) => None,
            Err(cause) => Some(*cause),
        };
        exchange.plan = plan.unwrap_or(Plan::Refuse);
        let event = if self.awaits_content(examined.body) { Event::ContentAwaited } else { Event::Ready };
        self.go(event, now);
    }

    /// Whether the client was connected by https, as far as is known.
    fn is_secured(&self) -> bool {
        self.service.secured || self.buffers.exchange.asked.is_secured()
    }

    /// Who answers, by the route table.
    fn plan(&mut self, asks_for_other_websocket: bool) -> Result<Plan<S>, Cause> {
        let line = &self.buffers.exchange.asked.parser.head().line;
        let target = &line.target;
        let method = match line.method {
            None => return Err(Cause::UnknownMethod),
            Some(Method::Connect) => {
                // What follows may be meant for the tunnel, and is nothing to interpret.
                self.buffers.exchange.closing.get_or_insert(Closing::Refusal);
                return Err(Cause::Tunnel);
            }
            // Nobody has secured what is said here (RFC 9110 §7.4).
            Some(_) if target.is_https && !self.is_secured() => return Err(Cause::Misdirected),
            // An absolute target without a path asks the same of the server as a whole (RFC 9112 §3.2.4).
            Some(Method::Options)
                if target.form == Form::Asterisk
                    || (target.form == Form::Absolute && target.path.is_empty()) =>
            {
                return Ok(Plan::Options(self.service.routes.all_methods()));
            }
            Some(method) => method,
        };
        let path = match target.path.of(self.buffers.receive) {
            [] => b"/",
            path => path,
        };
        match self.service.routes.find(method, path) {
            Found::Route(place) => {
                self.buffers.exchange.asked.route = Some(place);
                Ok(if asks_for_other_websocket { Plan::WebSocketVersion } else { Plan::Handler })
            }
            Found::OtherMethods(methods) if method == Method::Options => Ok(Plan::Options(methods)),
            Found::OtherMethods(methods) => Ok(Plan::NotAllowed(methods)),
            Found::Nothing => Err(Cause::NotFound),
        }
    }

    /// What middleware has against the request before its content comes. It is asked of every request, so that who may
    /// not enter does not learn what is there.
    fn admit(&self, now: Instant) -> Result<(), Cause> {
        if self.service.chain().is_empty() {
            return Ok(()); // a view of the request takes longer to make than all else here
        }
        let request = self.request(now);
        let mut chain = self.service.chain().iter();
        chain
            .try_for_each(|middleware| middleware.admit(self.service.app, &request))
            .map_err(Cause::Application)
    }

    /// What the limits and the route's sink have against the content.
    fn accept_content(&mut self, plan: Plan<S>, body: BodyLength, now: Instant) -> Result<Plan<S>, Cause> {
        // Of the table and not of this connection, so that nothing has to be copied.
        let routes = self.service.routes;
        let route = self.buffers.exchange.asked.route.and_then(|place| routes.route(place));
        let (Plan::Handler, Some(route)) = (&plan, route) else { return Ok(plan) };
        self.buffers.exchange.is_blocking = route.is_blocking();
        let most = route.limits.map_or(u64::MAX, |limits| limits.content);
        self.buffers.exchange.decoder.bound(most);
        let most = most.min(self.service.limits.content);
        let exchange = &self.buffers.exchange;
        let room = self.buffers.receive.len().saturating_sub(exchange.unread.saturating_sub(exchange.start));
        if room == 0 && !exchange.decoder.is_complete() {
            return Err(Cause::NoRoom);
        }
        if let BodyLength::Sized(length) = body {
            let limit = match route.delivery {
                Delivery::Whole => most.min(room as u64),
                _ => most,
            };
            if length > limit {
                return Err(Cause::TooLarge);
            }
        }
        match route.endpoint() {
            Endpoint::Sink(open) => {
                open(self.service.app, &self.request(now)).map(Plan::Sink).map_err(Cause::Application)
            }
            Endpoint::Handler(_) => Ok(plan),
        }
    }

    /// Whether content must come before the request is answered.
    fn awaits_content(&self, body: BodyLength) -> bool {
        let exchange = &self.buffers.exchange;
        if exchange.decoder.is_complete() {
            return false;
        }
        match (&exchange.plan, self.route()) {
            (Plan::Sink(_), _) => true,
            (Plan::Handler, Some(route)) => match route.delivery {
                Delivery::Whole | Delivery::Discarded => true,
                Delivery::Streamed => false,
                Delivery::WholeOrStreamed => match body {
                    BodyLength::Sized(length) => {
                        let head = exchange.unread.saturating_sub(exchange.start);
                        length <= self.buffers.receive.len().saturating_sub(head) as u64
                    }
                    _ => true,
                },
            },
            _ => false,
        }
    }

    /// Reads content until it is complete, and passes it on where the route wants it so.
    pub(super) fn receive_content(&mut self, now: Instant) -> bool {
        if !self.send_continue(now) {
            return false;
        }
        // Content that came before a mistake is passed on before the mistake is told, however the bytes were cut.
        let decoded = self.decode();
        if let Err(cause) = self.pass_content_on().and(decoded) {
            self.refuse(Event::Refused, cause, now);
            return true;
        }
        let exchange = &self.buffers.exchange;
        if exchange.decoder.is_complete() {
            self.go(Event::Ready, now);
            return true;
        }
        let is_full = exchange.filled == self.buffers.receive.len();
        match self.route().map(|route| route.delivery) {
            Some(Delivery::WholeOrStreamed) if is_full => self.go(Event::Ready, now),
            _ if is_full => self.refuse(Event::Refused, Cause::TooLarge, now),
            _ if self.connection.peer_closed => self.refuse(Event::PeerClosed, Cause::EndsInContent, now),
            _ => return false,
        }
        true
    }

    /// Throws content away that nobody read, so that the next request can be found behind it.
    pub(super) fn discard_content(&mut self, now: Instant) -> bool {
        let before = self.buffers.exchange.decoder.received();
        let decoded = self.decode();
        let exchange = &mut *self.buffers.exchange;
        let discarded = exchange.decoder.received().saturating_sub(before);
        exchange.content_end = exchange.content_start;
        let is_too_much = exchange.decoder.discard(discarded) > self.service.limits.discard;
        if decoded.is_err() || is_too_much {
            watch!(self.tell_undiscarded(decoded.err()));
            self.go(Event::Refused, now);
        } else if exchange.decoder.is_complete() {
            exchange.next_message();
            self.go(Event::Discarded, now);
        } else if self.connection.peer_closed {
            watch!(self.tell_undiscarded(Some(Cause::EndsInContent)));
            self.go(Event::PeerClosed, now);
        } else {
            self.compact();
            return false;
        }
        true
    }

    /// Decodes what has come of the content, behind what has been decoded and not consumed.
    pub(super) fn decode(&mut self) -> Result<(), Cause> {
        self.decode_received().map_err(Cause::Body)?;
        let exchange = &*self.buffers.exchange;
        if exchange.decoder.is_complete() {
            return Ok(());
        }
        self.compact();
        let exchange = &*self.buffers.exchange;
        let has_content = exchange.content_start < exchange.content_end;
        match has_content || exchange.filled < self.buffers.receive.len() {
            true => Ok(()),
            false => Err(Cause::NoRoom), // a trailer line that has no end in sight
        }
    }

    /// Decodes all that has come.
    fn decode_received(&mut self) -> Result<(), BodyError> {
        #[cfg(feature = "explain")]
        if self.is_watched() {
            return self.decode_in_steps();
        }
        let exchange = &mut *self.buffers.exchange;
        let raw = self.buffers.receive.get_mut(..exchange.filled).unwrap_or_default();
        let mut at = Decoded { content_end: exchange.content_end, unread: exchange.unread };
        let outcome = exchange.decoder.decode(raw, &mut at, &self.service.limits);
        exchange.content_end = at.content_end;
        exchange.unread = at.unread;
        outcome
    }

    /// Closes the gaps in the receive buffer: content moves to the end of the head, what was not read yet behind it.
    pub(super) fn compact(&mut self) {
        let exchange = &mut *self.buffers.exchange;
        let head_end = usize::from(exchange.asked.parser.head().end);
        let content = exchange.content_end.saturating_sub(exchange.content_start);
        let is_worth_it = content == 0 || exchange.filled == self.buffers.receive.len();
        if is_worth_it {
            move_down(self.buffers.receive, exchange.content_start, head_end, content);
            exchange.content_start = head_end;
            exchange.content_end = head_end.saturating_add(content);
        }
        let unread = exchange.filled.saturating_sub(exchange.unread);
        move_down(self.buffers.receive, exchange.unread, exchange.content_end, unread);
        exchange.unread = exchange.content_end;
        exchange.filled = exchange.content_end.saturating_add(unread);
    }

    /// Gives content to the sink, or to nobody, where it is not kept for the handler.
    fn pass_content_on(&mut self) -> Result<(), Cause> {
        let discards = self.route().is_some_and(|route| route.delivery == Delivery::Discarded);
        let exchange = &mut *self.buffers.exchange;
        let content =
            self.buffers.receive.get(exchange.content_start..exchange.content_end).unwrap_or_default();
        match &mut exchange.plan {
            Plan::Sink(sink) if !content.is_empty() => {
                sink.push(self.service.app, content).map_err(Cause::Application)?;
            }
            Plan::Sink(_) => {}
            _ if discards => {}
            _ => return Ok(()),
        }
        exchange.content_end = exchange.content_start;
        if !exchange.decoder.is_complete() {
            self.compact();
        }
        Ok(())
    }

    /// Sends `100 Continue` where it is owed, unless content has come without it (RFC 9110 §10.1.1). False while there
    /// is no room for it.
    pub(super) fn send_continue(&mut self, now: Instant) -> bool {
        let exchange = &mut *self.buffers.exchange;
        if !exchange.owes_continue {
            return true;
        }
        if exchange.unread < exchange.filled {
            exchange.owes_continue = false;
            watch!(self.tell_continue(Continue::ContentCame));
            return true;
        }
        if exchange.pending.is_empty() {
            exchange.pending = Pending::default();
            self.connection.transmit = Pace::begin(now);
        }
        let end = exchange.pending.end.saturating_add(CONTINUE.len());
        let Some(space) = self.buffers.transmit.get_mut(exchange.pending.end..end) else { return false };
        space.copy_from_slice(CONTINUE);
        exchange.pending.end = end;
        exchange.owes_continue = false;
        watch!(self.tell_continue(Continue::Sent));
        true
    }

    /// The request will not be served as it stands, and nothing behind it is interpreted.
    pub(super) fn refuse(&mut self, event: Event, cause: Cause, now: Instant) {
        if self.connection.phase == Phase::ReceiveHead {
            self.connection.requests = self.connection.requests.saturating_add(1);
            let exchange = &mut *self.buffers.exchange;
            let received = self.buffers.receive.get(..exchange.filled).unwrap_or_default();
            exchange.asked.parser.keep_method(received, &self.service.limits);
        }
        watch!(self.tell_refusal(cause));
        let exchange = &mut *self.buffers.exchange;
        exchange.plan = Plan::Refuse;
        exchange.closing = Some(Closing::Refusal);
        exchange.asked.refused = Some(cause);
        exchange.owes_continue = false;
        self.go(event, now);
    }
}
