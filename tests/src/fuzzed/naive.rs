//! The grammar, read by somebody who does not care about speed: copies, splits, and the parsers of the standard
//! library. Nothing here calls the code that it is compared with, nor the reference of the simulation: two witnesses who
//! have talked to each other are one.

use core::net::Ipv6Addr;

/// `tchar` (RFC 9110 §5.6.2), spelt out.
const TCHAR: &[u8] = b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// `unreserved` (RFC 3986 §2.3).
const UNRESERVED: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
/// `sub-delims` (RFC 3986 §2.2).
const SUB_DELIMS: &[u8] = b"!$&'()*+,;=";

/// Whether these bytes are a token.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| TCHAR.contains(byte))
}

/// Whether these bytes can stand in a field value.
pub(super) fn is_field_value(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == b'\t' || (32..=126).contains(&byte) || byte >= 128)
}

/// Whether this line is a field line: name and trimmed value of one.
pub(super) fn field_line(line: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let is_good = is_token(name) && name.len() <= 255 && is_field_value(value);
    is_good.then(|| (name.to_vec(), trim(value)))
}

/// These bytes without blanks and tabs around them.
pub(super) fn trim(bytes: &[u8]) -> Vec<u8> {
    let mut trimmed = bytes.to_vec();
    while matches!(trimmed.last(), Some(b' ' | b'\t')) {
        trimmed.pop();
    }
    while matches!(trimmed.first(), Some(b' ' | b'\t')) {
        trimmed.remove(0);
    }
    trimmed
}

/// A number of digits alone, as far as it fits.
pub(super) fn digits(text: &[u8]) -> Option<u128> {
    match !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
        true => core::str::from_utf8(text).ok()?.parse().ok(),
        false => None,
    }
}

/// Whether this is a host with an optional port, as `Host` and an authority have it.
pub(super) fn is_host(value: &[u8]) -> bool {
    let Ok(value) = core::str::from_utf8(value) else { return false };
    let (is_host, port) = match value.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((literal, port)) => (literal.parse::<Ipv6Addr>().is_ok(), port),
            None => return false,
        },
        None => {
            let (name, port) = value.find(':').map_or((value, ""), |colon| value.split_at(colon));
            let is_name_byte =
                |byte| UNRESERVED.contains(&byte) || (SUB_DELIMS.contains(&byte) && byte != b',');
            (!name.is_empty() && name.bytes().all(is_name_byte), port)
        }
    };
    let is_port = match port.strip_prefix(':') {
        None => port.is_empty(),
        Some("") => true,
        Some(port) => port.len() <= 5 && digits(port.as_bytes()).is_some_and(|port| port < 65_536),
    };
    is_host && is_port
}

/// Percent-decodes once; `None` for what is malformed or encodes NUL.
pub(super) fn percent_decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'%' {
            let pair = core::str::from_utf8(text.get(at + 1..at + 3)?).ok()?;
            if !pair.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return None;
            }
            let byte = u8::from_str_radix(pair, 16).ok()?;
            if byte == 0 {
                return None;
            }
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(text[at]);
            at += 1;
        }
    }
    Some(decoded)
}

/// Whether a request of this method may ask for this target.
pub(super) fn is_target(method: &[u8], target: &[u8]) -> bool {
    match (method, target) {
        (b"CONNECT", _) => {
            let colon = target.iter().rposition(|&byte| byte == b':');
            let port = colon.map_or(&b""[..], |colon| &target[colon + 1..]);
            is_host(target) && digits(port).is_some()
        }
        (b"OPTIONS", b"*") => true,
        (_, [b'/', ..]) => is_path_and_query(target),
        _ => {
            let lower = target.to_ascii_lowercase();
            let scheme = [&b"http://"[..], b"https://"].into_iter().find(|scheme| lower.starts_with(scheme));
            let Some(scheme) = scheme else { return false };
            let rest = &target[scheme.len()..];
            let length = rest.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(rest.len());
            is_host(&rest[..length]) && is_path_and_query(&rest[length..])
        }
    }
}

/// `path-abempty [ "?" query ]` without dot segments, however they are written.
fn is_path_and_query(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |&byte| byte == b'?');
    let (path, query) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_good = |text: &[u8], more: &[u8]| {
        let is_raw =
            |byte: &u8| UNRESERVED.contains(byte) || SUB_DELIMS.contains(byte) || more.contains(byte);
        text.iter().all(is_raw) && percent_decoded(text).is_some()
    };
    is_good(path, b":@/%")
        && is_good(query, b":@/?%")
        && percent_decoded(path).is_some_and(|path| !has_dot_segment(&path))
}

/// Whether a decoded path has a segment of one or two dots.
pub(super) fn has_dot_segment(path: &[u8]) -> bool {
    path.split(|&byte| byte == b'/').any(|segment| segment == b"." || segment == b"..")
}

/// Where `needle` stands first.
pub(super) fn find(bytes: &[u8], needle: u8) -> Option<usize> {
    bytes.iter().position(|&byte| byte == needle)
}

/// Bytes as a message shows them.
pub(super) fn show(bytes: &[u8]) -> String {
    format!("{:?}", bytes.escape_ascii().to_string())
}
