//! What a response cache stores, and how much.

use core::time::Duration;

use bantam_core::middleware::cache::Cache;
use bantam_tests::answer;

use super::{FRESH, ask, cache, get_of, with_cache};

#[test]
fn section_3_what_is_stored() {
    let cases = [
        ("max-age", FRESH, "", true),
        ("s-maxage", "f=Cache-Control:s-maxage=60", "", true),
        ("s-maxage wins", "f=Cache-Control:max-age=60,%20s-maxage=0", "", false),
        ("s-maxage wins over none", "f=Cache-Control:max-age=0,s-maxage=60", "", true),
        (
            "Expires",
            "f=Expires:Mon,%2023%20Nov%202026%2012:01:00%20GMT&f=Date:Mon,%2023%20Nov%202026%2012:00:00%20GMT",
            "",
            true,
        ),
        ("Expires at Date", "f=Expires:Mon,%2023%20Nov%202026%2012:00:00%20GMT", "", false),
        ("Expires 0", "f=Expires:0", "", false),
        (
            "Expires twice",
            "f=Expires:Mon,%2023%20Nov%202099%2012:01:00%20GMT&f=Expires:Mon,%2023%20Nov%202099%2012:01:00%20GMT",
            "",
            false,
        ),
        ("max-age before Expires", "f=Expires:0&f=Cache-Control:max-age=60", "", true),
        ("nothing explicit", "", "", false),
        ("public alone", "f=Cache-Control:public", "", false),
        (
            "validators alone",
            "f=ETag:%22a%22&f=Last-Modified:Mon,%2023%20Nov%202020%2012:00:00%20GMT",
            "",
            false,
        ),
        ("no-store", "f=Cache-Control:no-store,%20max-age=60", "", false),
        ("no-store on a line of its own", "f=Cache-Control:max-age=60&f=Cache-Control:no-store", "", false),
        ("must-understand", "f=Cache-Control:no-store,%20must-understand,%20max-age=60", "", true),
        ("private", "f=Cache-Control:private,%20max-age=60", "", false),
        ("private for a field", "f=Cache-Control:private=%22a%22,max-age=60", "", false),
        ("no-cache", "f=Cache-Control:no-cache,%20max-age=60", "", false),
        ("max-age=0", "f=Cache-Control:max-age=0", "", false),
        ("malformed max-age", "f=Cache-Control:max-age=6x", "", false),
        ("Set-Cookie", "f=Cache-Control:max-age=60&f=Set-Cookie:a=b", "", false),
        ("Vary *", "f=Cache-Control:max-age=60&f=Vary:*", "", false),
        ("Vary * among others", "f=Cache-Control:max-age=60&f=Vary:Accept,%20*", "", false),
        ("older than fresh", "f=Cache-Control:max-age=60&f=Age:60", "", false),
        ("old", "f=Cache-Control:max-age=60&f=Age:59", "", true),
        ("404", "status=404&f=Cache-Control:max-age=60", "", true),
        ("301", "status=301&f=Cache-Control:max-age=60", "", true),
        ("204", "status=204&f=Cache-Control:max-age=60", "", true),
        ("206", "status=206&f=Cache-Control:max-age=60&f=Content-Range:bytes%200-0/9", "", false),
        ("201", "status=201&f=Cache-Control:max-age=60", "", false),
        ("500", "status=500&f=Cache-Control:max-age=60", "", false),
        ("a failure", "fail&f=Cache-Control:max-age=60", "", false),
        ("with Authorization", FRESH, "Authorization: Basic YTpi\r\n", false),
        (
            "public with Authorization",
            "f=Cache-Control:public,max-age=60",
            "Authorization: Basic YTpi\r\n",
            true,
        ),
        (
            "must-revalidate with Authorization",
            "f=Cache-Control:must-revalidate,max-age=60",
            "Authorization: a b\r\n",
            true,
        ),
        (
            "proxy-revalidate with Authorization", // not among what RFC 9111 §3.5 names
            "f=Cache-Control:proxy-revalidate,max-age=60",
            "Authorization: a b\r\n",
            false,
        ),
        ("s-maxage with Authorization", "f=Cache-Control:s-maxage=60", "Authorization: a b\r\n", true),
        ("the request's no-store", FRESH, "Cache-Control: no-store\r\n", false),
        ("a range", FRESH, "Range: bytes=0-0\r\n", false),
        ("If-Match", FRESH, "If-Match: *\r\n", false),
        ("content", FRESH, "Content-Length: 1\r\n\r\nx", false),
    ];
    for (name, query, fields, is_stored) in cases {
        with_cache(cache(), |server, cache| {
            let fields = fields.split("\r\n\r\n").collect::<Vec<_>>();
            let first = match fields[..] {
                [fields, content] => {
                    server.deliver(
                        format!("GET /answer?{query} HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{content}")
                            .as_bytes(),
                    );
                    answer::all(server.output(), &["GET"]).remove(0)
                }
                _ => get_of(server, query, fields[0]),
            };
            assert_eq!(cache.sizes().0, usize::from(is_stored), "{name}: {first:?}");
            let second = get_of(server, query, "");
            let same = match fields[..] {
                [fields] => get_of(server, query, fields),
                _ => second.clone(),
            };
            if is_stored {
                assert_eq!((second.status, &second.content), (first.status, &first.content), "{name}");
                assert_eq!(same.content, first.content, "{name}");
                assert!(second.field("Cache-Status").expect(name).starts_with("c; hit; ttl="), "{name}");
                assert!(
                    second.field("Age").is_some() && second.field("Date") == first.field("Date"),
                    "{name}"
                );
                assert!(first.field("Cache-Status").expect(name).ends_with("; stored"), "{name}");
            } else {
                assert!(
                    second.field("Cache-Status").expect(name).starts_with("c; fwd="),
                    "{name}: {second:?}"
                );
                assert!(!first.field("Cache-Status").expect(name).contains("stored"), "{name}");
            }
        });
    }
}

#[test]
fn section_3_5_authorized_requests_get_only_what_is_for_all() {
    with_cache(cache(), |server, _| {
        assert_eq!(get_of(server, FRESH, "").text(), "0");
        assert_eq!(get_of(server, FRESH, "Authorization: a b\r\n").text(), "1", "not what others got");
        assert_eq!(get_of(server, FRESH, "").text(), "0", "nor is theirs given to others");
        let public = "f=Cache-Control:public,max-age=60";
        assert_eq!(get_of(server, public, "Authorization: a b\r\n").text(), "2");
        assert_eq!(get_of(server, public, "").text(), "2");
        assert_eq!(get_of(server, public, "Authorization: c d\r\n").text(), "2");
    });
}

#[test]
fn streams_are_stored_while_they_flow() {
    for kind in ["stream", "sized"] {
        for length in [1, 1_000, 24_000, 100_000] {
            for piece in [7, 100_000] {
                with_cache(cache(), |server, cache| {
                    let line = format!("GET /{kind}/{length}?piece={piece}");
                    let first = ask(server, &line, "");
                    assert_eq!((first.content.len(), cache.sizes().0), (length, 1), "{line}");
                    let hit = ask(server, &line, "");
                    assert!(hit.content == first.content && hit.field("Age") == Some("0"), "{line}");
                    assert_eq!(hit.field("Content-Length"), Some(length.to_string().as_str()), "{line}");
                });
            }
        }
    }
    with_cache(cache().with_content(1_000), |server, cache| {
        for (path, stored) in [("sized/1000", 1), ("sized/1001", 1), ("stream/1000", 2), ("stream/1001", 2)] {
            ask(server, &format!("GET /{path}"), "");
            assert_eq!(cache.sizes().0, stored, "{path}");
        }
    });
    with_cache(cache(), |server, cache| {
        for path in ["stream/1000?fails=1", "sized/1000?fails=1&piece=10"] {
            server.reconnect();
            server.deliver(format!("GET /{path} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
            assert!(server.is_closed(), "{path}");
            assert_eq!(cache.sizes().0, 0, "{path}: half an answer is none");
        }
        server.reconnect();
        server.window = 1_000;
        server.deliver(b"GET /stream/200000 HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(cache.sizes().0, 0, "not yet");
        server.window = usize::MAX;
        server.flush();
        assert_eq!(cache.sizes().0, 0, "larger than an eighth of the cache");
    });
}

#[test]
fn a_peer_that_goes_away_leaves_nothing_behind() {
    with_cache(cache(), |server, cache| {
        server.window = 1_000;
        server.deliver(b"GET /stream/100000 HTTP/1.1\r\nHost: a\r\n\r\n");
        server.window = usize::MAX;
        server.pass(Duration::from_secs(60)); // it did not take its answer
        assert!(server.is_over());
        server.reconnect();
        assert_eq!(cache.sizes().0, 0);
        ask(server, "GET /stream/100000", "");
        assert_eq!(cache.sizes().0, 1, "the next may fill");
    });
}

#[test]
fn other_answers_pass_once() {
    with_cache(cache(), |server, cache| {
        for (line, status) in [
            ("GET /nothing", 404),
            ("DELETE /stream/1", 405),
            ("OPTIONS /answer", 200),
            ("GET /answer?fail", 409),
            ("BREW /", 501),
        ] {
            let answer = ask(server, line, "");
            assert_eq!(answer.status, status, "{line}");
            assert!(answer.field("Cache-Status").expect(line).starts_with("c; fwd="), "{line}");
        }
        assert_eq!(cache.sizes(), (0, 0));
    });
}

#[test]
fn bytes_and_entries_are_bounded() {
    with_cache(Cache::new(50_000, 1_000), |server, cache| {
        let mut seed = 9_u32;
        let mut most = 0;
        for _ in 0..3_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let answer = ask(server, &format!("GET /sized/{}?{}", seed >> 16 & 0xfff, seed >> 20), "");
            assert!(answer.content.len() as u32 == seed >> 16 & 0xfff);
            most = most.max(cache.sizes().1);
            assert!(cache.sizes().1 <= 50_000);
        }
        assert!(most > 40_000, "and used: {most}");
    });
    with_cache(Cache::new(1 << 20, 10), |server, cache| {
        for number in 0..100 {
            ask(server, &format!("GET /answer/{number}?{FRESH}"), "");
            assert!(cache.sizes().0 == 10.min(number + 1));
            assert_eq!(ask(server, &format!("GET /answer/0?{FRESH}"), "").text(), "0", "what is used stays");
        }
    });
    for cache in [Cache::new(0, 100), Cache::new(1 << 20, 0)] {
        with_cache(cache, |server, cache| {
            assert_eq!(get_of(server, FRESH, "").text(), "0");
            assert_eq!((get_of(server, FRESH, "").text(), cache.sizes()), ("1", (0, 0)));
        });
    }
}
