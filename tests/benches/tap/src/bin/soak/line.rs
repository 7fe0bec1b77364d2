//! A client's connection, and the reading of answers: by the byte, and as strictly as can be.

use std::fmt;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::noise::Content;

/// The server.
pub(crate) const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::new(10, 75, 0, 2)), 80);

/// Longest wait for a connection: some eight requests for it must be lost in a row.
const TO_CONNECT: Duration = Duration::from_secs(60);
/// Longest silence before an answer or inside it: a segment must be lost some seven times in a row.
const SILENCE: Duration = Duration::from_secs(30);
/// Longest head that is read.
const HEAD: usize = 4_096;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The server has answered 503.
    Refused,
    /// The connection ended too early: the weather may have been too bad for one of the server's deadlines.
    Broken(String),
    /// Nothing came for a long time, which the weather does not explain.
    Stalled(String),
    /// Other bytes came than those that were asked for.
    Wrong(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("refused"),
            Self::Broken(what) => write!(f, "broken: {what}"),
            Self::Stalled(what) => write!(f, "stalled: {what}"),
            Self::Wrong(what) => write!(f, "WRONG: {what}"),
        }
    }
}

/// How a client reads.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pace {
    /// Most bytes at a time; 0 for as many as there are.
    pub(crate) piece: usize,
    /// A pause before each.
    pub(crate) pause: Duration,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Line {
    stream: TcpStream,
    unread: Vec<u8>,
    pace: Pace,
    /// Bytes of content that were compared.
    pub(crate) compared: u64,
}

impl Line {
    /// Connects from this port of the clients' address.
    pub(crate) fn connect(port: u16, pace: Pace) -> Result<Self, Trouble> {
        let socket =
            Self::socket(port, pace).map_err(|error| Trouble::Broken(format!("no socket: {error}")))?;
        socket.connect_timeout(&ADDRESS.into(), TO_CONNECT).map_err(|error| trouble("connecting", &error))?;
        Ok(Self { stream: socket.into(), unread: Vec::new(), pace, compared: 0 })
    }

    fn socket(port: u16, pace: Pace) -> std::io::Result<Socket> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_reuse_address(true)?;
        socket.set_tcp_nodelay(true)?;
        socket.set_read_timeout(Some(SILENCE))?;
        socket.set_write_timeout(Some(SILENCE))?;
        if pace.piece > 0 {
            // The window is soon full.
            socket.set_recv_buffer_size(8_192)?;
        }
        socket.bind(&SocketAddr::from(([10, 75, 0, 1], port)).into())?;
        Ok(socket)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.stream.write_all(bytes).map_err(|error| trouble("sending", &error))
    }

    /// Closes this side.
    pub(crate) fn close_write(&mut self) -> Result<(), Trouble> {
        self.stream.shutdown(Shutdown::Write).map_err(|error| trouble("closing one side", &error))
    }

    /// Resets the connection.
    pub(crate) fn reset(self) {
        // A socket that is reset already needs none.
        let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }

    /// Reads some more; false at the end.
    fn read(&mut self) -> Result<bool, Trouble> {
        let mut space = [0; 16_384];
        let mut most = space.len();
        if self.pace.piece > 0 {
            sleep(self.pace.pause);
            most = most.min(self.pace.piece);
        }
        let length = self.stream.read(&mut space[..most]).map_err(|error| trouble("reading", &error))?;
        self.unread.extend_from_slice(&space[..length]);
        Ok(length > 0)
    }

    fn read_on(&mut self, what: &str) -> Result<(), Trouble> {
        if self.read()? { Ok(()) } else { Err(Trouble::Broken(format!("closed in {what}"))) }
    }

    /// Reads up to the server's end, before which nothing may come.
    pub(crate) fn end(&mut self) -> Result<(), Trouble> {
        if self.unread.is_empty() && !self.read()? {
            return Ok(());
        }
        Err(Trouble::Wrong(format!("{} bytes too many", self.unread.len())))
    }

    /// Reads a whole answer with this status, whose content is the demo's words about an error.
    pub(crate) fn error_answer(&mut self, status: u16) -> Result<(), Trouble> {
        let head = self.head(status)?;
        let Framing::Sized(length) = head else { return Err(Trouble::Wrong("an error in chunks".into())) };
        while self.unread.len() < length {
            self.read_on("an error's content")?;
        }
        self.unread.drain(..length);
        Ok(())
    }

    /// Reads a whole answer, or its first `most` bytes of content, and compares them with what was asked for.
    pub(crate) fn answer(&mut self, content: Content, most: usize) -> Result<(), Trouble> {
        match self.head(200)? {
            Framing::Sized(length) if length == content.length() => {
                self.compare(content, 0, length.min(most)).map(drop)
            }
            Framing::Sized(length) => {
                Err(Trouble::Wrong(format!("{length} bytes in place of {}", content.length())))
            }
            Framing::Chunked => self.chunks(content, most),
        }
    }

    fn chunks(&mut self, content: Content, most: usize) -> Result<(), Trouble> {
        let mut at = 0;
        loop {
            let line = self.text_line()?;
            let is_hex = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_hexdigit());
            let size = usize::from_str_radix(&line, 16).ok().filter(|_| is_hex);
            let size = size.ok_or_else(|| Trouble::Wrong(format!("a chunk size of {line:?} at {at}")))?;
            if size > 0 {
                at = self.compare(content, at, size.min(most - at))?;
            }
            if at == most && at < content.length() {
                return Ok(());
            }
            let end = self.text_line()?;
            if !end.is_empty() {
                return Err(Trouble::Wrong(format!("{end:?} behind a chunk, at {at}")));
            }
            if size == 0 && at == content.length() {
                return Ok(());
            }
            if size == 0 {
                return Err(Trouble::Wrong(format!("{at} bytes in place of {}", content.length())));
            }
        }
    }

    /// Compares `length` bytes with what stands at `at`; the place behind them.
    fn compare(&mut self, content: Content, mut at: usize, length: usize) -> Result<usize, Trouble> {
        let end = at + length;
        loop {
            let part = self.unread.len().min(end - at);
            if let Some(place) = content.differs(at, &self.unread[..part]) {
                let byte = self.unread[place - at];
                return Err(Trouble::Wrong(format!("byte {place} of {content:?} is {byte:#04x}")));
            }
            self.unread.drain(..part);
            self.compared += part as u64;
            at += part;
            if at == end {
                return Ok(at);
            }
            self.read_on("content")?;
        }
    }

    /// Reads a head up to its blank line; interim ones are passed over.
    fn head(&mut self, status: u16) -> Result<Framing, Trouble> {
        loop {
            let line = self.text_line()?;
            let code = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse::<u16>().ok());
            let mut framing = None;
            loop {
                let line = self.text_line()?.to_ascii_lowercase();
                if line.is_empty() {
                    break;
                }
                if let Some(length) = line.strip_prefix("content-length: ") {
                    framing = length.parse().ok().map(Framing::Sized);
                } else if line == "transfer-encoding: chunked" {
                    framing = Some(Framing::Chunked);
                }
            }
            match code {
                Some(100) if status == 200 => {}
                Some(code) if code == status => {
                    return framing.ok_or_else(|| Trouble::Wrong("an answer without framing".into()));
                }
                Some(503) => return Err(Trouble::Refused),
                Some(408) => return Err(Trouble::Broken("408: the request took too long".into())),
                _ => return Err(Trouble::Wrong(format!("{line:?} in place of {status}"))),
            }
        }
    }

    /// Reads a line, without its CRLF.
    fn text_line(&mut self) -> Result<String, Trouble> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = self.unread.drain(..end + 2).take(end).collect();
                return String::from_utf8(line).map_err(|_| Trouble::Wrong("a line is not UTF-8".into()));
            }
            if self.unread.len() > HEAD {
                return Err(Trouble::Wrong("a line without an end".into()));
            }
            self.read_on("a head or a chunk's line")?;
        }
    }
}

/// How the content of an answer ends.
enum Framing {
    Sized(usize),
    Chunked,
}

fn trouble(doing: &str, error: &std::io::Error) -> Trouble {
    let text = format!("{doing}: {error}");
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Trouble::Stalled(text),
        _ => Trouble::Broken(text),
    }
}
