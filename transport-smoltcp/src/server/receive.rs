//! Which frames are taken in, and what a newcomer finds: a socket that listens, as long as there is any way to it.

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::drivers::Clock;
use bantam_core::service::Service;
use bantam_core::time::Instant;
use smoltcp::phy::Device;

use super::Server;
use crate::admission::{count_listening, grow, longest_idle, longest_waiting, make_room};
use crate::slots::{Slot, SlotState};
use crate::stack::Stack;

/// Most frames that are taken in before connections are served.
const FRAMES: usize = 64;
/// After so many turns with one frame each, a second one is asked for.
const SURE: u8 = 16;

impl<'m, S> Server<'m, S> {
    /// Takes frames in. As many as came last time are likely to be there, so no time is spent on asking for one more;
    /// whoever waits for frames finds those that are left. Tells how many were taken.
    pub(super) fn receive<D: Device>(&mut self, device: &mut D, now: Instant) -> usize {
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
                return taken;
            }
        }
        let taken = self.expected;
        self.right = self.right.saturating_add(1);
        if self.expected > 1 || self.right >= SURE {
            self.expected = self.expected.saturating_mul(2).min(FRAMES);
        }
        taken
    }

    /// Takes in what has come since, before an end of ours is sent; whether there was anything. A client that closes at
    /// once behind its request has its end acknowledged with ours. When the two cross on the way, the client may send its
    /// own again with its acknowledgement of ours, and smoltcp drops that as out of its window: the socket would wait for
    /// its retransmission, which takes a second.
    pub(super) fn receive_ends<D: Device>(&mut self, device: &mut D, now: Instant) -> bool {
        let expected = core::mem::replace(&mut self.expected, FRAMES);
        let taken = self.receive(device, now);
        self.expected = expected;
        taken > 0
    }

    /// Sees to it that newcomers find a socket.
    pub(super) fn keep_reserve<A>(&mut self, service: &Service<'_, A, S>, clock: &impl Clock, now: Instant)
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
}
