extern crate std;

use std::format;
use std::string::{String, ToString as _};
use std::vec::Vec;

use super::{Data, Lossy, Object, string};

#[test]
fn strings_read_back_as_what_they_were() {
    for code in 0..0x300 {
        let text = format!("a{}b", char::from_u32(code).expect("a character"));
        let mut out = String::new();
        string(&mut out, &text).expect("space");
        assert!(!out.contains('<') && !out.bytes().any(|byte| byte < b' '), "{out}");
        assert_eq!(serde_json::from_str::<String>(&out).ok(), Some(text), "{out}");
    }
    let mut out = String::new();
    string(&mut out, "a\"\\</script>\u{1f600}\r\n").expect("space");
    assert_eq!(out, "\"a\\\"\\\\\\u003c/script>\u{1f600}\\r\\n\"");
}

#[test]
fn objects_have_commas_between_members() {
    let mut out = String::new();
    Object::begin(&mut out).and_then(Object::end).expect("space");
    let mut object = Object::begin(&mut out).expect("space");
    object.text("a", 1).expect("space");
    object.member("b\"").and_then(|out| out.write_str("null")).expect("space");
    object.end().expect("space");
    assert_eq!(out, "{}{\"a\":\"1\",\"b\\\"\":null}");
}

#[test]
fn names_stand_once() {
    let group = |pairs: &[(&str, &str)]| {
        let mut out = String::new();
        let pairs = pairs.iter().copied();
        let mut object = Object::begin(&mut out).expect("space");
        object.grouped(&pairs, |one: &&str, other| one == other).expect("space");
        object.end().expect("space");
        out
    };
    assert_eq!(group(&[]), "{}");
    assert_eq!(group(&[("a", "1")]), r#"{"a":"1"}"#);
    assert_eq!(group(&[("a", "1"), ("b", "2"), ("a", "3"), ("a", "")]), r#"{"a":["1","3",""],"b":"2"}"#);
}

#[test]
fn bytes_become_text() {
    assert_eq!(Lossy(b"a\xffb\xc3").to_string(), "a\u{fffd}b\u{fffd}");
    assert_eq!(Data("J\u{f6}rg".as_bytes()).to_string(), "J\u{f6}rg");
    // RFC 4648 §10 has these three lengths; here with a byte in front that is no UTF-8.
    for (bytes, base64) in
        [(&b"\xff"[..], "/w=="), (b"\xfff", "/2Y="), (b"\xfffo", "/2Zv"), (b"\xff\xff\xff\0", "////AA==")]
    {
        assert_eq!(Data(bytes).to_string(), format!("data:application/octet-stream;base64,{base64}"));
    }
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(Data(&all).to_string().len(), "data:application/octet-stream;base64,".len() + 344);
}
