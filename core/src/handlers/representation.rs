//! Conditional and range requests for anything that has a length and a validator (RFC 9110 §13 and §14): files, assets
//! and the content of handlers are answered by the same few lines.
//!
//! ```text
//! If-Match, If-Unmodified-Since ──► 412        If-None-Match, If-Modified-Since ──► 304
//!        │ hold                                        │ hold
//!        └────────────────────────────────────────────►└─► Range, when If-Range lets it ──► 206, 416
//!                                                                  │ not there
//!                                                                  └─► 200
//! ```

use core::convert::Infallible;

use super::multipart::Multipart;
use crate::bytes::number::Decimal;
use crate::handler::{Failure, Outcome, Request};
use crate::message::date::Date;
use crate::message::entity_tag::EntityTag;
use crate::message::method::Method;
use crate::message::precondition::{Preconditions, Validators, Verdict, evaluate};
use crate::message::range::{Asked, Span, one, several};
use crate::message::status::Status;
use crate::response::Response;

/// What is known of the content that a request asks for, before any of it is sent.
///
/// ```
/// use bantam_core::handlers::representation::{Representation, Selection};
/// use bantam_core::message::entity_tag::EntityTag;
/// use bantam_core::prelude::*;
///
/// static POEM: &str = "so much depends upon a red wheel barrow";
///
/// fn poem(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
///     let representation = Representation {
///         etag: EntityTag::strong("1923"),
///         modified: None,
///         length: Some(POEM.len() as u64),
///         content_type: "text/plain; charset=utf-8",
///     };
///     response.field("Cache-Control", "no-cache"); // before, so that a 304 has it too
///     match representation.select(request, response) {
///         Selection::Whole => response.text(POEM),
///         Selection::Part(span) => response.bytes(representation.content_type, span.of(POEM.as_bytes())),
///         Selection::Answered => Ok(()),
///     }
/// }
/// static ROUTES: Router<(), 1> = Router::new([get("/poem", poem)]);
/// ```
/// Content that lies in memory needs no more than [`Representation::answer`].
#[derive(Clone, Copy, Debug)]
pub struct Representation<'t> {
    /// Its entity tag.
    pub etag: Option<EntityTag<'t>>,
    /// When it was last modified, in seconds since 1970. A time in the future is stated as the present (RFC 9110
    /// §8.8.2.1).
    pub modified: Option<u64>,
    /// Bytes of it; without a length there are no ranges.
    pub length: Option<u64>,
    /// Its media type, which stands in each part of a multipart answer. Answers with one body are given theirs by who
    /// sends it.
    pub content_type: &'t str,
}

/// What is to be sent. `P` describes several parts, and has no value where a single range is all that is served.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub enum Selection<P = Infallible> {
    /// All of it. The status is the one set before, or 200.
    Whole,
    /// This part of it. Status and `Content-Range` are set.
    Part(Span),
    /// These parts, as [`Multipart`] frames them. The status is set; the media type is [`Multipart::media_type`].
    Parts(P),
    /// Nothing more: the response is a complete 304, 412 or 416. Fields that the handler has added since are not in a
    /// 412 or 416.
    Answered,
}

/// How far a request came.
enum Step<'r> {
    Answered,
    Whole,
    Range(&'r [u8], u64),
}

impl<'t> Representation<'t> {
    /// Weighs the request's conditions and its range in the order of RFC 9110 §13.2.2, and sets status, `ETag`,
    /// `Last-Modified`, `Accept-Ranges` and `Content-Range` accordingly. `Cache-Control`, `Vary` and other fields that
    /// a 304 shares with the 200 (RFC 9110 §15.4.5) are to be added before. A set of several ranges is answered with
    /// the whole, as §14.2 allows; [`Representation::select_parts`] is for those who send parts.
    ///
    /// A range counts for GET alone (§14.2), where the status is 200 and the length known. Several `Range` lines are
    /// none. Behind `If-Range` stands the very entity tag, and neither is weak; or the very date, whose second is
    /// over, as this server's clock sees it, and the client vouches that its copy was made later (§13.1.5).
    /// A 206 has all fields of the 200, also behind `If-Range`, where §15.3.7 would leave some out: whoever reads it
    /// alone still learns what it is part of.
    pub fn select<S>(&self, request: &Request<'_>, response: &mut Response<'_, S>) -> Selection {
        match self.begin(request, response) {
            Step::Answered => Selection::Answered,
            Step::Whole => Selection::Whole,
            Step::Range(value, length) => match one(value, length) {
                Asked::Whole => Selection::Whole,
                Asked::Nothing => unsatisfiable(length, response),
                Asked::Ranges(span) => part(span, length, response),
            },
        }
    }

    /// The same, with several ranges as parts of a multipart answer. When only one is left of them, because the others
    /// are not there or became one with it, it is sent alone; when parts would take more bytes than the whole, the whole
    /// is sent.
    pub fn select_parts<S>(
        &self,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) -> Selection<Multipart<&'t str>> {
        match self.begin(request, response) {
            Step::Answered => Selection::Answered,
            Step::Whole => Selection::Whole,
            Step::Range(value, length) => match several(value, length) {
                Asked::Whole => Selection::Whole,
                Asked::Nothing => unsatisfiable(length, response),
                Asked::Ranges(spans) => match spans.as_slice() {
                    [span] => part(*span, length, response),
                    _ => {
                        let parts = Multipart::new(spans, self.content_type, length, request);
                        if parts.len() >= length {
                            return Selection::Whole;
                        }
                        response.status(Status::PARTIAL_CONTENT);
                        Selection::Parts(parts)
                    }
                },
            },
        }
    }

    /// Answers with `bytes`, copied into the transmit buffer: all of them, the part that is asked for, or 304, 412 or
    /// 416. Their number is the length, whatever was stated.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn answer<S>(&self, request: &Request<'_>, response: &mut Response<'_, S>, bytes: &[u8]) -> Outcome {
        match self.of_length(bytes.len()).select(request, response) {
            Selection::Whole => response.bytes(self.content_type, bytes),
            Selection::Part(span) => response.bytes(self.content_type, span.of(bytes)),
            Selection::Answered => Ok(()),
        }
    }

    /// The same with bytes in the program's image, which are sent from where they are.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn answer_static<S>(
        &self,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
        bytes: &'static [u8],
    ) -> Outcome {
        match self.of_length(bytes.len()).select(request, response) {
            Selection::Whole => response.static_bytes(self.content_type, bytes),
            Selection::Part(span) => response.static_bytes(self.content_type, span.of(bytes)),
            Selection::Answered => Ok(()),
        }
    }

    fn of_length(&self, length: usize) -> Self {
        Self { length: Some(length as u64), ..*self }
    }

    /// All of RFC 9110 §13.2.2, up to the range itself.
    fn begin<'r, S>(&self, request: &Request<'r>, response: &mut Response<'_, S>) -> Step<'r> {
        let now = request.date().map(Date::unix_seconds);
        let modified = self.modified.map(|modified| now.map_or(modified, |now| modified.min(now)));
        let verdict = weigh(request, &Validators::new(self.etag, modified));
        if verdict == Verdict::PreconditionFailed {
            response.fail(Failure::new(Status::PRECONDITION_FAILED, ""));
            return Step::Answered;
        }
        if let Some(etag) = &self.etag {
            response.field_parts("ETag", &[if etag.is_weak() { "W/\"" } else { "\"" }, etag.opaque(), "\""]);
        }
        let date = modified.map(Date::from_unix);
        if let Some(date) = &date {
            response.field("Last-Modified", date.as_str());
        }
        if verdict == Verdict::NotModified {
            // A mistake in a field is found when the handler has returned.
            let _ = response.status(Status::NOT_MODIFIED).empty();
            return Step::Answered;
        }
        let Some(length) = self.length else { return Step::Whole };
        response.field("Accept-Ranges", "bytes");
        if request.method() != Some(Method::Get) || response.current_status() != Status::OK {
            return Step::Whole;
        }
        let is_over = modified.zip(now).is_some_and(|(modified, now)| modified < now);
        match the_only_line(request, "Range") {
            Line::Only(range) if self.is_current(request, date.filter(|_| is_over)) => {
                Step::Range(range, length)
            }
            _ => Step::Whole,
        }
    }

    /// Whether `If-Range` names this representation, or is not there (RFC 9110 §13.1.5). Weak validators, and those
    /// that cannot be read, name none.
    fn is_current(&self, request: &Request<'_>, date: Option<Date>) -> bool {
        let value = match the_only_line(request, "If-Range") {
            Line::Absent => return true,
            Line::Several => return false,
            Line::Only(value) => value,
        };
        if let Some(tag) = core::str::from_utf8(value).ok().and_then(EntityTag::parse) {
            return self.etag.is_some_and(|etag| etag.strong_eq(&tag));
        }
        date.is_some_and(|date| date.as_bytes() == value)
    }
}

/// What the preconditions of `request` say to a representation with these validators (RFC 9110 §13.2.2). Handlers that
/// change what there is, such as those of PUT, ask this before they do; [`Validators::ABSENT`] is for what is to be
/// created.
pub fn weigh(request: &Request<'_>, current: &Validators<'_>) -> Verdict {
    let preconditions = Preconditions {
        if_match: request.field_values("If-Match"),
        if_none_match: request.field_values("If-None-Match"),
        if_unmodified_since: the_only(request, "If-Unmodified-Since"),
        if_modified_since: the_only(request, "If-Modified-Since"),
        is_get_or_head: matches!(request.method(), Some(Method::Get | Method::Head)),
        now: request.date().map_or(0, Date::unix_seconds),
    };
    evaluate(&preconditions, current)
}

/// The value of a field that stands once. Several lines are a list of dates, which is as good as none (RFC 9110 §13.1.3
/// and §13.1.4).
fn the_only<'r>(request: &Request<'r>, name: &str) -> Option<&'r str> {
    let mut values = request.field_values(name);
    values.next().filter(|_| values.next().is_none())
}

enum Line<'r> {
    Absent,
    Only(&'r [u8]),
    Several,
}

/// The value of a field that stands once, whatever its bytes.
fn the_only_line<'r>(request: &Request<'r>, name: &str) -> Line<'r> {
    let Some(value) = request.field_bytes(name) else { return Line::Absent };
    let lines = request.fields().filter(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
    if lines.count() == 1 { Line::Only(value) } else { Line::Several }
}

/// 206 with one part (RFC 9110 §15.3.7.1).
fn part<S, P>(span: Span, length: u64, response: &mut Response<'_, S>) -> Selection<P> {
    let (first, last) = (Decimal::new(span.start()), Decimal::new(span.last()));
    let length = Decimal::new(length);
    response.status(Status::PARTIAL_CONTENT);
    let value = ["bytes ", first.as_str(), "-", last.as_str(), "/", length.as_str()];
    response.field_parts("Content-Range", &value);
    Selection::Part(span)
}

/// 416 with the length that there is (RFC 9110 §15.5.17).
fn unsatisfiable<S, P>(length: u64, response: &mut Response<'_, S>) -> Selection<P> {
    response.fail(Failure::new(Status::RANGE_NOT_SATISFIABLE, ""));
    response.field_parts("Content-Range", &["bytes */", Decimal::new(length).as_str()]);
    Selection::Answered
}

#[cfg(test)]
mod tests;
