//! The response cache, by the sections of RFC 9111: what is stored, what it is used for, and how it is bounded.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::sync::{Barrier, Mutex, mpsc};
use std::thread;

use bantam_core::middleware::cache::{Cache, Cached};
use bantam_core::middleware::compress::{Coding, Compress, Compressed};
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::memory::Memory;

/// Counts what its handlers are asked.
#[derive(Default)]
struct App {
    asked: AtomicU32,
    gate: Option<Gate>,
}

/// Where the handler of `/gate` tells that it has begun, and waits until it may end.
struct Gate {
    begun: Mutex<mpsc::Sender<()>>,
    go: Mutex<mpsc::Receiver<()>>,
}

#[derive(Debug)]
enum Streams {
    /// So many letters in pieces of at most this many.
    Letters {
        left: u64,
        piece: usize,
        fails: bool,
    },
    Cached(Cached<Streams>),
    Compressed(Compressed<Streams>),
}

impl From<Cached<Streams>> for Streams {
    fn from(cached: Cached<Streams>) -> Self {
        Self::Cached(cached)
    }
}

impl From<Compressed<Streams>> for Streams {
    fn from(compressed: Compressed<Streams>) -> Self {
        Self::Compressed(compressed)
    }
}

impl Source<App> for Streams {
    fn pull(&mut self, app: &App, pull: &mut Pull<'_>) -> Pulled {
        match self {
            Self::Letters { left, piece, fails } => {
                let length = pull.space().len().min(*piece).min(*left as usize);
                pull.space()[..length].fill(b'x');
                *left -= length as u64;
                match (*left, *fails) {
                    (0, true) => Pulled::Failed,
                    (0, false) => Pulled::Last(length),
                    _ => Pulled::Bytes(length),
                }
            }
            Self::Cached(cached) => cached.pull(app, pull),
            Self::Compressed(compressed) => compressed.pull(app, pull),
        }
    }

    fn reads_content(&self) -> bool {
        false
    }
}

impl Sink<App> for Streams {}

static ROUTES: Router<App, 7, Streams> = Router::new([
    any("/answer", answer),
    get("/answer/:name", answer),
    get("/stream/:length", |app, request, response| stream(app, request, response, false)),
    get("/sized/:length", |app, request, response| stream(app, request, response, true)),
    get("/panic", |app, _, _| {
        app.asked.fetch_add(1, Ordering::Relaxed);
        panic!("{}", bantam_tests::app::ON_PURPOSE)
    }),
    get("/gate", |app, _, response| {
        let number = app.asked.fetch_add(1, Ordering::Relaxed);
        let gate = app.gate.as_ref().expect("a gate");
        gate.begun.lock().unwrap().send(()).expect("somebody listens");
        gate.go.lock().unwrap().recv().expect("somebody says go");
        response.cache(60).format("text/plain", format_args!("{number}"))
    }),
    get("/private-gate", |app, _, response| {
        let number = app.asked.fetch_add(1, Ordering::Relaxed);
        let gate = app.gate.as_ref().expect("a gate");
        gate.begun.lock().unwrap().send(()).expect("somebody listens");
        gate.go.lock().unwrap().recv().expect("somebody says go");
        response.no_store().format("text/plain", format_args!("{number}"))
    }),
]);

fn stream(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>, is_sized: bool) -> Outcome {
    app.asked.fetch_add(1, Ordering::Relaxed);
    let left = request.param("length")?;
    let fails = request.query_value("fails").is_some();
    let piece = request.query_number("piece")?.map_or(usize::MAX, |piece| piece as usize);
    response.cache(60);
    response.stream("text/plain", is_sized.then_some(left), Streams::Letters { left, piece, fails })
}

/// What the query asks for: `status`, `length`, fields as `f=Name:value`, and a `fail`ure. The content tells how often a
/// handler was asked before.
fn answer(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let number = app.asked.fetch_add(1, Ordering::Relaxed);
    for (name, value) in request.query_pairs() {
        let mut space = [0; 200];
        if name.bytes().eq(*b"f") {
            let field = value.to_str_in(&mut space).expect("it fits");
            let (name, value) = field.split_once(':').expect("a field");
            response.field(name, value);
        }
    }
    // What a handler does that knows its validators.
    let is_known =
        request.field("If-None-Match").is_some_and(|tags| response.field_value("ETag") == Some(tags));
    if is_known {
        return response.status(Status::NOT_MODIFIED).empty();
    }
    if request.query_value("fail").is_some() {
        return Err(Status::CONFLICT.into());
    }
    let status = request.query_number("status")?.unwrap_or(200);
    let status = Status::new(status as u16).expect("a status");
    if status == Status::NO_CONTENT {
        return response.no_content();
    }
    response.status(status).format("text/plain", format_args!("{number}"))
}

/// Runs a script on one connection of a server with a cache of its own.
fn with_cache(cache: Cache, check: impl FnOnce(&mut Memory<'_, App, Streams>, &Cache)) {
    let app = App::default();
    let chain: [&dyn Middleware<App, Streams>; 1] = [&cache];
    let service = Service::new(&app, &ROUTES).with_middleware(&chain);
    check(&mut Memory::<_, _>::new(&service), &cache);
}

fn cache() -> Cache {
    Cache::new(1 << 20, 1_000).with_status("c")
}

fn ask(server: &mut Memory<'_, App, Streams>, line: &str, fields: &str) -> Answer {
    if server.is_closed() {
        server.reconnect();
    }
    server.clear_output();
    let host = if fields.contains("Host:") { "" } else { "Host: a\r\n" };
    server.deliver(format!("{line} HTTP/1.1\r\n{host}{fields}\r\n").as_bytes());
    let method = line.split(' ').next().expect("a method");
    let mut answers = answer::all(server.output(), &[method]);
    assert_eq!(answers.len(), 1, "{line}: {answers:?}");
    answers.remove(0)
}

fn get_of(server: &mut Memory<'_, App, Streams>, query: &str, fields: &str) -> Answer {
    ask(server, &format!("GET /answer?{query}"), fields)
}

const FRESH: &str = "f=Cache-Control:max-age=60";

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

/// Refuses who has the field; adds one to all others.
struct Guard;

impl Middleware<App, Streams> for Guard {
    fn admit(&self, _: &App, request: &Request<'_>) -> Result<(), Failure> {
        match request.field("X-Forbidden") {
            Some(_) => Err(Status::FORBIDDEN.into()),
            None => Ok(()),
        }
    }

    fn handle(
        &self,
        app: &App,
        request: &Request<'_>,
        response: &mut Response<'_, Streams>,
        next: Next<'_, App, Streams>,
    ) {
        response.field("X-Before", request.field("X-Id").unwrap_or("none"));
        next.run(app, request, response);
        response.field("X-After", request.field("X-Id").unwrap_or("none"));
    }
}

#[test]
fn a_refused_request_is_not_answered_from_the_store() {
    let (app, cache, guard) = (App::default(), cache(), Guard);
    for guard_first in [true, false] {
        let chain: [&dyn Middleware<App, Streams>; 2] =
            if guard_first { [&guard, &cache] } else { [&cache, &guard] };
        let service = Service::new(&app, &ROUTES).with_middleware(&chain);
        let mut server = Memory::<_, _>::new(&service);
        get_of(&mut server, FRESH, "");
        assert_eq!(get_of(&mut server, FRESH, "").field("Age"), Some("0"));
        let refused = get_of(&mut server, FRESH, "X-Forbidden: 1\r\n");
        assert_eq!((refused.status, refused.field("Age")), (403, None), "{guard_first}");
    }
}

#[test]
fn fields_of_middleware_around_it_are_not_stored() {
    let (app, cache, guard) = (App::default(), cache(), Guard);
    let chain: [&dyn Middleware<App, Streams>; 2] = [&guard, &cache];
    let service = Service::new(&app, &ROUTES).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    for id in ["1", "2", "3"] {
        let answer = get_of(&mut server, FRESH, &format!("X-Id: {id}\r\n"));
        assert_eq!(
            (answer.text(), answer.field("X-Before"), answer.field("X-After")),
            ("0", Some(id), Some(id))
        );
        assert!(answer.field("Server").is_some() && answer.field("Date").is_some());
    }
}

/// Says that nothing may be stored, unless the handler says otherwise.
struct Cautious;

impl Middleware<App, Streams> for Cautious {
    fn handle(
        &self,
        app: &App,
        request: &Request<'_>,
        response: &mut Response<'_, Streams>,
        next: Next<'_, App, Streams>,
    ) {
        response.no_store();
        next.run(app, request, response);
    }
}

#[test]
fn what_the_handler_replaced_stays_replaced() {
    let (app, cache) = (App::default(), cache());
    let chain: [&dyn Middleware<App, Streams>; 2] = [&Cautious, &cache];
    let service = Service::new(&app, &ROUTES).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    for age in [None, Some("0")] {
        let answer = ask(&mut server, "GET /sized/10", "");
        let lines = answer.fields.iter().filter(|(name, _)| name == "Cache-Control");
        let lines: Vec<_> = lines.map(|(_, value)| value.as_str()).collect();
        assert_eq!((lines, answer.field("Age")), (vec!["public, max-age=60"], age));
    }
}

#[test]
fn before_and_behind_content_codings() {
    use std::io::Read as _;
    let decoded = |answer: &Answer| match answer.field("Content-Encoding") {
        None => answer.content.len(),
        Some(coding) => {
            assert_eq!(coding, "gzip");
            let mut content = Vec::new();
            flate2::read::GzDecoder::new(&*answer.content).read_to_end(&mut content).expect("gzip")
        }
    };
    let compress = Compress::new([Coding::gzip(6)]);
    for cache_first in [true, false] {
        let (app, cache) = (App::default(), cache());
        let chain: [&dyn Middleware<App, Streams>; 2] =
            if cache_first { [&cache, &compress] } else { [&compress, &cache] };
        let service = Service::new(&app, &ROUTES).with_middleware(&chain);
        let mut server = Memory::<_, _>::new(&service);
        for length in [2_000_usize, 100_000] {
            for path in ["stream", "sized"] {
                let line = format!("GET /{path}/{length}");
                let before = app.asked.load(Ordering::Relaxed);
                for round in 0..3 {
                    for fields in ["Accept-Encoding: gzip\r\n", ""] {
                        let answer = ask(&mut server, &line, fields);
                        let name = format!("{line} {fields:?}, cache first: {cache_first}, round {round}");
                        assert_eq!(answer.field("Content-Encoding").is_some(), !fields.is_empty(), "{name}");
                        assert_eq!(
                            (decoded(&answer), answer.field("Vary")),
                            (length, Some("Accept-Encoding")),
                            "{name}"
                        );
                        assert!(round == 0 || answer.field("Age") == Some("0"), "{name}");
                    }
                }
                let asked = app.asked.load(Ordering::Relaxed) - before;
                assert_eq!(asked, if cache_first { 2 } else { 1 }, "{line}: variants or one plain answer");
            }
        }
    }
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

/// An application with a gate, its ends, and a service of it that lives as long as the program.
fn gated(
    cache: Cache,
) -> (&'static App, mpsc::Receiver<()>, mpsc::Sender<()>, &'static Service<'static, App, Streams>) {
    let ((begun, has_begun), (go, may_go)) = (mpsc::channel(), mpsc::channel());
    let gate = Gate { begun: Mutex::new(begun), go: Mutex::new(may_go) };
    let app: &'static App = Box::leak(Box::new(App { asked: AtomicU32::new(0), gate: Some(gate) }));
    let cache: &'static Cache = Box::leak(Box::new(cache));
    let chain: &'static [&'static dyn Middleware<App, Streams>] = Box::leak(Box::new([cache as _]));
    (app, has_begun, go, Box::leak(Box::new(Service::new(app, &ROUTES).with_middleware(chain))))
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn one_fills_while_others_wait() {
    let (app, has_begun, go, service) = gated(cache().with_wait(LONG));
    let all_there = Barrier::new(8);
    thread::scope(|scope| {
        let askers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut server = Memory::<_, _>::new(service);
                    all_there.wait();
                    ask(&mut server, "GET /gate", "").text().to_owned()
                })
            })
            .collect();
        has_begun.recv().expect("one begins");
        go.send(()).expect("it waits");
        for asker in askers {
            assert_eq!(asker.join().expect("an answer"), "0");
        }
    });
    assert_eq!(app.asked.load(Ordering::Relaxed), 1, "the handler was asked once");
}

#[test]
fn who_has_waited_long_enough_asks_itself() {
    let (app, has_begun, go, service) = gated(cache().with_wait(Duration::from_millis(1)));
    thread::scope(|scope| {
        let first = scope.spawn(|| ask(&mut Memory::<_, _>::new(service), "GET /gate", "").text().to_owned());
        has_begun.recv().expect("the first begins");
        let second =
            scope.spawn(|| ask(&mut Memory::<_, _>::new(service), "GET /gate", "").text().to_owned());
        has_begun.recv().expect("the second does too, while the first is at it");
        go.send(()).and(go.send(())).expect("they wait");
        assert_eq!(first.join().expect("an answer"), "0");
        assert_eq!(second.join().expect("an answer"), "1");
    });
    assert_eq!(app.asked.load(Ordering::Relaxed), 2);
}

#[test]
fn stale_answers_are_given_while_one_fills() {
    let (app, has_begun, go, service) = gated(cache().with_wait(LONG));
    static WINDOW: Router<App, 1, Streams> = Router::new([get("/gate", |app, _, response| {
        let number = app.asked.fetch_add(1, Ordering::Relaxed);
        let gate = app.gate.as_ref().expect("a gate");
        gate.begun.lock().unwrap().send(()).expect("somebody listens");
        gate.go.lock().unwrap().recv().expect("somebody says go");
        let response = response.field("Cache-Control", "max-age=10, stale-while-revalidate=20");
        response.format("text/plain", format_args!("{number}"))
    })]);
    let _ = service;
    let cache: &'static Cache = Box::leak(Box::new(cache().with_wait(LONG)));
    let chain: [&dyn Middleware<App, Streams>; 1] = [cache];
    let service = Service::new(app, &WINDOW).with_middleware(&chain);
    let mut server = Memory::<_, _>::new(&service);
    go.send(()).expect("it waits");
    assert_eq!(ask(&mut server, "GET /gate", "").text(), "0");
    has_begun.recv().expect("it has begun");
    server.pass(Duration::from_secs(11));
    let mut late = Memory::<_, _>::new(&service);
    late.pass(Duration::from_secs(11));
    let mut too_late = Memory::<_, _>::new(&service);
    too_late.pass(Duration::from_secs(31));
    thread::scope(|scope| {
        let filler = scope.spawn(move || ask(&mut server, "GET /gate", "").text().to_owned());
        has_begun.recv().expect("the filler begins");
        for _ in 0..3 {
            let stale = ask(&mut late, "GET /gate", "");
            assert_eq!((stale.text(), stale.field("Age")), ("0", Some("11")), "at once");
        }
        go.send(()).expect("it waits");
        assert_eq!(filler.join().expect("an answer"), "1");
    });
    assert_eq!(ask(&mut late, "GET /gate", "").text(), "1");
    go.send(()).expect("it waits");
    assert_eq!(ask(&mut too_late, "GET /gate", "").text(), "2", "the first who finds it stale makes another");
    assert_eq!(app.asked.load(Ordering::Relaxed), 3);
}

#[test]
fn what_was_not_stored_is_not_waited_for() {
    let (app, has_begun, go, service) = gated(cache().with_wait(LONG));
    go.send(()).expect("it waits");
    assert_eq!(ask(&mut Memory::<_, _>::new(service), "GET /private-gate", "").text(), "0");
    has_begun.recv().expect("it has begun");
    thread::scope(|scope| {
        let askers: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| ask(&mut Memory::<_, _>::new(service), "GET /private-gate", "").status))
            .collect();
        // All at the same time: none waits for another.
        (0..4).for_each(|_| has_begun.recv().expect("it begins"));
        (0..4).for_each(|_| go.send(()).expect("it waits"));
        askers.into_iter().for_each(|asker| assert_eq!(asker.join().expect("an answer"), 200));
    });
    assert_eq!(app.asked.load(Ordering::Relaxed), 5);
}

#[test]
fn a_change_while_it_is_made_outdates_an_answer() {
    static CHANGED: Router<App, 2, Streams> = Router::new([
        get("/gate", |app, _, response| {
            let number = app.asked.fetch_add(1, Ordering::Relaxed);
            let gate = app.gate.as_ref().expect("a gate");
            gate.begun.lock().unwrap().send(()).expect("somebody listens");
            gate.go.lock().unwrap().recv().expect("somebody says go");
            response.cache(60).format("text/plain", format_args!("{number}"))
        }),
        put("/gate", |_, _, response| response.no_content()),
    ]);
    let (app, has_begun, go, _) = gated(cache());
    let cache: &'static Cache = Box::leak(Box::new(cache()));
    let chain: [&dyn Middleware<App, Streams>; 1] = [cache];
    let service = Service::new(app, &CHANGED).with_middleware(&chain);
    thread::scope(|scope| {
        let filler =
            scope.spawn(|| ask(&mut Memory::<_, _>::new(&service), "GET /gate", "").text().to_owned());
        has_begun.recv().expect("it begins");
        assert_eq!(ask(&mut Memory::<_, _>::new(&service), "PUT /gate", "Content-Length: 0\r\n").status, 204);
        go.send(()).expect("it waits");
        assert_eq!(filler.join().expect("an answer"), "0");
    });
    assert_eq!(cache.sizes().0, 0, "it may be from before the change");
}

#[test]
fn a_handler_that_panics_lets_the_next_one_fill() {
    let app = App::default();
    let cache = cache().with_wait(LONG);
    let chain: [&dyn Middleware<App, Streams>; 1] = [&cache];
    let service = Service::new(&app, &ROUTES).with_middleware(&chain);
    for number in 1..=2 {
        let panicked = std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| {
            Memory::<_, _>::new(&service).deliver(b"GET /panic HTTP/1.1\r\nHost: a\r\n\r\n");
        }));
        assert!(panicked.is_err());
        assert_eq!(app.asked.load(Ordering::Relaxed), number, "nobody waits for the one that is gone");
    }
}
