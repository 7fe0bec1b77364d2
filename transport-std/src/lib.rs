//! bantam over the operating system's sockets.
//!
//! A pool of worker threads waits on one poller: the kernel's ready list is the pool's task queue. Connections are
//! watched edge-triggered and never re-armed; each carries an atomic state, so that exactly one worker serves it and
//! no edge is lost. Buffers belong to the workers: a connection is lent a pair while a message is under way.
//!
//! ```text
//! listener ──accept──► slots ──event──► worker ──► driver ──► bantam_core::connection
//!                        ▲                │  socket ⇄ machine
//!                        └── timers ◄─────┘  deadlines
//! ```
//!
//! | file | question it answers |
//! |---|---|
//! | `listener` | how are addresses bound? |
//! | `accept` | how do connections come in? |
//! | `addresses` | who has how many connections? |
//! | `poller` | who tells a worker that a socket is ready? |
//! | `slots` | where does a connection live, and which worker may touch it? |
//! | `worker` | what does a thread of the pool do all day? |
//! | `blocking` | who runs handlers that wait? |
//! | `driver` | how do bytes get from a socket to the machine and back? |
//! | `file` | how do bytes of a file get past us to a socket? |
//! | `timers` | who notices that a deadline has passed? |
//! | `coders` | which other content codings are there, as features? |
//! | `warnings` | what is an operator told, and how often? |
//! | `shutdown` | how does the server end without losing an answer? |
//! | [`log`] | how does an access log keep no request waiting? |
//! | `systemd` (feature) | which sockets were passed, and what is the service manager told? |
//! | `passwords` (feature) | who is a user, by a file of hashed passwords? |

mod accept;
mod addresses;
mod blocking;
mod clock;
#[cfg(any(feature = "brotli", feature = "zlib", feature = "zstd"))]
pub mod coders;
mod driver;
mod fault;
mod file;
mod listener;
pub mod log;
#[cfg(feature = "passwords")]
pub mod passwords;
mod poller;
mod shutdown;
mod slots;
#[cfg(all(feature = "systemd", target_os = "linux"))]
pub mod systemd;
mod timers;
mod turns;
mod warnings;
mod worker;

use core::fmt;
use core::net::SocketAddr;
use core::num::{NonZeroU32, NonZeroUsize};
use core::time::Duration;
use std::io::{self, Write};
use std::net::ToSocketAddrs;
use std::thread;

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::service::Service;

use self::poller::{MOST_LISTENERS, Poller};
use self::worker::Shared;

pub use self::listener::{Endpoint, Listener};
pub use self::shutdown::Shutdown;

/// How a server uses its machine.
#[derive(Clone, Debug)]
pub struct Config {
    /// Threads that serve connections; as many as there are processors by default.
    pub workers: NonZeroUsize,
    /// Most connections at a time.
    pub connections: u32,
    /// What becomes of those beyond.
    pub over_cap: OverCap,
    /// Most connections at a time from one address, or from one /64 of IPv6; more are answered 503 and closed at once.
    /// Without a bound by default: many people may share an address. Connections without an address are not counted, nor
    /// those that begin with a header of the PROXY protocol: a gateway has as many as its clients have.
    pub per_address: Option<NonZeroU32>,
    /// Bytes of a receive buffer: it bounds a request's head, and content that is delivered whole. At most 65,535.
    pub receive_buffer: usize,
    /// Bytes of a transmit buffer: three quarters of it bound an answer that is not streamed.
    pub transmit_buffer: usize,
    /// How long a server that shuts down goes on accepting connections. Readiness probes fail and every answer says
    /// `Connection: close` meanwhile, so that whoever sends requests here learns to send them elsewhere, and loses none.
    pub delay: Duration,
    /// Longest time for connections to end after that; those left are then cut.
    pub drain: Duration,
    /// Threads for the handlers of [blocking](bantam_core::route::Route::blocking) routes.
    pub blocking: Blocking,
    /// From how long on a handler that is not of a blocking route is named to the operator: nobody else is served by its
    /// worker meanwhile. What a worker did since it last looked at the clock counts with it, as a rule microseconds.
    pub stall: Duration,
    /// Told what an operator should know, such as running out of descriptors, of each kind of trouble not more than once a
    /// second; writes to standard error by default. It must not block: a worker waits for it.
    pub warn: fn(fmt::Arguments<'_>),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            workers: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            connections: 16_384,
            over_cap: OverCap::Wait,
            per_address: None,
            receive_buffer: 32_768,
            transmit_buffer: 32_768,
            delay: Duration::ZERO,
            drain: Duration::from_secs(20),
            blocking: Blocking::default(),
            // More than a busy machine lets a thread wait for a processor, less than people wait without noticing.
            stall: Duration::from_millis(200),
            warn: |message| {
                // Somebody who has closed standard error does not want to know.
                let _ = writeln!(io::stderr(), "bantam: {message}");
            },
        }
    }
}

/// What becomes of connections beyond `Config::connections`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OverCap {
    /// They wait in the listener's backlog until there is a place: a short crowd costs nobody an answer. The default.
    #[default]
    Wait,
    /// They are answered 503 and closed at once, so that a gateway can ask another server.
    Refuse,
}

/// How many threads run the handlers of blocking routes. They are started beside the workers, and only when the service
/// has such a route.
#[derive(Clone, Debug)]
pub struct Blocking {
    /// Threads that stay.
    pub min: NonZeroUsize,
    /// Most threads; not fewer than `min`. Each costs its stack, of which the system provides what is touched.
    pub max: NonZeroUsize,
    /// Most requests that wait while all threads are taken; more are answered 503 with `Retry-After` at once. Each keeps
    /// its buffers while it waits.
    pub waiting: usize,
    /// How long a thread beyond `min` stays without a request. One that is idle stays whatever it is, so that a request
    /// does not wait for a thread to start.
    pub idle: Duration,
}

impl Default for Blocking {
    fn default() -> Self {
        Self {
            min: NonZeroUsize::MIN,
            max: NonZeroUsize::MIN.saturating_add(63),
            waiting: 256,
            idle: Duration::from_secs(10),
        }
    }
}

/// A server that is bound to its addresses, and serves when it is run.
#[derive(Debug)]
pub struct Server {
    listeners: Vec<Listener>,
    poller: Poller,
    shutdown: Shutdown,
    config: Config,
}

impl Server {
    /// Binds to the first of `addresses` that can be bound; port 0 picks a free one.
    ///
    /// # Errors
    /// When none can be bound, or the system refuses a poller.
    pub fn bind(addresses: impl ToSocketAddrs, config: Config) -> io::Result<Self> {
        Self::listen(vec![Listener::bind(addresses)?], config)
    }

    /// Serves by all of `listeners`, on the same workers.
    ///
    /// # Errors
    /// When there are none or more than 1,024 of them, or the system refuses a poller.
    pub fn listen(listeners: Vec<Listener>, config: Config) -> io::Result<Self> {
        if !(1..=MOST_LISTENERS).contains(&listeners.len()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "1 to 1,024 listeners are wanted"));
        }
        let (poller, waker) = Poller::new()?;
        Ok(Self {
            listeners,
            poller,
            shutdown: Shutdown::new(waker, config.delay.saturating_add(config.drain)),
            config,
        })
    }

    /// The first address bound to, with its real port.
    ///
    /// # Errors
    /// When all listeners are Unix sockets.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let addresses = self.endpoints().find_map(|endpoint| match endpoint {
            Endpoint::Tcp(address) => Some(*address),
            Endpoint::Unix(_) => None,
        });
        addresses.ok_or_else(|| io::Error::new(io::ErrorKind::Unsupported, "a Unix socket has no address"))
    }

    /// Where it listens, in the order of its listeners.
    pub fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        self.listeners.iter().map(Listener::endpoint)
    }

    /// A handle by which any thread can shut the server down.
    #[must_use]
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// Serves until it is shut down, `Config::delay` has passed, and all connections have ended or `Config::drain` has
    /// passed too. Takes the calling thread as one of its workers. It returns when no handler runs any more: one that never returns keeps it.
    ///
    /// On Unix `SIGPIPE` is to be ignored, as it is in Rust programs that do not change that: the call that sends files
    /// cannot be told to do without it.
    ///
    /// # Errors
    /// When a thread cannot be started or the poller fails.
    pub fn run<A, S>(self, service: &Service<'_, A, S>) -> io::Result<()>
    where
        A: Sync,
        S: Source<A> + Sink<A> + Send,
    {
        let shared = Shared::new(self.listeners, self.poller, self.shutdown, &self.config, service)?;
        thread::scope(|blocking| {
            let outcome = shared.start_blocking(blocking).and_then(|()| work(&shared, self.config.workers));
            // Not before the last worker has gone: until then there are connections to be served.
            shared.pool.end();
            outcome
        })?;
        shared.cut_connections();
        Ok(())
    }
}

/// Runs so many workers, this thread one of them, until all have gone.
fn work<A, S>(shared: &Shared<'_, A, S>, workers: NonZeroUsize) -> io::Result<()>
where
    A: Sync,
    S: Source<A> + Sink<A> + Send,
{
    thread::scope(|scope| {
        for number in 1..workers.get() {
            let name = format!("bantam-{number}");
            if let Err(error) = thread::Builder::new().name(name).spawn_scoped(scope, || shared.work()) {
                shared.abandon();
                return Err(error);
            }
        }
        shared.work()
    })
}
