//! How a connection ends: by itself, idle, for want of memory, or cut.

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::drivers::Clock;
use bantam_core::service::Service;
use bantam_core::time::Instant;
use smoltcp::socket::tcp;

use super::Server;
use super::serve::{guarded, lend};
use crate::admission::BUSY;
use crate::driver::{After, drive_idle};
use crate::slots::SlotState;

impl<S> Server<'_, S> {
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
            let mut lent = lend(serving, self.messages, &mut self.nothing, service, self.date);
            guarded(&mut lent, now, |lent| {
                lent.handle_broken(now);
                After::Closed { cut: true }
            });
            self.finish(index, true, service, now);
        }
    }

    /// The connection is over; its socket may have a while to go.
    pub(super) fn finish<A>(&mut self, index: usize, cut: bool, service: &Service<'_, A, S>, now: Instant) {
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
            self.closes = true;
            socket.close();
            slot.ending(socket, service.limits(), now);
        }
    }

    /// Closes an idle connection.
    pub(super) fn end_idle<A>(
        &mut self,
        index: usize,
        service: &Service<'_, A, S>,
        clock: &impl Clock,
        now: Instant,
    ) where
        S: Source<A> + Sink<A>,
    {
        let slot = &mut self.slots[index];
        let socket = self.stack.socket(slot.socket);
        let SlotState::Serving(serving) = &mut slot.state else { return };
        let mut lent = lend(serving, self.messages, &mut self.nothing, service, self.date);
        let after = guarded(&mut lent, now, |lent| {
            lent.handle_shutdown(now);
            drive_idle(lent, socket, clock, now)
        });
        if let After::Closed { cut } = after {
            self.finish(index, cut, service, now);
        }
    }

    /// Answers 503 without reading the request: there is no memory for it.
    pub(super) fn refuse<A>(&mut self, index: usize, service: &Service<'_, A, S>, now: Instant) {
        // A ring has room for it, unless the peer has not taken its last answer yet.
        let sent = self.stack.socket(self.slots[index].socket).send_slice(BUSY).unwrap_or(0);
        self.finish(index, sent < BUSY.len(), service, now);
    }
}
