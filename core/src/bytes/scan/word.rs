//! Blocks of one machine word.

/// Bytes in a block.
pub(super) const LANES: usize = size_of::<usize>();

/// One in each byte of a word.
const ONES: usize = usize::MAX / 0xff;

/// Where the first control byte stands.
#[inline]
pub(super) const fn first_control(lanes: &[u8; LANES]) -> Option<usize> {
    let word = usize::from_le_bytes(*lanes);
    // Moved on by one, DEL comes to stand before NUL, and what is then below 0x21 was a control byte. No sum leaves its
    // byte, because the highest bits are cleared; bytes that had them are none.
    let next = (word & ONES.wrapping_mul(0x7f)).wrapping_add(ONES) & ONES.wrapping_mul(0x7f);
    let marks = !(next.wrapping_add(ONES.wrapping_mul(0x80 - 0x21)) | word) & ONES.wrapping_mul(0x80);
    if marks == 0 { None } else { Some((marks.trailing_zeros() / 8) as usize) }
}

/// Nothing is passed over: for names and paths a table is as quick as words are.
#[allow(dead_code)] // where there are vectors
#[inline]
pub(super) const fn first_unusual<const IN_PATH: bool>(_: &[u8; LANES]) -> Option<usize> {
    Some(0)
}
