//! Field values: lengths and codings, hosts, lists, cookies and media types, beside naive readings of the same text.

use bantam_core::bytes::number::{content_length, decimal};
use bantam_core::framing::{self, BodyLength};
use bantam_core::limits::Limits;
use bantam_core::message::cookie::{self, SetCookie};
use bantam_core::message::media_type;
use bantam_core::parse::field_line::FieldLine;
use bantam_core::parse::head::{HeadParser, Progress};
use bantam_core::parse::request_line::Version;
use bantam_core::parse::{host, list};

use super::naive::{self, show};

/// Longest input looked at.
const LONGEST: usize = 4_096;

/// Reads `data` as a header section without its last empty line, and every value in it as each kind of field.
///
/// # Panics
/// When a naive reader takes a value for something else.
pub fn check(data: &[u8]) {
    let data = &data[..data.len().min(LONGEST)];
    let message = [b"POST / HTTP/1.1\r\n", data, b"\r\n\r\n"].concat();
    let mut lines = [FieldLine::EMPTY; 100];
    if let Ok(Progress::Complete(head)) = HeadParser::at(0).parse(&message, &mut lines, &Limits::DEFAULT) {
        let lines = &lines[..usize::from(head.field_lines)];
        for version in [Version::Http10, Version::Http11] {
            check_framing(version, lines, &message);
        }
    }
    // The values of whatever looks like a field line, also of those that a head may not have.
    for line in data.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let value = naive::find(line, b':').map_or(line, |colon| &line[colon + 1..]);
        check_value(&naive::trim(value));
    }
}

fn check_framing(version: Version, lines: &[FieldLine], message: &[u8]) {
    let named = |name: &str| {
        let lines = lines.iter().filter(|line| line.name(message).eq_ignore_ascii_case(name));
        lines.map(|line| line.value(message).to_vec()).collect::<Vec<_>>()
    };
    let (lengths, codings) = (named("Content-Length"), named("Transfer-Encoding"));
    let members: Vec<Vec<u8>> =
        codings.join(&b","[..]).split(|&byte| byte == b',').map(naive::trim).collect();
    let is_chunked = |member: &[u8]| member.eq_ignore_ascii_case(b"chunked");
    let length = match &lengths[..] {
        [length] => naive::digits(length).filter(|number| number.to_string().as_bytes() == length),
        _ => None,
    };
    let naive = match (lengths.len(), codings.len(), length, &members[..]) {
        (0, 0, ..) => Some(BodyLength::Empty),
        (1, 0, Some(length), _) => u64::try_from(length).ok().map(BodyLength::Sized),
        (0, 1.., _, [member]) if is_chunked(member) && version == Version::Http11 => {
            Some(BodyLength::Chunked)
        }
        _ => None,
    };
    let outcome = framing::body_length(version, lines, message);
    assert_eq!(outcome.ok(), naive, "{version:?}, {outcome:?}: {}", show(message));
    if let Err(error) = outcome {
        let is_unknown = error.status().code() == 501;
        assert!(is_unknown || error.status().code() == 400, "{error:?}");
        if is_unknown {
            // A list that is read to its end: chunked stands there, once, and something unknown before it.
            let (last, before) = members.split_last().expect("a coding");
            let is_list =
                is_chunked(last) && !before.is_empty() && !before.iter().any(|member| is_chunked(member));
            assert!(is_list && version == Version::Http11 && lengths.is_empty(), "501: {}", show(message));
        }
    }
}

fn check_value(value: &[u8]) {
    check_numbers(value);
    check_hosts(value);
    check_lists(value);
    if let Ok(value) = core::str::from_utf8(value) {
        check_cookies(value);
    }
    check_media_types(value);
}

fn check_numbers(value: &[u8]) {
    let naive = naive::digits(value).and_then(|number| u64::try_from(number).ok());
    // Beyond 2^128 the naive parser gives up, as the other must have long before.
    assert_eq!(decimal(value), naive, "decimal {}", show(value));
    let naive = naive.filter(|number| number.to_string().as_bytes() == value);
    assert_eq!(content_length(value), naive, "length {}", show(value));
}

fn check_hosts(value: &[u8]) {
    let is_valid = host::is_valid(value);
    assert_eq!(is_valid, naive::is_host(value), "host {}", show(value));
    if is_valid {
        let is_harmless = !value.iter().any(|byte| b"/\\@?#%, \t\"<>".contains(byte)) && value.is_ascii();
        assert!(is_harmless, "host {}", show(value));
    }
    let port = value.iter().rposition(|&byte| byte == b':').map_or(&b""[..], |colon| &value[colon + 1..]);
    let has_port = is_valid && naive::digits(port).is_some();
    assert_eq!(host::is_valid_with_port(value), has_port, "host with port {}", show(value));
}

fn check_lists(value: &[u8]) {
    let members: Vec<Vec<u8>> = list::members(value).map(<[u8]>::to_vec).collect();
    let mut naive: Vec<Vec<u8>> = value.split(|&byte| byte == b',').map(naive::trim).collect();
    naive.retain(|member| !member.is_empty());
    assert_eq!(members, naive, "list {}", show(value));
    assert_eq!(list::trim(value), naive::trim(value));
    let joined = members.join(&b" ,\t,"[..]);
    assert!(
        list::members(&joined).eq(members.iter().map(Vec::as_slice)),
        "list written anew {}",
        show(&joined)
    );
}

fn check_cookies(value: &str) {
    let pairs: Vec<(&str, &str)> = cookie::pairs(value).collect();
    let mut naive = Vec::new();
    for member in value.split(';') {
        if let Some(equals) = member.find('=') {
            let (name, value) =
                (naive::trim(&member.as_bytes()[..equals]), naive::trim(&member.as_bytes()[equals + 1..]));
            if !name.is_empty() {
                naive.push((name, value));
            }
        }
    }
    let as_bytes: Vec<_> =
        pairs.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
    assert_eq!(as_bytes, naive, "cookies {value:?}");
    let anew: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert!(cookie::pairs(&anew.join("; ")).eq(pairs.iter().copied()), "cookies written anew {anew:?}");

    for (name, value) in pairs {
        let cookie = SetCookie::new(name, value).path(value).max_age(1);
        if cookie.is_valid() {
            // A browser finds what was put in, and no attribute that was not.
            let written = cookie.to_string();
            let parts: Vec<&str> = written.split("; ").collect();
            let (pair, path) = (format!("{name}={value}"), format!("Path={value}"));
            assert_eq!(parts, [&pair[..], &path, "Max-Age=1"], "Set-Cookie {written:?}");
            assert!(
                naive::is_field_value(written.as_bytes()) && !written.contains(','),
                "Set-Cookie {written:?}"
            );
        }
    }
}

fn check_media_types(value: &[u8]) {
    let media_type = media_type::by_extension(value);
    let essence = media_type.split(';').next().unwrap_or_default();
    let is_type = essence
        .split_once('/')
        .is_some_and(|(kind, name)| naive::is_token(kind.as_bytes()) && naive::is_token(name.as_bytes()));
    assert!(is_type, "media type {media_type:?}");
    let upper = value.to_ascii_uppercase();
    assert_eq!(media_type::by_extension(upper), media_type, "in upper case {}", show(value));
    let beneath = [b"/folder.zip/", value].concat();
    assert_eq!(media_type::by_extension(beneath), media_type, "in a folder {}", show(value));
    if !value.contains(&b'.') {
        assert_eq!(media_type, media_type::OCTET_STREAM, "no extension {}", show(value));
    }
}
