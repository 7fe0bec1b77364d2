#![allow(clippy::std_instead_of_alloc, reason = "tests run where there is a std")]

use super::*;
use std::format;
use std::string::ToString;
use std::vec::Vec;

#[test]
fn decimal_takes_digits_only() {
    let cases: &[(&str, &[u8], Option<u64>)] = &[
        ("zero", b"0", Some(0)),
        ("several digits", b"1234567890", Some(1_234_567_890)),
        ("leading zeros", b"000000000000000000000000000000007", Some(7)),
        ("largest", b"18446744073709551615", Some(u64::MAX)),
        ("one above the largest", b"18446744073709551616", None),
        ("overflow by multiplication", b"99999999999999999999999", None),
        ("empty", b"", None),
        ("plus", b"+5", None),
        ("minus", b"-5", None),
        ("blank before", b" 5", None),
        ("blank after", b"5 ", None),
        ("tab", b"5\t", None),
        ("list", b"5,5", None),
        ("underscore", b"1_000", None),
        ("hexadecimal", b"0x5", None),
        ("byte before zero", b"/", None),
        ("byte after nine", b":", None),
        ("nul", b"5\0", None),
        ("arabic digit", "٣".as_bytes(), None),
    ];
    for (name, text, value) in cases {
        assert_eq!(decimal(text), *value, "{name}");
    }
}

#[test]
fn content_length_refuses_leading_zeros() {
    let cases: &[(&[u8], Option<u64>)] = &[
        (b"0", Some(0)),
        (b"10", Some(10)),
        (b"18446744073709551615", Some(u64::MAX)),
        (b"00", None),
        (b"007", None),
        (b"", None),
        (b"+1", None),
        (b"5, 5", None),
    ];
    for (text, value) in cases {
        assert_eq!(content_length(text), *value, "{text:?}");
    }
}

#[test]
fn hex_digit_agrees_with_char() {
    for byte in 0..=u8::MAX {
        let expected = if byte.is_ascii() { char::from(byte).to_digit(16) } else { None };
        assert_eq!(hex_digit(byte).map(u32::from), expected, "{byte:#x}");
    }
}

/// Values at each edge: around every power of two and of ten, and some with no pattern.
fn interesting() -> Vec<u64> {
    let mut values = Vec::from([0, u64::MAX]);
    for exponent in 0..64 {
        let power = 1_u64 << exponent;
        values.extend([power - 1, power, power.wrapping_add(1)]);
    }
    for exponent in 0..20 {
        let power = 10_u64.pow(exponent);
        values.extend([power - 1, power, power + 1]);
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..20_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        values.extend([state, state >> 20, state >> 33]);
    }
    values
}

#[test]
fn written_numbers_agree_with_the_standard_library() {
    for value in interesting() {
        let written = Decimal::new(value);
        assert_eq!(written.as_str(), value.to_string());
        assert_eq!(decimal(written.as_bytes()), Some(value));
        assert_eq!(Hex::new(value as usize).as_str(), format!("{:x}", value as usize));
    }
    assert_eq!(format!("{} {:?} {}", Decimal::new(7), Decimal::new(70), Hex::new(255)), "7 70 ff");
}
