//! Why a request is refused: the error of whatever part of the machine found it.

use super::ExamineError;
use crate::body::decode::BodyError;
use crate::handler::Failure;
use crate::message::status::Status;
use crate::parse::head::HeadError;

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
            Self::Application(failure) => return failure,
        };
        Failure::new(status, reason)
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
}
