//! Cookies that are shown, set and removed.

use bantam_tests::answer::Answer;
use bantam_tests::serves::on_all;
use serde_json::json;

use super::{get, get_with, json_of};

fn set_cookies(answer: &Answer) -> Vec<&str> {
    let named = answer.fields.iter().filter(|(name, _)| name == "Set-Cookie");
    named.map(|(_, value)| value.as_str()).collect()
}

#[test]
fn shown_as_json() {
    on_all(|server| {
        for (fields, cookies) in [
            ("", json!({})),
            ("Cookie: a=1; b=\"2\"; A=\r\n", json!({ "a": "1", "b": "\"2\"", "A": "" })),
            ("Cookie: a=1; a=2\r\nCookie: c=3; a=4\r\n", json!({ "a": "1", "c": "3" })),
            ("Cookie: nothing; =x; a=b=c; d=\\<\r\n", json!({ "a": "b=c", "d": "\\<" })),
        ] {
            assert_eq!(
                json_of(&get_with(server, "/cookies", fields)),
                json!({ "cookies": cookies }),
                "{fields}"
            );
        }
    });
}

#[test]
fn set_and_removed() {
    on_all(|server| {
        for (path, expected) in [
            ("/cookies/set?a=1", &["a=1; Path=/"][..]),
            ("/cookies/set?a=1&b=&c=%22x%22", &["a=1; Path=/", "b=; Path=/", "c=\"x\"; Path=/"]),
            ("/cookies/set", &[]),
            ("/cookies/set/name/value", &["name=value; Path=/"]),
            ("/cookies/set/a/b%2Fc", &["a=b/c; Path=/"]),
            (
                "/cookies/delete?a&b=x",
                &[
                    "a=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                    "b=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                ],
            ),
            ("/cookies/delete", &[]),
        ] {
            let answer = get(server, path);
            assert_eq!((answer.status, answer.field("Location")), (302, Some("/cookies")), "{path}");
            assert_eq!(set_cookies(&answer), expected, "{path}");
        }
        let long = "v".repeat(1_024);
        assert_eq!(
            set_cookies(&get(server, &format!("/cookies/set?a={long}"))),
            [format!("a={long}; Path=/")]
        );
    });
}

#[test]
fn what_no_cookie_can_be_is_refused() {
    on_all(|server| {
        let long = format!("/cookies/set?a={}", "v".repeat(1_025));
        for path in [
            "/cookies/set?a=b;Path=/x",
            "/cookies/set?a=b%3B+Domain%3Devil",
            "/cookies/set?a=b%0D%0AX:%20y",
            "/cookies/set?a=b+c",
            "/cookies/set?a=b,c",
            "/cookies/set?a=%C3%A9",
            "/cookies/set?a%3Bb=c",
            "/cookies/set?=c",
            "/cookies/set?a=1&b=%0A",
            "/cookies/set/a/b;c",
            "/cookies/set/a%20b/c",
            "/cookies/set/a/%0A",
            "/cookies/delete?a%3B",
            "/cookies/delete?%0A",
            &long,
        ] {
            let answer = get(server, path);
            assert_eq!((answer.status, set_cookies(&answer).len()), (400, 0), "{path}: {answer:?}");
        }
        assert_eq!(get(server, "/cookies/set/a/b/c").status, 404);
    });
}
