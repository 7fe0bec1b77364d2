//! A head, read line by line from text that is all there (RFC 9112 §2 to §5).

use core::net::Ipv6Addr;

use crate::simulation::script::Setup;

/// A head that keeps all rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    /// The method.
    pub(super) method: String,
    /// The request target.
    pub(super) target: Target,
    /// Whether it is HTTP/1.0.
    pub(super) is_http10: bool,
    /// Names and values.
    pub(super) fields: Vec<(String, Vec<u8>)>,
}

/// A request target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// As sent.
    pub(super) whole: String,
    /// The path.
    pub(super) path: String,
    /// What stands behind `?`.
    pub(super) query: Option<String>,
    /// Whether it is one of https.
    pub(super) is_https: bool,
    /// Whether it is `*`, or an absolute target without path, which mean the server as a whole.
    pub(super) is_server: bool,
}

/// Why a head is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The bytes end first.
    Incomplete,
    /// It is refused with this status.
    Refused(u16),
}

const BAD: Stop = Stop::Refused(400);

/// Reads the head at the front of `bytes`; also says where it ends, and the method as soon as a blank has ended it.
/// Bytes are judged in their order: the first that cannot belong to a head decides, or the first beyond a limit.
pub(super) fn read(bytes: &[u8], setup: &Setup, method: &mut String) -> Result<(Head, usize), Stop> {
    let limits = &setup.limits;
    let mut at = 0;
    // RFC 9112 §2.2: a server should ignore at least one empty line before the request line.
    let mut empty_lines = 0;
    let line = loop {
        // What cannot start a method is refused without waiting for a line.
        match bytes.get(at) {
            Some(b'\r' | b'\n') | None => {}
            Some(&byte) if is_tchar(byte) => {}
            Some(_) => return Err(BAD),
        }
        // HEAD is answered without content whatever follows it (RFC 9110 §9.3.2).
        if let Some(blank) = bytes[at..].iter().position(|&byte| byte == b' ')
            && is_token(&bytes[at..at + blank])
        {
            *method = String::from_utf8_lossy(&bytes[at..at + blank]).into_owned();
        }
        // A method has 32 bytes at most; what is longer is no method, and what is not is a long target.
        let is_method = bytes[at..].iter().take(33).all(|&byte| is_tchar(byte));
        let too_long = if is_method { BAD } else { Stop::Refused(414) };
        let end = usize::from(limits.request_line) + 2;
        let line = read_line(&bytes[at..], end.min(setup.receive - at), too_long, |_, byte| {
            // HTAB is for values alone.
            if byte == b'\t' { Err(BAD) } else { Ok(()) }
        })?;
        at += line.len() + 2;
        if !line.is_empty() {
            break line;
        }
        empty_lines += 1;
        if empty_lines > usize::from(limits.empty_lines) {
            return Err(BAD);
        }
    };
    let mut head = request_line(line)?;
    let section = at;
    loop {
        let end = (section + usize::from(limits.field_section)).min(setup.receive);
        let too_large = Stop::Refused(431);
        if at > end {
            return Err(too_large);
        }
        let line = read_line(&bytes[at..], end - at, too_large, |before, byte| {
            // A name is all token up to its colon, and has 255 bytes at most.
            match before.contains(&b':') {
                true => Ok(()),
                false if byte == b':' && before.len() > 255 => Err(too_large),
                false if byte == b':' && !before.is_empty() => Ok(()),
                false if is_tchar(byte) => Ok(()),
                false => Err(BAD),
            }
        })?;
        at += line.len() + 2;
        if line.is_empty() {
            return Ok((head, at));
        }
        if !line.contains(&b':') {
            return Err(BAD);
        }
        if head.fields.len() >= setup.lines.min(usize::from(limits.field_lines)) {
            return Err(too_large);
        }
        head.fields.push(field_line(line).map_err(Stop::Refused)?);
    }
}

/// The line at the front of `bytes`, without CRLF, if that ends within `end` bytes: looks at each byte, and asks
/// `judge`, who knows what stands before it in the line.
fn read_line(
    bytes: &[u8],
    end: usize,
    too_long: Stop,
    judge: impl Fn(&[u8], u8) -> Result<(), Stop>,
) -> Result<&[u8], Stop> {
    for at in 0.. {
        if at >= end {
            return Err(too_long);
        }
        let Some(&byte) = bytes.get(at) else { break };
        let before = &bytes[..at];
        match byte {
            b'\r' if at + 1 >= end => return Err(too_long),
            b'\r' => match bytes.get(at + 1) {
                Some(b'\n') => return Ok(before),
                Some(_) => return Err(BAD), // RFC 9112 §2.2
                None => break,
            },
            b'\n' => return Err(BAD),
            // Of the control bytes, only HTAB may stand in a value (RFC 9110 §5.5).
            b'\t' if before.contains(&b':') && judge(before, byte).is_ok() => {}
            0..b' ' | 0x7f => return Err(BAD),
            _ => judge(before, byte)?,
        }
    }
    Err(Stop::Incomplete)
}

/// `request-line = method SP request-target SP HTTP-version` (RFC 9112 §3).
fn request_line(line: &[u8]) -> Result<Head, Stop> {
    let blank = line.iter().position(|&byte| byte == b' ').ok_or(BAD)?;
    let (method, rest) = (&line[..blank], &line[blank + 1..]);
    if !is_token(method) || method.len() > 32 {
        return Err(BAD);
    }
    let blank = rest.iter().rposition(|&byte| byte == b' ').ok_or(BAD)?;
    let (target, version) = (&rest[..blank], &rest[blank + 1..]);
    // `HTTP-version = HTTP-name "/" DIGIT "." DIGIT` (RFC 9112 §2.3).
    let digits = version.strip_prefix(b"HTTP/").ok_or(BAD)?;
    let is_http10 = match digits {
        b"1.0" => true,
        [b'1', b'.', minor] if minor.is_ascii_digit() => false, // RFC 9110 §2.5
        [major, b'.', minor] if major.is_ascii_digit() && minor.is_ascii_digit() => {
            return Err(Stop::Refused(505));
        }
        _ => return Err(BAD),
    };
    let method = String::from_utf8_lossy(method).into_owned();
    let target = core::str::from_utf8(target).map_err(|_| BAD)?;
    let target = read_target(&method, target).ok_or(BAD)?;
    Ok(Head { method, target, is_http10, fields: Vec::new() })
}

/// The four forms of RFC 9112 §3.2.
fn read_target(method: &str, text: &str) -> Option<Target> {
    let whole = text.to_owned();
    if method == "CONNECT" {
        // §3.2.3: authority form, with the port present.
        let (host, port) = text.rsplit_once(':')?;
        let is_authority = !port.is_empty() && is_host(host.as_bytes()) && is_host(text.as_bytes());
        return is_authority.then(|| Target { whole, ..Target::default() });
    }
    if method == "OPTIONS" && text == "*" {
        return Some(Target { whole, is_server: true, ..Target::default() }); // §3.2.4
    }
    let mut is_https = false;
    let path_and_query = match text.starts_with('/') {
        true => text, // §3.2.1
        false => {
            // §3.2.2
            let (scheme, rest) = text.split_once(':')?;
            is_https = scheme.eq_ignore_ascii_case("https");
            if !scheme.eq_ignore_ascii_case("http") && !is_https {
                return None;
            }
            let rest = rest.strip_prefix("//")?;
            let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            if !is_host(authority.as_bytes()) {
                return None;
            }
            rest
        }
    };
    let (path, query) = match path_and_query.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path_and_query, None),
    };
    if !is_encoded_text(path, "/") || !query.is_none_or(|query| is_encoded_text(query, "/?")) {
        return None;
    }
    // RFC 3986 §5.2.4 has clients remove dot segments; an encoded slash counts, for who decodes before he splits.
    let plain = path.replace("%2F", "/").replace("%2f", "/").replace("%2E", ".").replace("%2e", ".");
    if plain.split('/').any(|segment| segment == "." || segment == "..") {
        return None;
    }
    let is_server = method == "OPTIONS" && path.is_empty();
    let path = if path.is_empty() { "/" } else { path };
    Some(Target { whole, path: path.to_owned(), query: query.map(str::to_owned), is_https, is_server })
}

/// `*( pchar / others )` (RFC 3986 §3.3), without `%00`.
fn is_encoded_text(text: &str, others: &str) -> bool {
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        if next == '%' {
            let digits: String = rest.by_ref().take(2).collect();
            let is_pair = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            if !is_pair || digits == "00" {
                return false;
            }
        } else if !is_unreserved_or_sub_delim(next) && next != ':' && next != '@' && !others.contains(next) {
            return false;
        }
    }
    true
}

fn is_unreserved_or_sub_delim(char: char) -> bool {
    char.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(char)
}

/// `uri-host [ ":" port ]` (RFC 9110 §7.2), not empty, without comma, percent-encoding, zone and `IPvFuture`.
pub(super) fn is_host(bytes: &[u8]) -> bool {
    let Ok(text) = core::str::from_utf8(bytes) else { return false };
    let (host, port) = match text.strip_prefix('[') {
        Some(literal) => {
            let Some((address, port)) = literal.split_once(']') else { return false };
            if address.parse::<Ipv6Addr>().is_err() || !(port.is_empty() || port.starts_with(':')) {
                return false;
            }
            ("literal", port.strip_prefix(':').unwrap_or_default())
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let is_name =
        !host.is_empty() && host.chars().all(|char| char != ',' && is_unreserved_or_sub_delim(char));
    let is_port = port.is_empty()
        || (port.len() <= 5
            && port.bytes().all(|byte| byte.is_ascii_digit())
            && port.parse::<u32>().is_ok_and(|port| port < 65_536));
    is_name && is_port
}

/// `field-line = field-name ":" OWS field-value OWS` (RFC 9112 §5); an error is its status.
pub(super) fn field_line(line: &[u8]) -> Result<(String, Vec<u8>), u16> {
    let colon = line.iter().position(|&byte| byte == b':').ok_or(400_u16)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if !is_token(name) {
        return Err(400); // §5.1, §5.2
    }
    if name.len() > 255 {
        return Err(431);
    }
    if value.iter().any(|&byte| (byte < b' ' && byte != b'\t') || byte == 127) {
        return Err(400); // RFC 9110 §5.5
    }
    Ok((String::from_utf8_lossy(name).into_owned(), trim(value).to_vec()))
}

/// `bytes` without optional white space around them.
pub(super) fn trim(bytes: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let start = bytes.iter().position(|byte| !is_blank(byte)).unwrap_or(bytes.len());
    let end = bytes.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    &bytes[start..end]
}

/// `token = 1*tchar` (RFC 9110 §5.6.2).
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_tchar(byte))
}

/// A byte of a token.
pub(super) fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
