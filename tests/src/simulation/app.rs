//! The application of the simulation: whatever its handlers saw, their answers tell, so that an answer proves how its
//! request was read. A middleware keeps book.

use core::cell::RefCell;
use core::time::Duration;

use bantam_core::parse::request_line::Version;
use bantam_core::prelude::*;

use super::random::hash;

/// The shared state: what the middleware has seen, in order.
#[derive(Debug, Default)]
pub struct App {
    /// The book.
    pub events: RefCell<Vec<Event>>,
}

/// What the middleware sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A request was let in, or not.
    Admitted,
    /// A request passed the chain, with this head, and came back with this status.
    Passed(Vec<u8>, u16),
    /// An answer ended.
    Completed(Answer),
}

/// Bytes and pauses of answers.
#[derive(Debug)]
pub enum Streams {
    /// This text, in pieces of at most so many bytes, from the first byte on that was not given, with a pause before
    /// each piece if it is slow.
    Text {
        /// The text.
        text: Vec<u8>,
        /// Bytes given.
        given: usize,
        /// Most bytes at once.
        piece: usize,
        /// When the next piece may be given.
        pause: Pause,
    },
    /// This text, then the content of the request as it arrives.
    Echo(Vec<u8>),
    /// A sink: the head and the content so far.
    Collect(Vec<u8>),
}

/// How a text is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pause {
    /// As fast as it is taken.
    Never,
    /// A pause comes before the next piece.
    Next,
    /// Until then.
    Until(Instant),
}

const PAUSE: Duration = Duration::from_millis(3);

/// What a request with this query is refused with before its content is read.
pub const FORBIDDEN: &str = "forbidden";
/// The byte that the sink does not take.
pub const INDIGESTIBLE: u8 = b'!';
/// Static content that is copied behind the head.
pub const SMALL: &[u8] = b"little";
/// Static content that is sent from where it is.
pub const LARGE: &[u8] = &[b'L'; 4_500];

impl Source<App> for Streams {
    fn pull(&mut self, _: &App, pull: &mut Pull<'_>) -> Pulled {
        match self {
            Self::Text { text, given, piece, pause } => {
                match *pause {
                    Pause::Until(wakes) if pull.now() < wakes => return Pulled::Wait(Some(wakes)),
                    Pause::Until(_) => *pause = Pause::Next,
                    Pause::Next => {
                        let wakes = pull.now().after(PAUSE);
                        *pause = Pause::Until(wakes);
                        return Pulled::Wait(Some(wakes));
                    }
                    Pause::Never => {}
                }
                let rest = &text[*given..];
                let length = rest.len().min(*piece).min(pull.space().len());
                pull.space()[..length].copy_from_slice(&rest[..length]);
                *given += length;
                if *given == text.len() { Pulled::Last(length) } else { Pulled::Bytes(length) }
            }
            Self::Echo(head) if !head.is_empty() => {
                let length = head.len().min(pull.space().len());
                pull.space()[..length].copy_from_slice(&head[..length]);
                head.drain(..length);
                match head.is_empty() && pull.is_content_finished() {
                    true => Pulled::Last(length),
                    false => Pulled::Bytes(length),
                }
            }
            Self::Echo(_) => pull.echo(),
            Self::Collect(_) => Pulled::Failed,
        }
    }

    fn reads_content(&self) -> bool {
        matches!(self, Self::Echo(_))
    }
}

impl Sink<App> for Streams {
    fn push(&mut self, _: &App, content: &[u8]) -> Result<(), Failure> {
        let Self::Collect(collected) = self else { unreachable!("only this one is a sink") };
        collected.extend_from_slice(content);
        match content.contains(&INDIGESTIBLE) {
            true => Err(Status::UNPROCESSABLE_CONTENT.into()),
            false => Ok(()),
        }
    }

    fn finish(self, _: &App, _: &Request<'_>, response: &mut Response<'_, Self>) -> Outcome {
        let Self::Collect(collected) = self else { unreachable!("only this one is a sink") };
        response.bytes("", digest(&collected).as_bytes())
    }
}

/// Sixteen digits that stand for a text: an answer that fits every buffer.
#[must_use]
pub fn digest(text: &[u8]) -> String {
    format!("{:016x}", hash(text))
}

/// What a handler sees of a head.
#[must_use]
pub fn seen(request: &Request<'_>) -> Vec<u8> {
    let version = match request.version() {
        Version::Http10 => "1.0",
        Version::Http11 => "1.1",
    };
    let mut text = format!("{} {} {version}\n", request.method_name(), request.target()).into_bytes();
    for (name, value) in request.fields() {
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value);
        text.push(b'\n');
    }
    text.push(b'\n');
    text
}

fn with_content(request: &Request<'_>) -> Vec<u8> {
    let mut text = seen(request);
    text.extend_from_slice(request.body());
    text
}

fn text(text: Vec<u8>, piece: usize, pause: Pause) -> Streams {
    Streams::Text { text, given: 0, piece, pause }
}

fn param(request: &Request<'_>, response: &mut Response<'_, Streams>, name: &str) -> Outcome {
    let value: &str = request.param(name)?;
    response.bytes("", digest(&[value.as_bytes(), b"\n", &with_content(request)].concat()).as_bytes())
}

/// The routes. The reference knows them by their paths.
pub static ROUTES: Router<App, 24, Streams> = Router::new([
    any("/digest", |_, request, response| response.bytes("", digest(&with_content(request)).as_bytes())),
    any("/echo", |_, request, response| {
        let seen = with_content(request);
        response.stream("text/plain", Some(seen.len() as u64), text(seen, usize::MAX, Pause::Never))
    }),
    any("/chunks", |_, request, response| {
        response.stream("", None, text(with_content(request), 37, Pause::Never))
    }),
    any("/waits", |_, request, response| {
        response.stream("", None, text(with_content(request), 50, Pause::Next))
    }),
    any("/stream", |_, request, response| response.stream("", None, Streams::Echo(seen(request))))
        .content(Delivery::Streamed),
    any("/sized-stream", |_, request, response| {
        let head = seen(request);
        let length = match request.content() {
            Content::Whole(bytes) => Some(bytes.len() as u64),
            Content::Streamed { length } => length,
        };
        let length = length.map(|length| length.saturating_add(head.len() as u64));
        response.stream("", length, Streams::Echo(head))
    })
    .content(Delivery::Streamed),
    any("/either", |_, request, response| match request.content() {
        Content::Whole(_) => response.stream("", None, text(with_content(request), usize::MAX, Pause::Never)),
        Content::Streamed { .. } => response.stream("", None, Streams::Echo(seen(request))),
    })
    .content(Delivery::WholeOrStreamed),
    any("/discarded", |_, request, response| response.bytes("", digest(&with_content(request)).as_bytes()))
        .content(Delivery::Discarded),
    any("/unread", |_, request, response| response.bytes("", digest(&seen(request)).as_bytes()))
        .content(Delivery::Streamed),
    any("/unread-stream", |_, request, response| {
        response.stream("", None, text(seen(request), 29, Pause::Never))
    })
    .content(Delivery::Streamed),
    any("/unread-waits", |_, request, response| {
        response.stream("", None, text(seen(request), 60, Pause::Next))
    })
    .content(Delivery::Streamed),
    sink(Method::Post, "/sink", |_, request| Ok(Streams::Collect(seen(request)))),
    sink(Method::Put, "/sink", |_, request| Ok(Streams::Collect(seen(request)))),
    sink(Method::Post, "/refusing", |_, _| Err(Status::FORBIDDEN.into())),
    get("/static", |_, _, response| response.static_bytes("text/plain", SMALL)),
    get("/large-static", |_, _, response| response.static_bytes("text/plain", LARGE)),
    get("/nothing", |_, _, response| response.no_content()),
    get("/not-modified", |_, _, response| response.status(Status::NOT_MODIFIED).empty()),
    get("/reset-content", |_, _, response| response.status(Status::RESET_CONTENT).empty()),
    any("/error", |_, _, _| Err(Status::CONFLICT.into())),
    any("/close", |_, request, response| {
        response.close().bytes("", digest(&with_content(request)).as_bytes())
    }),
    get("/outgrows", |_, _, response| response.bytes("", &[b'x'; 20_000])),
    get("/param/:value", |_, request, response| param(request, response, "value")),
    get("/rest/*path", |_, request, response| param(request, response, "path")),
]);

/// The middleware that keeps book.
#[derive(Debug)]
pub struct Bookkeeper;

impl Middleware<App, Streams> for Bookkeeper {
    fn admit(&self, app: &App, request: &Request<'_>) -> Result<(), Failure> {
        app.events.borrow_mut().push(Event::Admitted);
        match request.query() {
            Some(FORBIDDEN) => Err(Status::FORBIDDEN.into()),
            _ => Ok(()),
        }
    }

    fn handle(
        &self,
        app: &App,
        request: &Request<'_>,
        response: &mut Response<'_, Streams>,
        next: Next<'_, App, Streams>,
    ) {
        next.run(app, request, response);
        let status = response.current_status().code();
        app.events.borrow_mut().push(Event::Passed(seen(request), status));
    }

    fn complete(&self, app: &App, _: &Request<'_>, answer: &Answer) {
        app.events.borrow_mut().push(Event::Completed(*answer));
    }
}

/// The chain.
pub static CHAIN: [&dyn Middleware<App, Streams>; 1] = [&Bookkeeper];
