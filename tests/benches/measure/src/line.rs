//! A client's connection, and the reading of answers: by the byte, and as strictly as can be.

use std::fmt;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use crate::noise::Content;

/// Longest silence before an answer or inside it: a segment must be lost some seven times in a row.
const SILENCE: Duration = Duration::from_secs(30);
/// Longest head that is read.
const HEAD: usize = 4_096;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
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
pub struct Pace {
    /// Most bytes at a time; 0 for as many as there are.
    pub piece: usize,
    /// A pause before each.
    pub pause: Duration,
}

/// A connection.
#[derive(Debug)]
pub struct Line {
    stream: TcpStream,
    unread: Vec<u8>,
    pace: Pace,
    /// Bytes of content that were compared.
    pub compared: u64,
}

impl Line {
    /// Connects to `server`, from an address of its own if one is given, and waits for that at most so long. One that
    /// reads slowly has a small window, so that it is soon full.
    ///
    /// # Errors
    /// What went wrong.
    pub fn connect(
        server: SocketAddr,
        from: Option<SocketAddr>,
        pace: Pace,
        longest: Duration,
    ) -> Result<Self, Trouble> {
        let told = |error: std::io::Error| trouble("connecting", &error);
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None).map_err(told)?;
        if pace.piece > 0 {
            socket.set_recv_buffer_size(8_192).map_err(told)?;
        }
        if let Some(from) = from {
            socket.set_reuse_address(true).and_then(|()| socket.bind(&from.into())).map_err(told)?;
        }
        socket.connect_timeout(&server.into(), longest).map_err(told)?;
        Self::over(socket.into(), pace)
    }

    fn over(stream: TcpStream, pace: Pace) -> Result<Self, Trouble> {
        stream
            .set_nodelay(true)
            .and_then(|()| stream.set_read_timeout(Some(SILENCE)))
            .and_then(|()| stream.set_write_timeout(Some(SILENCE)))
            .map_err(|error| trouble("setting options", &error))?;
        Ok(Self { stream, unread: Vec::new(), pace, compared: 0 })
    }

    /// Sends all of it.
    ///
    /// # Errors
    /// The server does not take it.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        self.stream.write_all(bytes).map_err(|error| trouble("sending", &error))
    }

    /// Closes this side.
    ///
    /// # Errors
    /// What went wrong.
    pub fn close_write(&mut self) -> Result<(), Trouble> {
        self.stream.shutdown(Shutdown::Write).map_err(|error| trouble("closing one side", &error))
    }

    /// Resets the connection.
    pub fn reset(self) {
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
    ///
    /// # Errors
    /// What went wrong.
    pub fn end(&mut self) -> Result<(), Trouble> {
        if self.unread.is_empty() && !self.read()? {
            return Ok(());
        }
        Err(Trouble::Wrong(format!("{} bytes too many", self.unread.len())))
    }

    /// Reads a whole answer with this status, whose content is the demo's words about an error.
    ///
    /// # Errors
    /// What went wrong.
    pub fn error_answer(&mut self, status: u16) -> Result<(), Trouble> {
        let head = self.head(status)?;
        let Framing::Sized(length) = head else {
            return Err(Trouble::Wrong("an error without a length".into()));
        };
        while self.unread.len() < length {
            self.read_on("an error's content")?;
        }
        self.unread.drain(..length);
        Ok(())
    }

    /// Reads a whole answer, or its first `most` bytes of content, and compares them with what was asked for.
    ///
    /// # Errors
    /// What went wrong.
    pub fn answer(&mut self, content: Content, most: usize) -> Result<(), Trouble> {
        self.answer_of(200, content, most)
    }

    /// The same with another status.
    ///
    /// # Errors
    /// What went wrong.
    pub fn answer_of(&mut self, status: u16, content: Content, most: usize) -> Result<(), Trouble> {
        match self.head(status)? {
            Framing::Sized(length) if length == content.length() => {
                self.compare(content, 0, length.min(most)).map(drop)
            }
            Framing::Sized(length) => {
                Err(Trouble::Wrong(format!("{length} bytes in place of {}", content.length())))
            }
            Framing::Chunked => self.chunks(content, most),
            Framing::None => Err(Trouble::Wrong("an answer without framing".into())),
        }
    }

    /// Reads an answer that has a head and no more.
    ///
    /// # Errors
    /// What went wrong.
    pub fn bare_answer(&mut self, status: u16) -> Result<(), Trouble> {
        self.head(status).map(drop)
    }

    /// Reads a whole answer whose content its reader compares.
    ///
    /// # Errors
    /// What went wrong.
    pub fn content(&mut self) -> Result<Vec<u8>, Trouble> {
        let framing = self.head(200)?;
        let mut content = Vec::new();
        loop {
            let size = match framing {
                Framing::Sized(length) => length,
                Framing::Chunked => {
                    let line = self.text_line()?;
                    usize::from_str_radix(&line, 16)
                        .map_err(|_| Trouble::Wrong(format!("a chunk size of {line:?}")))?
                }
                Framing::None => return Err(Trouble::Wrong("an answer without framing".into())),
            };
            while self.unread.len() < size {
                self.read_on("content")?;
            }
            content.extend(self.unread.drain(..size));
            if matches!(framing, Framing::Sized(_)) {
                return Ok(content);
            }
            if !self.text_line()?.is_empty() {
                return Err(Trouble::Wrong("a chunk does not end where it said".into()));
            }
            if size == 0 {
                return Ok(content);
            }
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
                    return Ok(framing.unwrap_or(Framing::None));
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
    None,
}

/// What a failure of the socket means.
pub fn trouble(doing: &str, error: &std::io::Error) -> Trouble {
    let text = format!("{doing}: {error}");
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Trouble::Stalled(text),
        _ => Trouble::Broken(text),
    }
}
