//! Over a blocking [`embedded_io`] stream.

use embedded_io::{Error, ErrorKind, Read, Write};

use super::Clock;
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::connection::{Buffers, Connection};
use crate::message::date::Date;
use crate::service::Service;

/// Serves one connection until it is over.
///
/// A stream that blocks for ever cannot notice deadlines: give it a time-out of its own, after which it fails with
/// [`ErrorKind::TimedOut`]; deadlines are then looked at, and the loop goes on. It is flushed before each wait for the
/// peer. While a source waits for an instant there is nothing to block on, and the clock is asked until it has come.
/// The stream is closed by dropping it, after the return.
///
/// # Errors
/// The first error of the stream that is neither a time-out nor an interruption; `WriteZero` of a stream that takes
/// nothing shows as the connection's end without an error. The connection is then over.
pub fn serve<A, S, T>(
    stream: &mut T,
    connection: &mut Connection,
    service: &Service<'_, A, S>,
    buffers: Buffers<'_, S>,
    clock: &impl Clock,
) -> Result<(), T::Error>
where
    S: Source<A> + Sink<A>,
    T: Read + Write,
{
    let mut lent = connection.lend(service, buffers, None);
    let mut is_flushed = true;
    while let Some(wants) = lent.wants() {
        let now = clock.now();
        if now >= wants.deadline {
            lent.handle_timeout(now);
            continue;
        }
        let error = if wants.run {
            lent.set_date(clock.unix_seconds().map(Date::from_unix));
            lent.run_handler(now, || clock.now());
            continue;
        } else if wants.transmit {
            is_flushed = false;
            match stream.write(lent.poll_transmit()) {
                Ok(0) => {
                    lent.handle_broken(now); // it promised not to, and would do so for ever
                    continue;
                }
                Ok(sent) => {
                    lent.handle_transmitted(sent, clock.now());
                    continue;
                }
                Err(error) => error,
            }
        } else if !is_flushed {
            is_flushed = true;
            match stream.flush() {
                Ok(()) => continue,
                Err(error) => error,
            }
        } else if wants.half_close {
            // A stream of bytes has no second side to close: what the peer still sends is of no use.
            lent.handle_half_closed(now);
            lent.handle_peer_closed(now);
            continue;
        } else if wants.receive {
            match stream.read(lent.receive_space()) {
                Ok(0) => {
                    lent.handle_peer_closed(clock.now());
                    continue;
                }
                Ok(length) => {
                    lent.handle_received(length, clock.now());
                    continue;
                }
                Err(error) => error,
            }
        } else {
            continue;
        };
        if !matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) {
            lent.handle_broken(clock.now());
            return Err(error);
        }
    }
    Ok(())
}
