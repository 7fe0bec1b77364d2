//! Who gets a socket when there are too few. The spare sockets are the reserve: as long as nobody else needs them they
//! listen, and what takes one of them must give it, or another, back soon.
//!
//! ```text
//! the reserve is touched      the connection that has been idle longest is closed
//! no socket listens           a handshake that is not completed makes room, the oldest first
//!                             a connection that waits for memory is answered 503
//!                             one that has taken everything, and only has to close its side, is forgotten,
//!                             and then one that has all bytes and does not say that it knows of the end
//! nothing of it helps         the newcomer's request is overlooked; it comes again a second later
//! ```

use bantam_core::time::{Duration, Instant};
use smoltcp::socket::tcp;

use crate::slots::{Slot, SlotState, Slots};
use crate::stack::Stack;

/// A handshake takes this long where the network is a small one. Younger ones are not given up for others: many that
/// come at once would push each other out.
pub(crate) const ROUND_TRIP: Duration = Duration::from_millis(10);
/// How long a handshake may take where frames never cease to come, so that it is not known whether its own is among
/// those that nobody has taken in yet.
const LONGEST_UNSEEN: Duration = Duration::from_secs(1);
/// How long a connection may be silent before its first request without counting as idle.
const NEWCOMER: Duration = Duration::from_secs(1);
/// How long a request may wait for memory.
pub(crate) const PATIENCE: Duration = Duration::from_millis(250);

/// The answer to a request that there is no memory for.
#[cfg(feature = "reasons")]
pub(crate) const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n\
    Content-Type: text/plain; charset=utf-8\r\nContent-Length: 56\r\n\r\n\
    503 Service Unavailable: all connections are being used\n";
#[cfg(not(feature = "reasons"))]
pub(crate) const BUSY: &[u8] =
    b"HTTP/1.1 503 \r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// How many sockets listen.
pub(crate) fn count_listening(stack: &mut Stack<'_>, slots: &[Slot]) -> usize {
    slots.iter().filter(|slot| stack.socket(slot.socket).is_listening()).count()
}

/// Adds so many sockets that listen, where memory is left for more. Says how many they are.
pub(crate) fn grow<'m>(stack: &mut Stack<'m>, slots: &mut Slots<'m>, wanted: usize, now: Instant) -> usize {
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

/// Makes room for a newcomer, now that no socket listens; true when one does again. At `emptied` all frames had been
/// taken in: a server that is late must not blame a handshake whose end has long been there.
pub(crate) fn make_room(stack: &mut Stack<'_>, slots: &mut [Slot], emptied: Instant, now: Instant) -> bool {
    let half_open = oldest(slots, &mut |slot| {
        // The last frame may have completed it.
        matches!(slot.state, SlotState::HalfOpen)
            && stack.socket(slot.socket).state() == tcp::State::SynReceived
            && (emptied >= slot.since.after(ROUND_TRIP) || now.since(slot.since) >= LONGEST_UNSEEN)
    });
    let taken = || oldest(slots, &mut |slot| matches!(slot.state, SlotState::Ending { is_taken: true, .. }));
    let Some(slot) = half_open.or_else(taken).or_else(|| oldest_without_answer(stack, slots, now)) else {
        return false;
    };
    slots[slot].socket = stack.forget_neighbor(slots[slot].socket);
    let port = stack.port;
    let socket = stack.socket(slots[slot].socket);
    slots[slot].renew(socket, port, false, now);
    true
}

/// The connection whose peer has long had all bytes, and says nothing about our end.
fn oldest_without_answer(stack: &mut Stack<'_>, slots: &[Slot], now: Instant) -> Option<usize> {
    oldest(slots, &mut |slot| {
        matches!(slot.state, SlotState::Ending { .. })
            && now.since(slot.since) >= PATIENCE
            && stack.socket(slot.socket).send_queue() == 0
    })
}

/// Closes the connection that has been idle longest, if there is one; its socket listens again when the peer has closed
/// its side too.
pub(crate) fn longest_idle(stack: &mut Stack<'_>, slots: &[Slot], now: Instant) -> Option<usize> {
    let mut longest = None;
    for (index, slot) in slots.iter().enumerate() {
        let SlotState::Serving(serving) = &slot.state else { continue };
        let socket = stack.socket(slot.socket);
        let is_new = serving.connection.requests() == 0 && now.since(slot.since) < NEWCOMER;
        if serving.is_idle(socket) && !is_new && longest.is_none_or(|(_, deadline)| slot.deadline < deadline)
        {
            longest = Some((index, slot.deadline));
        }
    }
    longest.map(|(index, _)| index)
}

/// The connection that has waited longest for memory.
pub(crate) fn longest_waiting(slots: &[Slot]) -> Option<usize> {
    let waits = slots.iter().enumerate().filter_map(|(index, slot)| match &slot.state {
        SlotState::Serving(serving) => serving.waits_since.map(|_| (slot.deadline, index)),
        _ => None,
    });
    waits.min().map(|(_, index)| index)
}

fn oldest(slots: &[Slot], is_meant: &mut dyn FnMut(&Slot) -> bool) -> Option<usize> {
    let meant = slots.iter().enumerate().filter(|(_, slot)| is_meant(slot));
    meant.min_by_key(|(_, slot)| slot.since).map(|(index, _)| index)
}
