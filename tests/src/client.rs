//! A client over a socket. Every wait is bounded.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};

use socket2::{Domain, Socket, Type};

use crate::answer::{Answer, Read};

/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to a server.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// How a connection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The server closed its side, after these bytes.
    Closed(Vec<u8>),
    /// The connection was reset, after these bytes.
    Reset(Vec<u8>),
}

impl Client {
    /// Connects.
    ///
    /// # Panics
    /// When nobody accepts.
    #[must_use]
    pub fn connect(address: SocketAddr) -> Self {
        Self::over(TcpStream::connect_timeout(&address, PATIENCE).expect("the server accepts"))
    }

    /// A client by this connection.
    ///
    /// # Panics
    /// When the socket takes no options.
    #[must_use]
    pub fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self { stream, unread: Vec::new() }
    }

    /// Connects from an address of this machine.
    ///
    /// # Panics
    /// When that is none, or nobody accepts.
    #[must_use]
    pub fn connect_from(from: SocketAddr, address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).expect("a socket");
        socket.bind(&from.into()).expect("an address of this machine");
        socket.connect_timeout(&address.into(), PATIENCE).expect("the server accepts");
        Self::over(socket.into())
    }

    /// The socket.
    #[must_use]
    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends all of `bytes`.
    ///
    /// # Panics
    /// When the server does not take them.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).expect("the server takes what is sent");
    }

    /// Sends as much of `bytes` as the server takes: one that has refused them may be gone.
    pub fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Closes this side.
    pub fn close_write(&mut self) {
        // A socket that the server has closed already needs no farewell.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// The next answer, to a GET.
    ///
    /// # Panics
    /// When none comes.
    pub fn answer(&mut self) -> Answer {
        self.answer_to("GET")
    }

    /// The next answer, to a request of this method.
    ///
    /// # Panics
    /// When none comes.
    pub fn answer_to(&mut self, method: &str) -> Answer {
        match self.read_answer(method) {
            Ok(answer) => answer,
            Err(end) => panic!("no whole answer: {end:?}"),
        }
    }

    /// The next answer, to a GET; or how the connection ended instead.
    ///
    /// # Errors
    /// The end, with what came before it.
    ///
    /// # Panics
    /// When neither comes.
    pub fn answer_or_end(&mut self) -> Result<Answer, End> {
        self.read_answer("GET")
    }

    fn read_answer(&mut self, method: &str) -> Result<Answer, End> {
        let mut end = None;
        loop {
            match Answer::read(&self.unread, method, end.is_some()).expect("a well-formed answer") {
                Read::Whole(answer, length) => {
                    self.unread.drain(..length);
                    return Ok(answer);
                }
                Read::Unfinished => match end {
                    Some(end) => return Err(end),
                    None => end = self.read_on(),
                },
            }
        }
    }

    /// Sends a request and reads its answer.
    ///
    /// # Panics
    /// When none comes.
    pub fn ask(&mut self, request: &str) -> Answer {
        self.send(request);
        self.answer_to(request.split(' ').next().unwrap_or_default())
    }

    /// Reads until the connection ends.
    ///
    /// # Panics
    /// When it does not.
    pub fn end(mut self) -> End {
        self.read_to_end()
    }

    /// Reads until the connection ends, and keeps this side open.
    ///
    /// # Panics
    /// When it does not end.
    pub fn read_to_end(&mut self) -> End {
        let outcome = self.stream.read_to_end(&mut self.unread);
        let bytes = core::mem::take(&mut self.unread);
        match outcome {
            Ok(_) => End::Closed(bytes),
            Err(error) if is_reset(error.kind()) => End::Reset(bytes),
            Err(error) => panic!("no end ({error}) after {:?}", String::from_utf8_lossy(&bytes)),
        }
    }

    /// Reads for at most `wait`; `None` when nothing came, and the connection lives.
    ///
    /// # Panics
    /// When the socket fails otherwise.
    pub fn read_for(&mut self, wait: Duration) -> Option<End> {
        self.stream.set_read_timeout(Some(wait)).expect("a timeout");
        let mut space = [0; 4_096];
        let outcome = read(&self.stream, &mut space);
        self.stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        match outcome {
            Ok(0) => Some(End::Closed(core::mem::take(&mut self.unread))),
            Ok(length) => {
                self.unread.extend_from_slice(&space[..length]);
                None
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => None,
            Err(error) if is_reset(error.kind()) => Some(End::Reset(core::mem::take(&mut self.unread))),
            Err(error) => panic!("reading fails: {error}"),
        }
    }

    /// Reads more; says so when there is no more.
    fn read_on(&mut self) -> Option<End> {
        let mut space = [0; 65_536];
        match read(&self.stream, &mut space) {
            Ok(0) => Some(End::Closed(self.unread.clone())),
            Ok(length) => {
                self.unread.extend_from_slice(&space[..length]);
                None
            }
            Err(error) if is_reset(error.kind()) => Some(End::Reset(self.unread.clone())),
            Err(error) => panic!("no answer ({error}) after {:?}", String::from_utf8_lossy(&self.unread)),
        }
    }
}

/// Reads once, whatever signals come meanwhile.
fn read(mut stream: &TcpStream, space: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.read(space) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

fn is_reset(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe)
}
