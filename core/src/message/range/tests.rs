use std::vec::Vec;

use super::*;

const LENGTH: u64 = 1_000;
const HUGE: &str = "340282366920938463463374607431768211456"; // 2^128

/// Start and end of each.
fn ranges(value: &str, length: u64) -> Asked<Vec<(u64, u64)>> {
    match several(value.as_bytes(), length) {
        Asked::Whole => Asked::Whole,
        Asked::Nothing => Asked::Nothing,
        Asked::Ranges(spans) => {
            Asked::Ranges(spans.as_slice().iter().map(|span| (span.start(), span.end())).collect())
        }
    }
}

/// RFC 9110 §14.1.2: what one range means, for both readers.
#[test]
fn one_range() {
    let cases = [
        ("the first byte", "bytes=0-0", LENGTH, (0, 1)),
        ("the first five hundred", "bytes=0-499", LENGTH, (0, 500)),
        ("the second five hundred", "bytes=500-999", LENGTH, (500, 1_000)),
        ("to the end", "bytes=500-", LENGTH, (500, 1_000)),
        ("all of it, open", "bytes=0-", LENGTH, (0, 1_000)),
        ("all of it, closed", "bytes=0-999", LENGTH, (0, 1_000)),
        ("the last byte", "bytes=999-", LENGTH, (999, 1_000)),
        ("the last byte, closed", "bytes=999-999", LENGTH, (999, 1_000)),
        ("an end behind the last byte", "bytes=900-1000", LENGTH, (900, 1_000)),
        ("an end at the edge of u64", "bytes=900-18446744073709551615", LENGTH, (900, 1_000)),
        ("an end above it", "bytes=900-18446744073709551616", LENGTH, (900, 1_000)),
        ("a suffix", "bytes=-1", LENGTH, (999, 1_000)),
        ("a long suffix", "bytes=-1000", LENGTH, (0, 1_000)),
        ("a suffix longer than all", "bytes=-1001", LENGTH, (0, 1_000)),
        ("a suffix above u64", "bytes=-18446744073709551616", LENGTH, (0, 1_000)),
        ("the suffix of the overflow", "bytes=-9223372036854775807", LENGTH, (0, 1_000)),
        ("leading zeros", "bytes=0005-0000000000000000000000006", LENGTH, (5, 7)),
        ("the unit in another case", "Bytes=1-2", LENGTH, (1, 3)),
        ("a comma behind", "bytes=1-2,", LENGTH, (1, 3)),
        ("commas before", "bytes=,, 1-2", LENGTH, (1, 3)),
        ("a single byte", "bytes=0-0", 1, (0, 1)),
        ("above 4 GiB", "bytes=4294967296-4294967305", 5_000_000_000, (4_294_967_296, 4_294_967_306)),
        ("the largest length", "bytes=18446744073709551614-", u64::MAX, (u64::MAX - 1, u64::MAX)),
        ("the largest, by suffix", "bytes=-1", u64::MAX, (u64::MAX - 1, u64::MAX)),
        ("all of the largest", "bytes=0-18446744073709551615", u64::MAX, (0, u64::MAX)),
    ];
    for (name, value, length, (start, end)) in cases {
        assert_eq!(ranges(value, length), Asked::Ranges(std::vec![(start, end)]), "{name}");
        let expected = Asked::Ranges(Span::between(start, end));
        assert_eq!(one(value.as_bytes(), length), expected, "{name}");
    }
}

/// RFC 9110 §14.2: what is no set of byte ranges counts for nothing.
#[test]
fn what_is_ignored() {
    let beyond = std::format!("bytes={HUGE}1-{HUGE}0");
    let cases = [
        ("nothing", ""),
        ("the unit alone", "bytes"),
        ("an empty set", "bytes="),
        ("a set of commas", "bytes=,,"),
        ("a blank for a set", "bytes= "),
        ("a blank before the set", "bytes= 0-1"),
        ("a blank before the equals sign", "bytes =0-1"),
        ("another unit", "lines=0-1"),
        ("a longer unit", "bytesx=0-1"),
        ("no unit", "0-1"),
        ("a lone dash", "bytes=-"),
        ("a number", "bytes=5"),
        ("the end before the start", "bytes=2-1"),
        ("the same above u64", &beyond),
        ("a sign", "bytes=+0-1"),
        ("a second sign", "bytes=0-+1"),
        ("two dashes", "bytes=0--1"),
        ("three numbers", "bytes=0-1-2"),
        ("a negative end", "bytes=--1"),
        ("letters", "bytes=a-b"),
        ("hexadecimal", "bytes=0x0-0x1"),
        ("a fraction", "bytes=0.5-1"),
        ("blanks inside", "bytes=0 -1"),
        ("blanks inside, behind", "bytes=0- 1"),
        ("other blanks around a member", "bytes=0-1,\u{b}2-3"),
        ("another character's digits", "bytes=\u{661}-\u{662}"),
        ("a malformed member among good ones", "bytes=0-1,x,2-3"),
        ("a malformed last member", "bytes=0-1,3-2"),
        ("a semicolon between", "bytes=0-1;2-3"),
        ("quoted", "bytes=\"0-1\""),
        ("other ranges", "bytes=all"),
    ];
    for (name, value) in cases {
        assert_eq!(ranges(value, LENGTH), Asked::Whole, "{name}");
        assert_eq!(one(value.as_bytes(), LENGTH), Asked::Whole, "{name}");
    }
}

/// RFC 9110 §14.1.2: satisfiable is a range that starts within the representation, or a suffix other than 0.
#[test]
fn what_cannot_be_satisfied() {
    let beyond = std::format!("bytes={HUGE}-");
    let same = std::format!("bytes={HUGE}-{HUGE}");
    let cases = [
        ("behind the end", "bytes=1000-"),
        ("behind the end, closed", "bytes=1000-1001"),
        ("the edge of u64", "bytes=18446744073709551615-"),
        ("above u64", "bytes=18446744073709551616-18446744073709551617"),
        ("far above it", &beyond),
        ("far above it, closed", &same),
        ("no suffix", "bytes=-0"),
        ("no suffix, in many digits", "bytes=-0000000000000000000000"),
    ];
    for (name, value) in cases {
        assert_eq!(ranges(value, LENGTH), Asked::Nothing, "{name}");
        assert_eq!(one(value.as_bytes(), LENGTH), Asked::Nothing, "{name}");
    }
    assert_eq!(ranges("bytes=1000-,-0,2000-3000", LENGTH), Asked::Nothing);
    assert_eq!(ranges("bytes=1000-,1-1,-0", LENGTH), Asked::Ranges(std::vec![(1, 2)]));
    assert_eq!(ranges("bytes=1000-,2-1", LENGTH), Asked::Whole, "malformed wins");
}

#[test]
fn nothing_has_no_ranges() {
    for value in ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0", "bytes=5-"] {
        assert_eq!(ranges(value, 0), Asked::Whole, "{value}");
        assert_eq!(one(value.as_bytes(), 0), Asked::Whole, "{value}");
    }
}

#[test]
fn several_ranges_keep_their_order_and_join_where_that_is_cheaper() {
    let cases: &[(&str, &str, &[(u64, u64)])] = &[
        ("apart", "bytes=0-9,500-509", &[(0, 10), (500, 510)]),
        ("descending", "bytes=-1,500-509,0-0", &[(999, 1_000), (500, 510), (0, 1)]),
        ("blanks and empty members", "bytes=0-9 ,\t, 500-509,,", &[(0, 10), (500, 510)]),
        ("the same twice", "bytes=0-9,0-9", &[(0, 10)]),
        ("overlapping", "bytes=0-9,5-19", &[(0, 20)]),
        ("one within another", "bytes=0-99,10-19", &[(0, 100)]),
        ("one around another", "bytes=10-19,0-99", &[(0, 100)]),
        ("adjacent", "bytes=0-9,10-19", &[(0, 20)]),
        ("adjacent, descending", "bytes=10-19,0-9", &[(0, 20)]),
        ("a gap of eighty", "bytes=0-9,90-99", &[(0, 100)]),
        ("a gap of eighty-one", "bytes=0-9,91-99", &[(0, 10), (91, 100)]),
        ("one that joins two", "bytes=0-9,400-409,200-209,5-390", &[(0, 410)]),
        ("the first gives the place", "bytes=0-0,500-509,900-909,495-505", &[(0, 1), (495, 510), (900, 910)]),
        (
            "a later one joins the second and third",
            "bytes=0-0,500-509,700-709,505-705",
            &[(0, 1), (500, 710)],
        ),
        ("one that grows near to a third", "bytes=300-309,0-0,200-250,82-120", &[(82, 310), (0, 1)]),
        ("whole by two", "bytes=0-499,500-", &[(0, 1_000)]),
        ("the last of an unsatisfiable set", "bytes=5000-,0-0", &[(0, 1)]),
    ];
    for (name, value, expected) in cases {
        assert_eq!(ranges(value, LENGTH), Asked::Ranges(expected.to_vec()), "{name}");
        if value.contains(',') && expected.len() > 1 {
            assert_eq!(one(value.as_bytes(), LENGTH), Asked::Whole, "{name}: more than one");
        }
    }
    assert_eq!(ranges("bytes=0-0,-1", 10), Asked::Ranges(std::vec![(0, 10)]), "all is near in ten bytes");
}

#[test]
fn a_set_is_bounded() {
    let set = |count: u64, step: u64| {
        let members: Vec<_> =
            (0..count).map(|place| std::format!("{}-{}", place * step, place * step)).collect();
        std::format!("bytes={}", members.join(","))
    };
    let Asked::Ranges(most) = ranges(&set(16, 100), 10_000) else { panic!("sixteen are served") };
    assert_eq!(most.len(), MOST);
    assert_eq!(ranges(&set(17, 100), 10_000), Asked::Whole, "seventeen");
    assert_eq!(ranges(&set(17, 1), 10_000), Asked::Whole, "seventeen, though they would become one");
    assert_eq!(ranges(&set(5_000, 1), 10_000), Asked::Whole, "the set of the attack");
    assert_eq!(ranges(&(set(16, 100) + ",20000-"), 10_000), Asked::Whole, "the seventeenth is none of it");
}

#[test]
fn no_two_spans_are_near_and_none_is_lost() {
    let mut state = 1_u32;
    let mut next = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) % below
    };
    for _ in 0..2_000 {
        let asked: Vec<(u32, u32)> = (0..=next(15)).map(|_| (next(3_000), next(200))).collect();
        let members: Vec<_> =
            asked.iter().map(|(start, more)| std::format!("{start}-{}", start + more)).collect();
        let value = std::format!("bytes={}", members.join(","));
        let Asked::Ranges(spans) = several(value.as_bytes(), 2_500) else {
            assert!(asked.iter().all(|(start, _)| *start >= 2_500), "{value}");
            continue;
        };
        let spans = spans.as_slice();
        for (at, one) in spans.iter().enumerate() {
            assert!(one.len() > 0 && one.end() <= 2_500, "{value}: {one:?}");
            assert!(spans[at + 1..].iter().all(|other| !one.is_near(other)), "{value}: {spans:?}");
        }
        for (start, more) in asked {
            let wanted = u64::from(start)..u64::from(start + more + 1).min(2_500);
            let is_covered = |at: u64| spans.iter().any(|span| (span.start()..span.end()).contains(&at));
            assert!(wanted.clone().all(is_covered), "{value}: {wanted:?} is not in {spans:?}");
        }
    }
}

#[test]
fn a_span_of_bytes() {
    let span = Span::between(2, 5);
    assert_eq!((span.of(b"abcdef"), span.last()), (&b"cde"[..], 4));
    assert_eq!(span.of(b"abcd"), b"", "bytes that do not reach");
    assert_eq!(Span::between(u64::MAX - 1, u64::MAX).of(b"abcd"), b"");
}
