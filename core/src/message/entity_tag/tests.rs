#![allow(clippy::std_instead_of_alloc, reason = "tests run where there is a std")]

use super::*;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

#[test]
fn tags_are_read_and_written_back() {
    for text in ["\"\"", "\"xyzzy\"", "W/\"xyzzy\"", "W/\"\"", "\"a,b\"", "\"W/\"", "\"é\"", "\"\\\""] {
        assert_eq!(EntityTag::parse(text).unwrap().to_string(), text);
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            assert!(EntityTag::parse(&text[..end]).is_none(), "{text} cut at {end}");
        }
    }
}

#[test]
fn other_texts_are_no_tags() {
    let cases = [
        ("empty", ""),
        ("bare", "xyzzy"),
        ("star", "*"),
        ("one quote", "\""),
        ("open", "\"a"),
        ("not opened", "a\""),
        ("quote within", "\"a\"b\""),
        ("two tags", "\"a\", \"b\""),
        ("lower case weakness", "w/\"a\""),
        ("blank after the weakness", "W/ \"a\""),
        ("weak and bare", "W/a"),
        ("blank within", "\"a b\""),
        ("control byte", "\"a\u{1}\""),
        ("delete", "\"a\u{7f}\""),
        ("blank before", " \"a\""),
        ("blank after", "\"a\" "),
        ("single quotes", "'a'"),
    ];
    for (name, text) in cases {
        assert!(EntityTag::parse(text).is_none(), "{name}");
    }
}

#[test]
fn constructors_judge_every_byte() {
    for byte in 0..=0x7f_u8 {
        let text = format!("a{}", char::from(byte));
        let good = byte == 0x21 || (0x23..=0x7e).contains(&byte);
        assert_eq!(EntityTag::strong(&text).is_some(), good, "{byte:#x}");
        assert_eq!(EntityTag::weak(&text).is_some(), good, "{byte:#x}");
        assert_eq!(EntityTag::parse(&format!("\"{text}\"")).is_some(), good, "{byte:#x}");
    }
    const TAG: Option<EntityTag> = EntityTag::weak("v1");
    assert!(TAG.unwrap().is_weak() && TAG.unwrap().opaque() == "v1");
}

/// The table of RFC 9110 §8.8.3.2.
#[test]
fn comparisons_follow_the_table() {
    let table = [
        ("W/\"1\"", "W/\"1\"", false, true),
        ("W/\"1\"", "W/\"2\"", false, false),
        ("W/\"1\"", "\"1\"", false, true),
        ("\"1\"", "\"1\"", true, true),
    ];
    for (one, other, strong, weak) in table {
        let (a, b) = (EntityTag::parse(one).unwrap(), EntityTag::parse(other).unwrap());
        assert_eq!((a.strong_eq(&b), b.strong_eq(&a)), (strong, strong), "{one} {other}");
        assert_eq!((a.weak_eq(&b), b.weak_eq(&a)), (weak, weak), "{one} {other}");
    }
}

#[test]
fn lists_keep_commas_between_quotes() {
    let cases: &[(&str, &str, &[Option<&str>])] = &[
        ("empty", "", &[]),
        ("empty members", " , ,\t,", &[]),
        ("one", "\"a\"", &[Some("\"a\"")]),
        ("several", "\"a\", W/\"b\",\"c\"", &[Some("\"a\""), Some("W/\"b\""), Some("\"c\"")]),
        ("blanks and empty members", ",\"a\" \t,, \"b\" ,", &[Some("\"a\""), Some("\"b\"")]),
        ("comma within", "\"a,b\", \",\"", &[Some("\"a,b\""), Some("\",\"")]),
        ("bare member", "a, \"b\"", &[None, Some("\"b\"")]),
        ("missing comma", "\"a\" \"b\", \"c\"", &[None, Some("\"c\"")]),
        ("never closed", "\"a\", \"b, \"", &[Some("\"a\""), None]),
        ("open to the end", "\"a\", \"b, c", &[Some("\"a\""), None]),
        ("star", "*", &[None]),
    ];
    for (name, text, expected) in cases {
        let found: Vec<Option<String>> = list(text).map(|tag| tag.map(|tag| tag.to_string())).collect();
        let expected: Vec<Option<String>> = expected.iter().map(|tag| tag.map(String::from)).collect();
        assert_eq!(found, expected, "{name}");
        assert_eq!(list(text).clone().count(), expected.len(), "{name}");
    }
}
