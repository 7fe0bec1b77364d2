//! How an address is bound and connections are accepted.

use core::net::SocketAddr;
use std::io;
use std::net::{TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

/// Connections that the kernel keeps until they are accepted; it caps this at `net.core.somaxconn`.
pub(crate) const BACKLOG: i32 = 4_096;

use crate::poller::{Listening, Stream};

#[derive(Debug)]
pub(crate) struct Listener {
    inner: Listening,
}

impl Listener {
    /// Binds to the first address that can be bound.
    pub(crate) fn bind(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::InvalidInput, "the host has no address");
        for address in addresses.to_socket_addrs()? {
            match Self::bind_one(address) {
                Ok(inner) => return Ok(Self { inner }),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn bind_one(address: SocketAddr) -> io::Result<Listening> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // A restart must not wait for connections in TIME-WAIT. On Windows the option means to share the port.
        #[cfg(not(windows))]
        socket.set_reuse_address(true)?;
        if address.is_ipv6() && address.ip().is_unspecified() {
            socket.set_only_v6(false)?; // [::] serves IPv4 too, whatever the system's default
        }
        socket.bind(&address.into())?;
        // Accepted sockets inherit it on Linux, which saves a call for each.
        socket.set_tcp_nodelay(true)?;
        socket.set_nonblocking(true)?;
        socket.listen(BACKLOG)?;
        let listener = TcpListener::from(socket);
        #[cfg(any(not(target_os = "linux"), feature = "portable"))]
        let listener = Listening::from_std(listener);
        Ok(listener)
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    pub(crate) fn inner(&self) -> &Listening {
        &self.inner
    }

    pub(crate) fn inner_mut(&mut self) -> &mut Listening {
        &mut self.inner
    }

    /// The next connection, non-blocking and without Nagle's delay.
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    pub(crate) fn accept(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        use rustix::net::{SocketFlags, acceptfrom_with};
        let (stream, peer) = acceptfrom_with(&self.inner, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)?;
        Ok((stream.into(), peer.and_then(|peer| SocketAddr::try_from(peer).ok())))
    }

    /// The next connection, non-blocking and without Nagle's delay.
    #[cfg(any(not(target_os = "linux"), feature = "portable"))]
    pub(crate) fn accept(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        let (stream, peer) = self.inner.accept()?;
        // Refused when the peer has gone already, which reading will tell.
        let _ = stream.set_nodelay(true);
        Ok((stream, Some(peer)))
    }
}
