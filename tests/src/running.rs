//! A server that runs on a thread beside its test, on a free port of the loopback address.

use core::net::SocketAddr;
use core::num::NonZeroUsize;
use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::service::Service;
use bantam_transport_std::{Config, Server, Shutdown};

use crate::client::{Client, PATIENCE};

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    shutdown: Shutdown,
    outcome: Receiver<io::Result<()>>,
}

impl Running {
    /// Starts a server of two workers.
    #[must_use]
    pub fn start<A, S>(service: Service<'static, A, S>) -> Self
    where
        A: Sync + 'static,
        S: Source<A> + Sink<A> + Send + 'static,
    {
        let workers = NonZeroUsize::MIN.saturating_add(1);
        Self::start_with(service, Config { workers, ..Config::default() })
    }

    /// Starts a server. The service stays in memory until the test program ends.
    ///
    /// # Panics
    /// When there is no free port, or no thread.
    #[must_use]
    pub fn start_with<A, S>(service: Service<'static, A, S>, config: Config) -> Self
    where
        A: Sync + 'static,
        S: Source<A> + Sink<A> + Send + 'static,
    {
        let service: &'static Service<'static, A, S> = Box::leak(Box::new(service));
        let server = Server::bind(("127.0.0.1", 0), config).expect("a free port");
        let address = server.local_addr().expect("an address");
        let shutdown = server.shutdown();
        let (sender, outcome) = channel();
        thread::Builder::new()
            .name("server".into())
            .spawn(move || sender.send(server.run(service)))
            .expect("a thread");
        Self { address, shutdown, outcome }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How it is ended.
    #[must_use]
    pub fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// A new connection to it.
    #[must_use]
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Waits until it has ended.
    ///
    /// # Panics
    /// When it does not end, or fails.
    pub fn join(self) {
        let outcome = self.outcome.recv_timeout(PATIENCE).expect("the server ends");
        outcome.expect("the server ends well");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.end();
    }
}
