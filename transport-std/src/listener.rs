//! How an address is bound and connections are accepted.

use core::fmt;
use core::net::{IpAddr, SocketAddr};
use std::io;
use std::net::{TcpListener, ToSocketAddrs};
use std::path::PathBuf;

use socket2::{Domain, Protocol, Socket, Type};

#[cfg(unix)]
mod unix;

/// Connections that the kernel keeps until they are accepted; it caps this at `net.core.somaxconn`.
pub(crate) const BACKLOG: i32 = 4_096;

use crate::poller::{Listening, Stream};

/// A socket by which connections come in.
///
/// ```no_run
/// use bantam_transport_std::{Config, Listener, Server};
/// # fn main() -> std::io::Result<()> {
/// let listeners = vec![Listener::bind("[::]:8080")?, Listener::bind("127.0.0.1:0")?];
/// let server = Server::listen(listeners, Config::default())?;
/// server.endpoints().for_each(|endpoint| println!("listening on {endpoint}"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Listener {
    /// The file of a Unix socket that was made here. It goes before the socket does.
    #[cfg(unix)]
    file: Option<self::unix::SocketFile>,
    inner: Listening,
    endpoint: Endpoint,
    has_proxy_header: bool,
}

/// Where connections are accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// An address and a port.
    Tcp(SocketAddr),
    /// The file of a Unix socket; an abstract one begins with `@`.
    Unix(PathBuf),
}

/// `http://ADDRESS:PORT`, or `unix:PATH`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl Listener {
    /// Binds to the first of `addresses` that can be bound; port 0 picks a free one. `[::]` takes IPv4 too, whatever the
    /// system's default is.
    ///
    /// # Errors
    /// When none can be bound.
    pub fn bind(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::InvalidInput, "the host has no address");
        for address in addresses.to_socket_addrs()? {
            match Self::bind_one(address, !takes_ipv4(address.ip())) {
                Ok(listener) => return Ok(listener),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Binds to this address and leaves IPv4 alone, also where it is `[::]`: for who binds to `0.0.0.0` beside it.
    ///
    /// # Errors
    /// When it cannot be bound.
    pub fn bind_without_ipv4(address: core::net::SocketAddrV6) -> io::Result<Self> {
        Self::bind_one(address.into(), true)
    }

    fn bind_one(address: SocketAddr, only_ipv6: bool) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // A restart must not wait for connections in TIME-WAIT. On Windows the option means to share the port.
        #[cfg(not(windows))]
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(only_ipv6)?;
        }
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let bound = socket.local_addr()?.as_socket().unwrap_or(address);
        Self::of(socket, Endpoint::Tcp(bound))
    }

    /// A listener from a socket that is bound and listens.
    pub(crate) fn of(socket: Socket, endpoint: Endpoint) -> io::Result<Self> {
        if let Endpoint::Tcp(_) = endpoint {
            // Accepted sockets inherit it on Linux, which saves a call for each.
            socket.set_tcp_nodelay(true)?;
        }
        socket.set_nonblocking(true)?;
        // The type says TCP, and nothing that is done with it does.
        let inner = TcpListener::from(socket);
        #[cfg(any(not(target_os = "linux"), feature = "portable"))]
        let inner = Listening::from_std(inner);
        Ok(Self {
            #[cfg(unix)]
            file: None,
            inner,
            endpoint,
            has_proxy_header: false,
        })
    }

    /// Where it listens, with its real port.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether its connections begin with a header of the PROXY protocol, as those of a gateway: see
    /// [`Connection::with_proxy_header`](bantam_core::connection::Connection::with_proxy_header).
    #[must_use]
    pub fn with_proxy_header(mut self, has_proxy_header: bool) -> Self {
        self.has_proxy_header = has_proxy_header;
        self
    }

    pub(crate) fn has_proxy_header(&self) -> bool {
        self.has_proxy_header
    }

    pub(crate) fn inner(&self) -> &Listening {
        &self.inner
    }

    pub(crate) fn inner_mut(&mut self) -> &mut Listening {
        &mut self.inner
    }

    /// Lets nobody find it any more, where that can be done before those who have found it are accepted.
    pub(crate) fn hide(&mut self) {
        #[cfg(unix)]
        drop(self.file.take());
    }

    /// The next connection, non-blocking and without Nagle's delay. One by a Unix socket has no address.
    #[cfg(all(target_os = "linux", not(feature = "portable")))]
    pub(crate) fn accept(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        use rustix::net::{SocketFlags, acceptfrom_with};
        let (stream, peer) = acceptfrom_with(&self.inner, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC)?;
        Ok((stream.into(), peer.and_then(|peer| SocketAddr::try_from(peer).ok())))
    }

    /// The next connection, non-blocking and without Nagle's delay. One by a Unix socket has no address.
    #[cfg(any(not(target_os = "linux"), feature = "portable"))]
    pub(crate) fn accept(&self) -> io::Result<(Stream, Option<SocketAddr>)> {
        #[cfg(unix)]
        if let Endpoint::Unix(_) = self.endpoint {
            let (socket, _) = socket2::SockRef::from(&self.inner).accept()?;
            socket.set_nonblocking(true)?;
            return Ok((Stream::from_std(socket.into()), None));
        }
        let (stream, peer) = self.inner.accept()?;
        // Refused when the peer has gone already, which reading will tell.
        let _ = stream.set_nodelay(true);
        Ok((stream, Some(peer)))
    }
}

/// Whether a socket of this IPv6 address has to take IPv4: it is that of every address, or stands for an IPv4 one.
fn takes_ipv4(address: IpAddr) -> bool {
    address.is_unspecified() || address.to_canonical().is_ipv4()
}

#[cfg(test)]
mod tests;
