//! The demo application to the letter: other programs are written against these answers.

mod auth;
mod caching;
mod chain;
mod content;
mod cookies;
mod gzip;
mod ranges;
mod redirects;
mod requests;
mod status;
mod users;

use std::collections::BTreeSet;

use bantam_core::limits::Limits;
use bantam_tests::answer::{self, Answer};
use bantam_tests::app::{PATHS, demo};
use bantam_tests::memory::Memory;
use bantam_tests::serves::{HELLO, LAST, Serves, on_all};
use serde_json::{Value, json};

const PAGE: &[u8] = include_bytes!("../../../demo/assets/welcome.html");
const HELLO_FILE: &[u8] = include_bytes!("../../../demo/assets/hello.txt");
const PICTURE: &[u8] = include_bytes!("../../../demo/assets/bantam.svg");

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

fn get(server: &mut dyn Serves, path: &str) -> Answer {
    get_with(server, path, "")
}

fn get_with(server: &mut dyn Serves, path: &str, fields: &str) -> Answer {
    server.ask(format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes())
}

fn assert_content(answer: &Answer, status: u16, content_type: &str, content: &[u8]) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.field("Content-Type"), Some(content_type), "{answer:?}");
    assert!(answer.content == content, "{answer:?}");
    assert!(answer.field("Date").is_some() && answer.field("Server") == Some("bantam"), "{answer:?}");
}

fn json_of(answer: &Answer) -> Value {
    assert_eq!(answer.field("Content-Type"), Some(JSON), "{answer:?}");
    serde_json::from_slice(&answer.content).expect("content is JSON")
}

#[test]
fn the_welcome_page() {
    on_all(|server| {
        let page = get(server, "/");
        assert_content(&page, 200, HTML, PAGE);
        assert_eq!(page.field("Cache-Control"), Some("no-cache"));
        let tag = page.field("ETag").expect("an entity tag");
        assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"') && !tag.contains('\\'), "{tag}");
        assert_eq!(page.field("Last-Modified"), Some("Mon, 23 Nov 2026 00:00:00 GMT"));
        for route in bantam_demo::ROUTES.table().iter() {
            let pattern = route.pattern().to_string();
            let pattern = pattern.trim_end_matches("*path");
            assert!(page.text().contains(&format!("<code>{pattern}")), "the page does not mention {pattern}");
        }
    });
}

/// Whether every link of the page leads somewhere.
#[test]
fn the_welcome_page_has_working_links() {
    on_all(|server| {
        let page = get(server, "/");
        let links: BTreeSet<_> = page
            .text()
            .split("href=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|link| !link.starts_with('#'))
            .collect();
        assert!(links.len() > 30, "{links:?}");
        for link in links {
            let link = link.replace("&amp;", "&");
            // What waits on purpose is not waited for here.
            let answer = server.ask(format!("HEAD {link} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
            let is_meant = link.starts_with("/status/")
                || matches!(link.as_str(), "/bearer" | "/basic-auth/user/secret");
            assert!(answer.status < 400 || is_meant, "{link}: {answer:?}");
        }
    });
}

#[test]
fn the_welcome_page_is_not_sent_to_those_who_have_it() {
    on_all(|server| {
        let page = get(server, "/");
        let tag = page.field("ETag").expect("an entity tag").to_owned();
        let modified = page.field("Last-Modified").expect("a date").to_owned();
        for (fields, status) in [
            (format!("If-None-Match: {tag}\r\n"), 304),
            (format!("If-None-Match: W/{tag}\r\n"), 304),
            (format!("If-None-Match: \"other\", {tag}\r\n"), 304),
            (format!("If-None-Match: \"other\"\r\nIf-None-Match: {tag}\r\n"), 304),
            ("If-None-Match: *\r\n".to_owned(), 304),
            ("If-None-Match: \"other\"\r\n".to_owned(), 200),
            (format!("If-Modified-Since: {modified}\r\n"), 304),
            ("If-Modified-Since: Sun, 22 Nov 2026 00:00:00 GMT\r\n".to_owned(), 200),
            ("If-Modified-Since: yesterday\r\n".to_owned(), 200),
            (format!("If-None-Match: \"other\"\r\nIf-Modified-Since: {modified}\r\n"), 200),
            (format!("If-Match: {tag}\r\n"), 200),
            ("If-Match: *\r\n".to_owned(), 200),
            ("If-Match: \"other\"\r\n".to_owned(), 412),
            ("If-Unmodified-Since: Sun, 22 Nov 2026 00:00:00 GMT\r\n".to_owned(), 412),
        ] {
            let answer = get_with(server, "/", &fields);
            assert_eq!(answer.status, status, "{fields}: {answer:?}");
            if status == 304 {
                assert_eq!(answer.field("ETag"), Some(tag.as_str()), "{fields}");
                assert_eq!(answer.field("Content-Type"), None, "{fields}");
            }
        }
    });
}

#[test]
fn plaintext_and_json() {
    on_all(|server| {
        let answer = get(server, "/plaintext");
        assert_content(&answer, 200, "text/plain", HELLO.as_bytes());
        assert_eq!(answer.field("Content-Length"), Some("13"));
        let answer = get(server, "/json");
        assert_content(&answer, 200, JSON, br#"{"message":"Hello, World!"}"#);
        assert_eq!(answer.field("Content-Length"), Some("27"));
    });
}

#[test]
fn users() {
    on_all(|server| {
        for (path, id) in [
            ("/users/42", "42"),
            ("/users/J%C3%B6rg", "J\u{f6}rg"),
            ("/users/a%20b", "a b"),
            ("/users/a+b", "a+b"),
            ("/users/%22", "\""),
            ("/users/%5C", "\\"),
            ("/users/%0A%1f", "\n\u{1f}"),
            ("/users/a?id=b", "a"),
        ] {
            let answer = get(server, path);
            assert_eq!((answer.status, json_of(&answer)), (200, json!({ "id": id })), "{path}");
        }
        assert_content(&get(server, "/users/J%C3%B6rg"), 200, JSON, "{\"id\":\"J\u{f6}rg\"}".as_bytes());
        for (path, status) in [("/users/%FF", 400), ("/users", 404), ("/users/", 404), ("/users/a/b", 404)] {
            assert_eq!(get(server, path).status, status, "{path}");
        }
    });
}

#[test]
fn echo_shows_field_lines() {
    on_all(|server| {
        let answer = get_with(server, "/echo", "User-Agent: test/1\r\nx-odd-Case:   a  b\t\r\nEmpty:\r\n");
        let lines = b"Host: a\nUser-Agent: test/1\nx-odd-Case: a  b\nEmpty: \n";
        assert_content(&answer, 200, TEXT, lines);

        let answer = server.ask(b"GET /echo?q HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\n\r\n");
        assert_content(&answer, 200, TEXT, b"Host: a\nX: 1\nX: 2\n");

        let answer = server.ask(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        assert_content(&answer, 200, TEXT, b"Host: a\nContent-Length: 5\n");

        let chunked = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
            5\r\nhello\r\n0\r\nX-Trailer: never a field\r\n\r\n";
        assert_content(&server.ask(chunked), 200, TEXT, b"Host: a\nTransfer-Encoding: chunked\n");

        let mut large = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n".to_vec();
        large.resize(large.len() + 300_000, b'x');
        assert_content(&server.ask(&large), 200, TEXT, b"Host: a\nContent-Length: 300000\n");
    });
}

#[test]
fn cookies() {
    on_all(|server| {
        for (fields, text) in [
            ("", ""),
            ("Cookie: a=1\r\n", "a=1\n"),
            ("Cookie: a=1; b=2\r\n", "a=1\nb=2\n"),
            ("Cookie: a=1\r\nCookie: b=2\r\n", "a=1\nb=2\n"),
            ("cookie: a=1; a=2; b=\r\n", "a=1\na=2\nb=\n"),
            ("Cookie: a=b=c\r\n", "a=b=c\n"),
        ] {
            assert_content(&get_with(server, "/cookie", fields), 200, TEXT, text.as_bytes());
        }
    });
}

#[test]
fn content_comes_back_byte_for_byte() {
    on_all(|server| {
        let all_bytes: Vec<u8> = (0..=255).collect();
        for length in [0, 1, 256, 4_096, 4_097, 20_000, 32_600, 32_768, 100_000, 1_000_000] {
            let content: Vec<u8> = all_bytes.iter().copied().cycle().take(length).collect();
            for content_type in ["", "Content-Type: text/x-mine; charset=odd\r\n"] {
                let head =
                    format!("POST / HTTP/1.1\r\nHost: a\r\n{content_type}Content-Length: {length}\r\n\r\n");
                let answer = server.ask(&[head.as_bytes(), &content].concat());
                assert_eq!(answer.status, 200, "{length}");
                assert!(answer.content == content, "{length}: other content");
                assert_eq!(answer.field("Content-Length"), Some(length.to_string().as_str()), "{length}");
                let echoed = content_type.strip_prefix("Content-Type: ").map(str::trim_end);
                assert_eq!(answer.field("Content-Type"), echoed, "{length}");

                let head =
                    format!("POST / HTTP/1.1\r\nHost: a\r\n{content_type}Transfer-Encoding: chunked\r\n\r\n");
                let mut request = head.into_bytes();
                for chunk in content.chunks(777) {
                    request.extend_from_slice(format!("{:x};n\r\n", chunk.len()).as_bytes());
                    request.extend_from_slice(chunk);
                    request.extend_from_slice(b"\r\n");
                }
                request.extend_from_slice(b"0\r\n\r\n");
                let answer = server.ask(&request);
                assert!(answer.status == 200 && answer.content == content, "{length}, chunked");
                assert_eq!(answer.field("Content-Type"), echoed, "{length}, chunked");
            }
        }
    });
}

#[test]
fn the_time() {
    on_all(|server| {
        let answer = get(server, "/api/time");
        assert_eq!(answer.field("Cache-Control"), Some("no-store"));
        let time = json_of(&answer);
        let unix = time["unix"].as_u64().expect("seconds");
        let text = time["time"].as_str().expect("a text");
        assert!(unix >= 1_795_392_000, "{time}");
        assert!(time["uptime_seconds"].is_u64(), "{time}");
        assert!(text.len() == 20 && text.ends_with('Z') && &text[10..11] == "T", "{time}");
        assert_eq!(time.as_object().map(serde_json::Map::len), Some(3), "{time}");
    });
    let service = demo(Limits::DEFAULT);
    let answer = get(&mut Memory::<_, _>::new(&service), "/api/time");
    let expected = json!({ "time": "2026-11-23T12:00:00Z", "unix": 1_795_435_200, "uptime_seconds": 1_000 });
    assert_eq!(json_of(&answer), expected);
    assert_eq!(answer.field("Date"), Some("Mon, 23 Nov 2026 12:00:00 GMT"));
}

#[test]
fn probes() {
    on_all(|server| {
        for (path, expected) in
            [("/health/live", json!({ "status": "alive" })), ("/health/ready", json!({ "status": "ready" }))]
        {
            let answer = get(server, path);
            assert_eq!((answer.status, answer.field("Cache-Control")), (200, Some("no-store")), "{path}");
            assert_eq!(json_of(&answer), expected, "{path}");
        }
        let answer = get(server, "/health");
        assert_eq!((answer.status, answer.field("Cache-Control")), (200, Some("no-store")));
        let mut health = json_of(&answer);
        assert!(health["uptime_seconds"].take().is_u64());
        let accepting = json!({ "status": "healthy" });
        let expected =
            json!({ "status": "healthy", "uptime_seconds": null, "checks": { "accepting": accepting } });
        assert_eq!(health, expected);
    });
}

#[test]
fn probes_fail_while_the_server_drains() {
    let service = demo(Limits::DEFAULT);
    service.drain();
    let mut server = Memory::<_, _>::new(&service);
    let mut ask = |path: &str| {
        let bytes = server.converse(&[format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()], false);
        let mut answers = answer::finals(&bytes, &[]);
        assert!(answers.len() == 1 && answers[0].says_close(), "{answers:?}");
        answers.remove(0)
    };
    let ready = ask("/health/ready");
    assert_eq!(ready.status, 503);
    assert_eq!(json_of(&ready), json!({ "status": "not ready", "reason": "shutting down" }));
    let health = ask("/health");
    assert_eq!((health.status, json_of(&health)["status"].as_str()), (503, Some("unhealthy")));
    assert_eq!(ask("/health/live").status, 200);
}

#[test]
fn assets_under_static() {
    on_all(|server| {
        let file = get(server, "/static/hello.txt");
        assert_content(&file, 200, TEXT, HELLO_FILE);
        assert!(file.field("ETag").is_some_and(|tag| !tag.contains('\\')), "{file:?}");
        assert!(file.field("Last-Modified").is_some(), "{file:?}");
        assert_content(&get(server, "/static/bantam.svg"), 200, "image/svg+xml; charset=utf-8", PICTURE);
        let index = get(server, "/static/");
        for name in ["bantam.svg", "hello.txt", "welcome.html"] {
            assert!(index.text().contains(&format!("href=\"{name}\"")), "{index:?}");
        }
        let (page, welcome) = (get(server, "/static/welcome.html"), get(server, "/"));
        assert_eq!((&page.content, page.field("ETag")), (&welcome.content, welcome.field("ETag")));
        let redirect = get(server, "/static");
        assert_eq!((redirect.status, redirect.field("Location")), (301, Some("/static/")));
        for path in ["/static/nothing", "/static/hello.txt/", "/static/HELLO.TXT", "/static//hello.txt"] {
            assert_eq!(get(server, path).status, 404, "{path}");
        }
    });
}

#[test]
fn assets_are_compressed_beforehand() {
    on_all(|server| {
        let plain = get(server, "/");
        assert_eq!((plain.field("Vary"), plain.field("Content-Encoding")), (Some("Accept-Encoding"), None));
        let coded = get_with(server, "/", "Accept-Encoding: br, gzip\r\n");
        assert_eq!((coded.status, coded.field("Content-Encoding")), (200, Some("gzip")), "{coded:?}");
        assert_eq!((coded.field("Content-Type"), coded.field("Vary")), (Some(HTML), Some("Accept-Encoding")));
        assert!(coded.content.len() < PAGE.len() / 2 && gzip::plain(&coded.content) == PAGE);
        let tag = coded.field("ETag").expect("an entity tag");
        assert_ne!(plain.field("ETag"), Some(tag), "other bytes have another");
        let again = get_with(server, "/", &format!("Accept-Encoding: gzip\r\nIf-None-Match: {tag}\r\n"));
        assert_eq!((again.status, again.field("ETag")), (304, Some(tag)));
        let fields = format!("Accept-Encoding: gzip\r\nIf-Range: {tag}\r\nRange: bytes=10-19\r\n");
        let part = get_with(server, "/", &fields);
        assert_eq!((part.status, &part.content[..]), (206, &coded.content[10..20]));
        assert_eq!(part.field("Content-Encoding"), Some("gzip"));
        let refused = get_with(server, "/", "Accept-Encoding: gzip;q=0\r\n");
        assert!(refused.field("Content-Encoding").is_none() && refused.content == PAGE);
        // What a coding does not make smaller has no other form.
        let short = get_with(server, "/static/hello.txt", "Accept-Encoding: gzip\r\nRange: bytes=-3\r\n");
        assert_eq!((short.status, short.field("Content-Encoding")), (206, None));
        assert_eq!(short.content, HELLO_FILE[HELLO_FILE.len() - 3..]);
    });
}

#[test]
fn head_is_get_without_content() {
    on_all(|server| {
        for path in PATHS {
            let get = get(server, path);
            let mut head = server.ask(format!("HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
            assert!(head.content.is_empty(), "{path}");
            head.content = get.content.clone();
            // Without content there is no transfer coding to name (RFC 9112 §6.1).
            let strip = |answer: &mut Answer| {
                answer.fields.retain(|(name, _)| name != "Date" && name != "Transfer-Encoding");
            };
            let mut expected = get;
            strip(&mut expected);
            strip(&mut head);
            // What the time is may differ in length, hardly ever; what else there is may not.
            assert_eq!(head, expected, "{path}");
        }
    });
}

#[test]
fn options_and_other_methods_say_what_is_allowed() {
    on_all(|server| {
        let allowed = |answer: &Answer| -> BTreeSet<String> {
            answer.field("Allow").unwrap_or_default().split(", ").map(str::to_owned).collect()
        };
        let set = |methods: &[&str]| -> BTreeSet<String> {
            methods.iter().chain(&["GET", "HEAD", "OPTIONS"]).map(|method| (*method).to_owned()).collect()
        };
        let any = set(&["POST", "PUT", "PATCH", "DELETE"]);
        for path in PATHS.iter().filter(|path| !path.ends_with("/nothing") || path.starts_with("/static")) {
            let expected = match path.split(['/', '?']).nth(1) {
                Some("anything" | "status" | "redirect-to" | "delay") => any.clone(),
                Some("" | "echo" | "response-headers") => set(&["POST"]),
                Some("api") if *path == "/api/users" => set(&["POST"]),
                Some("api") if *path == "/api/users/1" => set(&["PUT", "PATCH", "DELETE"]),
                _ => set(&[]),
            };
            let options = server.ask(format!("OPTIONS {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
            assert_eq!((options.status, options.content.len()), (204, 0), "{path}");
            assert_eq!(allowed(&options), expected, "{path}");
            for method in
                ["DELETE", "PUT", "PATCH", "TRACE"].into_iter().filter(|method| !expected.contains(*method))
            {
                let answer = server.ask(format!("{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
                assert_eq!(answer.status, 405, "{method} {path}");
                assert_eq!(allowed(&answer), expected, "{method} {path}");
            }
        }
        let all = server.ask(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!((all.status, allowed(&all)), (204, any));
        let nothing = server.ask(b"OPTIONS /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(nothing.status, 404);
    });
}

#[test]
fn errors_say_why_as_text() {
    on_all(|server| {
        assert_content(&get(server, "/nothing"), 404, TEXT, b"404 Not Found\n");
        let answer = server.ask(b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_content(&answer, 501, TEXT, b"501 Not Implemented: the method is unknown\n");
    });
}

#[test]
fn a_pipeline_of_everything() {
    on_all(|server| {
        let mut requests: String =
            PATHS.map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).concat();
        requests.push_str("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
        requests.push_str(LAST);
        let bytes = server.converse(&[requests.as_bytes()], false);
        let statuses: Vec<_> = answer::finals(&bytes, &[]).iter().map(|answer| answer.status).collect();
        let expected = PATHS.iter().map(|path| match *path {
            "/static" => 301,
            "/static/nothing" | "/nothing" | "/api/users/1" => 404,
            "/status/418" => 418,
            "/status/204" => 204,
            "/redirect/2" | "/redirect-to?url=/get" => 302,
            "/cookies/set?a=b" | "/cookies/set/a/b" | "/cookies/delete?a" => 302,
            "/basic-auth/a/b" | "/bearer" => 401,
            _ => 200,
        });
        assert_eq!(statuses, expected.chain([200, 200]).collect::<Vec<_>>());
    });
}
