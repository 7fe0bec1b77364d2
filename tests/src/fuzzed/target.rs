//! Request targets and percent-encoding: what is accepted, how it is taken apart, and what a handler sees of it.

use bantam_core::message::method::Method;
use bantam_core::message::percent::{Decoded, Encoded, Pairs, PercentError, decode_into, is_well_formed};
use bantam_core::parse::target::{self, Form, Target};
use bantam_core::prelude::*;

use super::naive::{self, show};
use crate::answer::{Answer, Read};
use crate::memory::Memory;

/// Longest input looked at.
const LONGEST: usize = 1_024;

/// Reads `data` as a request target, sends it to a server, and reads it as percent-encoded text.
///
/// # Panics
/// When a naive reader takes it for something else, when its parts are not the whole, or when a handler gets to see a
/// dot segment, NUL, or a text that was decoded twice.
pub fn check(data: &[u8]) {
    let data = &data[..data.len().min(LONGEST)];
    for method in [None, Some(Method::Get), Some(Method::Options), Some(Method::Connect)] {
        check_target(method, data);
    }
    check_percent(data);
    check_pairs(data);
}

fn check_target(method: Option<Method>, bytes: &[u8]) {
    let name = method.map_or("BREW", Method::as_str);
    let buffer = [b"GET ", bytes, b" HTTP/1.1"].concat();
    let here = target::parse(method, bytes, 0);
    let behind = target::parse(method, bytes, 4);
    assert_eq!(here.is_ok(), naive::is_target(name.as_bytes(), bytes), "{name}, {here:?}: {}", show(bytes));
    match (here, behind) {
        (Ok(here), Ok(behind)) => {
            let parts = parts(&here, bytes);
            assert_eq!(parts, self::parts(&behind, &buffer), "elsewhere in the buffer: {}", show(bytes));
            check_parts(&here, &parts, bytes);
            if method == Some(Method::Get) {
                check_routes(&here, bytes);
            }
        }
        (here, behind) => assert_eq!(here, behind, "elsewhere in the buffer: {}", show(bytes)),
    }
}

/// Authority, path and query, as they stand in a buffer.
fn parts<'b>(target: &Target, buffer: &'b [u8]) -> (&'b [u8], &'b [u8], Option<&'b [u8]>) {
    (target.authority.of(buffer), target.path.of(buffer), target.query.map(|query| query.of(buffer)))
}

fn check_parts(target: &Target, parts: &(&[u8], &[u8], Option<&[u8]>), bytes: &[u8]) {
    let (authority, path, query) = *parts;
    assert_eq!(target.whole.of(bytes), bytes, "the whole of {}", show(bytes));
    let query = query.map_or(Vec::new(), |query| [b"?", query].concat());
    let whole = match target.form {
        Form::Origin => [path, &query].concat(),
        Form::Authority => authority.to_vec(),
        Form::Asterisk => b"*".to_vec(),
        Form::Absolute => {
            let scheme = bytes.iter().position(|&byte| byte == b'/').unwrap_or_default();
            [&bytes[..scheme], b"//", authority, path, &query].concat()
        }
    };
    assert_eq!(whole, bytes, "the parts of {target:?}");
    assert_eq!(target.is_encoded, path.contains(&b'%'), "{}", show(bytes));
    assert!(bytes.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#'), "{}", show(bytes));
    let decoded = naive::percent_decoded(path).expect("a well-formed path");
    assert!(!decoded.contains(&0) && !naive::has_dot_segment(&decoded), "{}", show(bytes));
}

/// A parameter of each kind. Handlers answer with it decoded and, behind NUL, as sent.
static ROUTES: Router<(), 5> = Router::new([
    get("/", |_, _, response| response.bytes("", b"root")),
    get("/users/:id", |_, request, response| show_param("id", request, response)),
    get("/users/:id/posts/:post", |_, request, response| show_param("post", request, response)),
    get("/static/*path", |_, request, response| show_param("path", request, response)),
    get("/*rest", |_, request, response| show_param("rest", request, response)),
]);

fn show_param(name: &str, request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    let (decoded, raw) = (request.param::<&str>(name), request.raw_param(name));
    let raw = raw.ok_or(Status::INTERNAL_SERVER_ERROR)?;
    let mut writer = response.writer(name);
    writer.write_bytes(decoded?.as_bytes()).write_bytes(b"\0").write_bytes(raw.as_bytes());
    writer.finish()
}

fn check_routes(target: &Target, bytes: &[u8]) {
    let service = Service::new(&(), &ROUTES);
    let mut server = Memory::<_, _, 2_048, 8_192>::new(&service);
    server.deliver(&[b"GET ", bytes, b" HTTP/1.1\r\nHost: a\r\n\r\n"].concat());
    let answer = match Answer::read(server.output(), "GET", false) {
        Ok(Read::Whole(answer, length)) if length == server.output().len() => answer,
        read => panic!("{read:?} to {}", show(bytes)),
    };
    let is_https = bytes.to_ascii_lowercase().starts_with(b"https:");
    assert_eq!(target.is_https, is_https, "{}", show(bytes));
    if is_https {
        assert_eq!(answer.status, 421, "https without TLS: {}", show(bytes));
        return;
    }
    let path = match target.path.of(bytes) {
        b"" => b"/",
        path => path,
    };
    // Routes are found by the segments as sent, so an encoded slash never splits one.
    let segments: Vec<&[u8]> = path[1..].split(|&byte| byte == b'/').collect();
    let is = |at: usize, text: &[u8]| segments[at] == text;
    let rest = |from: usize| segments[from..].join(&b'/');
    let expected = match segments.len() {
        1 if segments[0].is_empty() => None,
        2 if is(0, b"users") && !segments[1].is_empty() => Some(("id", rest(1))),
        4 if is(0, b"users") && is(2, b"posts") && !segments[1].is_empty() && !segments[3].is_empty() => {
            Some(("post", rest(3)))
        }
        2.. if is(0, b"static") => Some(("path", rest(1))),
        _ => Some(("rest", rest(0))),
    };
    let Some((name, raw)) = expected else {
        assert_eq!(answer.content, b"root", "{}", show(bytes));
        return;
    };
    let decoded = naive::percent_decoded(&raw).expect("a well-formed path");
    if core::str::from_utf8(&decoded).is_err() {
        assert_eq!(answer.status, 400, "a parameter that is no text: {}", show(bytes));
        return;
    }
    assert_eq!(answer.status, 200, "{}: {answer:?}", show(bytes));
    assert_eq!(answer.field("Content-Type"), Some(name), "the route of {}", show(bytes));
    let nul = naive::find(&answer.content, 0).expect("a separator");
    let (seen, raw_seen) = (&answer.content[..nul], &answer.content[nul + 1..]);
    assert_eq!(seen, decoded, "{name} of {}, decoded", show(bytes));
    assert_eq!(raw_seen, raw, "{name} of {}, as sent", show(bytes));
    assert!(!naive::has_dot_segment(seen), "a dot segment in {name} of {}", show(bytes));
}

fn check_percent(text: &[u8]) {
    let naive = naive::percent_decoded(text);
    let mut buffer = vec![0; text.len()];
    let outcome = decode_into(text, &mut buffer);
    assert_eq!(outcome.ok(), naive.as_deref(), "decoded, {}", show(text));
    assert_eq!(is_well_formed(text).is_ok(), naive.is_some(), "well-formed, {}", show(text));
    if let Err(error) = is_well_formed(text) {
        let (PercentError::Truncated { at }
        | PercentError::NotHex { at }
        | PercentError::Nul { at }
        | PercentError::NoSpace { at }) = error;
        assert_eq!(text.get(at), Some(&b'%'), "{error:?} in {}", show(text));
        assert!(
            naive::percent_decoded(&text[..at]).is_some(),
            "{error:?} is not the first in {}",
            show(text)
        );
    }
    let lenient: Vec<u8> = Decoded::new(text).bytes().collect();
    if let Some(naive) = naive {
        assert_eq!(lenient, naive, "decoded as it is read, {}", show(text));
        if !naive.is_empty() {
            let mut small = vec![0; naive.len() - 1];
            let outcome = decode_into(text, &mut small);
            assert!(matches!(outcome, Err(PercentError::NoSpace { .. })), "{outcome:?}: {}", show(text));
        }
    }
    assert_eq!(Decoded::new(text).to_string(), String::from_utf8_lossy(&lenient), "{}", show(text));
    let mut room = vec![0; lenient.len()];
    assert_eq!(
        Decoded::new(text).to_str_in(&mut room),
        core::str::from_utf8(&lenient).ok(),
        "{}",
        show(text)
    );
    if let Some(plain) = Decoded::new(text).as_plain_str() {
        assert_eq!(plain.as_bytes(), lenient, "{}", show(text));
    }

    for (encoded, kept) in [(Encoded::segment(text), &b""[..]), (Encoded::path(text), b"/")] {
        let encoded = encoded.to_string();
        let is_uri =
            |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(byte) || kept.contains(byte);
        assert!(encoded.as_bytes().iter().all(is_uri), "encoded as {encoded:?}");
        let decoded: Vec<u8> = Decoded::new(encoded.as_bytes()).bytes().collect();
        assert_eq!(decoded, text, "encoded as {encoded:?}");
        assert_eq!(naive::percent_decoded(encoded.as_bytes()).is_some(), !text.contains(&0), "{encoded:?}");
    }
}

fn check_pairs(text: &[u8]) {
    let members = text.split(|&byte| byte == b'&').filter(|member| !member.is_empty());
    let naive: Vec<(Vec<u8>, Vec<u8>)> = members
        .map(|member| match naive::find(member, b'=') {
            Some(equals) => (member[..equals].to_vec(), member[equals + 1..].to_vec()),
            None => (member.to_vec(), Vec::new()),
        })
        .collect();
    let pairs = Pairs::new(text).map(|(name, value)| (name.raw().to_vec(), value.raw().to_vec()));
    assert_eq!(pairs.collect::<Vec<_>>(), naive, "pairs of {}", show(text));
    for (name, _) in Pairs::new(text) {
        let spaced: Vec<u8> = name.raw().iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
        if let Some(decoded) = naive::percent_decoded(&spaced) {
            assert!(name.bytes().eq(decoded), "form text {}", show(name.raw()));
        }
    }
}
