//! A client that sends what it is told, and reads answers byte for byte.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take before a test fails: long enough for any deadline of the board.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Status line and field lines.
    pub head: String,
    /// Its content, without chunk lines.
    pub content: Vec<u8>,
}

impl Answer {
    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// Its content as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }

    /// Whether the connection ends behind it.
    pub fn says_close(&self) -> bool {
        self.field("Connection").is_some_and(|options| options.eq_ignore_ascii_case("close"))
    }
}

/// A connection to the board.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Client {
    /// Opens one.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the board accepts");
        stream.set_nodelay(true).expect("it is a socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("it is a socket");
        stream.set_write_timeout(Some(PATIENCE)).expect("it is a socket");
        Self { stream, received: Vec::new() }
    }

    /// The same connection for another thread, to send while this one reads.
    ///
    /// # Panics
    /// When there are no handles left.
    pub fn second(&self) -> Self {
        Self { stream: self.stream.try_clone().expect("a second handle"), received: Vec::new() }
    }

    /// Sends bytes; whether the board took them.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends nothing more.
    pub fn finish(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Sends a request and reads its answer.
    ///
    /// # Panics
    /// When there is none.
    pub fn ask(&mut self, request: &str) -> Answer {
        assert!(self.send(request), "the board takes {request:?}");
        let has_content = !request.starts_with("HEAD ");
        self.answer(has_content).unwrap_or_else(|| panic!("no answer to {request:?}"))
    }

    /// The next answer; `None` when the connection ends before.
    ///
    /// # Panics
    /// When it ends within one.
    pub fn answer(&mut self, has_content: bool) -> Option<Answer> {
        let end = loop {
            if let Some(at) = find(&self.received, b"\r\n\r\n") {
                break at + 4;
            }
            if !self.receive() {
                assert!(
                    self.received.is_empty(),
                    "half an answer: {:?}",
                    String::from_utf8_lossy(&self.received)
                );
                return None;
            }
        };
        let head = String::from_utf8(self.received.drain(..end).collect()).expect("a head is ASCII");
        let status = head.get(9..12).and_then(|status| status.parse().ok()).expect("a status line");
        let mut answer = Answer { status, head, content: Vec::new() };
        if !has_content || status == 204 || status == 304 {
            return Some(answer);
        }
        if answer.field("Transfer-Encoding").is_some() {
            loop {
                let line = self.line();
                let size = usize::from_str_radix(&line, 16).expect("a chunk size");
                answer.content.extend(self.bytes(size));
                self.bytes(2);
                if size == 0 {
                    return Some(answer);
                }
            }
        }
        let length = answer.field("Content-Length").and_then(|length| length.parse().ok()).expect("a length");
        answer.content = self.bytes(length);
        Some(answer)
    }

    /// Everything that still comes, until the board has closed its side or given the connection up.
    pub fn rest(&mut self) -> Vec<u8> {
        while self.receive() {}
        std::mem::take(&mut self.received)
    }

    /// Whether the board has closed its side, and sent nothing more before.
    pub fn is_closed(&mut self) -> bool {
        self.received.is_empty() && !self.receive()
    }

    fn line(&mut self) -> String {
        loop {
            if let Some(at) = find(&self.received, b"\r\n") {
                let line = self.received.drain(..at + 2).take(at).collect();
                return String::from_utf8(line).expect("a line is ASCII");
            }
            assert!(self.receive(), "the connection ends within a line");
        }
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        while self.received.len() < length {
            assert!(self.receive(), "the connection ends within content");
        }
        self.received.drain(..length).collect()
    }

    /// Reads what comes; false at the end.
    fn receive(&mut self) -> bool {
        let mut space = [0; 4_096];
        match self.stream.read(&mut space) {
            Ok(length) => {
                self.received.extend_from_slice(&space[..length]);
                length > 0
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::ConnectionReset) => false,
            Err(error) => panic!("the board is silent: {error}"),
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
