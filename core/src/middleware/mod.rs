//! Functions around the handler, in a chain whose order the application writes down.
//!
//! ```text
//!            admit: first to last, before content      handle: around              complete: first to last, at the end
//! request ──► log ─► cors ─► limit ─► routes ──► log( cors( limit( handler ) ) ) ──► answer ──► log, cors, limit
//!                             └─ a failure is answered in place of the handler, through the whole chain
//! ```
//!
//! # What each may count on
//!
//! - `handle` is called once for each request and has one response, which is complete when `next` returns: also for what
//!   was refused, timed out, matches no route, or whose handler failed. A panic unwinds it, where the program unwinds;
//!   the chain then runs anew around the 500.
//! - Fields added before `next` stay when the handler fails; those added behind it are added to whatever the answer is.
//! - Who answers itself looks at [`Request::refused`] first, and lets a refusal through.
//! - `complete` is called once, with what was really sent.
//!
//! # Order
//!
//! The first is the outermost. Counting and logging stand first, so that they see what all others make of an answer;
//! request ids and security fields next, so that every answer has them; then what lets pages read answers
//! ([`cors`]), before what refuses, so that a page can read why; compression and caches last.
//!
//! # One's own
//!
//! A check before content is asked for:
//! ```
//! use bantam_core::prelude::*;
//!
//! struct NeedsId;
//!
//! impl<A, S: Sink<A>> Middleware<A, S> for NeedsId {
//!     fn admit(&self, _: &A, request: &Request<'_>) -> Result<(), Failure> {
//!         match request.field("X-Request-ID") {
//!             Some(id) if id.len() == 36 => Ok(()),
//!             _ => Err(Failure::new(Status::BAD_REQUEST, "X-Request-ID is missing or no UUID")),
//!         }
//!     }
//!     fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
//!         next.run(app, request, response);
//!     }
//! }
//! ```
//! Something around the handler, here how long the content took to arrive:
//! ```
//! use bantam_core::prelude::*;
//!
//! struct Timing;
//!
//! impl<A, S: Sink<A>> Middleware<A, S> for Timing {
//!     fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
//!         let arrival = request.now().since(request.started()).as_millis();
//!         response.field_display("Server-Timing", format_args!("arrival;dur={arrival}"));
//!         next.run(app, request, response);
//!     }
//! }
//! ```

pub mod access_log;
pub mod auth;
#[cfg(feature = "std")]
pub mod cache;
#[cfg(feature = "std")]
pub mod compress;
pub mod cors;
#[cfg(target_has_atomic = "32")]
pub mod metrics;
pub mod rate_limit;
pub mod request_id;
pub mod scope;
pub mod security_fields;
pub mod trace;

use crate::body::sink::Sink;
use crate::body::source::NoStream;
use crate::connection::{Cause, Closing};
use crate::handler::{Failure, Handler, Outcome, Request};
use crate::message::method::{Method, MethodSet};
use crate::message::status::Status;
use crate::response::Response;
use crate::time::{Duration, Instant};

/// One link of a chain of responsibility, kept in a `static` slice. Every request passes the chain exactly once and
/// has exactly one response there: also one that was refused, that matches no route, or whose handler failed.
///
/// ```
/// use bantam_core::prelude::*;
///
/// struct NoSniff;
///
/// impl<A, S: Sink<A>> Middleware<A, S> for NoSniff {
///     fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
///         next.run(app, request, response);
///         response.field("X-Content-Type-Options", "nosniff");
///     }
/// }
///
/// static CHAIN: [&dyn Middleware<()>; 1] = [&NoSniff];
/// ```
pub trait Middleware<A, S = NoStream>: Sync {
    /// Looks at a request whose head has been read, before any of its content is asked for. A failure is answered
    /// instead of the route, through the chain like any other, and the content is not read.
    ///
    /// # Errors
    /// The failure to answer.
    fn admit(&self, app: &A, request: &Request<'_>) -> Result<(), Failure> {
        let _ = (app, request);
        Ok(())
    }

    /// Answers itself, or runs `next` and changes the response.
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>);

    /// Learns how the answer ended: when its last byte has been put into the transmit buffer, or when it was cut short.
    /// What the peer then takes of the last bufferful is between it and the transport.
    fn complete(&self, app: &A, request: &Request<'_>, answer: &Answer) {
        let _ = (app, request, answer);
    }
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: Status,
    /// Bytes of content sent, without the head and without chunk lines.
    pub content_sent: u64,
    /// Bytes of request content received.
    pub content_received: u64,
    /// From the beginning of the request, as [`Request::started`] says, to the last byte of the answer.
    pub duration: Duration,
    /// When it ended.
    pub at: Instant,
    /// Whether it ended before all content was sent.
    pub is_cut: bool,
    /// Why the connection closes behind it, if it does.
    pub closing: Option<Closing>,
    /// Why the request was refused, if it was: also where nothing answers its path.
    pub refused: Option<Cause>,
}

/// The rest of the chain, and the handler at its end.
pub struct Next<'n, A, S = NoStream> {
    chain: &'n [&'n dyn Middleware<A, S>],
    end: End<A, S>,
}

/// What stands at the end of the chain.
pub(crate) enum End<A, S> {
    Handler(Handler<A, S>),
    Sink(S),
    Refusal(Failure),
    /// 405 with `Allow` (RFC 9110 §15.5.6).
    NotAllowed(MethodSet),
    /// 426 with the version that is spoken (RFC 6455 §4.2.2, RFC 9110 §15.5.22).
    WebSocketVersion,
    /// What OPTIONS is answered where no route does (RFC 9110 §9.3.7).
    Options(MethodSet),
    /// 503 with `Retry-After` (RFC 9110 §15.6.4).
    Overloaded,
}

impl<'n, A, S> Next<'n, A, S> {
    pub(crate) fn new(chain: &'n [&'n dyn Middleware<A, S>], end: End<A, S>) -> Self {
        Self { chain, end }
    }

    /// Runs the rest of the chain. Afterwards the response is complete, but for content that is streamed.
    pub fn run(mut self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>)
    where
        S: Sink<A>,
    {
        if let Some((first, rest)) = self.chain.split_first() {
            self.chain = rest;
            return first.handle(app, request, response, self);
        }
        response.keep_fields();
        let outcome = self.end.answer(app, request, response);
        if let Err(failure) = outcome.and_then(|()| response.outcome()) {
            response.fail(failure);
        }
    }
}

impl<A, S: Sink<A>> End<A, S> {
    fn answer(self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>) -> Outcome {
        match self {
            Self::Handler(handler) => handler(app, request, response),
            Self::Sink(sink) => sink.finish(app, request, response),
            Self::Refusal(failure) => Err(failure),
            Self::NotAllowed(methods) => {
                response.fail(Failure::by_rule(Status::METHOD_NOT_ALLOWED, "see the Allow field"));
                allow(methods, response);
                Ok(())
            }
            Self::WebSocketVersion => {
                response.fail(Cause::WebSocketVersion.failure());
                response.add_line("Sec-WebSocket-Version", "13");
                response.add_line("Upgrade", "websocket");
                Ok(())
            }
            Self::Options(methods) => {
                allow(methods, response);
                response.no_content()
            }
            Self::Overloaded => {
                response.fail(Cause::Overloaded.failure());
                // How long the handlers take that are waited for, nobody knows; a second is short for a person.
                response.add_line("Retry-After", "1");
                Ok(())
            }
        }
    }
}

/// Adds `Allow` with what the routes of a path answer: GET brings HEAD, and every path has OPTIONS.
fn allow<S>(methods: MethodSet, response: &mut Response<'_, S>) {
    let methods = methods.with(Method::Options);
    let methods = if methods.contains(Method::Get) { methods.with(Method::Head) } else { methods };
    response.allow(methods);
}
