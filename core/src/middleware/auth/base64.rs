//! Base64 (RFC 4648 §4), read strictly into a buffer.

/// Why a text is refused. Offsets count from its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base64Error {
    /// A byte that is not in the alphabet, padding in the wrong place included (RFC 4648 §3.3).
    Byte {
        /// Where it stands.
        at: usize,
    },
    /// A length that is no multiple of four: padding is missing (RFC 4648 §3.2).
    Length,
    /// Bits behind the last byte that are not zero: one secret would have several spellings (RFC 4648 §3.5).
    Bits,
    /// The buffer lent is too small.
    NoSpace,
}

/// Decodes `text` into `out`, and gives the part that was written.
///
/// # Errors
/// Anything but the one spelling that an encoder makes, and more bytes than `out` has room for.
///
/// ```
/// use bantam_core::middleware::auth::base64::{Base64Error, decode};
/// let mut space = [0; 8];
/// assert_eq!(decode(b"Zm9vYmE=", &mut space), Ok(&b"fooba"[..]));
/// assert_eq!(decode(b"Zm9vYmE", &mut space), Err(Base64Error::Length));
/// ```
pub fn decode<'o>(text: &[u8], out: &'o mut [u8]) -> Result<&'o [u8], Base64Error> {
    if !text.len().is_multiple_of(4) {
        return Err(Base64Error::Length);
    }
    let sextets = match text {
        [rest @ .., b'=', b'='] | [rest @ .., b'='] => rest,
        _ => text,
    };
    let (mut bits, mut count, mut written) = (0u32, 0u32, 0usize);
    for (at, byte) in sextets.iter().enumerate() {
        // At most six bits are left over from before, and the older ones have been written: nothing of worth is lost.
        bits = bits.wrapping_shl(6) | sextet(*byte).ok_or(Base64Error::Byte { at })?;
        count = count.wrapping_add(6);
        if count >= 8 {
            count = count.wrapping_sub(8);
            let [.., low] = bits.wrapping_shr(count).to_be_bytes();
            *out.get_mut(written).ok_or(Base64Error::NoSpace)? = low;
            written = written.wrapping_add(1);
        }
    }
    if bits & 1u32.wrapping_shl(count).wrapping_sub(1) != 0 {
        return Err(Base64Error::Bits);
    }
    Ok(out.get(..written).unwrap_or_default())
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte.wrapping_sub(b'A'),
        b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
        b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests;
