use std::string::ToString;
use std::{format, vec};

use super::super::bearer::TokenError;
use super::{Challenge, is_realm, is_scope};
use crate::bytes::class::FIELD;
use crate::handler::Failure;
use crate::message::status::Status;
use crate::response::Response;

#[test]
fn realms_are_quoted() {
    let cases = [
        ("plain", "bantam", "bantam"),
        ("spaces, also at the ends", " a b ", " a b "),
        ("a quote", r#"a"b"#, r#"a\"b"#),
        ("nothing but quotes", r#""""#, r#"\"\""#),
        ("a backslash", r"a\b", r"a\\b"),
        ("a backslash at the end", r"a\", r"a\\"),
        ("an escape that is none", r#"\"\\"#, r#"\\\"\\\\"#),
        ("what ends other values", "a,b;c=d'", "a,b;c=d'"),
    ];
    for (name, realm, quoted) in cases {
        let basic = Challenge::basic(realm).to_string();
        assert_eq!(basic, format!("Basic realm=\"{quoted}\", charset=\"UTF-8\""), "{name}");
        assert!(FIELD.has_all(basic.as_bytes()), "{name}");
        assert_eq!(Challenge::bearer(realm).to_string(), format!("Bearer realm=\"{quoted}\""), "{name}");
    }
}

#[test]
fn what_no_realm_can_be() {
    for byte in 0..=255u8 {
        let text = format!("a{}b", char::from(byte));
        assert_eq!(is_realm(&text), (b' '..=b'~').contains(&byte), "{text:?}");
    }
    assert!(!is_realm(""));
}

#[test]
fn scopes_are_words_between_single_spaces() {
    let cases = [
        ("one", "read", true),
        ("several", "read write:all https://a/b", true),
        ("none", "", false),
        ("a space", " ", false),
        ("a space in front", " read", false),
        ("a space behind", "read ", false),
        ("two spaces", "read  write", false),
        ("a tab", "read\twrite", false),
        ("a quote", "re\"ad", false),
        ("a backslash", "re\\ad", false),
        ("a line end", "read\n", false),
        ("not ASCII", "r\u{e9}ad", false),
    ];
    for (name, scope, is_good) in cases {
        assert_eq!(is_scope(scope), is_good, "{name}");
    }
    let value = Challenge::bearer("a").with_scope("read write").to_string();
    assert_eq!(value, "Bearer realm=\"a\", scope=\"read write\"");
}

#[test]
fn an_answer_of_a_handler_has_one_challenge_and_the_error() {
    const BASIC: Challenge = Challenge::basic("a");
    const BEARER: Challenge = Challenge::bearer("a").with_scope("s");
    let other = Failure::new(Status::FORBIDDEN, "not a matter of tokens");
    let cases: [(&str, Challenge, Failure, u16, &str); 6] = [
        ("basic", BASIC, Status::UNAUTHORIZED.into(), 401, "Basic realm=\"a\", charset=\"UTF-8\""),
        ("missing", BEARER, TokenError::Missing.into(), 401, "Bearer realm=\"a\", scope=\"s\""),
        (
            "malformed",
            BEARER,
            TokenError::Malformed.into(),
            400,
            "Bearer realm=\"a\", scope=\"s\", error=\"invalid_request\"",
        ),
        (
            "invalid",
            BEARER,
            TokenError::Invalid.into(),
            401,
            "Bearer realm=\"a\", scope=\"s\", error=\"invalid_token\"",
        ),
        (
            "insufficient",
            BEARER,
            TokenError::InsufficientScope.into(),
            403,
            "Bearer realm=\"a\", scope=\"s\", error=\"insufficient_scope\"",
        ),
        ("another failure", BEARER, other, 403, "Bearer realm=\"a\", scope=\"s\""),
    ];
    for (name, challenge, failure, status, value) in cases {
        let mut space = vec![0; 1_024];
        let mut response: Response<'_> = Response::new(&mut space, None, "");
        response.field("X-Half", "done").text("half an answer").unwrap();
        challenge.answer(&mut response, failure).unwrap();
        challenge.complete(&mut response, Some(failure));
        assert_eq!(response.current_status().code(), status, "{name}");
        assert_eq!(response.field_value("WWW-Authenticate"), Some(value), "{name}");
        assert_eq!(response.field_value("X-Half"), None, "{name}");
        response.remove_field("WWW-Authenticate");
        assert_eq!(response.field_value("WWW-Authenticate"), None, "{name}: only one");
    }
}
