//! `request-line = method SP request-target SP HTTP-version` (RFC 9112 §3), with exactly these two blanks.

use super::Span;
use super::target::{self, Target, TargetError};
use crate::bytes::class::TOKEN;
use crate::message::method::Method;

/// Longest method, in bytes; the longest registered one has 17. A longer one is answered 400.
pub const METHOD_MAX: usize = 32;

/// What a request line says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestLine {
    /// The method, `None` when it is a token that this server does not know (501, RFC 9110 §9.1).
    pub method: Option<Method>,
    /// The method as sent; case matters.
    pub method_name: Span,
    /// What is asked for.
    pub target: Target,
    /// The protocol version.
    pub version: Version,
}

impl RequestLine {
    pub(crate) const EMPTY: Self =
        Self { method: None, method_name: Span::EMPTY, target: Target::EMPTY, version: Version::Http11 };
}

/// The protocol version of a request, reduced to what changes an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// HTTP/1.0: no persistence unless asked for, no chunked coding, no interim answers.
    Http10,
    /// HTTP/1.1, and any higher minor version, which RFC 9110 §2.5 has us treat as the one we know.
    #[default]
    Http11,
}

/// Why a request line is refused; offsets count from the line's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestLineError {
    /// A byte outside `tchar` in the method, or no method (RFC 9110 §9.1).
    Method {
        /// Offset of the byte.
        at: usize,
    },
    /// A method of more than [`METHOD_MAX`] bytes.
    MethodTooLong,
    /// Fewer than the three parts.
    MissingPart,
    /// The request target.
    Target(TargetError),
    /// Not `"HTTP/" DIGIT "." DIGIT` (RFC 9112 §2.3).
    Version,
    /// A version that this server does not speak; 505 (RFC 9110 §15.6.6).
    UnsupportedVersion,
}

impl RequestLineError {
    /// What the client is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Method { .. } => "the method is not a token followed by one space",
            Self::MethodTooLong => "the method is too long",
            Self::MissingPart => "the request line lacks a part",
            Self::Target(error) => error.reason(),
            Self::Version => "the request line does not end in an HTTP version",
            Self::UnsupportedVersion => "only HTTP/1.0 and HTTP/1.1 are spoken here",
        }
    }
}

/// Reads the line `line`, without CRLF, that starts at offset `start` of the receive buffer.
pub fn parse(line: &[u8], start: usize) -> Result<RequestLine, RequestLineError> {
    let method_length =
        line.iter().position(|&byte| !TOKEN.has(byte)).ok_or(RequestLineError::MissingPart)?;
    if method_length > METHOD_MAX {
        return Err(RequestLineError::MethodTooLong);
    }
    let Some((name, [b' ', rest @ ..])) =
        line.split_at_checked(method_length).filter(|(name, _)| !name.is_empty())
    else {
        return Err(RequestLineError::Method { at: method_length });
    };
    let blank = rest.iter().rposition(|&byte| byte == b' ').ok_or(RequestLineError::MissingPart)?;
    let Some((target, [_, version @ ..])) = rest.split_at_checked(blank) else {
        return Err(RequestLineError::MissingPart);
    };
    // The version first: a request of another major version need not share our grammar of targets.
    let version = parse_version(version)?;
    let method = Method::from_bytes(name);
    let target_start = start.saturating_add(method_length).saturating_add(1);
    let target = target::parse(method, target, target_start).map_err(RequestLineError::Target)?;
    let method_name = Span::new(start, start.saturating_add(method_length));
    Ok(RequestLine { method, method_name, target, version })
}

/// `HTTP-version = "HTTP/" DIGIT "." DIGIT` (RFC 9112 §2.3); the name is case-sensitive.
fn parse_version(bytes: &[u8]) -> Result<Version, RequestLineError> {
    match bytes {
        b"HTTP/1.1" => Ok(Version::Http11),
        b"HTTP/1.0" => Ok(Version::Http10),
        [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
            if major.is_ascii_digit() && minor.is_ascii_digit() =>
        {
            match major {
                b'1' => Ok(Version::Http11),
                _ => Err(RequestLineError::UnsupportedVersion),
            }
        }
        _ => Err(RequestLineError::Version),
    }
}

#[cfg(test)]
mod tests;
