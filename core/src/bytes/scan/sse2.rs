//! Blocks of sixteen bytes, by SSE2, which is part of every x86-64 processor.
//!
//! The only unsafe code of this crate, because a measurement asked for it: with words, which are safe code, a head of a
//! hundred fields takes 25,556 instructions and a browser's 5,554, with this 16,316 and 3,416; httparse needs 21,782 and
//! 4,071 (`cargo bench -p bantam-tests --bench parser`, 24 November 2026, x86-64). Plain code that compilers were to
//! make vectors of came out slower than words. The instructions are safe functions, called where the compiler has been
//! told that they are there; what is unsafe is to call a function that was told so. [`super::word`] is the plain twin.
#![allow(unsafe_code)]

use core::arch::x86_64::{
    __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    _mm_sub_epi8,
};

/// Bytes in a block.
pub(super) const LANES: usize = 16;

/// Where the first control byte stands.
#[inline]
pub(super) fn first_control(lanes: &[u8; LANES]) -> Option<usize> {
    // SAFETY: this file is compiled only where SSE2 is among the target's features.
    first(unsafe { controls(lanes) })
}

/// Where the first byte stands that is neither a letter, nor a digit, nor a hyphen, nor, in a path, `/` or `:`.
#[inline]
pub(super) fn first_unusual<const IN_PATH: bool>(lanes: &[u8; LANES]) -> Option<usize> {
    // SAFETY: as above.
    first(unsafe { unusual::<IN_PATH>(lanes) })
}

/// Where the lowest of sixteen bits is set.
#[inline]
const fn first(marks: i32) -> Option<usize> {
    if marks == 0 { None } else { Some(marks.trailing_zeros() as usize) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn controls(lanes: &[u8; LANES]) -> i32 {
    let bytes = load(lanes);
    _mm_movemask_epi8(_mm_or_si128(in_range(bytes, 0, 0x1f), equal(bytes, 0x7f)))
}

#[inline]
#[target_feature(enable = "sse2")]
fn unusual<const IN_PATH: bool>(lanes: &[u8; LANES]) -> i32 {
    let bytes = load(lanes);
    let is_letter = in_range(_mm_or_si128(bytes, all(0x20)), b'a', b'z');
    // In ASCII, `/` stands before the digits and `:` behind them.
    let is_other = if IN_PATH { in_range(bytes, b'/', b':') } else { in_range(bytes, b'0', b'9') };
    _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(is_letter, is_other), equal(bytes, b'-'))) ^ 0xffff
}

/// Marks the bytes from `first` to `last`.
#[inline]
#[target_feature(enable = "sse2")]
fn in_range(bytes: __m128i, first: u8, last: u8) -> __m128i {
    let above = _mm_sub_epi8(bytes, all(first));
    _mm_cmpeq_epi8(_mm_min_epu8(above, all(last.wrapping_sub(first))), above)
}

/// Marks the bytes that are `byte`.
#[inline]
#[target_feature(enable = "sse2")]
fn equal(bytes: __m128i, byte: u8) -> __m128i {
    _mm_cmpeq_epi8(bytes, all(byte))
}

#[inline]
#[target_feature(enable = "sse2")]
fn all(byte: u8) -> __m128i {
    _mm_set1_epi8(byte.cast_signed())
}

/// One load: compilers put the halves together.
#[inline]
#[target_feature(enable = "sse2")]
fn load(lanes: &[u8; LANES]) -> __m128i {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *lanes;
    let (low, high) = ([a, b, c, d, e, f, g, h], [i, j, k, l, m, n, o, p]);
    _mm_set_epi64x(i64::from_le_bytes(high), i64::from_le_bytes(low))
}
