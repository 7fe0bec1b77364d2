//! How long the message body of a request is (RFC 9112 §6.3): one function, whose arms follow the steps there.

use crate::bytes::class::{QUOTED, is_token};
use crate::bytes::number::content_length;
use crate::message::status::Status;
use crate::parse::field_line::{FieldLine, Known};
use crate::parse::list::trim;
use crate::parse::request_line::Version;

/// Length of a request's message body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// No body: neither field is there.
    Empty,
    /// `Content-Length`: this many bytes, which may be none.
    Sized(u64),
    /// `Transfer-Encoding: chunked`: up to the last chunk and the trailer section.
    Chunked,
}

impl BodyLength {
    /// The step of the rules that says so.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Chunked => "RFC 9112 §6.3 step 4",
            Self::Sized(_) => "RFC 9112 §6.3 step 6",
            Self::Empty => "RFC 9112 §6.3 step 7",
        }
    }
}

/// Why the length of a body is in doubt. What two recipients could frame differently is refused, never repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FramingError {
    /// Both `Transfer-Encoding` and `Content-Length`: the sign of a smuggling attempt (RFC 9112 §6.1).
    CodingAndLength,
    /// `Transfer-Encoding` in HTTP/1.0, whose recipients do not know it (RFC 9112 §6.1).
    CodingInHttp10,
    /// `Content-Length` with anything but digits (RFC 9110 §8.6).
    BadLength,
    /// `Content-Length` with leading zeros, which a reader of octal numbers takes for another.
    LeadingZeros,
    /// `Content-Length` of 2^64 or more.
    LengthTooLarge,
    /// Several `Content-Length` field lines, or a list, that differ.
    SeveralLengths,
    /// The same that are equal. RFC 9112 §6.3 lets recipients collapse them; who counts otherwise reads another message.
    RepeatedLength,
    /// `chunked` is not the last coding, or is applied twice.
    NotChunkedLast,
    /// A coding that is no token with well-formed parameters, or `chunked` with any.
    MalformedCoding,
    /// An empty member in the list of codings. RFC 9110 §5.6.1 has recipients pass over it; they are known to differ.
    EmptyCoding,
    /// A well-formed list of codings that ends in `chunked` and has one that is not implemented; 501.
    UnknownCoding,
}

impl FramingError {
    /// The status answered.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::UnknownCoding => Status::NOT_IMPLEMENTED, // RFC 9112 §6.1
            _ => Status::BAD_REQUEST,
        }
    }

    /// What the client is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::CodingAndLength => "Transfer-Encoding and Content-Length exclude each other",
            Self::CodingInHttp10 => "HTTP/1.0 has no Transfer-Encoding",
            Self::BadLength => "the Content-Length is not a number",
            Self::LeadingZeros => "the Content-Length begins with zeros",
            Self::LengthTooLarge => "the Content-Length is too large a number",
            Self::SeveralLengths => "there is more than one Content-Length, and they differ",
            Self::RepeatedLength => "there is more than one Content-Length",
            Self::NotChunkedLast => "chunked is not the last transfer coding, or is there twice",
            Self::MalformedCoding => "a transfer coding is malformed",
            Self::EmptyCoding => "the list of transfer codings has an empty member",
            Self::UnknownCoding => "only the transfer coding chunked is known",
        }
    }

    /// The section whose rule is broken.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::CodingAndLength => "RFC 9112 §6.3 step 3",
            Self::CodingInHttp10 | Self::UnknownCoding => "RFC 9112 §6.1",
            Self::NotChunkedLast => "RFC 9112 §6.3 step 4",
            Self::MalformedCoding => "RFC 9112 §7",
            Self::EmptyCoding => "RFC 9110 §5.6.1",
            Self::SeveralLengths | Self::RepeatedLength => "RFC 9112 §6.3 step 5",
            Self::BadLength | Self::LeadingZeros | Self::LengthTooLarge => "RFC 9110 §8.6",
        }
    }

    /// Whether the rule is ours: that section would let the message pass.
    #[must_use]
    pub const fn is_stricter(self) -> bool {
        matches!(self, Self::LeadingZeros | Self::RepeatedLength | Self::EmptyCoding)
    }
}

/// How long the body is of a request with these field lines.
pub fn body_length(version: Version, lines: &[FieldLine], buffer: &[u8]) -> Result<BodyLength, FramingError> {
    let mut length = None;
    let mut codings = None;
    for line in lines {
        match line.known() {
            Known::ContentLength => {
                let value = line.value(buffer);
                match length {
                    None => length = Some(value),
                    Some(before) if before == value => return Err(FramingError::RepeatedLength),
                    Some(_) => return Err(FramingError::SeveralLengths),
                }
            }
            Known::TransferEncoding => {
                let before = codings.unwrap_or_default();
                codings = Some(Codings::add(before, line.value(buffer))?);
            }
            _ => {}
        }
    }
    match (codings, length) {
        (Some(_), _) if version == Version::Http10 => Err(FramingError::CodingInHttp10),
        (Some(_), Some(_)) => Err(FramingError::CodingAndLength), // step 3: refused
        (Some(Codings { ends_in_chunked: false, .. }), None) => Err(FramingError::NotChunkedLast), // step 4
        (Some(Codings { unknown: true, .. }), None) => Err(FramingError::UnknownCoding),
        (Some(_), None) => Ok(BodyLength::Chunked), // step 4
        (None, Some(value)) => match content_length(value) {
            Some(length) => Ok(BodyLength::Sized(length)), // step 6
            None => Err(bad_length(value)),                // step 5
        },
        (None, None) => Ok(BodyLength::Empty), // step 7
    }
}

/// What is wrong with a length that is refused.
#[cold]
fn bad_length(value: &[u8]) -> FramingError {
    let mut members = value.split(|&byte| byte == b',').map(trim);
    let first = members.next().unwrap_or_default();
    if value.contains(&b',') {
        return match members.all(|member| member == first) {
            true => FramingError::RepeatedLength,
            false => FramingError::SeveralLengths,
        };
    }
    match value {
        [] => FramingError::BadLength,
        _ if !value.iter().all(u8::is_ascii_digit) => FramingError::BadLength,
        [b'0', ..] => FramingError::LeadingZeros,
        _ => FramingError::LengthTooLarge,
    }
}

/// The transfer codings of all `Transfer-Encoding` field lines so far, in order.
#[derive(Clone, Copy, Default)]
struct Codings {
    ends_in_chunked: bool,
    unknown: bool,
}

impl Codings {
    /// `Transfer-Encoding = #transfer-coding` (RFC 9112 §6.1). Empty members, which lists elsewhere may have, are
    /// refused: no sender makes them, and recipients are known to differ over them.
    fn add(mut self, value: &[u8]) -> Result<Self, FramingError> {
        for member in value.split(|&byte| byte == b',') {
            let member = trim(member);
            if self.ends_in_chunked {
                return Err(match member {
                    [] => FramingError::EmptyCoding,
                    _ => FramingError::NotChunkedLast,
                });
            }
            if member.eq_ignore_ascii_case(b"chunked") {
                self.ends_in_chunked = true;
                continue;
            }
            let mut parts = member.split(|&byte| byte == b';').map(trim);
            let name = parts.next().unwrap_or_default();
            if member.is_empty() {
                return Err(FramingError::EmptyCoding);
            }
            if !is_token(name) || name.eq_ignore_ascii_case(b"chunked") || !parts.all(is_parameter) {
                return Err(FramingError::MalformedCoding);
            }
            self.unknown = true;
        }
        Ok(self)
    }
}

/// `transfer-parameter = token BWS "=" BWS ( token / quoted-string )` (RFC 9112 §7). A quoted string with a comma or a
/// semicolon is cut apart before it comes here, and so refused: no coding has such a parameter.
fn is_parameter(parameter: &[u8]) -> bool {
    let Some(equals) = parameter.iter().position(|&byte| byte == b'=') else { return false };
    let Some((name, [_, value @ ..])) = parameter.split_at_checked(equals) else { return false };
    let is_value = match trim(value) {
        [b'"', text @ .., b'"'] => QUOTED.has_all(text),
        value => is_token(value),
    };
    is_token(trim(name)) && is_value
}

#[cfg(test)]
mod tests;
