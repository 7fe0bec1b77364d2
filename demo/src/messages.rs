//! Answers that show a message: its fields, its cookies, its content, or a greeting.

use bantam_core::prelude::*;
use serde::Serialize;

use crate::{App, Streams};

/// Content up to this size is copied into the transmit buffer, so that it leaves with the head in one piece.
pub(crate) const COPIED: usize = 4_096;

/// The request content, byte for byte, under its own type: streamed in constant memory once it outgrows the buffer.
pub(crate) fn content(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let content_type = request.field("Content-Type").unwrap_or_default();
    match request.content() {
        Content::Whole(bytes) if bytes.len() <= COPIED => response.bytes(content_type, bytes),
        Content::Whole(bytes) => response.stream(content_type, Some(bytes.len() as u64), Streams::Echo),
        Content::Streamed { length } => response.stream(content_type, length, Streams::Echo),
    }
}

/// The received field lines, one a line.
pub(crate) fn fields(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let mut text = response.writer("text/plain; charset=utf-8");
    for (name, value) in request.fields() {
        text.write_bytes(name.as_bytes()).write_bytes(b": ").write_bytes(value).write_bytes(b"\n");
    }
    text.finish()
}

/// The received cookies, one a line.
pub(crate) fn cookies(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let mut text = response.writer("text/plain; charset=utf-8");
    for (name, value) in request.cookies() {
        text.write_bytes(name.as_bytes()).write_bytes(b"=").write_bytes(value.as_bytes()).write_bytes(b"\n");
    }
    text.finish()
}

/// A constant.
pub(crate) fn plaintext(_: &App, _: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    response.bytes("text/plain", b"Hello, World!")
}

/// An object, serialised for each request.
pub(crate) fn json(_: &App, _: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    #[derive(Serialize)]
    struct Greeting {
        message: &'static str,
    }
    response.json(&Greeting { message: "Hello, World!" })
}

/// A path parameter.
pub(crate) fn user(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    #[derive(Serialize)]
    struct User<'r> {
        id: &'r str,
    }
    response.json(&User { id: request.param("id")? })
}
