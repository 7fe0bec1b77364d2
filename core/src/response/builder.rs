//! The response that handlers and middleware hold. It is built in the transmit buffer itself:
//!
//! ```text
//! | reserve: status line, framing | field lines … | CRLF | content … |          free |
//! ^ the head is put here last      ^ RESERVE       ^ fields_end      ^ body_end
//! ```
//! Fields may be added after the content was written, by middleware around the handler: the content then moves up.

use core::fmt;

use super::head::{Framing, Head};
use crate::body::source::NoStream;
use crate::bytes::class::{FIELD, is_token};
use crate::bytes::{move_down, move_up};
use crate::handler::{Failure, Outcome};
use crate::message::cookie::SetCookie;
use crate::message::date::Date;
use crate::message::status::Status;

/// Room for the longest status line and the framing fields: 46 + 38 + 24 bytes.
pub(crate) const RESERVE: usize = 112;

/// A response under construction.
///
/// A mistake, such as a field value with a line break or content that does not fit, is remembered and becomes a 500
/// when the handler returns, so that calls can be chained; the last call of a chain reports it.
#[derive(Debug)]
pub struct Response<'r, S = NoStream> {
    space: &'r mut [u8],
    status: Status,
    /// Where the fields end that an error answer keeps: those added before the handler ran.
    kept_end: usize,
    fields_end: usize,
    body_end: usize,
    outgoing: Outgoing<S>,
    close: bool,
    error: Option<ResponseError>,
}

/// Content that does not lie in the transmit buffer.
#[derive(Debug)]
pub(crate) enum Outgoing<S> {
    /// All content is buffered.
    None,
    Static(&'static [u8]),
    Source(S, Option<u64>),
}

/// What a response has for content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body<'b> {
    /// Bytes in the transmit buffer; empty for a response without content.
    Buffered(&'b [u8]),
    /// Bytes in the program's image.
    Static(&'static [u8]),
    /// A source, and how much it will give where that is known.
    Streamed(Option<u64>),
}

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
}

impl ResponseError {
    fn failure(self) -> Failure {
        let reason = match self {
            Self::Field => "a response field is malformed",
            Self::FramingField => "a response field belongs to the connection",
            Self::TooLarge => "the response outgrows its buffer",
            Self::Serialise => "the response cannot be serialised",
        };
        Failure::new(Status::INTERNAL_SERVER_ERROR, reason)
    }
}

/// How many bytes of a response are where, for the connection that sends it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) content: usize,
}

impl<'r, S> Response<'r, S> {
    /// An empty 200 with the fields that every answer has. `server` is fit to stand in a field, or empty.
    pub(crate) fn new(space: &'r mut [u8], date: Option<&Date>, server: &str) -> Self {
        let mut response = Self {
            space,
            status: Status::OK,
            kept_end: RESERVE,
            fields_end: RESERVE,
            body_end: RESERVE,
            outgoing: Outgoing::None,
            close: false,
            error: None,
        };
        response.put_line_end();
        if let Some(date) = date {
            response.insert_lines(&[b"Date: ", date.as_bytes(), b"\r\n"]);
        }
        if !server.is_empty() {
            response.insert_lines(&[b"Server: ", server.as_bytes(), b"\r\n"]);
        }
        response.keep_fields();
        response
    }

    /// Sets the status; 200 otherwise.
    pub fn status(&mut self, status: Status) -> &mut Self {
        self.status = status;
        self
    }

    /// The status as it stands.
    #[must_use]
    pub fn current_status(&self) -> Status {
        self.status
    }

    /// Adds a field line. Refused are names that are no tokens, values with control bytes, and the fields that the
    /// connection sets: `Content-Length`, `Transfer-Encoding`, `Connection`.
    pub fn field(&mut self, name: &str, value: &str) -> &mut Self {
        if !is_token(name.as_bytes()) || !FIELD.has_all(value.as_bytes()) {
            self.fail_with(ResponseError::Field);
        } else if is_framing(name) {
            self.fail_with(ResponseError::FramingField);
        } else {
            self.insert_lines(&[name.as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
        }
        self
    }

    /// Adds a field line whose value is formatted.
    pub fn field_display(&mut self, name: &str, value: impl fmt::Display) -> &mut Self {
        let mut text = Scratch::<256>::new();
        match fmt::write(&mut text, format_args!("{value}")) {
            Ok(()) => self.field(name, text.as_str()),
            Err(fmt::Error) => {
                self.fail_with(ResponseError::TooLarge);
                self
            }
        }
    }

    /// Replaces all field lines of this name by one.
    pub fn set_field(&mut self, name: &str, value: &str) -> &mut Self {
        self.remove_field(name).field(name, value)
    }

    /// Removes all field lines of this name.
    pub fn remove_field(&mut self, name: &str) -> &mut Self {
        while let Some((start, length)) = self.find_line(name) {
            let behind = start.saturating_add(length);
            let moved = self.body_end.saturating_sub(behind);
            move_down(self.space, behind, start, moved);
            if start < self.kept_end {
                self.kept_end = self.kept_end.saturating_sub(length);
            }
            self.fields_end = self.fields_end.saturating_sub(length);
            self.body_end = self.body_end.saturating_sub(length);
        }
        self
    }

    /// The value of the first field line of this name that was added.
    #[must_use]
    pub fn field_value(&self, name: &str) -> Option<&str> {
        let (start, length) = self.find_line(name)?;
        let line = self.space.get(start..start.saturating_add(length))?;
        let value = line.get(name.len().saturating_add(2)..line.len().saturating_sub(2))?;
        core::str::from_utf8(value).ok()
    }

    /// Adds a `Set-Cookie` field. A cookie whose name or value has bytes outside RFC 6265 §4.1.1 is refused.
    pub fn cookie(&mut self, cookie: &SetCookie<'_>) -> &mut Self {
        if !cookie.is_valid() {
            self.fail_with(ResponseError::Field);
            return self;
        }
        self.field_display("Set-Cookie", cookie)
    }

    /// Says that the answer may not be stored (RFC 9111 §5.2.2.5).
    pub fn no_store(&mut self) -> &mut Self {
        self.set_field("Cache-Control", "no-store")
    }

    /// Says that anyone may reuse the answer for this many seconds (RFC 9111 §5.2.2.1).
    pub fn cache(&mut self, seconds: u32) -> &mut Self {
        self.remove_field("Cache-Control")
            .field_display("Cache-Control", format_args!("public, max-age={seconds}"))
    }

    /// Closes the connection after this answer.
    pub fn close(&mut self) -> &mut Self {
        self.close = true;
        self
    }

    /// Answers with plain text.
    ///
    /// # Errors
    /// A 500 when an earlier call of the chain failed or the text does not fit. So do all answering methods.
    pub fn text(&mut self, text: &str) -> Outcome {
        self.bytes("text/plain; charset=utf-8", text.as_bytes())
    }

    /// Answers with an HTML document.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn html(&mut self, document: &str) -> Outcome {
        self.bytes("text/html; charset=utf-8", document.as_bytes())
    }

    /// Answers with these bytes, which are copied into the transmit buffer.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn bytes(&mut self, content_type: &str, bytes: &[u8]) -> Outcome {
        self.begin(content_type);
        self.append(bytes);
        self.outcome()
    }

    /// Answers with these bytes, which are sent from where they are.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn static_bytes(&mut self, content_type: &str, bytes: &'static [u8]) -> Outcome {
        self.begin(content_type);
        self.outgoing = Outgoing::Static(bytes);
        self.outcome()
    }

    /// Answers with formatted text of this type.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn format(&mut self, content_type: &str, text: fmt::Arguments<'_>) -> Outcome {
        // The writer has kept what went wrong, or the value's own `Display` has failed.
        if self.writer(content_type).write_fmt(text).is_err() {
            self.fail_with(ResponseError::Serialise);
        }
        self.outcome()
    }

    /// Answers with what is written into the returned writer; bytes beyond the transmit buffer are a mistake.
    pub fn writer(&mut self, content_type: &str) -> BodyWriter<'_, 'r, S> {
        self.begin(content_type);
        BodyWriter { response: self }
    }

    /// Answers with `value` as JSON.
    ///
    /// # Errors
    /// As [`Response::text`], and when `value` cannot be serialised.
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize + ?Sized>(&mut self, value: &T) -> Outcome {
        self.begin("application/json");
        let free = self.space.get_mut(self.body_end..).unwrap_or_default();
        match serde_json_core::to_slice(value, free) {
            Ok(length) => self.body_end = self.body_end.saturating_add(length),
            Err(serde_json_core::ser::Error::BufferFull) => self.fail_with(ResponseError::TooLarge),
            Err(_) => self.fail_with(ResponseError::Serialise),
        }
        self.outcome()
    }

    /// Answers with what `source` gives, as space comes free: with `Content-Length` when the length is known, chunked
    /// otherwise, and up to the close for HTTP/1.0.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn stream(&mut self, content_type: &str, length: Option<u64>, source: impl Into<S>) -> Outcome {
        self.begin(content_type);
        self.outgoing = Outgoing::Source(source.into(), length);
        self.outcome()
    }

    /// Answers without content, with the status set before or 200.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn empty(&mut self) -> Outcome {
        self.clear_body();
        self.outcome()
    }

    /// Answers 204.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn no_content(&mut self) -> Outcome {
        self.status(Status::NO_CONTENT).empty()
    }

    /// Answers with a redirection to `location`, a URI reference: 301, 302, 303, 307 or 308 (RFC 9110 §15.4).
    ///
    /// # Errors
    /// As [`Response::text`]; a location with a blank, a control byte or a byte outside ASCII is a mistake.
    pub fn redirect(&mut self, status: Status, location: &str) -> Outcome {
        if !location.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fail_with(ResponseError::Field);
        }
        self.status(status).set_field("Location", location);
        self.clear_body();
        self.outcome()
    }

    /// The content as it stands.
    #[must_use]
    pub fn body(&self) -> Body<'_> {
        match &self.outgoing {
            Outgoing::None => {
                Body::Buffered(self.space.get(self.body_start()..self.body_end).unwrap_or_default())
            }
            Outgoing::Static(bytes) => Body::Static(bytes),
            Outgoing::Source(_, length) => Body::Streamed(*length),
        }
    }

    /// What went wrong, if anything did.
    #[must_use]
    pub fn error(&self) -> Option<ResponseError> {
        self.error
    }

    pub(crate) fn is_streamed(&self) -> bool {
        matches!(self.outgoing, Outgoing::Source(..))
    }

    /// What the calls of the handler came to, also when it did not look.
    pub(crate) fn outcome(&self) -> Outcome {
        self.error.map_or(Ok(()), |error| Err(error.failure()))
    }

    /// Throws away the content and its `Content-Type`.
    fn clear_body(&mut self) {
        self.body_end = self.body_start();
        self.outgoing = Outgoing::None;
        self.remove_field("Content-Type");
    }

    fn begin(&mut self, content_type: &str) {
        if self.body_end > self.body_start() || !matches!(self.outgoing, Outgoing::None) {
            self.clear_body();
        }
        if !content_type.is_empty() {
            self.set_field("Content-Type", content_type);
        }
    }

    fn fail_with(&mut self, error: ResponseError) {
        self.error = self.error.or(Some(error));
    }

    fn body_start(&self) -> usize {
        self.fields_end.saturating_add(2)
    }

    fn append(&mut self, bytes: &[u8]) {
        let end = self.body_end.saturating_add(bytes.len());
        match self.space.get_mut(self.body_end..end) {
            Some(space) => {
                space.copy_from_slice(bytes);
                self.body_end = end;
            }
            None => self.fail_with(ResponseError::TooLarge),
        }
    }

    fn put_line_end(&mut self) {
        match self.space.get_mut(self.fields_end..self.fields_end.saturating_add(2)) {
            Some(space) => space.copy_from_slice(b"\r\n"),
            None => self.fail_with(ResponseError::TooLarge),
        }
        self.body_end = self.body_start();
    }

    /// Puts these parts behind the last field line, and moves what stands behind it up.
    fn insert_lines(&mut self, parts: &[&[u8]]) {
        let length = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
        let behind = self.body_end.saturating_sub(self.fields_end);
        if !move_up(self.space, self.fields_end, behind, length) {
            return self.fail_with(ResponseError::TooLarge);
        }
        for part in parts {
            let end = self.fields_end.saturating_add(part.len());
            if let Some(space) = self.space.get_mut(self.fields_end..end) {
                space.copy_from_slice(part);
            }
            self.fields_end = end;
        }
        self.body_end = self.body_end.saturating_add(length);
    }

    /// Where the first field line of this name starts, and how long it is with its line end.
    fn find_line(&self, name: &str) -> Option<(usize, usize)> {
        let mut start = RESERVE;
        while start < self.fields_end {
            let rest = self.space.get(start..self.fields_end)?;
            let length = rest.iter().position(|&byte| byte == b'\n')?.saturating_add(1);
            let (found, behind) = rest.split_at_checked(name.len())?;
            if found.eq_ignore_ascii_case(name.as_bytes()) && behind.first() == Some(&b':') {
                return Some((start, length));
            }
            start = start.saturating_add(length);
        }
        None
    }

    // What follows is for the connection and the end of the middleware chain.

    /// From here on an error answer keeps the fields that have been added.
    pub(crate) fn keep_fields(&mut self) {
        self.kept_end = self.fields_end;
    }

    /// Turns the response into an error answer, which keeps only those fields.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.error = None;
        self.fields_end = self.kept_end;
        self.outgoing = Outgoing::None;
        self.put_line_end();
        self.status(failure.status());
        super::canned::fill(self, failure);
        if self.error.take().is_some() {
            // Not even that fits behind what middleware has added: the bare status.
            self.fields_end = self.kept_end.min(self.space.len().saturating_sub(2));
            self.put_line_end();
            self.error = None;
        }
    }

    /// Appends to content that was begun by an error answer.
    pub(super) fn append_text(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.append(part.as_bytes()));
    }

    pub(crate) fn wants_close(&self) -> bool {
        self.close
    }

    /// Length of the content where it is known, whether or not it will be sent.
    pub(crate) fn content_length(&self) -> Option<u64> {
        match self.body() {
            Body::Buffered(bytes) | Body::Static(bytes) => Some(bytes.len() as u64),
            Body::Streamed(length) => length,
        }
    }

    /// Puts the status line and the framing fields before the field lines, and says where the response lies. Content
    /// that is not to be sent, for HEAD and for statuses without any, is left out.
    pub(crate) fn finish(self, framing: Framing, with_content: bool) -> (Part, Outgoing<S>) {
        let head = Head::new(self.status, framing);
        let start = RESERVE.saturating_sub(head.as_bytes().len());
        if let Some(space) = self.space.get_mut(start..RESERVE) {
            space.copy_from_slice(head.as_bytes());
        }
        let content = self.body_end.saturating_sub(self.body_start());
        match with_content {
            true => (Part { start, end: self.body_end, content }, self.outgoing),
            false => (Part { start, end: self.body_start(), content: 0 }, Outgoing::None),
        }
    }
}

fn is_framing(name: &str) -> bool {
    ["Content-Length", "Transfer-Encoding", "Connection"]
        .iter()
        .any(|framing| framing.eq_ignore_ascii_case(name))
}

/// Writes content into the transmit buffer; made by [`Response::writer`].
#[derive(Debug)]
pub struct BodyWriter<'w, 'r, S> {
    response: &'w mut Response<'r, S>,
}

impl<S> BodyWriter<'_, '_, S> {
    /// Appends these bytes.
    pub fn write_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.response.append(bytes);
        self
    }

    /// Where content can be written that [`BodyWriter::advance`] then appends: all that is free in the transmit
    /// buffer, where field lines that are added later must find their place too.
    pub fn space(&mut self) -> &mut [u8] {
        self.response.space.get_mut(self.response.body_end..).unwrap_or_default()
    }

    /// Appends the first `length` bytes of [`BodyWriter::space`], which is never passed.
    pub fn advance(&mut self, length: usize) -> &mut Self {
        let end = self.response.body_end.saturating_add(length);
        self.response.body_end = end.min(self.response.space.len());
        self
    }

    /// Appends formatted text.
    ///
    /// # Errors
    /// When it does not fit; the mistake is kept as well.
    pub fn write_fmt(&mut self, text: fmt::Arguments<'_>) -> fmt::Result {
        fmt::write(self, text)
    }

    /// Whether everything fitted, as the end of a handler.
    ///
    /// # Errors
    /// A 500 when something did not.
    pub fn finish(self) -> Outcome {
        self.response.outcome()
    }
}

impl<S> fmt::Write for BodyWriter<'_, '_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.response.append(text.as_bytes());
        self.response.error.map_or(Ok(()), |_| Err(fmt::Error))
    }
}

impl<S> embedded_io::ErrorType for BodyWriter<'_, '_, S> {
    type Error = embedded_io::ErrorKind;
}

impl<S> embedded_io::Write for BodyWriter<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.response.append(bytes);
        self.response.error.map_or(Ok(bytes.len()), |_| Err(embedded_io::ErrorKind::OutOfMemory))
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        Ok(())
    }
}

/// Text of bounded length on the stack.
struct Scratch<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Scratch<N> {
    const fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(self.bytes.get(..self.length).unwrap_or_default()).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Write for Scratch<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length.saturating_add(text.len());
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
