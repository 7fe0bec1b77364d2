//! What the stack has done with the sockets: connections that have come, and those that have gone.

use core::net::IpAddr;

use bantam_core::connection::Connection;
use bantam_core::service::Service;
use bantam_core::time::Instant;
use smoltcp::socket::tcp;

use super::Server;
use crate::slots::SlotState;

impl<S> Server<'_, S> {
    /// Follows the stack: connections that have come, and those that have gone.
    pub(super) fn tend<A>(&mut self, service: &Service<'_, A, S>, now: Instant) {
        use tcp::State::{Closed, FinWait2, Listen, SynReceived, TimeWait};
        let (limits, port) = (service.limits(), self.stack.port);
        self.listening = 0;
        for slot in self.slots.iter_mut() {
            let socket = self.stack.socket(slot.socket);
            match (&mut slot.state, socket.state()) {
                (SlotState::Shut | SlotState::Serving(_) | SlotState::Last { .. }, _) => {}
                (SlotState::Listening, Listen) if !self.draining => {}
                (SlotState::Listening | SlotState::HalfOpen, SynReceived) => {
                    // It may be another one: since the last turn the first has taken back what it asked for.
                    if slot.meet(socket) {
                        slot.half_open(now);
                    } else if now >= slot.deadline {
                        // No reset: a client that has lost our answers will ask again.
                        slot.socket = self.stack.forget_neighbor(slot.socket);
                        slot.renew(self.stack.socket(slot.socket), port, self.draining, now);
                    }
                }
                (SlotState::Ending { .. }, TimeWait) => slot.ended(now),
                (SlotState::Listening | SlotState::HalfOpen, Closed | Listen | TimeWait)
                | (SlotState::Ending { .. }, Closed) => slot.renew(socket, port, self.draining, now),
                (SlotState::Listening | SlotState::HalfOpen, _) => {
                    slot.meet(socket);
                    let peer = slot.ends.map(|ends| (IpAddr::from(ends.peer.addr), ends.peer.port).into());
                    let connection = Connection::new(self.accepted, peer, now);
                    self.accepted = self.accepted.wrapping_add(1);
                    if let Some(connections) = service.connections() {
                        connections.opened();
                    }
                    slot.serving(connection, limits, now);
                }
                (SlotState::Ending { left, queued, until, is_taken }, state) => {
                    let is_within = throw_away(socket, left);
                    if socket.send_queue() < *queued {
                        *queued = socket.send_queue();
                        slot.deadline = now.after(limits.transmit_rate.grace).min(*until);
                    }
                    if !*is_taken && state == FinWait2 {
                        *is_taken = true;
                        slot.deadline = slot.deadline.min(now.after(limits.linger));
                    }
                    if !is_within || now >= slot.deadline {
                        slot.reset(socket, now);
                    }
                }
            }
            self.listening += usize::from(matches!(slot.state, SlotState::Listening));
        }
    }

    /// Those that have sent their last frame begin anew.
    pub(super) fn renew(&mut self, now: Instant) {
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
}

/// Takes what a peer sends after our end, and reads none of it. False when it is more than what is `left`, in bytes.
fn throw_away(socket: &mut tcp::Socket<'_>, left: &mut u64) -> bool {
    while socket.can_recv() {
        let length = socket.recv(|bytes| (bytes.len(), bytes.len())).unwrap_or(0);
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        let is_within = length <= *left;
        *left = left.saturating_sub(length);
        if !is_within {
            return false;
        }
    }
    true
}
