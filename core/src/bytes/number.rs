//! Numbers as the wire writes them: `1*DIGIT` and `1*HEXDIG`, read strictly and written without `core::fmt`.
//!
//! `str::parse` is no reader for the wire, since `"+5".parse::<u64>()` is `Ok(5)`.

use core::fmt;

/// The value of `1*DIGIT`; `None` for an empty text, any other byte, or a value above `u64::MAX`.
///
/// Leading zeros are allowed; [`content_length`] refuses them.
///
/// ```
/// use bantam_core::bytes::number::decimal;
/// assert_eq!(decimal(b"0042"), Some(42));
/// assert_eq!(decimal(b"+5"), None);
/// ```
pub fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// The value of a Content-Length field (RFC 9110 §8.6): [`decimal`] without leading zeros.
///
/// The grammar allows `007`, but a reader that takes it for octal would frame the message differently.
pub fn content_length(digits: &[u8]) -> Option<u64> {
    match digits {
        [b'0', _, ..] => None,
        _ => decimal(digits),
    }
}

/// The value of one `HEXDIG` in either case (RFC 5234 appendix B.1 and RFC 9112 §7.1).
pub const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        b'A'..=b'F' => Some(byte.wrapping_sub(b'A').wrapping_add(10)),
        _ => None,
    }
}

/// A number written in decimal digits, held in place.
///
/// ```
/// use bantam_core::bytes::number::Decimal;
/// assert_eq!(Decimal::new(1024).as_bytes(), b"1024");
/// ```
#[derive(Clone, Copy)]
pub struct Decimal {
    digits: Digits<20>,
}

impl Decimal {
    /// Writes `value` without sign or leading zeros.
    pub fn new(value: u64) -> Self {
        let mut buffer = [b'0'; 20];
        let start = put_decimal(value, &mut buffer, 20) as u8;
        Self { digits: Digits { buffer, start } }
    }

    /// The digits, most significant first; at least one.
    pub fn as_bytes(&self) -> &[u8] {
        self.digits.as_bytes()
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        self.digits.as_str()
    }
}

/// A chunk size written as `1*HEXDIG` (RFC 9112 §7.1), in lower case, held in place.
///
/// ```
/// use bantam_core::bytes::number::Hex;
/// assert_eq!(Hex::new(4096).as_bytes(), b"1000");
/// ```
#[derive(Clone, Copy)]
pub struct Hex {
    digits: Digits<16>,
}

impl Hex {
    /// Writes `value` without leading zeros.
    pub fn new(value: usize) -> Self {
        let mut digits = Digits::EMPTY;
        let mut rest = value;
        loop {
            digits.push_front(match (rest & 0xf) as u8 {
                digit @ 0..=9 => b'0'.wrapping_add(digit),
                digit => b'a'.wrapping_sub(10).wrapping_add(digit),
            });
            rest >>= 4;
            if rest == 0 {
                return Self { digits };
            }
        }
    }

    /// The digits, most significant first; at least one.
    pub fn as_bytes(&self) -> &[u8] {
        self.digits.as_bytes()
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        self.digits.as_str()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// ASCII digits that grow to the left, since the last digit is found first.
#[derive(Clone, Copy)]
struct Digits<const N: usize> {
    buffer: [u8; N],
    start: u8,
}

impl<const N: usize> Digits<N> {
    const EMPTY: Self = Self { buffer: [b'0'; N], start: N as u8 };

    fn push_front(&mut self, digit: u8) {
        self.start = self.start.saturating_sub(1);
        if let Some(place) = self.buffer.get_mut(usize::from(self.start)) {
            *place = digit;
        }
    }

    fn as_bytes(&self) -> &[u8] {
        self.buffer.get(usize::from(self.start)..).unwrap_or_default()
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

/// Writes `value` in front of `end` of `space`, without sign or leading zeros, and says where it begins. Where there is
/// no room, nothing in front of the space is written.
pub(crate) fn put_decimal(value: u64, space: &mut [u8], end: usize) -> usize {
    let mut start = end;
    let mut put = |value: u32| {
        start = start.saturating_sub(1);
        if let Some(place) = space.get_mut(start) {
            *place = decimal_digit(value);
        }
    };
    let mut high = value;
    let mut low = loop {
        match u32::try_from(high) {
            Ok(low) => break low,
            Err(_) => {
                let (quotient, mut four) = divide_by_ten_thousand(high);
                high = quotient;
                for _ in 0..4 {
                    put(four);
                    four /= 10;
                }
            }
        }
    };
    loop {
        put(low);
        low /= 10;
        if low == 0 {
            return start;
        }
    }
}

fn decimal_digit(value: u32) -> u8 {
    b'0'.wrapping_add((value % 10) as u8)
}

/// Quotient and remainder by schoolbook division over 16-bit places, where each step fits 32 bits: a 64-bit
/// division is a library call of several hundred bytes on a microcontroller.
fn divide_by_ten_thousand(value: u64) -> (u64, u32) {
    let mut quotient = 0_u64;
    let mut remainder = 0_u32;
    for shift in [48_u32, 32, 16, 0] {
        let place = (value.wrapping_shr(shift) & 0xffff) as u32;
        let dividend = (remainder << 16) | place;
        quotient = (quotient << 16) | u64::from(dividend / 10_000);
        remainder = dividend % 10_000;
    }
    (quotient, remainder)
}

#[cfg(test)]
mod tests;
