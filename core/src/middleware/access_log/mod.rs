//! The access log: one line for each answer, in which nothing that a peer sends can pass for a line of its own or for a
//! command to a terminal: every control byte is escaped, in every format.
//!
//! ```text
//! Common    192.0.2.1 - - [24/Nov/2026:09:31:17 +0000] "GET /users/42 HTTP/1.1" 200 17
//! Combined  the same, and "Referer" "User-Agent"
//! Json      {"time":"2026-11-24T09:31:17.042Z","request_id":"6f0c…","trace_id":null,"span_id":null,
//!            "client":"192.0.2.1","method":"GET","target":"/users/42","version":"HTTP/1.1","route":"/users/:id",
//!            "status":200,"bytes_in":0,"bytes_out":17,"duration_us":58,"cut":false,"closing":null,"refusal":null,
//!            "referer":null,"user_agent":"curl/8.5.0"}                                        (in one line)
//! ```
//! Bytes count content, without heads and chunk lines. `closing` is a word of [`Closing::as_str`], `refusal` one of
//! [`Cause::label`]. There is a `trace_id` where the caller sent one; the `span_id` beside it is [`Request::span_id`].
//!
//! [`Closing::as_str`]: crate::connection::Closing::as_str
//! [`Cause::label`]: crate::connection::Cause::label

#[cfg(feature = "defmt")]
mod defmt_lines;
pub(crate) mod escape;
mod line;
mod lines;
mod truncated;

use core::fmt::{self, Write};

#[cfg(feature = "defmt")]
pub use self::defmt_lines::DefmtLines;
pub use self::lines::{ByteLines, Locked};
pub use self::truncated::Truncated;
use super::{Answer, Middleware, Next};
use crate::body::sink::Sink;
use crate::handler::Request;
use crate::response::Response;

/// Where log lines go. Implementations must not block a request: what cannot be kept is dropped and counted.
pub trait Lines: Sync {
    /// Adds the line that `write` writes; it ends with a line feed.
    fn add(&self, write: &mut dyn FnMut(&mut dyn Write) -> fmt::Result);
}

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The Common Log Format: `client - - [time] "request line" status bytes`.
    #[default]
    Common,
    /// The same, with `Referer` and `User-Agent`.
    Combined,
    /// One JSON object a line.
    Json,
}

/// Writes the value of a custom field: into JSON as a string, behind a text format's line in quotes. What it writes is
/// escaped like everything else.
pub type WriteField = fn(&Request<'_>, &Answer, &mut dyn Write) -> fmt::Result;

/// Most custom fields of one log.
const FIELDS: usize = 8;

/// Writes a line for each answer when it has ended: also for refusals and for answers that were cut short.
///
/// ```
/// use bantam_core::middleware::access_log::{AccessLog, Format, Lines};
/// use bantam_core::prelude::*;
/// # struct Serial;
/// # impl Lines for Serial { fn add(&self, _: &mut dyn FnMut(&mut dyn core::fmt::Write) -> core::fmt::Result) {} }
/// # static LINES: Serial = Serial;
/// static LOG: AccessLog = AccessLog::new(Format::Json, &LINES)
///     .skip(&["/health/live", "/metrics"])
///     .with_field("tenant", |request, _, out| out.write_str(request.field("X-Tenant").unwrap_or("-")));
/// static CHAIN: [&dyn Middleware<()>; 1] = [&LOG];
/// ```
pub struct AccessLog<'l> {
    format: Format,
    lines: &'l dyn Lines,
    clock: Option<fn() -> u64>,
    skipped: &'l [&'l str],
    skips: Option<fn(&Request<'_>, &Answer) -> bool>,
    fields: [Option<(&'l str, WriteField)>; FIELDS],
}

impl<'l> AccessLog<'l> {
    /// A log in this format to these lines.
    #[must_use]
    pub const fn new(format: Format, lines: &'l dyn Lines) -> Self {
        Self { format, lines, clock: None, skipped: &[], skips: None, fields: [None; FIELDS] }
    }

    /// With a clock that tells milliseconds since 1970, for the times of JSON lines; they have whole seconds otherwise,
    /// as those of the text formats always do.
    #[must_use]
    pub const fn with_clock(mut self, clock: fn() -> u64) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Without lines for requests to routes of these patterns, and for these paths as they are sent: probes and scrapers,
    /// whose lines say nothing.
    #[must_use]
    pub const fn skip(mut self, patterns: &'l [&'l str]) -> Self {
        self.skipped = patterns;
        self
    }

    /// Without lines for answers of which `skips` is true.
    ///
    /// ```
    /// # use bantam_core::middleware::access_log::{AccessLog, Lines};
    /// # fn quiet<'l>(log: AccessLog<'l>) -> AccessLog<'l> {
    /// log.skip_if(|request, answer| request.path() == "/health" && answer.status.is_success())
    /// # }
    /// ```
    #[must_use]
    pub const fn skip_if(mut self, skips: fn(&Request<'_>, &Answer) -> bool) -> Self {
        self.skips = Some(skips);
        self
    }

    /// With one more field, behind those that are there: `name` is its key in JSON.
    ///
    /// # Panics
    /// When there are eight already; in a `static`, while compiling.
    #[must_use]
    #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
    pub const fn with_field(mut self, name: &'l str, write: WriteField) -> Self {
        let mut at = 0;
        while at < FIELDS && self.fields[at].is_some() {
            at += 1;
        }
        assert!(at < FIELDS, "an access log has at most eight custom fields");
        self.fields[at] = Some((name, write));
        self
    }

    fn fields(&self) -> impl Iterator<Item = (&'l str, WriteField)> {
        self.fields.iter().map_while(|field| *field)
    }

    fn skips(&self, request: &Request<'_>, answer: &Answer) -> bool {
        let is_skipped = |skipped: &&str| {
            *skipped == request.path() || request.route().is_some_and(|route| route == **skipped)
        };
        self.skipped.iter().any(is_skipped) || self.skips.is_some_and(|skips| skips(request, answer))
    }
}

impl<A, S: Sink<A>> Middleware<A, S> for AccessLog<'_> {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        next.run(app, request, response);
    }

    fn complete(&self, _: &A, request: &Request<'_>, answer: &Answer) {
        if !self.skips(request, answer) {
            self.lines.add(&mut |out| self.line(out, request, answer));
        }
    }
}

impl fmt::Debug for AccessLog<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessLog").field("format", &self.format).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
