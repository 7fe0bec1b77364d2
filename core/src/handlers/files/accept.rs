//! What kind of document a client wants (RFC 9110 §12.5.1).

use crate::message::content_coding::qvalue;
use crate::parse::list;

/// How much a client wants a media type, in thousandths, and by how much of its name it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    weight: u16,
    precision: Precision,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    /// There is no field, or no member is about it.
    Unsaid,
    /// `*/*`
    Any,
    /// `text/*`
    Type,
    /// `text/html`
    Exact,
}

/// Whether a client is a person's, who wants a page, by the values of all `Accept` field lines: it names `text/html`, or
/// names nothing at all and takes anything. One that names other types and takes the rest (`application/json, */*`) is
/// a program, to which a page is of no use.
pub(super) fn wants_page<'r>(accepted: impl Iterator<Item = &'r str> + Clone) -> bool {
    let wanted = wanted(accepted.clone(), b"text", b"html");
    let names_others = || {
        let mut members = accepted.clone().flat_map(|line| list::members(line.as_bytes()));
        members.any(|member| !member.starts_with(b"*/*"))
    };
    wanted.weight > 0 && (wanted.precision >= Precision::Type || !names_others())
}

/// Whether JSON is wanted more than HTML; where both are wanted alike, whether it is named more precisely.
pub(super) fn prefers_json<'r>(accepted: impl Iterator<Item = &'r str> + Clone) -> bool {
    let json = wanted(accepted.clone(), b"application", b"json");
    let html = wanted(accepted, b"text", b"html");
    json.weight > 0 && (json.weight, json.precision) > (html.weight, html.precision)
}

/// What the most precise member says. Parameters other than the weight count for nothing; a member with a malformed
/// weight is passed over.
fn wanted<'r>(accepted: impl Iterator<Item = &'r str> + Clone, kind: &[u8], subtype: &[u8]) -> Wanted {
    let lacks_field = accepted.clone().next().is_none();
    let unsaid = Wanted { weight: if lacks_field { 1_000 } else { 0 }, precision: Precision::Unsaid };
    let members = accepted.flat_map(|line| list::members(line.as_bytes()));
    let stated = members.filter_map(|member| {
        let mut parts = member.split(|byte| *byte == b';').map(list::trim);
        let range = parts.next()?;
        let slash = range.iter().position(|byte| *byte == b'/')?;
        let (its_kind, its_subtype) = (range.get(..slash)?, range.get(slash.saturating_add(1)..)?);
        let precision = match (its_kind, its_subtype) {
            (b"*", b"*") => Precision::Any,
            (its, b"*") if its.eq_ignore_ascii_case(kind) => Precision::Type,
            (its, sub) if its.eq_ignore_ascii_case(kind) && sub.eq_ignore_ascii_case(subtype) => {
                Precision::Exact
            }
            _ => return None,
        };
        let weight = parts.find_map(|part| match part {
            [b'q' | b'Q', b'=', value @ ..] => Some(qvalue(value)),
            _ => None,
        });
        Some(Wanted { weight: weight.unwrap_or(Some(1_000))?, precision })
    });
    stated.fold(unsaid, |best, next| match next.precision.cmp(&best.precision) {
        core::cmp::Ordering::Greater => next,
        core::cmp::Ordering::Equal if next.weight > best.weight => next,
        _ => best,
    })
}

#[cfg(test)]
mod tests;
