//! A request head: the same however it is cut, and what its grammar says.

use bantam_core::limits::Limits;
use bantam_core::parse::field_line::{FieldLine, Known};
use bantam_core::parse::head::{Head, HeadError, HeadParser, Progress};
use bantam_core::parse::request_line::Version;

use super::dice::deliveries;
use super::naive::{self, show};

/// Longest input looked at: enough for every limit below to be passed.
const LONGEST: usize = 4_096;

/// Parses the head at the front of `data`.
///
/// # Panics
/// When the outcome depends on how the bytes are cut or on where the head starts, when a line that has been read is
/// looked at again, when what is accepted or refused is not what a naive reader makes of it, or when an accepted head
/// that is written anew does not read the same.
pub fn check(data: &[u8]) {
    let data = &data[..data.len().min(LONGEST)];
    let tight =
        Limits { request_line: 64, field_section: 160, field_lines: 4, empty_lines: 1, ..Limits::DEFAULT };
    for limits in [&Limits::DEFAULT, &tight] {
        check_with(data, limits);
    }
}

fn check_with(data: &[u8], limits: &Limits) {
    let mut lines = [FieldLine::EMPTY; 100];
    let outcome = HeadParser::at(0).parse(data, &mut lines, limits);
    for (how, pieces) in deliveries(data) {
        let mut others = [FieldLine::EMPTY; 100];
        let other = delivered(&pieces, &mut others, limits);
        assert_eq!(other, outcome, "{how}: {}", show(data));
        if let Ok(Progress::Complete(head)) = outcome {
            let count = usize::from(head.field_lines);
            assert_eq!(others[..count], lines[..count], "field lines {how}: {}", show(data));
        }
    }
    check_elsewhere(data, outcome, &lines, limits);
    match (outcome, naive_head(data, limits)) {
        (Ok(Progress::Complete(head)), Naive::Complete(reading)) => {
            check_accepted(data, &head, &lines, &reading);
        }
        (Ok(Progress::Incomplete), Naive::Incomplete) => {}
        (Err(error), Naive::Refused) => {
            assert!(matches!(error.status().code(), 400 | 414 | 431 | 505), "{error:?}: {}", show(data));
            assert!(!error.reason().is_empty(), "{error:?} has no reason");
        }
        // Refused before the end of a line, which is allowed where no end could mend it.
        (Err(error), Naive::Incomplete) => {
            for end in
                [&b"\r\n\r\n"[..], b" HTTP/1.1\r\n\r\n", b" / HTTP/1.1\r\n\r\n", b":\r\n\r\n", b"\n\r\n"]
            {
                let naive = naive_head(&[data, end].concat(), limits);
                assert!(
                    matches!(naive, Naive::Refused),
                    "{error:?}, with {} it is good: {}",
                    show(end),
                    show(data)
                );
            }
        }
        (outcome, naive) => panic!("{outcome:?}, read naively {naive:?}: {}", show(data)),
    }
}

/// The outcome of bytes that come in pieces. What was looked at is not what it was when more comes: lines that were
/// read are overwritten, and until the end of a line is there its middle is full of line feeds. Who looks at nothing
/// twice, and so costs linear time, does not notice.
fn delivered(pieces: &[&[u8]], lines: &mut [FieldLine], limits: &Limits) -> Result<Progress, HeadError> {
    let mut parser = HeadParser::at(0);
    let mut buffer: Vec<u8> = Vec::new();
    let mut outcome = parser.parse(&buffer, lines, limits);
    for piece in pieces {
        if outcome != Ok(Progress::Incomplete) {
            break;
        }
        let read = buffer.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        buffer[..read].fill(0);
        let searched = buffer.len();
        buffer.extend_from_slice(piece);
        // The front of a line tells its kind, and a parser may step back a little.
        let middle = read + 40..searched.saturating_sub(64);
        if piece.contains(&b'\n') || middle.is_empty() {
            outcome = parser.parse(&buffer, lines, limits);
        } else {
            let mut other = buffer.clone();
            other[middle].fill(b'\n');
            outcome = parser.parse(&other, lines, limits);
        }
    }
    outcome
}

/// The same head behind other bytes of the buffer.
fn check_elsewhere(data: &[u8], outcome: Result<Progress, HeadError>, lines: &[FieldLine], limits: &Limits) {
    const BEFORE: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
    let buffer = [BEFORE, data].concat();
    let mut others = [FieldLine::EMPTY; 100];
    let other = HeadParser::at(BEFORE.len()).parse(&buffer, &mut others, limits);
    match (outcome, other) {
        (Ok(Progress::Complete(head)), Ok(Progress::Complete(other))) => {
            assert_eq!(usize::from(other.end), usize::from(head.end) + BEFORE.len(), "{}", show(data));
            let pair = (read(&head, lines, data), read(&other, &others, &buffer));
            assert_eq!(pair.0, pair.1, "behind other bytes: {}", show(data));
        }
        (Ok(Progress::Incomplete), Ok(Progress::Incomplete)) => {}
        (Err(error), Err(other)) => {
            let pair = ((error.status(), error.reason()), (other.status(), other.reason()));
            assert_eq!(pair.0, pair.1, "behind other bytes: {}", show(data));
        }
        (outcome, other) => panic!("{outcome:?}, and {other:?} behind other bytes: {}", show(data)),
    }
}

/// What a head says, without where it says it.
#[derive(Debug, PartialEq, Eq)]
struct Reading {
    method: Vec<u8>,
    target: Vec<u8>,
    version: Version,
    fields: Vec<(Vec<u8>, Vec<u8>)>,
    end: usize,
}

fn read(head: &Head, lines: &[FieldLine], buffer: &[u8]) -> Reading {
    let fields = lines[..usize::from(head.field_lines)].iter();
    Reading {
        method: head.line.method_name.of(buffer).to_vec(),
        target: head.line.target.whole.of(buffer).to_vec(),
        version: head.line.version,
        fields: fields.map(|line| (line.name(buffer).into(), line.value(buffer).into())).collect(),
        end: 0, // compared on its own
    }
}

fn check_accepted(data: &[u8], head: &Head, lines: &[FieldLine], naive: &Reading) {
    assert_eq!(usize::from(head.end), naive.end, "end of {}", show(data));
    assert!(naive.end <= data.len(), "more consumed than given: {}", show(data));
    let reading = read(head, lines, data);
    assert_eq!(
        reading,
        Reading {
            fields: naive.fields.clone(),
            method: naive.method.clone(),
            target: naive.target.clone(),
            version: naive.version,
            end: 0
        },
        "{}",
        show(data)
    );
    let known = lines[..usize::from(head.field_lines)].iter().map(FieldLine::known);
    for (known, (name, _)) in known.zip(&naive.fields) {
        let name = String::from_utf8_lossy(name).to_lowercase();
        let expected = match name.as_str() {
            "host" => Known::Host,
            "content-length" => Known::ContentLength,
            "transfer-encoding" => Known::TransferEncoding,
            "connection" => Known::Connection,
            "expect" => Known::Expect,
            "content-type" => Known::ContentType,
            "upgrade" => Known::Upgrade,
            "sec-websocket-version" => Known::WebSocketVersion,
            name if name.contains('_') => Known::Underscored,
            _ => Known::Other,
        };
        assert_eq!(known, expected, "{name}");
    }

    let anew = written(&reading);
    let mut lines = [FieldLine::EMPTY; 100];
    let wide = Limits { field_section: u16::MAX, ..Limits::DEFAULT };
    match HeadParser::at(0).parse(&anew, &mut lines, &wide) {
        Ok(Progress::Complete(head)) => {
            assert_eq!(usize::from(head.end), anew.len(), "written anew: {}", show(&anew));
            assert_eq!(read(&head, &lines, &anew), reading, "written anew: {}", show(&anew));
        }
        outcome => panic!("{outcome:?} of what was accepted, written anew: {}", show(&anew)),
    }
}

fn written(reading: &Reading) -> Vec<u8> {
    let version: &[u8] = if reading.version == Version::Http10 { b"HTTP/1.0" } else { b"HTTP/1.1" };
    let mut bytes = [&reading.method[..], b" ", &reading.target, b" ", version, b"\r\n"].concat();
    for (name, value) in &reading.fields {
        bytes.extend([&name[..], b": ", value, b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    bytes
}

#[derive(Debug)]
enum Naive {
    Complete(Reading),
    Incomplete,
    Refused,
}

/// A line at a time, each a copy; the rules in the order of RFC 9112 §2.2, §3 and §5.
fn naive_head(data: &[u8], limits: &Limits) -> Naive {
    let (mut at, mut empty_lines) = (0, 0);
    let request_line = loop {
        let rest = &data[at..];
        if rest.first().is_some_and(|&byte| byte != b'\r' && byte != b'\n' && !naive::is_token(&[byte])) {
            return Naive::Refused;
        }
        match line(rest, usize::from(limits.request_line)) {
            Err(naive) => return naive,
            Ok([]) if empty_lines == limits.empty_lines => return Naive::Refused,
            Ok([]) => {
                empty_lines += 1;
                at += 2;
            }
            Ok(line) => break line,
        }
    };
    let parts: Vec<&[u8]> = request_line.split(|&byte| byte == b' ').collect();
    let [method, target, version] = parts[..] else { return Naive::Refused };
    let version = match version {
        b"HTTP/1.0" => Version::Http10,
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1'..=b'9'] => Version::Http11,
        _ => return Naive::Refused,
    };
    if !naive::is_token(method) || method.len() > 32 || !naive::is_target(method, target) {
        return Naive::Refused;
    }
    at += request_line.len() + 2;
    let mut left = usize::from(limits.field_section);
    let mut fields = Vec::new();
    loop {
        let line = match line(&data[at..], left.saturating_sub(2)) {
            Ok(_) if left < 2 => return Naive::Refused,
            Ok(line) => line,
            Err(naive) => return naive,
        };
        at += line.len() + 2;
        left -= line.len() + 2;
        if line.is_empty() {
            return Naive::Complete(Reading {
                method: method.to_vec(),
                target: target.to_vec(),
                version,
                fields,
                end: at,
            });
        }
        if fields.len() == usize::from(limits.field_lines).min(100) {
            return Naive::Refused;
        }
        match naive::field_line(line) {
            Some(field) => fields.push(field),
            None => return Naive::Refused,
        }
    }
}

/// The line at the front, of at most this length and without its CRLF.
fn line(bytes: &[u8], longest: usize) -> Result<&[u8], Naive> {
    match naive::find(bytes, b'\n') {
        None if bytes.len() > longest + 1 => Err(Naive::Refused), // the last may be CR
        None => Err(Naive::Incomplete),
        Some(end) => match &bytes[..end] {
            [line @ .., b'\r'] if line.len() <= longest => Ok(line),
            _ => Err(Naive::Refused),
        },
    }
}
