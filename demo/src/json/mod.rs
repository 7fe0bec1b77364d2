//! JSON written piece by piece (RFC 8259): what an answer says of a request is made where it goes, and never kept whole.

pub(crate) mod check;

use core::fmt::{self, Write};

/// An object that is being written. Its members appear in the order in which they are asked for.
pub(crate) struct Object<'w> {
    out: &'w mut dyn Write,
    is_empty: bool,
}

impl<'w> Object<'w> {
    pub(crate) fn begin(out: &'w mut dyn Write) -> Result<Self, fmt::Error> {
        out.write_str("{")?;
        Ok(Self { out, is_empty: true })
    }

    /// Begins a member; its value goes to the writer returned.
    pub(crate) fn member(&mut self, name: impl fmt::Display) -> Result<&mut dyn Write, fmt::Error> {
        if !core::mem::replace(&mut self.is_empty, false) {
            self.out.write_str(",")?;
        }
        string(self.out, name)?;
        self.out.write_str(":")?;
        Ok(self.out)
    }

    /// A member whose value is a string.
    pub(crate) fn text(&mut self, name: &str, value: impl fmt::Display) -> fmt::Result {
        string(self.member(name)?, value)
    }

    /// A member for every name, which stands once: with its value, or with an array of all its values. Whether a name
    /// came before is looked up anew each time, so callers bound the number of pairs.
    pub(crate) fn grouped<N, V, P>(&mut self, pairs: &P, same: fn(&N, &N) -> bool) -> fmt::Result
    where
        N: fmt::Display,
        V: fmt::Display,
        P: Iterator<Item = (N, V)> + Clone,
    {
        for (at, (name, value)) in pairs.clone().enumerate() {
            if pairs.clone().take(at).any(|(earlier, _)| same(&earlier, &name)) {
                continue;
            }
            let later = pairs.clone().skip(at.saturating_add(1));
            let mut others = later.filter(|(other, _)| same(other, &name)).map(|(_, value)| value).peekable();
            let is_array = others.peek().is_some();
            let out = self.member(&name)?;
            out.write_str(if is_array { "[" } else { "" })?;
            string(out, value)?;
            for value in others {
                out.write_str(",")?;
                string(out, value)?;
            }
            out.write_str(if is_array { "]" } else { "" })?;
        }
        Ok(())
    }

    pub(crate) fn end(self) -> fmt::Result {
        self.out.write_str("}")
    }
}

/// A string with what `value` displays.
pub(crate) fn string(out: &mut dyn Write, value: impl fmt::Display) -> fmt::Result {
    out.write_str("\"")?;
    write!(Escaped(out), "{value}")?;
    out.write_str("\"")
}

/// Escapes what may not stand in a string as it is (RFC 8259 §7), and `<`, so that nobody who takes the answer for HTML
/// finds a tag in it.
struct Escaped<'w>(&'w mut dyn Write);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some(at) =
            rest.find(|character| matches!(character, '"' | '\\' | '<' | '\0'..='\x1f' | '\x7f'))
        {
            let (plain, special) = rest.split_at(at);
            self.0.write_str(plain)?;
            let mut characters = special.chars();
            match characters.next() {
                Some('"') => self.0.write_str("\\\"")?,
                Some('\\') => self.0.write_str("\\\\")?,
                Some('\n') => self.0.write_str("\\n")?,
                Some('\r') => self.0.write_str("\\r")?,
                Some('\t') => self.0.write_str("\\t")?,
                Some(other) => {
                    let code = other as u32;
                    let digit = |value| char::from_digit(value, 16).unwrap_or('0');
                    self.0.write_str("\\u00")?;
                    self.0.write_char(digit(code >> 4))?;
                    self.0.write_char(digit(code & 15))?;
                }
                None => {}
            }
            rest = characters.as_str();
        }
        self.0.write_str(rest)
    }
}

/// Bytes as text; what is not UTF-8 becomes U+FFFD.
pub(crate) struct Lossy<'t>(pub(crate) &'t [u8]);

impl fmt::Display for Lossy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.utf8_chunks().try_for_each(|chunk| {
            f.write_str(chunk.valid())?;
            f.write_str(if chunk.invalid().is_empty() { "" } else { "\u{fffd}" })
        })
    }
}

/// Content as text: as it is where it is UTF-8, else as a `data:` URL in base64 (RFC 2397, RFC 4648 §4).
pub(crate) struct Data<'t>(pub(crate) &'t [u8]);

impl fmt::Display for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(text) = core::str::from_utf8(self.0) {
            return f.write_str(text);
        }
        f.write_str("data:application/octet-stream;base64,")?;
        self.0.chunks(3).try_for_each(|three| {
            let byte = |at| u32::from(three.get(at).copied().unwrap_or(0));
            let bits = (byte(0) << 16) | (byte(1) << 8) | byte(2);
            for (place, shift) in [18, 12, 6, 0].into_iter().enumerate() {
                f.write_char(if place > three.len() { '=' } else { base64_digit((bits >> shift) & 63) })?;
            }
            Ok(())
        })
    }
}

fn base64_digit(value: u32) -> char {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    usize::try_from(value).ok().and_then(|at| DIGITS.get(at)).map_or('=', |digit| char::from(*digit))
}

#[cfg(test)]
mod tests;
