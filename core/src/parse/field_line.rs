//! One field line: `field-line = field-name ":" OWS field-value OWS` (RFC 9112 §5).

use super::Span;
use crate::bytes::class::PLAIN_NAME;
use crate::bytes::scan::{from_control, from_unusual};

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
#[non_exhaustive]
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
    /// `Upgrade` (RFC 9110 §7.8).
    Upgrade,
    /// `Sec-WebSocket-Version` (RFC 6455 §11.3.5).
    WebSocketVersion,
    /// Any name with an underscore. Gateways that hand fields on as variables confuse it with a hyphen, so one that
    /// guards `X-User` lets `X_User` pass; handlers do not see such a field unless
    /// [`Service::with_underscored_fields`](crate::service::Service::with_underscored_fields) says so.
    Underscored,
}

impl FieldLine {
    /// A line that names nothing, to fill the array that is lent to the parser.
    pub const EMPTY: Self =
        Self { name_start: 0, name_length: 0, known: Known::Other, value: Span { start: 0, end: 0 } };

    /// Makes this the line that lies at the front of `line`: a name of `name_length` bytes, a colon, and what stands in
    /// front of `rest`, which is offset `end` of a buffer of less than 2^16 bytes.
    #[inline(always)]
    pub(super) fn set(
        &mut self,
        line: &[u8],
        name_length: usize,
        is_underscored: bool,
        rest: &[u8],
        end: usize,
    ) {
        let start = end.wrapping_sub(line.len().wrapping_sub(rest.len()));
        let mut value_start = start.wrapping_add(name_length).wrapping_add(1);
        let mut value_end = end;
        let byte = |offset: usize| line.get(offset.wrapping_sub(start)).copied().unwrap_or_default();
        while value_start < value_end && is_blank(byte(value_start)) {
            value_start = value_start.wrapping_add(1);
        }
        while value_start < value_end && is_blank(byte(value_end.wrapping_sub(1))) {
            value_end = value_end.wrapping_sub(1);
        }
        self.known = if is_underscored { Known::Underscored } else { Known::by_name(line, name_length) };
        self.name_start = start as u16;
        self.name_length = name_length as u8;
        self.value.start = value_start as u16;
        self.value.end = value_end as u16;
    }

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
#[non_exhaustive]
pub enum FieldLineError {
    /// The line starts with a blank: `obs-fold`, or a blank before the first name (RFC 9112 §5.2, §2.2).
    Folded,
    /// No colon.
    MissingColon,
    /// Nothing before the colon.
    EmptyName,
    /// A byte outside `tchar` in the name (RFC 9110 §5.1).
    Name {
        /// Offset of the byte.
        at: usize,
    },
    /// A blank in the name, or between it and the colon (RFC 9112 §5.1).
    BlankInName {
        /// Offset of the blank.
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
            Self::BlankInName { .. } => "a blank stands in a field name, or between it and the colon",
            Self::NameTooLong => "a field name is too long",
            Self::Value { .. } => "a field value has a control byte",
        }
    }

    /// Where the rule stands that was broken.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Folded => "RFC 9112 §5.2",
            Self::MissingColon => "RFC 9112 §5",
            Self::EmptyName | Self::Name { .. } => "RFC 9110 §5.1",
            Self::BlankInName { .. } => "RFC 9112 §5.1",
            Self::NameTooLong => "RFC 6585 §5",
            Self::Value { .. } => "RFC 9110 §5.5",
        }
    }

    /// Offset of the byte that broke it, from the line's first byte; the line's start where no byte stands out.
    #[must_use]
    pub const fn at(self) -> usize {
        match self {
            Self::Name { at } | Self::BlankInName { at } | Self::Value { at } => at,
            Self::NameTooLong => NAME_MAX,
            Self::Folded | Self::MissingColon | Self::EmptyName => 0,
        }
    }
}

/// Longest field name, in bytes; a longer one is answered 431.
pub(super) const NAME_MAX: usize = 255;

/// Reads the line `line`, without CRLF, that starts at offset `start` of a receive buffer of less than 2^16 bytes.
pub fn parse(line: &[u8], start: usize) -> Result<FieldLine, FieldLineError> {
    let mut is_underscored = false;
    let behind_name = skip_name(line, &mut is_underscored);
    let name_length = line.len().saturating_sub(behind_name.len());
    let value = match behind_name {
        [b':', value @ ..] if (1..=NAME_MAX).contains(&name_length) => value,
        [byte, ..] => return Err(name_error(name_length, *byte)),
        [] => return Err(FieldLineError::MissingColon),
    };
    match skip_value(value) {
        [] => {
            let mut found = FieldLine::EMPTY;
            found.set(line, name_length, is_underscored, &[], start.wrapping_add(line.len()));
            Ok(found)
        }
        rest => Err(FieldLineError::Value { at: line.len().saturating_sub(rest.len()) }),
    }
}

/// `OWS` (RFC 9110 §5.6.3).
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// `bytes` from the first one on that no name has; takes note of underscores.
#[inline]
pub(super) fn skip_name<'b>(mut bytes: &'b [u8], is_underscored: &mut bool) -> &'b [u8] {
    loop {
        bytes = from_unusual::<false>(bytes);
        if let [b':' | b'\r', ..] = bytes {
            return bytes;
        }
        bytes = PLAIN_NAME.skip(bytes);
        let [b'_', behind @ ..] = bytes else { return bytes };
        *is_underscored = true;
        bytes = behind;
    }
}

/// `bytes` from the first one on that no value has: a control byte other than HTAB (RFC 9110 §5.5).
// Where registers are few, its loop inside another one costs more than a call.
#[cfg_attr(target_pointer_width = "64", inline)]
#[cfg_attr(not(target_pointer_width = "64"), inline(never))]
pub(super) fn skip_value(mut bytes: &[u8]) -> &[u8] {
    loop {
        bytes = from_control(bytes);
        let [b'\t', behind @ ..] = bytes else { return bytes };
        bytes = behind;
    }
}

/// Whether these bytes can stand in a value.
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    skip_value(bytes).is_empty()
}

/// What is wrong with a line whose name ends `length` bytes behind its start at `byte`.
pub(super) fn name_error(length: usize, byte: u8) -> FieldLineError {
    match (length, byte) {
        (0, b' ' | b'\t') => FieldLineError::Folded,
        (0, b':') => FieldLineError::EmptyName,
        (_, b':') => FieldLineError::NameTooLong,
        (_, b'\r' | b'\n') => FieldLineError::MissingColon,
        (at, b' ' | b'\t') => FieldLineError::BlankInName { at },
        _ => FieldLineError::Name { at: length },
    }
}

impl Known {
    const NAMES: [(&'static [u8], Self); 8] = [
        (b"host", Self::Host),
        (b"expect", Self::Expect),
        (b"upgrade", Self::Upgrade),
        (b"connection", Self::Connection),
        (b"content-type", Self::ContentType),
        (b"content-length", Self::ContentLength),
        (b"transfer-encoding", Self::TransferEncoding),
        (b"sec-websocket-version", Self::WebSocketVersion),
    ];

    /// A bit for each sum of length and first letter that these names have: nearly every other name has another.
    const SUMS: u64 = {
        let (mut sums, mut at) = (0, 0);
        while at < Self::NAMES.len() {
            #[allow(clippy::indexing_slicing)] // runs in the compiler
            let name = Self::NAMES[at].0;
            if let [first, ..] = name {
                sums |= 1 << (Self::sum(*first, name.len()));
            }
            at = at.wrapping_add(1);
        }
        sums
    };

    #[inline]
    const fn sum(first: u8, length: usize) -> u32 {
        ((first | 0x20) as u32).wrapping_add(length as u32) % 64
    }

    /// Whether that bit is set. Where words have 32 bits, shifting 64 is a function of its own.
    #[inline]
    const fn is_sum(sum: u32) -> bool {
        const LOW: u32 = Known::SUMS as u32;
        const HIGH: u32 = (Known::SUMS >> 32) as u32;
        match (usize::BITS, sum) {
            (64, _) => Self::SUMS >> sum & 1 != 0,
            (_, 0..=31) => LOW >> sum & 1 != 0,
            _ => HIGH >> (sum % 32) & 1 != 0,
        }
    }

    #[inline]
    fn by_name(line: &[u8], length: usize) -> Self {
        let sum = Self::sum(line.first().copied().unwrap_or_default(), length);
        match Self::is_sum(sum) {
            true => Self::find(line.get(..length).unwrap_or_default()),
            false => Self::Other,
        }
    }

    fn find(name: &[u8]) -> Self {
        // Of the bytes that a name can have, only the two cases of a letter become that letter, and only `-` stays it.
        let is_name = |known: &&(&[u8], Self)| {
            known.0.len() == name.len()
                && name.iter().zip(known.0).all(|(byte, expected)| byte | 0x20 == *expected)
        };
        Self::NAMES.iter().find(is_name).map_or(Self::Other, |known| known.1)
    }
}

#[cfg(test)]
mod tests;
