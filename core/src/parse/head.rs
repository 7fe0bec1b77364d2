//! The head of a request: request line, field lines, empty line (RFC 9112 §2.1). Resumable: it remembers how far it
//! looked for the end of a line and which lines it has read, and looks at nothing twice.
//!
//! A line is read when its end is there, never before; so however the bytes are cut, the same lines are read with the
//! same outcome. Two rules do look at a line whose end is not there, and give the same answer once it is: the first
//! byte must be able to start a method, and a line longer than its limit is refused without waiting for its end.

use super::field_line::{self, FieldLine, FieldLineError};
use super::request_line::{self, METHOD_MAX, RequestLine, RequestLineError};
use crate::bytes::class::TOKEN;
use crate::limits::Limits;
use crate::message::status::Status;

/// Reads one head from the front of a growing buffer.
#[derive(Clone, Copy, Debug)]
pub struct HeadParser {
    /// Where the line being read starts.
    line_start: u16,
    /// Up to where that line was searched for its end.
    searched: u16,
    /// Where the first field line starts; the request line has been read once this is not 0.
    section_start: u16,
    empty_lines: u8,
    head: Head,
}

/// A head that has been read: what its request line says, how many field lines follow, and where it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The request line.
    pub line: RequestLine,
    /// How many of the lent field lines were filled.
    pub field_lines: u16,
    /// Offset behind the empty line that ends the head.
    pub end: u16,
}

impl Head {
    const EMPTY: Self = Self { line: RequestLine::EMPTY, field_lines: 0, end: 0 };
}

/// How far the parser came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not enough bytes: no error.
    Incomplete,
    /// All of it.
    Complete(Head),
}

/// Why a request head is refused: always the peer's doing. Offsets count from the receive buffer's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadError {
    /// LF without CR before it (RFC 9112 §2.2 lets recipients accept it; what follows could then be framed in two ways).
    BareLineFeed {
        /// Offset of the LF.
        at: usize,
    },
    /// More empty lines before the request line than `Limits::empty_lines`.
    EmptyLines,
    /// The request line that starts at `at`.
    RequestLine {
        /// Offset of the line.
        at: usize,
        /// What is wrong with it.
        error: RequestLineError,
    },
    /// The request line passes `Limits::request_line` or the receive buffer; 414.
    RequestLineTooLong,
    /// The field line that starts at `at`.
    FieldLine {
        /// Offset of the line.
        at: usize,
        /// What is wrong with it.
        error: FieldLineError,
    },
    /// The header section passes `Limits::field_section` or the receive buffer; 431.
    FieldSectionTooLarge,
    /// More field lines than `Limits::field_lines` or than were lent; 431.
    TooManyFieldLines,
}

impl HeadError {
    /// The status answered.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::RequestLineTooLong => Status::URI_TOO_LONG,
            Self::FieldSectionTooLarge
            | Self::TooManyFieldLines
            | Self::FieldLine { error: FieldLineError::NameTooLong, .. } => {
                Status::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Self::RequestLine { error: RequestLineError::UnsupportedVersion, .. } => {
                Status::HTTP_VERSION_NOT_SUPPORTED
            }
            _ => Status::BAD_REQUEST,
        }
    }

    /// What the client is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::BareLineFeed { .. } => "a line ends in LF without CR",
            Self::EmptyLines => "too many empty lines come before the request line",
            Self::RequestLineTooLong => "the request line is too long",
            Self::FieldSectionTooLarge => "the header section is too large",
            Self::TooManyFieldLines => "there are too many field lines",
            Self::RequestLine { error, .. } => error.reason(),
            Self::FieldLine { error, .. } => error.reason(),
        }
    }
}

impl HeadParser {
    /// A parser for the head that starts at offset `start` of the receive buffer.
    #[must_use]
    pub const fn at(start: usize) -> Self {
        // A receive buffer ends before 2^16, so nothing is cut off.
        let start = start as u16;
        Self { line_start: start, searched: start, section_start: 0, empty_lines: 0, head: Head::EMPTY }
    }

    /// Reads on in `bytes`, the receive buffer as far as it is filled: the same bytes as before and any that came.
    pub fn parse(
        &mut self,
        bytes: &[u8],
        lines: &mut [FieldLine],
        limits: &Limits,
    ) -> Result<Progress, HeadError> {
        loop {
            let start = usize::from(self.line_start);
            if !self.has_request_line() {
                check_first_byte(bytes, start)?;
            }
            let searched = usize::from(self.searched);
            let unread = bytes.get(searched..).unwrap_or_default();
            let Some(length) = unread.iter().position(|&byte| byte == b'\n') else {
                self.searched = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
                return match self.has_room_for(bytes.get(start..).unwrap_or_default(), limits) {
                    true => Ok(Progress::Incomplete),
                    false => Err(self.overflow(bytes)),
                };
            };
            let end = searched.saturating_add(length);
            let with_return = bytes.get(start..end).unwrap_or_default();
            if !self.has_room_for(with_return, limits) {
                return Err(self.overflow(bytes));
            }
            let [line @ .., b'\r'] = with_return else { return Err(HeadError::BareLineFeed { at: end }) };
            let next = u16::try_from(end.saturating_add(1)).unwrap_or(u16::MAX);
            if self.has_request_line() && line.is_empty() {
                self.head.end = next;
                return Ok(Progress::Complete(self.head));
            }
            self.read_line(line, start, lines, limits)?;
            self.line_start = next;
            self.searched = next;
            if self.head.line.method_name.is_empty() {
                continue; // an empty line before the request line
            }
            if !self.has_request_line() {
                self.section_start = next;
            }
        }
    }

    /// What a head is refused with that fills the receive buffer without being complete.
    #[must_use]
    pub fn overflow(&self, bytes: &[u8]) -> HeadError {
        if self.has_request_line() {
            return HeadError::FieldSectionTooLarge;
        }
        let at = usize::from(self.line_start);
        let method = bytes.get(at..).unwrap_or_default();
        match method.iter().take(METHOD_MAX.saturating_add(1)).all(|&byte| TOKEN.has(byte)) {
            true => HeadError::RequestLine { at, error: RequestLineError::MethodTooLong },
            false => HeadError::RequestLineTooLong,
        }
    }

    /// What has been read so far. Its field lines count only when the head was complete.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// Whether the request line has not been read yet, and only empty lines before it may have been.
    #[must_use]
    pub fn is_before_request_line(&self) -> bool {
        !self.has_request_line()
    }

    fn has_request_line(&self) -> bool {
        self.section_start != 0
    }

    /// Whether a line of these bytes, with CR when its end was found, keeps within the limit of its kind.
    fn has_room_for(&self, line: &[u8], limits: &Limits) -> bool {
        match self.has_request_line() {
            false => line.len() <= usize::from(limits.request_line).saturating_add(1),
            true => {
                let before = usize::from(self.line_start).saturating_sub(usize::from(self.section_start));
                before.saturating_add(line.len()) < usize::from(limits.field_section)
            }
        }
    }

    fn read_line(
        &mut self,
        line: &[u8],
        start: usize,
        lines: &mut [FieldLine],
        limits: &Limits,
    ) -> Result<(), HeadError> {
        if self.has_request_line() {
            let count = self.head.field_lines;
            let Some(slot) = lines.get_mut(usize::from(count)).filter(|_| count < limits.field_lines) else {
                return Err(HeadError::TooManyFieldLines);
            };
            *slot =
                field_line::parse(line, start).map_err(|error| HeadError::FieldLine { at: start, error })?;
            self.head.field_lines = count.saturating_add(1);
        } else if line.is_empty() {
            if self.empty_lines >= limits.empty_lines {
                return Err(HeadError::EmptyLines);
            }
            self.empty_lines = self.empty_lines.saturating_add(1);
        } else {
            self.head.line = request_line::parse(line, start)
                .map_err(|error| HeadError::RequestLine { at: start, error })?;
        }
        Ok(())
    }
}

/// The first byte of a request line can start a method or, before it, an empty line. Anything else, such as a TLS
/// handshake, is refused at once instead of at its first line feed.
fn check_first_byte(bytes: &[u8], start: usize) -> Result<(), HeadError> {
    match bytes.get(start) {
        Some(&byte) if byte != b'\r' && byte != b'\n' && !TOKEN.has(byte) => {
            Err(HeadError::RequestLine { at: start, error: RequestLineError::Method { at: 0 } })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
