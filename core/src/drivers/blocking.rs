//! Over a blocking [`embedded_io`] stream.

use embedded_io::{Error, ErrorKind, Read, Write};

use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::connection::{Buffers, Connection};
use crate::service::Service;
use crate::time::Instant;

/// Serves one connection until it is over.
///
/// `clock` is monotonic. A stream that blocks for ever cannot notice deadlines: give it a time-out of its own, after
/// which it fails with [`ErrorKind::TimedOut`]; deadlines are then looked at, and the loop goes on. The stream is
/// closed by dropping it, after the return.
///
/// # Errors
/// The first error of the stream that is neither a time-out nor an interruption; the connection is then over.
pub fn serve<A, S, T>(
    stream: &mut T,
    connection: &mut Connection,
    service: &Service<'_, A, S>,
    buffers: Buffers<'_, S>,
    clock: impl Fn() -> Instant,
) -> Result<(), T::Error>
where
    S: Source<A> + Sink<A>,
    T: Read + Write,
{
    let mut lent = connection.lend(service, buffers, None);
    while let Some(wants) = lent.wants() {
        let moved = if wants.run {
            lent.run_handler(clock(), &clock);
            continue;
        } else if wants.transmit {
            stream.write(lent.poll_transmit()).map(|sent| lent.handle_transmitted(sent, clock()))
        } else if wants.half_close {
            // A stream of bytes has no second side to close: what the peer still sends is of no use.
            lent.handle_half_closed(clock());
            lent.handle_peer_closed(clock());
            continue;
        } else if wants.receive {
            match stream.read(lent.receive_space()) {
                Ok(0) => Ok(lent.handle_peer_closed(clock())),
                Ok(length) => Ok(lent.handle_received(length, clock())),
                Err(error) => Err(error),
            }
        } else {
            // A source waits for an instant: there is nothing to block on, so the clock is asked until it has come.
            lent.handle_timeout(clock());
            continue;
        };
        match moved.map_err(|error| (error.kind(), error)) {
            Ok(()) => {}
            Err((ErrorKind::TimedOut | ErrorKind::Interrupted, _)) => lent.handle_timeout(clock()),
            Err((_, error)) => {
                lent.handle_broken(clock());
                return Err(error);
            }
        }
    }
    Ok(())
}
