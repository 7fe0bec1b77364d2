//! How bytes of a file get past us to a socket: the kernel moves them (`sendfile`), and what was written before them
//! waits for the first of them (`MSG_MORE`), so that an answer leaves in as few segments and calls as it fits. Elsewhere
//! than on Linux files are read, as all content is.

use std::io;

use bantam_core::body::file::FilePart;

use crate::poller::Stream;

/// Whether that is done here. With the portable poller it is not, so that the other way is tested too.
pub(crate) const SENDS: bool = cfg!(all(target_os = "linux", not(feature = "portable")));

/// Why no bytes were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
#[cfg_attr(feature = "portable", allow(dead_code))]
pub(crate) enum Unsent {
    /// The socket is full; the next edge tells when it is not.
    NotReady,
    /// A signal came.
    Interrupted,
    /// The socket cannot be used any more.
    Broken,
    /// The file cannot be read.
    Unreadable,
    /// The kernel does not do it with such a file, which may still be read.
    Unsendable,
}

#[cfg(all(target_os = "linux", not(feature = "portable")))]
pub(crate) use self::kernel::{send, send_before};

#[cfg(all(target_os = "linux", not(feature = "portable")))]
mod kernel {
    use rustix::fs::sendfile;
    use rustix::io::Errno;
    use rustix::net::SendFlags;

    use super::{FilePart, Stream, Unsent, io};
    use crate::fault::{self, Call};

    /// Most bytes of one call, so that a peer who takes them as fast as they come leaves others their turn.
    const MOST: u64 = 1 << 20;

    /// Writes what stands before bytes of a file.
    pub(crate) fn send_before(stream: &Stream, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::net::send(stream, bytes, SendFlags::MORE | SendFlags::NOSIGNAL)?)
    }

    /// Sends what the socket takes of `part`; nothing when the file has ended before it.
    ///
    /// That it took less than all does not tell that the socket is full: the file may have ended. Then the next call says
    /// which it was.
    pub(crate) fn send(stream: &Stream, part: &FilePart<'_>) -> Result<u64, Unsent> {
        let mut position = part.position();
        let length = usize::try_from(part.length().min(MOST)).unwrap_or(usize::MAX);
        fault::before(Call::SendFile)
            .map_err(|error| Unsent::of(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
        match sendfile(stream, part.file(), Some(&mut position), length) {
            Ok(sent) => Ok(sent as u64),
            Err(error) => Err(Unsent::of(error)),
        }
    }

    impl Unsent {
        pub(super) fn of(error: Errno) -> Self {
            match error {
                Errno::AGAIN => Self::NotReady,
                Errno::INTR => Self::Interrupted,
                // What the kernel, the file system or a sandbox says that does not do it.
                Errno::INVAL
                | Errno::NOSYS
                | Errno::OPNOTSUPP
                | Errno::PERM
                | Errno::OVERFLOW
                | Errno::SPIPE => Self::Unsendable,
                // Of the file, or of the memory that its bytes need on their way.
                Errno::IO | Errno::NOMEM | Errno::STALE | Errno::ACCESS | Errno::ISDIR | Errno::BADF => {
                    Self::Unreadable
                }
                _ => Self::Broken,
            }
        }
    }
}

#[cfg(not(all(target_os = "linux", not(feature = "portable"))))]
pub(crate) fn send_before(mut stream: &Stream, bytes: &[u8]) -> io::Result<usize> {
    io::Write::write(&mut stream, bytes)
}

#[cfg(not(all(target_os = "linux", not(feature = "portable"))))]
pub(crate) fn send(_: &Stream, _: &FilePart<'_>) -> Result<u64, Unsent> {
    Err(Unsent::Unsendable)
}

#[cfg(all(test, target_os = "linux", not(feature = "portable")))]
mod tests;
