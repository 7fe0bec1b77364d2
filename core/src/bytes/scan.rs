//! Looks for the byte that ends a part of a line, many bytes at a time: in blocks of sixteen by the vector instructions
//! of x86-64, in machine words elsewhere, and in plain loops that compilers make vector instructions of once a line is
//! known to be long. The tests hold all of them against the same byte by byte. `--cfg bantam_words` among the compiler's
//! flags takes words on x86-64 too, so that all tests can run on them.

#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(bantam_words)))]
mod sse2;
mod word;

#[cfg(all(target_arch = "x86_64", target_feature = "sse2", not(bantam_words)))]
use self::sse2 as block;
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2", not(bantam_words))))]
use self::word as block;

/// Bytes that are judged together once a line is known to be long.
const STEP: usize = 64;

/// Whether the compiler makes vector instructions of plain loops over bytes. Where it cannot, they only cost.
const HAS_VECTORS: bool =
    cfg!(any(target_feature = "sse2", target_feature = "neon", target_feature = "simd128"));

/// `bytes` from the first control byte on, HTAB among them; nothing when there is none.
#[inline]
pub(crate) fn from_control(bytes: &[u8]) -> &[u8] {
    if !HAS_VECTORS {
        return from_distant_control(bytes);
    }
    // Most field values end within two blocks. A block tells where the byte is, a step only that there is one.
    let Some((lanes, behind)) = bytes.split_first_chunk() else { return from_distant_control(bytes) };
    if let Some(place) = block::first_control(lanes) {
        return bytes.get(place..).unwrap_or_default();
    }
    let Some((lanes, far_behind)) = behind.split_first_chunk() else { return from_distant_control(behind) };
    match block::first_control(lanes) {
        Some(place) => behind.get(place..).unwrap_or_default(),
        None => from_distant_control(far_behind),
    }
}

/// The same by larger steps.
#[inline(never)]
fn from_distant_control(mut bytes: &[u8]) -> &[u8] {
    // Plain code that the compiler makes vector instructions of where there are any.
    while HAS_VECTORS && let Some((step, behind)) = bytes.split_first_chunk::<STEP>() {
        if step.iter().fold(false, |found, &byte| found | is_control(byte)) {
            break;
        }
        bytes = behind;
    }
    while let Some((lanes, behind)) = bytes.split_first_chunk() {
        if let Some(place) = block::first_control(lanes) {
            return bytes.get(place..).unwrap_or_default();
        }
        bytes = behind;
    }
    while let Some((word, behind)) = bytes.split_first_chunk() {
        if let Some(place) = word::first_control(word) {
            return bytes.get(place..).unwrap_or_default();
        }
        bytes = behind;
    }
    naive(bytes)
}

/// The same byte by byte.
fn naive(mut bytes: &[u8]) -> &[u8] {
    while let [byte, behind @ ..] = bytes
        && !is_control(*byte)
    {
        bytes = behind;
    }
    bytes
}

/// `CTL` (RFC 5234 appendix B.1).
#[inline]
const fn is_control(byte: u8) -> bool {
    (byte < b' ') | (byte == 0x7f)
}

/// `bytes` from the first one on that is neither a letter, nor a digit, nor a hyphen, nor, in a path, `/` or `:`; or from
/// somewhere before it. Names and paths are made of these, and whole blocks of them are passed over in one step.
#[inline]
pub(crate) fn from_unusual<const IN_PATH: bool>(mut bytes: &[u8]) -> &[u8] {
    while let Some((lanes, behind)) = bytes.split_first_chunk() {
        match block::first_unusual::<IN_PATH>(lanes) {
            Some(place) => return bytes.get(place..).unwrap_or_default(),
            None => bytes = behind,
        }
    }
    bytes
}

#[cfg(test)]
mod tests;
