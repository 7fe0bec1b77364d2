//! How much of the stack was ever used: it is painted before the program starts.
#![allow(unsafe_code)]

unsafe extern "C" {
    /// The lowest word of the stack, from the linker.
    static _stack_end: u32;
    /// The first word above it.
    pub(crate) static _stack_start: u32;
}

/// Bytes of the stack.
#[must_use]
pub fn size() -> usize {
    (&raw const _stack_start as usize).saturating_sub(&raw const _stack_end as usize)
}

/// Whether so many bytes from `address` lie in it.
pub(crate) fn contains(address: usize, bytes: usize) -> bool {
    let (lowest, above) = (&raw const _stack_end as usize, &raw const _stack_start as usize);
    address >= lowest && address.saturating_add(bytes) <= above
}

/// Most bytes of it that were in use at a time: from its top down to the last word that has lost its paint. A lower
/// bound, as a frame may leave words of its own untouched.
#[must_use]
pub fn high_water() -> usize {
    let lowest = &raw const _stack_end;
    let words = size() / 4;
    let untouched = (0..words).take_while(|&word| {
        // SAFETY: the linker reserves the words from `_stack_end` to `_stack_start` for the stack and nothing else, so
        // that each is readable; being volatile, the read makes no assumption about what frames write there.
        let value = unsafe { lowest.add(word).read_volatile() };
        value == cortex_m_rt::STACK_PAINT_VALUE
    });
    size().saturating_sub(untouched.count().saturating_mul(4))
}
