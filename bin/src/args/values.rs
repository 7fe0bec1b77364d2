//! What the values of flags may be.

use core::net::{IpAddr, Ipv4Addr};
use core::num::NonZeroUsize;
use core::time::Duration;

use bantam_core::message::status::Status;
use bantam_core::middleware::cors::is_origin;

use super::tap::Network;

/// `NAME=VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// The file that is sent with an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) status: Status,
    pub(crate) file: String,
}

/// A pattern or an extension, and what it gets, which can stand in a field.
pub(super) fn named(text: &str) -> Result<Named, String> {
    let (name, value) = text.trim().split_once('=').ok_or("NAME=VALUE is wanted")?;
    if name.is_empty() || value.is_empty() || !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Err("NAME=VALUE is wanted, both of them visible ASCII".to_owned());
    }
    Ok(Named { name: name.to_owned(), value: value.to_owned() })
}

/// An extension with or without its dot, and a media type.
pub(super) fn media_type(text: &str) -> Result<Named, String> {
    let Named { name, value } = named(text).map_err(|_| "EXTENSION=TYPE/SUBTYPE is wanted".to_owned())?;
    let name = name.trim_start_matches('.').to_owned();
    let is_type = value.split_once('/').is_some_and(|(kind, rest)| !kind.is_empty() && !rest.is_empty());
    if !is_type || name.is_empty() || name.contains(['.', '/']) {
        return Err("EXTENSION=TYPE/SUBTYPE is wanted".to_owned());
    }
    Ok(Named { name, value })
}

/// The status of an error and a file.
pub(super) fn page(text: &str) -> Result<Page, String> {
    const WANTED: &str = "STATUS=FILE is wanted, with a status from 400 to 599";
    let (status, file) = text.trim().split_once('=').ok_or(WANTED)?;
    let code: u16 = status.parse().map_err(|_| WANTED)?;
    let status =
        Status::new(code).filter(|_| (400..=599).contains(&code) && !file.is_empty()).ok_or(WANTED)?;
    Ok(Page { status, file: file.to_owned() })
}

/// A scheme, a host and a port if need be, as browsers send them; or `*`.
pub(super) fn origin(text: &str) -> Result<String, String> {
    const WANTED: &str = "an origin such as https://example.com is wanted, without a path, or *";
    let text = text.trim();
    // Pages without an origin of their own are anybody's.
    let is_allowed = text == "*" || (is_origin(text) && text != "null");
    if is_allowed { Ok(text.to_owned()) } else { Err(WANTED.to_owned()) }
}

/// The path of a target, as clients send it.
pub(super) fn absolute_path(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_path = text.starts_with('/')
        && !text.starts_with("//")
        && text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'%'));
    if is_path { Ok(text.to_owned()) } else { Err("a path that begins with a slash is wanted".to_owned()) }
}

/// An address of a host and the length of its network's prefix.
pub(super) fn network(text: &str) -> Result<Network, String> {
    const WANTED: &str = "ADDRESS/LENGTH is wanted, such as 10.0.0.2/24";
    let (address, prefix) = text.trim().split_once('/').ok_or(WANTED)?;
    let address = single(address)?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    // The standard library takes a sign for part of a number.
    let is_number = prefix.bytes().all(|byte| byte.is_ascii_digit());
    let prefix = prefix.parse().ok().filter(|prefix| is_number && (1..=longest).contains(prefix));
    let prefix: u8 = prefix.ok_or_else(|| format!("a prefix has 1 to {longest} bits"))?;
    if let IpAddr::V4(address) = address
        && prefix < 31
    {
        let others = u32::MAX >> prefix;
        let own = address.to_bits() & others;
        if own == 0 || own == others {
            return Err(
                "an address of a host in its network is wanted, not the first or the last of it".to_owned()
            );
        }
    }
    Ok(Network { address, prefix })
}

/// An address of a single host.
pub(super) fn single(text: &str) -> Result<IpAddr, String> {
    let address: IpAddr = text.trim().parse().map_err(|_| "an IP address is wanted")?;
    let is_broadcast = address == IpAddr::V4(Ipv4Addr::BROADCAST);
    match address.is_unspecified() || address.is_multicast() || is_broadcast {
        true => Err("an address of a single host is wanted".to_owned()),
        false => Ok(address),
    }
}

/// A name or an address.
pub(super) fn host(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("a name or an address is wanted".to_owned()) } else { Ok(text.to_owned()) }
}

/// A port number.
pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a number from 0 to 65535 is wanted".to_owned())
}

/// A number of threads.
pub(super) fn workers(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|number: &NonZeroUsize| number.get() <= 1_024);
    number.ok_or_else(|| "a number from 1 to 1024 is wanted".to_owned())
}

/// Seconds, with a fraction if need be.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is wanted".to_owned())?;
    if !(0.001..=86_400.0).contains(&seconds) {
        return Err("between 0.001 and 86400 seconds are wanted".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// Seconds, or none at all.
pub(super) fn seconds_or_none(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(0.0) => Ok(Duration::ZERO),
        _ => seconds(text).map_err(|_| "0, or 0.001 to 86400 seconds are wanted".to_owned()),
    }
}

/// Permissions of a file in octal digits.
pub(super) fn mode(text: &str) -> Result<u32, String> {
    let is_octal = (3..=4).contains(&text.len()) && text.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| is_octal && *mode <= 0o777);
    mode.ok_or_else(|| "permissions such as 660 are wanted, in octal digits".to_owned())
}
