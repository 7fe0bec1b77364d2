//! What gateways say of a request's client: `Forwarded` (RFC 7239) and `X-Forwarded-For`.
//!
//! Each gateway adds at the right who has connected to it, so a list is read from there: as long as the one who connected
//! is a gateway that is trusted, what that one has added is believed too. The first that is not trusted is the client, and
//! whatever stands left of it is its own word. What is read here from the left comes to the same in one pass.
//!
//! ```text
//! Forwarded: for=1.2.3.4, for=192.0.2.7, for=10.0.0.2        from 10.0.0.1; 10.0.0.0/8 is trusted
//!            made up      the client     a gateway that is trusted
//! ```

use core::net::{IpAddr, SocketAddr};

use crate::bytes::class::{FIELD, QUOTED, TOKEN};
use crate::gateways::Client;
use crate::parse::address::{ip, ipv4, ipv6, port};
use crate::parse::list;

/// The client by all values of `Forwarded`, in their order (RFC 7239 §4), and whether it came by https to the gateway that
/// says so. An element that cannot be read, or that names no address, ends the walk: then nothing left of it counts.
pub fn forwarded<'v>(values: impl Iterator<Item = &'v [u8]>, trusts: impl Fn(IpAddr) -> bool) -> Client {
    let mut walk = Walk::default();
    for mut rest in values {
        while let Some(element) = next_element(&mut rest) {
            walk.pass(element, &trusts);
        }
    }
    Client { address: walk.address, secured: walk.secured.unwrap_or(false) }
}

/// The client by all values of `X-Forwarded-For`, in their order: a list of addresses, with or without a port. A member
/// that is none ends the walk.
pub fn x_forwarded_for<'v>(
    values: impl Iterator<Item = &'v [u8]>,
    trusts: impl Fn(IpAddr) -> bool,
) -> Option<SocketAddr> {
    let mut walk = Walk::default();
    for member in values.flat_map(list::members) {
        let bare = || ip(member).map(|address| SocketAddr::new(address, 0));
        walk.pass(Element::Hop { node: bare().or_else(|| node(member)), secured: false }, &trusts);
    }
    walk.address
}

/// What one gateway has said.
enum Element {
    Malformed,
    Hop {
        /// Who had connected to it; `None` for what is no address.
        node: Option<SocketAddr>,
        /// Whether that was by https.
        secured: bool,
    },
}

/// What would be believed if all that is to the right of here came from gateways that are trusted.
#[derive(Default)]
struct Walk {
    address: Option<SocketAddr>,
    secured: Option<bool>,
}

impl Walk {
    fn pass(&mut self, element: Element, trusts: &impl Fn(IpAddr) -> bool) {
        match element {
            Element::Malformed => *self = Self::default(),
            Element::Hop { node: Some(node), .. } if trusts(node.ip()) && self.secured.is_some() => {
                // It is believed in what is left of it; where that names nobody, it is the last that is known.
                self.address.get_or_insert(node);
            }
            Element::Hop { node, secured } => *self = Self { address: node, secured: Some(secured) },
        }
    }
}

/// Takes an element off the front of `rest`; nothing of what is behind one that cannot be read.
fn next_element(rest: &mut &[u8]) -> Option<Element> {
    while let [b' ' | b'\t' | b',', behind @ ..] = *rest {
        *rest = behind;
    }
    if rest.is_empty() {
        return None;
    }
    let (element, behind) = element(rest).unwrap_or((Element::Malformed, &[]));
    *rest = behind;
    Some(element)
}

/// `forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )`, and what is behind its comma.
fn element(mut bytes: &[u8]) -> Option<(Element, &[u8])> {
    let (mut origin, mut scheme) = (None, None);
    let mut is_ambiguous = false;
    loop {
        if !matches!(bytes, [] | [b';' | b',' | b' ' | b'\t', ..]) {
            let (name, value, behind) = pair(bytes)?;
            let place = match name {
                name if name.eq_ignore_ascii_case(b"for") => Some(&mut origin),
                name if name.eq_ignore_ascii_case(b"proto") => Some(&mut scheme),
                _ => None,
            };
            // No parameter occurs more than once (RFC 7239 §4).
            is_ambiguous |= place.is_some_and(|place| place.replace(value).is_some());
            bytes = behind;
        }
        match bytes {
            [b';', behind @ ..] => bytes = behind,
            _ => break,
        }
    }
    let behind = match list::trim(bytes) {
        [] => &[],
        [b',', ..] => bytes.get(bytes.iter().position(|&byte| byte == b',')?..)?,
        _ => return None,
    };
    if is_ambiguous {
        return Some((Element::Malformed, behind));
    }
    let secured = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"https"));
    Some((Element::Hop { node: origin.and_then(node), secured }, behind))
}

/// `forwarded-pair = token "=" value`, `value = token / quoted-string`. Quoted strings are given as they stand between the
/// quotes: with a backslash they are no address.
fn pair(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (name, behind) = token(bytes)?;
    match behind.strip_prefix(b"=")? {
        [b'"', quoted @ ..] => {
            let mut rest = quoted;
            loop {
                rest = QUOTED.skip(rest);
                match rest {
                    [b'"', behind @ ..] => {
                        let length = quoted.len().saturating_sub(rest.len());
                        return Some((name, quoted.get(..length)?, behind));
                    }
                    [b'\\', escaped, behind @ ..] if FIELD.has(*escaped) => rest = behind,
                    _ => return None,
                }
            }
        }
        bytes => token(bytes).map(|(value, behind)| (name, value, behind)),
    }
}

/// A token, and what is behind it.
fn token(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let behind = TOKEN.skip(bytes);
    let token = bytes.get(..bytes.len().saturating_sub(behind.len()))?;
    (!token.is_empty()).then_some((token, behind))
}

/// `node = nodename [ ":" node-port ]` (RFC 7239 §6) where the name is an address. Without a port, or with one that is
/// obfuscated, it is 0.
fn node(text: &[u8]) -> Option<SocketAddr> {
    let (address, behind) = match text {
        [b'[', rest @ ..] => {
            let (literal, behind) = rest.split_at_checked(rest.iter().position(|&byte| byte == b']')?)?;
            (IpAddr::V6(ipv6(literal)?), behind.get(1..)?)
        }
        _ => {
            let end = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
            let (literal, behind) = text.split_at_checked(end)?;
            (IpAddr::V4(ipv4(literal)?), behind)
        }
    };
    let port = match behind {
        [] => 0,
        [b':', b'_', name @ ..] if !name.is_empty() && name.iter().all(|&byte| is_obfuscated(byte)) => 0,
        [b':', digits @ ..] => port(digits)?,
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

/// `ALPHA / DIGIT / "." / "_" / "-"` (RFC 7239 §6.3).
fn is_obfuscated(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

#[cfg(test)]
mod tests;
