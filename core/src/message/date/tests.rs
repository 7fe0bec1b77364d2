#![allow(clippy::std_instead_of_alloc, reason = "tests run where there is a std")]

use super::*;
use core::time::Duration;
use std::format;
use std::string::String;
use std::time::UNIX_EPOCH;

/// 2026-11-23T11:33:25Z.
const NOW: u64 = 1_795_433_605;

fn oracle(seconds: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

fn agrees_with_oracle(seconds: u64) {
    let date = Date::from_unix(seconds);
    assert_eq!(date.as_str(), oracle(seconds));
    assert_eq!(Date::parse(date.as_bytes(), NOW), Some(seconds));
}

#[test]
fn days_up_to_9999_agree_with_httpdate() {
    let days = LAST_SECOND / 86_400 + 1;
    // The calendar repeats after 400 years, so every day counts in the first of them and samples do after that.
    for day in (0..u64::from(DAYS_PER_ERA)).chain((0..days).step_by(97)).chain(days - 1_000..days) {
        // A stride without a common divisor visits the seconds of the day as well.
        agrees_with_oracle(day * 86_400 + day * 7_919 % 86_400);
    }
}

#[test]
fn seconds_around_the_edges_agree_with_httpdate() {
    let edges = [
        ("the first second", 0),
        ("leap day 1972", 68_169_600),
        ("leap day 2000", 951_782_400),
        ("2000 to 2001", 978_307_200),
        ("32 bits signed", 2_147_483_648),
        ("no leap day in 2100", 4_107_542_400),
        ("32 bits", 4_294_967_296),
        ("leap day 2400", 13_574_563_200),
        ("the last second", LAST_SECOND),
    ];
    for (name, edge) in edges {
        for seconds in edge.saturating_sub(90_000)..=(edge + 90_000).min(LAST_SECOND) {
            if seconds % 61 == 0 || seconds.abs_diff(edge) < 100 {
                assert_eq!(Date::from_unix(seconds).as_str(), oracle(seconds), "{name}");
            }
        }
    }
}

#[test]
fn later_instants_count_as_the_last() {
    for seconds in [LAST_SECOND, LAST_SECOND + 1, u64::MAX] {
        let date = Date::from_unix(seconds);
        assert_eq!(date.as_str(), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(date.unix_seconds(), LAST_SECOND);
    }
}

#[test]
fn other_spellings_name_the_same_instant() {
    const DATE: Date = Date::from_unix(NOW);
    assert_eq!(format!("{DATE}"), "Mon, 23 Nov 2026 11:33:25 GMT");
    assert_eq!(&clf(NOW), b"23/Nov/2026:11:33:25 +0000");
    assert_eq!(&rfc3339(NOW), b"2026-11-23T11:33:25Z");
    assert_eq!(
        civil(NOW),
        Civil { year: 2026, month: 11, day: 23, hour: 11, minute: 33, second: 25, weekday: 1 }
    );
    assert_eq!(&rfc3339(u64::MAX), b"9999-12-31T23:59:59Z");
}

#[test]
fn three_formats_are_read() {
    let cases = [
        ("IMF-fixdate", "Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ("RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
        ("asctime", "Sun Nov  6 08:49:37 1994", 784_111_777),
        ("asctime with a zero", "Sun Nov 06 08:49:37 1994", 784_111_777),
        ("asctime, two digits", "Wed Nov 16 08:49:37 1994", 784_975_777),
        ("another weekday", "Mon, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ("leap day", "Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
        ("leap second", "Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800),
        ("first second", "Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("before 1970", "Wed, 31 Dec 1969 23:59:59 GMT", 0),
        ("year 0", "Sat, 01 Jan 0000 00:00:00 GMT", 0),
        ("last second", "Fri, 31 Dec 9999 23:59:59 GMT", LAST_SECOND),
    ];
    for (name, text, seconds) in cases {
        assert_eq!(Date::parse(text.as_bytes(), NOW), Some(seconds), "{name}");
        for end in 0..text.len() {
            assert_eq!(Date::parse(&text.as_bytes()[..end], NOW), None, "{name}, cut at {end}");
        }
        for tail in [" ", "0", "\0", "T"] {
            assert_eq!(Date::parse(format!("{text}{tail}").as_bytes(), NOW), None, "{name}, and {tail:?}");
        }
    }
}

#[test]
fn other_texts_are_no_dates() {
    let cases = [
        ("empty", ""),
        ("lower case weekday", "sun, 06 Nov 1994 08:49:37 GMT"),
        ("lower case month", "Sun, 06 nov 1994 08:49:37 GMT"),
        ("lower case zone", "Sun, 06 Nov 1994 08:49:37 gmt"),
        ("another zone", "Sun, 06 Nov 1994 08:49:37 UTC"),
        ("offset", "Sun, 06 Nov 1994 08:49:37 +0000"),
        ("unknown weekday", "Xyz, 06 Nov 1994 08:49:37 GMT"),
        ("unknown month", "Sun, 06 Xyz 1994 08:49:37 GMT"),
        ("leading blank", " Sun, 06 Nov 1994 08:49:37 GMT"),
        ("two blanks", "Sun,  06 Nov 1994 08:49:37 GMT"),
        ("one-digit day", "Sun, 6 Nov 1994 08:49:37 GMT"),
        ("signed day", "Sun, +6 Nov 1994 08:49:37 GMT"),
        ("blank for a digit", "Sun,  6 Nov 1994 08:49:37 GMT"),
        ("day 0", "Sun, 00 Nov 1994 08:49:37 GMT"),
        ("day 31 of November", "Sun, 31 Nov 1994 08:49:37 GMT"),
        ("day 32", "Sun, 32 Dec 1994 08:49:37 GMT"),
        ("leap day of 1900", "Sun, 29 Feb 1900 08:49:37 GMT"),
        ("leap day of 2023", "Sun, 29 Feb 2023 08:49:37 GMT"),
        ("leap day of 2100", "Mon, 29 Feb 2100 08:49:37 GMT"),
        ("hour 24", "Sun, 06 Nov 1994 24:00:00 GMT"),
        ("minute 60", "Sun, 06 Nov 1994 08:60:37 GMT"),
        ("second 61", "Sun, 06 Nov 1994 08:49:61 GMT"),
        ("hexadecimal", "Sun, 06 Nov 19A4 08:49:37 GMT"),
        ("five-digit year", "Sun, 06 Nov 19945 08:49:37 GMT"),
        ("RFC 850 with a short weekday", "Sun, 06-Nov-94 08:49:37 GMT"),
        ("RFC 850 with four digits", "Sunday, 06-Nov-1994 08:49:37 GMT"),
        ("IMF-fixdate with a long weekday", "Sunday, 06 Nov 1994 08:49:37 GMT"),
        ("asctime with zone", "Sun Nov  6 08:49:37 1994 GMT"),
        ("asctime, day 0", "Sun Nov  0 08:49:37 1994"),
        ("RFC 3339", "1994-11-06T08:49:37Z"),
        ("number", "784111777"),
        ("not ASCII", "Sün, 06 Nov 1994 08:49:37 GMT"),
    ];
    for (name, text) in cases {
        assert_eq!(Date::parse(text.as_bytes(), NOW), None, "{name}");
    }
}

/// RFC 9110 §5.6.7: more than 50 years ahead means the past. `NOW` is 2026-11-23T11:33:25Z.
#[test]
fn two_digit_years_are_at_most_fifty_years_ahead() {
    let cases = [
        ("this year", NOW, "Monday, 23-Nov-26 11:33:25 GMT", "Mon, 23 Nov 2026 11:33:25 GMT"),
        ("later this century", NOW, "Monday, 01-Jan-75 00:00:00 GMT", "Tue, 01 Jan 2075 00:00:00 GMT"),
        ("exactly 50 years", NOW, "Monday, 23-Nov-76 11:33:25 GMT", "Mon, 23 Nov 2076 11:33:25 GMT"),
        ("a second more", NOW, "Monday, 23-Nov-76 11:33:26 GMT", "Tue, 23 Nov 1976 11:33:26 GMT"),
        ("51 years", NOW, "Monday, 01-Jan-77 00:00:00 GMT", "Sat, 01 Jan 1977 00:00:00 GMT"),
        ("last century", NOW, "Monday, 31-Dec-99 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"),
        ("leap day 2000", NOW, "Tuesday, 29-Feb-00 00:00:00 GMT", "Tue, 29 Feb 2000 00:00:00 GMT"),
        ("next century", 3_786_912_000, "Monday, 01-Jan-10 00:00:00 GMT", "Wed, 01 Jan 2110 00:00:00 GMT"),
    ];
    for (name, now, text, same) in cases {
        let expected = Date::parse(same.as_bytes(), now).unwrap();
        assert_eq!(Date::parse(text.as_bytes(), now), Some(expected), "{name}");
    }
    assert_eq!(Date::parse(b"Monday, 29-Feb-00 00:00:00 GMT", 4_102_444_800), None, "2100 has no leap day");
    assert_eq!(Date::parse(b"Monday, 01-Jan-60 00:00:00 GMT", 0), Some(0), "1960 seen from 1970");
    assert!(Date::parse(b"Monday, 01-Jan-40 00:00:00 GMT", u64::MAX).is_some(), "beyond year 9999");
}
