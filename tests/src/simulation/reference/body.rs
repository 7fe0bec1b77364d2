//! How long a message body is (RFC 9112 §6.3), and what content it has (§7.1).

use super::head::{Head, Stop, field_line, is_tchar, is_token, trim};
use crate::simulation::script::Setup;

/// The length of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// This many bytes.
    Sized(u64),
    /// Chunked.
    Chunked,
}

/// What the header section says of the body, or the status it is refused with.
pub(super) fn length(head: &Head) -> Result<Length, u16> {
    let values = |name: &str| -> Vec<&[u8]> {
        let named = head.fields.iter().filter(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_slice()).collect()
    };
    let (lengths, codings) = (values("content-length"), values("transfer-encoding"));
    if lengths.len() > 1 || (!lengths.is_empty() && !codings.is_empty()) {
        return Err(400); // §6.1, §6.3 step 3 and 5
    }
    if !codings.is_empty() {
        if head.is_http10 {
            return Err(400); // §6.1
        }
        return transfer_codings(&codings.join(&b","[..])).map(|()| Length::Chunked);
    }
    let Some(digits) = lengths.first() else { return Ok(Length::Sized(0)) }; // step 7
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if !is_number || (digits.len() > 1 && digits[0] == b'0') {
        return Err(400); // step 5, RFC 9110 §8.6
    }
    let number = core::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    number.map(Length::Sized).ok_or(400) // step 6
}

/// `Transfer-Encoding = #transfer-coding`: chunked once, last, without parameters (§6.1, §7).
fn transfer_codings(list: &[u8]) -> Result<(), u16> {
    let members: Vec<&[u8]> = list.split(|&byte| byte == b',').map(trim).collect();
    let (last, before) = members.split_last().ok_or(400_u16)?;
    let is_well_formed = |member: &&[u8]| {
        let mut parts = member.split(|&byte| byte == b';').map(trim);
        let name = parts.next().unwrap_or_default();
        is_token(name) && !name.eq_ignore_ascii_case(b"chunked") && parts.all(is_parameter)
    };
    if !last.eq_ignore_ascii_case(b"chunked") || !before.iter().all(is_well_formed) {
        return Err(400);
    }
    if before.is_empty() { Ok(()) } else { Err(501) }
}

fn is_parameter(parameter: &[u8]) -> bool {
    let Some(equals) = parameter.iter().position(|&byte| byte == b'=') else { return false };
    let (name, value) = (trim(&parameter[..equals]), trim(&parameter[equals + 1..]));
    let is_quoted = value.len() >= 2
        && value.starts_with(b"\"")
        && value.ends_with(b"\"")
        && value[1..value.len() - 1].iter().all(|&byte| is_quotable(byte) && !b"\"\\".contains(&byte));
    is_token(name) && (is_token(value) || is_quoted)
}

fn is_quotable(byte: u8) -> bool {
    byte == b'\t' || (byte >= b' ' && byte != 127)
}

/// A body as far as it can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Body {
    /// Its content.
    pub(super) content: Vec<u8>,
    /// How many bytes it has if it is all there, or why it is not.
    pub(super) end: Result<usize, Stop>,
    /// Whether all content that fits was kept in the receive buffer, and then the rest was not waited for.
    pub(super) overflows: bool,
}

/// Whether content stays in the receive buffer until all of it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeping {
    /// It does not: who reads it makes room.
    No,
    /// It does, and what does not fit is refused.
    Whole,
    /// It does while it fits.
    WhileItFits,
}

/// Reads the body at the front of `bytes`, behind a head that leaves `room` in the receive buffer.
pub(super) fn read(bytes: &[u8], length: Length, keeping: Keeping, room: usize, setup: &Setup) -> Body {
    let mut reader = Reader { bytes, at: 0, content: Vec::new(), keeping, room, overflows: false, setup };
    let end = match length {
        Length::Sized(length) => reader.sized(length),
        Length::Chunked => reader.chunked(),
    };
    let end = end.map(|()| reader.at);
    Body { content: reader.content, end, overflows: reader.overflows }
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    content: Vec<u8>,
    keeping: Keeping,
    room: usize,
    overflows: bool,
    setup: &'b Setup,
}

const BAD: Stop = Stop::Refused(400);

impl Reader<'_> {
    fn next(&mut self) -> Result<u8, Stop> {
        let byte = *self.bytes.get(self.at).ok_or(Stop::Incomplete)?;
        self.at += 1;
        Ok(byte)
    }

    fn peek(&self) -> Result<u8, Stop> {
        self.bytes.get(self.at).copied().ok_or(Stop::Incomplete)
    }

    fn expect(&mut self, expected: u8) -> Result<(), Stop> {
        if self.next()? == expected { Ok(()) } else { Err(BAD) }
    }

    fn sized(&mut self, length: u64) -> Result<(), Stop> {
        for _ in 0..length {
            let byte = self.next()?;
            self.take(byte)?;
        }
        Ok(())
    }

    fn take(&mut self, byte: u8) -> Result<(), Stop> {
        if self.content.len() as u64 >= self.setup.limits.content {
            return Err(Stop::Refused(413));
        }
        self.content.push(byte);
        Ok(())
    }

    /// The receive buffer is full of content, and the body goes on.
    fn overflow(&mut self, status: u16) -> Result<(), Stop> {
        match self.keeping {
            Keeping::No => Ok(()),
            Keeping::Whole => Err(Stop::Refused(status)),
            Keeping::WhileItFits => {
                self.keeping = Keeping::No;
                self.overflows = true;
                Ok(())
            }
        }
    }

    /// `chunked-body = *chunk last-chunk trailer-section CRLF` (§7.1).
    fn chunked(&mut self) -> Result<(), Stop> {
        let mut extensions = usize::from(self.setup.limits.chunk_extensions);
        loop {
            let size = self.chunk_line(&mut extensions)?;
            if size == 0 {
                return self.trailer_section();
            }
            for _ in 0..size {
                let byte = self.next()?;
                self.take(byte)?;
                if self.keeping != Keeping::No && self.content.len() == self.room {
                    self.overflow(413)?;
                }
            }
            self.expect(b'\r')?;
            self.expect(b'\n')?;
        }
    }

    /// `chunk-size [ chunk-ext ] CRLF`, without the white space that §7.1.1 calls bad.
    fn chunk_line(&mut self, extensions: &mut usize) -> Result<u64, Stop> {
        let mut size = 0_u64;
        let mut digits = 0;
        while let Some(digit) = char::from(self.peek()?).to_digit(16) {
            digits += 1;
            if digits > 16 {
                return Err(BAD);
            }
            size = size * 16 + u64::from(digit);
            self.at += 1;
        }
        if digits == 0 {
            return Err(BAD);
        }
        // An extension counts from its semicolon to before the CR.
        let mut extension_byte = |reader: &mut Self| {
            let byte = reader.next()?;
            if byte != b'\r' {
                *extensions = extensions.checked_sub(1).ok_or(BAD)?;
            }
            Ok(byte)
        };
        let mut byte = match self.peek()? {
            b';' => extension_byte(self)?,
            _ => self.next()?,
        };
        while byte == b';' {
            byte = extension_byte(self)?;
            if !is_tchar(byte) {
                return Err(BAD);
            }
            while is_tchar(byte) {
                byte = extension_byte(self)?;
            }
            if byte != b'=' {
                continue;
            }
            byte = extension_byte(self)?;
            if byte == b'"' {
                loop {
                    match extension_byte(self)? {
                        b'"' => break,
                        b'\\' => {
                            if !is_quotable(extension_byte(self)?) {
                                return Err(BAD);
                            }
                        }
                        byte if is_quotable(byte) => {}
                        _ => return Err(BAD),
                    }
                }
                byte = extension_byte(self)?;
            } else if is_tchar(byte) {
                while is_tchar(byte) {
                    byte = extension_byte(self)?;
                }
            } else {
                return Err(BAD);
            }
        }
        if byte != b'\r' {
            return Err(BAD);
        }
        self.expect(b'\n')?;
        Ok(size)
    }

    /// `trailer-section = *( field-line CRLF )`, and the empty line behind it (§7.1.2).
    fn trailer_section(&mut self) -> Result<(), Stop> {
        let mut left = usize::from(self.setup.limits.trailer_section);
        loop {
            let rest = &self.bytes[self.at..];
            let end = rest.iter().position(|&byte| byte == b'\n');
            let length = end.map_or(rest.len(), |end| end + 1);
            let kept = if self.keeping == Keeping::No { 0 } else { self.content.len() };
            let room = self.room - kept;
            // A line is kept until it is whole.
            let is_full = length > room || (end.is_none() && length == room);
            if length.min(room) > left {
                return Err(Stop::Refused(431));
            }
            if is_full && kept == 0 {
                return Err(Stop::Refused(431));
            }
            if is_full {
                self.overflow(413)?;
                continue;
            }
            let Some(end) = end else { return Err(Stop::Incomplete) };
            let line = rest[..end].strip_suffix(b"\r").ok_or(BAD)?;
            self.at += length;
            left -= length;
            if line.is_empty() {
                return Ok(());
            }
            field_line(line).map_err(Stop::Refused)?;
        }
    }
}
