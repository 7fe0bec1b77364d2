use super::{Tap, TapError, is_valid};

#[test]
fn names() {
    for (name, valid) in [
        ("tap0", true),
        ("a", true),
        ("fifteen-letters", true),
        ("sixteen-letters-", false),
        ("ü", true),
        ("üüüüüüü", true),
        ("üüüüüüüü", false),
        ("", false),
        (".", false),
        ("..", false),
        ("...", true),
        ("a/b", false),
        ("a:b", false),
        ("tap%d", false),
        ("a b", false),
        ("a\tb", false),
        ("a\n", false),
        ("a\0", false),
    ] {
        assert_eq!(is_valid(name), valid, "{name:?}");
        assert!(valid || matches!(Tap::open(name), Err(TapError::Name { .. })), "{name:?}");
    }
}
