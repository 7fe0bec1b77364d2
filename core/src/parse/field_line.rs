//! One field line: `field-line = field-name ":" OWS field-value OWS` (RFC 9112 §5).

use super::Span;
use super::list::trim;
use crate::bytes::class::{FIELD, TOKEN};

/// Where a field line's name and value lie in the receive buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldLine {
    name_start: u16,
    name_length: u8,
    known: Known,
    value: Span,
}

/// The fields that the connection itself reads. Recognised once, while the name is at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Known {
    /// A field of no meaning to the connection.
    #[default]
    Other,
    /// `Host` (RFC 9110 §7.2).
    Host,
    /// `Content-Length` (RFC 9110 §8.6).
    ContentLength,
    /// `Transfer-Encoding` (RFC 9112 §6.1).
    TransferEncoding,
    /// `Connection` (RFC 9110 §7.6.1).
    Connection,
    /// `Expect` (RFC 9110 §10.1.1).
    Expect,
    /// `Content-Type` (RFC 9110 §8.3).
    ContentType,
}

impl FieldLine {
    /// A line that names nothing, to fill the array that is lent to the parser.
    pub const EMPTY: Self =
        Self { name_start: 0, name_length: 0, known: Known::Other, value: Span { start: 0, end: 0 } };

    /// The field name as it was sent; names are compared without regard to case.
    #[must_use]
    pub fn name<'b>(&self, buffer: &'b [u8]) -> &'b str {
        core::str::from_utf8(self.name_bytes(buffer)).unwrap_or_default()
    }

    fn name_bytes<'b>(&self, buffer: &'b [u8]) -> &'b [u8] {
        let start = usize::from(self.name_start);
        buffer.get(start..start.saturating_add(usize::from(self.name_length))).unwrap_or_default()
    }

    /// Whether this is the field `name`, in any case.
    #[must_use]
    pub fn is_named(&self, name: &str, buffer: &[u8]) -> bool {
        // The lengths first: they differ nearly always, and are at hand.
        usize::from(self.name_length) == name.len()
            && self.name_bytes(buffer).eq_ignore_ascii_case(name.as_bytes())
    }

    /// The field value without the white space around it. Its bytes are visible ASCII, SP, HTAB and `obs-text`.
    #[must_use]
    pub fn value<'b>(&self, buffer: &'b [u8]) -> &'b [u8] {
        self.value.of(buffer)
    }

    /// Which of the fields that the connection reads this is.
    #[must_use]
    pub fn known(&self) -> Known {
        self.known
    }
}

/// Why a field line is refused; offsets count from the line's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldLineError {
    /// The line starts with a blank: `obs-fold`, or a blank before the first name (RFC 9112 §5.2, §2.2).
    Folded,
    /// No colon.
    MissingColon,
    /// Nothing before the colon.
    EmptyName,
    /// A byte outside `tchar` in the name, the blank before a colon among them (RFC 9112 §5.1).
    Name {
        /// Offset of the byte.
        at: usize,
    },
    /// A name of more than 255 bytes.
    NameTooLong,
    /// A control byte in the value (RFC 9110 §5.5).
    Value {
        /// Offset of the byte.
        at: usize,
    },
}

impl FieldLineError {
    /// What the client is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Folded => "a field line starts with a blank",
            Self::MissingColon => "a field line has no colon",
            Self::EmptyName => "a field line has no name",
            Self::Name { .. } => "a field name has a byte that no token has",
            Self::NameTooLong => "a field name is too long",
            Self::Value { .. } => "a field value has a control byte",
        }
    }
}

/// Reads the line `line`, without CRLF, that starts at offset `start` of the receive buffer.
pub fn parse(line: &[u8], start: usize) -> Result<FieldLine, FieldLineError> {
    if let [b' ' | b'\t', ..] = line {
        return Err(FieldLineError::Folded);
    }
    let name_length = line.iter().position(|&byte| !TOKEN.has(byte)).ok_or(FieldLineError::MissingColon)?;
    let Some((name, [b':', value @ ..])) = line.split_at_checked(name_length) else {
        return Err(match line.contains(&b':') {
            true => FieldLineError::Name { at: name_length },
            false => FieldLineError::MissingColon,
        });
    };
    if name.is_empty() {
        return Err(FieldLineError::EmptyName);
    }
    if let Some(at) = value.iter().position(|&byte| !FIELD.has(byte)) {
        return Err(FieldLineError::Value { at: name_length.saturating_add(1).saturating_add(at) });
    }
    let leading = value.iter().take_while(|&&byte| matches!(byte, b' ' | b'\t')).count();
    let value_start = start.saturating_add(name_length).saturating_add(1).saturating_add(leading);
    Ok(FieldLine {
        name_start: u16::try_from(start).unwrap_or(u16::MAX),
        name_length: u8::try_from(name_length).map_err(|_| FieldLineError::NameTooLong)?,
        known: Known::by_name(name),
        value: Span::new(value_start, value_start.saturating_add(trim(value).len())),
    })
}

impl Known {
    fn by_name(name: &[u8]) -> Self {
        let (candidate, known): (&[u8], Self) = match name.len() {
            4 => (b"host", Self::Host),
            6 => (b"expect", Self::Expect),
            10 => (b"connection", Self::Connection),
            12 => (b"content-type", Self::ContentType),
            14 => (b"content-length", Self::ContentLength),
            17 => (b"transfer-encoding", Self::TransferEncoding),
            _ => return Self::Other,
        };
        if name.eq_ignore_ascii_case(candidate) { known } else { Self::Other }
    }
}

#[cfg(test)]
mod tests;
