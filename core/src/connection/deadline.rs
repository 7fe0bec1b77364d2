//! By when what is awaited must have happened. Every phase has a deadline; all come from [`Limits`](crate::limits::Limits).

use super::state::{Event, Phase};
use super::{Cause, Connection, Lent};
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::limits::Limits;
use crate::response::Outgoing;
use crate::time::{Duration, Instant};

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    /// When [`Lent::handle_timeout`] has something to do: [`Wants::deadline`](super::Wants::deadline).
    #[must_use]
    pub fn deadline(&self) -> Instant {
        let limits = &self.service.limits;
        let is_transmitting = self.is_transmitting();
        let phase_deadline = match self.connection.phase {
            #[cfg(feature = "gateways")]
            Phase::Idle if self.connection.preface.is_some() => self.connection.since.after(limits.head),
            // A peer that owes us nothing while it takes its answers is not idle.
            Phase::Idle if is_transmitting => return self.transmit_deadline(),
            Phase::Idle => {
                let silence = self.connection.since.after(self.service.idle());
                silence.min(self.connection.retires(limits, self.service.seed))
            }
            Phase::ReceiveHead => self.connection.since.after(limits.head),
            Phase::ReceiveContent => self.content_deadline().min(self.route_deadline()),
            Phase::DiscardContent => self.content_deadline(),
            Phase::Linger => return self.connection.since.after(limits.linger),
            // The handler can run, or waits for earlier answers to make room.
            Phase::RunHandler if !is_transmitting => Instant::NEVER,
            Phase::RunHandler | Phase::Flush => return self.transmit_deadline(),
            Phase::SendResponse if is_transmitting => {
                return self.transmit_deadline().min(self.route_deadline());
            }
            Phase::SendResponse => return self.source_deadline().min(self.route_deadline()),
            Phase::Closed => return self.connection.since,
        };
        match is_transmitting {
            true => phase_deadline.min(self.transmit_deadline()),
            false => phase_deadline,
        }
    }

    /// Acts on a deadline that has passed.
    pub(super) fn expire(&mut self, now: Instant) {
        if self.connection.phase == Phase::Closed || now < self.deadline() {
            return;
        }
        if self.is_transmitting() && now >= self.transmit_deadline() {
            return self.end(Event::Broken, now); // the peer does not take what it asked for
        }
        match self.connection.phase {
            Phase::ReceiveHead if !self.has_begun() => {
                watch!(self.tell_empty_lines());
                self.go(Event::Cut, now);
            }
            Phase::ReceiveHead | Phase::ReceiveContent => {
                self.refuse(Event::DeadlinePassed, Cause::TooSlow, now);
            }
            Phase::SendResponse => {
                let route = self.route_deadline();
                let exchange = &mut *self.buffers.exchange;
                let gave_up = exchange.source_since.after(self.service.limits.source).min(route);
                let wakes = core::mem::replace(&mut exchange.source_wakes, Instant::NEVER);
                if wakes != Instant::NEVER && now >= wakes && now < gave_up {
                    return; // the source is asked again
                }
                self.cut(now);
            }
            Phase::DiscardContent => {
                watch!(self.tell_undiscarded(Some(Cause::TooSlow)));
                self.go(Event::DeadlinePassed, now);
            }
            Phase::Idle | Phase::RunHandler | Phase::Flush | Phase::Linger | Phase::Closed => {
                self.end(Event::DeadlinePassed, now);
            }
        }
    }

    fn is_transmitting(&self) -> bool {
        let exchange = &self.buffers.exchange;
        !self.poll_transmit().is_empty() || exchange.has_file() || exchange.awaits_space
    }

    fn transmit_deadline(&self) -> Instant {
        self.connection.transmit.deadline(self.service.limits.transmit_rate)
    }

    fn content_deadline(&self) -> Instant {
        self.connection.content.deadline(self.service.limits.content_rate)
    }

    /// By when the route wants the request to be over.
    fn route_deadline(&self) -> Instant {
        let limits = self.route().and_then(|route| route.limits);
        limits.map_or(Instant::NEVER, |limits| self.connection.since.after(limits.time))
    }

    /// While the source gives nothing: the instant it named, the rate of the content it may be waiting for, and the
    /// longest that any source may wait.
    fn source_deadline(&self) -> Instant {
        let exchange = &self.buffers.exchange;
        let mut deadline = exchange.source_since.after(self.service.limits.source);
        if exchange.source_wakes != Instant::NEVER {
            deadline = deadline.min(exchange.source_wakes);
        } else if self.awaits_bytes() {
            deadline = deadline.min(self.content_deadline());
        }
        match exchange.outgoing {
            Outgoing::None => self.connection.since,
            _ => deadline,
        }
    }
}

impl Connection {
    /// From when on it has lived long enough.
    pub(super) fn retires(&self, limits: &Limits, seed: u64) -> Instant {
        match limits.age {
            Duration::MAX => Instant::NEVER,
            age => self.retires_after(age, seed),
        }
    }

    /// Numbers that follow each other, as those of connections that come together, are spread evenly by the multiplier,
    /// which is 2^64 by the golden ratio. Most servers have no use for it, so it stays out of the way of their requests.
    #[cold]
    fn retires_after(&self, age: Duration, seed: u64) -> Instant {
        let age = Instant::ZERO.after(age).as_micros();
        let spread = (self.number() ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
        let shorter = (age >> 18).saturating_mul(spread);
        self.opened.after(Duration::from_micros(age.saturating_sub(shorter)))
    }
}
