//! Who gets content in which coding, and what the fields say of it.

use bantam_core::middleware::compress::{Coding, Compress};
use bantam_core::prelude::*;
use bantam_tests::memory::Memory;
use bantam_tests::serves::{HELLO, on_all_with};

use super::{App, CHAIN, GZIP, ROUTES, SMALL, Streams, ask, decode, service, service_with, text};

#[test]
fn who_accepts_gzip_gets_it() {
    on_all_with(service, |server| {
        let accepted = [
            "gzip",
            "GZIP",
            "x-gzip",
            "*",
            "br, gzip",
            "gzip;q=0.001",
            "gzip;q=0.5, identity;q=0.5",
            "*;q=0.1, identity;q=0",
            "gzip, identity;q=0",
            "identity;q=0.5, *;q=0.6",
        ];
        let refused = [
            "",
            "br",
            "identity",
            "gzip;q=0",
            "*;q=0",
            "gzip;q=0.4, identity;q=0.5",
            "gzip;q=0, *",
            "identity;q=0",
            "br, identity;q=0",
            "gzip;q=2",
            "gzipped",
            "gzip;level=1",
            "*;q=0, identity",
        ];
        let cases =
            accepted.map(|value| (value, true)).into_iter().chain(refused.map(|value| (value, false)));
        for (value, is_coded) in cases {
            let answer = ask(server, "GET /answer", &format!("Accept-Encoding: {value}\r\n"));
            assert_eq!(answer.field("Content-Encoding"), is_coded.then_some("gzip"), "{value}");
            assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{value}");
            let content = if is_coded { decode(&answer.content) } else { answer.content.clone() };
            assert_eq!(content, text(5_000), "{value}");
            let length = answer.content.len().to_string();
            assert_eq!(answer.field("Content-Length"), Some(length.as_str()), "{value}");
        }
        let answer = ask(server, "GET /answer", "");
        assert_eq!((answer.field("Content-Encoding"), answer.content.len()), (None, 5_000));
        let lines = ask(server, "GET /answer", "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n");
        assert_eq!(lines.field("Content-Encoding"), Some("gzip"), "two lines are one list");
    });
}

/// A name, the query, whether it is coded, whether it varies.
const CODED: [(&str, &str, bool, bool); 22] = [
    ("the minimum", "length=1024", true, true),
    ("below the minimum", "length=1023", false, true),
    ("nothing", "length=0", false, true),
    ("an image", "type=image/png", false, false),
    ("a parameter", "type=application/json;charset=utf-8", true, true),
    ("events", "type=text/event-stream", false, false),
    ("no type", "type=", false, false),
    ("coded already", "f=Content-Encoding:br", false, false),
    ("no-transform", "f=Cache-Control:public,%20No-Transform", false, false),
    ("no-transform on the second line", "f=Cache-Control:public&f=Cache-Control:no-transform", false, false),
    ("other directives", "f=Cache-Control:public,%20max-age=5", true, true),
    ("a digest", "f=Content-Digest:sha-256=:AAAA:", false, false),
    ("a digest of all", "f=Repr-Digest:sha-256=:AAAA:", false, false),
    ("a range", "f=Content-Range:bytes%200-4999/9999", false, true),
    ("206", "status=206&f=Content-Range:bytes%200-4999/9999", false, true),
    ("206 of parts", "status=206&type=multipart/byteranges;boundary=a", false, true),
    ("201", "status=201", true, true),
    ("404", "status=404", true, true),
    ("205", "status=205", false, true),
    ("204", "status=204", false, false),
    ("304", "status=304", false, true),
    ("failure", "status=503", false, true),
];

#[test]
fn what_is_coded_and_what_is_not() {
    on_all_with(service, |server| {
        for (name, query, is_coded, varies) in CODED {
            let answer = ask(server, &format!("GET /answer?{query}"), GZIP);
            let coding = answer.field("Content-Encoding");
            assert_eq!(coding == Some("gzip"), is_coded, "{name}: {answer:?}");
            assert_eq!(answer.field("Vary"), varies.then_some("Accept-Encoding"), "{name}");
            let plain = ask(server, &format!("GET /answer?{query}"), "");
            assert_eq!(plain.field("Vary"), answer.field("Vary"), "{name}: the same plain");
            assert_eq!(
                (plain.status, &plain.content),
                (answer.status, &if is_coded { decode(&answer.content) } else { answer.content.clone() }),
                "{name}"
            );
        }
        let other = ask(server, "GET /answer?f=Vary:Origin", GZIP);
        let vary: Vec<_> =
            other.fields.iter().filter(|(name, _)| name == "Vary").map(|(_, value)| value.as_str()).collect();
        assert_eq!(vary, ["Origin", "Accept-Encoding"]);
        for named in ["*", "accept-encoding", "Origin,%20ACCEPT-ENCODING"] {
            let answer = ask(server, &format!("GET /answer?f=Vary:{named}"), GZIP);
            assert!(answer.field("Vary").is_some(), "one line: {named}");
        }
        let nothing = ask(server, "GET /nothing", GZIP);
        assert_eq!(
            (nothing.status, nothing.field("Vary")),
            (404, Some("Accept-Encoding")),
            "negotiable text"
        );
        let posted = server
            .ask(format!("POST /answer HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n{GZIP}\r\n").as_bytes());
        assert_eq!(posted.field("Content-Encoding"), Some("gzip"));
    });
}

#[test]
fn a_304_varies_where_its_target_may_be_coded() {
    static NAMED: Router<App, 2, Streams> = Router::new([
        get("/plaintext", |_, _, response| response.text(HELLO)),
        get("/*path", |_, _, response| response.field("ETag", "\"v1\"").status(Status::NOT_MODIFIED).empty()),
    ]);
    on_all_with(
        || Service::new(&App, &NAMED).with_middleware(&CHAIN),
        |server| {
            for (path, varies) in [("/a.png", false), ("/a.css", true), ("/a", true), ("/", true)] {
                let answer = ask(server, &format!("GET {path}"), GZIP);
                assert_eq!(answer.field("Vary"), varies.then_some("Accept-Encoding"), "{path}");
                assert_eq!(answer.field("ETag"), Some(if varies { "W/\"v1\"" } else { "\"v1\"" }), "{path}");
                assert_eq!(
                    ask(server, &format!("GET {path}"), "").field("ETag"),
                    Some("\"v1\""),
                    "{path}, plain"
                );
            }
        },
    );
}

#[test]
fn entity_tags_become_weak_and_still_match() {
    use bantam_core::handlers::assets::Asset;
    static STYLE: Asset = Asset::new("style.css", "text/css", &SMALL, 1_795_000_000);
    static ASSETS: Router<App, 2, Streams> = Router::new([
        get("/plaintext", |_, _, response| response.text(HELLO)),
        get("/style.css", |_, request, response| STYLE.serve(request, response)),
    ]);
    on_all_with(
        || Service::new(&App, &ASSETS).with_middleware(&CHAIN),
        |server| {
            let plain = ask(server, "GET /style.css", "");
            let strong = plain.field("ETag").expect("a tag").to_owned();
            assert!(strong.starts_with('"'));
            let coded = ask(server, "GET /style.css", GZIP);
            let weak = coded.field("ETag").expect("a tag").to_owned();
            assert_eq!(weak, format!("W/{strong}"));
            for (tag, fields) in [(&weak, GZIP), (&weak, ""), (&strong, GZIP), (&strong, "")] {
                let answer = ask(server, "GET /style.css", &format!("If-None-Match: {tag}\r\n{fields}"));
                assert_eq!(
                    (answer.status, answer.field("Vary")),
                    (304, Some("Accept-Encoding")),
                    "{tag} {fields}"
                );
                let expected = if fields.is_empty() { &strong } else { &weak };
                assert_eq!(answer.field("ETag"), Some(expected.as_str()), "{tag} {fields}");
            }
            // A weak tag is no ground for a change (RFC 9110 §13.1.1).
            assert_eq!(ask(server, "GET /style.css", &format!("If-Match: {weak}\r\n{GZIP}")).status, 412);
        },
    );
    on_all_with(service, |server| {
        let weak = ask(server, "GET /answer?f=ETag:W/%22a%22", GZIP);
        assert_eq!(weak.field("ETag"), Some("W/\"a\""), "a weak one stays");
        let small = ask(server, "GET /answer?f=ETag:%22a%22&length=10", GZIP);
        assert_eq!(small.field("ETag"), Some("\"a\""), "as it is where the content is");
        let ranges = ask(server, "GET /static/small", GZIP);
        assert_eq!((ranges.field("Accept-Ranges"), ranges.field("ETag")), (None, Some("W/\"static\"")));
        assert_eq!(ask(server, "GET /static/small", "").field("Accept-Ranges"), Some("bytes"));
    });
}

#[test]
fn head_has_the_fields_of_get_and_no_length() {
    on_all_with(service, |server| {
        for target in [
            "/answer?f=ETag:%22a%22",
            "/static/small",
            "/static/large",
            "/stream/5000",
            "/sized/5000",
            "/answer?length=10",
            "/answer?type=image/png",
            "/sized/10",
        ] {
            let mut got = ask(server, &format!("GET {target}"), GZIP);
            let head = ask(server, &format!("HEAD {target}"), GZIP);
            let is_coded = got.field("Content-Encoding").is_some();
            // What only coding or sending would tell may be left out (RFC 9110 §9.3.2).
            got.fields.retain(|(name, _)| {
                !(is_coded && name == "Content-Length") && name != "Transfer-Encoding" && name != "Date"
            });
            let fields: Vec<_> = head.fields.iter().filter(|(name, _)| name != "Date").cloned().collect();
            assert_eq!(fields, got.fields, "{target}");
            assert!(head.content.is_empty(), "{target}");
        }
    });
    let (service, compress) = service_with(Compress::new([Coding::gzip(6)]));
    let mut server = Memory::<_, _>::new(&service);
    for target in ["/answer", "/static/small", "/static/large", "/stream/5000"] {
        let head = ask(&mut server, &format!("HEAD {target}"), GZIP);
        assert_eq!(head.field("Content-Encoding"), Some("gzip"), "{target}");
    }
    assert_eq!(compress.codings()[0].coders(), (0, 0), "no coder was made");
}

#[test]
fn secrets_are_left_alone() {
    on_all_with(service, |server| {
        let answer = ask(server, "GET /answer", &format!("X-Secret: yes\r\n{GZIP}"));
        assert_eq!((answer.field("Content-Encoding"), &answer.content), (None, &text(5_000)));
        assert_eq!(ask(server, "GET /answer", GZIP).field("Content-Encoding"), Some("gzip"));
    });
}

#[test]
fn the_first_of_equals_is_taken() {
    use bantam_transport_std::coders;
    static THREE: Compress<3> = Compress::new([coders::zstd(3), coders::brotli(4), coders::zlib(6)]);
    static CHAIN: [&dyn Middleware<App, Streams>; 1] = [&THREE];
    on_all_with(
        || Service::new(&App, &ROUTES).with_middleware(&CHAIN),
        |server| {
            for (accepted, coding) in [
                ("gzip, deflate, br, zstd", "zstd"),
                ("gzip, br", "br"),
                ("gzip, br;q=0.9", "gzip"),
                ("gzip, zstd;q=0", "gzip"),
            ] {
                for path in ["/answer", "/stream/100000?piece=5000"] {
                    let answer =
                        ask(server, &format!("GET {path}"), &format!("Accept-Encoding: {accepted}\r\n"));
                    assert_eq!(answer.field("Content-Encoding"), Some(coding), "{accepted}");
                    assert!(answer.content.len() < 2_500, "{accepted}");
                }
            }
        },
    );
}
