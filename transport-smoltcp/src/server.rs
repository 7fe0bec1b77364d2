//! What is done in one turn: frames in, connections served, frames out.

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::connection::{Buffers, Connection, Exchange, Lent};
use bantam_core::drivers::Clock;
use bantam_core::message::date::Date;
use bantam_core::middleware::metrics::State;
use bantam_core::service::Service;
use bantam_core::time::Instant;
use smoltcp::iface::{Interface, SocketSet};
use smoltcp::phy::Device;
use smoltcp::socket::tcp;

use crate::admission::{
    BUSY, PATIENCE, ROUND_TRIP, count_listening, longest_idle, longest_waiting, make_room,
};
use crate::config::{Config, ConfigError};
use crate::driver::{After, drive, drive_idle};
use crate::memory::{Messages, Parts};
use crate::slots::{Slot, SlotState, Slots};
use crate::stack::Stack;

/// Most frames that are taken in before connections are served.
const FRAMES: usize = 64;
/// Most frames that are taken in before a drain closes idle connections: what a TAP device keeps at most. They came
/// before the drain, and some bring requests.
const BACKLOG: usize = 1_024;
/// After so many turns with one frame each, a second one is asked for.
const SURE: u8 = 16;

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

    /// Ends all connections at once, and tells the application so: answers under way are cut.
    pub fn cut<A>(&mut self, service: &Service<'_, A, S>, now: Instant)
    where
        S: Source<A> + Sink<A>,
    {
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            let serving = match &mut slot.state {
                SlotState::Serving(serving) => serving,
                // Not served any more, or not yet; it waits for a word all the same.
                SlotState::HalfOpen | SlotState::Ending { is_taken: false, .. } => {
                    slot.reset(self.stack.socket(slot.socket), now);
                    continue;
                }
                // Who has taken everything keeps it: a reset could take it away.
                SlotState::Ending { .. }
                | SlotState::Shut
                | SlotState::Listening
                | SlotState::Last { .. } => continue,
            };
            let buffers = match serving.message.and_then(|message| self.messages.lend(message)) {
                Some(buffers) => buffers,
                None => Buffers::new(&mut [], &mut [], &mut [], &mut self.nothing),
            };
            let mut lent = serving.connection.lend(service, buffers, self.date);
            guarded(&mut lent, now, |lent| {
                lent.handle_broken(now);
                After::Closed { cut: true }
            });
            self.finish(index, true, service, now);
        }
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
        let has_more = self.stack.transmit(device, now);
        self.renew(now);
        // The stack has closed what had an address that is gone.
        if has_more || readdressed { Some(now) } else { self.wakes_at(now) }
    }

    /// Formats the date once a second.
    fn read_wall_clock(&mut self, clock: &impl Clock) {
        let seconds = clock.unix_seconds();
        if seconds != self.date.as_ref().map(Date::unix_seconds) {
            self.date = seconds.map(Date::from_unix);
        }
    }

    /// Takes frames in. As many as came last time are likely to be there, so no time is spent on asking for one more;
    /// whoever waits for frames finds those that are left.
    fn receive<D: Device>(&mut self, device: &mut D, now: Instant) {
        for taken in 0..self.expected {
            let Self { stack, slots, listening, reserve, draining, emptied, .. } = self;
            let admits = |stack: &mut Stack<'m>, ends| {
                // A copy that the network held back must not get to another socket: what follows on the connection goes to
                // the first one that answers to the name.
                if let Some(slot) = slots.iter().find(|slot| slot.ends == Some(ends)) {
                    slot.probe(stack.socket(slot.socket));
                    return false;
                }
                if *listening == 0 {
                    *listening = count_listening(stack, slots);
                }
                if *listening == 0 && !*draining {
                    *listening = grow(stack, slots, *reserve, now);
                }
                if *listening == 0 && !*draining && make_room(stack, slots, *emptied, now) {
                    *listening = 1;
                }
                // Whoever comes while the server drains is refused by the stack.
                let is_admitted = *listening > 0 || *draining;
                *listening = listening.saturating_sub(1);
                is_admitted
            };
            if !stack.receive(device, now, admits) {
                self.expected = taken.max(1);
                self.emptied = now;
                self.right = 0;
                return;
            }
        }
        self.right = self.right.saturating_add(1);
        if self.expected > 1 || self.right >= SURE {
            self.expected = self.expected.saturating_mul(2).min(FRAMES);
        }
    }

    /// Follows the stack: connections that have come, and those that have gone.
    fn tend<A>(&mut self, service: &Service<'_, A, S>, now: Instant) {
        use tcp::State::{Closed, Established, FinWait2, Listen, SynReceived, TimeWait};
        let (limits, port) = (service.limits(), self.stack.port);
        self.listening = 0;
        for slot in self.slots.iter_mut() {
            let socket = self.stack.socket(slot.socket);
            match (&mut slot.state, socket.state()) {
                (SlotState::Shut | SlotState::Serving(_) | SlotState::Last { .. }, _) => {}
                (SlotState::Listening, Listen) if !self.draining => {}
                (SlotState::Listening, SynReceived) => {
                    slot.meet(socket);
                    slot.half_open(now);
                }
                (SlotState::HalfOpen, SynReceived) if now < slot.deadline => {}
                (SlotState::HalfOpen, SynReceived) => slot.reset(socket, now),
                (SlotState::Ending { .. }, TimeWait) => slot.ended(now),
                (SlotState::Listening | SlotState::HalfOpen, Closed | Listen | TimeWait)
                | (SlotState::Ending { .. }, Closed) => slot.renew(socket, port, self.draining, now),
                (SlotState::Listening | SlotState::HalfOpen, _) => {
                    slot.meet(socket);
                    let peer =
                        socket.remote_endpoint().map(|peer| (core::net::IpAddr::from(peer.addr), peer.port));
                    let connection = Connection::new(self.accepted, peer.map(Into::into), now);
                    self.accepted = self.accepted.wrapping_add(1);
                    if let Some(connections) = service.connections() {
                        connections.opened();
                    }
                    slot.serving(connection, limits, now);
                }
                (SlotState::Ending { left, is_taken }, state) => {
                    let mut is_too_much = false;
                    while socket.can_recv() && !is_too_much {
                        let length = socket.recv(|bytes| (bytes.len(), bytes.len())).unwrap_or(0);
                        let length = u64::try_from(length).unwrap_or(u64::MAX);
                        is_too_much = length > *left;
                        *left = left.saturating_sub(length);
                    }
                    if !*is_taken && state == FinWait2 {
                        *is_taken = true;
                        slot.deadline = slot.deadline.min(now.after(limits.linger));
                    }
                    if is_too_much || now >= slot.deadline || state == Established {
                        slot.reset(socket, now);
                    }
                }
            }
            self.listening += usize::from(matches!(slot.state, SlotState::Listening));
        }
    }

    /// Those that have sent their last frame begin anew.
    fn renew(&mut self, now: Instant) {
        let port = self.stack.port;
        for slot in self.slots.iter_mut() {
            let SlotState::Last { is_reset } = slot.state else { continue };
            if is_reset {
                slot.socket = self.stack.forget_neighbor(slot.socket);
            }
            slot.renew(self.stack.socket(slot.socket), port, self.draining, now);
            self.listening += usize::from(!self.draining);
        }
    }

    /// Sees to it that newcomers find a socket.
    fn keep_reserve<A>(&mut self, service: &Service<'_, A, S>, clock: &impl Clock, now: Instant)
    where
        S: Source<A> + Sink<A>,
    {
        if self.draining || self.listening >= self.reserve {
            return;
        }
        self.listening += grow(&mut self.stack, &mut self.slots, self.reserve - self.listening, now);
        // Those that listen again soon, or would make room at once: a handshake is no newcomer before it is complete.
        let is_near = |slot: &&Slot| {
            matches!(slot.state, SlotState::HalfOpen | SlotState::Ending { .. } | SlotState::Last { .. })
        };
        let near = self.slots.iter().filter(is_near).count();
        if self.listening + near < self.reserve
            && let Some(index) = longest_idle(&mut self.stack, &self.slots, now)
        {
            self.end_idle(index, service, clock, now);
        }
        if self.listening == 0
            && let Some(index) = longest_waiting(&self.slots)
        {
            self.refuse(index, service, now);
        }
    }

    /// Serves all that have something to do.
    fn serve_all<A>(&mut self, service: &Service<'_, A, S>, clock: &impl Clock, now: Instant)
    where
        S: Source<A> + Sink<A>,
    {
        let count = self.slots.len();
        self.first = if self.first + 1 < count { self.first + 1 } else { 0 };
        for index in (self.first..count).chain(0..self.first) {
            let slot = &mut self.slots[index];
            let SlotState::Serving(serving) = &slot.state else { continue };
            if now >= slot.deadline || serving.is_ready(self.stack.socket(slot.socket)) {
                self.serve(index, service, clock, now);
            }
        }
    }

    /// One turn of a connection.
    fn serve<A>(&mut self, index: usize, service: &Service<'_, A, S>, clock: &impl Clock, now: Instant)
    where
        S: Source<A> + Sink<A>,
    {
        let slot = &mut self.slots[index];
        let socket = self.stack.socket(slot.socket);
        let SlotState::Serving(serving) = &mut slot.state else { return };
        if serving.message.is_none() && socket.can_recv() {
            serving.message = self.messages.take();
            if serving.message.is_none() {
                let since = *serving.waits_since.get_or_insert(now);
                slot.deadline = since.after(PATIENCE);
                serving.unfinished = false;
                if now >= slot.deadline {
                    self.refuse(index, service, now);
                }
                return;
            }
            serving.waits_since = None;
        }
        let (buffers, is_idle) = match serving.message.and_then(|message| self.messages.lend(message)) {
            Some(buffers) => (buffers, false),
            None => (Buffers::new(&mut [], &mut [], &mut [], &mut self.nothing), true),
        };
        let mut lent = serving.connection.lend(service, buffers, self.date);
        let drive = if is_idle { drive_idle } else { drive };
        let draining = self.draining;
        let after = guarded(&mut lent, now, |lent| {
            let after = drive(lent, socket, clock, now);
            // What came before the drain has been served now.
            if draining && matches!(after, After::Waiting(_)) {
                lent.handle_shutdown(now);
                return drive(lent, socket, clock, now);
            }
            after
        });
        if let Some(message) = serving.message.take_if(|_| !serving.connection.holds_buffers()) {
            self.messages.give_back(message);
        }
        if let Some(state) = State::of(serving.connection.phase()) {
            serving.count(service, state);
        }
        match after {
            After::Waiting(wants) => {
                serving.awaits(wants);
                slot.deadline = wants.deadline;
            }
            After::Unfinished => serving.unfinished = true,
            After::Closed { cut } => {
                self.finish(index, cut, service, now);
            }
        }
    }

    /// The connection is over; its socket may have a while to go.
    fn finish<A>(&mut self, index: usize, cut: bool, service: &Service<'_, A, S>, now: Instant) {
        let slot = &mut self.slots[index];
        let socket = self.stack.socket(slot.socket);
        if let SlotState::Serving(serving) = &mut slot.state {
            if let Some(message) = serving.message.take() {
                self.messages.give_back(message);
            }
            if let Some(connections) = service.connections() {
                connections.moved(serving.counted, None);
            }
        }
        if cut || socket.state() == tcp::State::Closed {
            // An end without a reset would pass for the end of an answer whose length was not announced.
            slot.reset(socket, now);
        } else {
            socket.close();
            slot.ending(socket, service.limits(), now);
        }
    }

    /// Closes an idle connection.
    fn end_idle<A>(&mut self, index: usize, service: &Service<'_, A, S>, clock: &impl Clock, now: Instant)
    where
        S: Source<A> + Sink<A>,
    {
        let slot = &mut self.slots[index];
        let socket = self.stack.socket(slot.socket);
        let SlotState::Serving(serving) = &mut slot.state else { return };
        let nothing = Buffers::new(&mut [], &mut [], &mut [], &mut self.nothing);
        let mut lent = serving.connection.lend(service, nothing, self.date);
        let after = guarded(&mut lent, now, |lent| {
            lent.handle_shutdown(now);
            drive_idle(lent, socket, clock, now)
        });
        if let After::Closed { cut } = after {
            self.finish(index, cut, service, now);
        }
    }

    /// Answers 503 without reading the request: there is no memory for it.
    fn refuse<A>(&mut self, index: usize, service: &Service<'_, A, S>, now: Instant) {
        // A ring has room for it, unless the peer has not taken its last answer yet.
        let sent = self.stack.socket(self.slots[index].socket).send_slice(BUSY).unwrap_or(0);
        self.finish(index, sent < BUSY.len(), service, now);
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

/// Adds so many sockets that listen, where memory is left for more. Says how many they are.
fn grow<'m>(stack: &mut Stack<'m>, slots: &mut Slots<'m>, wanted: usize, now: Instant) -> usize {
    let port = stack.port;
    let mut added = 0;
    while added < wanted
        && let Some(slot) = slots.grow(&mut stack.sockets)
    {
        slot.renew(stack.socket(slot.socket), port, false, now);
        added += 1;
    }
    added
}

impl<S> core::fmt::Debug for Server<'_, S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Server").field("slots", &&self.slots[..]).finish_non_exhaustive()
    }
}

/// Runs a turn. Where panics can be caught, one in application code costs its client a 500, and the server nothing.
fn guarded<A, S: Source<A> + Sink<A>>(
    lent: &mut Lent<'_, A, S>,
    now: Instant,
    mut turn: impl FnMut(&mut Lent<'_, A, S>) -> After,
) -> After {
    #[cfg(feature = "std")]
    {
        use core::panic::AssertUnwindSafe;
        use std::panic::catch_unwind;
        let mut after = catch_unwind(AssertUnwindSafe(|| turn(lent)));
        // A second time for middleware that panics over every answer; a third panic has nothing left to say.
        for _ in 0..2 {
            if after.is_err() {
                after = catch_unwind(AssertUnwindSafe(|| {
                    lent.handle_panic(now);
                    turn(lent)
                }));
            }
        }
        after.unwrap_or(After::Closed { cut: true })
    }
    #[cfg(not(feature = "std"))]
    {
        let _ = now;
        turn(lent)
    }
}
