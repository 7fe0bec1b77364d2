//! Sleeping until there is something to do.

use core::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::BorrowedFd;
use rustix::io::{Errno, Result};

/// Why a sleep ended. Neither is set when the time has passed, or when a signal arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TapReady {
    /// A frame can be received.
    pub frame: bool,
    /// The other descriptor can be read, or its other end is closed.
    pub wake: bool,
}

/// Waits for a frame, for `wake`, or for the time to pass. [`Errno::BADFD`] means that the device is gone.
pub(super) fn wait(
    tun: BorrowedFd<'_>,
    until: Option<Duration>,
    wake: Option<BorrowedFd<'_>>,
) -> Result<TapReady> {
    // Without another descriptor the device stands in its place and is not looked at twice.
    let mut descriptors = [
        PollFd::from_borrowed_fd(tun, PollFlags::IN),
        PollFd::from_borrowed_fd(wake.unwrap_or(tun), PollFlags::IN),
    ];
    let watched = if wake.is_some() { &mut descriptors[..] } else { &mut descriptors[..1] };
    match poll(watched, until.map(timespec).as_ref()) {
        Ok(_) => {}
        // The caller looks at its clock again, and at whatever the signal's handler has written.
        Err(Errno::INTR) => return Ok(TapReady::default()),
        Err(error) => return Err(error),
    }
    let [device, other] = descriptors;
    // Level-triggered: who slept on here would be woken at once, for ever.
    if device.revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL) {
        return Err(Errno::BADFD);
    }
    Ok(TapReady {
        frame: device.revents().contains(PollFlags::IN),
        wake: wake.is_some() && !other.revents().is_empty(),
    })
}

/// The kernel's form of a duration; one that is too long for it ends at its last second.
fn timespec(duration: Duration) -> Timespec {
    Timespec::try_from(duration).unwrap_or(Timespec { tv_sec: i64::MAX, tv_nsec: 0 })
}
