//! Challenges: what `WWW-Authenticate` says (RFC 9110 §11.6.1).

use core::fmt;

use super::bearer::TokenError;
use crate::handler::{Failure, Outcome};
use crate::message::status::Status;
use crate::response::Response;

/// A challenge, checked while the program compiles where it stands in a `static` or `const`. Its [`fmt::Display`] is the
/// value of `WWW-Authenticate`, without an error.
///
/// ```
/// use bantam_core::middleware::auth::challenge::Challenge;
/// const DOOR: Challenge = Challenge::basic("the \"green\" door");
/// assert_eq!(DOOR.to_string(), r#"Basic realm="the \"green\" door", charset="UTF-8""#);
/// ```
/// ```compile_fail
/// use bantam_core::middleware::auth::challenge::Challenge;
/// const DOOR: Challenge = Challenge::basic("a line\nand another");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Challenge {
    scheme: Scheme,
    realm: &'static str,
    scope: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Basic,
    Bearer,
}

impl Challenge {
    /// A challenge of Basic for this realm, which users are shown: [`is_realm`] says what it may be. It asks for UTF-8
    /// (RFC 7617 §2.1).
    ///
    /// # Panics
    /// When `realm` is none, while compiling where the challenge is a `static`.
    #[must_use]
    pub const fn basic(realm: &'static str) -> Self {
        assert!(is_realm(realm), "a realm is visible ASCII and spaces, and is not empty");
        Self { scheme: Scheme::Basic, realm, scope: "" }
    }

    /// A challenge of Bearer for this realm.
    ///
    /// # Panics
    /// As [`Challenge::basic`].
    #[must_use]
    pub const fn bearer(realm: &'static str) -> Self {
        assert!(is_realm(realm), "a realm is visible ASCII and spaces, and is not empty");
        Self { scheme: Scheme::Bearer, realm, scope: "" }
    }

    /// With the scope that a token needs, as words between single spaces (RFC 6750 §3). Basic has none.
    ///
    /// # Panics
    /// When `scope` is none, or the challenge is of Basic; while compiling where it is a `static`.
    #[must_use]
    pub const fn with_scope(mut self, scope: &'static str) -> Self {
        assert!(matches!(self.scheme, Scheme::Bearer), "Basic has no scope");
        assert!(is_scope(scope), "a scope is words of visible ASCII without quotes and backslashes");
        self.scope = scope;
        self
    }

    /// Answers with this failure and the challenge, with an error where Bearer has one for it: for handlers that ask for
    /// credentials themselves. Fields that the handler has set are left out, as in any error answer.
    ///
    /// # Errors
    /// When the challenge does not fit the transmit buffer.
    pub fn answer<S>(&self, response: &mut Response<'_, S>, failure: impl Into<Failure>) -> Outcome {
        let failure = failure.into();
        response.fail(failure);
        self.add(response, Some(failure));
        response.outcome()
    }

    /// Adds the challenge to a 401 that has none, and to a `refusal` for which there is an error.
    pub(super) fn complete<S>(&self, response: &mut Response<'_, S>, refusal: Option<Failure>) {
        let is_due = response.current_status() == Status::UNAUTHORIZED || self.error(refusal).is_some();
        if is_due && response.field_value("WWW-Authenticate").is_none() {
            self.add(response, refusal);
        }
    }

    fn add<S>(&self, response: &mut Response<'_, S>, refusal: Option<Failure>) {
        response.field_display("WWW-Authenticate", Value { challenge: *self, error: self.error(refusal) });
    }

    /// What RFC 6750 §3.1 calls this refusal.
    fn error(&self, refusal: Option<Failure>) -> Option<&'static str> {
        match self.scheme {
            Scheme::Basic => None,
            Scheme::Bearer => refusal.and_then(TokenError::of).and_then(TokenError::code),
        }
    }
}

/// Whether this can be a realm: visible ASCII and spaces, at least one of them. Quotes and backslashes are escaped when
/// it is sent (RFC 9110 §5.6.4). Other characters have no defined meaning there.
#[must_use]
pub const fn is_realm(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if !matches!(byte, b' '..=b'~') {
            return false;
        }
        rest = after;
    }
    !text.is_empty()
}

/// `scope-token *( SP scope-token )`, with `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )` (RFC 6749 §3.3).
const fn is_scope(text: &str) -> bool {
    let mut rest = text.as_bytes();
    let mut is_word = false;
    while let Some((byte, after)) = rest.split_first() {
        is_word = match byte {
            b' ' if is_word => false,
            0x21 | 0x23..=0x5b | 0x5d..=0x7e => true,
            _ => return false,
        };
        rest = after;
    }
    is_word
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Value { challenge: *self, error: None }.fmt(f)
    }
}

/// A field value.
struct Value {
    challenge: Challenge,
    error: Option<&'static str>,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Challenge { scheme, realm, scope } = self.challenge;
        f.write_str(match scheme {
            Scheme::Basic => "Basic realm=\"",
            Scheme::Bearer => "Bearer realm=\"",
        })?;
        let is_special = |character| matches!(character, '"' | '\\');
        for piece in realm.split_inclusive(is_special) {
            let plain = piece.strip_suffix(is_special);
            if let Some(plain) = plain {
                f.write_str(plain)?;
                f.write_str("\\")?;
            }
            f.write_str(piece.get(plain.unwrap_or_default().len()..).unwrap_or_default())?;
        }
        if scheme == Scheme::Basic {
            return f.write_str("\", charset=\"UTF-8\"");
        }
        for (name, value) in [("\", scope=\"", scope), ("\", error=\"", self.error.unwrap_or_default())] {
            if !value.is_empty() {
                f.write_str(name)?;
                f.write_str(value)?;
            }
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests;
