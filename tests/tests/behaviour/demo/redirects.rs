//! Redirections.

use bantam_tests::serves::on_all;

use super::get;

#[test]
fn a_chain_counts_down() {
    on_all(|server| {
        let mut path = "/redirect/5".to_owned();
        for left in (0..5).rev() {
            let answer = get(server, &path);
            assert_eq!((answer.status, answer.content.len()), (302, 0), "{path}");
            let expected = if left == 0 { "/get".to_owned() } else { format!("/redirect/{left}") };
            assert_eq!(answer.field("Location"), Some(expected.as_str()), "{path}");
            path = expected;
        }
        assert_eq!(get(server, &path).status, 200);
        assert_eq!(get(server, "/redirect/4294967295").field("Location"), Some("/redirect/4294967294"));
        for number in ["0", "-1", "x", "4294967296"] {
            assert_eq!(get(server, &format!("/redirect/{number}")).status, 400, "{number}");
        }
    });
}

#[test]
fn to_any_place() {
    on_all(|server| {
        for (query, status, location) in [
            ("url=/get", 302, Some("/get")),
            ("url=http%3A%2F%2Fexample.com%2F%3Fa%3Db%26c", 302, Some("http://example.com/?a=b&c")),
            ("url=http://example.com/%2520", 302, Some("http://example.com/%20")),
            ("status_code=301&url=a", 301, Some("a")),
            ("url=a&status_code=303", 303, Some("a")),
            ("url=a&status_code=307", 307, Some("a")),
            ("url=a&status_code=308", 308, Some("a")),
            ("url=a&url=b", 302, Some("a")),
            ("", 400, None),
            ("url", 400, None),
            ("url=", 400, None),
            ("URL=/get", 400, None),
            ("url=a+b", 400, None),
            ("url=a%20b", 400, None),
            ("url=/%0D%0ASet-Cookie:%20a=b", 400, None),
            ("url=/%0Aa", 400, None),
            ("url=/%7F", 400, None),
            ("url=/%C3%A9", 400, None),
            ("url=a&status_code=200", 400, None),
            ("url=a&status_code=300", 400, None),
            ("url=a&status_code=304", 400, None),
            ("url=a&status_code=305", 400, None),
            ("url=a&status_code=x", 400, None),
            ("url=a&status_code=65837", 400, None),
        ] {
            let answer = get(server, &format!("/redirect-to?{query}"));
            assert_eq!((answer.status, answer.field("Location")), (status, location), "{query}");
            assert_eq!(answer.field("Set-Cookie"), None, "{query}");
        }
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let request = format!("{method} /redirect-to?url=/a&status_code=307 HTTP/1.1\r\nHost: a\r\n\r\n");
            assert_eq!(server.ask(request.as_bytes()).status, 307, "{method}");
        }
        let long = "x".repeat(8_000);
        let answer = get(server, &format!("/redirect-to?url={long}"));
        assert_eq!((answer.status, answer.field("Location")), (302, Some(long.as_str())));
    });
}
