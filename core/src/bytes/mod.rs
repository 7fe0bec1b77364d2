//! Bytes: how they are classified, moved and turned into numbers.

pub(crate) mod class;
pub(crate) mod keyed;
pub mod number;
pub(crate) mod scan;

/// Moves `length` bytes of `buffer` from `from` down to `to`. Does nothing where that is no move down inside the
/// buffer, which no caller asks for.
pub(crate) fn move_down(buffer: &mut [u8], from: usize, to: usize, length: usize) {
    let inside = from.checked_add(length).is_some_and(|end| end <= buffer.len());
    if inside && to < from {
        buffer.copy_within(from..from.saturating_add(length), to);
    }
}

/// Moves `length` bytes of `buffer` from `from` up by `distance`; false when they would not fit.
pub(crate) fn move_up(buffer: &mut [u8], from: usize, length: usize, distance: usize) -> bool {
    let end = from.checked_add(length).and_then(|end| end.checked_add(distance));
    if end.is_none_or(|end| end > buffer.len()) {
        return false;
    }
    if length > 0 {
        buffer.copy_within(from..from.saturating_add(length), from.saturating_add(distance));
    }
    true
}
