use std::string::String;

use super::fields::{limit, policy};
use super::*;
use crate::time::Instant;

#[test]
fn names_need_no_escape() {
    for (name, is_good) in [
        ("default", true),
        ("a", true),
        ("per-user_2", true),
        ("12345678901234567890123456789012", true),
        ("123456789012345678901234567890123", false),
        ("", false),
        ("a b", false),
        ("a\"b", false),
        ("a\\b", false),
        ("a;b", false),
        ("ä", false),
        ("a\r\n", false),
    ] {
        assert_eq!(is_name(name), is_good, "{name:?}");
    }
}

#[test]
fn the_fields_as_the_draft_writes_them() {
    let level = |remaining, seconds| Level { admitted: true, remaining, seconds };
    assert_eq!(policy("default", &Quota::per_minute(100)).as_str(), "\"default\";q=100;w=60");
    assert_eq!(limit("default", &level(50, 30)).as_str(), "\"default\";r=50;t=30");
    assert_eq!(limit("default", &level(100, 0)).as_str(), "\"default\";r=100");
    // The longest there can be.
    let name = "x".repeat(32);
    let slow = Quota::new(1, 86_400, 65_536).unwrap();
    let mut expected = String::from("\"") + &name + "\";q=65536;w=5662310400";
    assert_eq!(policy(&name, &slow).as_str(), expected);
    expected = String::from("\"") + &name + "\";r=4294967295;t=4294967295";
    assert_eq!(limit(&name, &level(u32::MAX, u32::MAX)).as_str(), expected);
}

/// A store that always says the same.
struct Says(Quota, Result<Level, Unavailable>);

impl Store for Says {
    fn quota(&self) -> &Quota {
        &self.0
    }

    fn take(&self, _: &Subject<'_>, _: Instant) -> Result<Level, Unavailable> {
        self.1
    }

    fn peek(&self, _: &Subject<'_>, _: Instant) -> Result<Level, Unavailable> {
        self.1
    }
}

#[test]
fn the_second_store_is_asked_only_while_the_first_is_unavailable() {
    let level = |remaining| Level { admitted: true, remaining, seconds: 1 };
    let (quota, other) = (Quota::per_second(9), Quota::per_second(1));
    let subject = Subject::new(Key::from("a"), None, 64, 0);
    let cases = [
        ("both", Ok(level(8)), Ok(level(0)), Ok(level(8))),
        ("the second", Err(Unavailable), Ok(level(0)), Ok(level(0))),
        ("none", Err(Unavailable), Err(Unavailable), Err(Unavailable)),
    ];
    for (name, first, second, expected) in cases {
        let (first, second) = (Says(quota, first), Says(other, second));
        let store = Fallback::new(&first, &second);
        assert_eq!(store.take(&subject, Instant::ZERO), expected, "{name}");
        assert_eq!(store.peek(&subject, Instant::ZERO), expected, "{name}");
        assert_eq!(store.quota(), &quota, "{name}");
    }
}
