//! What is done in one turn: frames in, connections served, frames out. The steps stand in files of their own.

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::connection::Exchange;
use bantam_core::drivers::Clock;
use bantam_core::message::date::Date;
use bantam_core::service::Service;
use bantam_core::time::Instant;
use smoltcp::iface::{Interface, SocketSet};
use smoltcp::phy::Device;

use crate::admission::ROUND_TRIP;
use crate::config::{Config, ConfigError};
use crate::memory::{Messages, Parts};
use crate::slots::{SlotState, Slots};
use crate::stack::Stack;

mod end;
mod receive;
mod serve;
mod tend;

/// Most frames that are taken in before a drain closes idle connections: what a TAP device keeps at most. They came
/// before the drain, and some bring requests.
const BACKLOG: usize = 1_024;

/// A server over smoltcp.
pub struct Server<'m, S> {
    stack: Stack<'m>,
    slots: Slots<'m>,
    messages: &'m mut dyn Messages<S>,
    /// Sockets that are kept listening if possible.
    reserve: usize,
    /// Lent to connections that have nothing under way.
    nothing: Exchange<S>,
    /// Connections so far.
    accepted: u64,
    date: Option<Date>,
    /// At least so many sockets listen.
    listening: usize,
    /// So many frames are likely to be there.
    expected: usize,
    /// For how many turns that has been so.
    right: u8,
    /// When no frame was left the last time.
    emptied: Instant,
    /// Where the next turn begins to serve, so that all have their time.
    first: usize,
    /// Whether this turn has ended a connection whose client may end it too.
    closes: bool,
    draining: bool,
}

impl<'m, S> Server<'m, S> {
    /// A server whose sockets listen.
    ///
    /// # Errors
    /// When the configuration cannot be used with this device and memory.
    pub fn new<D: Device>(
        parts: Parts<'m, S>,
        config: &Config,
        device: &mut D,
        now: Instant,
    ) -> Result<Self, ConfigError> {
        let Parts { sockets, mut slots, messages, spares, room } = parts;
        let mut stack = Stack::new(config, device, sockets, room, now)?;
        for slot in slots.iter_mut() {
            slot.renew(stack.socket(slot.socket), config.port, false, now);
        }
        Ok(Self {
            stack,
            listening: slots.len(),
            slots,
            messages,
            reserve: spares.max(1),
            nothing: Exchange::default(),
            accepted: 0,
            date: None,
            expected: 1,
            right: 0,
            emptied: now,
            first: 0,
            closes: false,
            draining: false,
        })
    }

    /// The interface: its addresses and routes may be changed at any time.
    pub fn interface(&mut self) -> &mut Interface {
        &mut self.stack.interface
    }

    /// The sockets, for others beside those of the server: between turns they may be added, as far as the set has room,
    /// and be removed again.
    ///
    /// # Panics
    /// The next turn, when one of the server's own was removed.
    pub fn sockets(&mut self) -> &mut SocketSet<'m> {
        &mut self.stack.sockets
    }

    /// The address that a DHCP server has given since this was last asked.
    #[cfg(feature = "dhcp")]
    pub fn take_lease(&mut self) -> Option<smoltcp::wire::IpCidr> {
        self.stack.take_lease()
    }

    /// Connections that are being made, are served, or are about to end.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.slots.iter().filter(|slot| !matches!(slot.state, SlotState::Shut | SlotState::Listening)).count()
    }

    /// Begins to drain: no socket listens any more, idle connections are closed, and the others after their answer.
    pub fn drain(&mut self) {
        if core::mem::replace(&mut self.draining, true) {
            return;
        }
        // What has come is to be looked at before connections are taken to be idle.
        self.expected = BACKLOG;
        for slot in self.slots.iter_mut() {
            if let SlotState::Serving(serving) = &mut slot.state {
                serving.unfinished = true;
            }
        }
    }

    /// Whether the server has been drained, and no connection is left.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.draining && self.slots.iter().all(|slot| matches!(slot.state, SlotState::Shut))
    }

    /// Does what can be done now, in bounded time. Tells by when it is to be called again although no frame comes in;
    /// `None` when nothing is waited for but frames.
    pub fn turn<A, D: Device>(
        &mut self,
        device: &mut D,
        service: &Service<'_, A, S>,
        clock: &impl Clock,
    ) -> Option<Instant>
    where
        S: Source<A> + Sink<A>,
    {
        let now = clock.now();
        self.read_wall_clock(clock);
        self.receive(device, now);
        #[cfg(feature = "dhcp")]
        let readdressed = self.stack.configure();
        #[cfg(not(feature = "dhcp"))]
        let readdressed = false;
        self.tend(service, now);
        self.keep_reserve(service, clock, now);
        self.serve_all(service, clock, now);
        let has_come = core::mem::take(&mut self.closes) && self.receive_ends(device, now);
        let has_more = self.stack.transmit(device, now);
        self.renew(now);
        // The stack has closed what had an address that is gone.
        if has_more || has_come || readdressed { Some(now) } else { self.wakes_at(now) }
    }

    /// Formats the date once a second.
    fn read_wall_clock(&mut self, clock: &impl Clock) {
        let seconds = clock.unix_seconds();
        if seconds != self.date.as_ref().map(Date::unix_seconds) {
            self.date = seconds.map(Date::from_unix);
        }
    }

    /// By when the next turn is due.
    fn wakes_at(&mut self, now: Instant) -> Option<Instant> {
        let mut next = self.stack.wakes_at(now).unwrap_or(Instant::NEVER);
        let has_memory = self.messages.has_free();
        let is_scarce = self.listening < self.reserve;
        for slot in self.slots.iter() {
            let is_due = matches!(&slot.state, SlotState::Serving(serving)
                if serving.unfinished || (has_memory && serving.waits_since.is_some()));
            next = next.min(if is_due { now } else { slot.deadline });
            // Whether the end of its handshake has come is to be known by the time a newcomer asks.
            let is_known = slot.since.after(ROUND_TRIP);
            if matches!(slot.state, SlotState::HalfOpen) && is_scarce && self.emptied < is_known {
                next = next.min(is_known);
            }
        }
        (next != Instant::NEVER).then_some(next)
    }
}

impl<S> core::fmt::Debug for Server<'_, S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Server").field("slots", &&self.slots[..]).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
