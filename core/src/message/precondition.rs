//! Conditional requests (RFC 9110 §13): whether a method is performed, given what the client already knows.

use super::date::Date;
use super::entity_tag::{EntityTag, list};

/// The conditions of a request, as its fields state them.
///
/// `L` gives the values of a field's lines in their order, none when the field is absent; both fields of entity tags
/// come from the same function of a request, hence one type.
#[derive(Clone, Copy, Debug)]
pub struct Preconditions<'r, L> {
    /// The values of If-Match (RFC 9110 §13.1.1).
    pub if_match: L,
    /// The values of If-None-Match (RFC 9110 §13.1.2).
    pub if_none_match: L,
    /// The value of If-Unmodified-Since (RFC 9110 §13.1.4).
    pub if_unmodified_since: Option<&'r str>,
    /// The value of If-Modified-Since (RFC 9110 §13.1.3).
    pub if_modified_since: Option<&'r str>,
    /// Whether the method is GET or HEAD, which a match answers with 304 and not with 412.
    pub is_get_or_head: bool,
    /// The time in seconds since 1970, for dates whose year has two digits; see [`Date::parse`].
    pub now: u64,
}

/// What is known of the target's current representation.
#[derive(Clone, Copy, Debug)]
pub struct Validators<'t> {
    /// Whether there is a current representation at all, which is what `*` asks.
    pub exists: bool,
    /// Its entity tag, as the ETag field states it.
    pub etag: Option<EntityTag<'t>>,
    /// When it was last modified, in seconds since 1970, as the Last-Modified field states it.
    pub modified: Option<u64>,
}

impl<'t> Validators<'t> {
    /// The validators of a target that has no current representation, such as one that a PUT is to create.
    pub const ABSENT: Validators<'static> = Validators { exists: false, etag: None, modified: None };

    /// The validators of a representation that exists.
    pub const fn new(etag: Option<EntityTag<'t>>, modified: Option<u64>) -> Self {
        Self { exists: true, etag, modified }
    }
}

/// What the conditions of a request make of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Verdict {
    /// Perform the method.
    Proceed,
    /// The client's copy is current: answer 304 (RFC 9110 §15.4.5).
    NotModified,
    /// The client's view of the target is outdated: answer 412 (RFC 9110 §15.5.13).
    PreconditionFailed,
}

/// Weighs the conditions in the order of RFC 9110 §13.2.2; its last step, If-Range, belongs to ranges.
///
/// A date that is malformed is as good as absent (§13.1.3 and §13.1.4), and so is one where the target has none; a
/// malformed entity tag matches nothing. Ask only where the answer without conditions were a 2xx (§13.2.1).
pub fn evaluate<'r, L>(preconditions: &Preconditions<'r, L>, current: &Validators<'_>) -> Verdict
where
    L: Iterator<Item = &'r str> + Clone,
{
    let modified_after = |date: Option<&str>| {
        let stated = Date::parse(date?.as_bytes(), preconditions.now)?;
        Some(current.modified? > stated)
    };

    // Steps 1 and 2.
    let is_outdated = match Tags::of(&preconditions.if_match) {
        Some(tags) => !tags.match_current(current, |tag, etag| tag.strong_eq(etag)),
        None => modified_after(preconditions.if_unmodified_since).unwrap_or(false),
    };
    if is_outdated {
        return Verdict::PreconditionFailed;
    }
    // Steps 3 and 4.
    match Tags::of(&preconditions.if_none_match) {
        Some(tags) if !tags.match_current(current, |tag, etag| tag.weak_eq(etag)) => Verdict::Proceed,
        Some(_) if preconditions.is_get_or_head => Verdict::NotModified,
        Some(_) => Verdict::PreconditionFailed,
        None if !preconditions.is_get_or_head => Verdict::Proceed,
        None => match modified_after(preconditions.if_modified_since) {
            Some(false) => Verdict::NotModified,
            Some(true) | None => Verdict::Proceed,
        },
    }
}

/// The field lines of an If-Match or If-None-Match that is present.
struct Tags<L>(L);

impl<'r, L: Iterator<Item = &'r str> + Clone> Tags<L> {
    fn of(lines: &L) -> Option<Self> {
        lines.clone().next().map(|_| Self(lines.clone()))
    }

    /// `"*" / #entity-tag`: whether any current representation is meant, or one tag compares equal to the current one.
    fn match_current(
        &self,
        current: &Validators<'_>,
        equal: fn(&EntityTag<'_>, &EntityTag<'_>) -> bool,
    ) -> bool {
        if self.0.clone().all(|line| line.trim_matches([' ', '\t']) == "*") {
            return current.exists;
        }
        let Some(etag) = &current.etag else { return false };
        self.0.clone().flat_map(list).flatten().any(|tag| equal(&tag, etag))
    }
}

#[cfg(test)]
mod tests;
