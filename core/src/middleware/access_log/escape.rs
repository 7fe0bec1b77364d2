//! Bytes of peers as text that can do no harm in a log: no line of its own, no command to a terminal, no end of a
//! string before its end.

use core::fmt::{self, Write};

/// How what is not shown as it came is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    /// Each byte as `\xNN`, as other servers do in their text formats.
    Text,
    /// As in a JSON string (RFC 8259 §7); bytes that are not UTF-8 as the replacement character.
    Json,
}

impl Escape {
    /// Writes `bytes` as what stands between quotes.
    pub(crate) fn write(self, out: &mut dyn Write, bytes: &[u8]) -> fmt::Result {
        // Nearly everything is, and is spared the look at its characters.
        let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        if bytes.iter().all(is_plain) {
            return out.write_str(core::str::from_utf8(bytes).unwrap_or_default());
        }
        for chunk in bytes.utf8_chunks() {
            let mut rest = chunk.valid();
            while let Some(at) = rest.find(is_odd) {
                let (plain, odd) = rest.split_at_checked(at).unwrap_or((rest, ""));
                out.write_str(plain)?;
                let mut left = odd.chars();
                if let Some(odd) = left.next() {
                    self.odd(out, odd)?;
                }
                rest = left.as_str();
            }
            out.write_str(rest)?;
            match (self, chunk.invalid()) {
                (_, []) => {}
                (Self::Text, invalid) => invalid.iter().try_for_each(|&byte| text(out, byte))?,
                (Self::Json, _) => out.write_str("\\ufffd")?,
            }
        }
        Ok(())
    }

    fn odd(self, out: &mut dyn Write, odd: char) -> fmt::Result {
        match self {
            Self::Text => odd.encode_utf8(&mut [0; 4]).bytes().try_for_each(|byte| text(out, byte)),
            Self::Json => {
                // All of them lie below U+10000.
                let [.., high, low] = u32::from(odd).to_be_bytes();
                out.write_str("\\u")?;
                hex(out, high)?;
                hex(out, low)
            }
        }
    }
}

/// Controls of ASCII and Unicode (C0, DEL, C1), what ends a string or escapes, line and paragraph separators, and marks
/// that turn the direction of writing, so that text reads as something that it is not.
fn is_odd(character: char) -> bool {
    match character {
        '"' | '\\' => true,
        ' '..='~' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => character.is_control(),
    }
}

fn text(out: &mut dyn Write, byte: u8) -> fmt::Result {
    out.write_str("\\x")?;
    hex(out, byte)
}

fn hex(out: &mut dyn Write, byte: u8) -> fmt::Result {
    [byte >> 4, byte & 15].into_iter().try_for_each(|nibble| {
        out.write_char(char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase())
    })
}

/// Escapes what is written, for values that others format.
pub(crate) struct Escaped<'o> {
    out: &'o mut dyn Write,
    escape: Escape,
    /// What became of the line; the value's own failure is not the line's.
    outcome: fmt::Result,
}

impl<'o> Escaped<'o> {
    pub(crate) fn new(out: &'o mut dyn Write, escape: Escape) -> Self {
        Self { out, escape, outcome: Ok(()) }
    }

    pub(crate) fn finish(self) -> fmt::Result {
        self.outcome
    }
}

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.outcome = self.outcome.and_then(|()| self.escape.write(self.out, text.as_bytes()));
        self.outcome
    }
}
