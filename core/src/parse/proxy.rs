//! The PROXY protocol, versions 1 and 2 (haproxy's `proxy-protocol.txt`): what a gateway says in front of a connection's
//! first byte about who has connected to it.
//!
//! ```text
//! 1   PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 CR LF             at most 107 bytes
//! 2   12 bytes of signature, version and command, family, length,   16 bytes, and so many behind them
//!     addresses and ports, further fields that are skipped
//! ```
//!
//! There is no answer to a mistake: whoever speaks something else has connected to the wrong place.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::address::{ipv4, ipv6, port};

/// Longest header of version 1, its CRLF included.
pub const LONGEST_LINE: usize = 107;

/// Longest header of version 2, in bytes: the addresses take 232 at most, and certificates of clients may be told behind
/// them. A longer one is refused, although its length could tell of 65,551.
pub const LONGEST: usize = 4_096;

/// What version 2 begins with: no request of any protocol does.
const SIGNATURE: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";

/// What version 1 begins with.
const WORD: &[u8; 6] = b"PROXY ";

/// How far a header was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// More bytes are needed.
    Incomplete,
    /// The header has `length` bytes, and says who has connected.
    Complete {
        /// In bytes; what is behind them is the connection's.
        length: usize,
        /// Who that is.
        origin: Origin,
    },
}

/// Who has connected to the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The gateway itself, as for a check of ours: `LOCAL`.
    Gateway,
    /// Somebody of whom it does not say the address: `UNKNOWN`, `UNSPEC`, or a Unix socket.
    Unknown,
    /// Somebody from this address.
    Address(SocketAddr),
}

/// Why a connection does not begin as it should; it is closed without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyError {
    /// Neither version begins like that.
    NoHeader,
    /// A line of version 1 that does not end within [`LONGEST_LINE`], or a header of version 2 beyond [`LONGEST`].
    TooLong,
    /// A line of version 1 that is not as it should be: the protocol, an address, a port, the blanks between or the CRLF.
    Line,
    /// A version or command that does not exist.
    Command,
    /// A family or transport that does not exist, or datagrams, by which no connection comes.
    Family,
    /// A header of version 2 with no room for its addresses.
    TooShort,
}

/// Reads a header from the first bytes of a connection. Bytes behind it make no difference.
///
/// ```
/// use bantam_core::parse::proxy::{Origin, Progress, read};
/// let bytes = b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET / ";
/// let origin = Origin::Address("192.0.2.1:56324".parse().unwrap());
/// assert_eq!(read(bytes), Ok(Progress::Complete { length: 45, origin }));
/// assert_eq!(read(b"PROX"), Ok(Progress::Incomplete));
/// ```
///
/// # Errors
/// When they are no header.
pub fn read(bytes: &[u8]) -> Result<Progress, ProxyError> {
    match bytes {
        [] => Ok(Progress::Incomplete),
        [b'P', ..] => read_line(bytes),
        _ => read_binary(bytes),
    }
}

/// Version 1.
fn read_line(bytes: &[u8]) -> Result<Progress, ProxyError> {
    if !begins(bytes, WORD) {
        return Err(ProxyError::NoHeader);
    }
    let bytes = bytes.get(..LONGEST_LINE).unwrap_or(bytes);
    let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else {
        return if bytes.len() < LONGEST_LINE { Ok(Progress::Incomplete) } else { Err(ProxyError::TooLong) };
    };
    let line = bytes.get(..end).and_then(|line| line.strip_suffix(b"\r")).ok_or(ProxyError::Line)?;
    let rest = line.strip_prefix(WORD).ok_or(ProxyError::Line)?;
    let length = end.saturating_add(1);
    if rest == b"UNKNOWN" || rest.starts_with(b"UNKNOWN ") {
        return Ok(Progress::Complete { length, origin: Origin::Unknown }); // whatever follows
    }
    let origin = addresses(rest).map(Origin::Address).ok_or(ProxyError::Line)?;
    Ok(Progress::Complete { length, origin })
}

/// `protocol SP source SP destination SP source-port SP destination-port`.
fn addresses(rest: &[u8]) -> Option<SocketAddr> {
    let mut words = rest.split(|&byte| byte == b' ');
    let address: fn(&[u8]) -> Option<IpAddr> = match words.next()? {
        b"TCP4" => |word| ipv4(word).map(IpAddr::V4),
        b"TCP6" => |word| ipv6(word).map(IpAddr::V6),
        _ => return None,
    };
    let source = address(words.next()?)?;
    address(words.next()?)?;
    let source_port = port(words.next()?)?;
    port(words.next()?)?;
    words.next().is_none().then_some(SocketAddr::new(source, source_port))
}

/// Version 2.
fn read_binary(bytes: &[u8]) -> Result<Progress, ProxyError> {
    if !begins(bytes, SIGNATURE) {
        return Err(ProxyError::NoHeader);
    }
    let Some((fixed, rest)) = bytes.split_first_chunk::<16>() else {
        return Ok(Progress::Incomplete);
    };
    let [.., command, family, high, low] = *fixed;
    let announced = usize::from(u16::from_be_bytes([high, low]));
    let length = announced.saturating_add(16);
    let is_local = match command {
        0x20 => true,
        0x21 => false,
        _ => return Err(ProxyError::Command),
    };
    let needed = match family {
        _ if is_local => 0, // the family is ignored
        0x00 => 0,
        0x11 => 12,
        0x21 => 36,
        0x31 => 216,
        _ => return Err(ProxyError::Family),
    };
    if announced < needed {
        return Err(ProxyError::TooShort);
    }
    if length > LONGEST {
        return Err(ProxyError::TooLong);
    }
    if bytes.len() < length {
        return Ok(Progress::Incomplete);
    }
    let origin = match family {
        _ if is_local => Origin::Gateway,
        0x11 => source::<4>(rest, 8).map_or(Origin::Unknown, |(octets, port)| {
            Origin::Address(SocketAddr::new(Ipv4Addr::from(octets).into(), port))
        }),
        0x21 => source::<16>(rest, 32).map_or(Origin::Unknown, |(octets, port)| {
            Origin::Address(SocketAddr::new(Ipv6Addr::from(octets).into(), port))
        }),
        _ => Origin::Unknown,
    };
    Ok(Progress::Complete { length, origin })
}

/// The source address, which comes first, and its port behind both addresses.
fn source<const N: usize>(rest: &[u8], ports: usize) -> Option<([u8; N], u16)> {
    let port = rest.get(ports..)?.first_chunk::<2>()?;
    Some((*rest.first_chunk()?, u16::from_be_bytes(*port)))
}

/// Whether `bytes` are the beginning of `whole`, or begin with it.
fn begins(bytes: &[u8], whole: &[u8]) -> bool {
    bytes.iter().zip(whole).all(|(byte, expected)| byte == expected)
}

#[cfg(test)]
mod tests;
