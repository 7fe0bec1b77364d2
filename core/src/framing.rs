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
pub enum FramingError {
    /// Both `Transfer-Encoding` and `Content-Length`: the sign of a smuggling attempt (RFC 9112 §6.1).
    CodingAndLength,
    /// `Transfer-Encoding` in HTTP/1.0, whose recipients do not know it (RFC 9112 §6.1).
    CodingInHttp10,
    /// `Content-Length` with anything but digits, with leading zeros, or beyond 2^64 (RFC 9110 §8.6).
    BadLength,
    /// Several `Content-Length` field lines, or a list. RFC 9112 §6.3 lets recipients collapse equal ones; who counts
    /// otherwise reads another message, so none are collapsed.
    SeveralLengths,
    /// `chunked` is not the last coding, is applied twice, or has parameters; or an empty or malformed list.
    BadCodings,
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
            Self::SeveralLengths => "there is more than one Content-Length",
            Self::BadCodings => "the last transfer coding is not chunked, or it is there twice",
            Self::UnknownCoding => "only the transfer coding chunked is known",
        }
    }

    /// The section whose rule is broken.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::CodingAndLength => "RFC 9112 §6.3 step 3",
            Self::CodingInHttp10 | Self::UnknownCoding => "RFC 9112 §6.1",
            Self::BadCodings => "RFC 9112 §6.3 step 4",
            Self::SeveralLengths => "RFC 9112 §6.3 step 5",
            Self::BadLength => "RFC 9110 §8.6",
        }
    }
}

/// How long the body is of a request with these field lines.
pub fn body_length(version: Version, lines: &[FieldLine], buffer: &[u8]) -> Result<BodyLength, FramingError> {
    let mut length = None;
    let mut codings = None;
    for line in lines {
        match line.known() {
            Known::ContentLength => {
                if length.is_some() {
                    return Err(FramingError::SeveralLengths);
                }
                length = Some(line.value(buffer));
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
        (Some(Codings { ends_in_chunked: false, .. }), None) => Err(FramingError::BadCodings), // step 4
        (Some(Codings { unknown: true, .. }), None) => Err(FramingError::UnknownCoding),
        (Some(_), None) => Ok(BodyLength::Chunked), // step 4
        (None, Some(value)) if value.contains(&b',') => Err(FramingError::SeveralLengths), // step 5
        (None, Some(value)) => content_length(value).map(BodyLength::Sized).ok_or(FramingError::BadLength), // steps 5, 6
        (None, None) => Ok(BodyLength::Empty), // step 7
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
                return Err(FramingError::BadCodings); // chunked was not the last, or twice
            }
            if member.eq_ignore_ascii_case(b"chunked") {
                self.ends_in_chunked = true;
                continue;
            }
            let mut parts = member.split(|&byte| byte == b';').map(trim);
            let name = parts.next().unwrap_or_default();
            if !is_token(name) || name.eq_ignore_ascii_case(b"chunked") || !parts.all(is_parameter) {
                return Err(FramingError::BadCodings);
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
