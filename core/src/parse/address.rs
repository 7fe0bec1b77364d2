//! Addresses and ports as gateways write them: `IPv4address` and `IPv6address` of RFC 3986 §3.2.2, and a port in decimal
//! digits. The parsers of `core::net` take the same addresses, and can panic as far as the compiler can tell.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::host::{is_ipv4, is_ipv6};
use crate::bytes::number::{content_length, decimal, hex_digit};

/// An address of either version, without brackets.
#[must_use]
pub fn ip(text: &[u8]) -> Option<IpAddr> {
    ipv4(text).map(IpAddr::V4).or_else(|| ipv6(text).map(IpAddr::V6))
}

/// Four numbers below 256 without leading zeros.
#[must_use]
pub fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    if !is_ipv4(text) {
        return None;
    }
    let octets = text.split(|&byte| byte == b'.').map(decimal);
    let bits = octets.fold(0_u32, |bits, octet| bits << 8 | octet.unwrap_or(0) as u32);
    Some(Ipv4Addr::from_bits(bits))
}

/// Eight groups of digits, or fewer around `::`; the last two may be an IPv4 address. Zones are refused.
#[must_use]
pub fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    if !is_ipv6(text) {
        return None;
    }
    let elision = text.windows(2).position(|pair| pair == b"::");
    let (front, back) = match elision {
        Some(at) => (text.get(..at)?, text.get(at.saturating_add(2)..)?),
        None => (text, &[][..]),
    };
    let (front, width) = groups(front);
    let (back, _) = groups(back);
    let behind = 128_u32.saturating_sub(width);
    Some(Ipv6Addr::from_bits(front.checked_shl(behind).unwrap_or(0) | back))
}

/// Groups between colons, of a text that is known to be right, and how many bits they have.
fn groups(text: &[u8]) -> (u128, u32) {
    let mut groups = (0_u128, 0_u32);
    for group in text.split(|&byte| byte == b':').filter(|group| !group.is_empty()) {
        let (value, width) = match ipv4(group) {
            Some(address) => (address.to_bits(), 32),
            None => {
                let digits = group.iter().map(|&digit| hex_digit(digit).unwrap_or(0));
                (digits.fold(0, |value, digit| value << 4 | u32::from(digit)), 16)
            }
        };
        groups =
            (groups.0.checked_shl(width).unwrap_or(0) | u128::from(value), groups.1.saturating_add(width));
    }
    groups
}

/// A port: 0 to 65535, without leading zeros.
#[must_use]
pub fn port(text: &[u8]) -> Option<u16> {
    content_length(text).and_then(|port| port.try_into().ok())
}

#[cfg(test)]
mod tests;
