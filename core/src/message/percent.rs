//! Percent-encoding (RFC 3986 §2.1) and the `name=value` pairs that queries and forms write with it.
//!
//! ```text
//! bytes from the peer ──is_well_formed──► text known to be good ──Decoded──► bytes, one at a time
//!                     └─decode_into─────► bytes in a buffer
//! ```

use crate::bytes::number::hex_digit;
use core::fmt;

/// Why a percent-encoding is refused: the peer's doing, save for [`PercentError::NoSpace`]. Offsets count from the
/// text's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PercentError {
    /// A `%` with fewer than two bytes behind it; answered 400.
    Truncated {
        /// Where the `%` stands.
        at: usize,
    },
    /// A `%` with something else than two hexadecimal digits behind it; answered 400.
    NotHex {
        /// Where the `%` stands.
        at: usize,
    },
    /// `%00`, which ends a name for some readers and not for others; answered 400.
    Nul {
        /// Where the `%` stands.
        at: usize,
    },
    /// The buffer lent is full, and this byte finds no place.
    NoSpace {
        /// Where the byte or its `%` stands.
        at: usize,
    },
}

impl PercentError {
    /// Where the byte or the `%` stands.
    #[must_use]
    pub const fn at(self) -> usize {
        match self {
            Self::Truncated { at } | Self::NotHex { at } | Self::Nul { at } | Self::NoSpace { at } => at,
        }
    }
}

impl fmt::Display for PercentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::Truncated { .. } => "percent-encoding cut short",
            Self::NotHex { .. } => "percent sign without two hexadecimal digits",
            Self::Nul { .. } => "percent-encoded NUL",
            Self::NoSpace { .. } => "decoded text too long",
        };
        write!(f, "{what} at byte {}", self.at())
    }
}

impl core::error::Error for PercentError {}

/// Whether every `%` starts a percent-encoding that we accept.
///
/// # Errors
/// The first that is cut short, not hexadecimal, or `%00`.
pub fn is_well_formed(text: &[u8]) -> Result<(), PercentError> {
    strictly_decoded(text).try_for_each(|(_, byte)| byte.map(|_| ()))
}

/// Decodes `text` into `out` and gives the part that was written; `+` stays what it is.
///
/// # Errors
/// The first encoding that [`is_well_formed`] refuses, or the first byte that finds no place.
///
/// ```
/// use bantam_core::message::percent::{PercentError, decode_into};
/// let mut buffer = [0; 16];
/// assert_eq!(decode_into(b"a%20b", &mut buffer), Ok(&b"a b"[..]));
/// assert_eq!(decode_into(b"50%", &mut buffer), Err(PercentError::Truncated { at: 2 }));
/// ```
pub fn decode_into<'o>(text: &[u8], out: &'o mut [u8]) -> Result<&'o [u8], PercentError> {
    let mut written = 0_usize;
    for (at, byte) in strictly_decoded(text) {
        *out.get_mut(written).ok_or(PercentError::NoSpace { at })? = byte?;
        written = written.wrapping_add(1);
    }
    Ok(out.get(..written).unwrap_or_default())
}

/// Text seen through its percent-encoding, decoded as it is read and kept nowhere.
///
/// The text is expected to be well-formed, as [`is_well_formed`] says; a `%` that is not stands for itself.
///
/// ```
/// use bantam_core::message::percent::Decoded;
/// assert!(Decoded::new(b"caf%C3%A9").eq_str("café"));
/// assert!(Decoded::form(b"a+b").eq_str("a b"));
/// ```
#[derive(Clone, Copy)]
pub struct Decoded<'t> {
    text: &'t [u8],
    plus_is_space: bool,
}

impl<'t> Decoded<'t> {
    /// Text of a URI, in which `+` is itself.
    pub const fn new(text: &'t [u8]) -> Self {
        Self { text, plus_is_space: false }
    }

    /// Text of a form or of a query written by one, in which `+` means a space.
    pub const fn form(text: &'t [u8]) -> Self {
        Self { text, plus_is_space: true }
    }

    /// The text as it was received.
    pub const fn raw(&self) -> &'t [u8] {
        self.text
    }

    /// The decoded bytes.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + Clone + use<'t> {
        let Self { text: mut rest, plus_is_space } = *self;
        core::iter::from_fn(move || {
            let (first, after) = rest.split_first()?;
            let (byte, after) = match first {
                b'%' => encoded_byte(after).unwrap_or((b'%', after)),
                b'+' if plus_is_space => (b' ', after),
                _ => (*first, after),
            };
            rest = after;
            Some(byte)
        })
    }

    /// Whether the decoded bytes are those of `text`.
    pub fn eq_str(&self, text: &str) -> bool {
        self.bytes().eq(text.bytes())
    }

    /// The text itself, where nothing in it is encoded and it is UTF-8; no buffer is needed then.
    pub fn as_plain_str(&self) -> Option<&'t str> {
        let is_plain = !self.text.iter().any(|byte| *byte == b'%' || (*byte == b'+' && self.plus_is_space));
        if is_plain { core::str::from_utf8(self.text).ok() } else { None }
    }

    /// The decoded text in `buffer`; `None` when the buffer is too small or the bytes are not UTF-8.
    pub fn to_str_in<'o>(&self, buffer: &'o mut [u8]) -> Option<&'o str> {
        let mut written = 0_usize;
        for byte in self.bytes() {
            *buffer.get_mut(written)? = byte;
            written = written.wrapping_add(1);
        }
        core::str::from_utf8(buffer.get(..written)?).ok()
    }
}

impl PartialEq<str> for Decoded<'_> {
    fn eq(&self, other: &str) -> bool {
        self.eq_str(other)
    }
}

impl PartialEq<&str> for Decoded<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.eq_str(other)
    }
}

/// Writes the decoded text; what is not UTF-8 becomes U+FFFD, as in `String::from_utf8_lossy`.
impl fmt::Display for Decoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(plain) = self.as_plain_str() {
            return f.write_str(plain);
        }
        // The bytes of one character, or of what may become one.
        let mut sequence = [0_u8; 4];
        let mut length = 0_usize;
        for byte in self.bytes() {
            // The second round is for a byte that broke a sequence: it may start the next.
            for _ in 0..2 {
                if let Some(place) = sequence.get_mut(length) {
                    *place = byte;
                }
                match core::str::from_utf8(sequence.get(..=length).unwrap_or_default()) {
                    Ok(character) => {
                        f.write_str(character)?;
                        length = 0;
                        break;
                    }
                    Err(error) if error.error_len().is_none() => {
                        length = length.wrapping_add(1);
                        break;
                    }
                    Err(_) => {
                        f.write_str(REPLACEMENT)?;
                        if length == 0 {
                            break;
                        }
                        length = 0;
                    }
                }
            }
        }
        if length > 0 { f.write_str(REPLACEMENT) } else { Ok(()) }
    }
}

impl fmt::Debug for Decoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.text.escape_ascii())
    }
}

/// Bytes that [`fmt::Display`] writes percent-encoded for the path of a URI.
///
/// Only unreserved characters (RFC 3986 §2.3) are kept, so the result stands in any part of a URI.
///
/// ```
/// use bantam_core::message::percent::Encoded;
/// assert_eq!(Encoded::path(b"/a b/c").to_string(), "/a%20b/c");
/// assert_eq!(Encoded::segment(b"a/b").to_string(), "a%2Fb");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Encoded<'t> {
    bytes: &'t [u8],
    keeps_slash: bool,
}

impl<'t> Encoded<'t> {
    /// A whole path, in which `/` separates segments and is kept.
    pub const fn path(bytes: &'t [u8]) -> Self {
        Self { bytes, keeps_slash: true }
    }

    /// One segment of a path, in which `/` is a byte like others.
    pub const fn segment(bytes: &'t [u8]) -> Self {
        Self { bytes, keeps_slash: false }
    }

    const fn keeps(&self, byte: u8) -> bool {
        match byte {
            b'/' => self.keeps_slash,
            _ => is_unreserved(byte),
        }
    }
}

impl fmt::Display for Encoded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.bytes;
        loop {
            let kept = rest.iter().take_while(|byte| self.keeps(**byte)).count();
            let (run, after) = rest.split_at_checked(kept).unwrap_or_default();
            f.write_str(core::str::from_utf8(run).unwrap_or_default())?;
            let Some((byte, after)) = after.split_first() else { return Ok(()) };
            let triplet = [b'%', upper_hex(byte >> 4), upper_hex(byte & 0xf)];
            f.write_str(core::str::from_utf8(&triplet).unwrap_or_default())?;
            rest = after;
        }
    }
}

/// The names and values of a query or of `application/x-www-form-urlencoded` content, in their order.
///
/// A member without `=` has an empty value, and an empty member is none. As with [`Decoded`], the text is expected to
/// be well-formed: a target was checked when it was parsed, content has to be checked first.
///
/// ```
/// use bantam_core::message::percent::Pairs;
/// let (name, value) = Pairs::new(b"page=2&q=a+b").nth(1).unwrap();
/// assert!(name == "q" && value == "a b");
/// ```
#[derive(Clone, Debug)]
pub struct Pairs<'t> {
    rest: &'t [u8],
}

impl<'t> Pairs<'t> {
    /// The pairs of a query without its `?`, or of content.
    pub const fn new(text: &'t [u8]) -> Self {
        Self { rest: text }
    }

    /// The first value of `name`.
    #[must_use]
    pub fn value(mut self, name: &str) -> Option<Decoded<'t>> {
        self.find(|(candidate, _)| candidate.eq_str(name)).map(|(_, value)| value)
    }
}

impl<'t> Iterator for Pairs<'t> {
    type Item = (Decoded<'t>, Decoded<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let (member, rest) = split_once(self.rest, b'&');
            self.rest = rest;
            if !member.is_empty() {
                let (name, value) = split_once(member, b'=');
                return Some((Decoded::form(name), Decoded::form(value)));
            }
        }
        None
    }
}

/// What stands before the first `separator` and what after it, which is nothing where there is none.
fn split_once(text: &[u8], separator: u8) -> (&[u8], &[u8]) {
    let mut parts = text.splitn(2, |byte| *byte == separator);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

/// The bytes for which `text` stands, each with its offset; past an error there is no sense in reading on.
fn strictly_decoded(text: &[u8]) -> impl Iterator<Item = (usize, Result<u8, PercentError>)> {
    let mut rest = text;
    core::iter::from_fn(move || {
        let at = text.len().wrapping_sub(rest.len());
        let (first, after) = rest.split_first()?;
        rest = after;
        if *first != b'%' {
            return Some((at, Ok(*first)));
        }
        let byte = match encoded_byte(after) {
            Some((0, _)) => Err(PercentError::Nul { at }),
            Some((byte, after)) => {
                rest = after;
                Ok(byte)
            }
            None if after.len() < 2 => Err(PercentError::Truncated { at }),
            None => Err(PercentError::NotHex { at }),
        };
        Some((at, byte))
    })
}

/// The byte that two digits behind a `%` stand for, and the text behind them.
fn encoded_byte(text: &[u8]) -> Option<(u8, &[u8])> {
    let ([high, low], after) = text.split_first_chunk()?;
    Some(((hex_digit(*high)? << 4) | hex_digit(*low)?, after))
}

const REPLACEMENT: &str = "\u{fffd}";

/// `ALPHA / DIGIT / "-" / "." / "_" / "~"` (RFC 3986 §2.3)
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// RFC 3986 §2.1 asks producers for upper case.
const fn upper_hex(digit: u8) -> u8 {
    match digit {
        0..=9 => b'0'.wrapping_add(digit),
        _ => b'A'.wrapping_sub(10).wrapping_add(digit),
    }
}

#[cfg(test)]
mod tests;
