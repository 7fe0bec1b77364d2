use std::string::{String, ToString};

use super::*;

/// Addresses, and what is not quite one.
const TEXTS: [&str; 46] = [
    "",
    ":",
    "::",
    ":::",
    "::1",
    "1::",
    "::1:",
    ":1::",
    "1:2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2:3:4:5:6:7:8",
    "1::3:4:5:6:7:8",
    "::2:3:4:5:6:7:8",
    "1:2:3:4:5:6:7::",
    "1::2::3",
    "::ffff:1.2.3.4",
    "::FFFF:255.255.255.255",
    "1:2:3:4:5:6:1.2.3.4",
    "1:2:3:4:5:6:7:1.2.3.4",
    "::1.2.3.4",
    "1.2.3.4::",
    "fe80::1%1",
    "2001:db8::a:b",
    "12345::",
    "g::",
    "::00001",
    "0:0:0:0:0:0:0:0",
    "1.2.3.4",
    "0.0.0.0",
    "255.255.255.255",
    "256.1.1.1",
    "1.2.3",
    "1.2.3.4.5",
    "01.2.3.4",
    "1.2.3.04",
    "1..2.3",
    ".1.2.3",
    "1.2.3.",
    "+1.2.3.4",
    " 1.2.3.4",
    "1.2.3.4 ",
    "[::1]",
    "localhost",
    "::1.2.3",
    "::1.2.3.256",
];

#[test]
fn addresses_are_those_of_the_standard_library() {
    for text in TEXTS {
        assert_eq!(ip(text.as_bytes()), text.parse().ok(), "{text:?}");
        assert_eq!(ipv4(text.as_bytes()), text.parse().ok(), "{text:?}");
        assert_eq!(ipv6(text.as_bytes()), text.parse().ok(), "{text:?}");
    }
}

#[test]
fn what_the_standard_library_writes_is_read() {
    let mut state = 1_u128;
    for round in 0..2_000_u32 {
        state = state.wrapping_mul(0x2d99_7879_26d4_6932_a4c1_f326_80f7_0c55).wrapping_add(1);
        // Groups of zeros in every place.
        let mask =
            (0..8).fold(0_u128, |mask, group| mask << 16 | if round >> group & 1 == 1 { 0xffff } else { 0 });
        let address = Ipv6Addr::from_bits(state & mask);
        assert_eq!(ipv6(address.to_string().as_bytes()), Some(address));
        let address = Ipv4Addr::from_bits((state >> 64) as u32);
        assert_eq!(ipv4(address.to_string().as_bytes()), Some(address));
    }
}

#[test]
fn ports_have_no_signs_and_no_leading_zeros() {
    for (text, wanted) in [("0", Some(0)), ("80", Some(80)), ("65535", Some(65_535))] {
        assert_eq!(port(text.as_bytes()), wanted);
    }
    for text in ["", "65536", "00", "080", "+80", "-1", " 80", "8o", "99999999999999999999999"] {
        assert_eq!(port(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(port(String::from("1\0").as_bytes()), None);
}
