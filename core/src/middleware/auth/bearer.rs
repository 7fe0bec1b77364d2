//! Bearer authentication (RFC 6750): a token with each request.

use super::challenge::Challenge;
use super::{BUSY, Verdict, authorization, is_preflight, run};
use crate::body::sink::Sink;
use crate::handler::{Failure, Request};
use crate::message::status::Status;
use crate::middleware::{Middleware, Next};
use crate::response::Response;

/// Says whether a token is good. Implemented for functions, whose answer is a `bool` or a [`Verdict`].
pub trait VerifyToken<A>: Sync {
    /// Says so.
    fn verify(&self, app: &A, token: &str) -> Verdict;
}

impl<A, F, V> VerifyToken<A> for F
where
    F: Fn(&A, &str) -> V + Sync,
    V: Into<Verdict>,
{
    fn verify(&self, app: &A, token: &str) -> Verdict {
        self(app, token).into()
    }
}

/// Lets only those in whose token `V` accepts.
///
/// Tokens are taken from `Authorization` alone: those in a query end up in logs and histories (RFC 6750 §5.3).
///
/// ```
/// use bantam_core::middleware::auth::Verdict;
/// use bantam_core::middleware::auth::bearer::Bearer;
/// use bantam_core::middleware::auth::compare::is_same;
/// use bantam_core::prelude::*;
///
/// fn verify(_: &(), token: &str) -> Verdict {
///     match token {
///         _ if is_same(token.as_bytes(), b"writes") => Verdict::Accepted,
///         _ if is_same(token.as_bytes(), b"only-reads") => Verdict::Forbidden,
///         _ => Verdict::Refused,
///     }
/// }
///
/// static CHAIN: [&dyn Middleware<()>; 1] = [&Bearer::new("the API", verify).with_scope("write")];
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bearer<V> {
    challenge: Challenge,
    preflights: bool,
    verifier: V,
}

impl<V> Bearer<V> {
    /// For this realm, by this verifier.
    ///
    /// # Panics
    /// When the realm [is none](super::challenge::is_realm), while compiling where it is a `static`.
    #[must_use]
    pub const fn new(realm: &'static str, verifier: V) -> Self {
        Self { challenge: Challenge::bearer(realm), preflights: false, verifier }
    }

    /// With the scope that tokens need, which the challenge tells.
    ///
    /// # Panics
    /// As [`Challenge::with_scope`].
    #[must_use]
    pub const fn with_scope(mut self, scope: &'static str) -> Self {
        self.challenge = self.challenge.with_scope(scope);
        self
    }

    /// Whether preflights of CORS, which have no credentials, reach the other middleware; they do not by default. They
    /// never reach a handler: [what they see](super#preflights-of-cors).
    #[must_use]
    pub const fn with_preflights(mut self, pass: bool) -> Self {
        self.preflights = pass;
        self
    }

    fn is_let_through(&self, request: &Request<'_>) -> bool {
        self.preflights && is_preflight(request)
    }
}

impl<A, S: Sink<A>, V: VerifyToken<A>> Middleware<A, S> for Bearer<V> {
    fn admit(&self, app: &A, request: &Request<'_>) -> Result<(), Failure> {
        if self.is_let_through(request) {
            return Ok(());
        }
        match self.verifier.verify(app, token(request)?) {
            Verdict::Accepted => Ok(()),
            Verdict::Refused => Err(TokenError::Invalid.into()),
            Verdict::Forbidden => Err(TokenError::InsufficientScope.into()),
            Verdict::Busy => Err(BUSY),
        }
    }

    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        let missing = self.is_let_through(request).then(|| TokenError::Missing.into());
        run(&self.challenge, missing, app, request, response, next);
    }
}

/// Why a request has no good token: the peer's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// No `Authorization`, or of another scheme; 401 without an error (RFC 6750 §3.1).
    Missing,
    /// More than one `Authorization` line; 400 `invalid_request`, see [why](super#what-is-refused).
    Several,
    /// No `b64token` (RFC 6750 §2.1); 400 `invalid_request`.
    Malformed,
    /// A token that is expired, revoked or unknown; 401 `invalid_token`. [`token`] does not give it: it is for who
    /// verifies tokens.
    Invalid,
    /// A token that does not suffice; 403 `insufficient_scope`. It too is for who verifies tokens.
    InsufficientScope,
}

impl TokenError {
    const ALL: [Self; 5] =
        [Self::Missing, Self::Several, Self::Malformed, Self::Invalid, Self::InsufficientScope];

    /// The status answered.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Missing | Self::Invalid => Status::UNAUTHORIZED,
            Self::Several | Self::Malformed => Status::BAD_REQUEST,
            Self::InsufficientScope => Status::FORBIDDEN,
        }
    }

    /// What the client is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "a token is missing",
            Self::Several => "there is more than one Authorization field",
            Self::Malformed => "the token is malformed",
            Self::Invalid => "the token is not valid",
            Self::InsufficientScope => "the scope of the token does not suffice",
        }
    }

    /// The error that the challenge tells (RFC 6750 §3.1).
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Missing => None,
            Self::Several | Self::Malformed => Some("invalid_request"),
            Self::Invalid => Some("invalid_token"),
            Self::InsufficientScope => Some("insufficient_scope"),
        }
    }

    /// The error that became this failure.
    pub(super) fn of(failure: Failure) -> Option<Self> {
        Self::ALL.into_iter().find(|error| Failure::from(*error) == failure)
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self::new(error.status(), error.reason())
    }
}

/// The token of a request: for handlers that ask for it themselves, or want to know who has been let in.
///
/// # Errors
/// When there is none, or a malformed one. A handler without the middleware answers by [`Challenge::answer`].
///
/// ```
/// use bantam_core::middleware::auth::bearer;
/// use bantam_core::middleware::auth::challenge::Challenge;
/// use bantam_core::prelude::*;
///
/// static API: Challenge = Challenge::bearer("the API");
///
/// fn show(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
///     match bearer::token(request) {
///         Ok(token) => response.text(token),
///         Err(error) => API.answer(response, error),
///     }
/// }
/// ```
pub fn token<'r>(request: &Request<'r>) -> Result<&'r str, TokenError> {
    let value = authorization(request, "Bearer").map_err(|_| TokenError::Several)?;
    let token = value.ok_or(TokenError::Missing)?;
    match is_b64token(token) {
        true => core::str::from_utf8(token).map_err(|_| TokenError::Malformed),
        false => Err(TokenError::Malformed),
    }
}

/// `b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="` (RFC 6750 §2.1).
fn is_b64token(text: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte);
    let end = text.iter().position(|byte| !is_letter(byte)).unwrap_or(text.len());
    let (letters, padding) = text.split_at_checked(end).unwrap_or_default();
    !letters.is_empty() && padding.iter().all(|&byte| byte == b'=')
}

#[cfg(test)]
mod tests;
