//! What the servers of this bench share: their command line, a listener for each thread, the answers.
//!
//! All answer `GET /plaintext`, `GET /json`, `GET /users/:id` and `POST /`, which gives the content back.
#![forbid(unsafe_code)]

pub mod constant;

use std::net::{SocketAddr, TcpListener};

use serde::Serialize;
use socket2::{Domain, Protocol, Socket, Type};

/// The allocator of every server here but `floor`, which allocates nothing once it runs.
pub use mimalloc::MiMalloc;

/// The plain text.
pub const HELLO: &str = "Hello, World!";

/// `/json`, serialised for each request.
#[derive(Serialize)]
pub struct Greeting {
    /// The plain text.
    pub message: &'static str,
}

/// `/users/:id`, serialised for each request.
#[derive(Serialize)]
pub struct User<'a> {
    /// As it stood in the path.
    pub id: &'a str,
}

impl Greeting {
    /// The one there is.
    pub const HELLO: Self = Self { message: HELLO };
}

/// `PORT THREADS`, as the runner gives them, and what follows.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// The port on the loopback.
    pub address: SocketAddr,
    /// How many threads serve.
    pub threads: usize,
    /// Words of a server's own.
    pub words: Vec<String>,
}

impl Arguments {
    /// Reads them.
    ///
    /// # Panics
    ///
    /// They are missing: the runner is to blame.
    pub fn read() -> Self {
        let mut arguments = std::env::args().skip(1);
        let mut next = || arguments.next().and_then(|number| number.parse::<u16>().ok());
        let (port, threads) = (next().expect("a port"), next().expect("a number of threads"));
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            threads: usize::from(threads),
            words: arguments.collect(),
        }
    }

    /// A listener that shares its port with those of other threads; its connections do not wait to fill a segment.
    ///
    /// # Panics
    ///
    /// The port is taken.
    pub fn listener(&self) -> TcpListener {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).expect("a socket");
        socket.set_reuse_port(true).expect("a shared port");
        socket.set_reuse_address(true).expect("a port that was used a moment ago");
        socket.set_nonblocking(true).expect("no blocking");
        socket.bind(&self.address.into()).expect("the port is free");
        socket.listen(4_096).expect("it listens");
        socket.into()
    }

    /// Runs this on each thread.
    pub fn on_each_thread(&self, serve: impl Fn(TcpListener) + Sync) {
        std::thread::scope(|scope| {
            for _ in 0..self.threads {
                let listener = self.listener();
                let serve = &serve;
                scope.spawn(move || serve(listener));
            }
        });
    }
}
