//! Content that a source writes where the transport has it sent from, such as the ring of a socket: it is not copied
//! through the transmit buffer.

use super::Lent;
use crate::body::encode::Encoder;
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::limits::Pace;
use crate::response::Outgoing;
use crate::time::Instant;

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    /// Tells whether the transport lends space of its own, as [`Wants::fill`](super::Wants::fill) asks; it does not
    /// otherwise. To be told as often as buffers are lent.
    pub fn set_fills(&mut self, fills: bool) {
        self.fills = fills;
    }

    /// Writes content to the front of `space`, and returns how many bytes that are: the peer's side has taken them. To be
    /// called when [`Wants::fill`](super::Wants::fill) says so, and [`Lent::poll_transmit`] is empty; writes nothing
    /// otherwise. What is lent may be short, as at the end of a ring: a source that is promised more is given the transmit
    /// buffer as ever.
    pub fn fill(&mut self, space: &mut [u8], now: Instant) -> usize {
        let worth = self.buffers.transmit.len() / 4;
        let exchange = &mut *self.buffers.exchange;
        let is_awaited = Self::STREAMS && exchange.awaits_space && exchange.pending.is_empty();
        if !is_awaited || space.is_empty() {
            return 0;
        }
        exchange.awaits_space = false;
        // While the peer made no room, neither the source nor the request's content was waited for.
        let since = self.connection.transmit.resume(now);
        exchange.source_since = exchange.source_since.after(now.since(since));
        self.connection.content.stood_still(since, now);
        let is_enough = space.len() >= worth || space.len() as u64 >= exchange.owed;
        let (mut filled, mut has_moved) = (0_usize, false);
        loop {
            let malformed = self.decode().err();
            let before = self.buffers.exchange.owed;
            let rest = is_enough.then(|| space.get_mut(filled..).unwrap_or_default());
            let moves = self.pull_into(rest, malformed, now);
            has_moved |= moves;
            if !is_enough {
                break;
            }
            let exchange = &self.buffers.exchange;
            let length = usize::try_from(before.saturating_sub(exchange.owed)).unwrap_or(usize::MAX);
            filled = filled.saturating_add(length);
            let has_more = matches!(exchange.outgoing, Outgoing::Source(_)) && exchange.owed > 0;
            // A source that gives little is asked again while there is room worth it, as for the transmit buffer.
            if !moves || !has_more || space.len().saturating_sub(filled) < worth {
                break;
            }
        }
        self.connection.transmit.advance(filled, now);
        if self.connection.transmit.bytes() >= self.buffers.transmit.len() as u64 {
            self.connection.transmit = Pace::begin(now); // as for every bufferful
        }
        if has_moved {
            self.advance(now);
        }
        filled
    }

    /// Whether the next bytes of content are written when the transport lends space, and the source is not pulled now. What
    /// there is room for behind bytes that wait already goes with them.
    pub(super) fn leaves_to_fill(&mut self, now: Instant) -> bool {
        let exchange = &mut *self.buffers.exchange;
        let is_sized = matches!(exchange.encoder(), Encoder::Sized(_));
        if !self.fills || !is_sized || !exchange.pending.is_empty() {
            return false;
        }
        if !exchange.awaits_space && exchange.source_since != now {
            self.connection.transmit = Pace::begin(now); // the peer has waited for us until now
        }
        exchange.awaits_space = true;
        true
    }
}
