//! Over an asynchronous [`embedded_io_async`] stream, such as an `embassy-net` socket.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use embedded_io_async::{Read, Write};

use super::Clock;
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::connection::{Buffers, Connection};
use crate::message::date::Date;
use crate::service::Service;
use crate::time::Instant;

/// The runtime's clock and timer.
pub trait Timer: Clock {
    /// Completes when `deadline` has passed.
    fn wait_until(&self, deadline: Instant) -> impl Future<Output = ()>;
}

/// Serves one connection until it is over; all deadlines hold. The stream is closed by its owner, after the return.
///
/// The stream is flushed before each wait for the peer and never inside an answer, because some runtimes wait there for
/// an acknowledgement. Its reads and writes must be safe to drop: one that has not completed may have moved no bytes.
/// The streams of `embassy-net` are; embedded-io only encourages it.
///
/// # Errors
/// The first error of the stream; the connection is then over.
pub async fn serve<A, S, T>(
    stream: &mut T,
    connection: &mut Connection,
    service: &Service<'_, A, S>,
    buffers: Buffers<'_, S>,
    timer: &impl Timer,
) -> Result<(), T::Error>
where
    S: Source<A> + Sink<A>,
    T: Read + Write,
{
    let mut lent = connection.lend(service, buffers, None);
    let mut is_flushed = true;
    while let Some(wants) = lent.wants() {
        if timer.now() >= wants.deadline {
            lent.handle_timeout(timer.now());
            continue;
        }
        let deadline = timer.wait_until(wants.deadline);
        let outcome = if wants.run {
            lent.set_date(timer.unix_seconds().map(Date::from_unix));
            lent.run_handler(timer.now(), || timer.now());
            continue;
        } else if wants.transmit {
            is_flushed = false;
            match before(stream.write(lent.poll_transmit()), deadline).await {
                Some(Ok(0)) => {
                    lent.handle_broken(timer.now()); // it promised not to, and would do so for ever
                    continue;
                }
                Some(Ok(sent)) => {
                    lent.handle_transmitted(sent, timer.now());
                    continue;
                }
                other => other.map(|outcome| outcome.map(|_| ())),
            }
        } else if !is_flushed {
            is_flushed = true;
            before(stream.flush(), deadline).await
        } else if wants.half_close {
            // A stream of bytes has no second side to close: what the peer still sends is of no use.
            lent.handle_half_closed(timer.now());
            lent.handle_peer_closed(timer.now());
            continue;
        } else if wants.receive {
            match before(stream.read(lent.receive_space()), deadline).await {
                Some(Ok(0)) => {
                    lent.handle_peer_closed(timer.now());
                    continue;
                }
                Some(Ok(length)) => {
                    lent.handle_received(length, timer.now());
                    continue;
                }
                other => other.map(|outcome| outcome.map(|_| ())),
            }
        } else {
            deadline.await;
            None
        };
        match outcome {
            Some(Ok(())) => {}
            None => lent.handle_timeout(timer.now()),
            Some(Err(error)) => {
                lent.handle_broken(timer.now());
                return Err(error);
            }
        }
    }
    Ok(())
}

/// The output of `work` if it comes before `deadline` does.
async fn before<T>(work: impl Future<Output = T>, deadline: impl Future<Output = ()>) -> Option<T> {
    let mut work = pin!(work);
    let mut deadline = pin!(deadline);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => deadline.as_mut().poll(context).map(|()| None),
    })
    .await
}
