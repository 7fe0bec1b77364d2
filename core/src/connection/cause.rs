//! Why a request is refused: the error of whatever part of the machine found it.

use super::ExamineError;
use crate::body::decode::BodyError;
use crate::handler::Failure;
use crate::message::status::Status;
use crate::parse::field_line::FieldLineError;
use crate::parse::head::HeadError;
use crate::parse::request_line::RequestLineError;

/// Why a request is refused, and so is answered without its handler or cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The head breaks its grammar or passes a limit.
    Head(HeadError),
    /// The field lines contradict each other, or lack what must be there.
    Examine(ExamineError),
    /// The body breaks its framing or passes a limit.
    Body(BodyError),
    /// The peer closed its side inside the head.
    EndsInHead,
    /// The peer closed its side inside the body.
    EndsInContent,
    /// The head or the content did not arrive in time.
    TooSlow,
    /// The head, or a trailer line, leaves no room in the receive buffer for the content.
    NoRoom,
    /// More content than the limits or the receive buffer hold.
    TooLarge,
    /// A method that this server does not know.
    UnknownMethod,
    /// CONNECT: there are no tunnels.
    Tunnel,
    /// No route has this path.
    NotFound,
    /// The path has routes, but none for this method.
    NotAllowed,
    /// A handshake for a version of WebSocket other than 13.
    WebSocketVersion,
    /// A target of https, on a connection that is not secured.
    Misdirected,
    /// A path too long to be decoded beside an answer.
    PathTooLong,
    /// The route is a blocking one, and too many requests wait for a thread already.
    Overloaded,
    /// Middleware, or the route's sink, has something against it.
    Application(Failure),
}

impl Cause {
    /// The status answered, and what the client is told.
    #[must_use]
    pub const fn failure(self) -> Failure {
        let (status, reason) = match self {
            Self::Head(error) => (error.status(), error.reason()),
            Self::Examine(error) => (error.status(), error.reason()),
            Self::Body(error) => (error.status(), error.reason()),
            Self::EndsInHead => (Status::BAD_REQUEST, "the request ends inside its head"),
            Self::EndsInContent => (Status::BAD_REQUEST, "the request ends inside its content"),
            Self::TooSlow => (Status::REQUEST_TIMEOUT, "the request did not arrive in time"),
            Self::NoRoom => {
                (Status::REQUEST_HEADER_FIELDS_TOO_LARGE, "the fields leave no room for the content")
            }
            Self::TooLarge => (Status::CONTENT_TOO_LARGE, "the content is larger than is accepted here"),
            Self::UnknownMethod => (Status::NOT_IMPLEMENTED, "the method is unknown"),
            Self::Tunnel => (Status::NOT_IMPLEMENTED, "there are no tunnels here"),
            Self::NotFound => (Status::NOT_FOUND, ""),
            Self::NotAllowed => (Status::METHOD_NOT_ALLOWED, "see the Allow field"),
            Self::WebSocketVersion => (Status::UPGRADE_REQUIRED, "the version of WebSocket is 13"),
            Self::Misdirected => (Status::MISDIRECTED_REQUEST, "this connection does not serve https"),
            Self::PathTooLong => (Status::URI_TOO_LONG, "the path cannot be decoded"),
            Self::Overloaded => (Status::SERVICE_UNAVAILABLE, "too many requests wait already"),
            Self::Application(failure) => return failure,
        };
        Failure::by_rule(status, reason)
    }

    /// Whether the rule is ours: the section named would let the message pass.
    #[must_use]
    pub const fn is_stricter(self) -> bool {
        match self {
            Self::Head(error) => error.is_stricter(),
            Self::Examine(error) => error.is_stricter(),
            Self::Body(error) => error.is_stricter(),
            _ => false,
        }
    }

    /// The section whose rule is broken or applied.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Head(error) => error.section(),
            Self::Examine(error) => error.section(),
            Self::Body(error) => error.section(),
            Self::EndsInHead | Self::EndsInContent => "RFC 9112 §8",
            Self::UnknownMethod => "RFC 9110 §9.1",
            Self::Tunnel => "RFC 9110 §9.3.6",
            Self::WebSocketVersion => "RFC 6455 §4.2.2",
            Self::Misdirected => "RFC 9110 §7.4",
            _ => self.failure().status().section(),
        }
    }

    /// A word for it, for logs and metrics: one of [`Cause::LABELS`].
    #[must_use]
    pub const fn label(self) -> &'static str {
        match Self::LABELS.split_at_checked(self.place()) {
            Some((_, [label, ..])) => label,
            _ => "",
        }
    }

    /// Every word of [`Cause::label`]: few enough for each to have a counter.
    pub const LABELS: [&'static str; 25] = [
        "line-end",
        "request-line",
        "version",
        "request-line-too-long",
        "field-line",
        "fields-too-large",
        "framing",
        "host",
        "content-type",
        "expectation",
        "chunk",
        "trailer",
        "content-too-large",
        "incomplete",
        "too-slow",
        "no-room",
        "unknown-method",
        "tunnel",
        "not-found",
        "not-allowed",
        "websocket-version",
        "misdirected",
        "path-too-long",
        "overloaded",
        "application",
    ];

    /// The place of its word in [`Cause::LABELS`].
    pub(crate) const fn place(self) -> usize {
        match self {
            Self::Head(error) => match error {
                HeadError::BareLineFeed { .. }
                | HeadError::BareCarriageReturn { .. }
                | HeadError::EmptyLines { .. } => 0,
                HeadError::RequestLine { error: RequestLineError::UnsupportedVersion, .. } => 2,
                HeadError::RequestLine { .. } => 1,
                HeadError::RequestLineTooLong => 3,
                HeadError::FieldLine { error: FieldLineError::NameTooLong, .. }
                | HeadError::FieldSectionTooLarge
                | HeadError::TooManyFieldLines => 5,
                HeadError::FieldLine { .. } => 4,
            },
            Self::Examine(error) => match error {
                ExamineError::Framing(_) => 6,
                ExamineError::NoHost
                | ExamineError::SeveralHosts
                | ExamineError::BadHost
                | ExamineError::UnusualHost => 7,
                ExamineError::SeveralTypes => 8,
                ExamineError::Expectation => 9,
            },
            Self::Body(error) => match error {
                BodyError::Trailer(_) | BodyError::TrailerTooLarge => 11,
                BodyError::ContentTooLarge => 12,
                _ => 10,
            },
            Self::EndsInHead | Self::EndsInContent => 13,
            Self::TooSlow => 14,
            Self::NoRoom => 15,
            Self::TooLarge => 12,
            Self::UnknownMethod => 16,
            Self::Tunnel => 17,
            Self::NotFound => 18,
            Self::NotAllowed => 19,
            Self::WebSocketVersion => 20,
            Self::Misdirected => 21,
            Self::PathTooLong => 22,
            Self::Overloaded => 23,
            Self::Application(_) => 24,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::FramingError;

    #[test]
    fn every_cause_has_its_word() {
        let line = |error| Cause::Head(HeadError::FieldLine { at: 0, error });
        let cases = [
            (Cause::Head(HeadError::BareLineFeed { at: 1 }), "line-end"),
            (Cause::Head(HeadError::EmptyLines { at: 1 }), "line-end"),
            (
                Cause::Head(HeadError::RequestLine { at: 0, error: RequestLineError::UnsupportedVersion }),
                "version",
            ),
            (Cause::Head(HeadError::RequestLineTooLong), "request-line-too-long"),
            (line(FieldLineError::NameTooLong), "fields-too-large"),
            (Cause::Head(HeadError::TooManyFieldLines), "fields-too-large"),
            (Cause::Examine(ExamineError::Framing(FramingError::CodingAndLength)), "framing"),
            (Cause::Examine(ExamineError::NoHost), "host"),
            (Cause::Examine(ExamineError::SeveralTypes), "content-type"),
            (Cause::Examine(ExamineError::Expectation), "expectation"),
            (Cause::Body(BodyError::ChunkSize), "chunk"),
            (Cause::Body(BodyError::TrailerTooLarge), "trailer"),
            (Cause::Body(BodyError::ContentTooLarge), "content-too-large"),
            (Cause::TooLarge, "content-too-large"),
            (Cause::EndsInHead, "incomplete"),
            (Cause::TooSlow, "too-slow"),
            (Cause::NoRoom, "no-room"),
            (Cause::UnknownMethod, "unknown-method"),
            (Cause::Tunnel, "tunnel"),
            (Cause::NotFound, "not-found"),
            (Cause::NotAllowed, "not-allowed"),
            (Cause::WebSocketVersion, "websocket-version"),
            (Cause::Misdirected, "misdirected"),
            (Cause::PathTooLong, "path-too-long"),
            (Cause::Overloaded, "overloaded"),
            (Cause::Application(Failure::new(Status::FORBIDDEN, "")), "application"),
        ];
        for (cause, word) in cases {
            assert_eq!(cause.label(), word, "{cause:?}");
        }
        let mut words = Cause::LABELS.to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Cause::LABELS.len(), "each word stands once");
        let is_plain = |word: &&str| word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'-'));
        assert!(words.iter().all(is_plain), "no word needs an escape");
    }
}
