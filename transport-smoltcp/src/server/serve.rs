//! One turn of a connection: what it is lent, and what comes of it.

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::connection::{Buffers, Exchange, Lent, Wants};
use bantam_core::drivers::Clock;
use bantam_core::message::date::Date;
use bantam_core::middleware::metrics::State;
use bantam_core::service::Service;
use bantam_core::time::Instant;

use super::Server;
use crate::admission::PATIENCE;
use crate::driver::{After, drive, drive_idle};
use crate::memory::Messages;
use crate::slots::{Serving, SlotState, Waiting};

impl<S> Server<'_, S> {
    /// Serves all that have something to do.
    pub(super) fn serve_all<A>(&mut self, service: &Service<'_, A, S>, clock: &impl Clock, now: Instant)
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
                if serving.waits_since.replace(Waiting).is_none() {
                    slot.deadline = now.after(PATIENCE);
                }
                serving.unfinished = false;
                if now >= slot.deadline {
                    self.refuse(index, service, now);
                }
                return;
            }
            serving.waits_since = None;
        }
        let left_for_first = serving.connection.left_for_first();
        let drive = if serving.message.is_none() { drive_idle } else { drive };
        let mut lent = lend(serving, self.messages, &mut self.nothing, service, self.date);
        lent.set_fills(true);
        let draining = self.draining;
        let after = guarded(&mut lent, now, |lent| {
            let after = drive(lent, socket, clock, now);
            // What came before the drain has been served now.
            match (after, left_for_first) {
                (After::Waiting(wants), Some(until)) if draining && now < until => {
                    After::Waiting(Wants { deadline: wants.deadline.min(until), ..wants })
                }
                (After::Waiting(_), _) if draining => {
                    lent.handle_shutdown(now);
                    drive(lent, socket, clock, now)
                }
                _ => after,
            }
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
}

/// Lends a connection the memory that it has; without any, nothing is under way on it.
pub(super) fn lend<'l, A, S: Source<A> + Sink<A>>(
    serving: &'l mut Serving,
    messages: &'l mut dyn Messages<S>,
    nothing: &'l mut Exchange<S>,
    service: &'l Service<'_, A, S>,
    date: Option<Date>,
) -> Lent<'l, A, S> {
    let buffers = match serving.message.and_then(|message| messages.lend(message)) {
        Some(buffers) => buffers,
        None => Buffers::new(&mut [], &mut [], &mut [], nothing),
    };
    serving.connection.lend(service, buffers, date)
}

/// Runs a turn. Where panics can be caught, one in application code costs its client a 500, and the server nothing.
pub(super) fn guarded<A, S: Source<A> + Sink<A>>(
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
