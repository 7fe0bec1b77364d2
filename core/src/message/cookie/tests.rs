#![allow(clippy::std_instead_of_alloc, reason = "tests run where there is a std")]

use super::*;
use std::format;
use std::string::ToString;
use std::vec::Vec;

type Pairs = &'static [(&'static str, &'static str)];

#[test]
fn pairs_of_a_cookie_field() {
    let cases: &[(&str, &str, Pairs)] = &[
        ("empty", "", &[]),
        ("one", "a=1", &[("a", "1")]),
        ("two", "a=1; b=2", &[("a", "1"), ("b", "2")]),
        ("no blank", "a=1;b=2", &[("a", "1"), ("b", "2")]),
        ("blanks and tabs", "\t a=1 ;\t b = 2 \t", &[("a", "1"), ("b", "2")]),
        ("empty value", "a=; b=2", &[("a", ""), ("b", "2")]),
        ("equals sign in the value", "a=b=c==", &[("a", "b=c==")]),
        ("quotes stay", r#"a="x y"; b=2"#, &[("a", r#""x y""#), ("b", "2")]),
        ("quotes protect nothing", r#"a="x;y=z""#, &[("a", r#""x"#), ("y", r#"z""#)]),
        ("comma is a byte like others", "a=1, b=2", &[("a", "1, b=2")]),
        ("no equals sign", "a; b=2", &[("b", "2")]),
        ("empty name", "=1; b=2", &[("b", "2")]),
        ("blank name", "  =1; b=2", &[("b", "2")]),
        ("empty members", ";; a=1;;", &[("a", "1")]),
        ("the same name twice", "a=1; a=2", &[("a", "1"), ("a", "2")]),
        ("not ASCII", "a=é", &[("a", "é")]),
    ];
    for (name, text, expected) in cases {
        assert_eq!(pairs(text).collect::<Vec<_>>(), *expected, "{name}");
    }
}

#[test]
fn attributes_are_written_in_one_order() {
    const FULL: SetCookie = SetCookie::new("__Host-id", "a=b")
        .partitioned()
        .same_site(SameSite::None)
        .http_only()
        .secure()
        .expires(784_111_777)
        .max_age(4_294_967_295)
        .domain("example.com")
        .path("/a");
    assert_eq!(
        FULL.to_string(),
        "__Host-id=a=b; Path=/a; Domain=example.com; Max-Age=4294967295; \
         Expires=Sun, 06 Nov 1994 08:49:37 GMT; Secure; HttpOnly; SameSite=None; Partitioned"
    );
    assert!(FULL.is_valid());
    assert_eq!(SetCookie::new("a", "").to_string(), "a=");
    assert_eq!(SetCookie::new("a", "1").same_site(SameSite::Strict).to_string(), "a=1; SameSite=Strict");
    assert_eq!(
        SetCookie::removal("a").path("/").to_string(),
        "a=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    );
}

#[test]
fn every_byte_of_name_and_value_is_judged() {
    for byte in 0..=0x7f_u8 {
        let text = char::from(byte).to_string();
        let token = byte.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char::from(byte));
        assert_eq!(SetCookie::new(&format!("a{text}"), "").is_valid(), token, "{byte:#x}");
        // %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
        let octet = matches!(byte, 0x21 | 0x23..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
        assert_eq!(SetCookie::new("a", &format!("x{text}y")).is_valid(), octet, "{byte:#x}");
        assert_eq!(SetCookie::new("a", "").path(&format!("/{text}")).is_valid(), octet, "{byte:#x}");
        assert_eq!(SetCookie::new("a", "").domain(&format!("a{text}")).is_valid(), octet, "{byte:#x}");
    }
}

#[test]
fn validity_at_the_edges() {
    let cases = [
        ("empty name", SetCookie::new("", "1"), false),
        ("empty value", SetCookie::new("a", ""), true),
        ("quoted value", SetCookie::new("a", "\"1\""), true),
        ("empty quotes", SetCookie::new("a", "\"\""), true),
        ("one quote", SetCookie::new("a", "\""), false),
        ("quote at the start only", SetCookie::new("a", "\"1"), false),
        ("blank within quotes", SetCookie::new("a", "\"1 2\""), false),
        ("another attribute in the value", SetCookie::new("a", "1; Secure"), false),
        ("another field in the value", SetCookie::new("a", "1\r\nX: y"), false),
        ("another attribute in the path", SetCookie::new("a", "1").path("/; Secure"), false),
        ("not ASCII", SetCookie::new("a", "é"), false),
        ("name not ASCII", SetCookie::new("é", "1"), false),
    ];
    for (name, cookie, valid) in cases {
        assert_eq!(cookie.is_valid(), valid, "{name}");
    }
}
