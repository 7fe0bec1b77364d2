//! Reads a message body out of its framing, in place: content moves down over the chunk lines that came before it.
//!
//! ```text
//! chunked-body = *chunk last-chunk trailer-section CRLF                             RFC 9112 §7.1
//! chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
//! chunk-ext    = *( ";" chunk-ext-name [ "=" chunk-ext-val ] )
//! ```
//! The grammar's `BWS` around `;` and `=` is refused: no sender makes it, and recipients differ over it.

use crate::bytes::class::{QUOTED, TOKEN};
use crate::bytes::move_down;
use crate::bytes::number::hex_digit;
use crate::framing::BodyLength;
use crate::limits::Limits;
use crate::message::status::Status;
use crate::parse::field_line::{self, FieldLineError};

/// How far a body has been read.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    /// Bytes of content still to come: of the whole body when it is sized, of the chunk at hand when it is chunked.
    left: u64,
    /// Bytes of content so far.
    received: u64,
    /// Most bytes of content, where that is less than `Limits::content`.
    most: u64,
    /// Bytes of content that nobody read, and that were thrown away.
    #[cfg(feature = "content")]
    discarded: u64,
    state: State,
    /// Bytes of chunk extensions so far, then bytes of the trailer section.
    spent: u16,
    /// Bytes of an unfinished trailer line that were searched for its end.
    searched: u16,
}

/// Why a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyError {
    /// A chunk size that is not `1*HEXDIG`, or that is followed by anything but `;` or CRLF.
    ChunkSize,
    /// A chunk size of more than 16 digits.
    ChunkSizeTooLong,
    /// A chunk extension against its grammar.
    ChunkExtension,
    /// A blank in a chunk line. RFC 9112 §7.1.1 has recipients read over some; no sender makes them, and recipients are
    /// known to differ.
    ChunkBlank,
    /// More chunk extensions than `Limits::chunk_extensions`.
    ChunkExtensionsTooLong,
    /// A chunk line that ends in LF or CR alone, or chunk data not followed by CRLF.
    LineEnd,
    /// A line of the trailer section.
    Trailer(FieldLineError),
    /// A trailer section over `Limits::trailer_section` or the receive buffer; 431.
    TrailerTooLarge,
    /// More content than `Limits::content`; 413.
    ContentTooLarge,
}

impl BodyError {
    /// The status answered.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::TrailerTooLarge | Self::Trailer(FieldLineError::NameTooLong) => {
                Status::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Self::ContentTooLarge => Status::CONTENT_TOO_LARGE,
            _ => Status::BAD_REQUEST,
        }
    }

    /// What the client is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::ChunkSize => "a chunk size is not a hexadecimal number",
            Self::ChunkSizeTooLong => "a chunk size is too long",
            Self::ChunkExtension => "a chunk extension is malformed",
            Self::ChunkBlank => "a chunk line has a blank",
            Self::ChunkExtensionsTooLong => "the chunk extensions are too long",
            Self::LineEnd => "a chunk does not end in CRLF",
            Self::Trailer(error) => error.reason(),
            Self::TrailerTooLarge => "the trailer section is too large",
            Self::ContentTooLarge => "the content is larger than is accepted here",
        }
    }

    /// The section whose rule is broken, or that lets a server set this limit.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::ChunkSize | Self::ChunkSizeTooLong | Self::LineEnd => "RFC 9112 §7.1",
            Self::ChunkExtension | Self::ChunkExtensionsTooLong | Self::ChunkBlank => "RFC 9112 §7.1.1",
            Self::Trailer(_) => "RFC 9112 §7.1.2",
            Self::TrailerTooLarge => "RFC 6585 §5",
            Self::ContentTooLarge => "RFC 9110 §15.5.14",
        }
    }

    /// Whether the rule is ours: that section would let the body pass.
    #[must_use]
    pub const fn is_stricter(self) -> bool {
        matches!(self, Self::ChunkBlank)
    }
}

/// How far [`Decoder::decode`] came in a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Where the content ends, not behind `unread`.
    pub content_end: usize,
    /// Where the bytes start that have not been read.
    pub unread: usize,
}

/// The part of a body that the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Content of a sized body.
    Content {
        /// Bytes of the body that are still to come.
        left: u64,
    },
    /// The digits of a chunk size.
    ChunkSize,
    /// A chunk extension.
    ChunkExtension,
    /// The LF of a chunk line.
    ChunkLineEnd,
    /// Chunk data.
    ChunkData {
        /// Bytes of the chunk that are still to come.
        left: u64,
    },
    /// The CRLF behind chunk data.
    ChunkDataEnd,
    /// A line of the trailer section, or the empty line behind it.
    Trailer,
    /// Nothing: the body has been read to its end.
    Behind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Sized,
    /// Before the first digit of a chunk size.
    Size,
    /// Behind this many digits.
    SizeDigits(u8),
    /// Behind `;`.
    ExtensionName,
    ExtensionNameRest,
    /// Behind `=`.
    ExtensionValue,
    ExtensionToken,
    ExtensionQuoted,
    ExtensionEscape,
    /// Behind the closing quote.
    ExtensionQuotedEnd,
    /// Behind the CR of a chunk line.
    LineFeed,
    Data,
    /// Behind chunk data.
    DataReturn,
    DataLineFeed,
    Trailer,
    Done,
}

impl Decoder {
    /// A decoder for a body of this length.
    #[must_use]
    pub const fn new(length: BodyLength) -> Self {
        let (left, state) = match length {
            BodyLength::Empty | BodyLength::Sized(0) => (0, State::Done),
            BodyLength::Sized(length) => (length, State::Sized),
            BodyLength::Chunked => (0, State::Size),
        };
        Self {
            left,
            received: 0,
            most: u64::MAX,
            #[cfg(feature = "content")]
            discarded: 0,
            state,
            spent: 0,
            searched: 0,
        }
    }

    /// Takes no more than `most` bytes of content, if `Limits::content` is not less.
    pub fn bound(&mut self, most: u64) {
        self.most = most;
    }

    /// Whether the body has been read to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.state == State::Done
    }

    /// The part of the body that the next byte belongs to.
    #[must_use]
    pub const fn part(&self) -> Part {
        match self.state {
            State::Sized => Part::Content { left: self.left },
            State::Size | State::SizeDigits(_) => Part::ChunkSize,
            State::ExtensionName
            | State::ExtensionNameRest
            | State::ExtensionValue
            | State::ExtensionToken
            | State::ExtensionQuoted
            | State::ExtensionEscape
            | State::ExtensionQuotedEnd => Part::ChunkExtension,
            State::LineFeed => Part::ChunkLineEnd,
            State::Data => Part::ChunkData { left: self.left },
            State::DataReturn | State::DataLineFeed => Part::ChunkDataEnd,
            State::Trailer => Part::Trailer,
            State::Done => Part::Behind,
        }
    }

    /// Bytes of content still to come, where that is known.
    #[must_use]
    pub fn left(&self) -> Option<u64> {
        match self.state {
            State::Sized | State::Done => Some(self.left),
            _ => None,
        }
    }

    /// Bytes of content that have been read so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// `bytes` more of content were thrown away: how many that makes in all.
    #[cfg(feature = "content")]
    pub(crate) fn discard(&mut self, bytes: u64) -> u64 {
        self.discarded = self.discarded.saturating_add(bytes);
        self.discarded
    }

    /// Reads `buffer[at.unread..]` as far as it goes, moves its content to `at.content_end`, and moves both on. Bytes
    /// behind the body's end are left alone.
    ///
    /// # Errors
    /// What the body is refused for. `at` then stands where the mistake is, behind the content that came before it.
    pub fn decode(&mut self, buffer: &mut [u8], at: &mut Decoded, limits: &Limits) -> Result<(), BodyError> {
        let Decoded { content_end, unread } = at;
        while let Some(&byte) = buffer.get(*unread) {
            match self.state {
                State::Done => break,
                State::Sized | State::Data => {
                    let there = buffer.len().saturating_sub(*unread);
                    let allowed = self.left.min(limits.content.min(self.most).saturating_sub(self.received));
                    if allowed == 0 {
                        return Err(BodyError::ContentTooLarge);
                    }
                    let taken = usize::try_from(allowed).map_or(there, |allowed| allowed.min(there));
                    move_down(buffer, *unread, *content_end, taken);
                    *content_end = content_end.saturating_add(taken);
                    *unread = unread.saturating_add(taken);
                    self.received = self.received.saturating_add(taken as u64);
                    self.left = self.left.saturating_sub(taken as u64);
                    if self.left == 0 {
                        self.state = if self.state == State::Sized { State::Done } else { State::DataReturn };
                    }
                }
                State::Trailer => {
                    match self.trailer_line(buffer.get(*unread..).unwrap_or_default(), limits)? {
                        0 => break,
                        length => *unread = unread.saturating_add(length),
                    }
                }
                _ => {
                    self.state = self.framing_byte(byte, limits)?;
                    *unread = unread.saturating_add(1);
                }
            }
        }
        Ok(())
    }

    /// The state behind one byte of a chunk line or of the line end behind chunk data.
    fn framing_byte(&mut self, byte: u8, limits: &Limits) -> Result<State, BodyError> {
        use State::*;
        let next = self.next_state(byte)?;
        // Extensions count from the semicolon to before the CR.
        let in_extension = matches!(
            next,
            ExtensionName
                | ExtensionNameRest
                | ExtensionValue
                | ExtensionToken
                | ExtensionQuoted
                | ExtensionEscape
                | ExtensionQuotedEnd
        );
        if in_extension {
            if self.spent >= limits.chunk_extensions {
                return Err(BodyError::ChunkExtensionsTooLong);
            }
            self.spent = self.spent.saturating_add(1);
        }
        Ok(next)
    }

    fn next_state(&mut self, byte: u8) -> Result<State, BodyError> {
        use State::*;
        Ok(match (self.state, byte) {
            (Size | SizeDigits(_), _) if hex_digit(byte).is_some() => {
                let digits = if let SizeDigits(digits) = self.state { digits } else { 0 };
                if digits >= 16 {
                    return Err(BodyError::ChunkSizeTooLong);
                }
                self.left = self.left.wrapping_shl(4) | u64::from(hex_digit(byte).unwrap_or(0));
                SizeDigits(digits.saturating_add(1))
            }
            (SizeDigits(_) | ExtensionNameRest | ExtensionToken | ExtensionQuotedEnd, b'\r') => LineFeed,
            (SizeDigits(_) | ExtensionNameRest | ExtensionToken | ExtensionQuotedEnd, b';') => ExtensionName,
            (
                SizeDigits(_) | ExtensionName | ExtensionNameRest | ExtensionValue | ExtensionToken
                | ExtensionQuotedEnd,
                b' ' | b'\t',
            ) => return Err(BodyError::ChunkBlank),
            (Size | SizeDigits(_), b'\n') => return Err(BodyError::LineEnd),
            (Size | SizeDigits(_), _) => return Err(BodyError::ChunkSize),
            (ExtensionName | ExtensionNameRest, _) if TOKEN.has(byte) => ExtensionNameRest,
            (ExtensionNameRest, b'=') => ExtensionValue,
            (ExtensionValue, b'"') => ExtensionQuoted,
            (ExtensionValue | ExtensionToken, _) if TOKEN.has(byte) => ExtensionToken,
            (ExtensionQuoted, b'"') => ExtensionQuotedEnd,
            (ExtensionQuoted, b'\\') => ExtensionEscape,
            (ExtensionQuoted, _) if QUOTED.has(byte) => ExtensionQuoted,
            (ExtensionEscape, b'\\' | b'"') => ExtensionQuoted,
            (ExtensionEscape, _) if QUOTED.has(byte) => ExtensionQuoted,
            (LineFeed, b'\n') if self.left == 0 => {
                self.spent = 0;
                Trailer
            }
            (LineFeed, b'\n') => Data,
            (DataReturn, b'\r') => DataLineFeed,
            (DataLineFeed, b'\n') => Size,
            (LineFeed | DataReturn | DataLineFeed, _) => return Err(BodyError::LineEnd),
            _ => return Err(BodyError::ChunkExtension),
        })
    }

    /// Reads one line of the trailer section at the front of `bytes`, and says how long it is with its line end; 0
    /// when its end is not there. Trailer fields are checked and dropped: they are never merged into the header
    /// section (RFC 9110 §6.5.1).
    fn trailer_line(&mut self, bytes: &[u8], limits: &Limits) -> Result<usize, BodyError> {
        let searched = usize::from(self.searched);
        let found = bytes.get(searched..).unwrap_or_default().iter().position(|&byte| byte == b'\n');
        let length = found.map_or(bytes.len(), |at| searched.saturating_add(at).saturating_add(1));
        let spent = usize::from(self.spent).saturating_add(length);
        if spent > usize::from(limits.trailer_section) {
            return Err(BodyError::TrailerTooLarge);
        }
        if found.is_none() {
            self.searched = u16::try_from(length).unwrap_or(u16::MAX);
            return Ok(0);
        }
        let Some([line @ .., b'\r', b'\n']) = bytes.get(..length) else { return Err(BodyError::LineEnd) };
        if line.is_empty() {
            self.state = State::Done;
        } else {
            field_line::parse(line, 0).map_err(BodyError::Trailer)?;
        }
        self.searched = 0;
        self.spent = u16::try_from(spent).unwrap_or(u16::MAX);
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
