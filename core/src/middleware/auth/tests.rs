//! Which `Authorization` counts, and what passes for a preflight.

use std::format;
use std::string::{String, ToString};

use super::bearer::{self, TokenError};
use super::{authorization, is_preflight};
use crate::connection::{Connection, Storage};
use crate::prelude::*;

fn show(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    let found = match authorization(request, "Basic") {
        Ok(Some(text)) => format!("[{}]", String::from_utf8_lossy(text)),
        Ok(None) => "none".to_string(),
        Err(_) => "several".to_string(),
    };
    let token = match bearer::token(request) {
        Ok(token) => token.to_string(),
        Err(TokenError::Missing) => "-".to_string(),
        Err(error) => format!("{error:?}"),
    };
    response.text(&format!("{found} {token} {}", is_preflight(request)))
}

static ROUTES: Router<(), 2> = Router::new([any("/", show), any("/with-content", show)]);

/// What [`show`] sees of a request with these fields.
fn shown(line: &str, fields: &[u8]) -> String {
    let service = Service::new(&(), &ROUTES);
    let mut storage: Storage<NoStream, 1024, 1024, 16> = Storage::new();
    let mut connection = Connection::new(0, None, Instant::ZERO);
    let mut lent = connection.lend(&service, storage.lend(), None);
    let request = [line.as_bytes(), b" HTTP/1.1\r\nHost: a\r\n", fields, b"\r\n"].concat();
    lent.receive_space()[..request.len()].copy_from_slice(&request);
    lent.handle_received(request.len(), Instant::ZERO);
    lent.run_handler(Instant::ZERO, || Instant::ZERO);
    let answer = String::from_utf8(lent.poll_transmit().to_vec()).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_string()
}

#[test]
fn the_one_line_of_the_scheme_counts() {
    let cases: [(&str, &[u8], &str); 17] = [
        ("none", b"", "none -"),
        ("basic", b"Authorization: Basic YTpi\r\n", "[YTpi] -"),
        ("in any case", b"AUTHORIZATION: bAsIc YTpi\r\n", "[YTpi] -"),
        ("several spaces", b"Authorization: Basic   YTpi\r\n", "[YTpi] -"),
        ("a tab is no space", b"Authorization: Basic\tYTpi\r\n", "none -"),
        ("the scheme alone", b"Authorization: Basic\r\n", "[] -"),
        ("nothing", b"Authorization:\r\n", "none -"),
        ("a longer scheme", b"Authorization: Basically YTpi\r\n", "none -"),
        ("a shorter scheme", b"Authorization: Basi YTpi\r\n", "none -"),
        ("bearer", b"Authorization: Bearer abc\r\n", "none abc"),
        ("bearer in any case", b"Authorization: bearer abc\r\n", "none abc"),
        ("bearer alone", b"Authorization: Bearer\r\n", "none Malformed"),
        ("bearer, two tokens", b"Authorization: Bearer abc def\r\n", "none Malformed"),
        ("two schemes", b"Authorization: Basic YTpi\r\nAuthorization: Bearer abc\r\n", "several Several"),
        ("the same twice", b"Authorization: Basic YTpi\r\nauthorization: Basic YTpi\r\n", "several Several"),
        ("one that is not UTF-8", b"Authorization: Basic YTpi\r\nAuthorization: \xff\r\n", "several Several"),
        ("another name", b"Proxy-Authorization: Basic YTpi\r\nX-Authorization: Basic YTpi\r\n", "none -"),
    ];
    for (name, fields, wanted) in cases {
        assert_eq!(shown("GET /", fields), format!("{wanted} false"), "{name}");
    }
    assert_eq!(shown("GET /", b"Authorization_: Basic YTpi\r\n"), "none - false", "an underscore");
}

#[test]
fn a_preflight_is_one_to_the_letter() {
    let both = "Origin: http://b\r\nAccess-Control-Request-Method: PUT\r\n";
    let cases = [
        ("a preflight", "OPTIONS /", both.to_string(), true),
        (
            "with headers",
            "OPTIONS /",
            format!("{both}Access-Control-Request-Headers: authorization\r\n"),
            true,
        ),
        ("without origin", "OPTIONS /", "Access-Control-Request-Method: PUT\r\n".to_string(), false),
        ("without method", "OPTIONS /", "Origin: http://b\r\n".to_string(), false),
        ("another method", "GET /", both.to_string(), false),
        ("with credentials", "OPTIONS /", format!("{both}Authorization: Digest a\r\n"), false),
        ("with content", "OPTIONS /with-content", format!("{both}Content-Length: 0\r\n"), false),
        ("with no fields", "OPTIONS /", String::new(), false),
    ];
    for (name, line, fields, wanted) in cases {
        let seen = shown(line, fields.as_bytes());
        assert!(seen.ends_with(&format!(" {wanted}")), "{name}: {seen}");
    }
}
