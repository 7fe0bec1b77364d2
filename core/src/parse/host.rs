//! `Host = uri-host [ ":" port ]` (RFC 9110 §7.2), also the authority of a target.

use crate::bytes::class::HOST;
use crate::bytes::number::content_length;

/// Whether `value` is a host with an optional port: neither empty, nor a list, nor with user information or a path.
///
/// A name is a `reg-name` (RFC 3986 §3.2.2), which covers IPv4 addresses; not empty, because http has no anonymous hosts
/// (RFC 9110 §4.2.1). Two things of its grammar are refused: the comma, which would let a list through, and
/// percent-encoding, which no host name needs and which could hide a path or user information from who decodes it.
#[must_use]
pub fn is_valid(value: &[u8]) -> bool {
    if let [b'[', rest @ ..] = value {
        let Some(end) = rest.iter().position(|&byte| byte == b']') else { return false };
        let Some((literal, [_, port @ ..])) = rest.split_at_checked(end) else { return false };
        return is_ipv6(literal) && is_port_part(port);
    }
    let behind = HOST.skip(value);
    behind.len() < value.len() && is_port_part(behind)
}

/// `host ":" port` with the port present, as CONNECT asks for (RFC 9112 §3.2.3).
#[must_use]
pub fn is_valid_with_port(value: &[u8]) -> bool {
    is_valid(value) && matches!(value, [.., last] if last.is_ascii_digit()) && {
        let colon = value.iter().rposition(|&byte| byte == b':');
        let bracket = value.iter().rposition(|&byte| byte == b']');
        colon > bracket
    }
}

/// `[ ":" port ]` with `port = *DIGIT` (RFC 3986 §3.2.3), and no more than a port can be. Empty means the scheme's own.
fn is_port_part(part: &[u8]) -> bool {
    match part {
        [] | [b':'] => true,
        [b':', port @ ..] if port.len() <= 5 => {
            let value = port.iter().try_fold(0_u32, |value, byte| match byte.wrapping_sub(b'0') {
                // Five digits fit 32 bits, so nothing has to be watched for.
                digit @ 0..=9 => Some(value.wrapping_mul(10).wrapping_add(u32::from(digit))),
                _ => None,
            });
            value.is_some_and(|value| value <= 65_535)
        }
        _ => false,
    }
}

/// `IPv6address` (RFC 3986 §3.2.2). `IPvFuture` and zones are refused: nothing we could be asked for has one.
/// Written out because the parser of `core::net` can panic as far as the compiler can tell; the tests compare the two.
pub(super) fn is_ipv6(literal: &[u8]) -> bool {
    let (mut rest, mut is_elided) = match literal.strip_prefix(b"::") {
        Some([]) => return true,
        Some(rest) => (rest, true),
        None => (literal, false),
    };
    let mut groups = 0u8;
    loop {
        let end = rest.iter().position(|&byte| byte == b':').unwrap_or(rest.len());
        let (group, behind) = rest.split_at_checked(end).unwrap_or_default();
        let width = match behind {
            [] if is_ipv4(group) => 2,
            _ if is_group(group) => 1,
            _ => return false,
        };
        groups = groups.saturating_add(width);
        rest = match behind {
            [b':', b':', ..] if is_elided => return false,
            [b':', b':', tail @ ..] => {
                is_elided = true;
                tail
            }
            [_, tail @ ..] if !tail.is_empty() => tail,
            [] => break,
            _ => return false, // a colon at the end
        };
        if rest.is_empty() {
            break;
        }
    }
    // `::` stands for one group at least.
    if is_elided { groups <= 7 } else { groups == 8 }
}

fn is_group(group: &[u8]) -> bool {
    (1..=4).contains(&group.len()) && group.iter().all(u8::is_ascii_hexdigit)
}

/// `IPv4address`: four numbers below 256 without leading zeros.
pub(super) fn is_ipv4(literal: &[u8]) -> bool {
    let is_octet = |octet: &[u8]| octet.len() <= 3 && content_length(octet).is_some_and(|octet| octet <= 255);
    literal.split(|&byte| byte == b'.').count() == 4 && literal.split(|&byte| byte == b'.').all(is_octet)
}

#[cfg(test)]
mod tests;
