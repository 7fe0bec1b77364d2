extern crate std;

use std::format;
use std::string::String;

use super::{DEPTH, check};

#[test]
fn json_is_told_from_what_is_not() {
    let good = [
        "0",
        "-0",
        "10",
        "-1.5e+10",
        "1E5",
        "0.25",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u00e9\\uD834\\udd1e\"",
        "\"\u{e9}\u{7f}\"",
        "[]",
        "{}",
        "[[]]",
        "[{}]",
        "{\"a\":{}}",
        " [ 1 , 2 ] ",
        "\t{ \"a\" : [ true , null ] , \"b\" : \"c\" }\r\n",
        "{\"\":0}",
        "[[],[],{}]",
    ];
    for text in good {
        assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(text).map(drop).ok(), Some(()), "{text}");
    }
    let bad = [
        ("", 0),
        (" ", 1),
        ("01", 1),
        ("+1", 0),
        ("1.", 2),
        (".5", 0),
        ("1e", 2),
        ("-", 1),
        ("--1", 1),
        ("1 2", 2),
        ("tru", 3),
        ("True", 0),
        ("nullx", 4),
        ("NaN", 0),
        ("Infinity", 0),
        ("'a'", 0),
        ("\"a", 2),
        ("\"\\x\"", 2),
        ("\"\\u12g4\"", 5),
        ("\"\n\"", 1),
        ("[", 1),
        ("]", 0),
        ("[1", 2),
        ("[1,", 3),
        ("[1,]", 3),
        ("[,]", 1),
        ("[1}", 2),
        ("{", 1),
        ("{]", 1),
        ("{\"a\"", 4),
        ("{\"a\":", 5),
        ("{\"a\":1", 6),
        ("{\"a\":1,", 7),
        ("{\"a\":1,}", 7),
        ("{\"a\",1}", 4),
        ("{a:1}", 1),
        ("{1:1}", 1),
        ("{\"a\":1]", 6),
        ("[]]", 2),
        ("{}{}", 2),
        ("\u{feff}1", 0),
        ("1\u{a0}", 1),
    ];
    for (text, at) in bad {
        assert_eq!(check(text.as_bytes()), Err(at), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
    }
    assert_eq!(check(b"\"\xff\""), Err(1));
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let depth = usize::try_from(DEPTH).expect("a small number");
        assert_eq!(check(nested(depth).as_bytes()), Ok(()));
        assert_eq!(check(nested(depth + 1).as_bytes()), Err(depth * open.len()));
        assert!(check(nested(100_000).as_bytes()).is_err());
    }
    let mixed: String = (0..64).map(|at| if at % 3 == 0 { "[" } else { "{\"a\":" }).collect();
    let ends: String = (0..64).rev().map(|at| if at % 3 == 0 { "]" } else { "}" }).collect();
    assert_eq!(check(format!("{mixed}1{ends}").as_bytes()), Ok(()));
}
