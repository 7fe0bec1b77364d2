use super::*;
use crate::parse::request_line::Version;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

const LIMITS: Limits =
    Limits { request_line: 64, field_section: 128, field_lines: 4, empty_lines: 2, ..Limits::DEFAULT };

/// What a parser made of some bytes, without the offsets that depend on where they start.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Incomplete,
    Complete { line: String, fields: Vec<(String, Vec<u8>)>, length: usize },
    Refused(u16, &'static str),
}

/// Feeds `buffer[start..]`, up to the offsets in `cuts` one after the other.
fn feed(buffer: &[u8], start: usize, cuts: impl Iterator<Item = usize>) -> Outcome {
    let mut parser = HeadParser::at(start);
    let mut lines = [FieldLine::EMPTY; 6];
    for filled in cuts {
        let bytes = &buffer[..filled];
        match parser.parse(bytes, &mut lines, &LIMITS) {
            Ok(Progress::Incomplete) => {
                // Nothing is looked at twice, but a CR at the end, which waits for what is behind it.
                let unread = &bytes[usize::from(parser.searched)..];
                assert!(matches!(unread, [] | [b'\r']), "{}", unread.escape_ascii());
                assert!(!bytes[usize::from(parser.line_start)..].contains(&b'\n'));
            }
            Ok(Progress::Complete(head)) => {
                let fields = lines[..usize::from(head.field_lines)].iter();
                let fields = fields.map(|line| (line.name(buffer).to_string(), line.value(buffer).to_vec()));
                let line = head.line;
                let text = [line.method_name, line.target.path].map(|span| span.str_of(buffer)).join(" ");
                let version = if line.version == Version::Http10 { "1.0" } else { "1.1" };
                let length = usize::from(head.end) - start;
                return Outcome::Complete {
                    line: format!("{text} {version}"),
                    fields: fields.collect(),
                    length,
                };
            }
            Err(error) => return Outcome::Refused(error.status().code(), error.reason()),
        }
    }
    Outcome::Incomplete
}

/// The one outcome of `head`, whole and byte by byte, at the front of the buffer and behind other bytes, with and
/// without bytes behind it.
fn outcome(name: &str, head: &[u8]) -> Outcome {
    let expected = feed(head, 0, [head.len()].into_iter());
    for before in [0, 1, 37] {
        for behind in [&b""[..], b"GET /next HTTP/1.1\r\n\r\n", b"\r\n\r\n", b"\n\0\xff"] {
            if expected == Outcome::Incomplete && !behind.is_empty() {
                continue; // what follows would be part of it
            }
            let buffer = [&vec![b'\n'; before], head, behind].concat();
            assert_eq!(feed(&buffer, before, [buffer.len()].into_iter()), expected, "{name}, whole");
            assert_eq!(feed(&buffer, before, before..=buffer.len()), expected, "{name}, byte by byte");
            for cut in before..buffer.len() {
                let cuts = [cut, buffer.len()].into_iter();
                assert_eq!(feed(&buffer, before, cuts), expected, "{name}, cut at {cut}");
            }
        }
    }
    expected
}

fn complete(line: &str, fields: &[(&str, &str)], length: usize) -> Outcome {
    let fields = fields.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    Outcome::Complete { line: line.to_string(), fields, length }
}

#[test]
fn well_formed_heads() {
    let cases: &[(&str, &str, &str, &[(&str, &str)])] = &[
        ("no fields", "GET / HTTP/1.0\r\n\r\n", "GET / 1.0", &[]),
        ("a field", "GET /a HTTP/1.1\r\nHost: b\r\n\r\n", "GET /a 1.1", &[("Host", "b")]),
        (
            "several fields, blanks, same names, empty value",
            "POST /a?q HTTP/1.1\r\nHost:b\r\nX: 1 \r\nx:\t2\r\nY:\r\n\r\n",
            "POST /a 1.1",
            &[("Host", "b"), ("X", "1"), ("x", "2"), ("Y", "")],
        ),
        ("empty line before", "\r\nGET / HTTP/1.1\r\nA: b\r\n\r\n", "GET / 1.1", &[("A", "b")]),
        ("two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", "GET / 1.1", &[]),
        ("unknown method", "BREW / HTTP/1.1\r\n\r\n", "BREW / 1.1", &[]),
    ];
    for (name, head, line, fields) in cases {
        assert_eq!(outcome(name, head.as_bytes()), complete(line, fields, head.len()), "{name}");
    }
}

#[test]
fn unfinished_heads_are_no_errors() {
    let head = b"\r\nGET /path?query HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
    for length in 0..head.len() {
        assert_eq!(outcome("prefix", &head[..length]), Outcome::Incomplete, "{length} bytes");
    }
}

#[test]
fn refused_heads() {
    let cases: &[(&str, &[u8], u16, &str)] = &[
        ("LF behind the request line", b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "a line ends in LF"),
        ("LF behind a field line", b"GET / HTTP/1.1\r\nHost: a\n\r\n", 400, "a line ends in LF"),
        ("LF as the empty line", b"GET / HTTP/1.1\r\nHost: a\r\n\n", 400, "a line ends in LF"),
        ("LF before the request line", b"\nGET / HTTP/1.1\r\n\r\n", 400, "a line ends in LF"),
        ("CR in the request line", b"GET /\rHTTP/1.1\r\n", 400, "a CR stands without LF"),
        ("CR before the request line", b"\rGET / HTTP/1.1\r\n", 400, "a CR stands without LF"),
        ("CR in a name", b"GET / HTTP/1.1\r\nHo\rst: a\r\n", 400, "a CR stands without LF"),
        ("CR in a value", b"GET / HTTP/1.1\r\nHost: a\rb\r\n", 400, "a CR stands without LF"),
        ("two CR", b"GET / HTTP/1.1\r\nHost: a\r\r\n", 400, "a CR stands without LF"),
        ("CR CR LF at the end", b"GET / HTTP/1.1\r\nHost: a\r\n\r\r\n", 400, "a CR stands without LF"),
        ("LF in a name", b"GET / HTTP/1.1\r\nHo\nst: a\r\n", 400, "a line ends in LF"),
        ("NUL in the request line", b"GET /\0 HTTP/1.1\r\n", 400, "the request line has a control byte"),
        ("tab in the request line", b"GET\t/ HTTP/1.1\r\n", 400, "the request line has a control byte"),
        ("a bad name without end", b"GET / HTTP/1.1\r\nHo st", 400, "a blank stands in a field name"),
        ("a bad value without end", b"GET / HTTP/1.1\r\nHost: \x01", 400, "a field value has a control byte"),
        ("a bad name in front of a long line", b"GET / HTTP/1.1\r\n(:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
            aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n",
            400, "a field name has a byte"),
        ("a bad value behind a long line", b"GET / HTTP/1.1\r\nA:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
            aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0\r\n",
            431, "the header section is too large"),
        ("NUL in a value", b"GET / HTTP/1.1\r\nHost: a\0\r\n", 400, "a field value has a control byte"),
        ("folded", b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n", 400, "a field line starts with a blank"),
        (
            "blank before the first name",
            b"GET / HTTP/1.1\r\n Host: a\r\n",
            400,
            "a field line starts with a blank",
        ),
        ("blank before the colon", b"GET / HTTP/1.1\r\nHost : a\r\n", 400, "a blank stands in a field name"),
        ("no colon", b"GET / HTTP/1.1\r\nHost\r\n", 400, "a field line has no colon"),
        ("no name", b"GET / HTTP/1.1\r\n: a\r\n", 400, "a field line has no name"),
        ("TLS handshake", b"\x16\x03\x01\x02\x00\x01", 400, "the method is not a token"),
        ("blank first", b" GET / HTTP/1.1\r\n", 400, "the method is not a token"),
        ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "only HTTP/1.0 and HTTP/1.1"),
        ("HTTP/0.9", b"GET /\r\n", 400, "the request line lacks a part"),
        ("too many empty lines", b"\r\n\r\n\r\n", 400, "too many empty lines"),
        ("too many lines", b"GET / HTTP/1.1\r\na:\r\nb:\r\nc:\r\nd:\r\ne:\r\n", 431, "there are too many"),
    ];
    for (name, head, status, reason) in cases {
        let found = outcome(name, head);
        let Outcome::Refused(code, why) = found else { panic!("{name}: {found:?}") };
        assert_eq!(code, *status, "{name}");
        assert!(why.starts_with(reason), "{name}: {why}");
    }
}

#[test]
fn limits_hold_to_the_byte() {
    let refused = |status, outcome: Outcome| matches!(outcome, Outcome::Refused(code, _) if code == status);
    // The request line: 64 bytes without CRLF.
    let line = |length: usize| format!("GET /{} HTTP/1.1", "a".repeat(length - 14));
    let fits = format!("{}\r\n\r\n", line(64));
    assert!(matches!(outcome("fits", fits.as_bytes()), Outcome::Complete { .. }));
    assert!(refused(414, outcome("line", format!("{}\r\n\r\n", line(65)).as_bytes())));
    assert!(refused(414, outcome("line without end", &line(80).as_bytes()[..66])));
    assert_eq!(outcome("line without end yet", &line(80).as_bytes()[..65]), Outcome::Incomplete);
    // The method: no target too long, since it is none.
    assert!(refused(400, outcome("method", "M".repeat(66).as_bytes())));
    assert!(refused(400, outcome("method", format!("{} / HTTP/1.1\r\n", "M".repeat(33)).as_bytes())));
    // The header section: 128 bytes with all line ends, the last empty line included.
    let section = |length: usize| format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "b".repeat(length - 7));
    assert!(matches!(outcome("fits", section(128).as_bytes()), Outcome::Complete { .. }));
    assert!(refused(431, outcome("section", section(129).as_bytes())));
    let open = section(200);
    assert!(refused(431, outcome("section without end", &open.as_bytes()[..16 + 128])));
    assert_eq!(outcome("section without end yet", &open.as_bytes()[..16 + 127]), Outcome::Incomplete);
    // A name of more than 255 bytes is too large, if it gets as far.
    let mut lines = [FieldLine::EMPTY; 1];
    let name = format!("GET / HTTP/1.1\r\n{}: b\r\n\r\n", "a".repeat(256));
    let error = HeadParser::at(0).parse(name.as_bytes(), &mut lines, &Limits::DEFAULT).unwrap_err();
    assert_eq!(error.status().code(), 431);
}

#[test]
fn the_lent_lines_are_a_limit_too() {
    let mut lines = [FieldLine::EMPTY; 1];
    let head = b"GET / HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n";
    let found = HeadParser::at(0).parse(head, &mut lines, &Limits::DEFAULT);
    assert_eq!(found, Err(HeadError::TooManyFieldLines));
}

#[test]
fn a_full_buffer_is_refused_by_the_part_that_did_not_fit() {
    let cases: &[(&[u8], u16)] = &[
        (b"GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 414),
        (b"GET / HTTP/1.1\r\nA: b", 431),
        (b"MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM", 400),
        (b"\r\n\r\nGET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 414),
    ];
    for (bytes, status) in cases {
        let mut parser = HeadParser::at(0);
        let mut lines = [FieldLine::EMPTY; 4];
        assert_eq!(parser.parse(bytes, &mut lines, &LIMITS), Ok(Progress::Incomplete));
        assert_eq!(parser.overflow(bytes).status().code(), *status, "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_long_head_byte_by_byte_costs_linear_work() {
    let head = format!("GET /{} HTTP/1.1\r\n{}\r\n", "a".repeat(8_000), "A: bcdefgh\r\n".repeat(90));
    let mut parser = HeadParser::at(0);
    let mut lines = [FieldLine::EMPTY; 100];
    let mut work = 0;
    for filled in 1..=head.len() {
        let searched = usize::from(parser.searched);
        work += filled - searched;
        let found = parser.parse(&head.as_bytes()[..filled], &mut lines, &Limits::DEFAULT).unwrap();
        assert_eq!(found == Progress::Incomplete, filled < head.len());
    }
    let returns = head.matches('\r').count();
    assert_eq!(work, head.len() + returns, "bytes looked at, a CR once more when its LF comes");
}

#[test]
fn no_limit_of_request_lines_makes_cuts_count() {
    let heads = [
        "GET / HTTP/1.1\r\nA: b\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\n\r\n",
        "OPTIONSXXX1 / HTTP/1.1\r\n\r\n",
        "HEAD /a HTTP/1.1\r\n\r\n",
        "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / HTTP/1.1\r\n\r\n",
        "GET /%zz HTTP/1.1\r\n\r\n",
        "\r\nGET /\0",
    ];
    for request_line in 0..40 {
        let limits = Limits { request_line, ..Limits::DEFAULT };
        for head in heads {
            let outcome = |cuts: &mut dyn Iterator<Item = usize>| {
                let (mut parser, mut lines) = (HeadParser::at(0), [FieldLine::EMPTY; 4]);
                for filled in cuts {
                    let bytes = &head.as_bytes()[..filled];
                    match parser.parse(bytes, &mut lines, &limits) {
                        Ok(Progress::Incomplete) => {}
                        outcome => {
                            parser.keep_method(bytes, &limits);
                            return (outcome, parser.head().line.method);
                        }
                    }
                }
                (Ok(Progress::Incomplete), None)
            };
            let whole = outcome(&mut [head.len()].into_iter());
            assert_eq!(outcome(&mut (1..=head.len())), whole, "{head:?}, limit {request_line}");
        }
    }
}

#[test]
fn offsets_count_from_the_head_wherever_it_stands() {
    for (head, at) in [
        (&b"GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n"[..], Some(20)),
        (b"\r\nGET /%zz HTTP/1.1\r\n", Some(7)),
        (b"\r\n\r\n\r\n", Some(4)),
        (b"GET / HTTP/1.1\r\nA(: b", Some(17)),
        (b"GET / HTTP/1.1\r\nA: b\rc", Some(20)),
    ] {
        for start in [0, 5, 900] {
            let buffer = [&vec![b'x'; start], head].concat();
            let mut lines = [FieldLine::EMPTY; 4];
            let error = HeadParser::at(start).parse(&buffer, &mut lines, &LIMITS).unwrap_err();
            assert_eq!(error.at(), at, "{} behind {start} bytes", head.escape_ascii());
        }
    }
}

#[test]
fn a_head_of_more_bytes_than_offsets_count_is_refused() {
    let limits = Limits { request_line: u16::MAX, field_section: u16::MAX, ..Limits::DEFAULT };
    let line = vec![b'a'; 70_000];
    let parse = |bytes: &[u8]| {
        HeadParser::at(0)
            .parse(bytes, &mut [FieldLine::EMPTY; 4], &limits)
            .map_err(|error| error.status().code())
    };
    assert_eq!(parse(&[b"GET /", &line[..]].concat()), Err(414));
    assert_eq!(parse(&[b"GET / HTTP/1.1\r\nA: ", &line[..]].concat()), Err(431));
}
