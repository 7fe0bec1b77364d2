//! Who tells a worker that a socket is ready: one poller, shared by all of them.

#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod epoll;
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
mod portable;

#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub(crate) use self::epoll::{DRAINED_BY_SHORT, Events, Listening, Poller, Stream, Waker};
#[cfg(any(not(target_os = "linux"), feature = "portable"))]
pub(crate) use self::portable::{DRAINED_BY_SHORT, Events, Listening, Poller, Stream, Waker};

/// More addresses than anybody listens on.
pub(crate) const MOST_LISTENERS: usize = 1_024;

/// What a worker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Connections wait to be accepted by the listener of this place.
    Listener(usize),
    /// Somebody called the waker.
    Wake,
    /// A connection became readable or writable.
    Connection {
        slot: u32,
        /// Which connection of the slot, where the poller can tell.
        generation: Option<u32>,
        /// There is something to read. The first edge may only say that a new socket takes bytes.
        readable: bool,
        /// The peer has closed its side, or the connection failed: reading goes on until it says so.
        hangup: bool,
    },
}
