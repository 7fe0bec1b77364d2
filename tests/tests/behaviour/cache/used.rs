//! What a stored answer is used for, and what ends its use.

use core::time::Duration;

use bantam_tests::answer;

use super::{FRESH, ask, cache, get_of, with_cache};

#[test]
fn section_2_the_key_is_authority_and_target() {
    with_cache(cache(), |server, cache| {
        let path = format!("/answer?{FRESH}");
        let asked = |server: &mut _, line: &str, host: &str| {
            ask(server, line, &format!("Host: {host}\r\n")).text().to_owned()
        };
        assert_eq!(asked(server, &format!("GET {path}"), "a"), "0");
        for (line, host, expected) in [
            (format!("GET {path}"), "b", "1"),
            (format!("GET {path}"), "a:81", "2"),
            (format!("GET {path}&"), "a", "3"),
            (format!("GET /answer/x?{FRESH}"), "a", "4"),
            (format!("GET /answer/X?{FRESH}"), "a", "5"),
            (format!("GET {path}"), "A", "0"),
            (format!("GET http://A{path}"), "a", "0"),
            (format!("GET http://c{path}"), "c", "6"),
            (format!("GET {path}"), "c", "6"),
            // Of these the authority wins (RFC 9112 §3.2.2): no key can be forged by the field.
            (format!("GET http://d{path}"), "a", "7"),
            (format!("GET {path}"), "a", "0"),
        ] {
            assert_eq!(asked(server, &line, host), expected, "{line} of {host}");
        }
        assert_eq!(cache.sizes().0, 8);
    });
}

#[test]
fn section_4_1_variants() {
    with_cache(cache(), |server, cache| {
        let query = "f=Cache-Control:max-age=60&f=Vary:Accept&f=Vary:X-A,%20accept-LANGUAGE";
        let cases: [(&str, &str); 13] = [
            ("", "0"),
            ("Accept: a/b\r\n", "1"),
            ("accept: a/b\r\n", "1"),
            ("Accept:  a/b \r\n", "1"),
            ("Accept: a/b\r\nX-B: 1\r\n", "1"),
            ("", "0"),
            ("Accept: a/b\r\nAccept: a/c\r\n", "2"),
            ("Accept: a/b, a/c\r\n", "3"),
            ("Accept: a/b\r\nAccept: a/c\r\n", "2"),
            ("X-A:\r\n", "4"),
            ("X-A:\r\nX-A:\r\n", "5"),
            ("Accept-Language: a\r\n", "6"),
            ("Accept: a/bc\r\n", "7"),
        ];
        for (fields, expected) in cases {
            assert_eq!(get_of(server, query, fields).text(), expected, "{fields:?}");
        }
        let before = cache.sizes().0;
        for number in 0..100 {
            get_of(server, query, &format!("X-A: {number}\r\n"));
        }
        assert!(before == 8 && cache.sizes().0 == 32, "variants of one target are bounded");
    });
}

#[test]
fn values_that_are_no_text_select_too() {
    with_cache(cache(), |server, _| {
        let mut asked = |byte: u8| {
            server.clear_output();
            let head = format!("GET /answer?{FRESH}&f=Vary:X-A HTTP/1.1\r\nHost: a\r\nX-A: ");
            server.deliver(&[head.as_bytes(), &[byte], b"\r\n\r\n"].concat());
            answer::all(server.output(), &["GET"]).remove(0).text().to_owned()
        };
        assert_eq!([asked(0xff), asked(0xfe), asked(0xff)], ["0", "1", "0"]);
    });
}

#[test]
fn section_4_2_freshness_and_age() {
    with_cache(cache(), |server, _| {
        let first = get_of(server, FRESH, "");
        for (pause, age) in [(0, "0"), (10, "10"), (49, "59")] {
            server.pass(Duration::from_secs(pause));
            let hit = get_of(server, FRESH, "");
            assert_eq!((hit.text(), hit.field("Age")), ("0", Some(age)));
            assert_eq!(hit.field("Date"), first.field("Date"));
            let ttl = format!("c; hit; ttl={}", 60 - age.parse::<u32>().unwrap());
            assert_eq!(hit.field("Cache-Status"), Some(ttl.as_str()));
        }
        server.pass(Duration::from_secs(1));
        let stale = get_of(server, FRESH, "");
        assert_eq!((stale.text(), stale.field("Age")), ("1", None));
        assert_eq!(stale.field("Cache-Status"), Some("c; fwd=stale; stored"));
        assert_eq!(get_of(server, FRESH, "").text(), "1");
    });
    with_cache(cache(), |server, _| {
        let aged = "f=Cache-Control:max-age=60&f=Age:50";
        assert_eq!(get_of(server, aged, "").field("Age"), Some("50"), "what it came with");
        assert_eq!(get_of(server, aged, "").field("Age"), Some("50"));
        server.pass(Duration::from_secs(9));
        assert_eq!(get_of(server, aged, "").field("Age"), Some("59"));
        server.pass(Duration::from_secs(1));
        assert_eq!(get_of(server, aged, "").text(), "1");
    });
}

#[test]
fn section_5_2_1_what_requests_ask_for() {
    // The request's directives, the response's, the age, and whether it is answered from the store.
    let cases = [
        ("no-cache", "max-age=60", 0, false),
        ("max-age=0", "max-age=60", 0, true),
        ("max-age=0", "max-age=60", 1, false),
        ("max-age=5", "max-age=60", 5, true),
        ("max-age=5", "max-age=60", 6, false),
        ("max-age=x", "max-age=60", 1, false),
        ("min-fresh=50", "max-age=60", 10, true),
        ("min-fresh=50", "max-age=60", 11, false),
        ("max-stale", "max-age=60", 1_000, true),
        ("max-stale=5", "max-age=60", 65, true),
        ("max-stale=5", "max-age=60", 66, false),
        ("max-stale=x", "max-age=60", 60, false),
        ("max-stale", "max-age=60, must-revalidate", 60, false),
        ("max-stale", "max-age=60, proxy-revalidate", 60, false),
        ("max-stale", "s-maxage=60", 60, false),
        ("max-stale, max-age=61", "max-age=60", 61, true),
        ("max-stale, max-age=61", "max-age=60", 62, false),
        ("no-store", "max-age=60", 5, true),
        ("only-if-cached", "max-age=60", 59, true),
        ("x", "max-age=60", 59, true),
    ];
    for (request, response, age, is_hit) in cases {
        with_cache(cache(), |server, _| {
            let query = format!("f=Cache-Control:{}", response.replace(' ', "%20"));
            get_of(server, &query, "");
            server.pass(Duration::from_secs(age));
            let answer = get_of(server, &query, &format!("Cache-Control: {request}\r\n"));
            let name = format!("{request}, of {response}, {age} seconds old");
            assert_eq!(answer.text(), if is_hit { "0" } else { "1" }, "{name}");
        });
        with_cache(cache().with_obedience(false), |server, _| {
            let query = format!("f=Cache-Control:{}", response.replace(' ', "%20"));
            get_of(server, &query, "");
            server.pass(Duration::from_secs(age));
            let answer = get_of(server, &query, &format!("Cache-Control: {request}\r\n"));
            assert_eq!(answer.text(), if age < 60 { "0" } else { "1" }, "disobedient: {request}");
        });
    }
    with_cache(cache(), |server, cache| {
        let nothing = get_of(server, FRESH, "Cache-Control: only-if-cached\r\n");
        assert_eq!((nothing.status, cache.sizes().0), (504, 0));
        assert_eq!(get_of(server, FRESH, "").text(), "0", "the handler was not asked");
        server.pass(Duration::from_secs(60));
        assert_eq!(get_of(server, FRESH, "Cache-Control: only-if-cached\r\n").status, 504, "stale");
        // A fresh answer on demand is stored for the others.
        assert_eq!(get_of(server, FRESH, "Cache-Control: no-cache\r\n").text(), "1");
        assert_eq!(get_of(server, FRESH, "").text(), "1");
    });
}

#[test]
fn section_4_3_conditional_requests() {
    const DATE: &str = "Mon, 23 Nov 2020 12:00:00 GMT";
    let query = format!("{FRESH}&f=ETag:%22v%22&f=Last-Modified:{}&f=X-Other:1", DATE.replace(' ', "%20"));
    let cases = [
        ("the tag", "If-None-Match: \"v\"\r\n".to_owned(), true),
        ("weakly", "If-None-Match: W/\"v\"\r\n".to_owned(), true),
        ("in a list", "If-None-Match: \"a\", \"v\"\r\n".to_owned(), true),
        ("any", "If-None-Match: *\r\n".to_owned(), true),
        ("another tag", "If-None-Match: \"w\"\r\n".to_owned(), false),
        ("the date", format!("If-Modified-Since: {DATE}\r\n"), true),
        ("an earlier date", "If-Modified-Since: Sun, 22 Nov 2020 12:00:00 GMT\r\n".to_owned(), false),
        ("no date", "If-Modified-Since: x\r\n".to_owned(), false),
        (
            "the tag goes before the date",
            format!("If-None-Match: \"w\"\r\nIf-Modified-Since: {DATE}\r\n"),
            false,
        ),
    ];
    with_cache(cache(), |server, _| {
        assert_eq!(get_of(server, &query, "").text(), "0");
        for (name, fields, is_304) in cases {
            for method in ["GET", "HEAD"] {
                let answer = ask(server, &format!("{method} /answer?{query}"), &fields);
                assert_eq!(answer.status, if is_304 { 304 } else { 200 }, "{name} {method}");
                for field in ["ETag", "Last-Modified", "Cache-Control", "Age", "Date", "X-Other"] {
                    assert!(answer.field(field).is_some(), "{name} {method}: {field}");
                }
                assert_eq!(answer.field("Content-Type").is_none(), is_304, "{name} {method}");
            }
        }
        let if_match = get_of(server, &query, "If-Match: \"v\"\r\n");
        assert_eq!(if_match.text(), "1", "not for a cache to weigh");
    });
    with_cache(cache(), |server, _| {
        let not_found = format!("status=404&{FRESH}&f=ETag:%22v%22");
        get_of(server, &not_found, "");
        assert_eq!(get_of(server, &not_found, "If-None-Match: *\r\n").status, 404, "conditions are of a 200");
    });
}

#[test]
fn section_4_3_4_a_304_freshens_what_is_stale() {
    with_cache(cache(), |server, cache| {
        let query = format!("{FRESH}&f=ETag:%22v%22");
        assert_eq!(get_of(server, &query, "").text(), "0");
        server.pass(Duration::from_secs(60));
        assert_eq!(get_of(server, &query, "If-None-Match: \"v\"\r\n").status, 304, "from the handler");
        let hit = get_of(server, &query, "");
        assert_eq!((hit.text(), hit.field("Age")), ("0", Some("0")), "the old content, fresh again");
        assert_eq!((hit.field("Content-Type"), cache.sizes().0), (Some("text/plain"), 1));
    });
    with_cache(cache(), |server, _| {
        let query = format!("{FRESH}&f=ETag:W/%22v%22");
        assert_eq!(get_of(server, &query, "").text(), "0");
        server.pass(Duration::from_secs(60));
        assert_eq!(get_of(server, &query, "If-None-Match: W/\"v\"\r\n").status, 304);
        assert_eq!(get_of(server, &query, "").text(), "2", "a weak tag does not vouch for the bytes");
    });
}

#[test]
fn section_4_4_unsafe_requests_invalidate() {
    let cases = [
        ("POST", "", true),
        ("PUT", "status=201", true),
        ("DELETE", "status=204", true),
        ("PATCH", "", true),
        ("POST", "status=303", true),
        ("POST", "status=400", false),
        ("POST", "status=500", false),
        ("DELETE", "fail", false),
        ("OPTIONS", "", false),
        ("BREW", "", false),
    ];
    for (method, query, invalidates) in cases {
        with_cache(cache(), |server, cache| {
            let other = format!("GET /answer?{FRESH}");
            ask(server, &other, "");
            ask(server, &format!("GET /answer?{query}&{FRESH}&f=Vary:X-A"), "");
            ask(server, &format!("GET /answer?{query}&{FRESH}&f=Vary:X-A"), "X-A: 1\r\n");
            let before = cache.sizes().0;
            let name = format!("{method} {query}");
            ask(server, &format!("{method} /answer?{query}&{FRESH}&f=Vary:X-A"), "Content-Length: 0\r\n");
            let is_storable = !query.contains("status=2")
                && !query.contains("303")
                && !query.contains("400")
                && !query.contains("500")
                && !query.contains("fail");
            let stored = if is_storable || query.contains("204") { 2 } else { 0 };
            assert_eq!(before, 1 + stored, "{name}");
            assert_eq!(cache.sizes().0, if invalidates { 1 } else { 1 + stored }, "{name}: all variants");
            assert_eq!(ask(server, &other, "").text(), "0", "{name}: other targets stay");
        });
    }
    with_cache(cache(), |server, cache| {
        let fresh = |name: &str| format!("GET /answer/{name}?{FRESH}");
        for name in ["one", "two", "three"] {
            ask(server, &fresh(name), "");
        }
        let one = format!("/answer/one?{FRESH}").replace('?', "%3F").replace('=', "%3D").replace('&', "%26");
        let two = format!("/answer/two?{FRESH}").replace('?', "%3F").replace('=', "%3D").replace('&', "%26");
        ask(
            server,
            &format!("POST /answer?f=Location:{one}&f=Content-Location:{two}"),
            "Content-Length: 0\r\n",
        );
        assert_eq!(cache.sizes().0, 1, "what the answer names as its result");
        ask(server, "POST /answer?f=Location:http://a/answer/three", "Content-Length: 0\r\n");
        ask(server, "POST /answer?f=Location://a/answer/three", "Content-Length: 0\r\n");
        assert_eq!(cache.sizes().0, 1);
        assert_eq!(ask(server, &fresh("three"), "").text(), "2");
    });
}

#[test]
fn head_is_answered_from_get() {
    with_cache(cache(), |server, cache| {
        let head = ask(server, &format!("HEAD /answer?{FRESH}"), "");
        assert_eq!((head.status, cache.sizes().0), (200, 0), "HEAD stores nothing");
        let got = get_of(server, FRESH, "");
        assert_eq!(got.text(), "1");
        let head = ask(server, &format!("HEAD /answer?{FRESH}"), "");
        assert_eq!((head.field("Content-Length"), head.field("Age")), (Some("1"), Some("0")));
        assert!(head.content.is_empty());
        ask(server, "GET /sized/100000", "");
        let head = ask(server, "HEAD /sized/100000", "");
        assert_eq!((head.field("Content-Length"), head.field("Age")), (Some("100000"), Some("0")));
    });
}
