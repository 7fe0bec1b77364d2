use super::*;
use std::string::{String, ToString};
use std::{format, vec};

fn read(line: &[u8]) -> Result<(Option<Method>, String, String, Version), RequestLineError> {
    let mut buffer = vec![b'#'; 9];
    buffer.extend_from_slice(line);
    let found = parse(line, 9)?;
    let (name, target) = (found.method_name.str_of(&buffer), found.target.whole.str_of(&buffer));
    Ok((found.method, name.to_string(), target.to_string(), found.version))
}

#[test]
fn well_formed_lines() {
    let long = "M".repeat(METHOD_MAX);
    let long_line = format!("{long} / HTTP/1.1");
    let cases: &[(&str, &str, Option<Method>, &str, &str, Version)] = &[
        ("GET", "GET / HTTP/1.1", Some(Method::Get), "GET", "/", Version::Http11),
        ("1.0", "POST /a HTTP/1.0", Some(Method::Post), "POST", "/a", Version::Http10),
        ("1.2 as 1.1", "GET / HTTP/1.2", Some(Method::Get), "GET", "/", Version::Http11),
        ("1.9 as 1.1", "GET / HTTP/1.9", Some(Method::Get), "GET", "/", Version::Http11),
        ("unknown method", "BREW / HTTP/1.1", None, "BREW", "/", Version::Http11),
        ("case matters", "get / HTTP/1.1", None, "get", "/", Version::Http11),
        ("any token", "!a~ / HTTP/1.1", None, "!a~", "/", Version::Http11),
        ("longest method", &long_line, None, &long, "/", Version::Http11),
        ("asterisk", "OPTIONS * HTTP/1.1", Some(Method::Options), "OPTIONS", "*", Version::Http11),
        ("CONNECT", "CONNECT a:1 HTTP/1.1", Some(Method::Connect), "CONNECT", "a:1", Version::Http11),
    ];
    for (name, line, method, method_name, target, version) in cases {
        let expected = (*method, method_name.to_string(), target.to_string(), *version);
        assert_eq!(read(line.as_bytes()), Ok(expected), "{name}");
    }
}

#[test]
fn refused_lines() {
    use RequestLineError::*;
    let too_long = format!("{} / HTTP/1.1", "M".repeat(METHOD_MAX + 1));
    let cases: &[(&str, &[u8], RequestLineError)] = &[
        ("blank first", b" GET / HTTP/1.1", Method { at: 0 }),
        ("no token", b"G(T / HTTP/1.1", Method { at: 1 }),
        ("non-ASCII", b"G\xc3\xa9T / HTTP/1.1", Method { at: 1 }),
        ("tab behind the method", b"GET\t/ HTTP/1.1", Method { at: 3 }),
        ("NUL in the method", b"GE\0T / HTTP/1.1", Method { at: 2 }),
        ("method too long", too_long.as_bytes(), MethodTooLong),
        ("method alone", b"GET", MissingPart),
        ("method and blank", b"GET ", MissingPart),
        ("no version", b"GET /", MissingPart),
        ("two blanks before the target", b"GET  / HTTP/1.1", Target { at: 4, error: TargetError::Form }),
        (
            "two blanks before the version",
            b"GET /  HTTP/1.1",
            Target { at: 4, error: TargetError::Byte { at: 1 } },
        ),
        ("tab before the version", b"GET /\tHTTP/1.1", MissingPart),
        ("blank at the end", b"GET / HTTP/1.1 ", Version),
        ("CR at the end", b"GET / HTTP/1.1\r", Version),
        ("CR in the target", b"GET /\r HTTP/1.1", Target { at: 4, error: TargetError::Byte { at: 1 } }),
        ("no target", b"GET  HTTP/1.1", Target { at: 4, error: TargetError::Empty }),
        ("blank in the target", b"GET /a b HTTP/1.1", Target { at: 4, error: TargetError::Byte { at: 2 } }),
        ("small letters", b"GET / http/1.1", Version),
        ("other protocol", b"GET / HTTPS/1.1", Version),
        ("no minor", b"GET / HTTP/1", Version),
        ("no dot", b"GET / HTTP/11", Version),
        ("two digits", b"GET / HTTP/1.10", Version),
        ("leading zero", b"GET / HTTP/01.1", Version),
        ("comma", b"GET / HTTP/1,1", Version),
        ("letters", b"GET / HTTP/a.b", Version),
        ("HTTP/2", b"GET / HTTP/2.0", UnsupportedVersion),
        ("HTTP/0.9", b"GET / HTTP/0.9", UnsupportedVersion),
        ("HTTP/2 preface", b"PRI * HTTP/2.0", UnsupportedVersion),
        ("version before target", b"GET a HTTP/3.0", UnsupportedVersion),
    ];
    for (name, line, error) in cases {
        assert_eq!(read(line), Err(*error), "{name}");
    }
}

#[test]
fn the_usual_line_is_read_in_one_go_as_it_is_read_in_parts() {
    let usual = [
        "GET / HTTP/1.1",
        "POST /a/b?c=d&e HTTP/1.1",
        "GET /%41.b/...?%20 HTTP/1.1",
        "GET /a-b_c~d!$&'()*+,;=:@?/? HTTP/1.1",
        "GET /a HTTP/1.0",
        "GET http://a/ HTTP/1.1",
        "GET /a#b HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /.. HTTP/1.1",
        "GET /%zz HTTP/1.1",
        "GET /a?%00 HTTP/1.1",
        "GET /\u{e9} HTTP/1.1",
        "GET  HTTP/1.1",
        "GET a HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GETX / HTTP/1.1",
        "PUT / HTTP/1.1",
    ];
    let mut read = 0;
    for line in usual {
        let bytes = [b"####", line.as_bytes(), b"\r\nHost: a\r\n"].concat();
        let mut found = RequestLine::EMPTY;
        if let Some(length) = parse_usual(&bytes[4..], 4, &mut found) {
            assert_eq!(parse(line.as_bytes(), 4), Ok(found), "{line}");
            assert_eq!(length, line.len() + 2, "{line}");
            read += 1;
        } else {
            assert_eq!(found, RequestLine::EMPTY, "{line}");
        }
        for end in 0..line.len() + 2 {
            let mut found = RequestLine::EMPTY;
            let part = &bytes[4..4 + end];
            assert_eq!(parse_usual(part, 4, &mut found), None, "{line} without its end");
            assert_eq!(found, RequestLine::EMPTY, "{line} without its end");
        }
    }
    assert_eq!(read, 4, "the usual lines");
}

#[test]
fn the_method_of_a_refused_line_is_known_once_a_blank_has_ended_it() {
    assert_eq!(method_of(b"HEAD /%zz"), Some(Method::Head));
    for line in [&b"HEAD"[..], b"HEAD\t/", b"HEADX /", b" HEAD /", b""] {
        assert_eq!(method_of(line), None, "{}", line.escape_ascii());
    }
}
