//! Who may enter: Basic (RFC 7617) and Bearer (RFC 6750) authentication.
//!
//! ```text
//! head read ──admit──► credentials? verifier? ──no──► refused: content is not read, routes are not told
//!                                │
//!                               yes ──► content, handler
//! answer ◄──handle── a 401 of anyone gets the challenge: `WWW-Authenticate`
//! ```
//!
//! | file | question it answers |
//! |---|---|
//! | [`basic`] | which user and which password? |
//! | [`bearer`] | which token? |
//! | [`challenge`] | how is the peer told what to send? |
//! | [`compare`] | how are secrets compared? |
//! | [`base64`] | which bytes does a text in Base64 stand for? |
//!
//! Verification is asked in `admit`, of every request, before any content is read; who may not enter gets the same
//! answer whether or not anything is there. To guard some requests only, put the middleware into an
//! [`Only`](super::scope::Only), which says what covers which spelling of a path.
//!
//! # What is refused
//!
//! | request | Basic | Bearer |
//! |---|---|---|
//! | no `Authorization`, or of another scheme | 401 | 401, without an error (RFC 6750 §3.1) |
//! | several `Authorization` lines | 400 | 400, `invalid_request` |
//! | malformed credentials | 401 | 400, `invalid_request` |
//! | refused by the verifier | 401 | 401, `invalid_token` |
//! | [`Verdict::Forbidden`] | 403 | 403, `insufficient_scope` |
//! | [`Verdict::Busy`] | 503 | 503 |
//!
//! Every 401 carries the challenge (RFC 9110 §15.5.2), also that of a handler, unless that has put its own there; a
//! refusal of Bearer with an error carries it whatever its status. Several lines are a fault of the request and not of
//! the credentials: the field is no list (RFC 9110 §5.3), two readers on the way could each believe another line,
//! and asking the user for another password would not help.
//!
//! # Preflights of CORS
//!
//! Browsers send no credentials with a preflight (Fetch standard, CORS-preflight fetch), and `admit` is asked before
//! any middleware answers. By default a preflight is refused like any other request without credentials: a server
//! without CORS has nothing to tell it. `with_preflights(true)`, for those with CORS, lets it through to the other
//! middleware, outside and within, and never further: unless one of them answers it, it gets the 401. So neither an
//! OPTIONS route nor the `Allow` of a path is shown to who may not enter. Only what is a preflight to the letter passes:
//! OPTIONS with `Origin` and `Access-Control-Request-Method`, without `Authorization` and without content. A
//! [sink](crate::route::sink) for OPTIONS, if an application has one, is opened for it, and then dropped.
//!
//! # Caches
//!
//! Shared caches do not store the answer to a request with `Authorization` unless it says `public`, `s-maxage` or
//! `must-revalidate` (RFC 9111 §3.5): so [`Response::cache`], which says `public`, is not for guarded routes. A private
//! cache, such as a browser's, may store it; [`Response::no_store`] keeps it out there too.
//!
//! # What it does not do
//!
//! Both schemes send the secret as it is with each request: they need TLS in front (RFC 7617 §4, RFC 6750 §5.3). A
//! limit on the rate of guesses is a matter for another middleware, outside this one.

pub mod base64;
pub mod basic;
pub mod bearer;
pub mod challenge;
pub mod compare;

use self::challenge::Challenge;
use super::{End, Next};
use crate::body::sink::Sink;
use crate::connection::Cause;
use crate::handler::{Failure, Request};
use crate::message::method::Method;
use crate::message::status::Status;
use crate::response::Response;

/// What a verifier says of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are right.
    Accepted,
    /// They are wrong: 401.
    Refused,
    /// They are right, and do not suffice: 403; of a token, that its scope is too small (RFC 6750 §3.1).
    Forbidden,
    /// Nobody can tell just now: 503 with `Retry-After`.
    Busy,
}

impl From<bool> for Verdict {
    fn from(is_right: bool) -> Self {
        if is_right { Self::Accepted } else { Self::Refused }
    }
}

/// What [`Verdict::Busy`] is answered with.
const BUSY: Failure = Failure::new(Status::SERVICE_UNAVAILABLE, "too many credentials wait to be verified");

/// Seconds after which who met [`Verdict::Busy`] may try again. A verification takes less.
const RETRY_AFTER: &str = "1";

/// More than one `Authorization` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Several;

/// What the only `Authorization` line has for `scheme`: what stands behind the scheme and its spaces, or `None` without
/// a line or with another scheme (RFC 9110 §11.4). Schemes are the same in any case (§11.1).
fn authorization<'r>(request: &Request<'r>, scheme: &str) -> Result<Option<&'r [u8]>, Several> {
    let mut lines = request.fields().filter(|(name, _)| name.eq_ignore_ascii_case("Authorization"));
    let Some((_, value)) = lines.next() else { return Ok(None) };
    if lines.next().is_some() {
        return Err(Several);
    }
    let mut parts = value.splitn(2, |&byte| byte == b' ');
    let is_ours = parts.next().is_some_and(|sent| sent.eq_ignore_ascii_case(scheme.as_bytes()));
    Ok(is_ours.then(|| skip_spaces(parts.next().unwrap_or_default())))
}

fn skip_spaces(mut text: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Whether it is a preflight of CORS, which has neither credentials nor content.
fn is_preflight(request: &Request<'_>) -> bool {
    let has = |name| request.field_bytes(name).is_some();
    request.method() == Some(Method::Options)
        && has("Origin")
        && has("Access-Control-Request-Method")
        && !has("Authorization")
        && !has("Content-Length")
        && !has("Transfer-Encoding")
}

/// Runs the rest of the chain, and adds to the answer what it needs. `missing` is given for a request that has entered
/// without credentials: whatever would answer it at the end of the chain, it is refused there. What is refused for
/// another reason stays so.
fn run<A, S: Sink<A>>(
    challenge: &Challenge,
    missing: Option<Failure>,
    app: &A,
    request: &Request<'_>,
    response: &mut Response<'_, S>,
    mut next: Next<'_, A, S>,
) {
    if let Some(missing) = missing
        && matches!(request.refused(), None | Some(Cause::NotFound | Cause::NotAllowed))
    {
        next.end = End::Refusal(missing);
    }
    let refusal = match next.end {
        End::Refusal(failure) => Some(failure),
        _ => None,
    };
    next.run(app, request, response);
    // Middleware between may have answered otherwise.
    let refusal = refusal.filter(|failure| failure.status() == response.current_status());
    if refusal == Some(BUSY) {
        response.set_field("Retry-After", RETRY_AFTER);
    }
    challenge.complete(response, refusal);
}

#[cfg(test)]
mod tests;
