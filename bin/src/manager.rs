//! What the service manager is told, where there is one; what goes wrong with that is said, and stops nothing.

use std::io;

use bantam_transport_std::Shutdown;
#[cfg(target_os = "linux")]
use bantam_transport_std::systemd::keep_telling;
#[cfg(target_os = "linux")]
pub(crate) use bantam_transport_std::systemd::{ready, stopping};

use crate::say::{plain, say};

pub(crate) fn tell(what: fn() -> io::Result<()>) {
    if let Err(error) = what() {
        say(format_args!("bantam: cannot tell the service manager: {}\n", plain(&error)));
    }
}

/// Tells it again and again that the server lives, where it asks for that.
pub(crate) fn watch(shutdown: &Shutdown) {
    if let Err(error) = keep_telling(shutdown) {
        say(format_args!("bantam: cannot keep telling the service manager: {}\n", plain(&error)));
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn ready() -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn stopping() -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn keep_telling(_: &Shutdown) -> io::Result<()> {
    Ok(())
}
