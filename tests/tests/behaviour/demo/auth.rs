//! Who is there: Basic and Bearer, asked for by a handler.

use bantam_tests::serves::on_all;
use serde_json::json;

use super::{get_with, json_of};

const DENIED: Option<&str> = Some("Basic realm=\"Fake Realm\", charset=\"UTF-8\"");

#[test]
fn bearer_tokens() {
    on_all(|server| {
        let missing = "Bearer realm=\"Fake Realm\"";
        let malformed = "Bearer realm=\"Fake Realm\", error=\"invalid_request\"";
        for (fields, status, challenge) in [
            ("", 401, missing),
            ("Authorization: Basic YTpi\r\n", 401, missing),
            ("X: Bearer a\r\n", 401, missing),
            ("Authorization: Bearer\r\n", 400, malformed),
            ("Authorization: Bearer a b\r\n", 400, malformed),
            ("Authorization: Bearer a\r\nAuthorization: Bearer a\r\n", 400, malformed),
        ] {
            let answer = get_with(server, "/bearer", fields);
            assert_eq!(
                (answer.status, answer.field("WWW-Authenticate")),
                (status, Some(challenge)),
                "{fields}"
            );
        }
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let answer = get_with(server, "/bearer", &format!("Authorization: {scheme} a.b-c~9/+==\r\n"));
            assert_eq!((answer.status, answer.field("Cache-Control")), (200, Some("no-store")));
            assert_eq!(json_of(&answer), json!({ "authenticated": true, "token": "a.b-c~9/+==" }));
        }
    });
}

#[test]
fn users_and_passwords() {
    on_all(|server| {
        // `a:b`, `Aladdin:open sesame` (RFC 7617 §2), `test:123£` (§2.1), `a:b:c`, `a:`, `:`.
        for (path, credentials, user) in [
            ("/basic-auth/a/b", "YTpi", "a"),
            ("/basic-auth/Aladdin/open%20sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin"),
            ("/basic-auth/test/123%C2%A3", "dGVzdDoxMjPCow==", "test"),
            ("/basic-auth/a/b:c", "YTpiOmM=", "a"),
        ] {
            for scheme in ["Basic", "basic"] {
                let answer = get_with(server, path, &format!("Authorization: {scheme} {credentials}\r\n"));
                assert_eq!((answer.status, answer.field("Cache-Control")), (200, Some("no-store")), "{path}");
                assert_eq!(json_of(&answer), json!({ "authenticated": true, "user": user }), "{path}");
                assert_eq!(answer.field("WWW-Authenticate"), None, "{path}");
            }
        }
    });
}

#[test]
fn others_are_told_what_to_send() {
    on_all(|server| {
        let long = format!("Authorization: Basic {}\r\n", "YTpi".repeat(100));
        for (name, fields, status) in [
            ("nothing", "", 401),
            ("another scheme", "Authorization: Bearer YTpi\r\n", 401),
            ("another user", "Authorization: Basic Yjpi\r\n", 401),
            ("another password", "Authorization: Basic YTpj\r\n", 401),
            ("the beginning of the password", "Authorization: Basic YTo=\r\n", 401),
            ("more than the password", "Authorization: Basic YTpiYg==\r\n", 401),
            ("no colon", "Authorization: Basic YWI=\r\n", 401),
            ("no Base64", "Authorization: Basic a:b\r\n", 401),
            ("no credentials", "Authorization: Basic\r\n", 401),
            ("more than there is room for", &long, 401),
            ("two of them", "Authorization: Basic YTpi\r\nAuthorization: Basic YTpi\r\n", 400),
        ] {
            let answer = get_with(server, "/basic-auth/a/b", fields);
            assert_eq!((answer.status, answer.field("WWW-Authenticate")), (status, DENIED), "{name}");
            assert!(!answer.text().contains("authenticated"), "{name}");
        }
        // A colon ends the user, so that nobody has one with a colon; what is no text is nobody's.
        for (path, status) in
            [("/basic-auth/a:b/c", 401), ("/basic-auth/%FF/b", 400), ("/basic-auth/a/%FF", 400)]
        {
            assert_eq!(get_with(server, path, "Authorization: Basic YTpiOmM=\r\n").status, status, "{path}");
        }
        for path in ["/basic-auth", "/basic-auth/a", "/basic-auth/a/", "/basic-auth//b", "/basic-auth/a/b/c"]
        {
            assert_eq!(get_with(server, path, "Authorization: Basic YTpi\r\n").status, 404, "{path}");
        }
    });
}
