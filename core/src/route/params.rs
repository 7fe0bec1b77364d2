//! Path parameters: named by the pattern, found in the path when they are asked for.

use super::pattern::{Pieces, Segment};
use crate::bytes::number::{decimal, hex_digit};

/// The parameters of a matched route: its pattern beside the path that matched it. Nothing is copied at matching.
#[derive(Clone, Copy)]
pub(crate) struct Params<'r> {
    pieces: Pieces,
    /// The path as sent when nothing in it is encoded, else its decoded copy.
    path: &'r [u8],
    separator: u8,
    /// The path as sent.
    raw: &'r [u8],
}

/// How parameters are found, see [`read`].
pub(crate) type Read = for<'r> fn(Pieces, &'r [u8], bool, &'r mut [u8]) -> Option<Params<'r>>;

impl<'r> Params<'r> {
    pub(crate) const NONE: Params<'static> =
        Params { pieces: Pieces::NONE, path: &[], separator: b'/', raw: &[] };

    /// The decoded value of the parameter `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&'r [u8]> {
        find(self.pieces, self.path, self.separator, name)
    }

    /// The value of the parameter `name` as sent.
    pub(crate) fn get_raw(&self, name: &str) -> Option<&'r [u8]> {
        find(self.pieces, self.raw, b'/', name)
    }
}

/// The parameters of `path`, which matched `pieces`. What `is_encoded` is decoded into `scratch`; `None` when that is too
/// small.
pub(crate) fn read<'r>(
    pieces: Pieces,
    path: &'r [u8],
    is_encoded: bool,
    scratch: &'r mut [u8],
) -> Option<Params<'r>> {
    if !is_encoded {
        return Some(Params { pieces, path, separator: b'/', raw: path });
    }
    let length = decode(pieces.count_before_wildcard(), path, scratch.get_mut(..path.len())?);
    Some(Params { pieces, path: scratch.get(..length)?, separator: DECODED_SEPARATOR, raw: path })
}

/// What the parameter `name` of `pieces` matches in `path`, whose segments end at `separator`.
fn find<'r>(pieces: Pieces, path: &'r [u8], separator: u8, name: &str) -> Option<&'r [u8]> {
    let mut rest = path.get(1..)?;
    for segment in pieces.segments() {
        let end = rest.iter().position(|&byte| byte == separator).unwrap_or(rest.len());
        match segment {
            Segment::Wildcard(candidate) => return (candidate == name.as_bytes()).then_some(rest),
            Segment::Param(candidate) if candidate == name.as_bytes() => return rest.get(..end),
            _ => rest = rest.get(end.saturating_add(1)..).unwrap_or_default(),
        }
    }
    None
}

/// Stands between decoded segments, where a `/` may be part of one. No decoded byte is NUL: `%00` is refused.
const DECODED_SEPARATOR: u8 = 0;

/// Decodes `path` into `out`, which is as long, and says how long the result is. The first `segments` segments are
/// separated by NUL, so that an encoded slash in one does not split it; what a wildcard matches keeps its slashes.
fn decode(segments: usize, path: &[u8], out: &mut [u8]) -> usize {
    let mut length = 0;
    let mut slashes = 0usize;
    let mut rest = path;
    while let [first, tail @ ..] = rest {
        let mut byte = *first;
        rest = tail;
        if byte == b'/' {
            if slashes > 0 && slashes <= segments {
                byte = DECODED_SEPARATOR;
            }
            slashes = slashes.saturating_add(1);
        } else if let (b'%', [high, low, tail @ ..]) = (byte, tail) {
            // The target's parser has let only well-formed encodings through.
            byte = hex_digit(*high).unwrap_or(0).wrapping_shl(4) | hex_digit(*low).unwrap_or(0);
            rest = tail;
        }
        if let Some(slot) = out.get_mut(length) {
            *slot = byte;
            length = length.saturating_add(1);
        }
    }
    length
}

/// What a path parameter can be read as.
pub trait FromParam<'r>: Sized {
    /// Reads `text`, the decoded parameter; `None` when it is no such value, which is answered 400.
    fn from_param(text: &'r str) -> Option<Self>;
}

impl<'r> FromParam<'r> for &'r str {
    fn from_param(text: &'r str) -> Option<Self> {
        Some(text)
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl FromParam<'_> for $number {
            /// Digits only: no sign, no blanks.
            fn from_param(text: &str) -> Option<Self> {
                decimal(text.as_bytes()).and_then(|value| Self::try_from(value).ok())
            }
        }
    )*};
}
numbers!(u8, u16, u32, u64, usize);

macro_rules! signed_numbers {
    ($($number:ty),*) => {$(
        impl FromParam<'_> for $number {
            /// Digits, with a minus sign before them when negative.
            fn from_param(text: &str) -> Option<Self> {
                match text.strip_prefix('-') {
                    Some(digits) => decimal(digits.as_bytes()).and_then(|value| {
                        Self::try_from(0i128.saturating_sub(i128::from(value))).ok()
                    }),
                    None => decimal(text.as_bytes()).and_then(|value| Self::try_from(value).ok()),
                }
            }
        }
    )*};
}
signed_numbers!(i8, i16, i32, i64);

#[cfg(test)]
mod tests;
