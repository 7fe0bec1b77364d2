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
        let error = if wants.run {
            lent.run_handler(clock(), &clock);
            continue;
        } else if wants.half_close {
            // A stream of bytes has no second side to close: what the peer still sends is of no use.
            lent.handle_half_closed(clock());
            lent.handle_peer_closed(clock());
            continue;
        } else if wants.transmit {
            match stream.write(lent.poll_transmit()) {
                Ok(sent) => {
                    lent.handle_transmitted(sent, clock());
                    continue;
                }
                Err(error) => Some(error),
            }
        } else if wants.receive {
            match stream.read(lent.receive_space()) {
                Ok(0) => {
                    lent.handle_peer_closed(clock());
                    continue;
                }
                Ok(length) => {
                    lent.handle_received(length, clock());
                    continue;
                }
                Err(error) => Some(error),
            }
        } else {
            None // a source waits for an instant: there is nothing to block on, so the clock is asked until it has come
        };
        match error.map(|error| (error.kind(), error)) {
            None | Some((ErrorKind::TimedOut | ErrorKind::Interrupted, _)) => lent.handle_timeout(clock()),
            Some((_, error)) => {
                lent.handle_broken(clock());
                return Err(error);
            }
        }
    }
    Ok(())
}
