//! Requests described as JSON, in the shapes of httpbin.

use bantam_core::limits::Limits;
use bantam_tests::app::demo;
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::{Serves, on_all};
use serde_json::{Value, json};

use super::{get, get_with, json_of};

/// What is known of where a request came from: nothing in memory, an address over a network.
fn origin(server: &dyn Serves) -> Value {
    server.origin().map_or(Value::Null, Value::from)
}

fn send(server: &mut dyn Serves, method: &str, path: &str, content_type: &str, content: &[u8]) -> Value {
    let length = content.len();
    let typed =
        if content_type.is_empty() { String::new() } else { format!("Content-Type: {content_type}\r\n") };
    let head = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{typed}Content-Length: {length}\r\n\r\n");
    let answer = server.ask(&[head.as_bytes(), content].concat());
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.field("Content-Length"), Some(answer.content.len().to_string().as_str()));
    json_of(&answer)
}

#[test]
fn get_shows_query_fields_origin_and_url() {
    on_all(|server| {
        let fields = "X-One: 1\r\nx-two: a, b\r\nX-ONE: 2\r\nEmpty:\r\nUser-Agent: t/1\r\n";
        let answer = get_with(server, "/get?b=2&a=%C3%A9+x&b=&c&%62=3&=d&&q=%22%5c%3C", fields);
        let expected = json!({
            "args": { "b": ["2", "", "3"], "a": "\u{e9} x", "c": "", "": "d", "q": "\"\\<" },
            "headers": { "Host": "a", "X-One": "1,2", "x-two": "a, b", "Empty": "", "User-Agent": "t/1" },
            "origin": origin(server),
            "url": "http://a/get?b=2&a=%C3%A9+x&b=&c&%62=3&=d&&q=%22%5c%3C",
        });
        assert_eq!((answer.status, json_of(&answer)), (200, expected));
        let expected = json!({ "args": {}, "headers": { "Host": "a" }, "origin": origin(server), "url": "http://a/get" });
        assert_eq!(json_of(&get(server, "/get")), expected);
        // Targets in absolute form, and bytes that are no UTF-8.
        let answer =
            server.ask(b"GET http://b:80/get?%FF=%C3 HTTP/1.1\r\nHost: b:80\r\nX: \xff\xc3\xa9\r\n\r\n");
        let described = json_of(&answer);
        assert_eq!(described["url"], "http://b:80/get?%FF=%C3");
        assert_eq!(described["args"], json!({ "\u{fffd}": "\u{fffd}" }));
        assert_eq!(described["headers"], json!({ "Host": "b:80", "X": "\u{fffd}\u{e9}" }));
    });
}

#[test]
fn parts_of_it_have_paths_of_their_own() {
    on_all(|server| {
        let headers = json_of(&get_with(server, "/headers", "X: 1\r\nx: 2\r\n"));
        assert_eq!(headers, json!({ "headers": { "Host": "a", "X": "1,2" } }));
        assert_eq!(json_of(&get(server, "/ip")), json!({ "origin": origin(server) }));
        let claimed = json_of(&get_with(server, "/ip", "X-Forwarded-For: 192.0.2.1\r\n"));
        assert_eq!(claimed, json!({ "origin": origin(server) }), "what a field claims is not believed");
        let agent = json_of(&get_with(server, "/user-agent", "User-Agent: \"t\"\\1\r\n"));
        assert_eq!(agent, json!({ "user-agent": "\"t\"\\1" }));
        assert_eq!(json_of(&get(server, "/user-agent")), json!({ "user-agent": null }));
    });
}

#[test]
fn content_is_shown_as_what_it_is() {
    on_all(|server| {
        let form = "application/x-www-form-urlencoded";
        let multipart = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n";
        let cases: [(&str, &[u8], Value, Value, Value); 14] = [
            ("", b"", json!(""), json!({}), json!(null)),
            ("text/plain", b"to be\n", json!("to be\n"), json!({}), json!(null)),
            ("text/plain", b"\"\\\x00\x1f</", json!("\"\\\0\u{1f}</"), json!({}), json!(null)),
            (
                "application/json",
                b" {\"a\": [1, \"\\u00e9<\"]} ",
                json!(" {\"a\": [1, \"\\u00e9<\"]} "),
                json!({}),
                json!({ "a": [1, "\u{e9}<"] }),
            ),
            ("text/plain", b"12", json!("12"), json!({}), json!(12)),
            ("", b"null", json!("null"), json!({}), json!(null)),
            ("application/json", b"{\"a\": }", json!("{\"a\": }"), json!({}), json!(null)),
            ("application/json", b"1, \"json\": 2", json!("1, \"json\": 2"), json!({}), json!(null)),
            (
                "application/json",
                b"\"\xff\"",
                json!("data:application/octet-stream;base64,Iv8i"),
                json!({}),
                json!(null),
            ),
            ("", b"\x00\xff", json!("data:application/octet-stream;base64,AP8="), json!({}), json!(null)),
            (form, b"a=1&b=%20+&a=", json!(""), json!({ "a": ["1", ""], "b": "  " }), json!(null)),
            (
                "Application/X-WWW-Form-urlencoded; charset=utf-8",
                b"12",
                json!(""),
                json!({ "12": "" }),
                json!(null),
            ),
            (form, b"", json!(""), json!({}), json!(null)),
            (
                "multipart/form-data; boundary=b",
                multipart.as_bytes(),
                json!(multipart),
                json!({}),
                json!(null),
            ),
        ];
        for (content_type, content, data, form, json) in cases {
            for (method, path) in [
                ("POST", "/post"),
                ("PUT", "/put"),
                ("PATCH", "/patch"),
                ("DELETE", "/delete"),
                ("PUT", "/anything"),
            ] {
                let path = format!("{path}?q=1");
                let described = send(server, method, &path, content_type, content);
                let name = format!("{method} {content_type}: {}", content.escape_ascii());
                let mut headers = json!({ "Host": "a", "Content-Length": content.len().to_string() });
                if !content_type.is_empty() {
                    headers["Content-Type"] = json!(content_type);
                }
                let mut expected = json!({
                    "args": { "q": "1" }, "data": data, "files": {}, "form": form, "headers": headers, "json": json,
                    "origin": origin(server), "url": format!("http://a{path}"),
                });
                if path.starts_with("/anything") {
                    expected["method"] = json!(method);
                }
                assert_eq!(described, expected, "{name}");
            }
        }
    });
}

#[test]
fn anything_has_every_method_and_path() {
    on_all(|server| {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            for path in ["/anything", "/anything/", "/anything/a/b%2Fc//d?e"] {
                let described = send(server, method, path, "", b"");
                assert_eq!(
                    (&described["method"], &described["url"]),
                    (&json!(method), &json!(format!("http://a{path}")))
                );
            }
        }
        for (method, path) in [
            ("GET", "/post"),
            ("POST", "/get"),
            ("PUT", "/patch"),
            ("POST", "/headers"),
            ("TRACE", "/anything"),
        ] {
            let answer = server.ask(format!("{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
            assert_eq!(answer.status, 405, "{method} {path}");
        }
    });
}

/// Neither buffer bounds what can be described; content alone has to fit the receive buffer.
#[test]
fn long_requests_are_described_whole() {
    fn check(server: &mut dyn Serves, room: usize) {
        for length in [12, 700, 4_000, 20_000, 32_000].into_iter().filter(|length| length + 200 < room) {
            // Text that grows sixfold, bytes that become base64, JSON that is shown twice.
            let text = "\u{1}\"<".repeat(length / 3);
            assert_eq!(send(server, "POST", "/post", "", text.as_bytes())["data"], json!(text), "{length}");
            let binary = vec![0xff; length];
            let data = send(server, "POST", "/post", "", &binary)["data"].take();
            let encoded =
                data.as_str().and_then(|data| data.strip_prefix("data:application/octet-stream;base64,"));
            assert_eq!(encoded.map(str::len), Some(length.div_ceil(3) * 4), "{length}");
            let json = json!({ "long": "x".repeat(length - 11) }).to_string();
            let described = send(server, "POST", "/anything", "application/json", json.as_bytes());
            assert_eq!(described["data"], json!(json), "{length}");
            assert_eq!(described["json"]["long"].as_str().map(str::len), Some(length - 11), "{length}");
        }
        let fields: String =
            (0..100).map(|number| format!("X-{number}: {}\r\n", "\"".repeat(room / 260))).collect();
        let described = json_of(&get_with(server, "/get", &fields));
        assert_eq!(described["headers"].as_object().map(serde_json::Map::len), Some(101));
        assert_eq!(described["headers"]["X-99"], json!("\"".repeat(room / 260)));
        let value = "x".repeat((room / 5).min(3_800));
        let described = json_of(&get(server, &format!("/get?a={value}&a={value}")));
        assert_eq!(described["args"]["a"], json!([value, value]));
    }
    let service = demo(Limits::DEFAULT);
    check(&mut Memory::<_, _>::new(&service), 32_768);
    check(&mut Memory::<_, _, 8_192, 1_024>::new(&service), 8_192);
    check(&mut Memory::<_, _, 4_096, 512>::new(&service), 4_096);
    let mut steps = Memory::<_, _, 4_096, 1_024>::new(&service);
    steps.step = 7;
    check(&mut steps, 4_096);
    check(&mut Running::start(demo(Limits::DEFAULT)), 32_768);
}

#[test]
fn what_cannot_be_described_is_refused() {
    on_all(|server| {
        let members = |count: usize| vec!["a"; count].join("&");
        for (path, status) in [("/get", 200), ("/stream/1", 200), ("/anything", 200), ("/delay/0", 200)] {
            assert_eq!(get(server, &format!("{path}?{}", members(128))).status, status, "{path}");
            assert_eq!(get(server, &format!("{path}?{}", members(129))).status, 400, "{path}");
        }
        assert_eq!(get(server, &format!("/headers?{}", members(129))).status, 200);
        let cookies = |count: usize| format!("Cookie: {}\r\n", vec!["a=1"; count].join("; "));
        assert_eq!(get_with(server, "/cookies", &cookies(128)).status, 200);
        assert_eq!(get_with(server, "/cookies", &cookies(129)).status, 400);
        let mut form = |content: &str| {
            let length = content.len();
            let kind = "Content-Type: application/x-www-form-urlencoded\r\n";
            let head =
                format!("POST /post HTTP/1.1\r\nHost: a\r\n{kind}Content-Length: {length}\r\n\r\n{content}");
            server.ask(head.as_bytes())
        };
        assert_eq!(form(&members(128)).status, 200);
        assert_eq!(form(&members(129)).status, 400);
        let malformed = form("a=1&b=%zz");
        assert_eq!(malformed.status, 400);
        assert!(malformed.text().contains('6'), "the place is told: {malformed:?}");
    });
}

#[test]
fn content_has_to_fit_the_receive_buffer() {
    on_all(|server| {
        for (method, path) in [
            ("POST", "/post"),
            ("PUT", "/put"),
            ("PATCH", "/patch"),
            ("DELETE", "/delete"),
            ("POST", "/anything/a"),
            ("POST", "/delay/1"),
        ] {
            let mut request =
                format!("{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n").into_bytes();
            request.resize(request.len() + 40_000, b'x');
            assert_eq!(server.ask(&request).status, 413, "{method} {path}");
        }
    });
}
