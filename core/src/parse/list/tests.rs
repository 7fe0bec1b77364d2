use super::*;
use std::vec::Vec;

#[test]
fn members_are_trimmed_and_empty_ones_passed_over() {
    let cases: &[(&str, &[u8], &[&[u8]])] = &[
        ("one", b"close", &[b"close"]),
        ("two", b"close, te", &[b"close", b"te"]),
        ("no blanks", b"a,b,c", &[b"a", b"b", b"c"]),
        ("blanks and tabs", b" \ta\t , \tb ", &[b"a", b"b"]),
        ("empty members", b",a,, ,b,", &[b"a", b"b"]),
        ("empty value", b"", &[]),
        ("only commas", b",,,", &[]),
        ("inner blank stays", b"a b,c", &[b"a b", b"c"]),
    ];
    for (name, value, expected) in cases {
        assert_eq!(members(value).collect::<Vec<_>>(), *expected, "{name}");
    }
}

#[test]
fn trim_takes_blanks_and_tabs_only() {
    assert_eq!(trim(b" \t a b \t "), b"a b");
    assert_eq!(trim(b"\x0ba\r"), b"\x0ba\r");
    assert_eq!(trim(b" \t "), b"");
    assert_eq!(trim(b""), b"");
}
