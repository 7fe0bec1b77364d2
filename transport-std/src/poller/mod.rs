//! Who tells a worker that a socket is ready: one poller, shared by all of them.

#[cfg(target_os = "linux")]
mod epoll;

#[cfg(target_os = "linux")]
pub(crate) use self::epoll::{Events, Poller, Waker};

/// What a worker is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Connections wait to be accepted.
    Listener,
    /// Somebody called the waker.
    Wake,
    /// A connection became readable or writable.
    Connection {
        slot: u32,
        generation: u32,
        /// The peer has closed its side, or the connection failed: reading goes on until it says so.
        hangup: bool,
    },
}
