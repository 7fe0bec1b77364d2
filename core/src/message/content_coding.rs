//! Which content coding a client wants (RFC 9110 §12.5.3).
//!
//! ```text
//! Accept-Encoding: gzip;q=0.5, br, identity;q=0
//! choose(…, ["zstd", "br", "gzip"])  →  Choice::Coded(1)
//! ```

use crate::parse::list;

/// What to answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The coding at this place of those offered.
    Coded(usize),
    /// The content as it is.
    Identity,
    /// The client takes none of what there is, nor the content as it is; RFC 9110 §12.5.3 lets a server answer 406, or
    /// send it nonetheless.
    Nothing,
}

/// Chooses among the codings `offered`, best first, by the values of all `Accept-Encoding` field lines.
///
/// The client's weights decide, and where they are equal the order of the offer; a coding that is wanted as much as the
/// plain content is preferred to it. Without the field nothing is coded: most clients that can decode say so. Names are
/// compared in any case, `x-gzip` is `gzip` (RFC 9110 §8.4.1.3), and a member with a malformed weight is passed over.
pub fn choose<'r>(accepted: impl Iterator<Item = &'r str> + Clone, offered: &[&str]) -> Choice {
    let members = accepted.flat_map(|line| list::members(line.as_bytes())).filter_map(member);
    let stated = |name: &str| {
        let mut named = members.clone().filter(|(member, _)| is_same(member, name.as_bytes()));
        named.next().map(|(_, weight)| weight)
    };
    let rest = members.clone().find(|(member, _)| *member == b"*").map(|(_, weight)| weight);
    // What is not named is not accepted, but for the plain content (RFC 9110 §12.5.3).
    let identity = stated("identity").or(rest).unwrap_or(1);
    let mut best = None::<(usize, u16)>;
    for (place, name) in offered.iter().enumerate() {
        let weight = stated(name).or(rest).unwrap_or(0);
        if weight > best.map_or(0, |(_, weight)| weight) {
            best = Some((place, weight));
        }
    }
    match best {
        Some((place, weight)) if weight >= identity => Choice::Coded(place),
        _ if identity > 0 => Choice::Identity,
        Some((place, _)) => Choice::Coded(place),
        None => Choice::Nothing,
    }
}

/// A coding and its weight in thousandths.
fn member(member: &[u8]) -> Option<(&[u8], u16)> {
    let mut parts = member.split(|byte| *byte == b';').map(list::trim);
    let name = parts.next()?;
    let weight = match parts.next() {
        None => 1_000,
        Some([b'q' | b'Q', b'=', value @ ..]) => qvalue(value)?,
        Some(_) => return None,
    };
    parts.next().is_none().then_some((name, weight))
}

/// `( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )` in thousandths (RFC 9110 §12.4.2).
pub(crate) fn qvalue(text: &[u8]) -> Option<u16> {
    let (whole, fraction) = match text {
        [whole @ (b'0' | b'1')] => (whole, &[][..]),
        [whole @ (b'0' | b'1'), b'.', fraction @ ..] => (whole, fraction),
        _ => return None,
    };
    if fraction.len() > 3 || !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut thousandths = u16::from(whole.wrapping_sub(b'0'));
    for place in 0..3 {
        let digit = fraction.get(place).map_or(0, |digit| digit.wrapping_sub(b'0'));
        thousandths = thousandths.saturating_mul(10).saturating_add(digit.into());
    }
    (thousandths <= 1_000).then_some(thousandths)
}

fn is_same(member: &[u8], name: &[u8]) -> bool {
    let member = match member {
        [b'x' | b'X', b'-', rest @ ..] if rest.eq_ignore_ascii_case(b"gzip") => rest,
        other => other,
    };
    member.eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests;
