//! A request body that is pushed as it arrives.

use super::source::NoStream;
use crate::handler::{Failure, Outcome, Request};
use crate::message::status::Status;
use crate::response::Response;

/// Where request content goes that a route wants to have as it arrives: a digest, a flash page, a file.
///
/// A route made with [`sink`](crate::route::sink) opens one when the head has been read, which is where a request can
/// be refused before its content is sent. The content is then pushed piece by piece, and when it is complete the sink
/// answers, inside the middleware chain. Sinks are variants of the same enum as an application's sources, because a
/// connection holds one or the other; an application without sinks implements this trait with an empty block.
pub trait Sink<A>: Sized {
    /// Takes the next piece of content, never empty. A failure becomes the answer, and the rest is not read.
    fn push(&mut self, app: &A, content: &[u8]) -> Result<(), Failure> {
        let _ = (app, content);
        Err(Failure::by_rule(Status::INTERNAL_SERVER_ERROR, "this stream takes no content"))
    }

    /// Answers when all content has been pushed.
    fn finish(self, app: &A, request: &Request<'_>, response: &mut Response<'_, Self>) -> Outcome {
        let _ = (app, request, response);
        Err(Failure::by_rule(Status::INTERNAL_SERVER_ERROR, "this stream takes no content"))
    }
}

impl<A> Sink<A> for NoStream {}
