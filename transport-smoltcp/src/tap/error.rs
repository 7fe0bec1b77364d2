//! Why a TAP device cannot be had.

use core::fmt;
use std::borrow::ToOwned;
use std::io;
use std::string::String;

use rustix::io::Errno;

/// Why a TAP device cannot be opened or has ceased. Shown, it is one line that says what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum TapError {
    /// No interface can have this name.
    Name {
        /// The name asked for.
        name: String,
    },
    /// `/dev/net/tun` is missing, or nothing is behind it.
    Missing,
    /// `/dev/net/tun` is there and may not be opened.
    Closed,
    /// The rights do not suffice: `CAP_NET_ADMIN` is needed, or a device made for this user.
    Rights {
        /// The interface asked for.
        name: String,
    },
    /// The name belongs to an interface that is no TAP device, or to one of several queues.
    OtherKind {
        /// The interface asked for.
        name: String,
    },
    /// Another program has the device.
    Busy {
        /// The interface asked for.
        name: String,
    },
    /// The device was removed while in use.
    Gone {
        /// The interface that was.
        name: String,
    },
    /// The operating system refuses for another reason.
    System {
        /// The interface asked for.
        name: String,
        /// What was tried.
        attempt: &'static str,
        /// What the system says.
        error: io::Error,
    },
}

impl TapError {
    /// Why `/dev/net/tun` cannot be opened.
    pub(super) fn from_open(name: &str, errno: Errno) -> Self {
        match errno {
            // The node may stand there without a driver behind it.
            Errno::NOENT | Errno::NOTDIR | Errno::NODEV | Errno::NXIO => Self::Missing,
            Errno::PERM | Errno::ACCESS => Self::Closed,
            errno => Self::from_errno(name, "opening /dev/net/tun", errno),
        }
    }

    /// Why the file cannot become the device's.
    pub(super) fn from_attach(name: &str, errno: Errno) -> Self {
        match errno {
            Errno::PERM | Errno::ACCESS => Self::Rights { name: name.to_owned() },
            Errno::INVAL => Self::OtherKind { name: name.to_owned() },
            Errno::BUSY => Self::Busy { name: name.to_owned() },
            errno => Self::from_errno(name, "making the device", errno),
        }
    }

    /// Why an `attempt` at a device of this name failed.
    pub(super) fn from_errno(name: &str, attempt: &'static str, errno: Errno) -> Self {
        let name = name.to_owned();
        match errno {
            Errno::BADFD | Errno::NODEV => Self::Gone { name },
            _ => Self::System { name, attempt, error: errno.into() },
        }
    }
}

impl fmt::Display for TapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { name } => {
                write!(
                    f,
                    "{name:?} is no name of an interface: take 1 to 15 bytes without blanks, `/`, `:` or `%`"
                )
            }
            Self::Missing => f.write_str(
                "/dev/net/tun is missing: load its module with `modprobe tun`, or hand it to the container",
            ),
            Self::Closed => f.write_str(
                "no right to open /dev/net/tun: run as root, or let root open it to everyone, who then still needs a \
                 device made for them, `chmod 0666 /dev/net/tun`",
            ),
            Self::Rights { name } => write!(
                f,
                "no right to {name}: run with CAP_NET_ADMIN, or let root make it for you once, \
                 `ip tuntap add dev {name} mode tap user $USER`"
            ),
            Self::OtherKind { name } => write!(
                f,
                "{name} exists and is no TAP device of one queue: take another name, or remove it with \
                 `ip link del {name}`"
            ),
            Self::Busy { name } => {
                write!(f, "{name} is in use by another program: stop that one, or take another name")
            }
            Self::Gone { name } => write!(f, "{name} was removed while in use: start again"),
            Self::System { name, attempt, error } => write!(f, "{name}: {attempt}: {error}"),
        }
    }
}

impl core::error::Error for TapError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::System { error, .. } => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
