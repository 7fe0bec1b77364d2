//! The response that handlers and middleware hold: status, fields, and one body.

use core::fmt;

use super::assembly::{Assembly, Full, Part};
use super::error::ResponseError;
use super::head::Framing;
use super::writer::BodyWriter;
use crate::body::source::{NoStream, Source};
use crate::bytes::class::is_token;
use crate::handler::{Failure, Outcome};
use crate::message::cookie::SetCookie;
use crate::message::date::Date;
use crate::message::method::MethodSet;
use crate::message::status::Status;
use crate::parse::field_line::is_value;
use crate::parse::list;

/// A response under construction.
///
/// A mistake, such as a field value with a line break or content that does not fit, is remembered and becomes a 500
/// when the handler returns, so that calls can be chained; the last call of a chain reports it.
#[derive(Debug)]
pub struct Response<'r, S = NoStream> {
    assembly: Assembly<'r>,
    status: Status,
    /// Saves looking for lines that are not there.
    names: Names,
    outgoing: Outgoing<S>,
    /// How long what the source gives is, where that is known.
    stream_length: Option<u64>,
    close: bool,
    /// Whether there is an `Upgrade` field, which `Connection` must name.
    upgrade: bool,
    error: Option<ResponseError>,
}

/// Content that does not lie in the transmit buffer.
#[derive(Debug)]
pub(crate) enum Outgoing<S> {
    /// All content is buffered.
    None,
    Static(&'static [u8]),
    Source(S),
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

/// The field lines of the content types that are named here.
pub(super) const TEXT: &str = match core::str::from_utf8(&TEXT_LINE.0) {
    Ok(line) => line,
    Err(_) => "",
};
/// Where a word begins: small processors copy other bytes at half the speed, and where these lie is chance otherwise.
static TEXT_LINE: Aligned<41> = Aligned(*b"Content-Type: text/plain; charset=utf-8\r\n");

#[repr(align(4))]
struct Aligned<const N: usize>([u8; N]);

const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";
#[cfg(feature = "json")]
const JSON: &str = "Content-Type: application/json\r\n";

impl<'r, S> Response<'r, S> {
    /// An empty 200 that has [started](Response::start).
    #[cfg(test)]
    pub(crate) fn new(space: &'r mut [u8], date: Option<&Date>, server: &str) -> Self {
        let mut response = Self::within(space);
        response.start(date, server);
        response
    }

    /// An empty 200, which has written nothing into its space yet.
    pub(crate) fn within(space: &'r mut [u8]) -> Self {
        Self {
            assembly: Assembly::new(space),
            status: Status::OK,
            names: COMMON,
            outgoing: Outgoing::None,
            stream_length: None,
            close: false,
            upgrade: false,
            error: None,
        }
    }

    /// Adds the fields that every answer has. `server` is fit to stand in a field, or empty.
    pub(crate) fn start(&mut self, date: Option<&Date>, server: &str) {
        if let Err(Full) = self.assembly.make_room() {
            self.fail_with(ResponseError::TooLarge);
        }
        if let Some(date) = date {
            // In one piece: to copy its parts one by one takes longer.
            let mut line = *b"Date: ddd, DD MMM YYYY hh:mm:ss GMT\r\n";
            if let Some((_, behind)) = line.split_first_chunk_mut::<6>()
                && let Some((text, _)) = behind.split_first_chunk_mut()
            {
                *text = *date.as_bytes();
            }
            self.insert(&[&line]);
        }
        if !server.is_empty() {
            self.insert(&[b"Server: ", server.as_bytes(), b"\r\n"]);
        }
        self.keep_fields();
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

    /// Adds a field line; `Date`, `Server` and `Content-Type` stand once, and replace the one before. Refused are names
    /// that are no tokens, values with control bytes, and the fields that the connection sets: `Content-Length`,
    /// `Transfer-Encoding`, `Connection`.
    pub fn field(&mut self, name: &str, value: &str) -> &mut Self {
        if !is_value(value.as_bytes()) {
            self.fail_with(ResponseError::Field);
        } else if self.accepts_name(name) {
            self.insert(&[name.as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
        }
        self
    }

    /// Adds a field line whose value is formatted, by the rules of [`Response::field`].
    pub fn field_display(&mut self, name: &str, value: impl fmt::Display) -> &mut Self {
        if !self.accepts_name(name) {
            return self;
        }
        let before = self.error.take();
        let start = self.assembly.fields_end();
        self.insert(&[name.as_bytes(), b": "]);
        let written = fmt::write(&mut FieldValue { response: self }, format_args!("{value}"));
        self.insert(&[b"\r\n"]);
        if written.is_err() {
            self.fail_with(ResponseError::Serialise);
        }
        if self.error.is_some() {
            self.assembly.take_back(start); // no half a line for an error answer to keep
        }
        self.error = before.or(self.error);
        self
    }

    /// Adds a field line whose value is these members with commas between, by the rules of [`Response::field`]; nothing
    /// when there are none.
    pub fn field_list<'m>(&mut self, name: &str, members: impl Iterator<Item = &'m str>) -> &mut Self {
        let mut members = members.peekable();
        if members.peek().is_none() || !self.accepts_name(name) {
            return self;
        }
        let before = self.error.take();
        let start = self.assembly.fields_end();
        self.insert(&[name.as_bytes()]);
        for (place, member) in members.enumerate() {
            let separator: &[u8] = if place == 0 { b": " } else { b", " };
            match is_value(member.as_bytes()) {
                true => self.insert(&[separator, member.as_bytes()]),
                false => self.fail_with(ResponseError::Field),
            }
        }
        self.insert(&[b"\r\n"]);
        if self.error.is_some() {
            self.assembly.take_back(start);
        }
        self.error = before.or(self.error);
        self
    }

    /// Adds those of these fields of which there is no line yet.
    pub fn fields_where_missing(&mut self, fields: &[(&str, &str)]) -> &mut Self {
        for (name, value) in fields {
            if !self.names.may_hold(name) || !self.assembly.has_line(name) {
                self.field(name, value);
            }
        }
        self
    }

    /// Adds a field line whose value is these texts in a row, by the rules of [`Response::field`]: without formatting.
    pub(crate) fn field_parts(&mut self, name: &str, parts: &[&str]) -> &mut Self {
        if !parts.iter().all(|part| is_value(part.as_bytes())) {
            self.fail_with(ResponseError::Field);
        } else if self.accepts_name(name) {
            let start = self.assembly.fields_end();
            self.insert(&[name.as_bytes(), b": "]);
            parts.iter().for_each(|part| self.insert(&[part.as_bytes()]));
            self.insert(&[b"\r\n"]);
            if self.error == Some(ResponseError::TooLarge) {
                self.assembly.take_back(start); // no half a line for an error answer to keep
            }
        }
        self
    }

    /// Replaces all field lines of this name by one.
    pub fn set_field(&mut self, name: &str, value: &str) -> &mut Self {
        self.remove_field(name).field(name, value)
    }

    /// Removes all field lines of this name.
    pub fn remove_field(&mut self, name: &str) -> &mut Self {
        while self.names.may_hold(name) && self.assembly.remove_line(name) {}
        self.upgrade &= !name.eq_ignore_ascii_case("Upgrade");
        self
    }

    /// Says that the answer depends on this request field (RFC 9110 §12.5.5), once: nothing is added when `Vary` names
    /// it already, or is `*`.
    pub fn vary(&mut self, name: &str) -> &mut Self {
        let is_named = |member: &[u8]| member == b"*" || member.eq_ignore_ascii_case(name.as_bytes());
        let is_there =
            self.names.may_hold("Vary") && self.assembly.values("Vary").flat_map(list::members).any(is_named);
        if !is_there {
            self.field("Vary", name);
        }
        self
    }

    /// The value of the first field line of this name that was added.
    #[must_use]
    pub fn field_value(&self, name: &str) -> Option<&str> {
        self.assembly.value(name)
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
        self.known_bytes(TEXT, text.as_bytes())
    }

    /// Answers with an HTML document.
    ///
    /// # Errors
    /// As [`Response::text`].
    pub fn html(&mut self, document: &str) -> Outcome {
        self.known_bytes(HTML, document.as_bytes())
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
        self.begin_known(JSON);
        match serde_json_core::to_slice(value, self.assembly.free()) {
            Ok(length) => self.assembly.advance(length),
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
        (self.outgoing, self.stream_length) = (Outgoing::Source(source.into()), length);
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
    /// As [`Response::text`]; another status, and a location with a blank, a control byte or a byte outside ASCII, are
    /// mistakes.
    pub fn redirect(&mut self, status: Status, location: &str) -> Outcome {
        if !location.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.fail_with(ResponseError::Field);
        }
        if !matches!(status.code(), 301..=303 | 307 | 308) {
            self.fail_with(ResponseError::Status);
        }
        self.status(status).set_field("Location", location);
        self.clear_body();
        self.outcome()
    }

    /// The content as it stands.
    #[must_use]
    pub fn body(&self) -> Body<'_> {
        match &self.outgoing {
            Outgoing::None => Body::Buffered(self.assembly.body()),
            Outgoing::Static(bytes) => Body::Static(bytes),
            Outgoing::Source(_) => Body::Streamed(self.stream_length),
        }
    }

    /// Replaces the content by these bytes, and leaves its type as it is: for middleware that transforms answers.
    pub fn replace_body(&mut self, bytes: &[u8]) -> &mut Self {
        self.assembly.clear_body();
        self.outgoing = Outgoing::None;
        self.append(bytes);
        self
    }

    /// Takes the source of streamed content out, with the length it has announced; the response is then empty. For
    /// middleware that puts a source of its own around it, by [`Response::replace_stream`].
    pub fn take_stream(&mut self) -> Option<(S, Option<u64>)> {
        match core::mem::replace(&mut self.outgoing, Outgoing::None) {
            Outgoing::Source(source) => Some((source, self.stream_length)),
            other => {
                self.outgoing = other;
                None
            }
        }
    }

    /// Replaces the content by what `source` gives, and leaves its type as it is.
    pub fn replace_stream(&mut self, length: Option<u64>, source: impl Into<S>) -> &mut Self {
        self.assembly.clear_body();
        (self.outgoing, self.stream_length) = (Outgoing::Source(source.into()), length);
        self
    }

    /// What went wrong, if anything did.
    #[must_use]
    pub fn error(&self) -> Option<ResponseError> {
        self.error
    }

    /// The values of all field lines of this name.
    #[cfg(feature = "std")]
    pub(crate) fn field_values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.assembly.values(name)
    }

    /// All field lines, each with its line end.
    #[cfg(feature = "std")]
    pub(crate) fn field_lines(&self) -> &[u8] {
        self.assembly.lines()
    }

    /// How much content would fit the transmit buffer in place of what is there.
    #[cfg(feature = "std")]
    pub(crate) fn content_room(&self) -> usize {
        self.assembly.room()
    }

    /// Adds a field line of ours to an answer of ours: that needs no check, and there is no other of this name.
    pub(crate) fn add_line(&mut self, name: &str, value: &str) {
        self.names.add(name);
        self.upgrade |= name == "Upgrade";
        self.insert(&[name.as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
    }

    /// Adds `Allow` with these methods, of which there is one at least.
    pub(crate) fn allow(&mut self, methods: MethodSet) {
        let start = self.assembly.fields_end();
        let before = self.error.take();
        let mut separator = b"Allow: ".as_slice();
        for method in methods.iter() {
            self.insert(&[separator, method.as_str().as_bytes()]);
            separator = b", ";
        }
        self.insert(&[b"\r\n"]);
        self.names.add("Allow");
        if self.error.is_some() {
            self.assembly.take_back(start); // no half a line for an error answer to keep
        }
        self.error = before.or(self.error);
    }

    /// Whether content comes from a source that reads the request's content meanwhile.
    pub(crate) fn reads_content<A>(&self) -> bool
    where
        S: Source<A>,
    {
        matches!(&self.outgoing, Outgoing::Source(source) if source.reads_content())
    }

    pub(crate) fn is_upgrade(&self) -> bool {
        self.upgrade
    }

    /// What the calls of the handler came to, also when it did not look.
    pub(crate) fn outcome(&self) -> Outcome {
        self.error.map_or(Ok(()), |error| Err(error.failure()))
    }

    /// Throws away the content and its `Content-Type`.
    fn clear_body(&mut self) {
        self.assembly.clear_body();
        self.outgoing = Outgoing::None;
        self.remove_field("Content-Type");
    }

    fn begin(&mut self, content_type: &str) {
        self.begin_anew();
        if !is_value(content_type.as_bytes()) {
            self.fail_with(ResponseError::Field);
        } else if !content_type.is_empty() {
            self.set_type(&[b"Content-Type: ", content_type.as_bytes(), b"\r\n"]);
        }
    }

    /// The same with a field line that is written here, and so need not be looked at.
    pub(super) fn begin_known(&mut self, content_type_line: &'static str) {
        self.begin_anew();
        self.set_type(&[content_type_line.as_bytes()]);
    }

    /// Puts a `Content-Type` line, whose name needs no check, in place of the one that may be there.
    fn set_type(&mut self, line: &[&[u8]]) {
        if self.names.0 & TYPE.0 != 0 {
            self.remove_field("Content-Type");
        }
        self.names.0 |= TYPE.0;
        self.insert(line);
    }

    fn begin_anew(&mut self) {
        if self.assembly.has_body() || !matches!(self.outgoing, Outgoing::None) {
            self.clear_body();
        }
    }

    fn known_bytes(&mut self, content_type_line: &'static str, bytes: &[u8]) -> Outcome {
        self.begin_known(content_type_line);
        self.append(bytes);
        self.outcome()
    }

    fn fail_with(&mut self, error: ResponseError) {
        self.error = self.error.or(Some(error));
    }

    /// Whether a field may have this name.
    fn accepts_name(&mut self, name: &str) -> bool {
        match name.len() {
            10 if name.eq_ignore_ascii_case("Connection") => self.fail_with(ResponseError::FramingField),
            14 if name.eq_ignore_ascii_case("Content-Length") => self.fail_with(ResponseError::FramingField),
            17 if name.eq_ignore_ascii_case("Transfer-Encoding") => {
                self.fail_with(ResponseError::FramingField)
            }
            _ if !is_token(name.as_bytes()) => self.fail_with(ResponseError::Field),
            length => {
                let is_type = length == 12 && name.eq_ignore_ascii_case("Content-Type");
                let is_common = matches!(length, 4 | 6)
                    && (name.eq_ignore_ascii_case("Date") || name.eq_ignore_ascii_case("Server"));
                if is_common || is_type {
                    self.remove_field(name);
                }
                self.names.add(name);
                self.upgrade |= length == 7 && name.eq_ignore_ascii_case("Upgrade");
                return true;
            }
        }
        false
    }

    fn insert(&mut self, parts: &[&[u8]]) {
        if let Err(Full) = self.assembly.insert(parts) {
            self.fail_with(ResponseError::TooLarge);
        }
    }

    // What follows is for the writer, the connection and the end of the middleware chain.

    pub(super) fn append(&mut self, bytes: &[u8]) {
        if let Err(Full) = self.assembly.append(bytes) {
            self.fail_with(ResponseError::TooLarge);
        }
    }

    pub(super) fn free(&mut self) -> &mut [u8] {
        self.assembly.free()
    }

    pub(super) fn advance(&mut self, length: usize) {
        self.assembly.advance(length);
    }

    /// From here on an error answer keeps the fields that have been added.
    pub(crate) fn keep_fields(&mut self) {
        self.assembly.keep_fields();
    }

    /// Turns the response into an error answer, which keeps only those fields.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.error = None;
        self.upgrade = false;
        self.outgoing = Outgoing::None;
        self.assembly.fall_back();
        self.status(failure.status());
        super::canned::fill(self, failure);
        if self.error.take().is_some() {
            self.assembly.fall_back(); // not even that fits behind what middleware has added: the bare status
        }
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

    /// Completes the head. Content that is not to be sent, for HEAD and for statuses without any, is left out.
    pub(crate) fn finish(self, framing: Framing, with_content: bool) -> (Part, Outgoing<S>) {
        let part = self.assembly.finish(self.status, framing, with_content);
        (part, if with_content { self.outgoing } else { Outgoing::None })
    }
}

/// Names of which there may be field lines: a mark for each in few bits, so that one without a mark is known to be absent.
#[derive(Clone, Copy, Debug)]
struct Names(u32);

/// Every answer may have these.
const COMMON: Names = Names(Names::mark("Date") | Names::mark("Server"));

/// Almost every answer has this one, so its mark is made once.
const TYPE: Names = Names(Names::mark("Content-Type"));

impl Names {
    fn add(&mut self, name: &str) {
        self.0 |= Self::mark(name);
    }

    const fn may_hold(self, name: &str) -> bool {
        self.0 & Self::mark(name) != 0
    }

    /// By its length and the bytes at its ends, for which upper and lower case are alike.
    const fn mark(name: &str) -> u32 {
        let (first, last) = match name.as_bytes() {
            [only] => (*only | b' ', *only | b' '),
            [first, .., last] => (*first | b' ', *last | b' '),
            [] => (0, 0),
        };
        // Factors by which the names that answers usually have differ.
        let length = (name.len() as u32).wrapping_mul(5);
        1_u32.wrapping_shl(length ^ first as u32 ^ (last as u32).wrapping_mul(19))
    }
}

/// Puts formatted text behind the last field line, as long as it can stand in a value.
struct FieldValue<'w, 'r, S> {
    response: &'w mut Response<'r, S>,
}

impl<S> fmt::Write for FieldValue<'_, '_, S> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match is_value(text.as_bytes()) {
            true => self.response.insert(&[text.as_bytes()]),
            false => self.response.fail_with(ResponseError::Field),
        }
        self.response.error.map_or(Ok(()), |_| Err(fmt::Error))
    }
}

#[cfg(test)]
mod tests;
