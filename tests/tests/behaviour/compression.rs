//! Content codings on the fly (RFC 9110 §8.4, §12.5.3).

mod choice;
mod faults;
mod flow;

use core::time::Duration;
use std::io::Read as _;

use bantam_core::limits::Limits;
use bantam_core::middleware::compress::{Coding, Compress, Compressed};
use bantam_core::prelude::*;
use bantam_tests::answer::{self, Answer};
use bantam_tests::serves::{HELLO, Serves};

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
