//! Content codings on the fly: who gets them, what the fields say, and that what is coded is decoded (RFC 9110 §8.4,
//! §12.5.3).

use core::time::Duration;
use std::io::Read as _;

use bantam_core::limits::Limits;
use bantam_core::middleware::compress::{Coded, Coder, CoderError, Coding, Compress, Compressed, Flush};
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::{HELLO, Serves, on_all_with};

struct App;

#[derive(Debug)]
enum Streams {
    /// So many bytes of text, in pieces of at most this many.
    Text {
        from: u64,
        left: u64,
        piece: usize,
        ends: Ends,
    },
    /// Pieces of text, one a second, the next at this instant.
    Slow(u32, Instant),
    /// What the request's content says.
    Echo,
    Compressed(Compressed<Streams>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Well,
    Fails,
    /// A second before it fails.
    WaitsAndFails,
}

impl From<Compressed<Streams>> for Streams {
    fn from(compressed: Compressed<Streams>) -> Self {
        Self::Compressed(compressed)
    }
}

const PIECE: &str = "a piece that comes when its time has come\n";

impl Source<App> for Streams {
    fn pull(&mut self, app: &App, pull: &mut Pull<'_>) -> Pulled {
        match self {
            Self::Text { left: 0, ends: Ends::Fails, .. } => Pulled::Failed,
            Self::Text { left: 0, ends: ends @ Ends::WaitsAndFails, .. } => {
                *ends = Ends::Fails;
                Pulled::Wait(Some(pull.now().after(Duration::from_secs(1))))
            }
            Self::Text { from, left, piece, ends } => {
                let length = pull.space().len().min(*piece).min(usize::try_from(*left).unwrap_or(usize::MAX));
                fill(&mut pull.space()[..length], *from);
                *from += length as u64;
                *left -= length as u64;
                if *left == 0 && *ends == Ends::Well { Pulled::Last(length) } else { Pulled::Bytes(length) }
            }
            Self::Slow(left, next) => {
                if pull.now() < *next {
                    return Pulled::Wait(Some(*next));
                }
                pull.space()[..PIECE.len()].copy_from_slice(PIECE.as_bytes());
                *next = pull.now().after(Duration::from_secs(1));
                *left -= 1;
                if *left == 0 { Pulled::Last(PIECE.len()) } else { Pulled::Bytes(PIECE.len()) }
            }
            Self::Echo => pull.echo(),
            Self::Compressed(compressed) => compressed.pull(app, pull),
        }
    }

    fn reads_content(&self) -> bool {
        match self {
            Self::Echo => true,
            Self::Compressed(compressed) => compressed.reads_content(),
            _ => false,
        }
    }
}

impl Sink<App> for Streams {}

/// Text whose byte at a place is always the same.
fn fill(space: &mut [u8], from: u64) {
    for (byte, at) in space.iter_mut().zip(from..) {
        *byte =
            b"the quick brown fox jumps over 13 lazy dogs\n"[(at % 44) as usize] ^ u8::from(at % 1_009 == 0);
    }
}

fn text(length: usize) -> Vec<u8> {
    let mut text = vec![0; length];
    fill(&mut text, 0);
    text
}

const fn letters<const N: usize>() -> [u8; N] {
    let mut letters = [b'a'; N];
    let mut at = 0;
    while at < N {
        letters[at] = b'a' + (at * at % 23) as u8;
        at += 1;
    }
    letters
}

/// Bytes that cannot be coded shorter.
const fn noise<const N: usize>() -> [u8; N] {
    let mut noise = [0; N];
    let (mut seed, mut at) = (1_u64, 0);
    while at < N {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise[at] = (seed >> 56) as u8;
        at += 1;
    }
    noise
}

static SMALL: [u8; 2_000] = letters();
static MEDIUM: [u8; 200_000] = letters();
static NOISY: [u8; 100_000] = mixed();
static LARGE: [u8; 600_000] = letters();
static NOISE: [u8; 5_000] = noise();

/// Noise of few letters: what is coded is shorter, and too long for a transmit buffer.
const fn mixed<const N: usize>() -> [u8; N] {
    let mut mixed = noise::<N>();
    let mut at = 0;
    while at < N {
        mixed[at] = b'a' + mixed[at] % 16;
        at += 1;
    }
    mixed
}

static ROUTES: Router<App, 10, Streams> = Router::new([
    get("/plaintext", |_, _, response| response.text(HELLO)),
    any("/answer", answer),
    get("/static/:name", |_, request, response| {
        let bytes: &'static [u8] = match request.param("name")? {
            "small" => &SMALL,
            "medium" => &MEDIUM,
            "noisy" => &NOISY,
            "large" => &LARGE,
            _ => &NOISE,
        };
        response.field("ETag", "\"static\"").field("Accept-Ranges", "bytes").static_bytes("text/css", bytes)
    }),
    get("/stream/:length", |_, request, response| stream(request, response, false, Ends::Well)),
    get("/sized/:length", |_, request, response| stream(request, response, true, Ends::Well)),
    get("/fails/:length", |_, request, response| stream(request, response, false, Ends::Fails)),
    get("/waits-and-fails/:length", |_, request, response| {
        stream(request, response, false, Ends::WaitsAndFails)
    }),
    get("/slow/:pieces", |_, request, response| {
        response.stream("text/plain", None, Streams::Slow(request.param("pieces")?, request.now()))
    }),
    post("/echo", |_, _, response| response.stream("text/plain", None, Streams::Echo))
        .content(Delivery::Streamed),
    get("/short/:length", |_, request, response| {
        // Announces one byte more than it gives.
        let length: u64 = request.param("length")?;
        let source = Streams::Text { from: 0, left: length, piece: 1_000, ends: Ends::Well };
        response.stream("text/plain", Some(length + 1), source)
    }),
]);

fn stream(
    request: &Request<'_>,
    response: &mut Response<'_, Streams>,
    is_sized: bool,
    ends: Ends,
) -> Outcome {
    let left = request.param("length")?;
    let piece = request.query_number("piece")?.map_or(usize::MAX, |piece| piece as usize);
    response.stream("text/plain", is_sized.then_some(left), Streams::Text { from: 0, left, piece, ends })
}

/// What the query asks for: `type`, `length`, `status`, and fields as `f=Name:value`.
fn answer(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let mut space = [0; 200];
    for (name, value) in request.query_pairs() {
        if name.bytes().eq(*b"f") {
            let field = value.to_str_in(&mut space).expect("it fits");
            let (name, value) = field.split_once(':').expect("a field");
            response.field(name, value);
        }
    }
    let status = request.query_number("status")?.unwrap_or(200);
    if status >= 500 {
        return Err(Failure::new(Status::new(status as u16).expect("a status"), "on purpose"));
    }
    let length = request.query_number("length")?.unwrap_or(5_000);
    let media_type = request.query_value("type");
    let media_type = media_type.as_ref().map_or(Some("text/html"), |value| value.to_str_in(&mut space));
    let response = response.status(Status::new(status as u16).expect("a status"));
    match status {
        204 | 304 => response.empty(),
        _ => response.bytes(media_type.expect("it fits"), &text(length as usize)),
    }
}

static COMPRESS: Compress<1> =
    Compress::new([Coding::gzip(6)]).with_skip(|request| request.field("X-Secret").is_some());
static CHAIN: [&dyn Middleware<App, Streams>; 1] = [&COMPRESS];

fn service() -> Service<'static, App, Streams> {
    Service::new(&App, &ROUTES).with_middleware(&CHAIN).with_limits(Limits::DEFAULT)
}

/// The same with coders of its own, for tests that count them.
fn service_with(compress: Compress<1>) -> (Service<'static, App, Streams>, &'static Compress<1>) {
    let compress: &'static Compress<1> = Box::leak(Box::new(compress));
    let chain: &'static [&'static dyn Middleware<App, Streams>] = Box::leak(Box::new([compress as _]));
    (Service::new(&App, &ROUTES).with_middleware(chain), compress)
}

fn ask(server: &mut dyn Serves, line: &str, fields: &str) -> Answer {
    server.ask(format!("{line} HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes())
}

/// What a gzip member holds, by another implementation that checks its end.
fn decode(coded: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut decoder = flate2::bufread::GzDecoder::new(coded);
    decoder.read_to_end(&mut content).expect("a whole member");
    assert!(decoder.into_inner().is_empty(), "something stands behind it");
    content
}

/// What can be decoded of the front of one.
fn decode_front(coded: &[u8]) -> Vec<u8> {
    let mut decoder = flate2::bufread::GzDecoder::new(coded);
    let (mut content, mut space) = (Vec::new(), [0; 4_096]);
    while let Ok(length @ 1..) = decoder.read(&mut space) {
        content.extend_from_slice(&space[..length]);
    }
    content
}

/// The data of the chunks behind the head, as far as they go.
fn chunk_data(bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut rest = &bytes[answer::find(bytes, b"\r\n\r\n").expect("a head") + 4..];
    let mut data = Vec::new();
    while let Some(end) = answer::find(rest, b"\r\n") {
        let size = usize::from_str_radix(core::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return (data, true);
        }
        let Some(chunk) = rest.get(end + 2..end + 2 + size) else { break };
        data.extend_from_slice(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    (data, false)
}

const GZIP: &str = "Accept-Encoding: gzip\r\n";

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
fn static_content_is_coded_whole_or_flows() {
    on_all_with(service, |server| {
        let cases: [(&str, &[u8], bool, bool); 5] = [
            ("small", &SMALL, true, true),
            ("medium", &MEDIUM, true, true),
            ("noisy", &NOISY, true, true),
            ("large", &LARGE, true, false),
            ("noise", &NOISE, false, true),
        ];
        for (name, bytes, is_coded, is_sized) in cases {
            let answer = ask(server, &format!("GET /static/{name}"), GZIP);
            assert_eq!(answer.field("Content-Encoding").is_some(), is_coded, "{name}");
            assert_eq!(answer.field("Content-Length").is_some(), is_sized, "{name}");
            assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{name}");
            let content = if is_coded { decode(&answer.content) } else { answer.content.clone() };
            assert!(content == bytes, "{name}");
            assert!(is_coded == (answer.content.len() < bytes.len()), "{name}");
        }
        assert!(
            ask(server, "GET /static/noisy", GZIP).content.len() > 32_768,
            "more than the transmit buffer"
        );
    });
}

#[test]
fn streams_are_coded_as_they_flow() {
    on_all_with(service, |server| {
        for length in [0, 1, 43, 1_024, 16_384, 16_385, 100_000, 1_000_000] {
            for piece in [1, 7, 1_000, 16_384, 100_000] {
                if length / piece > 20_000 {
                    continue;
                }
                for kind in ["stream", "sized"] {
                    let answer = ask(server, &format!("GET /{kind}/{length}?piece={piece}"), GZIP);
                    let is_coded = kind == "stream" || length >= 1_024;
                    let name = format!("{kind} of {length} in pieces of {piece}");
                    assert_eq!(answer.field("Content-Encoding").is_some(), is_coded, "{name}");
                    assert_eq!(answer.field("Transfer-Encoding").is_some(), is_coded, "{name}");
                    let content = if is_coded { decode(&answer.content) } else { answer.content };
                    assert!(content == text(length), "{name}");
                }
            }
        }
    });
}

#[test]
fn small_buffers_and_peers_that_take_a_byte_at_a_time() {
    let service = service();
    let mut server = Memory::<_, _, 1_024, 512>::new(&service);
    for step in [1, 3, 100] {
        server.step = step;
        for length in [0, 100, 20_000] {
            let answer = ask(&mut server, &format!("GET /stream/{length}?piece=11"), GZIP);
            assert!(decode(&answer.content) == text(length), "{length} by {step}");
        }
        let answer = ask(&mut server, "GET /static/noisy", GZIP);
        assert!(decode(&answer.content) == NOISY, "by {step}");
    }
    let mut server = Memory::<_, _>::new(&service);
    server.step = 1;
    for line in ["GET /answer", "GET /stream/5000?piece=1", "GET /static/large"] {
        let answer = ask(&mut server, line, GZIP);
        assert!(decode(&answer.content).len() >= 5_000, "{line}");
    }
}

#[test]
fn http_1_0_gets_a_stream_up_to_the_close() {
    on_all_with(service, |server| {
        let bytes = server.converse(&[format!("GET /stream/50000 HTTP/1.0\r\n{GZIP}\r\n").as_bytes()], true);
        let answer = answer::all(&bytes, &["GET"]).remove(0);
        assert_eq!(
            (answer.field("Content-Encoding"), answer.field("Transfer-Encoding")),
            (Some("gzip"), None)
        );
        assert!(answer.says_close() && decode(&answer.content) == text(50_000));
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
fn a_source_that_waits_holds_nothing_back() {
    let service = service();
    let mut server = Memory::<_, _>::new(&service);
    server.deliver(format!("GET /slow/4 HTTP/1.1\r\nHost: a\r\n{GZIP}\r\n").as_bytes());
    for pieces in 1..=4 {
        let (data, is_complete) = chunk_data(server.output());
        assert_eq!(String::from_utf8_lossy(&decode_front(&data)), PIECE.repeat(pieces));
        assert_eq!(is_complete, pieces == 4);
        if !is_complete {
            assert_eq!(server.time_left(), Duration::from_secs(1), "it waits until the source's instant");
            server.pass(Duration::from_millis(999));
            assert_eq!(chunk_data(server.output()).0, data, "and nothing comes before it");
            server.pass(Duration::from_millis(1));
        }
    }
    assert!(decode(&chunk_data(server.output()).0) == PIECE.repeat(4).as_bytes());
}

#[test]
fn an_echo_flows_both_ways() {
    let service = service();
    let mut server = Memory::<_, _>::new(&service);
    server.deliver(format!("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n{GZIP}\r\n").as_bytes());
    const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
    assert!(server.output().starts_with(CONTINUE), "the source reads content");
    let mut sent = String::new();
    for piece in ["first ", "second ", "third "] {
        server.deliver(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes());
        sent.push_str(piece);
        let (data, is_complete) = chunk_data(&server.output()[CONTINUE.len()..]);
        assert_eq!(
            (String::from_utf8_lossy(&decode_front(&data)), is_complete),
            (sent.as_str().into(), false)
        );
    }
    server.deliver(b"0\r\n\r\n");
    let (data, is_complete) = chunk_data(&server.output()[CONTINUE.len()..]);
    assert!(is_complete && decode(&data) == sent.as_bytes());
    assert!(!server.is_closed(), "all content was read");
}

#[test]
fn a_source_that_fails_cuts_the_answer_behind_what_it_gave() {
    let (service, compress) = service_with(Compress::new([Coding::gzip(6)]));
    for (path, waits) in [("/fails", 0), ("/waits-and-fails", 1), ("/short", 0)] {
        for length in [0, 1, 1_000, 5_000, 300_000] {
            let mut server = Memory::<_, _>::new(&service);
            server.deliver(format!("GET {path}/{length} HTTP/1.1\r\nHost: a\r\n{GZIP}\r\n").as_bytes());
            for _ in 0..waits {
                assert!(!server.is_closed(), "{path} {length}");
                server.pass(Duration::from_secs(1));
            }
            let name = format!("{path} {length}");
            assert!(server.is_closed(), "{name}");
            let is_coded = answer::find(server.output(), b"Content-Encoding: gzip").is_some();
            assert_eq!(is_coded, path != "/short" || length + 1 >= 1_024, "{name}");
            assert!(answer::find(server.output(), b"Vary: Accept-Encoding\r\n").is_some(), "{name}");
            if is_coded {
                let (data, is_complete) = chunk_data(server.output());
                assert!(!is_complete, "{name}: the peer can tell");
                let given = decode_front(&data);
                // One that has announced more fails with its last piece, which is in nobody's hands any more.
                let expected = if path == "/short" { given.len() } else { length };
                assert!(given == text(length)[..expected], "{name}: {} came", given.len());
            }
        }
    }
    assert_eq!(compress.codings()[0].coders(), (0, 1), "its coder is back");
}

#[test]
fn what_fails_inside_is_a_500_that_varies() {
    on_all_with(service, |server| {
        let answer = ask(server, "GET /answer?length=40000", GZIP);
        assert_eq!(
            (answer.status, answer.field("Vary")),
            (500, Some("Accept-Encoding")),
            "too large a mistake"
        );
        assert_eq!(answer.field("Content-Encoding"), None);
    });
}

#[test]
fn coders_are_bounded_and_come_back() {
    let (service, few) = service_with(Compress::new([Coding::gzip(1).with_coders(2, 1)]));
    let request = format!("GET /slow/2 HTTP/1.1\r\nHost: a\r\n{GZIP}\r\n");
    let mut servers: Vec<_> = (0..3).map(|_| Memory::<_, _>::new(&service)).collect();
    for (number, server) in servers.iter_mut().enumerate() {
        server.deliver(request.as_bytes());
        let is_coded = answer::find(server.output(), b"Content-Encoding: gzip").is_some();
        assert_eq!(is_coded, number < 2, "{number}: the third is plain");
        assert!(answer::find(server.output(), b"Vary: Accept-Encoding").is_some(), "{number}");
    }
    assert_eq!(few.codings()[0].coders(), (2, 0));
    servers[0].pass(Duration::from_secs(1));
    assert_eq!(few.codings()[0].coders(), (1, 1), "one has ended");
    servers.truncate(1);
    assert_eq!(few.codings()[0].coders(), (0, 1), "one was cut off; one of two is kept");
    servers[0].deliver(request.as_bytes());
    assert_eq!(few.codings()[0].coders(), (1, 0), "and used again");
}

/// A coder that takes so many calls before it fails, or stands still.
struct Broken {
    calls: u32,
    fails: bool,
}

impl Coder for Broken {
    fn code(&mut self, input: &[u8], output: &mut [u8], _: Flush) -> Result<Coded, CoderError> {
        self.calls += 1;
        match (self.calls, self.fails) {
            (1, _) => {
                output[0] = b'?';
                Ok(Coded { consumed: input.len().min(1), produced: 1, done: false })
            }
            (_, true) => Err(CoderError),
            (_, false) => Ok(Coded { consumed: 0, produced: 0, done: false }),
        }
    }

    fn reset(&mut self) {
        self.calls = 0;
    }
}

#[test]
fn a_coder_that_fails_leaves_what_it_can_and_cuts_what_it_must() {
    let makes: [fn(u8) -> Box<dyn Coder>; 2] =
        [|_| Box::new(Broken { calls: 0, fails: true }), |_| Box::new(Broken { calls: 0, fails: false })];
    for make in makes {
        let (service, compress) = service_with(Compress::new([Coding::new("gzip", 0, make)]));
        let mut server = Memory::<_, _>::new(&service);
        for path in ["/answer", "/static/medium"] {
            let answer = ask(&mut server, &format!("GET {path}"), GZIP);
            assert_eq!((answer.status, answer.field("Content-Encoding")), (200, None), "{path}");
            assert_eq!(answer.field("Vary"), Some("Accept-Encoding"), "{path}");
            assert!(answer.content == text(5_000) || answer.content == MEDIUM, "{path}");
        }
        for path in ["/stream/5000", "/static/large"] {
            server.reconnect();
            server.deliver(format!("GET {path} HTTP/1.1\r\nHost: a\r\n{GZIP}\r\n").as_bytes());
            assert!(server.is_closed() && !server.output().ends_with(b"0\r\n\r\n"), "{path}");
            server.close();
        }
        assert_eq!(compress.codings()[0].coders(), (0, 1));
    }
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

/// What people use: curl asks for what it can decode, and compares.
#[test]
fn curl_decodes_it() {
    let server = Running::start(service());
    if std::process::Command::new("curl").arg("--version").output().is_err() {
        println!("skipped: curl is not installed");
        return;
    }
    for (path, expected) in [
        ("/answer", text(5_000)),
        ("/stream/300000?piece=1000", text(300_000)),
        ("/static/large", LARGE.to_vec()),
    ] {
        for options in [&["--compressed"][..], &["--compressed", "--http1.0"], &[]] {
            let url = format!("http://{}{path}", server.address());
            let output = std::process::Command::new("curl")
                .args(["-sS", "-f", "-w", "%{stderr}%header{content-encoding}"])
                .args(options)
                .arg(url)
                .output()
                .expect("curl runs");
            assert!(output.status.success() && output.stdout == expected, "{path} {options:?}");
            let coding = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(coding, if options.is_empty() { "" } else { "gzip" }, "{path} {options:?}");
        }
    }
}
