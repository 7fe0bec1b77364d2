//! Basic authentication (RFC 7617): a user and a password with each request.

use core::fmt;

use super::base64::{self, Base64Error};
use super::challenge::Challenge;
use super::{BUSY, Verdict, authorization, is_preflight, run};
use crate::body::sink::Sink;
use crate::handler::{Failure, Request};
use crate::message::status::Status;
use crate::middleware::{Middleware, Next};
use crate::response::Response;

/// Bytes of user, colon and password together that the middleware has room for. Longer credentials are refused; the
/// bound is what they take of the stack while they are verified, and twice what password managers make.
pub const SPACE: usize = 256;

/// Says whether a password is a user's. Implemented for functions, whose answer is a `bool` or a [`Verdict`].
///
/// It may take its time, and should take the same for users that exist and others. It runs before the content of the
/// request is read, on the thread that serves the connection.
pub trait Verify<A>: Sync {
    /// Says so.
    fn verify(&self, app: &A, user: &str, password: &[u8]) -> Verdict;
}

impl<A, F, V> Verify<A> for F
where
    F: Fn(&A, &str, &[u8]) -> V + Sync,
    V: Into<Verdict>,
{
    fn verify(&self, app: &A, user: &str, password: &[u8]) -> Verdict {
        self(app, user, password).into()
    }
}

/// Lets only those in whose user and password `V` accepts.
///
/// ```
/// use bantam_core::middleware::auth::basic::Basic;
/// use bantam_core::middleware::auth::compare::is_same;
/// use bantam_core::prelude::*;
///
/// struct App {
///     password: &'static str,
/// }
///
/// fn verify(app: &App, user: &str, password: &[u8]) -> bool {
///     // Both are compared whatever the first says.
///     is_same(user.as_bytes(), b"admin") & is_same(password, app.password.as_bytes())
/// }
///
/// static CHAIN: [&dyn Middleware<App>; 1] = [&Basic::new("the back office", verify)];
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Basic<V> {
    challenge: Challenge,
    preflights: bool,
    verifier: V,
}

impl<V> Basic<V> {
    /// For this realm, which users are shown, by this verifier.
    ///
    /// # Panics
    /// When the realm [is none](super::challenge::is_realm), while compiling where it is a `static`.
    #[must_use]
    pub const fn new(realm: &'static str, verifier: V) -> Self {
        Self { challenge: Challenge::basic(realm), preflights: false, verifier }
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

impl<A, S: Sink<A>, V: Verify<A>> Middleware<A, S> for Basic<V> {
    fn admit(&self, app: &A, request: &Request<'_>) -> Result<(), Failure> {
        if self.is_let_through(request) {
            return Ok(());
        }
        let mut space = [0; SPACE];
        let credentials = credentials(request, &mut space)?;
        match self.verifier.verify(app, credentials.user, credentials.password) {
            Verdict::Accepted => Ok(()),
            Verdict::Refused => Err(CredentialsError::Wrong.into()),
            Verdict::Forbidden => Err(Failure::new(Status::FORBIDDEN, "this user may not enter")),
            Verdict::Busy => Err(BUSY),
        }
    }

    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        let missing = self.is_let_through(request).then(|| CredentialsError::Missing.into());
        run(&self.challenge, missing, app, request, response, next);
    }
}

/// What a peer says it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Credentials<'c> {
    user: &'c str,
    password: &'c [u8],
}

impl<'c> Credentials<'c> {
    /// The user-id: without a colon and without control characters, perhaps empty.
    #[must_use]
    pub const fn user(&self) -> &'c str {
        self.user
    }

    /// The password: without control characters, in UTF-8 from peers that do as the challenge says.
    #[must_use]
    pub const fn password(&self) -> &'c [u8] {
        self.password
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Passwords are not for logs.
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// Why a request has no credentials of Basic: the peer's doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialsError {
    /// No `Authorization`, or of another scheme; 401.
    Missing,
    /// More than one `Authorization` line; 400, see [why](super#what-is-refused).
    Several,
    /// No Base64 as [`base64::decode`] reads it; 401.
    Base64,
    /// No colon between user and password (RFC 7617 §2); 401.
    NoColon,
    /// A control character, which neither user nor password may have (RFC 7617 §2); 401.
    Control,
    /// A user that is not UTF-8, which the challenge asks for (RFC 7617 §2.1); 401.
    NotUtf8,
    /// More bytes than the space lent; 401.
    TooLong,
    /// Credentials that were read and are not right; 401. [`credentials`] does not give it: it is for who verifies them.
    Wrong,
}

impl CredentialsError {
    /// The status answered.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Several => Status::BAD_REQUEST,
            _ => Status::UNAUTHORIZED,
        }
    }

    /// What the client is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "credentials are missing",
            Self::Several => "there is more than one Authorization field",
            Self::Base64 => "the credentials are not Base64",
            Self::NoColon => "the credentials have no colon",
            Self::Control => "the credentials have a control character",
            Self::NotUtf8 => "the user is not UTF-8",
            Self::TooLong => "the credentials are too long",
            Self::Wrong => "the credentials are wrong",
        }
    }
}

impl From<CredentialsError> for Failure {
    fn from(error: CredentialsError) -> Self {
        Self::new(error.status(), error.reason())
    }
}

/// The credentials of a request, decoded into `space`: for handlers that ask for them themselves, or want to know who
/// has been let in.
///
/// # Errors
/// When there are none, or malformed ones. A handler without the middleware answers by [`Challenge::answer`].
///
/// ```
/// use bantam_core::middleware::auth::basic::{self, CredentialsError};
/// use bantam_core::middleware::auth::challenge::Challenge;
/// use bantam_core::middleware::auth::compare::is_same;
/// use bantam_core::prelude::*;
///
/// static DOOR: Challenge = Challenge::basic("the door");
///
/// fn enter(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
///     let mut space = [0; basic::SPACE];
///     match basic::credentials(request, &mut space) {
///         Ok(sent) if is_same(sent.password(), b"open sesame") => response.text(sent.user()),
///         Ok(_) => DOOR.answer(response, CredentialsError::Wrong),
///         Err(error) => DOOR.answer(response, error),
///     }
/// }
/// ```
pub fn credentials<'s>(
    request: &Request<'_>,
    space: &'s mut [u8],
) -> Result<Credentials<'s>, CredentialsError> {
    let value = authorization(request, "Basic").map_err(|_| CredentialsError::Several)?;
    read(value.ok_or(CredentialsError::Missing)?, space)
}

/// `user-pass = user-id ":" password`, in Base64 (RFC 7617 §2).
fn read<'s>(text: &[u8], space: &'s mut [u8]) -> Result<Credentials<'s>, CredentialsError> {
    let pair = base64::decode(text, space).map_err(|error| match error {
        Base64Error::NoSpace => CredentialsError::TooLong,
        _ => CredentialsError::Base64,
    })?;
    if pair.iter().any(u8::is_ascii_control) {
        return Err(CredentialsError::Control);
    }
    // The first colon: a password may have more of them.
    let mut parts = pair.splitn(2, |&byte| byte == b':');
    let (Some(user), Some(password)) = (parts.next(), parts.next()) else {
        return Err(CredentialsError::NoColon);
    };
    let user = core::str::from_utf8(user).map_err(|_| CredentialsError::NotUtf8)?;
    Ok(Credentials { user, password })
}

#[cfg(test)]
mod tests;
