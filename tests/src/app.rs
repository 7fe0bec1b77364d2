//! An application with what the demo has not: answers that wait, panics, sinks, content that nobody reads.

use core::time::Duration;

use bantam_core::prelude::*;

use crate::serves::HELLO;

/// The shared state: none.
#[derive(Debug)]
pub struct App;

/// The one there is.
pub static APP: App = App;

/// What panics say here, so that a hook can tell them from failures of a test.
pub const ON_PURPOSE: &str = "on purpose";

/// Streams of this application.
#[derive(Debug)]
pub enum Streams {
    /// The request's content.
    Echo,
    /// This many pieces of ten bytes, one every twenty milliseconds.
    Slow(u32, Option<Instant>),
    /// This many bytes, as fast as they are taken.
    Fast(u64),
    /// Nothing, ever.
    Silent,
    /// Ten bytes, then a panic.
    Panic(bool),
    /// Ten bytes, then a failure.
    Fail(bool),
    /// A sink that counts.
    Count(u64),
}

/// One piece of a slow answer.
pub const PIECE: &[u8; 10] = b"ten bytes\n";

/// The time between two pieces.
pub const PAUSE: Duration = Duration::from_millis(20);

impl Source<App> for Streams {
    fn pull(&mut self, _: &App, pull: &mut Pull<'_>) -> Pulled {
        match self {
            Self::Echo => pull.echo(),
            Self::Slow(left, next) => {
                let now = pull.now();
                match *next {
                    Some(next) if now < next => return Pulled::Wait(Some(next)),
                    _ => *next = Some(now.after(PAUSE)),
                }
                put(pull);
                *left -= 1;
                if *left == 0 { Pulled::Last(PIECE.len()) } else { Pulled::Bytes(PIECE.len()) }
            }
            Self::Fast(left) => {
                let length = pull.space().len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                pull.space()[..length].fill(b'x');
                *left -= length as u64;
                if *left == 0 { Pulled::Last(length) } else { Pulled::Bytes(length) }
            }
            Self::Silent => Pulled::Wait(None),
            Self::Panic(false) | Self::Fail(false) => {
                put(pull);
                *self = if matches!(self, Self::Panic(_)) { Self::Panic(true) } else { Self::Fail(true) };
                Pulled::Bytes(PIECE.len())
            }
            Self::Panic(true) => panic!("{ON_PURPOSE}"),
            Self::Fail(true) | Self::Count(_) => Pulled::Failed,
        }
    }

    fn reads_content(&self) -> bool {
        matches!(self, Self::Echo)
    }
}

fn put(pull: &mut Pull<'_>) {
    pull.space()[..PIECE.len()].copy_from_slice(PIECE);
}

impl Sink<App> for Streams {
    fn push(&mut self, _: &App, content: &[u8]) -> Result<(), Failure> {
        let Self::Count(count) = self else { unreachable!("only this one is a sink") };
        *count += content.len() as u64;
        if content.contains(&b'!') { Err(Status::BAD_REQUEST.into()) } else { Ok(()) }
    }

    fn finish(self, _: &App, _: &Request<'_>, response: &mut Response<'_, Self>) -> Outcome {
        let Self::Count(count) = self else { unreachable!("only this one is a sink") };
        response.format("text/plain", format_args!("{count}"))
    }
}

/// The routes.
pub static ROUTES: Router<App, 17, Streams> = Router::new([
    get("/plaintext", |_, _, response| response.text(HELLO)),
    post("/echo", |_, request, response| response.stream("", length(request), Streams::Echo))
        .content(Delivery::Streamed),
    post("/whole", |_, request, response| response.bytes("", request.body())),
    post("/unread", |_, _, response| response.text("unread")).content(Delivery::Streamed),
    post("/unread-stream", |_, _, response| response.stream("", None, Streams::Fast(10)))
        .content(Delivery::Streamed),
    post("/discarded", |_, _, response| response.text("discarded")).content(Delivery::Discarded),
    sink(Method::Post, "/count", |_, _| Ok(Streams::Count(0))),
    get("/slow/:pieces", |_, request, response| {
        response.stream("", None, Streams::Slow(request.param("pieces")?, None))
    }),
    get("/fast/:bytes", |_, request, response| {
        let bytes = request.param("bytes")?;
        response.stream("", Some(bytes), Streams::Fast(bytes))
    }),
    get("/silent", |_, _, response| response.stream("", None, Streams::Silent)),
    get("/panic", |_, _, _| panic!("{ON_PURPOSE}")),
    get("/panic-while-blocking", |_, _, _| panic!("{ON_PURPOSE}")).blocking(),
    get("/panic-in-source", |_, _, response| response.stream("", None, Streams::Panic(false))),
    get("/panic-in-sized-source", |_, _, response| response.stream("", Some(100), Streams::Panic(false))),
    get("/fail-in-source", |_, _, response| response.stream("", None, Streams::Fail(false))),
    get("/close", |_, _, response| response.close().text("the last")),
    get("/ready", |_, request, response| match request.is_draining() {
        true => Err(Status::SERVICE_UNAVAILABLE.into()),
        false => response.text("ready"),
    }),
]);

/// Bytes of content, where they are known.
fn length(request: &Request<'_>) -> Option<u64> {
    match request.content() {
        Content::Whole(bytes) => Some(bytes.len() as u64),
        Content::Streamed { length } => length,
    }
}

/// This application as a service.
#[must_use]
pub fn service(limits: Limits) -> Service<'static, App, Streams> {
    Service::new(&APP, &ROUTES).with_limits(limits)
}

/// A path of every route of the demo that knows GET, and two that lead nowhere. None waits, and for each the answer to
/// the same request is the same.
pub const PATHS: [&str; 45] = [
    "/",
    "/echo",
    "/cookie",
    "/plaintext",
    "/json",
    "/users/42",
    "/api/time",
    "/health",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/static",
    "/static/",
    "/static/hello.txt",
    "/static/nothing",
    "/nothing",
    "/api/users",
    "/api/users/1",
    "/get?a=b",
    "/anything",
    "/anything/a/b",
    "/headers",
    "/ip",
    "/user-agent",
    "/status/418",
    "/redirect/2",
    "/redirect-to?url=/get",
    "/delay/0",
    "/bytes/10?seed=1",
    "/stream/2",
    "/stream-bytes/10?seed=1",
    "/drip?duration=0",
    "/range/100",
    "/gzip",
    "/etag/a",
    "/cache",
    "/cache/60",
    "/response-headers?a=b",
    "/cookies",
    "/cookies/set?a=b",
    "/cookies/set/a/b",
    "/cookies/delete?a",
    "/basic-auth/a/b",
    "/bearer",
    "/status/204",
];

/// The demo, without a folder of files and without middleware, as a service.
#[must_use]
pub fn demo(limits: Limits) -> Service<'static, bantam_demo::App, bantam_demo::Streams> {
    static DEMO: bantam_demo::App = bantam_demo::App::new();
    Service::new(&DEMO, &bantam_demo::ROUTES).with_limits(limits)
}
