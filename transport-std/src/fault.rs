//! Where tests make the system refuse a call. In a program nothing is left of this.

#[cfg(not(test))]
use std::io;

/// What the system is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Accept,
    Read,
    Write,
    #[cfg_attr(any(not(target_os = "linux"), feature = "portable"), allow(dead_code))]
    SendFile,
    /// To tell the poller of a connection.
    Watch,
    /// To tell the poller that connections are wanted from a listener, or not.
    WatchListener,
    /// To wait for events.
    Wait,
}

/// Asked before each call; an error takes the call's place.
#[cfg(not(test))]
#[inline(always)]
pub(crate) fn before(_: Call) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(crate) use self::plan::before;

#[cfg(test)]
mod plan;
#[cfg(all(test, target_os = "linux"))]
mod tests;
