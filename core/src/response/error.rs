//! What can be wrong with a response.

use crate::handler::Failure;
use crate::message::status::Status;

/// A mistake of the application in building a response, answered 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseError {
    /// A field name that is no token, or a value with a control byte: it could split the message.
    Field,
    /// `Content-Length`, `Transfer-Encoding` or `Connection`, which the connection alone sets.
    FramingField,
    /// Fields and buffered content together outgrow the transmit buffer.
    TooLarge,
    /// A value that could not be serialised.
    Serialise,
    /// A redirection with a status that is none.
    Status,
}

impl ResponseError {
    /// What the client is told.
    pub(super) fn failure(self) -> Failure {
        let reason = match self {
            Self::Field => "a response field is malformed",
            Self::FramingField => "a response field belongs to the connection",
            Self::TooLarge => "the response outgrows its buffer",
            Self::Serialise => "the response cannot be serialised",
            Self::Status => "the response has a status that does not fit",
        };
        Failure::by_rule(Status::INTERNAL_SERVER_ERROR, reason)
    }
}
