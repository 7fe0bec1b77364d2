//! How bytes get from a socket to the connection machine and back: one turn, until the socket or the peer is waited for.

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::connection::{Lent, Wants};
use bantam_core::drivers::Clock;
use bantam_core::time::Instant;
use smoltcp::socket::tcp;

/// Steps of one turn, after which others have theirs.
const STEPS: u32 = 64;

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// The connection is over; `cut` when the peer was still owed bytes.
    Closed { cut: bool },
    /// Something is waited for.
    Waiting(Wants),
    /// There is more to do at once.
    Unfinished,
}

/// Moves bytes until neither side can go on. Rings are read and filled across their ends, and nothing waits for an
/// acknowledgement unless a ring is full.
pub(crate) fn drive<A, S: Source<A> + Sink<A>>(
    lent: &mut Lent<'_, A, S>,
    socket: &mut tcp::Socket<'_>,
    clock: &impl Clock,
    now: Instant,
) -> After {
    let mut now = now;
    let mut is_asked_again = false;
    let mut cut = false;
    for _ in 0..STEPS {
        let Some(wants) = lent.wants() else { return After::Closed { cut } };
        if socket.state() == tcp::State::Closed {
            lent.handle_broken(now); // reset, or given up by the stack
        } else if wants.run {
            lent.run_handler(now, || {
                now = clock.now();
                now
            });
        } else if wants.transmit && socket.can_send() {
            let sent = socket.send_slice(lent.poll_transmit()).unwrap_or(0);
            lent.handle_transmitted(sent, now);
        } else if wants.fill && socket.can_send() {
            let _ = socket.send(|space| (lent.fill(space, now), ()));
        } else if wants.half_close {
            socket.close();
            // From here on the slot sees to it that the peer takes what is left: no memory is needed for that.
            lent.handle_half_closed(now);
            lent.handle_peer_closed(now);
        } else if wants.receive && socket.can_recv() {
            let length = socket.recv_slice(lent.receive_space()).unwrap_or(0);
            lent.handle_received(length, now);
        } else if wants.receive && !socket.may_recv() {
            lent.handle_peer_closed(now);
        } else if wants.deadline > now {
            return After::Waiting(wants);
        } else if core::mem::replace(&mut is_asked_again, true) {
            return After::Unfinished; // a source that lets others go first
        } else {
            cut = wants.transmit || wants.fill;
            lent.handle_timeout(now);
        }
    }
    After::Unfinished
}

/// The same for a connection that has no memory, because nothing is under way on it: its end, of whatever kind.
pub(crate) fn drive_idle<A, S: Source<A> + Sink<A>>(
    lent: &mut Lent<'_, A, S>,
    socket: &mut tcp::Socket<'_>,
    clock: &impl Clock,
    now: Instant,
) -> After {
    match socket.state() {
        tcp::State::Closed => lent.handle_broken(now),
        _ if !socket.may_recv() => lent.handle_peer_closed(now),
        _ => {}
    }
    match drive(lent, socket, clock, now) {
        After::Waiting(wants) => After::Waiting(Wants { receive: true, ..wants }),
        after => after,
    }
}
