//! Conditions, cache rules, and fields that are asked for.

use bantam_tests::serves::on_all;
use serde_json::json;

use super::{get, get_with, json_of};

#[test]
fn any_entity_tag() {
    on_all(|server| {
        for (fields, status) in [
            ("", 200),
            ("If-None-Match: \"abc\"\r\n", 304),
            ("If-None-Match: W/\"abc\"\r\n", 304),
            ("If-None-Match: \"x\", \"abc\"\r\n", 304),
            ("If-None-Match: *\r\n", 304),
            ("If-None-Match: \"x\"\r\n", 200),
            ("If-None-Match: abc\r\n", 200),
            ("If-Match: \"abc\"\r\n", 200),
            ("If-Match: \"x\", \"abc\"\r\n", 200),
            ("If-Match: *\r\n", 200),
            ("If-Match: W/\"abc\"\r\n", 412),
            ("If-Match: \"x\"\r\n", 412),
            ("If-Match: \"abc\"\r\nIf-None-Match: \"abc\"\r\n", 304),
            ("If-Match: \"x\"\r\nIf-None-Match: \"abc\"\r\n", 412),
            ("If-Modified-Since: Mon, 23 Nov 2026 00:00:00 GMT\r\n", 200),
            ("If-Unmodified-Since: Mon, 23 Nov 1970 00:00:00 GMT\r\n", 200),
        ] {
            let answer = get_with(server, "/etag/abc", fields);
            assert_eq!(answer.status, status, "{fields}");
            assert_eq!(answer.field("ETag"), (status != 412).then_some("\"abc\""), "{fields}");
            if status == 200 {
                assert_eq!(json_of(&answer)["url"], "http://a/etag/abc");
            }
        }
        for (tag, status) in
            [("W%2F", 200), ("a,b", 200), ("%C3%A9", 200), ("a%20b", 400), ("%22", 400), ("%0D%0Aa", 400)]
        {
            assert_eq!(get(server, &format!("/etag/{tag}")).status, status, "{tag}");
        }
    });
}

#[test]
fn who_has_something_has_the_latest() {
    on_all(|server| {
        let answer = get(server, "/cache?a=b");
        assert_eq!(json_of(&answer)["args"], json!({ "a": "b" }));
        let (tag, modified) =
            (answer.field("ETag").expect("a tag"), answer.field("Last-Modified").expect("a date"));
        for fields in [
            format!("If-None-Match: {tag}\r\n"),
            format!("If-Modified-Since: {modified}\r\n"),
            "If-None-Match: anything\r\n".to_owned(),
            "If-Modified-Since: yesterday\r\n".to_owned(),
        ] {
            let answer = get_with(server, "/cache", &fields);
            assert_eq!((answer.status, answer.field("ETag")), (304, Some(tag)), "{fields}");
        }
    });
}

#[test]
fn answers_that_may_be_kept() {
    on_all(|server| {
        for seconds in ["0", "60", "4294967295"] {
            let answer = get(server, &format!("/cache/{seconds}"));
            let expected = format!("public, max-age={seconds}");
            assert_eq!((answer.status, answer.field("Cache-Control")), (200, Some(expected.as_str())));
            assert_eq!(json_of(&answer)["url"], format!("http://a/cache/{seconds}"));
        }
        for seconds in ["-1", "x", "4294967296"] {
            assert_eq!(get(server, &format!("/cache/{seconds}")).status, 400, "{seconds}");
        }
    });
}

#[test]
fn fields_that_are_asked_for() {
    on_all(|server| {
        for method in ["GET", "POST"] {
            let request = format!(
                "{method} /response-headers?X-A=1&b=%22+%C3%A9&x-a=2&Empty HTTP/1.1\r\nHost: a\r\n\r\n"
            );
            let answer = server.ask(request.as_bytes());
            let length = answer.content.len().to_string();
            assert_eq!(answer.status, 200, "{answer:?}");
            assert_eq!(answer.field("Content-Length"), Some(length.as_str()));
            let expected = json!({
                "Content-Length": length, "Content-Type": "application/json",
                "X-A": ["1", "2"], "b": "\" \u{e9}", "Empty": "",
            });
            assert_eq!(json_of(&answer), expected);
            let named: Vec<_> =
                answer.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-a")).collect();
            assert_eq!(named, [&("X-A".to_owned(), "1".to_owned()), &("x-a".to_owned(), "2".to_owned())]);
            assert_eq!((answer.field("b"), answer.field("Empty")), (Some("\" \u{e9}"), Some("")));
        }
        // Lengths around those that have another digit.
        for padding in 0..1_000 {
            let answer = get(server, &format!("/response-headers?a={}", "x".repeat(padding)));
            let length = answer.content.len().to_string();
            assert_eq!(
                (answer.status, json_of(&answer)["Content-Length"].as_str()),
                (200, Some(length.as_str()))
            );
        }
        let typed = get(server, "/response-headers?content-type=text/plain%3B+charset%3Dutf-8&a=%3Cb%3E");
        assert_eq!(typed.field("Content-Type"), Some("text/plain; charset=utf-8"));
        assert_eq!(
            typed.text().strip_suffix(r#","Content-Type":"text/plain; charset=utf-8","a":"\u003cb>"}"#),
            Some(format!("{{\"Content-Length\":\"{}\"", typed.content.len()).as_str())
        );
    });
}

#[test]
fn fields_that_could_split_a_message_are_refused() {
    on_all(|server| {
        let long = format!("{}=1", "n".repeat(129));
        for query in [
            "a=b%0D%0ASet-Cookie:%20c=d",
            "a=b%0Ac",
            "a=b%0Dc",
            "a=%7F",
            "a=%01",
            "a%0D%0Ab=c",
            "a%20b=c",
            "a:b=c",
            "=c",
            "%C3%A9=c",
            "Content-Length=5",
            "content-length=0",
            "Transfer-Encoding=chunked",
            "Connection=close",
            "a=1&Content-Length=5&b=2",
            &long,
            &vec!["a=1"; 129].join("&"),
            &format!("Content-Type={}", "t".repeat(200)),
        ] {
            let answer = get(server, &format!("/response-headers?{query}"));
            assert_eq!((answer.status, answer.field("Set-Cookie")), (400, None), "{query}");
            assert!(answer.field("a").is_none(), "{query}: nothing of it is sent");
        }
    });
}
