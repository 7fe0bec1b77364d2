//! A little application with one route for each way of taking content and of answering.

use std::string::String;
use std::sync::Mutex;
use std::vec::Vec;
use std::{format, vec};

use crate::connection::{Cause, Closing};
use crate::prelude::*;

pub(super) struct App;

/// Every stream of the application.
#[derive(Debug)]
pub(super) enum Stream {
    /// Gives back what comes.
    Echo,
    /// Gives this many letters.
    Letters(u64),
    /// Gives one line once this instant has come.
    Waits(Instant),
    /// Waits for nothing.
    Forever,
    /// Gives so many letters, then fails.
    Fails(u64),
    /// Gives five bytes and says that it has ended.
    Five,
    /// Gives the target of the request, one byte at a time.
    Target(usize),
    /// Takes content and counts it.
    Sum { bytes: u64, total: u64 },
}

impl Source<App> for Stream {
    fn pull(&mut self, _: &App, pull: &mut Pull<'_>) -> Pulled {
        match self {
            Self::Echo => pull.echo(),
            Self::Letters(left) | Self::Fails(left) => {
                let space = pull.space();
                let length = space.len().min(usize::try_from(*left).unwrap()).min(100);
                space[..length].fill(b'a');
                *left -= length as u64;
                match self {
                    Self::Letters(0) => Pulled::Last(length),
                    Self::Fails(0) if length == 0 => Pulled::Failed,
                    _ => Pulled::Bytes(length),
                }
            }
            Self::Waits(until) if pull.now() < *until => Pulled::Wait(Some(*until)),
            Self::Waits(_) => {
                pull.space()[..5].copy_from_slice(b"done\n");
                Pulled::Last(5)
            }
            Self::Five => {
                pull.space()[..5].copy_from_slice(b"five\n");
                Pulled::Last(5)
            }
            Self::Target(at) => {
                let target = pull.request().unwrap().target().as_bytes();
                pull.space()[0] = target[*at];
                *at += 1;
                if *at < target.len() { Pulled::Bytes(1) } else { Pulled::Last(1) }
            }
            Self::Forever | Self::Sum { .. } => Pulled::Wait(None),
        }
    }
}

impl Sink<App> for Stream {
    fn push(&mut self, _: &App, content: &[u8]) -> Result<(), Failure> {
        let Self::Sum { bytes, total } = self else { panic!("no sink") };
        assert!(!content.is_empty());
        for &byte in content {
            if byte == b'!' {
                return Err(Failure::new(Status::UNPROCESSABLE_CONTENT, "no exclamations"));
            }
            *bytes += 1;
            *total += u64::from(byte);
        }
        Ok(())
    }

    fn finish(self, _: &App, request: &Request<'_>, response: &mut Response<'_, Self>) -> Outcome {
        let Self::Sum { bytes, total } = self else { panic!("no sink") };
        assert!(request.body().is_empty());
        response.text(&format!("{bytes} bytes, sum {total}"))
    }
}

const BINARY: &str = "application/octet-stream";
pub(super) static LARGE: [u8; 10_000] = [b's'; 10_000];

pub(super) static ROUTES: Router<App, 33, Stream> = Router::new([
    get("/", |_, _, response| response.text("hello")),
    get("/users/:id", |_, request, response| response.text(request.param("id")?)),
    get("/number/:n", |_, request, response| response.text(&format!("{}", request.param::<u32>("n")?))),
    get("/target/*rest", |_, _, response| response.stream(BINARY, None, Stream::Target(0))),
    get("/wild/*rest", |_, request, response| response.text(request.param("rest")?)),
    get("/fields", |_, request, response| {
        let fields: Vec<_> =
            request.fields().map(|(name, value)| format!("{name}={}", value.escape_ascii())).collect();
        response.text(&fields.join(";"))
    }),
    post("/echo", |_, request, response| response.bytes(BINARY, request.body())),
    post("/either", either).content(Delivery::WholeOrStreamed),
    post("/stream", either).content(Delivery::Streamed),
    post("/discard", |_, request, response| {
        assert!(request.body().is_empty());
        response.text("thrown away")
    })
    .content(Delivery::Discarded),
    post("/unread", |_, _, response| response.text("unread")).content(Delivery::Streamed),
    sink(Method::Post, "/sum", |_, request| match request.field("Refuse") {
        None => Ok(Stream::Sum { bytes: 0, total: 0 }),
        Some(_) => Err(Failure::new(Status::FORBIDDEN, "not you")),
    }),
    get("/known/:n", |_, request, response| {
        let length = request.param("n")?;
        response.stream(BINARY, Some(length), Stream::Letters(length))
    }),
    get("/unknown/:n", |_, request, response| {
        response.stream(BINARY, None, Stream::Letters(request.param("n")?))
    }),
    get("/wait/:millis", |_, request, response| {
        let until = request.now().after(Duration::from_millis(request.param("millis")?));
        response.stream(BINARY, Some(5), Stream::Waits(until))
    }),
    post("/wait/:millis", |_, request, response| {
        let until = request.now().after(Duration::from_millis(request.param("millis")?));
        response.stream(BINARY, Some(5), Stream::Waits(until))
    })
    .content(Delivery::Streamed),
    get("/forever", |_, _, response| response.stream(BINARY, None, Stream::Forever)),
    get("/breaks/:n", |_, request, response| {
        response.stream(BINARY, Some(1_000), Stream::Fails(request.param("n")?))
    }),
    get("/breaks-chunked/:n", |_, request, response| {
        response.stream(BINARY, None, Stream::Fails(request.param("n")?))
    }),
    get("/short", |_, _, response| response.stream(BINARY, Some(10), Stream::Five)),
    get("/five", |_, _, response| response.stream(BINARY, None, Stream::Five)),
    post("/five", |_, _, response| response.stream(BINARY, None, Stream::Five)).content(Delivery::Streamed),
    get("/fail", |_, _, response| {
        response.field("X-Lost", "yes").text("lost")?;
        Err(Failure::new(Status::CONFLICT, "on purpose"))
    }),
    get("/large", |_, _, response| response.field("X-Lost", "yes").text(&"a".repeat(4_000))),
    get("/split", |_, _, response| response.field("X-Lost", "a\r\nb").text("lost")),
    get("/static", |_, _, response| response.static_bytes(BINARY, &LARGE)),
    get("/small-static", |_, _, response| response.static_bytes(BINARY, &LARGE[..300])),
    get("/status/:code", |_, request, response| {
        let status = Status::new(request.param("code")?).ok_or(Status::BAD_REQUEST)?;
        response.status(status).text("some text")
    }),
    get("/close", |_, _, response| response.close().text("bye")),
    head("/headed", |_, _, response| response.field("X-Own", "head").empty()),
    put("/headed", |_, _, response| response.no_content()),
    get("/blocking", |_, request, response| {
        response.text(if request.may_wait() { "has waited" } else { "has not waited" })
    })
    .blocking(),
    sink(Method::Post, "/blocking-sum", |_, _| Ok(Stream::Sum { bytes: 0, total: 0 })).blocking(),
]);

fn either(_: &App, request: &Request<'_>, response: &mut Response<'_, Stream>) -> Outcome {
    match request.content() {
        Content::Whole(bytes) => response.bytes(BINARY, bytes),
        Content::Streamed { length } => response.stream(BINARY, length, Stream::Echo),
    }
}

/// Middleware that writes down what it sees.
#[derive(Default)]
pub(super) struct Recorder {
    lines: Mutex<Vec<String>>,
    /// What `handle` was told last of a refusal.
    told: Mutex<Option<Cause>>,
    /// Why each request was refused, and why the connection closed behind it.
    pub(super) endings: Mutex<Vec<(Option<Cause>, Option<Closing>)>>,
}

impl Recorder {
    pub(super) fn taken(&self) -> Vec<String> {
        core::mem::take(&mut *self.lines.lock().unwrap())
    }

    fn add(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }
}

impl Middleware<App, Stream> for Recorder {
    fn admit(&self, _: &App, request: &Request<'_>) -> Result<(), Failure> {
        match request.field("X-Forbidden") {
            None => Ok(()),
            Some(_) => Err(Failure::new(Status::FORBIDDEN, "not admitted")),
        }
    }

    fn handle(
        &self,
        app: &App,
        request: &Request<'_>,
        response: &mut Response<'_, Stream>,
        next: Next<'_, App, Stream>,
    ) {
        response.field("X-Before", "b");
        assert!(request.field("X-Panic").is_none(), "on purpose");
        *self.told.lock().unwrap() = request.refused();
        next.run(app, request, response);
        response.field("X-After", "a");
        self.add(format!("handle {} {}", request.method_name(), response.current_status().code()));
        if request.field("X-Spoil").is_some() {
            response.field("X-Spoilt", &"too long for any buffer".repeat(1_000));
        }
    }

    fn complete(&self, _: &App, request: &Request<'_>, answer: &Answer) {
        let cut = if answer.is_cut { " cut" } else { "" };
        let (method, status) = (request.method_name(), answer.status.code());
        let Answer { content_received, content_sent, .. } = answer;
        self.add(format!("complete {method} {status} in {content_received} out {content_sent}{cut}"));
        assert_eq!(*self.told.lock().unwrap(), answer.refused, "both are told the same");
        self.endings.lock().unwrap().push((answer.refused, answer.closing));
    }
}

/// Lines of a log, kept.
#[derive(Default)]
pub(super) struct Kept(pub(super) Mutex<String>);

impl crate::middleware::access_log::Lines for Kept {
    fn add(&self, write: &mut dyn FnMut(&mut dyn core::fmt::Write) -> core::fmt::Result) {
        write(&mut *self.0.lock().unwrap()).unwrap();
    }
}

/// A request with content of this length.
pub(super) fn sized(path: &str, content: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{content}", content.len())
}

/// A request with this content in chunks of `size`.
pub(super) fn chunked(path: &str, content: &str, size: usize) -> String {
    let mut request = vec![format!("POST {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")];
    let chunks = content.as_bytes().chunks(size);
    request
        .extend(chunks.map(|chunk| format!("{:x}\r\n{}\r\n", chunk.len(), String::from_utf8_lossy(chunk))));
    request.push("0\r\n\r\n".into());
    request.concat()
}

pub(super) fn get_request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
}
