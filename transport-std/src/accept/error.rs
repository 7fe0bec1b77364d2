//! What an error of accept means: the table.

use std::io::{self, ErrorKind};

/// What an error of accept means for the listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AcceptError {
    /// Nothing is waiting.
    Nothing,
    /// This connection is lost, or was not to be: the next may be fine (accept(2): treat as if nothing had been there).
    Lost,
    /// The system lacks descriptors or memory, or nobody knows: try again after a pause.
    Exhausted,
}

impl AcceptError {
    #[cfg(target_os = "linux")]
    pub(crate) fn of(error: &io::Error) -> Self {
        use rustix::io::Errno as E;
        match E::from_io_error(error) {
            Some(E::AGAIN) => Self::Nothing,
            // The peer was gone, or a signal came.
            Some(E::CONNABORTED | E::CONNRESET | E::INTR) => Self::Lost,
            // Linux passes what the network has said of the new connection.
            Some(
                E::PROTO
                | E::NETDOWN
                | E::NETUNREACH
                | E::NOPROTOOPT
                | E::HOSTDOWN
                | E::HOSTUNREACH
                | E::NONET
                | E::OPNOTSUPP
                | E::TIMEDOUT
                | E::SOCKTNOSUPPORT
                | E::PROTONOSUPPORT,
            ) => Self::Lost,
            // A rule of the firewall forbids it.
            Some(E::PERM | E::ACCESS) => Self::Lost,
            Some(E::MFILE | E::NFILE | E::NOBUFS | E::NOMEM | E::NOSR) => Self::Exhausted,
            // EBADF, EFAULT, EINVAL, ENOTSOCK: a mistake of ours, which no haste mends.
            _ => Self::of_kind(error.kind()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn of(error: &io::Error) -> Self {
        Self::of_kind(error.kind())
    }

    fn of_kind(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::WouldBlock => Self::Nothing,
            ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionReset
            | ErrorKind::Interrupted
            | ErrorKind::TimedOut
            | ErrorKind::HostUnreachable
            | ErrorKind::NetworkUnreachable
            | ErrorKind::NetworkDown
            | ErrorKind::PermissionDenied => Self::Lost,
            _ => Self::Exhausted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AcceptError::{Exhausted, Lost, Nothing};
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn every_errno_of_accept_has_its_place() {
        use rustix::io::Errno as E;
        for (name, errno, meaning) in [
            ("EAGAIN", E::AGAIN, Nothing),
            ("EWOULDBLOCK", E::WOULDBLOCK, Nothing),
            ("ECONNABORTED", E::CONNABORTED, Lost),
            ("ECONNRESET", E::CONNRESET, Lost),
            ("EINTR", E::INTR, Lost),
            ("EPERM", E::PERM, Lost),
            ("EACCES", E::ACCESS, Lost),
            ("EPROTO", E::PROTO, Lost),
            ("ENETDOWN", E::NETDOWN, Lost),
            ("ENETUNREACH", E::NETUNREACH, Lost),
            ("ENOPROTOOPT", E::NOPROTOOPT, Lost),
            ("EHOSTDOWN", E::HOSTDOWN, Lost),
            ("EHOSTUNREACH", E::HOSTUNREACH, Lost),
            ("ENONET", E::NONET, Lost),
            ("EOPNOTSUPP", E::OPNOTSUPP, Lost),
            ("ETIMEDOUT", E::TIMEDOUT, Lost),
            ("ESOCKTNOSUPPORT", E::SOCKTNOSUPPORT, Lost),
            ("EPROTONOSUPPORT", E::PROTONOSUPPORT, Lost),
            ("EMFILE", E::MFILE, Exhausted),
            ("ENFILE", E::NFILE, Exhausted),
            ("ENOBUFS", E::NOBUFS, Exhausted),
            ("ENOMEM", E::NOMEM, Exhausted),
            ("ENOSR", E::NOSR, Exhausted),
            ("EBADF", E::BADF, Exhausted),
            ("EFAULT", E::FAULT, Exhausted),
            ("EINVAL", E::INVAL, Exhausted),
            ("ENOTSOCK", E::NOTSOCK, Exhausted),
        ] {
            assert_eq!(AcceptError::of(&errno.into()), meaning, "{name}");
        }
    }

    #[test]
    fn systems_without_the_table_go_by_kinds() {
        for (kind, meaning) in [
            (ErrorKind::WouldBlock, Nothing),
            (ErrorKind::ConnectionAborted, Lost),
            (ErrorKind::ConnectionReset, Lost),
            (ErrorKind::Interrupted, Lost),
            (ErrorKind::TimedOut, Lost),
            (ErrorKind::HostUnreachable, Lost),
            (ErrorKind::NetworkUnreachable, Lost),
            (ErrorKind::NetworkDown, Lost),
            (ErrorKind::PermissionDenied, Lost),
            (ErrorKind::OutOfMemory, Exhausted),
            (ErrorKind::Other, Exhausted),
        ] {
            assert_eq!(AcceptError::of(&kind.into()), meaning, "{kind:?}");
        }
    }
}
