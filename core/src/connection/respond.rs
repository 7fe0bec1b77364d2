//! What goes out: the handler's answer, the content behind it, and what follows from them for the connection.

#[cfg(feature = "std")]
use super::by_file::ByFile;
use super::exchange::{Asked, Buffers, Pending, Plan};
use super::receive::CONTINUE;
use super::state::{Event, Phase};
use super::{Cause, Closing, Connection, Lent};
use crate::body::encode::Encoder;
use crate::body::sink::Sink;
use crate::body::source::{Pull, Pulled, Source};
use crate::bytes::move_down;
#[cfg(feature = "explain")]
use crate::explain::Continue;
use crate::handler::{Circumstances, Content, Failure, Request};
use crate::limits::Pace;
use crate::message::date::Date;
use crate::message::method::Method;
use crate::message::status::Status;
#[cfg(feature = "middleware")]
use crate::middleware::Answer;
use crate::middleware::{End, Middleware, Next};
use crate::parse::field_line::FieldLine;
use crate::parse::request_line::Version;
use crate::response::{ConnectionOption, Framing, Length, Outgoing, Response};
use crate::route::params::Params;
use crate::route::{Endpoint, Pattern, Route};
use crate::service::Service;
use crate::time::Instant;

/// Static content up to this size is copied behind the head, so that both leave in one call; larger content is sent
/// from where it is. Four kilobytes cost less to copy than a second system call.
const COPIED_STATIC: usize = 4_096;

/// The last instant that a source can name.
const LAST: Instant = Instant::from_micros(u64::MAX.wrapping_sub(1));

/// What is answered when nobody can say more.
const PANIC: Failure = Failure::new(Status::INTERNAL_SERVER_ERROR, "");

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    /// Runs the handler, inside its middleware, when [`Wants::run`](super::Wants::run) says so; does nothing otherwise.
    /// `after` tells the time when the handler has returned, so that logs show what it took.
    pub fn run_handler(&mut self, now: Instant, after: impl FnOnce() -> Instant) {
        self.run_handler_observed(now, |_| after());
    }

    /// The same for a transport that looks how long handlers take: `after` is shown the request.
    pub fn run_handler_observed(&mut self, now: Instant, after: impl FnOnce(&Request<'_>) -> Instant) {
        if self.can_run() {
            let after = self.answer(self.service.chain(), now, after);
            self.advance(after);
        }
    }

    /// The peer's side has taken `length` bytes of [`Lent::poll_transmit`].
    pub fn handle_transmitted(&mut self, length: usize, now: Instant) {
        let exchange = &mut *self.buffers.exchange;
        self.connection.transmit.advance(length, now);
        if !exchange.pending.is_empty() {
            exchange.pending.start = exchange.pending.start.saturating_add(length).min(exchange.pending.end);
        } else if let Outgoing::Static(rest) = &mut exchange.outgoing {
            let length = length.min(rest.len());
            *rest = rest.get(length..).unwrap_or_default();
            exchange.count_sent(length);
        }
        if exchange.pending.is_empty() {
            exchange.pending = Pending::default();
            match self.connection.phase {
                Phase::SendResponse => {
                    // The content's clock stands still while the peer is the one who waits for us.
                    self.connection.content.stood_still(self.connection.transmit.began(), now);
                    self.connection.transmit = Pace::begin(now);
                    exchange.source_since = now;
                }
                Phase::Idle => self.connection.since = now, // the silence begins when the answer is out
                _ => {}
            }
        }
        self.advance(now);
    }

    /// Whether the handler can run. While one waits nothing is transmitted, so a blocking one lets earlier answers out
    /// first; the others only need the room that every answer is promised.
    pub(super) fn can_run(&self) -> bool {
        if self.connection.phase != Phase::RunHandler {
            return false;
        }
        let pending = self.buffers.exchange.pending;
        let waiting = pending.len().saturating_add(CONTINUE.len());
        pending.is_empty() || waiting <= self.buffers.transmit.len() / 4 && !self.is_blocking()
    }

    /// Whether what answers the request at hand may wait, by the word of its route.
    pub(super) fn is_blocking(&self) -> bool {
        let exchange = &self.buffers.exchange;
        exchange.is_blocking && matches!(exchange.plan, Plan::Handler | Plan::Sink(_))
    }

    /// The route that was found for the request.
    pub(super) fn route(&self) -> Option<&Route<A, S>> {
        self.buffers.exchange.asked.route.and_then(|place| self.service.routes.route(place))
    }

    /// The request as far as it was read, without parameters and content.
    pub(super) fn request(&self, now: Instant) -> Request<'_> {
        let Buffers { receive, lines, exchange, .. } = &self.buffers;
        view(self.connection, self.service, receive, lines, &exchange.asked, self.date.as_ref(), now)
    }

    /// Runs the chain and what stands at its end, and puts the answer into the transmit buffer. Returns the time when
    /// the chain has returned: the peer's time to take the answer begins then.
    pub(super) fn answer(
        &mut self,
        chain: &[&dyn Middleware<A, S>],
        now: Instant,
        after: impl FnOnce(&Request<'_>) -> Instant,
    ) -> Instant {
        self.compact_pending();
        let route = self.route().map(Route::endpoint);
        // The request borrows the receive buffer, the response the transmit buffer.
        let Lent { connection, service, buffers, date, may_wait, .. } = self;
        let Buffers { receive, transmit, lines, exchange } = buffers;
        let end = match (core::mem::replace(&mut exchange.plan, Plan::Handler), route) {
            (Plan::Sink(sink), _) => End::Sink(sink),
            (Plan::Refuse, _) => End::Refusal(exchange.asked.refused.map_or(PANIC, Cause::failure)),
            (Plan::NotAllowed(methods), _) => End::NotAllowed(methods),
            (Plan::WebSocketVersion, _) => End::WebSocketVersion,
            (Plan::Options(methods), _) => End::Options(methods),
            (Plan::Overloaded, _) => End::Overloaded,
            (Plan::Handler, Some(Endpoint::Handler(handler))) => End::Handler(handler),
            (Plan::Panicked | Plan::Handler, _) => End::Refusal(PANIC),
        };
        let is_whole = exchange.decoder.is_complete();
        let mut request = view(connection, service, receive, lines, &exchange.asked, date.as_ref(), now);
        request.around.may_wait = *may_wait;
        request.content = match is_whole {
            true => {
                Content::Whole(receive.get(exchange.content_start..exchange.content_end).unwrap_or_default())
            }
            false => Content::Streamed { length: exchange.announced_length() },
        };

        // Every answer has the same space, whatever waits before it: see `Storage`.
        let capacity = transmit.len();
        let begin =
            exchange.pending.end.saturating_add(if exchange.owes_continue { CONTINUE.len() } else { 0 });
        let space = transmit.get_mut(begin..begin.saturating_add(capacity.saturating_sub(capacity / 4)));
        let space = space.unwrap_or_default();
        let path = request.path_bytes();
        // Parameters are for who answers, and not for a refusal, which needs its room.
        let takes_params = matches!(end, End::Handler(_) | End::Sink(_));
        // A path that would leave too little room to refuse it in gets none, and is refused.
        let scratch = if takes_params && request.head.line.target.is_encoded { path.len() } else { 0 };
        let scratch = if scratch > space.len() / 2 { 0 } else { scratch };
        let (space, scratch) =
            space.split_at_mut_checked(space.len().saturating_sub(scratch)).unwrap_or_default();
        let mut end = end;
        #[cfg(feature = "explain")]
        let mut is_undecodable = false;
        let pieces = request.route().filter(|_| takes_params).map(Pattern::pieces);
        if let Some((named, pieces)) = service.routes.named().zip(pieces) {
            match (named.params)(pieces, path, request.head.line.target.is_encoded, scratch) {
                Some(params) => request.params = params,
                None => {
                    end = End::Refusal(Cause::PathTooLong.failure());
                    request.around.refused = Some(Cause::PathTooLong);
                    #[cfg(feature = "explain")]
                    {
                        is_undecodable = true;
                    }
                }
            }
        }
        let mut response = Response::within(space);
        response.start(date.as_ref().filter(|_| cfg!(feature = "dates")), service.server);
        Next::new(chain, end).run(service.app, &request, &mut response);
        let now = after(&request);
        let refused = request.around.refused;
        // Middleware around the handler can make mistakes too.
        if let Err(failure) = response.outcome() {
            response.fail(failure);
        }
        if response.current_status().is_informational() {
            response.fail(Failure::by_rule(Status::INTERNAL_SERVER_ERROR, "an answer has a final status"));
        }

        let status = response.current_status();
        let is_http10 = request.version() == Version::Http10;
        let with_content = status.allows_content() && request.method() != Some(Method::Head);
        let length = match (status, response.content_length()) {
            (Status::RESET_CONTENT, _) => Length::Sized(0), // RFC 9110 §15.3.6
            (status, _) if !status.allows_content() => Length::Silent,
            (_, Some(length)) => Length::Sized(length),
            (_, None) if with_content && !is_http10 => Length::Chunked,
            (_, None) => Length::Silent,
        };
        let reads_content = with_content && !is_whole && response.reads_content::<A>();
        // A peer that was not told to go on may or may not send its content: nobody can tell what comes next.
        let is_left_unread = !is_whole
            && !reads_content
            && (exchange.owes_continue
                || exchange.decoder.left().is_some_and(|left| left > service.limits.discard));
        let runs_to_close = with_content && length == Length::Silent;
        let is_last = service.limits.requests > 0 && connection.requests >= service.limits.requests;
        exchange.closing = exchange.closing.or(match () {
            () if response.wants_close() => Some(Closing::Application),
            () if service.is_draining() => Some(Closing::Draining),
            () if is_left_unread => Some(Closing::UnreadContent),
            () if runs_to_close => Some(Closing::UntilClose),
            () if is_last => Some(Closing::RequestLimit),
            () if now >= connection.retires(&service.limits, service.seed) => Some(Closing::Age),
            () => None,
        });
        let option = match (exchange.closing.is_some(), exchange.keep_alive) {
            (true, _) if response.is_upgrade() => ConnectionOption::CloseUpgrade,
            (true, _) => ConnectionOption::Close,
            (false, true) => ConnectionOption::KeepAlive,
            (false, false) if response.is_upgrade() => ConnectionOption::Upgrade,
            (false, false) => ConnectionOption::None,
        };
        let (part, outgoing) = response.finish(Framing { length, connection: option }, with_content);

        exchange.asked.refused = refused;
        #[cfg(feature = "middleware")]
        {
            exchange.status = status;
            exchange.sent = part.content as u64;
        }
        exchange.outgoing = outgoing;
        exchange.set_encoder(match length {
            Length::Sized(length) => Encoder::Sized(length),
            Length::Chunked => Encoder::Chunked,
            Length::Silent => Encoder::UntilClose,
        });
        exchange.source_since = now;
        exchange.source_wakes = Instant::NEVER;
        exchange.awaits_space = false;
        #[cfg(feature = "std")]
        {
            exchange.by_file = ByFile::Unasked;
        }
        exchange.is_streamed = !is_whole;
        let sends_continue = exchange.owes_continue && reads_content;
        #[cfg(feature = "explain")]
        let interim = exchange.owes_continue.then_some(match sends_continue {
            true => Continue::Sent,
            false => Continue::Unread,
        });
        exchange.owes_continue = false;
        if exchange.pending.is_empty() {
            connection.transmit = Pace::begin(now);
        }
        if sends_continue {
            let end = exchange.pending.end.saturating_add(CONTINUE.len());
            if let Some(space) = transmit.get_mut(exchange.pending.end..end) {
                space.copy_from_slice(CONTINUE);
                exchange.pending.end = end;
            }
        }
        let (start, end) = (begin.saturating_add(part.start), begin.saturating_add(part.end));
        if exchange.pending.is_empty() {
            exchange.pending = Pending { start, end }; // the gap before the head costs nothing
        } else {
            let length = end.saturating_sub(start);
            move_down(transmit, start, exchange.pending.end, length);
            exchange.pending.end = exchange.pending.end.saturating_add(length);
        }
        watch!(self.tell_answer(is_undecodable, interim, with_content, length));
        self.go(Event::Answered, now);
        now
    }

    /// Produces content while there is room for it, and ends the exchange when all has been produced.
    pub(super) fn send_response(&mut self, now: Instant) -> bool {
        let exchange = &mut *self.buffers.exchange;
        match exchange.outgoing {
            Outgoing::None => {
                self.finish_response(now);
                true
            }
            Outgoing::Static(rest) => {
                let end = exchange.pending.end.saturating_add(rest.len());
                match self.buffers.transmit.get_mut(exchange.pending.end..end) {
                    Some(space) if rest.len() <= COPIED_STATIC => {
                        space.copy_from_slice(rest);
                        exchange.pending.end = end;
                        exchange.count_sent(rest.len());
                        exchange.outgoing = Outgoing::None;
                        true
                    }
                    _ if rest.is_empty() => {
                        exchange.outgoing = Outgoing::None;
                        true
                    }
                    _ => false,
                }
            }
            Outgoing::Source(_) => Self::STREAMS && self.pull(now),
        }
    }

    /// Asks the source for content once; false when it or the peer has to be waited for.
    fn pull(&mut self, now: Instant) -> bool {
        if self.buffers.exchange.encoder() == Encoder::Sized(0) {
            self.buffers.exchange.outgoing = Outgoing::None;
            return true;
        }
        // What is wrong with the content concerns a source only when it waits for more of it.
        let malformed = self.decode().err();
        #[cfg(feature = "std")]
        if self.leaves_file(now) {
            return false;
        }
        let exchange = &self.buffers.exchange;
        if exchange.source_wakes != Instant::NEVER
            && exchange.source_wakes > now
            && exchange.content_start == exchange.content_end
        {
            return false;
        }
        !self.leaves_to_fill(now) && self.pull_into(None, malformed, now)
    }

    /// Asks it for content in front of the transport's own `space`, or else in the transmit buffer. `malformed` is what is
    /// wrong with the request's content.
    pub(super) fn pull_into(
        &mut self,
        space: Option<&mut [u8]>,
        malformed: Option<Cause>,
        now: Instant,
    ) -> bool {
        let is_malformed = malformed.is_some();
        let Lent { connection, service, buffers, date, .. } = self;
        let Buffers { receive, transmit, lines, exchange } = buffers;
        let capacity = transmit.len();
        let is_within = space.is_none();
        let free = match space {
            Some(space) => space,
            None => transmit.get_mut(exchange.pending.end..).unwrap_or_default(),
        };
        if is_within && !exchange.pending.is_empty() && free.len() < capacity / 4 {
            return false;
        }
        let mut encoder = exchange.encoder();
        let Some(space) = encoder.content_space(free) else { return false };
        let room = space.len();
        let content_complete = exchange.decoder.is_complete();
        let content = receive.get(exchange.content_start..exchange.content_end).unwrap_or_default();
        let request = Some(view(connection, service, receive, lines, &exchange.asked, date.as_ref(), now));
        let mut pull = Pull { space, content, content_complete, consumed: 0, now, request };
        let Outgoing::Source(source) = &mut exchange.outgoing else { return false };
        let pulled = source.pull(service.app, &mut pull);
        let consumed = pull.consumed;
        exchange.content_start = exchange.content_start.saturating_add(consumed);
        let (length, last) = match pulled {
            Pulled::Bytes(length) => (length.min(room), false),
            Pulled::Last(length) => (length.min(room), true),
            Pulled::Wait(_) => (0, false),
            Pulled::Failed => {
                self.cut(now);
                return true;
            }
        };
        let moved = length > 0 || last;
        if moved {
            if is_within && exchange.pending.is_empty() {
                exchange.pending = Pending::default();
                connection.transmit = Pace::begin(now);
            }
            let free = transmit.get_mut(exchange.pending.end..).unwrap_or_default();
            // Content of a known length, as the transport's space is for, has nothing around it.
            let used = encoder.frame(free, length, last);
            exchange.set_encoder(encoder);
            exchange.pending.end = exchange.pending.end.saturating_add(if is_within { used } else { 0 });
            exchange.count_sent(length);
            exchange.source_since = now;
        }
        exchange.source_wakes = match pulled {
            // The end of time says that it named none; it waits as long, and no longer than sources may.
            Pulled::Wait(Some(wakes)) => wakes.min(LAST),
            _ => Instant::NEVER,
        };
        if last {
            if encoder.owes_content() {
                self.cut(now); // fewer bytes than were announced
            } else {
                exchange.outgoing = Outgoing::None;
            }
            return true;
        }
        if consumed > 0 && !content_complete {
            self.compact();
        }
        let waits =
            matches!(pulled, Pulled::Wait(None) | Pulled::Bytes(0)) && consumed == 0 && !content_complete;
        let is_in_vain = is_malformed || self.connection.peer_closed;
        if waits && is_in_vain && self.buffers.exchange.content_start == self.buffers.exchange.content_end {
            watch!(self.tell_late_refusal(malformed.unwrap_or(Cause::EndsInContent)));
            self.cut(now); // what the source waits for will not come, and only the close can tell
            return true;
        }
        moved || consumed > 0
    }

    /// The answer is in the transmit buffer to its last byte: what becomes of the connection.
    fn finish_response(&mut self, now: Instant) {
        self.complete(false, now);
        let discard = self.service.limits.discard;
        let exchange = &mut *self.buffers.exchange;
        // Content that came while the source gave its answer, and was left, is thrown away like what comes later.
        let left = match exchange.is_streamed {
            true => exchange.content_end.saturating_sub(exchange.content_start) as u64,
            false => 0,
        };
        if exchange.closing.is_some() {
            self.go(Event::LastCompleted, now);
        } else if exchange.decoder.is_complete() && left <= discard {
            exchange.next_message();
            self.go(Event::Completed, now);
        } else {
            exchange.decoder.discard(left);
            exchange.forget_head(self.buffers.receive);
            self.go(Event::ContentLeft, now);
        }
    }

    /// The answer cannot be completed: what there is goes out, and the close tells the peer.
    pub(super) fn cut(&mut self, now: Instant) {
        watch!(self.tell_cut());
        self.complete(true, now);
        self.buffers.exchange.outgoing = Outgoing::None;
        self.buffers.exchange.awaits_space = false;
        #[cfg(feature = "std")]
        {
            self.buffers.exchange.by_file = ByFile::Unasked;
        }
        self.go(Event::Cut, now);
    }

    /// There is no middleware to be told how the answer ended.
    #[cfg(not(feature = "middleware"))]
    pub(super) fn complete(&mut self, _: bool, _: Instant) {}

    /// Tells the middleware how the answer ended.
    #[cfg(feature = "middleware")]
    pub(super) fn complete(&mut self, is_cut: bool, now: Instant) {
        // Before, because middleware may panic over it, and is not to be told again.
        let is_told = core::mem::replace(&mut self.buffers.exchange.is_told, true);
        if is_told || self.service.chain().is_empty() {
            return;
        }
        let exchange = &self.buffers.exchange;
        let answer = Answer {
            status: exchange.status,
            content_sent: exchange.sent,
            content_received: exchange.decoder.received(),
            duration: now.since(self.connection.since),
            at: now,
            is_cut,
            closing: exchange.closing,
            refused: exchange.asked.refused,
        };
        let request = self.request(now);
        for middleware in self.service.chain() {
            middleware.complete(self.service.app, &request, &answer);
        }
    }

    /// Moves what waits to be transmitted to the front of its buffer.
    fn compact_pending(&mut self) {
        let pending = self.buffers.exchange.pending;
        move_down(self.buffers.transmit, pending.start, 0, pending.len());
        self.buffers.exchange.pending = Pending { start: 0, end: pending.len() };
    }
}

/// The request as far as it was read, from the parts of a connection that it borrows.
fn view<'v, A, S>(
    connection: &'v Connection,
    service: &Service<'_, A, S>,
    receive: &'v [u8],
    lines: &'v [FieldLine],
    asked: &'v Asked,
    date: Option<&'v Date>,
    now: Instant,
) -> Request<'v> {
    Request {
        buffer: receive,
        head: asked.parser.head(),
        lines: lines.get(..usize::from(asked.field_lines)).unwrap_or_default(),
        params: Params::NONE,
        route: asked.route.and_then(|place| Some((place, service.routes.route(place)?.pattern()))),
        content: Content::Whole(&[]),
        around: Circumstances {
            connection,
            asked,
            secured: service.secured || asked.is_secured(),
            now,
            date,
            seed: service.seed,
            draining: service.is_draining(),
            may_wait: false,
            underscored: service.underscored,
            refused: asked.refused,
        },
    }
}
