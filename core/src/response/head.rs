//! The status line and the fields that frame the content (RFC 9112 §4, §6), formatted without `core::fmt`.

use super::RESERVE;
use crate::bytes::number::Decimal;
use crate::message::status::Status;

/// How the answer's content is framed, and whether the connection persists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Framing {
    pub(crate) length: Length,
    pub(crate) connection: ConnectionOption,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// The status has no content, or it runs to the end of the connection: no field.
    Silent,
    Sized(u64),
    Chunked,
}

/// What the `Connection` field says (RFC 9112 §9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionOption {
    /// HTTP/1.1 persists without a word.
    None,
    /// For HTTP/1.0 clients that asked for it.
    KeepAlive,
    Close,
    /// An `Upgrade` field is there (RFC 9110 §7.8).
    Upgrade,
    /// Both.
    CloseUpgrade,
}

/// Status line and framing fields.
pub(crate) struct Head {
    bytes: [u8; RESERVE],
    length: usize,
}

impl Head {
    pub(crate) fn new(status: Status, framing: Framing) -> Self {
        let mut head = Self { bytes: [0; RESERVE], length: 0 };
        head.put(b"HTTP/1.1 ");
        head.put(&status.digits());
        head.put(b" ");
        head.put(status.reason().as_bytes());
        match framing.length {
            Length::Silent => head.put(b"\r\n"),
            Length::Chunked => head.put(b"\r\nTransfer-Encoding: chunked\r\n"),
            Length::Sized(length) => {
                head.put(b"\r\nContent-Length: ");
                head.put(Decimal::new(length).as_bytes());
                head.put(b"\r\n");
            }
        }
        match framing.connection {
            ConnectionOption::None => {}
            ConnectionOption::KeepAlive => head.put(b"Connection: keep-alive\r\n"),
            ConnectionOption::Close => head.put(b"Connection: close\r\n"),
            ConnectionOption::Upgrade => head.put(b"Connection: upgrade\r\n"),
            ConnectionOption::CloseUpgrade => head.put(b"Connection: close, upgrade\r\n"),
        }
        head
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn put(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        if let Some(space) = self.bytes.get_mut(self.length..end) {
            space.copy_from_slice(bytes);
            self.length = end;
        }
    }
}
