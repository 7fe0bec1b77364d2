//! Over an asynchronous [`embedded_io_async`] stream, such as an `embassy-net` socket.

use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;

use embedded_io_async::{ErrorType, Read, Write};

use super::Clock;
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::connection::{Buffers, Connection, Lent, Wants};
use crate::message::date::Date;
use crate::service::Service;
use crate::time::Instant;

/// The runtime's clock and timer.
pub trait Timer: Clock {
    /// Completes when `deadline` has passed.
    fn wait_until(&self, deadline: Instant) -> impl Future<Output = ()>;
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The peer was given all that it was owed.
    Whole,
    /// The peer did not take its answer in time. Who can, ends the stream with a reset: an orderly end could make what
    /// did arrive look complete.
    Cut,
}

/// Serves one connection until it is over; all deadlines hold. The stream is closed by its owner, after the return.
///
/// The stream is flushed before each wait for the peer and never inside an answer, because some runtimes wait there for
/// an acknowledgement; see [`Unflushed`] for what even that may cost. Its reads and writes must be safe to drop: one that
/// has not completed may have moved no bytes. The streams of `embassy-net` are; embedded-io only encourages it.
///
/// A stream whose sending side can be closed alone, as TCP's can, is better served by [`serve_closing`].
///
/// # Errors
/// The first error of the stream; the connection is then over.
pub async fn serve<A, S, T>(
    stream: &mut T,
    connection: &mut Connection,
    service: &Service<'_, A, S>,
    buffers: Buffers<'_, S>,
    timer: &impl Timer,
) -> Result<Ended, T::Error>
where
    S: Source<A> + Sink<A>,
    T: Read + Write,
{
    // Without a side to close, what the peer still sends is of no use.
    drive(stream, connection, service, buffers, timer, async |_: &mut T| Ok(Other::Useless)).await
}

/// The same over a stream whose sending side can be closed alone, by `close`; the other is then read until the peer has
/// closed too, within the bounds of [`Limits::linger`](crate::limits::Limits::linger). A peer that is still sending when
/// its answer comes thus reads it, where an end at once would be a reset that takes the answer away (RFC 9112 §9.6).
///
/// `close` is not called where the peer has closed first. Afterwards the owner closes what is left, and resets it where
/// the end is [`Ended::Cut`].
///
/// ```
/// # use bantam_core::connection::{Buffers, Connection};
/// # use bantam_core::drivers::asynchronous::{Ended, Timer, serve_closing};
/// # use bantam_core::prelude::*;
/// # trait Socket: embedded_io_async::Read + embedded_io_async::Write { fn close(&mut self); }
/// # async fn one<T: Socket>(socket: &mut T, connection: &mut Connection, service: &Service<'_, ()>, buffers: Buffers<'_, NoStream>, timer: &impl Timer) -> Result<Ended, T::Error> {
/// serve_closing(socket, connection, service, buffers, timer, async |socket: &mut T| {
///     socket.close();
///     Ok(())
/// })
/// .await
/// # }
/// ```
///
/// # Errors
/// The first error of the stream or of `close`; the connection is then over.
pub async fn serve_closing<A, S, T>(
    stream: &mut T,
    connection: &mut Connection,
    service: &Service<'_, A, S>,
    buffers: Buffers<'_, S>,
    timer: &impl Timer,
    mut close: impl AsyncFnMut(&mut T) -> Result<(), T::Error>,
) -> Result<Ended, T::Error>
where
    S: Source<A> + Sink<A>,
    T: Read + Write,
{
    let close = async |stream: &mut T| close(stream).await.map(|()| Other::Open);
    drive(stream, connection, service, buffers, timer, close).await
}

/// The receiving side of a stream whose sending side is done with.
enum Other {
    Open,
    Useless,
}

async fn drive<A, S, T>(
    stream: &mut T,
    connection: &mut Connection,
    service: &Service<'_, A, S>,
    buffers: Buffers<'_, S>,
    timer: &impl Timer,
    mut half_close: impl AsyncFnMut(&mut T) -> Result<Other, T::Error>,
) -> Result<Ended, T::Error>
where
    S: Source<A> + Sink<A>,
    T: Read + Write,
{
    let mut lent = connection.lend(service, buffers, None);
    let mut is_flushed = true;
    let mut ended = Ended::Whole;
    while let Some(wants) = lent.wants() {
        if timer.now() >= wants.deadline {
            others_first().await; // a source may name instants that have passed, for ever
            ended = time_out(&mut lent, wants, timer.now());
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
                    ended = Ended::Cut;
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
            match before(half_close(stream), deadline).await {
                Some(Ok(other)) => {
                    lent.handle_half_closed(timer.now());
                    if matches!(other, Other::Useless) {
                        lent.handle_peer_closed(timer.now());
                    }
                    continue;
                }
                other => other.map(|outcome| outcome.map(|_| ())),
            }
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
            None => ended = time_out(&mut lent, wants, timer.now()),
            Some(Err(error)) => {
                lent.handle_broken(timer.now());
                return Err(error);
            }
        }
    }
    Ok(ended)
}

/// Tells that a deadline has passed, and what that makes of the connection if it is the end.
fn time_out<A, S: Source<A> + Sink<A>>(lent: &mut Lent<'_, A, S>, wants: Wants, now: Instant) -> Ended {
    lent.handle_timeout(now);
    match lent.wants() {
        None if wants.transmit => Ended::Cut,
        _ => Ended::Whole,
    }
}

/// A stream whose flush does nothing, for those that transmit of themselves and whose flush waits until the peer has
/// acknowledged everything, as sockets of `embassy-net` do. The driver does not read while it waits there: a request that
/// was sent before the last answer arrived lies unread until then, and Linux delays acknowledgements by up to 40 ms.
#[derive(Debug)]
pub struct Unflushed<T>(pub T);

impl<T: ErrorType> ErrorType for Unflushed<T> {
    type Error = T::Error;
}

impl<T: Read> Read for Unflushed<T> {
    async fn read(&mut self, space: &mut [u8]) -> Result<usize, T::Error> {
        self.0.read(space).await
    }
}

impl<T: Write> Write for Unflushed<T> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, T::Error> {
        self.0.write(bytes).await
    }

    async fn flush(&mut self) -> Result<(), T::Error> {
        Ok(())
    }
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

/// Lets whoever else is ready run.
async fn others_first() {
    let mut has_waited = false;
    poll_fn(|context| {
        if core::mem::replace(&mut has_waited, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
