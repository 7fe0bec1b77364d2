//! What each socket is doing.

use core::num::NonZeroU16;

use bantam_core::connection::{Connection, Wants};
use bantam_core::limits::Limits;
use bantam_core::middleware::metrics::State;
use bantam_core::service::Service;
use bantam_core::time::{Duration, Instant};
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::wire::{IpAddress, IpEndpoint};

#[cfg(feature = "std")]
use crate::memory::{Halves, add};

/// Longest time for a peer to complete a handshake that it has begun.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long an acknowledgement waits for an answer that can carry it.
const ACK_DELAY: smoltcp::time::Duration = smoltcp::time::Duration::from_millis(10);

/// All sockets of a server.
#[derive(Debug)]
pub(crate) enum Slots<'m> {
    /// As many as there will ever be.
    Fixed(&'m mut [Slot]),
    /// Those that are needed, and memory for more.
    #[cfg(feature = "std")]
    Growing {
        slots: std::vec::Vec<Slot>,
        /// Of sockets that are not made yet.
        rings: std::vec::Vec<Halves<'m>>,
    },
}

impl<'m> Slots<'m> {
    /// One more, which does nothing yet; `None` when there is no memory for it.
    pub(crate) fn grow(&mut self, sockets: &mut SocketSet<'m>) -> Option<&mut Slot> {
        match self {
            Self::Fixed(_) => {
                let _ = sockets;
                None
            }
            #[cfg(feature = "std")]
            Self::Growing { slots, rings } => {
                let socket = add(sockets, rings.pop()?);
                slots.push(Slot { socket, ..Slot::default() });
                slots.last_mut()
            }
        }
    }
}

impl core::ops::Deref for Slots<'_> {
    type Target = [Slot];

    fn deref(&self) -> &[Slot] {
        match self {
            Self::Fixed(slots) => slots,
            #[cfg(feature = "std")]
            Self::Growing { slots, .. } => slots,
        }
    }
}

impl core::ops::DerefMut for Slots<'_> {
    fn deref_mut(&mut self) -> &mut [Slot] {
        match self {
            Self::Fixed(slots) => slots,
            #[cfg(feature = "std")]
            Self::Growing { slots, .. } => slots,
        }
    }
}

/// A socket, and the connection it has at present.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) socket: SocketHandle,
    pub(crate) state: SlotState,
    /// Between whom the connection is.
    pub(crate) ends: Option<Ends>,
    /// When that state was entered.
    pub(crate) since: Instant,
    /// By when it has to be looked at although nothing happens.
    pub(crate) deadline: Instant,
}

/// Both ends of a connection, without our port, which is the same for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) peer: IpEndpoint,
    pub(crate) own: IpAddress,
}

/// What a socket is doing. Listening sockets come round to listening again.
#[derive(Debug)]
pub(crate) enum SlotState {
    /// It has not begun to listen, or does not any more.
    Shut,
    Listening,
    /// A peer has asked for a connection and was answered.
    HalfOpen,
    Serving(Serving),
    /// The connection is over for us; the peer has to take what is left, and to close its side.
    Ending {
        /// Bytes that it may still send, which nobody reads.
        left: u64,
        /// Bytes that it has not taken yet, and by when the rate of transmission wants it to have them all.
        queued: usize,
        until: Instant,
        /// Whether it has taken everything.
        is_taken: bool,
    },
    /// When frames are sent next, the last one of the connection is among them: a reset, or the acknowledgement of the
    /// peer's end.
    Last {
        is_reset: bool,
    },
}

/// A connection being served.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) connection: Connection,
    /// The message memory that it has.
    pub(crate) message: Option<Loan>,
    pub(crate) receives: bool,
    pub(crate) transmits: bool,
    /// There is more to do at once.
    pub(crate) unfinished: bool,
    /// Whether it waits for message memory; its deadline says by when it must have some.
    pub(crate) waits_since: Option<Waiting>,
    /// As what it is counted.
    pub(crate) counted: State,
}

/// A connection waits for message memory. Whoever has the earlier deadline has waited longer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting;

/// The place of message memory that was taken, in two bytes: what lies behind those is never taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loan(NonZeroU16);

impl Loan {
    /// The loan of a place, if it is one of the first 65,535.
    pub(crate) fn of(place: usize) -> Option<Self> {
        u16::try_from(place + 1).ok().and_then(NonZeroU16::new).map(Self)
    }

    pub(crate) fn place(self) -> usize {
        usize::from(self.0.get()) - 1
    }
}

impl Default for Slot {
    fn default() -> Self {
        let (since, deadline) = (Instant::ZERO, Instant::NEVER);
        Self { socket: SocketHandle::default(), state: SlotState::Shut, ends: None, since, deadline }
    }
}

impl Slot {
    /// Notes down who has come; whether that is news.
    pub(crate) fn meet(&mut self, socket: &tcp::Socket<'_>) -> bool {
        let own = socket.local_endpoint().map(|own| own.addr);
        let ends = socket.remote_endpoint().zip(own).map(|(peer, own)| Ends { peer, own });
        core::mem::replace(&mut self.ends, ends) != ends
    }

    /// Says a word to the peer, who may have lost the connection: whoever knows of none answers with a reset, and others
    /// with an acknowledgement (RFC 9293 §3.5.1). smoltcp does not answer a SYN on a connection itself.
    pub(crate) fn probe(&self, socket: &mut tcp::Socket<'_>) {
        // A probe of smoltcp's repeats the last byte with a content of its own: the peer must have that byte. While it has
        // not, what is sent again is word enough.
        let is_taken = match self.state {
            SlotState::Serving(_) => socket.send_queue() == 0,
            SlotState::Ending { is_taken, .. } => is_taken,
            _ => false,
        };
        if is_taken {
            // The first sets the timer off, the second leaves it at one probe.
            socket.set_keep_alive(Some(smoltcp::time::Duration::ZERO));
            socket.set_keep_alive(None);
        }
    }

    pub(crate) fn half_open(&mut self, now: Instant) {
        self.enter(SlotState::HalfOpen, now.after(HANDSHAKE), now);
    }

    pub(crate) fn serving(&mut self, connection: Connection, limits: &Limits, now: Instant) {
        let serving = Serving {
            connection,
            message: None,
            receives: true,
            transmits: false,
            // It says by when it is to be looked at; and while draining it is closed unless it has brought a request.
            unfinished: true,
            waits_since: None,
            counted: State::Idle,
        };
        self.enter(SlotState::Serving(serving), now.after(limits.idle), now);
    }

    /// Our side is closed.
    pub(crate) fn ending(&mut self, socket: &mut tcp::Socket<'_>, limits: &Limits, now: Instant) {
        // The peer's end is acknowledged in the turn in which it comes, because the socket is free after it.
        socket.set_ack_delay(None);
        let rate = limits.transmit_rate;
        let queued = socket.send_queue();
        let bytes = u64::try_from(queued).unwrap_or(u64::MAX);
        // Without a rate only the pauses count.
        let until = match bytes.checked_div(rate.bytes_per_second.into()) {
            Some(seconds) => now.after(rate.grace).after(Duration::from_secs(seconds)),
            None => Instant::NEVER,
        };
        let state = SlotState::Ending { left: limits.linger_bytes, queued, until, is_taken: false };
        self.enter(state, until.min(now.after(rate.grace)), now);
    }

    pub(crate) fn reset(&mut self, socket: &mut tcp::Socket<'_>, now: Instant) {
        socket.abort();
        self.enter(SlotState::Last { is_reset: true }, now, now);
    }

    /// The peer's end has come, and is to be acknowledged.
    pub(crate) fn ended(&mut self, now: Instant) {
        self.enter(SlotState::Last { is_reset: false }, now, now);
    }

    /// Whatever it was doing is over and forgotten, and it listens again unless the server is `draining`.
    pub(crate) fn renew(&mut self, socket: &mut tcp::Socket<'_>, port: u16, draining: bool, now: Instant) {
        socket.abort();
        self.ends = None;
        socket.set_ack_delay(Some(ACK_DELAY));
        // It is closed now, and the port is not 0. Whoever it spoke to is forgotten, and not sent a reset.
        let _ = socket.listen(port);
        if draining {
            socket.close();
            return self.enter(SlotState::Shut, Instant::NEVER, now);
        }
        self.enter(SlotState::Listening, Instant::NEVER, now);
    }

    fn enter(&mut self, state: SlotState, deadline: Instant, now: Instant) {
        (self.state, self.deadline, self.since) = (state, deadline, now);
    }
}

impl Serving {
    /// Whether there is something to do for it.
    pub(crate) fn is_ready(&self, socket: &tcp::Socket<'_>) -> bool {
        self.unfinished
            || (self.receives && (socket.can_recv() || !socket.may_recv()))
            || (self.transmits && socket.can_send())
            || socket.state() == tcp::State::Closed
    }

    /// Whether it waits for a request, and nothing of one has come.
    pub(crate) fn is_idle(&self, socket: &tcp::Socket<'_>) -> bool {
        self.message.is_none() && self.waits_since.is_none() && !socket.can_recv()
    }

    /// Counts it as doing this now.
    pub(crate) fn count<A, S>(&mut self, service: &Service<'_, A, S>, state: State) {
        if let Some(connections) = service.connections() {
            connections.moved(self.counted, Some(state));
        }
        self.counted = state;
    }

    /// Notes down what it waits for.
    pub(crate) fn awaits(&mut self, wants: Wants) {
        (self.receives, self.transmits, self.unfinished) =
            (wants.receive, wants.transmit || wants.fill, false);
    }
}
