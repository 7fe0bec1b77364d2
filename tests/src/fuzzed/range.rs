//! Range fields: which bytes they ask for, read a second time with numbers that cannot overflow.

use bantam_core::message::range::{Asked, MOST, Span, one, several};

/// Gap that a part's own lines cost as much as.
const GAP: u128 = 80;

/// What a set asks for, by the letter of RFC 9110 §14.1.2: first and last bytes, those that lie behind left out; `None`
/// where it breaks the grammar.
fn naive(value: &str, length: u128) -> Option<(usize, Vec<(u128, u128)>)> {
    let (unit, set) = value.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") || set.starts_with([' ', '\t']) {
        return None;
    }
    let mut count = 0;
    let mut ranges = Vec::new();
    for spec in set.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|spec| !spec.is_empty()) {
        count += 1;
        let (first, last) = spec.split_once('-')?;
        let range = match (first.is_empty(), last.is_empty()) {
            (true, true) => return None,
            (true, false) => {
                let suffix = number(last)?;
                (suffix > 0).then(|| (length.saturating_sub(suffix), length - 1))
            }
            (false, true) => Some((number(first)?, length - 1)),
            (false, false) => {
                let (first, last) = (number(first)?, number(last)?);
                if first > last {
                    return None;
                }
                Some((first, last.min(length - 1)))
            }
        };
        ranges.extend(range.filter(|(first, _)| *first < length));
    }
    (count > 0).then_some((count, ranges))
}

/// Digits; 38 nines stand for all that is more, which is not told apart here.
fn number(digits: &str) -> Option<u128> {
    const MOST: u128 = 10_u128.pow(38) - 1;
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let significant = digits.trim_start_matches('0');
    are_digits.then(|| if significant.len() > 38 { MOST } else { significant.parse().unwrap_or(0) })
}

/// Reads `value` for representations of several lengths.
///
/// # Panics
/// When another reading finds other bytes, or when spans overlap, are empty or leave the representation.
pub(super) fn check(value: &str) {
    // Two numbers that both are beyond counting cannot be compared here.
    if value.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.trim_start_matches('0').len() > 38) {
        let _ = (one(value.as_bytes(), 1_000), several(value.as_bytes(), 1_000));
        return;
    }
    for length in [0, 1, 2, 100, 1_000, 65_536, u64::from(u32::MAX) + 7, u64::MAX] {
        let expected = if length == 0 { None } else { naive(value, length.into()) };
        check_several(value, length, expected.as_ref());
        let single = one(value.as_bytes(), length);
        match expected {
            Some((1, ranges)) => match (single, ranges.as_slice()) {
                (Asked::Nothing, []) => {}
                (Asked::Ranges(span), [range]) => assert_eq!(bounds(&span), *range, "{value:?} of {length}"),
                other => panic!("{value:?} of {length}: {other:?}"),
            },
            _ => assert_eq!(single, Asked::Whole, "{value:?} of {length}"),
        }
    }
}

fn check_several(value: &str, length: u64, expected: Option<&(usize, Vec<(u128, u128)>)>) {
    let found = several(value.as_bytes(), length);
    let (ranges, spans) = match (expected, &found) {
        (None, Asked::Whole) => return,
        (Some((count, _)), Asked::Whole) if *count > MOST => return,
        (Some((count, ranges)), Asked::Nothing) if *count <= MOST && ranges.is_empty() => return,
        (Some((count, ranges)), Asked::Ranges(spans)) if *count <= MOST => (ranges, spans.as_slice()),
        other => panic!("{value:?} of {length}: {other:?}"),
    };
    assert!(!spans.is_empty() && spans.len() <= ranges.len(), "{value:?} of {length}: {spans:?}");
    for span in spans {
        let (first, last) = bounds(span);
        assert!(first <= last && last < u128::from(length), "{value:?} of {length}: {span:?}");
        // What is sent beside what was asked for lies in gaps that are not worth a part.
        let mut within: Vec<_> = ranges.iter().filter(|range| range.0 >= first && range.1 <= last).collect();
        within.sort_unstable();
        let mut reached = first;
        for range in within {
            assert!(range.0 <= reached + GAP, "{value:?} of {length}: {span:?} has a gap");
            reached = reached.max(range.1 + 1);
        }
        assert_eq!(reached, last + 1, "{value:?} of {length}: {span:?} goes on");
    }
    for range in ranges {
        let covering = spans.iter().filter(|span| {
            let (first, last) = bounds(span);
            first <= range.0 && range.1 <= last
        });
        assert_eq!(covering.count(), 1, "{value:?} of {length}: {range:?} in {spans:?}");
    }
}

fn bounds(span: &Span) -> (u128, u128) {
    (span.start().into(), span.last().into())
}
