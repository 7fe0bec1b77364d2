//! A server that runs on a thread beside its test: on a free port of the loopback address, or behind a TAP device where
//! the environment says so.

use core::net::SocketAddr;
use core::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::service::Service;
#[cfg(target_os = "linux")]
use bantam_transport_smoltcp::tap::TapShutdown;
use bantam_transport_std::{Config, Server, Shutdown};

#[cfg(target_os = "linux")]
use crate::behind::{self, Behind};
use crate::client::{Client, PATIENCE};

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    /// Where its clients come from.
    origin: &'static str,
    shutdown: Handle,
    outcome: Receiver<Result<(), String>>,
}

/// How a server is ended, whatever it runs on.
#[derive(Clone, Debug)]
pub struct Handle(Means);

#[derive(Clone, Debug)]
enum Means {
    Sockets(Shutdown),
    #[cfg(target_os = "linux")]
    Tap(TapShutdown),
}

impl Handle {
    /// Begins to drain; called a second time, it ends the server at once.
    pub fn begin(&self) {
        match &self.0 {
            Means::Sockets(shutdown) => shutdown.begin(),
            #[cfg(target_os = "linux")]
            Means::Tap(shutdown) => shutdown.begin(),
        }
    }

    /// Ends the server without waiting for anything.
    pub fn end(&self) {
        match &self.0 {
            Means::Sockets(shutdown) => shutdown.end(),
            #[cfg(target_os = "linux")]
            Means::Tap(shutdown) => shutdown.end(),
        }
    }
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
        #[cfg(target_os = "linux")]
        if let Some(version) = behind::version() {
            let Behind { server, address, origin } = Behind::new(version, &config);
            let shutdown = Handle(Means::Tap(server.shutdown()));
            let run = move || server.run(service, |_| {}).map_err(|error| error.to_string());
            return Self { address, origin: origin.to_string().leak(), shutdown, outcome: beside(run) };
        }
        let server = Server::bind(("127.0.0.1", 0), config).expect("a free port");
        let address = server.local_addr().expect("an address");
        let shutdown = Handle(Means::Sockets(server.shutdown()));
        let run = move || server.run(service).map_err(|error| error.to_string());
        Self { address, origin: "127.0.0.1", shutdown, outcome: beside(run) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where requests come from, as it sees them.
    #[must_use]
    pub fn origin(&self) -> &'static str {
        self.origin
    }

    /// How it is ended.
    #[must_use]
    pub fn shutdown(&self) -> &Handle {
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

/// Whether servers run behind TAP devices.
#[must_use]
pub fn is_behind_tap() -> bool {
    #[cfg(target_os = "linux")]
    return behind::version().is_some();
    #[cfg(not(target_os = "linux"))]
    false
}

/// Runs it on a thread, and tells how it ended.
fn beside(run: impl FnOnce() -> Result<(), String> + Send + 'static) -> Receiver<Result<(), String>> {
    let (sender, outcome) = channel();
    thread::Builder::new().name("server".into()).spawn(move || sender.send(run())).expect("a thread");
    outcome
}
