//! Range requests (RFC 9110 §14): which bytes of a representation a `Range` field asks for.
//!
//! ```text
//! bytes=0-99           the first hundred       bytes=0-0,-1    the first and the last byte
//! bytes=100-           all behind them         bytes=7-3       malformed: as if the field were not there
//! bytes=-100           the last hundred        lines=1-2       a unit that nobody knows: the same
//! ```
//! Numbers may have any number of digits: what lies above 2^64 lies behind every representation. Servers were brought
//! down by sums of such numbers that wrapped (CVE-2017-7529), and by sets of overlapping ranges that cost far more than
//! the whole (CVE-2011-3192). Here every edge is compared with the length before it is used, ranges that overlap become
//! one, and a set of more than [`MOST`] is answered with the whole, as §14.2 allows.

use core::cmp::Ordering;

use crate::parse::list;

/// Most ranges of one request that are looked at; a larger set is as good as none. Clients that resume ask for one,
/// readers of documents for a handful at a time.
pub const MOST: usize = 16;

/// Ranges with a gap of at most this many bytes between them become one: the lines around a part cost about as much
/// (RFC 9110 §15.3.7).
const GAP: u64 = 80;

/// Consecutive bytes of a representation, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u64,
    length: u64,
}

impl Span {
    /// Bytes before it.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// Bytes of it; never 0.
    #[must_use]
    #[allow(clippy::len_without_is_empty)]
    pub const fn len(&self) -> u64 {
        self.length
    }

    /// Place of its last byte, as `Content-Range` states it.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.end().saturating_sub(1)
    }

    /// Place of the byte behind it.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.start.saturating_add(self.length) // neither goes beyond the representation's length
    }

    /// This part of `bytes`; empty where they do not reach.
    #[must_use]
    pub fn of<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        let (Ok(start), Ok(end)) = (usize::try_from(self.start), usize::try_from(self.end())) else {
            return &[];
        };
        bytes.get(start..end).unwrap_or_default()
    }

    fn between(start: u64, end: u64) -> Self {
        Self { start, length: end.saturating_sub(start) }
    }

    /// Whether sending both in one costs no more than sending them apart.
    fn is_near(&self, other: &Self) -> bool {
        self.start <= other.end().saturating_add(GAP) && other.start <= self.end().saturating_add(GAP)
    }

    fn joined(&self, other: &Self) -> Self {
        Self::between(self.start.min(other.start), self.end().max(other.end()))
    }
}

/// What a `Range` field comes to for a representation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Asked<R> {
    /// The field counts for nothing: send the whole (RFC 9110 §14.2).
    Whole,
    /// No range has a byte of the representation: answer 416 (RFC 9110 §15.5.17).
    Nothing,
    /// Send these: answer 206 (RFC 9110 §15.3.7).
    Ranges(R),
}

/// What `value` asks for of a representation of `length` bytes, where only a single range is served: a set of several
/// is answered with the whole, which takes less code than parts.
///
/// ```
/// use bantam_core::message::range::{Asked, one};
/// let Asked::Ranges(span) = one(b"bytes=-100", 1_000) else { panic!() };
/// assert_eq!((span.start(), span.len(), span.last()), (900, 100, 999));
/// assert_eq!(one(b"bytes=1000-", 1_000), Asked::Nothing);
/// ```
pub fn one(value: &[u8], length: u64) -> Asked<Span> {
    let Some(mut specs) = specs(value).filter(|_| length > 0) else { return Asked::Whole };
    match (specs.next(), specs.next()) {
        (Some(spec), None) => match Place::of(spec, length) {
            Place::Malformed => Asked::Whole,
            Place::Behind => Asked::Nothing,
            Place::Within(span) => Asked::Ranges(span),
        },
        _ => Asked::Whole,
    }
}

/// What `value` asks for of a representation of `length` bytes. Ranges keep the order in which they were asked for; of
/// those that became one, the first gives the place (RFC 9110 §15.3.7.2).
///
/// A representation without a byte has no range that could be stated, and is sent whole (RFC 9110 §14.2).
pub fn several(value: &[u8], length: u64) -> Asked<Spans> {
    let Some(specs) = specs(value).filter(|_| length > 0) else { return Asked::Whole };
    let mut spans = Spans::NONE;
    let mut seen = 0;
    for (place, spec) in specs.enumerate() {
        seen = place.saturating_add(1);
        match Place::of(spec, length) {
            _ if seen > MOST => return Asked::Whole,
            Place::Malformed => return Asked::Whole,
            Place::Behind => {}
            Place::Within(span) => spans.add(span),
        }
    }
    match spans.as_slice() {
        _ if seen == 0 => Asked::Whole,
        [] => Asked::Nothing,
        _ => Asked::Ranges(spans),
    }
}

/// One to [`MOST`] spans, none of which is near another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spans {
    spans: [Span; MOST],
    count: usize,
}

impl Spans {
    const NONE: Self = Self { spans: [Span { start: 0, length: 0 }; MOST], count: 0 };

    /// The spans, in the order in which they are to be sent.
    #[must_use]
    pub fn as_slice(&self) -> &[Span] {
        self.spans.get(..self.count).unwrap_or_default()
    }

    /// Adds a span, in the place of the first of those that it becomes one with. There is room for it.
    fn add(&mut self, mut span: Span) {
        let mut place = self.count;
        while let Some(near) = self.as_slice().iter().position(|other| span.is_near(other)) {
            if let Some(rest) = self.spans.get_mut(near..self.count) {
                span = rest.first().map_or(span, |other| span.joined(other));
                rest.rotate_left(1);
            }
            self.count = self.count.saturating_sub(1);
            place = place.min(near);
        }
        if let Some(rest) = self.spans.get_mut(place..=self.count) {
            rest.rotate_right(1);
            if let Some(free) = rest.first_mut() {
                *free = span;
                self.count = self.count.saturating_add(1);
            }
        }
    }
}

/// `range-unit "=" range-set` with the unit `bytes`, in any case (RFC 9110 §14.1); the members of the set.
fn specs(value: &[u8]) -> Option<impl Iterator<Item = &[u8]> + Clone> {
    let (unit, set) = value.split_at_checked(b"bytes=".len())?;
    // The list starts with a member or a comma; blanks stand around commas only (RFC 9110 §5.6.1).
    let starts_well = !matches!(set.first(), None | Some(b' ' | b'\t'));
    (unit.eq_ignore_ascii_case(b"bytes=") && starts_well).then(|| list::members(set))
}

/// Where a range lies.
enum Place {
    Malformed,
    /// No byte of it is in the representation.
    Behind,
    Within(Span),
}

impl Place {
    /// `int-range / suffix-range`, in a representation of `length` bytes (RFC 9110 §14.1.1 and §14.1.2).
    fn of(spec: &[u8], length: u64) -> Self {
        let Some(dash) = spec.iter().position(|&byte| byte == b'-') else { return Self::Malformed };
        let (first, last) = spec.split_at(dash);
        let last = last.get(1..).unwrap_or_default();
        match (first, last) {
            ([], last) => match saturating(last) {
                None => Self::Malformed,
                Some(0) => Self::Behind,
                Some(suffix) => Self::Within(Span::between(length.saturating_sub(suffix), length)),
            },
            (first, []) => match saturating(first) {
                None => Self::Malformed,
                Some(start) if start >= length => Self::Behind,
                Some(start) => Self::Within(Span::between(start, length)),
            },
            (first, last) => match (saturating(first), saturating(last)) {
                (Some(_), Some(_)) if compare(first, last) == Ordering::Greater => Self::Malformed,
                (Some(start), Some(_)) if start >= length => Self::Behind,
                (Some(start), Some(last)) => {
                    Self::Within(Span::between(start, last.saturating_add(1).min(length)))
                }
                _ => Self::Malformed,
            },
        }
    }
}

/// The value of `1*DIGIT`, or `u64::MAX` where that is less.
fn saturating(digits: &[u8]) -> Option<u64> {
    let are_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let value = |value: u64, digit: &u8| value.saturating_mul(10).saturating_add((digit & 15).into());
    are_digits.then(|| digits.iter().fold(0, value))
}

/// Compares numbers of any length by their digits.
fn compare(one: &[u8], other: &[u8]) -> Ordering {
    let significant = |digits: &[u8]| digits.iter().take_while(|&&digit| digit == b'0').count();
    let one = one.get(significant(one)..).unwrap_or_default();
    let other = other.get(significant(other)..).unwrap_or_default();
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests;
