//! The connection: a state machine without a socket (sans I/O). The transport tells it what happened (`handle_*`),
//! asks what it wants ([`Lent::wants`]) and moves bytes; time comes in as an argument.
//!
//! ```text
//!                      ┌──────────────────────── Completed ─────────────────────────┐
//!                      ▼                                                            │
//!  Received     ┌──────────┐   Ready    ┌────────────┐  Answered   ┌──────────────┐ │
//!  Idle ──────► │ Receive  │ ─────────► │    Run     │ ──────────► │     Send     │─┤
//!               │   Head   │            │   Handler  │             │   Response   │ │ LastCompleted
//!               └──────────┘            └────────────┘             └──────────────┘ ▼ or Cut
//!                     │ ContentAwaited    ▲ Ready        ContentLeft │        ┌─────────┐ Flushed ┌────────┐
//!                     ▼                   │                          ▼        │  Flush  │ ──────► │ Linger │ ──► Closed
//!               ┌────────────────┐        │              ┌────────────────┐   └─────────┘         └────────┘
//!               │ ReceiveContent │ ───────┘              │ DiscardContent │ ──► Idle
//!               └────────────────┘                       └────────────────┘
//! ```
//!
//! All transitions, as the test over all pairs prints them:
//!
//! ```text
//! phase           event           next
//! Idle            Received        ReceiveHead
//! Idle            PeerClosed      Flush
//! Idle            DeadlinePassed  Closed
//! Idle            ShutDown        Flush
//! Idle            Broken          Closed
//! ReceiveHead     ContentAwaited  ReceiveContent
//! ReceiveHead     Ready           RunHandler
//! ReceiveHead     Refused         RunHandler
//! ReceiveHead     Cut             Flush
//! ReceiveHead     PeerClosed      RunHandler
//! ReceiveHead     DeadlinePassed  RunHandler
//! ReceiveHead     Broken          Closed
//! ReceiveContent  Ready           RunHandler
//! ReceiveContent  Refused         RunHandler
//! ReceiveContent  PeerClosed      RunHandler
//! ReceiveContent  DeadlinePassed  RunHandler
//! ReceiveContent  Broken          Closed
//! RunHandler      Answered        SendResponse
//! RunHandler      DeadlinePassed  Closed
//! RunHandler      Broken          Closed
//! SendResponse    Completed       Idle
//! SendResponse    ContentLeft     DiscardContent
//! SendResponse    LastCompleted   Flush
//! SendResponse    Cut             Flush
//! SendResponse    DeadlinePassed  Closed
//! SendResponse    Broken          Closed
//! DiscardContent  Refused         Flush
//! DiscardContent  Discarded       Idle
//! DiscardContent  PeerClosed      Flush
//! DiscardContent  DeadlinePassed  Flush
//! DiscardContent  Broken          Closed
//! Flush           Flushed         Linger
//! Flush           DeadlinePassed  Closed
//! Flush           Broken          Closed
//! Linger          Drained         Closed
//! Linger          PeerClosed      Closed
//! Linger          DeadlinePassed  Closed
//! Linger          Broken          Closed
//! ```
//!
//! A connection between requests owns no buffer and takes less than 256 bytes. A transport lends it [`Buffers`] when
//! bytes arrive, and takes them back as soon as [`Connection::holds_buffers`] says no.
//!
//! The heart of a transport is then:
//!
//! ```text
//! while let Some(wants) = lent.wants() {
//!     if wants.run             { lent.run_handler(now, || clock.now()) }
//!     else if wants.transmit   { lent.handle_transmitted(socket.write(lent.poll_transmit()), now) }
//!     else if wants.half_close { socket.shutdown_write(); lent.handle_half_closed(now) }
//!     else if wants.receive    { match socket.read(lent.receive_space()) { 0 => lent.handle_peer_closed(now), n => lent.handle_received(n, now) } }
//!     // and when wants.deadline has passed before any of it: lent.handle_timeout(now)
//! }
//! ```

/// Tells the service's watcher: a branch where there is none, and nothing at all without the feature `explain`.
macro_rules! watch {
    ($lent:ident . $tell:ident ( $($value:expr),* )) => {
        #[cfg(feature = "explain")]
        if $lent.is_watched() {
            $lent.$tell($($value),*);
        }
    };
}

#[cfg(feature = "std")]
mod by_file;
mod cause;
mod closing;
mod deadline;
mod examine;
mod exchange;
mod fill;
mod peer;
#[cfg(feature = "gateways")]
mod preface;
mod receive;
mod respond;
pub mod state;
#[cfg(feature = "explain")]
mod tell;

use core::net::SocketAddr;

pub use self::cause::Cause;
pub use self::closing::Closing;
pub use self::examine::ExamineError;
pub(crate) use self::exchange::Asked;
use self::exchange::Plan;
pub use self::exchange::{Buffers, Exchange, Storage};
use self::peer::Peer;
use self::state::{Event, Phase};
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::limits::{ContentPace, Pace};
use crate::message::date::Date;
use crate::message::status::Status;
use crate::response::Outgoing;
use crate::service::Service;
use crate::time::{Duration, Instant};

/// How long after it was accepted a connection is left for its first request when the server drains. The request is mostly
/// on its way, and lost with it would be one whose sender has no reason to send it again, unlike one on a connection that
/// was used before (RFC 9112 §9.3.1).
const FIRST_REQUEST: Duration = Duration::from_secs(1);

/// What a connection keeps of itself between requests.
#[derive(Clone, Debug)]
pub struct Connection {
    phase: Phase,
    peer_closed: bool,
    /// Whether our side of the transport has been closed.
    half_closed: bool,
    holds_buffers: bool,
    /// As large as counts are on this processor.
    number: usize,
    /// Requests whose head or refusal was reached, the one under way included.
    requests: u32,
    /// The peer's address, or that of the client whom a PROXY header names.
    peer: Peer,
    /// When it was accepted.
    opened: Instant,
    /// How the header that has to come first is read, until it was.
    #[cfg(feature = "gateways")]
    preface: Option<preface::Read>,
    #[cfg(feature = "gateways")]
    is_behind_proxy: bool,
    /// When it began to idle or to linger; or when the first byte of the request under way arrived, or the answer before it
    /// was complete.
    since: Instant,
    /// How the peer takes what waits for it; then what is read of it and thrown away.
    transmit: Pace,
    /// How the content of the request under way arrives.
    content: ContentPace,
    #[cfg(feature = "explain")]
    told: tell::Told,
}

/// What a connection waits for. Several may be awaited at once; `run` comes first, then `transmit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wants {
    /// The handler can run: call [`Lent::run_handler`].
    pub run: bool,
    /// The handler belongs to a route that was marked as [blocking](crate::route::Route::blocking): a transport with
    /// threads runs it where nobody else waits for it, or calls [`Lent::handle_overload`].
    pub blocking: bool,
    /// Bytes are to be transmitted: [`Lent::poll_transmit`].
    pub transmit: bool,
    /// Bytes of a file are to be transmitted, behind those if there are any: `Lent::poll_file`. Only for a transport that
    /// has said that it does that, by `Lent::set_sends_files`.
    pub file: bool,
    /// Content is to be written where the transport has it sent from, behind those bytes: [`Lent::fill`]. Only for a
    /// transport that has said that it lends such space, by [`Lent::set_fills`].
    pub fill: bool,
    /// Bytes from the peer are of use, and there is space for them: [`Lent::receive_space`].
    pub receive: bool,
    /// All is transmitted; our side of the transport is to be closed, the other kept open.
    pub half_close: bool,
    /// When to call [`Lent::handle_timeout`] if nothing happens before.
    pub deadline: Instant,
}

impl Connection {
    /// A connection that has just been accepted. `number` is the transport's count of connections.
    #[must_use]
    pub const fn new(number: u64, peer: Option<SocketAddr>, now: Instant) -> Self {
        Self {
            phase: Phase::Idle,
            peer_closed: false,
            half_closed: false,
            holds_buffers: false,
            number: number as usize,
            requests: 0,
            peer: Peer::new(peer),
            opened: now,
            #[cfg(feature = "gateways")]
            preface: None,
            #[cfg(feature = "gateways")]
            is_behind_proxy: false,
            since: now,
            transmit: Pace::begin(now),
            content: ContentPace::begin(now),
            #[cfg(feature = "explain")]
            told: tell::Told::NOTHING,
        }
    }

    /// Until when it is left for its first request by a server that drains; `None` when one has come.
    #[must_use]
    pub fn left_for_first(&self) -> Option<Instant> {
        (self.requests == 0).then(|| self.opened.after(FIRST_REQUEST))
    }

    /// Whether the buffers that were lent hold something of this connection, and must be lent again.
    #[must_use]
    pub const fn holds_buffers(&self) -> bool {
        self.holds_buffers
    }

    /// What it is doing.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// The peer's address, where the transport has addresses; or that of the client whom a PROXY header names.
    #[must_use]
    pub const fn peer(&self) -> Option<SocketAddr> {
        self.peer.address()
    }

    /// Requests begun so far.
    #[must_use]
    pub const fn requests(&self) -> u32 {
        self.requests
    }

    /// When the request under way began.
    pub(crate) const fn started(&self) -> Instant {
        self.since
    }

    /// The transport's count of connections before it.
    pub(crate) const fn number(&self) -> u64 {
        self.number as u64
    }

    /// The connection with buffers and the service it works for. `date` is the wall clock, where there is one.
    pub fn lend<'c, A, S>(
        &'c mut self,
        service: &'c Service<'c, A, S>,
        buffers: Buffers<'c, S>,
        date: Option<Date>,
    ) -> Lent<'c, A, S> {
        let is_unused = core::mem::replace(&mut buffers.exchange.is_unused, false);
        if !self.holds_buffers && !is_unused {
            *buffers.exchange = Exchange { is_unused: false, ..Exchange::NEW };
        }
        Lent {
            connection: self,
            service,
            buffers,
            date: date.filter(|_| cfg!(feature = "dates")),
            may_wait: false,
            fills: false,
            #[cfg(feature = "std")]
            sends_files: false,
        }
    }
}

/// A connection that has buffers, and can work.
pub struct Lent<'c, A, S> {
    connection: &'c mut Connection,
    service: &'c Service<'c, A, S>,
    buffers: Buffers<'c, S>,
    date: Option<Date>,
    may_wait: bool,
    fills: bool,
    #[cfg(feature = "std")]
    sends_files: bool,
}

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    /// Whether there can be a source or a sink at all. An option of what has no values takes no space, so without any, as
    /// with [`NoStream`](crate::body::source::NoStream), what is for them alone is not compiled in.
    const STREAMS: bool = size_of::<Option<S>>() > 0;

    /// Tells the wall clock, where there is one; once a second is often enough.
    pub fn set_date(&mut self, date: Option<Date>) {
        self.date = date.filter(|_| cfg!(feature = "dates"));
    }

    /// Tells whether handlers may wait, because nobody else waits for this thread; they may not otherwise.
    pub fn set_may_wait(&mut self, may_wait: bool) {
        self.may_wait = may_wait;
    }

    /// What is awaited; `None` when the connection is over and the transport can be dropped.
    #[must_use]
    pub fn wants(&self) -> Option<Wants> {
        let wants = self.wants_at_once()?;
        Some(Wants { deadline: self.deadline(), ..wants })
    }

    /// The same without the deadline, which is [`Instant::NEVER`]: for a transport that asks for [`Lent::deadline`] only
    /// when it has nothing to do but to wait.
    #[must_use]
    pub fn wants_at_once(&self) -> Option<Wants> {
        let phase = self.connection.phase;
        if phase == Phase::Closed {
            return None;
        }
        let run = self.can_run();
        let transmit = !self.poll_transmit().is_empty();
        Some(Wants {
            run,
            blocking: run && self.is_blocking(),
            transmit,
            file: self.buffers.exchange.has_file(),
            fill: Self::STREAMS && self.buffers.exchange.awaits_space,
            receive: !run && !self.connection.peer_closed && self.awaits_bytes(),
            half_close: phase == Phase::Linger && !self.connection.half_closed,
            deadline: Instant::NEVER,
        })
    }

    /// Where received bytes go. Empty when [`Wants::receive`] is false.
    pub fn receive_space(&mut self) -> &mut [u8] {
        let filled = self.buffers.exchange.filled;
        self.buffers.receive.get_mut(filled..).unwrap_or_default()
    }

    /// `length` bytes were written to the front of [`Lent::receive_space`].
    pub fn handle_received(&mut self, length: usize, now: Instant) {
        let capacity = self.buffers.receive.len();
        watch!(self.tell_received(length));
        let exchange = &mut *self.buffers.exchange;
        exchange.filled = exchange.filled.saturating_add(length).min(capacity);
        self.connection.content.advance(length, now);
        self.advance(now);
    }

    /// The peer will send no more; what it asked for is still answered.
    pub fn handle_peer_closed(&mut self, now: Instant) {
        watch!(self.tell_peer_closed());
        self.connection.peer_closed = true;
        self.advance(now);
    }

    /// The transport failed: a reset, or any error after which it cannot be used.
    pub fn handle_broken(&mut self, now: Instant) {
        self.end(Event::Broken, now);
    }

    /// A deadline may have passed. Calling too early does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.expire(now);
        self.advance(now);
    }

    /// Our side of the transport was closed.
    pub fn handle_half_closed(&mut self, now: Instant) {
        self.connection.half_closed = true;
        self.advance(now);
    }

    /// The transport has no thread for the handler of a blocking route, nor for a request more that waits for one: it is
    /// answered 503 with `Retry-After`, which passes the chain like any other answer and does not block. Call
    /// [`Lent::run_handler`] for it. Does nothing when the handler does not block.
    pub fn handle_overload(&mut self) {
        if self.can_run() && self.is_blocking() {
            self.buffers.exchange.plan = Plan::Overloaded;
            self.buffers.exchange.asked.refused = Some(Cause::Overloaded);
        }
    }

    /// The server is shutting down: an idle connection ends, another one ends after its answer. The service must have
    /// been told by [`Service::drain`].
    pub fn handle_shutdown(&mut self, now: Instant) {
        if self.connection.phase == Phase::Idle {
            self.go(Event::ShutDown, now);
        }
        self.advance(now);
    }

    /// A handler, a source or middleware has panicked. Where no answer has been begun, it becomes a 500, which passes the
    /// chain like any other; otherwise the answer is cut short. When it is the chain that panics, and does so again, this
    /// is called again, and the 500 goes out without it.
    pub fn handle_panic(&mut self, now: Instant) {
        match self.connection.phase {
            Phase::RunHandler => {
                self.buffers.exchange.plan = Plan::Panicked;
                let before = self.buffers.exchange.closing.replace(Closing::Panic);
                let chain = if before == Some(Closing::Panic) { &[] } else { self.service.chain() };
                self.answer(chain, now, |_| now);
            }
            Phase::ReceiveHead | Phase::ReceiveContent => {
                // In `admit`, in what opens a sink, or in the sink: the chain has not run yet, and answers.
                self.buffers.exchange.plan = Plan::Panicked;
                // Who was not admitted is not to be answered by middleware that answers itself.
                self.buffers.exchange.asked.refused =
                    Some(Cause::Application(Status::INTERNAL_SERVER_ERROR.into()));
                self.buffers.exchange.closing = Some(Closing::Panic);
                self.buffers.exchange.owes_continue = false;
                self.go(Event::Refused, now);
            }
            Phase::SendResponse => self.cut(now),
            _ => self.end(Event::Broken, now),
        }
        self.advance(now);
    }

    /// What is to be transmitted next; empty when [`Wants::transmit`] is false.
    #[must_use]
    pub fn poll_transmit(&self) -> &[u8] {
        let pending = self.buffers.exchange.pending;
        if !pending.is_empty() {
            return self.buffers.transmit.get(pending.start..pending.end).unwrap_or_default();
        }
        match self.buffers.exchange.outgoing {
            Outgoing::Static(rest) => rest,
            _ => &[],
        }
    }

    /// Runs the machine until it can only wait.
    fn advance(&mut self, now: Instant) {
        loop {
            let phase = self.connection.phase;
            let moved = match phase {
                Phase::Idle => self.begin_message(now),
                Phase::ReceiveHead => self.receive_head(now),
                Phase::ReceiveContent => self.receive_content(now),
                Phase::SendResponse => self.send_response(now),
                Phase::DiscardContent => self.discard_content(now),
                Phase::Flush => self.flush(now),
                Phase::Linger => self.linger(now),
                Phase::RunHandler | Phase::Closed => false,
            };
            if !moved {
                break;
            }
        }
        let exchange = &mut *self.buffers.exchange;
        let is_empty = exchange.filled == 0 && exchange.pending.is_empty();
        self.connection.holds_buffers = match self.connection.phase {
            Phase::Idle | Phase::Linger => !is_empty,
            Phase::Closed => false,
            _ => true,
        };
        // The message before has been forgotten, and the next has not begun.
        exchange.is_unused = is_empty && self.connection.phase == Phase::Idle;
    }

    /// Applies an event. A pair without an arm is a bug of ours: it shows in debug builds and ends the connection
    /// in others, which is what the peer of a broken machine is best served with.
    fn go(&mut self, event: Event, now: Instant) {
        let next = state::next(self.connection.phase, event);
        debug_assert!(next.is_some(), "{event:?} in {:?}", self.connection.phase);
        self.connection.phase = next.unwrap_or(Phase::Closed);
        match self.connection.phase {
            Phase::Idle | Phase::ReceiveHead | Phase::Linger => self.connection.since = now,
            Phase::ReceiveContent | Phase::SendResponse | Phase::DiscardContent => {
                self.connection.content = ContentPace::begin(now);
            }
            Phase::RunHandler | Phase::Flush => {}
            Phase::Closed => {
                watch!(self.tell_over());
            }
        }
    }

    /// Sends what is left of the last answers, then closes our side.
    fn flush(&mut self, now: Instant) -> bool {
        let is_flushed = self.poll_transmit().is_empty();
        if is_flushed {
            watch!(self.tell_unread());
            self.go(Event::Flushed, now);
            self.buffers.exchange.filled = 0;
            self.connection.transmit = Pace::begin(now);
        }
        is_flushed
    }

    /// Throws away what the peer still sends, within bounds.
    fn linger(&mut self, now: Instant) -> bool {
        let exchange = &mut *self.buffers.exchange;
        self.connection.transmit.advance(exchange.filled, now);
        exchange.filled = 0;
        if self.connection.peer_closed {
            self.go(Event::PeerClosed, now); // both sides are done: closing says it all
        } else if self.connection.half_closed
            && self.connection.transmit.bytes() > self.service.limits.linger_bytes
        {
            self.go(Event::Drained, now);
        }
        false
    }

    /// Ends the connection at once; an answer under way counts as cut.
    fn end(&mut self, event: Event, now: Instant) {
        if matches!(self.connection.phase, Phase::SendResponse) {
            self.complete(true, now);
        }
        if self.connection.phase != Phase::Closed {
            self.go(event, now);
        }
        *self.buffers.exchange = Exchange::NEW;
        self.connection.holds_buffers = false;
    }
}

#[cfg(test)]
mod tests;
