//! The status line and the fields that frame the content (RFC 9112 §4, §6), formatted without `core::fmt`.

use crate::bytes::number::put_decimal;
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

/// Puts the status line and the framing fields at the end of `reserve`, from the last byte to the first, because what
/// comes behind them is there already; says how many bytes they take.
pub(crate) fn put_head(reserve: &mut [u8], status: Status, framing: Framing) -> usize {
    let end = reserve.len();
    let mut head = Backwards { space: reserve, start: end };
    match framing.connection {
        ConnectionOption::None => {}
        ConnectionOption::KeepAlive => head.put(b"Connection: keep-alive\r\n"),
        ConnectionOption::Close => head.put(b"Connection: close\r\n"),
        ConnectionOption::Upgrade => head.put(b"Connection: upgrade\r\n"),
        ConnectionOption::CloseUpgrade => head.put(b"Connection: close, upgrade\r\n"),
    }
    match framing.length {
        Length::Silent => head.put(b"\r\n"),
        Length::Chunked => head.put(b"\r\nTransfer-Encoding: chunked\r\n"),
        Length::Sized(length) => {
            head.put(b"\r\n");
            head.start = put_decimal(length, head.space, head.start);
            head.put(b"\r\nContent-Length: ");
        }
    }
    let phrase = phrase(status);
    if status == Status::OK && !phrase.is_empty() {
        head.put(b"HTTP/1.1 200 OK"); // as nearly every answer begins
        return end.saturating_sub(head.start);
    }
    head.put(phrase.as_bytes());
    let [hundreds, tens, ones] = status.digits();
    head.put(&[b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1', b' ', hundreds, tens, ones, b' ']);
    end.saturating_sub(head.start)
}

/// The words behind a status, where answers have words: a recipient ignores them, and they may be missing (RFC 9112 §4).
pub(super) const fn phrase(status: Status) -> &'static str {
    if cfg!(feature = "reasons") { status.reason() } else { "" }
}

/// Bytes that are put in front of those that are there.
struct Backwards<'s> {
    space: &'s mut [u8],
    start: usize,
}

impl Backwards<'_> {
    fn put(&mut self, bytes: &[u8]) {
        let start = self.start.saturating_sub(bytes.len());
        if let Some(space) = self.space.get_mut(start..self.start) {
            space.copy_from_slice(bytes);
            self.start = start;
        }
    }
}
