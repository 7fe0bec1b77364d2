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
    /// called when [`Lent::poll_transmit`] is empty; writes nothing otherwise, nor when
    /// [`Wants::fill`](super::Wants::fill) is false. What is lent may be short, as at the end of a ring: a source that is
    /// promised more is given the transmit buffer as ever.
    pub fn fill(&mut self, space: &mut [u8], now: Instant) -> usize {
        let Self { buffers, .. } = self;
        let exchange = &mut *buffers.exchange;
        let (Outgoing::Source(_), Encoder::Sized(owed)) = (&exchange.outgoing, exchange.encoder()) else {
            return 0;
        };
        if !Self::STREAMS || !exchange.awaits_space || !exchange.pending.is_empty() || space.is_empty() {
            return 0;
        }
        exchange.awaits_space = false;
        let is_enough = space.len() >= buffers.transmit.len() / 4 || space.len() as u64 >= owed;
        let malformed = self.decode().err();
        let has_moved = self.pull_into(is_enough.then_some(space), malformed, now);
        let mut filled = 0;
        if is_enough {
            let length = owed.saturating_sub(self.buffers.exchange.owed);
            filled = usize::try_from(length).unwrap_or(usize::MAX);
            self.connection.transmit.advance(filled, now);
            self.connection.content.stood_still(self.connection.transmit.began(), now);
        }
        if has_moved {
            self.advance(now);
        }
        filled
    }

    /// Whether the next bytes of content are written when the transport lends space, and the source is not pulled now.
    pub(super) fn leaves_to_fill(&mut self, now: Instant) -> bool {
        let exchange = &mut *self.buffers.exchange;
        if !self.fills || !matches!(exchange.encoder(), Encoder::Sized(_)) {
            return false;
        }
        if !exchange.awaits_space && exchange.pending.is_empty() && exchange.source_since != now {
            self.connection.transmit = Pace::begin(now); // the peer has waited for us until now
        }
        exchange.awaits_space = true;
        true
    }
}
