use std::vec::Vec;
use std::{format, vec};

use super::*;

fn v2(command: u8, family: u8, length: u16, rest: &[u8]) -> Vec<u8> {
    [&SIGNATURE[..], &[command, family], &length.to_be_bytes(), rest].concat()
}

/// The block of two IPv4 addresses, with `more` behind it.
fn v4_block(more: usize) -> Vec<u8> {
    [&[192, 0, 2, 1, 198, 51, 100, 1, 0xdc, 0x04, 0x01, 0xbb][..], &vec![7; more]].concat()
}

fn from(address: &str) -> Origin {
    Origin::Address(address.parse().unwrap())
}

/// Reads every beginning of `bytes`, with something else behind all of them, and says what comes of it.
fn outcome(bytes: &[u8]) -> Result<(usize, Origin), ProxyError> {
    let whole = read(bytes);
    for end in 0..=bytes.len() {
        match read(&bytes[..end]) {
            Ok(Progress::Incomplete) => {}
            // What was decided is not changed by what comes later.
            decided => assert_eq!(decided, whole, "after {end} bytes of {}", bytes.escape_ascii()),
        }
    }
    let longer = read(&[bytes, b"GET / HTTP/1.1\r\n\r\n"].concat());
    match whole {
        Ok(Progress::Complete { length, origin }) => {
            assert_eq!(longer, whole, "{}", bytes.escape_ascii());
            let before = read(&bytes[..length - 1]);
            assert_eq!(before, Ok(Progress::Incomplete), "{}", bytes.escape_ascii());
            Ok((length, origin))
        }
        Ok(Progress::Incomplete) => panic!("not decided: {}", bytes.escape_ascii()),
        Err(error) => {
            assert_eq!(longer, whole);
            Err(error)
        }
    }
}

#[test]
fn lines_of_version_1() {
    let longest = "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff \
        ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
    let most = format!("PROXY UNKNOWN {}\r\n", "x".repeat(LONGEST_LINE - 16));
    for (name, line, origin) in [
        ("IPv4", "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", from("192.0.2.1:56324")),
        ("IPv6", "PROXY TCP6 2001:db8::1 ::1 1 0\r\n", from("[2001:db8::1]:1")),
        ("IPv4 inside IPv6", "PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n", from("[::ffff:192.0.2.1]:1")),
        ("the longest of two addresses", longest, from("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")),
        ("unknown", "PROXY UNKNOWN\r\n", Origin::Unknown),
        ("unknown, with addresses", "PROXY UNKNOWN ::1 ::1 1 2\r\n", Origin::Unknown),
        ("as long as can be", &most, Origin::Unknown),
    ] {
        assert_eq!(outcome(line.as_bytes()), Ok((line.len(), origin)), "{name}");
    }
    assert_eq!(most.len(), LONGEST_LINE);
}

#[test]
fn lines_that_are_refused() {
    let long = format!("PROXY UNKNOWN {}\r\n", "x".repeat(LONGEST_LINE - 15));
    let endless = format!("PROXY TCP4 {}", "1".repeat(LONGEST_LINE));
    for (name, line, error) in [
        ("a request", "GET / HTTP/1.1\r\n", ProxyError::NoHeader),
        ("a request that begins alike", "PUT / HTTP/1.1\r\n", ProxyError::NoHeader),
        ("small letters", "proxy TCP4 192.0.2.1 198.51.100.1 1 2\r\n", ProxyError::NoHeader),
        ("a blank before", " PROXY UNKNOWN\r\n", ProxyError::NoHeader),
        ("a tab", "PROXY\tUNKNOWN\r\n", ProxyError::NoHeader),
        ("TLS", "\x16\x03\x01", ProxyError::NoHeader),
        ("one byte too long", &long, ProxyError::TooLong),
        ("without an end", &endless, ProxyError::TooLong),
        ("a bare LF", "PROXY UNKNOWN\n", ProxyError::Line),
        ("nothing but the word", "PROXY \r\n", ProxyError::Line),
        ("the word alone", "PROXY \n", ProxyError::Line),
        ("a longer word", "PROXY UNKNOWNS\r\n", ProxyError::Line),
        ("datagrams", "PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n", ProxyError::Line),
        ("the other version's address", "PROXY TCP4 ::1 ::1 1 2\r\n", ProxyError::Line),
        ("and the other way round", "PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n", ProxyError::Line),
        ("a bad destination", "PROXY TCP4 192.0.2.1 198.51.100 1 2\r\n", ProxyError::Line),
        ("a leading zero", "PROXY TCP4 192.0.2.01 198.51.100.1 1 2\r\n", ProxyError::Line),
        ("a zero before a port", "PROXY TCP4 192.0.2.1 198.51.100.1 01 2\r\n", ProxyError::Line),
        ("a port too high", "PROXY TCP4 192.0.2.1 198.51.100.1 65536 2\r\n", ProxyError::Line),
        ("a sign", "PROXY TCP4 192.0.2.1 198.51.100.1 +1 2\r\n", ProxyError::Line),
        ("two blanks", "PROXY TCP4 192.0.2.1  198.51.100.1 1 2\r\n", ProxyError::Line),
        ("a blank at the end", "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 \r\n", ProxyError::Line),
        ("a word too many", "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n", ProxyError::Line),
        ("a word too few", "PROXY TCP4 192.0.2.1 198.51.100.1 1\r\n", ProxyError::Line),
        ("two CR", "PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\r\n", ProxyError::Line),
        ("a CR inside", "PROXY TCP4 192.0.2.1\r 198.51.100.1 1 2\r\n", ProxyError::Line),
        ("a zone", "PROXY TCP6 fe80::1%1 ::1 1 2\r\n", ProxyError::Line),
    ] {
        assert_eq!(outcome(line.as_bytes()), Err(error), "{name}");
    }
}

#[test]
fn headers_of_version_2() {
    let v6 = [&[0x20, 0x01, 0x0d, 0xb8][..], &[0; 11], &[1], &[0; 16], &[0, 80, 0, 81]].concat();
    for (name, bytes, origin) in [
        ("IPv4", v2(0x21, 0x11, 12, &v4_block(0)), from("192.0.2.1:56324")),
        ("IPv4, with fields behind", v2(0x21, 0x11, 99, &v4_block(87)), from("192.0.2.1:56324")),
        ("IPv6", v2(0x21, 0x21, 36, &v6), from("[2001:db8::1]:80")),
        ("a Unix socket", v2(0x21, 0x31, 216, &[b'/'; 216]), Origin::Unknown),
        ("unspecified", v2(0x21, 0x00, 0, b""), Origin::Unknown),
        ("unspecified, with fields", v2(0x21, 0x00, 3, b"abc"), Origin::Unknown),
        ("local", v2(0x20, 0x00, 0, b""), Origin::Gateway),
        ("local, with addresses", v2(0x20, 0x11, 12, &v4_block(0)), Origin::Gateway),
        ("local, of a family that does not exist", v2(0x20, 0xff, 1, b"x"), Origin::Gateway),
        (
            "as long as can be",
            v2(0x21, 0x11, (LONGEST - 16) as u16, &v4_block(LONGEST - 28)),
            from("192.0.2.1:56324"),
        ),
    ] {
        assert_eq!(outcome(&bytes), Ok((bytes.len(), origin)), "{name}");
    }
}

#[test]
fn headers_that_are_refused() {
    let mut signature = v2(0x21, 0x11, 12, &v4_block(0));
    signature[11] = b'\r';
    for (name, bytes, error) in [
        ("another signature", signature, ProxyError::NoHeader),
        ("empty lines", b"\r\n\r\nGET / HTTP/1.1\r\n".to_vec(), ProxyError::NoHeader),
        ("another version", v2(0x11, 0x11, 12, &v4_block(0)), ProxyError::Command),
        ("another command", v2(0x22, 0x11, 12, &v4_block(0)), ProxyError::Command),
        ("datagrams", v2(0x21, 0x12, 12, &v4_block(0)), ProxyError::Family),
        ("another family", v2(0x21, 0x41, 12, &v4_block(0)), ProxyError::Family),
        ("a family without a transport", v2(0x21, 0x10, 12, &v4_block(0)), ProxyError::Family),
        ("IPv4 cut short", v2(0x21, 0x11, 11, &v4_block(0)), ProxyError::TooShort),
        ("IPv6 cut short", v2(0x21, 0x21, 35, &[0; 35]), ProxyError::TooShort),
        ("a path cut short", v2(0x21, 0x31, 215, &[0; 215]), ProxyError::TooShort),
        ("too long", v2(0x21, 0x11, (LONGEST - 15) as u16, b""), ProxyError::TooLong),
        ("much too long", v2(0x20, 0, u16::MAX, b""), ProxyError::TooLong),
    ] {
        assert_eq!(outcome(&bytes), Err(error), "{name}");
    }
    assert_eq!(read(b""), Ok(Progress::Incomplete));
}
