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
#[non_exhaustive]
pub enum RequestLineError {
    /// A byte outside `tchar` in the method, or no method (RFC 9110 §9.1).
    Method {
        /// Offset of the byte.
        at: usize,
    },
    /// A method of more than [`METHOD_MAX`] bytes.
    MethodTooLong,
    /// A control byte, HTAB among them; CR and LF have errors of their own.
    Control {
        /// Offset of the byte.
        at: usize,
    },
    /// Fewer than the three parts.
    MissingPart,
    /// The request target.
    Target {
        /// Offset of the target.
        at: usize,
        /// What is wrong with it.
        error: TargetError,
    },
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
            Self::Control { .. } => "the request line has a control byte",
            Self::MissingPart => "the request line lacks a part",
            Self::Target { error, .. } => error.reason(),
            Self::Version => "the request line does not end in an HTTP version",
            Self::UnsupportedVersion => "only HTTP/1.0 and HTTP/1.1 are spoken here",
        }
    }

    /// Where the rule stands that was broken.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Method { .. } => "RFC 9110 §9.1",
            Self::MethodTooLong | Self::MissingPart | Self::Control { .. } => "RFC 9112 §3",
            Self::Target { error, .. } => error.section(),
            Self::Version => "RFC 9112 §2.3",
            Self::UnsupportedVersion => "RFC 9110 §15.6.6",
        }
    }

    /// Whether the rule is ours: that section would let the line pass. A method that no server has is answered 501 by
    /// RFC 9112 §3; what is longer than any is taken for no method here.
    #[must_use]
    pub const fn is_stricter(self) -> bool {
        match self {
            Self::MethodTooLong => true,
            Self::Target { error, .. } => error.is_stricter(),
            _ => false,
        }
    }

    /// Offset of the byte that broke it, from the line's first byte; the line's start where no byte stands out.
    #[must_use]
    pub const fn at(self) -> usize {
        match self {
            Self::Method { at } | Self::Control { at } => at,
            Self::Target { at, error } => at.saturating_add(error.at()),
            Self::MethodTooLong => METHOD_MAX,
            Self::MissingPart | Self::Version | Self::UnsupportedVersion => 0,
        }
    }
}

/// Reads the request line that nearly every request has, with its CRLF at the front of `bytes`, in one go into an empty
/// `line`, and says how long it is with CRLF: GET or POST of an origin form in HTTP/1.1. `None` for any other, good or
/// bad, which [`parse`] reads.
#[inline]
pub(super) fn parse_usual(bytes: &[u8], start: usize, line: &mut RequestLine) -> Option<usize> {
    let (method, length, behind) = match bytes {
        [b'G', b'E', b'T', b' ', behind @ ..] => (Method::Get, 3, behind),
        [b'P', b'O', b'S', b'T', b' ', behind @ ..] => (Method::Post, 4, behind),
        _ => return None,
    };
    let [b'/', ..] = behind else { return None };
    let target_start = start.wrapping_add(length).wrapping_add(1);
    let end = target::read_origin(behind, target_start, &mut line.target);
    let Some(next) = end.ok().and_then(|end| behind.get(end..)?.strip_prefix(b" HTTP/1.1\r\n")) else {
        line.target = Target::EMPTY;
        return None;
    };
    line.method = Some(method);
    line.method_name = Span::new(start, start.wrapping_add(length));
    line.version = Version::Http11;
    Some(bytes.len().wrapping_sub(next.len()))
}

/// Reads the line `line`, without CRLF, that starts at offset `start` of the receive buffer.
pub fn parse(line: &[u8], start: usize) -> Result<RequestLine, RequestLineError> {
    let method_length = line.len().wrapping_sub(TOKEN.skip(line).len());
    if method_length > METHOD_MAX {
        return Err(RequestLineError::MethodTooLong);
    }
    let (name, rest) = match line.split_at_checked(method_length) {
        Some((name @ [_, ..], [b' ', rest @ ..])) => (name, rest),
        Some(([_, ..], [])) => return Err(RequestLineError::MissingPart),
        _ => return Err(RequestLineError::Method { at: method_length }),
    };
    let blank = rest.iter().rposition(|&byte| byte == b' ').ok_or(RequestLineError::MissingPart)?;
    let Some((target, [_, version @ ..])) = rest.split_at_checked(blank) else {
        return Err(RequestLineError::MissingPart);
    };
    // The version first: a request of another major version need not share our grammar of targets.
    let version = parse_version(version)?;
    let method = Method::from_bytes(name);
    let at = method_length.wrapping_add(1);
    let target = target::parse(method, target, start.wrapping_add(at))
        .map_err(|error| RequestLineError::Target { at, error })?;
    let method_name = Span::new(start, start.wrapping_add(method_length));
    Ok(RequestLine { method, method_name, target, version })
}

/// The method of a line that is refused, or that has no end: HEAD is answered without content all the same.
pub(super) fn method_of(bytes: &[u8]) -> Option<Method> {
    let behind = TOKEN.skip(bytes);
    let name = bytes.get(..bytes.len().saturating_sub(behind.len()))?;
    if matches!(behind, [b' ', ..]) { Method::from_bytes(name) } else { None }
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
