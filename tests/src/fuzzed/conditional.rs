//! Conditional and range requests: entity tags, dates, ranges, and what they make of a request.

use core::time::Duration;
use std::time::UNIX_EPOCH;

use bantam_core::message::date::{Date, civil, clf, rfc3339};
use bantam_core::message::entity_tag::{EntityTag, list};
use bantam_core::message::precondition::{Preconditions, Validators, Verdict, evaluate};

use super::dice::Dice;
use super::{naive, range};

/// Longest input looked at.
const LONGEST: usize = 2_048;
/// 23 November 2026.
const NOW: u64 = 1_795_392_000;
/// 9999-12-31T23:59:59Z, the last second that a date can say.
const LAST: u64 = 253_402_300_799;

/// Reads `data` as lines `If-Match: …`, `If-None-Match: …`, `If-Modified-Since: …`, `If-Unmodified-Since: …` of a
/// request, and `ETag: …`, `Last-Modified: …` of what there is; a line `PUT` makes it no GET, a line `absent` says
/// that there is nothing. Every value is read as a date, as a list of tags and as a range as well.
///
/// # Panics
/// When a naive reader comes to another verdict, or when tags and dates do not read as they are written.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(&data[..data.len().min(LONGEST)]);
    let lines: Vec<&str> = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect();
    for line in &lines {
        let value = line.split_once(": ").map_or(*line, |(_, value)| value);
        check_tags(value);
        check_date(value);
        range::check(value);
    }
    check_instant(data);
    check_verdict(&lines);
}

/// A tag: whether it is weak, and its text.
type Tag = (bool, String);

/// `#entity-tag`, a character at a time; `None` when the value is no such list.
fn naive_tags(value: &str) -> Option<Vec<Tag>> {
    let mut tags = Vec::new();
    let mut rest = value;
    loop {
        rest = rest.trim_start_matches([' ', '\t', ',']);
        if rest.is_empty() {
            return Some(tags);
        }
        let is_weak = rest.starts_with("W/");
        let quoted = if is_weak { &rest[2..] } else { rest };
        let end = quoted.strip_prefix('"')?.find('"')? + 1;
        let opaque = &quoted[1..end];
        if opaque.chars().any(|character| character <= ' ' || character == '\u{7f}') {
            return None;
        }
        tags.push((is_weak, opaque.to_owned()));
        rest = quoted[end + 1..].trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
    }
}

fn check_tags(value: &str) {
    let tags: Vec<Option<EntityTag<'_>>> = list(value).collect();
    let seen: Option<Vec<Tag>> =
        tags.iter().map(|tag| tag.map(|tag| (tag.is_weak(), tag.opaque().to_owned()))).collect();
    assert_eq!(seen, naive_tags(value), "tags of {value:?}");
    for tag in tags.into_iter().flatten() {
        let written = tag.to_string();
        let read = EntityTag::parse(&written).expect("a tag that was written");
        assert_eq!((read.is_weak(), read.opaque()), (tag.is_weak(), tag.opaque()), "{written}");
        assert!(tag.weak_eq(&read), "{written} matches itself");
        assert_eq!(tag.strong_eq(&read), !tag.is_weak(), "{written} matches itself strongly");
        assert!(naive::is_field_value(written.as_bytes()) && !tag.opaque().contains('"'), "{written}");
    }
    let is_opaque = EntityTag::strong(value).is_some();
    assert_eq!(is_opaque, EntityTag::weak(value).is_some(), "{value:?}");
    assert_eq!(is_opaque, EntityTag::parse(&format!("\"{value}\"")).is_some(), "{value:?}");
}

fn check_date(value: &str) {
    let ours = Date::parse(value.as_bytes(), NOW);
    let theirs = httpdate::parse_http_date(value)
        .ok()
        .map(|time| time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()));
    let is_imf = value.len() == 29 && value.as_bytes()[3] == b',';
    // Beyond IMF-fixdate the witness passes over some separators. In it, it takes no weekday that is not the day's, no
    // second 60 and nothing before 1970, so it may refuse what we accept.
    if let (true, Some(theirs)) = (is_imf, theirs) {
        assert_eq!(ours, Some(theirs), "{value:?}");
    }
    if let Some(ours) = ours {
        check_unix(ours);
    }
}

fn check_instant(data: &[u8]) {
    let mut dice = Dice::of(data);
    let seconds = dice.below(1 << 38) as u64;
    for seconds in [seconds, seconds % LAST, u64::from_be_bytes(*data.first_chunk().unwrap_or(&[0; 8]))] {
        check_unix(seconds);
    }
}

/// An instant as each text that is made of it.
fn check_unix(seconds: u64) {
    let capped = seconds.min(LAST);
    let date = Date::from_unix(seconds);
    assert_eq!(date.unix_seconds(), capped);
    assert_eq!(Date::parse(date.as_bytes(), NOW), Some(capped), "{date}");
    assert_eq!(date.as_str(), httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(capped)));
    let moment = civil(seconds);
    let (year, month, day) = (moment.year, moment.month, moment.day);
    let time = format!("{:02}:{:02}:{:02}", moment.hour, moment.minute, moment.second);
    assert_eq!(String::from_utf8_lossy(&rfc3339(seconds)), format!("{year:04}-{month:02}-{day:02}T{time}Z"));
    let name = date.as_str().get(8..11).unwrap_or_default();
    assert_eq!(String::from_utf8_lossy(&clf(seconds)), format!("{day:02}/{name}/{year:04}:{time} +0000"));
    assert!(date.as_str().contains(&time), "{date}");
    // asctime has no zone, and a blank where the day has one digit.
    let asctime = format!("{} {name} {day:2} {time} {year:04}", &date.as_str()[..3]);
    assert_eq!(Date::parse(asctime.as_bytes(), NOW), Some(capped), "{asctime}");
    // RFC 850 has two digits of a year, which mean one that is at most fifty years ahead.
    if (1977..=2075).contains(&year) {
        let rfc850 = format!("Sunday, {day:02}-{name}-{:02} {time} GMT", year % 100);
        assert_eq!(Date::parse(rfc850.as_bytes(), NOW), Some(capped), "{rfc850}");
    }
}

fn check_verdict(lines: &[&str]) {
    let values = |name: &str| {
        let prefix = format!("{name}: ");
        let values = lines.iter().filter_map(|line| line.strip_prefix(&prefix));
        values.map(|value| value.trim_matches([' ', '\t'])).collect::<Vec<_>>()
    };
    let (if_match, if_none_match) = (values("If-Match"), values("If-None-Match"));
    let (etag, modified) = (values("ETag"), values("Last-Modified"));
    let etag = etag.first().and_then(|value| EntityTag::parse(value));
    let modified = modified.first().and_then(|value| Date::parse(value.as_bytes(), NOW));
    let exists = !lines.contains(&"absent");
    let current = if exists { Validators::new(etag, modified) } else { Validators::ABSENT };
    let is_get_or_head = !lines.contains(&"PUT");
    let (unmodified_since, modified_since) = (values("If-Unmodified-Since"), values("If-Modified-Since"));
    let preconditions = Preconditions {
        if_match: if_match.iter().copied(),
        if_none_match: if_none_match.iter().copied(),
        if_unmodified_since: unmodified_since.first().copied(),
        if_modified_since: modified_since.first().copied(),
        is_get_or_head,
        now: NOW,
    };

    // RFC 9110 §13.2.2, in its own words.
    let stated = |date: Option<&str>| date.and_then(|date| Date::parse(date.as_bytes(), NOW));
    let matches = |values: &[&str], is_strong: bool| {
        if values.iter().all(|value| *value == "*") {
            return exists;
        }
        let Some(etag) = current.etag else { return false };
        values.iter().flat_map(|value| list(value)).flatten().any(|tag| {
            let is_equal = tag.opaque() == etag.opaque();
            is_equal && (!is_strong || (!tag.is_weak() && !etag.is_weak()))
        })
    };
    let mut fails = false;
    if !if_match.is_empty() {
        fails = !matches(&if_match, true);
    } else if let (Some(since), Some(modified)) =
        (stated(preconditions.if_unmodified_since), current.modified)
    {
        fails = modified > since;
    }
    let mut is_known = false;
    if !if_none_match.is_empty() {
        is_known = matches(&if_none_match, false);
    } else if let (true, Some(since), Some(modified)) =
        (is_get_or_head, stated(preconditions.if_modified_since), current.modified)
    {
        is_known = modified <= since;
    }
    let expected = match (fails, is_known, is_get_or_head) {
        (true, ..) | (_, true, false) => Verdict::PreconditionFailed,
        (_, true, true) => Verdict::NotModified,
        (_, false, _) => Verdict::Proceed,
    };
    assert_eq!(evaluate(&preconditions, &current), expected, "{lines:?}");
}
