//! Route patterns: `/static`, `/:parameter`, and `/*wildcard` at the end. Checked while the program compiles.

use core::cmp::Ordering;

/// A pattern, as up to two group prefixes and the route's own part, which are joined as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pieces {
    parts: [&'static str; 3],
}

/// One segment of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// Matches the same bytes.
    Static(&'static [u8]),
    /// Matches one segment that is not empty.
    Param(&'static [u8]),
    /// Matches the rest of the path, slashes included, empty included.
    Wildcard(&'static [u8]),
}

/// What a pattern has where a path has a segment, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Nothing, or a static segment that stands before this one.
    Before,
    Same,
    /// A static segment that stands behind it.
    Behind,
    Param,
    Wildcard,
}

/// The way to a segment of several patterns that agree before it, so that their bytes need not be read again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// Bytes that are the same in all of them.
    shared: usize,
    /// Segments behind those, of which the first is a parameter.
    skipped: usize,
}

impl Pieces {
    pub(crate) const NONE: Self = Self { parts: [""; 3] };

    /// The pattern `pattern` outside any group.
    pub(crate) const fn new(pattern: &'static str) -> Self {
        Self { parts: ["", "", pattern] }
    }

    /// This pattern behind `prefix`.
    pub(crate) const fn behind(mut self, prefix: &'static str) -> Self {
        let [outer, inner, _] = &mut self.parts;
        if inner.is_empty() {
            *inner = prefix;
        } else {
            assert!(outer.is_empty(), "groups nest two deep; write longer prefixes out");
            *outer = prefix;
        }
        self
    }

    /// The parts, of which any may be empty.
    pub(crate) const fn parts(&self) -> &[&'static str; 3] {
        &self.parts
    }

    /// Whether this pattern, taken as it stands, is `path`.
    pub(crate) fn is(&self, path: &[u8]) -> bool {
        let [outer, inner, own] = &self.parts;
        if inner.is_empty() {
            return own.as_bytes() == path; // nor is there an outer one
        }
        let behind = path.strip_prefix(outer.as_bytes()).and_then(|rest| rest.strip_prefix(inner.as_bytes()));
        behind == Some(own.as_bytes())
    }

    /// Whether it matches a path that agrees with it as far as `way`, of which `rest` is left; `None` behind the last
    /// segment.
    pub(crate) fn matches(&self, way: Way, mut rest: Option<&[u8]>) -> bool {
        let mut segments = self.segments_from(way);
        loop {
            rest = match (segments.next(), rest) {
                (None, rest) => return rest.is_none(),
                (Some(_), None) => return false,
                (Some(Segment::Wildcard(_)), Some(_)) => return true,
                (Some(Segment::Static(text)), Some(rest)) => match rest.strip_prefix(text) {
                    Some([]) => None,
                    Some([b'/', next @ ..]) => Some(next),
                    _ => return false,
                },
                (Some(Segment::Param(_)), Some(rest)) => match rest.iter().position(|&byte| byte == b'/') {
                    Some(0) => return false,
                    Some(end) => rest.get(end.saturating_add(1)..),
                    None if rest.is_empty() => return false,
                    None => None,
                },
            };
        }
    }

    /// The segments in order.
    pub(crate) fn segments(&self) -> Segments {
        Segments { parts: self.parts, at: 0, rest: None }
    }

    /// The segments from the one at `way` on.
    fn segments_from(&self, way: Way) -> Segments {
        let mut segments = self.segments();
        let mut offset = way.shared;
        // Each part starts with a slash, so no segment reaches into the next one, and no offset is a part's start.
        while let Some(part) = segments.next_part() {
            match part.as_bytes().get(offset..) {
                Some(rest) if !part.is_empty() => {
                    segments.rest = Some(rest);
                    break;
                }
                _ => offset = offset.saturating_sub(part.len()),
            }
        }
        for _ in 0..way.skipped {
            segments.next();
        }
        segments
    }

    /// What stands at `way`, where a path has `segment`.
    pub(crate) fn standing(&self, way: Way, segment: &[u8]) -> Standing {
        match self.segments_from(way).next() {
            None => Standing::Before,
            Some(Segment::Static(text)) => match text.cmp(segment) {
                Ordering::Less => Standing::Before,
                Ordering::Equal => Standing::Same,
                Ordering::Greater => Standing::Behind,
            },
            // One that is empty is none.
            Some(Segment::Param(_)) if segment.is_empty() => Standing::Behind,
            Some(Segment::Param(_)) => Standing::Param,
            Some(Segment::Wildcard(_)) => Standing::Wildcard,
        }
    }

    /// How many segments stand before the wildcard; all of them without one.
    pub(crate) fn count_before_wildcard(&self) -> usize {
        self.segments().take_while(|segment| !matches!(segment, Segment::Wildcard(_))).count()
    }
}

/// The segments of a pattern, one after another.
#[derive(Clone)]
pub(crate) struct Segments {
    parts: [&'static str; 3],
    /// The part that comes next.
    at: usize,
    /// What is left of the part at hand, behind a slash.
    rest: Option<&'static [u8]>,
}

impl Segments {
    fn next_part(&mut self) -> Option<&'static str> {
        let part = self.parts.get(self.at).copied();
        self.at = self.at.saturating_add(1);
        part
    }

    /// What the part at hand has from the next segment on.
    fn rest(&mut self) -> Option<&'static [u8]> {
        while self.rest.is_none() {
            self.rest = self.next_part()?.as_bytes().get(1..); // each part that is not empty starts with a slash
        }
        self.rest
    }
}

impl Iterator for Segments {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        let rest = self.rest()?;
        let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        self.rest = rest.get(end.saturating_add(1)..);
        Some(match rest.get(..end).unwrap_or_default() {
            [b':', name @ ..] => Segment::Param(name),
            [b'*', name @ ..] => Segment::Wildcard(name),
            text => Segment::Static(text),
        })
    }
}

impl Way {
    /// The first segment, behind its slash.
    pub(crate) const START: Self = Self { shared: 1, skipped: 0 };

    /// The segment behind one that is `segment` in all patterns.
    pub(crate) const fn behind_static(self, segment: &[u8]) -> Self {
        match self.skipped {
            0 => Self { shared: self.shared.saturating_add(segment.len()).saturating_add(1), skipped: 0 },
            _ => self.behind_param(),
        }
    }

    /// The segment behind one that is a parameter, whose names have their own lengths.
    pub(crate) const fn behind_param(self) -> Self {
        Self { shared: self.shared, skipped: self.skipped.saturating_add(1) }
    }
}

// What follows runs in the compiler only, over the joined bytes of patterns: a mistake there stops the build.

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic)]
impl Pieces {
    pub(crate) const fn len(&self) -> usize {
        self.parts[0].len() + self.parts[1].len() + self.parts[2].len()
    }

    /// The byte at `at` of the joined pattern; 0 behind its end.
    pub(crate) const fn byte(&self, at: usize) -> u8 {
        let mut at = at;
        let mut part = 0;
        while part < 3 {
            let bytes = self.parts[part].as_bytes();
            if at < bytes.len() {
                return bytes[at];
            }
            at -= bytes.len();
            part += 1;
        }
        0
    }

    /// Stops the build unless the pattern is well formed.
    pub(crate) const fn check(&self) {
        assert!(self.len() > 0 && self.byte(0) == b'/', "a route pattern starts with `/`");
        let mut part = 0;
        while part < 3 {
            let bytes = self.parts[part].as_bytes();
            assert!(
                bytes.is_empty() || bytes[0] == b'/',
                "a group prefix, and a route in a group, starts with `/`"
            );
            part += 1;
        }
        let mut at = 1;
        while at <= self.len() {
            match self.byte(at) {
                b':' => at = self.check_name(at + 1),
                b'*' => {
                    at = self.check_name(at + 1);
                    assert!(at >= self.len(), "a wildcard is the last segment of a route pattern");
                }
                _ => at = self.check_static(at),
            }
            at += 1;
        }
        assert!(!self.repeats_name(), "a route pattern names two parameters alike");
    }

    pub(crate) const fn end_of_segment(&self, from: usize) -> usize {
        let mut at = from;
        while at < self.len() && self.byte(at) != b'/' {
            at += 1;
        }
        at
    }

    const fn check_name(&self, from: usize) -> usize {
        let end = self.end_of_segment(from);
        assert!(end > from, "a parameter of a route pattern has a name");
        let mut at = from;
        while at < end {
            let byte = self.byte(at);
            assert!(
                byte.is_ascii_alphanumeric() || byte == b'_',
                "a parameter's name is letters, digits and `_`"
            );
            at += 1;
        }
        end
    }

    const fn check_static(&self, from: usize) -> usize {
        let end = self.end_of_segment(from);
        let mut at = from;
        while at < end {
            assert!(
                matches!(self.byte(at), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'!'
                    | b'$' | b'&' | b'\'' | b'(' | b')' | b'+' | b',' | b';' | b'=' | b'@'),
                "a static segment of a route pattern has a byte that no path has as it stands"
            );
            at += 1;
        }
        let dots = end - from;
        assert!(
            !(dots == 1 && self.byte(from) == b'.'
                || dots == 2 && self.byte(from) == b'.' && self.byte(end - 1) == b'.'),
            "no path has the segments `.` and `..`"
        );
        end
    }

    const fn repeats_name(&self) -> bool {
        let mut one = 0;
        while one < self.len() {
            let mut other = one + 1;
            while other < self.len() && self.starts_name(one) {
                if self.starts_name(other) && self.same_name(one, other) {
                    return true;
                }
                other += 1;
            }
            one += 1;
        }
        false
    }

    /// Whether the slash at `at` stands before a parameter or a wildcard.
    const fn starts_name(&self, at: usize) -> bool {
        self.byte(at) == b'/' && matches!(self.byte(at + 1), b':' | b'*')
    }

    const fn same_name(&self, one: usize, other: usize) -> bool {
        let length = self.end_of_segment(one + 1) - one;
        if self.end_of_segment(other + 1) - other != length {
            return false;
        }
        let mut at = 2;
        while at < length {
            if self.byte(one + at) != self.byte(other + at) {
                return false;
            }
            at += 1;
        }
        true
    }

    /// Whether no segment is a parameter or a wildcard.
    pub(crate) const fn is_static(&self) -> bool {
        let mut at = 0;
        while at < self.len() {
            if self.starts_name(at) {
                return false;
            }
            at += 1;
        }
        true
    }

    /// The order of the table: by shelves, and on a shelf segment by segment: a pattern that ends, static segments by
    /// their bytes, parameters, wildcards. So the first that matches a path is the most specific. Names of parameters do
    /// not count, so equal means that the same paths match.
    pub(crate) const fn order(&self, other: &Self) -> i8 {
        match sign(self.shelf(), other.shelf()) {
            0 => self.order_segments(other),
            order => order,
        }
    }

    const fn order_segments(&self, other: &Self) -> i8 {
        let mut one = 0;
        let mut two = 0;
        while one < self.len() && two < other.len() {
            let (rank_one, rank_two) = (self.rank(one), other.rank(two));
            if rank_one != rank_two {
                return sign(rank_one, rank_two);
            }
            let (end_one, end_two) = (self.end_of_segment(one + 1), other.end_of_segment(two + 1));
            if rank_one == 0 {
                let mut at = 1;
                while one + at < end_one && two + at < end_two {
                    if self.byte(one + at) != other.byte(two + at) {
                        return sign(self.byte(one + at) as usize, other.byte(two + at) as usize);
                    }
                    at += 1;
                }
                if end_one - one != end_two - two {
                    return sign(end_one - one, end_two - two);
                }
            }
            one = end_one;
            two = end_two;
        }
        sign(self.len() - one, other.len() - two)
    }

    /// Static segments before parameters before wildcards.
    const fn rank(&self, slash: usize) -> usize {
        match self.byte(slash + 1) {
            b':' => 1,
            b'*' => 2,
            _ => 0,
        }
    }
}

const fn sign(one: usize, two: usize) -> i8 {
    if one < two {
        -1
    } else if one > two {
        1
    } else {
        0
    }
}
