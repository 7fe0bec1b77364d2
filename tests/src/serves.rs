//! What the servers have in common, so that one test runs over all of them: in memory, over smoltcp and over sockets.

use core::net::SocketAddr;
use std::thread;

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::limits::Limits;
use bantam_core::service::Service;

use crate::answer::{self, Answer};
use crate::app::demo;
use crate::client::{Client, End};
use crate::memory::Memory;
use crate::network::Network;
use crate::running::{Running, is_behind_tap};

/// What `/plaintext` answers.
pub const HELLO: &str = "Hello, World!";

/// A request that every application here answers with [`HELLO`], and that ends the connection.
pub const LAST: &str = "GET /plaintext HTTP/1.1\r\nHost: last\r\nConnection: close\r\n\r\n";

/// A request that stands where content should: it looks like one to any reader who takes content for a request, and its
/// answer would tell.
pub const HIDDEN: &str = "GET /users/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/// Every method that is known, without CONNECT, and one that is not.
pub const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"];

/// Runs a check over all servers, which have the demo.
pub fn on_all(check: fn(&mut dyn Serves)) {
    on_all_with(|| demo(Limits::DEFAULT), check);
}

/// Runs a check over all servers, which have this application.
pub fn on_all_with<A, S>(service: fn() -> Service<'static, A, S>, check: fn(&mut dyn Serves))
where
    A: Sync + 'static,
    S: Source<A> + Sink<A> + Send + 'static,
{
    check(&mut Memory::<_, _>::new(&service()));
    check(&mut Network::new(&service()));
    check(&mut Running::start(service()));
}

/// A server under test.
pub trait Serves {
    /// Sends these pieces on a new connection, and returns all that comes back until the server closes it. `closes`
    /// when our side is closed behind the last piece.
    ///
    /// # Panics
    /// When the server does not close.
    fn converse(&mut self, pieces: &[&[u8]], closes: bool) -> Vec<u8>;

    /// Where it runs, for messages.
    fn name(&self) -> &'static str;

    /// The address that requests come from, where there is one.
    fn origin(&self) -> Option<&'static str>;

    /// Sends one request, and behind it the last of the connection.
    ///
    /// # Panics
    /// When not exactly these two are answered.
    fn ask(&mut self, request: &[u8]) -> Answer {
        let method = core::str::from_utf8(request.split(|&byte| byte == b' ').next().unwrap_or_default());
        let bytes = self.converse(&[request, LAST.as_bytes()], false);
        let mut answers = answer::finals(&bytes, &[method.unwrap_or_default(), "GET"]);
        let (request, name) = (String::from_utf8_lossy(&request[..request.len().min(512)]), self.name());
        assert_eq!(answers.len(), 2, "{name}: {request:?}: {answers:#?}");
        assert!(answers[1].text() == HELLO && answers[1].says_close(), "{name}: {request:?}");
        answers.swap_remove(0)
    }
}

impl<A, S: Source<A> + Sink<A>, const R: usize, const T: usize> Serves for Memory<'_, A, S, R, T> {
    fn converse(&mut self, pieces: &[&[u8]], closes: bool) -> Vec<u8> {
        self.reconnect();
        for piece in pieces {
            let mut rest = *piece;
            while !self.is_closed() {
                rest = self.deliver(rest);
                if rest.is_empty() {
                    break;
                }
                self.wait_for_source();
            }
        }
        self.wait_for_source();
        if closes {
            self.close();
        }
        let sent = String::from_utf8_lossy(self.output());
        assert!(self.is_closed(), "the connection stays open after {:?}", &sent[..sent.len().min(2_000)]);
        if !closes {
            self.close();
        }
        assert!(self.is_over(), "the connection outlives both sides");
        self.take_output()
    }

    fn name(&self) -> &'static str {
        "in memory"
    }

    fn origin(&self) -> Option<&'static str> {
        None
    }
}

/// A server behind sockets.
#[derive(Debug)]
pub struct Sockets(pub SocketAddr);

impl Serves for Sockets {
    fn converse(&mut self, pieces: &[&[u8]], closes: bool) -> Vec<u8> {
        let mut client = Client::connect(self.0);
        let mut writer = client.stream().try_clone().expect("a second handle");
        let end = thread::scope(|scope| {
            scope.spawn(move || {
                use std::io::Write as _;
                for piece in pieces {
                    if writer.write_all(piece).is_err() {
                        return; // a server that has refused what came before may be gone
                    }
                }
                if closes {
                    let _ = writer.shutdown(std::net::Shutdown::Write);
                }
            });
            client.read_to_end()
        });
        match end {
            End::Closed(bytes) => bytes,
            End::Reset(bytes) => panic!("reset after {:?}", String::from_utf8_lossy(&bytes)),
        }
    }

    fn name(&self) -> &'static str {
        "over sockets"
    }

    fn origin(&self) -> Option<&'static str> {
        Some("127.0.0.1")
    }
}

impl Serves for Running {
    fn converse(&mut self, pieces: &[&[u8]], closes: bool) -> Vec<u8> {
        Sockets(self.address()).converse(pieces, closes)
    }

    fn name(&self) -> &'static str {
        if is_behind_tap() { "over TAP" } else { "over sockets" }
    }

    fn origin(&self) -> Option<&'static str> {
        Some(Self::origin(self))
    }
}
