//! The head of a request: request line, field lines, empty line (RFC 9112 §2.1). Resumable: it remembers how far it
//! came in which part of a line, and looks at nothing twice.
//!
//! However the bytes are cut, the outcome is the same, because they are judged in their order: the first byte that
//! cannot belong to a head decides, and so does the first byte beyond a limit, which is why nothing is looked at
//! behind one. Only the parts of a request line are judged once its end is there, since its version comes last and
//! comes first: another major version need not share our grammar.

mod error;

pub use self::error::HeadError;
use super::field_line::{self, FieldLine, FieldLineError, NAME_MAX, skip_name, skip_value};
use super::request_line::{self, METHOD_MAX, RequestLine, RequestLineError};
use crate::bytes::class::TOKEN;
use crate::bytes::scan::from_control;
use crate::limits::Limits;

/// Reads one head from the front of a growing buffer.
#[derive(Clone, Copy, Debug)]
pub struct HeadParser {
    /// Where the head starts.
    start: u16,
    /// Where the line being read starts.
    line_start: u16,
    /// Up to where that line was read.
    searched: u16,
    /// Where the first field line starts; the request line has been read once this is not 0.
    section_start: u16,
    /// Length of the name of the field line being read; 0 until its colon is found.
    name_length: u16,
    /// Whether the name of that line has an underscore.
    is_underscored: bool,
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

impl HeadParser {
    /// A parser for the head that starts at offset `start` of the receive buffer.
    #[must_use]
    pub const fn at(start: usize) -> Self {
        // A receive buffer ends before 2^16, so nothing is cut off.
        let start = start as u16;
        Self {
            start,
            line_start: start,
            searched: start,
            section_start: 0,
            name_length: 0,
            is_underscored: false,
            empty_lines: 0,
            head: Head::EMPTY,
        }
    }

    /// Lets a parser that has read nothing begin at that offset.
    pub(crate) fn begin_at(&mut self, start: usize) {
        (self.start, self.line_start, self.searched) = (start as u16, start as u16, start as u16);
    }

    /// Reads on in `bytes`, the receive buffer as far as it is filled: the same bytes as before and any that came.
    ///
    /// # Errors
    /// What the head is refused for. A head that does not end within the first 65,535 bytes is too large, whatever the
    /// limits say.
    pub fn parse(
        &mut self,
        bytes: &[u8],
        lines: &mut [FieldLine],
        limits: &Limits,
    ) -> Result<Progress, HeadError> {
        match self.parse_on(bytes, lines, limits) {
            Ok(true) => Ok(Progress::Complete(self.head)),
            Ok(false) => Ok(Progress::Incomplete),
            Err(error) => Err(error),
        }
    }

    /// The same for who looks at the [head](HeadParser::head) where it lies: whether it has been read to its end.
    #[inline]
    pub(crate) fn parse_on(
        &mut self,
        bytes: &[u8],
        lines: &mut [FieldLine],
        limits: &Limits,
    ) -> Result<bool, HeadError> {
        // Offsets have 16 bits.
        let clipped = bytes.get(..usize::from(u16::MAX));
        match self.read(clipped.unwrap_or(bytes), lines, limits) {
            Ok(false) if clipped.is_some() => Err(self.overflow(bytes)),
            outcome => outcome.map_err(|error| error.counted_from(usize::from(self.start))),
        }
    }

    #[inline]
    fn read(&mut self, bytes: &[u8], lines: &mut [FieldLine], limits: &Limits) -> Result<bool, HeadError> {
        while !self.has_request_line() {
            if !self.read_request_line(bytes, limits)? {
                return Ok(false);
            }
        }
        self.read_field_lines(bytes, lines, limits)
    }

    /// Reads a request line, or an empty line before it; false when its end is not there.
    fn read_request_line(&mut self, bytes: &[u8], limits: &Limits) -> Result<bool, HeadError> {
        let start = usize::from(self.line_start);
        let unread = bytes.get(start..).unwrap_or_default();
        if self.searched == self.line_start
            && let Some(length) = request_line::parse_usual(unread, start, &mut self.head.line)
        {
            if length > usize::from(limits.request_line).wrapping_add(2) {
                self.head.line = RequestLine::EMPTY;
                return Err(HeadError::RequestLineTooLong);
            }
            self.section_start = start.wrapping_add(length) as u16;
            self.line_start = self.section_start;
            self.searched = self.section_start;
            return Ok(true);
        }
        check_first_byte(bytes, start)?;
        let window = start.saturating_add(usize::from(limits.request_line)).saturating_add(2);
        let visible = bytes.get(..window).unwrap_or(bytes);
        let behind = from_control(visible.get(usize::from(self.searched)..).unwrap_or_default());
        let end = visible.len().wrapping_sub(behind.len());
        let next = match behind {
            [b'\r', b'\n', next @ ..] => visible.len().wrapping_sub(next.len()),
            [] | [b'\r'] => {
                self.searched = end as u16;
                return if visible.len() == window { Err(self.too_long(visible)) } else { Ok(false) };
            }
            [b'\r' | b'\n', ..] => return Err(line_end_error(behind, end)),
            _ => {
                let error = RequestLineError::Control { at: end.wrapping_sub(start) };
                return Err(HeadError::RequestLine { at: start, error });
            }
        };
        if end > start {
            let line = visible.get(start..end).unwrap_or_default();
            self.head.line = request_line::parse(line, start)
                .map_err(|error| HeadError::RequestLine { at: start, error })?;
            self.section_start = next as u16;
        } else if self.empty_lines < limits.empty_lines {
            self.empty_lines = self.empty_lines.saturating_add(1);
        } else {
            return Err(HeadError::EmptyLines { at: start });
        }
        self.line_start = next as u16;
        self.searched = next as u16;
        Ok(true)
    }

    /// Reads field lines up to the empty line behind them.
    fn read_field_lines(
        &mut self,
        bytes: &[u8],
        lines: &mut [FieldLine],
        limits: &Limits,
    ) -> Result<bool, HeadError> {
        let window = usize::from(self.section_start).saturating_add(usize::from(limits.field_section));
        let visible = bytes.get(..window).unwrap_or(bytes);
        let offset = |rest: &[u8]| visible.len().wrapping_sub(rest.len());
        let room = lines.len().min(usize::from(limits.field_lines));
        let read = usize::from(self.head.field_lines);
        let mut slots = lines.get_mut(read..room).unwrap_or_default().iter_mut();
        let count = |left: usize| room.wrapping_sub(left) as u16;
        // The line being read, what of it was not read yet, and the length of its name once there is a colon.
        let mut line = visible.get(usize::from(self.line_start)..).unwrap_or_default();
        let mut rest = visible.get(usize::from(self.searched)..).unwrap_or_default();
        let mut name_length = usize::from(self.name_length);
        let mut is_underscored = self.is_underscored;
        let outcome = loop {
            if name_length == 0 {
                rest = skip_name(rest, &mut is_underscored);
                let length = line.len().wrapping_sub(rest.len());
                match rest {
                    [b':', behind @ ..] if (1..=NAME_MAX).contains(&length) => {
                        (name_length, rest) = (length, behind);
                    }
                    [] | [b'\r'] => break Ok(()),
                    [b'\r', b'\n', next @ ..] if length == 0 => {
                        self.head.field_lines = count(slots.len());
                        self.head.end = offset(next) as u16;
                        return Ok(true);
                    }
                    _ => break Err(name_error(rest, length, offset(line))),
                }
            }
            rest = skip_value(rest);
            let [b'\r', b'\n', next @ ..] = rest else {
                match rest {
                    [] | [b'\r'] => break Ok(()),
                    _ => break Err(value_error(rest, offset(line), offset(rest))),
                }
            };
            let Some(slot) = slots.next() else { break Err(HeadError::TooManyFieldLines) };
            slot.set(line, name_length, is_underscored, rest, offset(rest));
            (line, rest, name_length, is_underscored) = (next, next, 0, false);
        };
        self.line_start = offset(line) as u16;
        self.searched = offset(rest) as u16;
        self.name_length = name_length as u16;
        self.is_underscored = is_underscored;
        self.head.field_lines = count(slots.len());
        match outcome {
            Ok(()) if visible.len() == window => Err(HeadError::FieldSectionTooLarge),
            outcome => outcome.map(|()| false),
        }
    }

    /// What a head is refused with that fills the receive buffer without being complete.
    #[must_use]
    pub fn overflow(&self, bytes: &[u8]) -> HeadError {
        match self.has_request_line() {
            true => HeadError::FieldSectionTooLarge,
            false => self.too_long(bytes).counted_from(usize::from(self.start)),
        }
    }

    /// What a request line is refused with that does not end where it must: no target is too long where a method has
    /// not ended.
    #[cold]
    fn too_long(&self, bytes: &[u8]) -> HeadError {
        let at = usize::from(self.line_start);
        let line = bytes.get(at..).unwrap_or_default();
        match line.get(..=METHOD_MAX).is_some_and(|name| TOKEN.has_all(name)) {
            true => HeadError::RequestLine { at, error: RequestLineError::MethodTooLong },
            false => HeadError::RequestLineTooLong,
        }
    }

    /// The request is refused: takes the method from a request line that could not be read, because it decides whether
    /// the answer has content (RFC 9110 §9.3.2).
    pub(crate) fn keep_method(&mut self, bytes: &[u8], limits: &Limits) {
        if !self.has_request_line() {
            let line = bytes.get(usize::from(self.line_start)..).unwrap_or_default();
            // Nothing is looked at behind a limit.
            let visible = line.get(..usize::from(limits.request_line).saturating_add(2)).unwrap_or(line);
            self.head.line.method = request_line::method_of(visible);
        }
    }

    /// What has been read so far: the request line once that was read, and the field lines that came behind it.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Whether the request line has not been read yet, and only empty lines before it may have been.
    #[must_use]
    pub fn is_before_request_line(&self) -> bool {
        !self.has_request_line()
    }

    fn has_request_line(&self) -> bool {
        self.section_start != 0
    }
}

/// What is wrong with the CR or LF at the front of `bytes`, offset `at`, which are not both there.
#[cold]
fn line_end_error(bytes: &[u8], at: usize) -> HeadError {
    match bytes {
        [b'\n', ..] => HeadError::BareLineFeed { at },
        _ => HeadError::BareCarriageReturn { at },
    }
}

/// What is wrong with the line at offset `start` whose name ends after `length` bytes in front of `rest`.
#[cold]
fn name_error(rest: &[u8], length: usize, start: usize) -> HeadError {
    let error = match rest {
        [b'\r', b'\n', ..] => FieldLineError::MissingColon,
        [b'\r' | b'\n', ..] => return line_end_error(rest, start.wrapping_add(length)),
        _ => field_line::name_error(length, rest.first().copied().unwrap_or_default()),
    };
    HeadError::FieldLine { at: start, error }
}

/// What is wrong with the line at offset `start` whose value ends at offset `end` in front of `rest`.
#[cold]
fn value_error(rest: &[u8], start: usize, end: usize) -> HeadError {
    match rest {
        [b'\r' | b'\n', ..] => line_end_error(rest, end),
        _ => HeadError::FieldLine { at: start, error: FieldLineError::Value { at: end.wrapping_sub(start) } },
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
