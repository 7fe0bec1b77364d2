//! Cross-origin resource sharing, by the Fetch standard (§3.2, "CORS protocol"): which pages of other origins may read
//! answers, and which requests they may send.
//!
//! ```text
//!                                             simple: the answer has Access-Control-Allow-Origin, or the page may not read it
//! page of https://a ──GET /data──────────────►
//!                   ──OPTIONS /data──────────► preflight: before anything that a form could not send
//!                     Access-Control-Request-Method: PUT
//!                   ◄─204, Access-Control-Allow-Methods: …
//!                   ──PUT /data──────────────►
//! ```
//! It protects pages' users from other pages, and no server from anybody: a client that is no browser asks what it
//! likes. [`Cors`] stands before middleware that refuses, so that a page can read why.

use super::{Middleware, Next};
use crate::body::sink::Sink;
use crate::bytes::class::{is_const_token, is_token};
use crate::bytes::number::Decimal;
use crate::connection::Cause;
use crate::handler::Request;
use crate::message::method::{Method, MethodSet};
use crate::parse::list;
use crate::response::Response;

/// What pages of other origins may do.
///
/// ```
/// use bantam_core::middleware::cors::Cors;
/// use bantam_core::prelude::*;
///
/// static CORS: Cors<'_> = Cors::origins(&["https://app.example.com", "http://localhost:3000"])
///     .request_fields(&["Content-Type", "Authorization"])
///     .expose(&["X-Request-ID"])
///     .credentials()
///     .max_age(600);
/// static CHAIN: [&dyn Middleware<()>; 1] = [&CORS];
/// ```
/// Credentials for any origin would open every user's account to every page, and do not compile:
/// ```compile_fail
/// use bantam_core::middleware::cors::Cors;
/// static CORS: Cors<'_> = Cors::any().credentials();
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Cors<'c> {
    origins: Origins<'c>,
    methods: MethodSet,
    /// `None` for any.
    request_fields: Option<&'c [&'c str]>,
    exposed: &'c [&'c str],
    credentials: bool,
    max_age: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
enum Origins<'c> {
    Any,
    List(&'c [&'c str]),
    If(fn(&str) -> bool),
}

impl<'c> Cors<'c> {
    /// For pages of any origin. The answers are the same for all of them, and so do not vary.
    #[must_use]
    pub const fn any() -> Self {
        Self::new(Origins::Any)
    }

    /// For pages of these origins, each as browsers write it: scheme, host in lower case, and the port unless it is the
    /// scheme's own; without a slash behind. `null` is what pages of no origin send, from sandboxes and files, and what
    /// everyone can send: list it only where [`Cors::any`] would do as well.
    ///
    /// # Panics
    /// When one of them is none; in a `static`, it does not compile.
    #[must_use]
    pub const fn origins(origins: &'c [&'c str]) -> Self {
        let mut rest = origins;
        while let [first, behind @ ..] = rest {
            assert!(is_origin(first), "an origin is scheme://host[:port] in lower case, without a path");
            rest = behind;
        }
        Self::new(Origins::List(origins))
    }

    /// For pages of the origins that `is_allowed` takes. It is given what the request says, and has to compare all of it:
    /// `https://example.com.evil.net` ends and begins like many a good one.
    #[must_use]
    pub const fn origins_if(is_allowed: fn(&str) -> bool) -> Self {
        Self::new(Origins::If(is_allowed))
    }

    const fn new(origins: Origins<'c>) -> Self {
        let methods = MethodSet::of(Method::Get).with(Method::Head).with(Method::Post).with(Method::Put);
        let methods = methods.with(Method::Patch).with(Method::Delete);
        Self {
            origins,
            methods,
            request_fields: Some(&["Content-Type"]),
            exposed: &[],
            credentials: false,
            max_age: None,
        }
    }

    /// Pages may send these methods. GET, HEAD, POST, PUT, PATCH and DELETE unless said otherwise.
    #[must_use]
    pub const fn methods(mut self, methods: MethodSet) -> Self {
        self.methods = methods;
        self
    }

    /// Pages may send these fields, beside those that any form could send. `Content-Type` unless said otherwise, which
    /// JSON needs.
    ///
    /// # Panics
    /// When one is no field name; in a `static`, it does not compile.
    #[must_use]
    pub const fn request_fields(mut self, names: &'c [&'c str]) -> Self {
        assert_tokens(names);
        self.request_fields = Some(names);
        self
    }

    /// Pages may send any field: those that a preflight asks for are allowed. `*` would leave out `Authorization`.
    #[must_use]
    pub const fn any_request_field(mut self) -> Self {
        self.request_fields = None;
        self
    }

    /// Pages may read these fields of an answer, beside the few that they always may.
    ///
    /// # Panics
    /// When one is no field name; in a `static`, it does not compile.
    #[must_use]
    pub const fn expose(mut self, names: &'c [&'c str]) -> Self {
        assert_tokens(names);
        self.exposed = names;
        self
    }

    /// Pages may send the user's cookies and passwords along, and read what that gives.
    ///
    /// # Panics
    /// For any origin; in a `static`, it does not compile.
    #[must_use]
    pub const fn credentials(mut self) -> Self {
        assert!(!matches!(self.origins, Origins::Any), "credentials go to origins that are named");
        self.credentials = true;
        self
    }

    /// Browsers may remember for this many seconds what a preflight was answered; they have bounds of their own, from
    /// ten minutes to a day.
    #[must_use]
    pub const fn max_age(mut self, seconds: u32) -> Self {
        self.max_age = Some(seconds);
        self
    }

    /// Adds what lets a page read the answer. The answers to pages differ, so caches are told even when nobody asks.
    fn add_to<S>(&self, origin: Option<&str>, response: &mut Response<'_, S>) -> bool {
        let allowed = match self.origins {
            Origins::Any => Some("*"),
            Origins::List(origins) => origin.filter(|origin| origins.contains(origin)),
            Origins::If(is_allowed) => origin.filter(|origin| is_allowed(origin)),
        };
        if !matches!(self.origins, Origins::Any) {
            response.vary("Origin");
        }
        let Some(allowed) = allowed else { return false };
        response.field("Access-Control-Allow-Origin", allowed);
        if self.credentials {
            response.field("Access-Control-Allow-Credentials", "true");
        }
        true
    }

    /// Answers a preflight of an origin that is allowed. All that is allowed is told, whatever was asked for: browsers
    /// compare, and say in their console what is missing.
    fn answer_preflight<S>(&self, request: &Request<'_>, response: &mut Response<'_, S>) {
        response.field_list("Access-Control-Allow-Methods", self.methods.iter().map(Method::as_str));
        match self.request_fields {
            Some(names) => {
                response.field_list("Access-Control-Allow-Headers", names.iter().copied());
            }
            None => {
                response.vary(REQUEST_FIELDS);
                for names in request.field_values(REQUEST_FIELDS) {
                    if list::members(names.as_bytes()).all(is_token) {
                        response.field("Access-Control-Allow-Headers", names);
                    }
                }
            }
        }
        if let Some(seconds) = self.max_age {
            let seconds = Decimal::new(seconds.into());
            let seconds = core::str::from_utf8(seconds.as_bytes()).unwrap_or_default();
            response.field("Access-Control-Max-Age", seconds);
        }
        // A mistake stays in the response, and is answered 500.
        let _ = response.no_content();
    }
}

const REQUEST_METHOD: &str = "Access-Control-Request-Method";
const REQUEST_FIELDS: &str = "Access-Control-Request-Headers";

impl<A, S: Sink<A>> Middleware<A, S> for Cors<'_> {
    /// Before the handler, so that the fields stay where it fails. A preflight of an origin that is not allowed goes to
    /// the routes like any OPTIONS, whose answer has not the fields that the browser looks for.
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        let mut origins = request.field_values("Origin");
        // Two of them are what no browser sends, and nobody's origin.
        let origin = origins.next().filter(|_| origins.next().is_none());
        let is_allowed = self.add_to(origin, response);
        if request.method() == Some(Method::Options) {
            response.vary(REQUEST_METHOD); // other OPTIONS are answered by the routes
        }
        if is_allowed && is_preflight(request) && may_answer(request) {
            return self.answer_preflight(request, response);
        }
        if is_allowed {
            response.field_list("Access-Control-Expose-Headers", self.exposed.iter().copied());
        }
        next.run(app, request, response);
    }
}

/// Whether this is a question of a browser on behalf of a page, and no OPTIONS of somebody else (Fetch §3.2.2).
#[must_use]
pub fn is_preflight(request: &Request<'_>) -> bool {
    request.method() == Some(Method::Options)
        && request.target() != "*"
        && request.field_bytes("Origin").is_some()
        && request.field(REQUEST_METHOD).is_some_and(|method| is_token(method.as_bytes()))
}

/// What is refused for its grammar, its host or its sender is no preflight. One for a path that nobody answers is: the
/// page then learns from its own request that there is nothing.
fn may_answer(request: &Request<'_>) -> bool {
    matches!(request.refused(), None | Some(Cause::NotFound))
}

const fn assert_tokens(names: &[&str]) {
    let mut rest = names;
    while let [first, behind @ ..] = rest {
        assert!(is_const_token(first.as_bytes()), "a field name is a token");
        rest = behind;
    }
}

/// Whether this is an origin as browsers serialise it: `null`, or `scheme "://" host [ ":" port ]`. For configurations,
/// which [`Cors::origins`] would panic at.
#[must_use]
pub const fn is_origin(origin: &str) -> bool {
    let text = origin.as_bytes();
    if let b"null" = text {
        return true;
    }
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        match (first, behind) {
            (b':', [b'/', b'/', host @ ..]) => {
                return rest.len() < text.len() && !host.is_empty() && is_plain(host);
            }
            (b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.', _) => rest = behind,
            _ => return false,
        }
    }
    false
}

/// Bytes of a host and port.
const fn is_plain(text: &[u8]) -> bool {
    let mut rest = text;
    while let [first, behind @ ..] = rest {
        if !matches!(first, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b':' | b'[' | b']') {
            return false;
        }
        rest = behind;
    }
    true
}

#[cfg(test)]
mod tests;
