//! Middleware for some requests only: by a predicate, by path, by route.
//!
//! # What covers what
//!
//! Routes are found by the raw path: a static segment matches the same bytes and nothing else, so `/%61dmin` is not
//! answered by a route `/admin`. But a parameter or a wildcard takes any spelling, and what it stands for is decoded
//! afterwards: `/static/%70rivate/x` is the file `private/x`. Who guards by the raw path is passed by. Hence:
//!
//! | request | [`Only::path`]`("/admin")` | [`Only::route`]`("/admin")` |
//! |---|---|---|
//! | `/admin`, `/admin/x`, `/admin/%61`, `http://host/admin` | covered | covered |
//! | `/admin/nothing`: no route | covered | covered |
//! | a method that no route has (405), `OPTIONS` | covered | covered |
//! | `/%61dmin/x`, `//admin/x`, `/admin%2Fx`, `/ADMIN/x` by a route `/*path` | covered | not covered |
//! | `/admin/x` by a route `/:section/x` or `/*path` | covered | not covered |
//! | `/administrator` | not covered | not covered |
//! | `/admin/../x` | refused before, 400 | refused before, 400 |
//! | `*`, and requests whose target could not be read | not covered | not covered |
//!
//! [`Only::path`] is what guards: it covers every spelling under which anything could be found, and rather more. It
//! takes a decoded slash or backslash for a separator, passes over empty segments, and takes ASCII letters of either case
//! for the same. [`Only::route`] selects among routes, by the patterns that stand in the table.
//!
//! The name of a file is for its file system to read. Where that folds more than the case of ASCII (APFS and NTFS take
//! `K`, the Kelvin sign, or a long `s` for letters), where it passes over dots and spaces at the end of a name, or has
//! links, a path does not tell one file from another: there, guard the whole route, or serve the guarded folder by a route of
//! its own. [`handlers::files`](crate::handlers) refuses names on Windows that the system would read as another.

use super::{Answer, Middleware, Next};
use crate::body::sink::Sink;
use crate::handler::{Failure, Request};
use crate::message::percent::Decoded;
use crate::response::Response;
use crate::route::Pattern;

/// Middleware that is asked of some requests only; the others pass it by.
///
/// ```
/// use bantam_core::middleware::auth::basic::Basic;
/// use bantam_core::middleware::scope::Only;
/// use bantam_core::prelude::*;
///
/// # fn is_admin(_: &(), user: &str, _: &[u8]) -> bool { user == "admin" }
/// static CHAIN: [&dyn Middleware<()>; 2] = [
///     &Only::path("/admin", Basic::new("the back office", is_admin)),
///     &Only::when(|request| request.method() != Some(Method::Get), Basic::new("changes", is_admin)),
/// ];
/// ```
/// ```compile_fail
/// # use bantam_core::middleware::{request_id::RequestIds, scope::Only};
/// static ADMIN: Only<RequestIds> = Only::path("/admin/", RequestIds); // no path: its last segment is empty
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Only<M> {
    scope: Scope,
    middleware: M,
}

#[derive(Clone, Copy, Debug)]
enum Scope {
    When(fn(&Request<'_>) -> bool),
    Path(&'static str),
    Route(&'static str),
}

impl<M> Only<M> {
    /// For requests of which `predicate` is true. It is asked again at each step of a request, and has to say the same: it
    /// looks at the head, and not at content or parameters, which come later. Who guards by it thinks of the
    /// methods HEAD, OPTIONS and unknown ones, and of the spellings of a path.
    #[must_use]
    pub const fn when(predicate: fn(&Request<'_>) -> bool, middleware: M) -> Self {
        Self { scope: Scope::When(predicate), middleware }
    }

    /// For requests whose path is `prefix` or lies beneath it, however it is spelt, and whatever answers it; `/` is every
    /// request. `prefix` is decoded text: it has no percent-encodings.
    ///
    /// # Panics
    /// When `prefix` does not start with `/`, has empty or dot segments, a backslash, a percent sign, `:` or `*` at the
    /// beginning of a segment, or bytes that are not visible ASCII or spaces; while compiling where it is a `static`.
    #[must_use]
    pub const fn path(prefix: &'static str, middleware: M) -> Self {
        assert!(is_prefix(prefix, false), "a path prefix is like `/admin`: segments of visible ASCII");
        Self { scope: Scope::Path(prefix), middleware }
    }

    /// For requests that are answered by a route whose pattern is `prefix` or goes on behind it with a slash; and, where
    /// no route answers, for those whose path matches `prefix`. `prefix` is the beginning of a pattern as it is
    /// written, such as `/users/:id`; `/` is every request.
    ///
    /// # Panics
    /// When `prefix` does not start with `/`, has empty or dot segments, a backslash, a percent sign, or bytes that are not
    /// visible ASCII; while compiling where it is a `static`.
    #[must_use]
    pub const fn route(prefix: &'static str, middleware: M) -> Self {
        assert!(is_prefix(prefix, true), "a route prefix is like `/users/:id`: the beginning of a pattern");
        Self { scope: Scope::Route(prefix), middleware }
    }

    /// Whether the request is one of them.
    #[must_use]
    pub fn covers(&self, request: &Request<'_>) -> bool {
        match (self.scope, request.route()) {
            (Scope::When(predicate), _) => predicate(request),
            (Scope::Path("/") | Scope::Route("/"), _) => true,
            (Scope::Path(prefix), _) => path_is_under(request.path(), prefix, false),
            (Scope::Route(prefix), Some(pattern)) => pattern_is_under(pattern, prefix),
            (Scope::Route(prefix), None) => path_is_under(request.path(), prefix, true),
        }
    }
}

impl<A, S: Sink<A>, M: Middleware<A, S>> Middleware<A, S> for Only<M> {
    fn admit(&self, app: &A, request: &Request<'_>) -> Result<(), Failure> {
        if self.covers(request) { self.middleware.admit(app, request) } else { Ok(()) }
    }

    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        match self.covers(request) {
            true => self.middleware.handle(app, request, response, next),
            false => next.run(app, request, response),
        }
    }

    fn complete(&self, app: &A, request: &Request<'_>, answer: &Answer) {
        if self.covers(request) {
            self.middleware.complete(app, request, answer);
        }
    }
}

/// Whether the pattern is `prefix`, or goes on behind it with another segment.
fn pattern_is_under(pattern: Pattern, prefix: &str) -> bool {
    let pieces = pattern.pieces();
    let mut bytes = pieces.parts().iter().flat_map(|part| part.bytes());
    prefix.bytes().all(|wanted| bytes.next() == Some(wanted)) && matches!(bytes.next(), None | Some(b'/'))
}

/// Whether the path, decoded, has the segments of `prefix` in front. In a prefix of patterns, a parameter stands for one
/// segment and a wildcard for any, none included.
fn path_is_under(path: &str, prefix: &str, is_pattern: bool) -> bool {
    let is_separator = |byte: u8| matches!(byte, b'/' | b'\\');
    let mut bytes = Decoded::new(path.as_bytes()).bytes().peekable();
    for wanted in prefix.split('/').skip(1) {
        while bytes.next_if(|&byte| is_separator(byte)).is_some() {}
        if is_pattern && wanted.starts_with('*') {
            return true;
        }
        if is_pattern && wanted.starts_with(':') {
            let mut length = 0usize;
            while bytes.next_if(|&byte| !is_separator(byte)).is_some() {
                length = length.saturating_add(1);
            }
            if length == 0 {
                return false;
            }
            continue;
        }
        let is_same =
            wanted.bytes().all(|letter| bytes.next_if(|byte| byte.eq_ignore_ascii_case(&letter)).is_some());
        if !is_same || bytes.peek().is_some_and(|&byte| !is_separator(byte)) {
            return false;
        }
    }
    true
}

/// Whether this can be a prefix: `/` alone, or segments that are not empty and no dot segments.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
const fn is_prefix(text: &str, is_pattern: bool) -> bool {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes[0] != b'/' {
        return false;
    }
    if bytes.len() == 1 {
        return true;
    }
    let mut at = 1;
    let mut start = 1;
    while at <= bytes.len() {
        if at == bytes.len() || bytes[at] == b'/' {
            let length = at - start;
            let is_dots =
                length > 0 && length < 3 && bytes[start] == b'.' && (length == 1 || bytes[start + 1] == b'.');
            if length == 0 || is_dots {
                return false;
            }
            start = at + 1;
        } else {
            let is_marked = at == start && matches!(bytes[at], b':' | b'*');
            let is_space = bytes[at] == b' ';
            let is_plain = matches!(bytes[at], b' '..=b'~') && !matches!(bytes[at], b'\\' | b'%');
            if !is_plain || is_pattern && is_space || !is_pattern && is_marked {
                return false;
            }
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests;
