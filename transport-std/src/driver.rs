//! How bytes get from a socket to the connection machine and back: one turn, until the socket or the peer is waited for.

use core::time::Duration;
use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::connection::Lent;
use bantam_core::time::Instant;

use crate::blocking::Pool;
use crate::clock::Clock;
use crate::fault::{self, Call};
use crate::file::{self, Unsent};
use crate::poller::{DRAINED_BY_SHORT, Stream};
use crate::warnings::Stalls;

/// Reads and writes of one turn, after which others have theirs. A peer that is as fast as we are would otherwise keep
/// a worker for as long as it likes.
const TURN: u32 = 64;
/// After this many of them the time counts too: sources can take long to give their bytes.
const FREE: u32 = 4;
/// Longest time of the rest of a turn; the step that passes it is the last.
const SLICE: Duration = Duration::from_millis(4);

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// The connection is over.
    Closed,
    /// The socket is waited for, until this instant.
    Waiting(Instant),
    /// There is more to do at once.
    Unfinished,
    /// The handler waits, and is to be passed on to a thread that may; the pool has a place for it.
    Blocking,
}

/// What is known of a socket's readiness when a turn begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Readiness {
    pub(crate) readable: bool,
    /// The peer has closed its side, or the connection failed: a short read is not the last one.
    pub(crate) hangup: bool,
}

/// What a turn uses of the server.
pub(crate) struct Surroundings<'t> {
    pub(crate) clock: &'t Clock,
    pub(crate) pool: &'t Pool,
    pub(crate) stalls: &'t Stalls,
}

/// Moves bytes until neither side can go on. `now` is moved on where the clock is read.
pub(crate) fn drive<A, S: Source<A> + Sink<A>>(
    lent: &mut Lent<'_, A, S>,
    mut stream: &Stream,
    readiness: &mut Readiness,
    Surroundings { clock, pool, stalls }: &Surroundings<'_>,
    now: &mut Instant,
) -> After {
    let mut writable = true;
    let mut is_asked_again = false;
    let mut began = *now;
    let mut has_run = false; // and the clock was read behind it
    for step in 0..TURN {
        let is_fresh = core::mem::take(&mut has_run);
        if step >= FREE {
            if !is_fresh {
                *now = clock.now();
            }
            if step == FREE {
                began = *now;
            } else if now.since(began) > SLICE {
                return After::Unfinished;
            }
        }
        let Some(wants) = lent.wants_at_once() else { return After::Closed };
        if wants.blocking {
            if pool.admit() {
                return After::Blocking;
            }
            lent.handle_overload();
        } else if wants.run {
            let before = *now;
            lent.run_handler_observed(before, |request| {
                *now = clock.now();
                stalls.look(request, before, *now);
                *now
            });
            has_run = true;
        } else if wants.transmit && writable {
            let bytes = lent.poll_transmit();
            let length = bytes.len();
            let written = fault::before(Call::Write).and_then(|()| match wants.file {
                true => file::send_before(stream, bytes),
                false => stream.write(bytes),
            });
            match written {
                Ok(sent) => {
                    writable = sent == length || !DRAINED_BY_SHORT;
                    lent.handle_transmitted(sent, *now);
                }
                Err(error) if is_not_ready(&error) => writable = error.kind() == ErrorKind::Interrupted,
                Err(_) => lent.handle_broken(*now),
            }
        } else if wants.file && writable {
            match lent.poll_file().map(|part| file::send(stream, &part)) {
                Some(Ok(0)) => lent.handle_file_failed(*now),
                Some(Ok(sent)) => lent.handle_file_sent(sent, *now),
                Some(Err(Unsent::NotReady)) => writable = false,
                Some(Err(Unsent::Interrupted)) => {}
                Some(Err(Unsent::Unreadable)) => lent.handle_file_failed(*now),
                Some(Err(Unsent::Broken)) => lent.handle_broken(*now),
                Some(Err(Unsent::Unsendable)) | None => lent.handle_file_unsendable(*now),
            }
        } else if wants.half_close {
            // A socket that is gone already needs no farewell.
            let _ = stream.shutdown(Shutdown::Write);
            lent.handle_half_closed(*now);
        } else if wants.receive && readiness.readable {
            let space = lent.receive_space();
            let room = space.len();
            match fault::before(Call::Read).and_then(|()| stream.read(space)) {
                Ok(0) => lent.handle_peer_closed(*now),
                Ok(length) => {
                    readiness.readable = length == room || readiness.hangup || !DRAINED_BY_SHORT;
                    lent.handle_received(length, *now);
                }
                Err(error) if is_not_ready(&error) => {
                    readiness.readable = error.kind() == ErrorKind::Interrupted;
                }
                Err(_) => lent.handle_broken(*now),
            }
        } else {
            let deadline = lent.deadline();
            if deadline > *now {
                return After::Waiting(deadline);
            } else if core::mem::replace(&mut is_asked_again, true) {
                return After::Unfinished; // a source that lets others go first
            }
            lent.handle_timeout(*now);
        }
    }
    After::Unfinished
}

fn is_not_ready(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
