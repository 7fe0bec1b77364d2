//! The request target in its four forms (RFC 9112 §3.2), by the letter of RFC 3986.

use super::{Span, host};
use crate::bytes::class::{Class, PATH, QUERY};
use crate::bytes::number::hex_digit;
use crate::bytes::scan::from_unusual;
use crate::message::method::Method;

/// Where the parts of a request target lie in the receive buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The form it was sent in.
    pub form: Form,
    /// All of it, as sent.
    pub whole: Span,
    /// The path, percent-encoded; empty in an absolute target without one, in authority form and in asterisk form.
    pub path: Span,
    /// Whether the path has percent-encodings.
    pub is_encoded: bool,
    /// The query behind `?`, percent-encoded.
    pub query: Option<Span>,
    /// The authority of an absolute or authority target.
    pub authority: Span,
    /// Whether it is an absolute target of https, which only a connection with TLS can serve (RFC 9110 §7.4).
    pub is_https: bool,
}

impl Target {
    pub(crate) const EMPTY: Self = Self {
        form: Form::Origin,
        whole: Span::EMPTY,
        path: Span::EMPTY,
        is_encoded: false,
        query: None,
        authority: Span::EMPTY,
        is_https: false,
    };
}

/// The form of a request target (RFC 9112 §3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// `/path?query`.
    #[default]
    Origin,
    /// `http://host/path?query`, whose authority wins over `Host`.
    Absolute,
    /// `host:port`, for CONNECT only.
    Authority,
    /// `*`, for OPTIONS only.
    Asterisk,
}

/// Why a target is refused; offsets count from the target's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetError {
    /// Nothing where the target should stand.
    Empty,
    /// A byte that must be percent-encoded (RFC 3986 §3.3, §3.4), a fragment's `#` among them.
    Byte {
        /// Offset of the byte.
        at: usize,
    },
    /// `%` without two hexadecimal digits (RFC 3986 §2.1).
    PercentEncoding {
        /// Offset of the percent sign.
        at: usize,
    },
    /// `%00`: what is decoded into it ends early for whoever keeps text up to a NUL (RFC 3986 §7.3).
    Nul {
        /// Offset of the percent sign.
        at: usize,
    },
    /// A segment `.` or `..`, also when it or the slash beside it is encoded. Clients remove them before they send (RFC 3986 §5.2.4), and
    /// recipients that differ in removing them differ in what they guard, so they are refused.
    DotSegment,
    /// An authority that is no `host [":" port]` (RFC 9110 §7.2), or with user information (§4.2.4).
    Authority,
    /// None of the four forms, a form that the method does not have, or a scheme other than http and https.
    Form,
}

impl TargetError {
    /// What the client is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "the request target is missing",
            Self::Byte { .. } => "the request target has a byte that must be percent-encoded",
            Self::PercentEncoding { .. } => "the request target has a malformed percent-encoding",
            Self::Nul { .. } => "the request target has an encoded NUL",
            Self::DotSegment => "the request target has a dot segment",
            Self::Authority => "the authority of the request target is not a host and port",
            Self::Form => "the request target has a form that the method does not have",
        }
    }

    /// Where the rule stands that was broken.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Empty | Self::Form => "RFC 9112 §3.2",
            Self::Byte { .. } => "RFC 3986 §3.3",
            Self::PercentEncoding { .. } => "RFC 3986 §2.1",
            Self::Nul { .. } => "RFC 3986 §7.3",
            Self::DotSegment => "RFC 3986 §5.2.4",
            Self::Authority => "RFC 9110 §4.2",
        }
    }

    /// Offset of the byte that broke it, from the target's first byte; the target's start where no byte stands out.
    #[must_use]
    pub const fn at(self) -> usize {
        match self {
            Self::Byte { at } | Self::PercentEncoding { at } | Self::Nul { at } => at,
            Self::Empty | Self::DotSegment | Self::Authority | Self::Form => 0,
        }
    }

    /// Whether the rule is ours: that section would let the target pass.
    #[must_use]
    pub const fn is_stricter(self) -> bool {
        matches!(self, Self::Nul { .. } | Self::DotSegment)
    }
}

/// Reads the target `bytes`, which starts at offset `start` of a receive buffer of less than 2^16 bytes.
pub fn parse(method: Option<Method>, bytes: &[u8], start: usize) -> Result<Target, TargetError> {
    let whole = Span::new(start, start.wrapping_add(bytes.len()));
    match (bytes, method) {
        ([], _) => Err(TargetError::Empty),
        (_, Some(Method::Connect)) if host::is_valid_with_port(bytes) => {
            Ok(Target { form: Form::Authority, whole, authority: whole, ..Target::EMPTY })
        }
        (_, Some(Method::Connect)) => Err(TargetError::Form),
        ([b'/', ..], _) => {
            let mut target = Target::EMPTY;
            match read_origin(bytes, start, &mut target)? {
                end if end == bytes.len() => Ok(target),
                at => Err(TargetError::Byte { at }),
            }
        }
        (b"*", Some(Method::Options)) => Ok(Target { form: Form::Asterisk, whole, ..Target::EMPTY }),
        _ => absolute(bytes, start, whole),
    }
}

/// Reads `origin-form = absolute-path [ "?" query ]` (RFC 9112 §3.2.1) at the front of `bytes` into an empty target, and
/// says how long it is.
#[inline]
pub(super) fn read_origin(bytes: &[u8], start: usize, target: &mut Target) -> Result<usize, TargetError> {
    let end = path_and_query(bytes, start, 0, target)?;
    target.whole = Span::new(start, start.wrapping_add(end));
    Ok(end)
}

/// `absolute-form = absolute-URI` (RFC 9112 §3.2.2), for the schemes that this server can be the origin of.
fn absolute(bytes: &[u8], start: usize, whole: Span) -> Result<Target, TargetError> {
    let colon = bytes.iter().position(|&byte| byte == b':').ok_or(TargetError::Form)?;
    let (scheme, rest) = bytes.split_at_checked(colon).ok_or(TargetError::Form)?;
    let is_https = scheme.eq_ignore_ascii_case(b"https");
    let is_known = is_https || scheme.eq_ignore_ascii_case(b"http");
    let Some(rest) = rest.strip_prefix(b"://").filter(|_| is_known) else { return Err(TargetError::Form) };
    let length = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let authority_at = colon.saturating_add(3);
    let path_at = authority_at.saturating_add(length);
    if !rest.get(..length).is_some_and(host::is_valid) {
        return Err(TargetError::Authority);
    }
    let authority = Span::new(start.saturating_add(authority_at), start.saturating_add(path_at));
    let mut target = Target { form: Form::Absolute, whole, authority, is_https, ..Target::EMPTY };
    match path_and_query(bytes, start, path_at, &mut target)? {
        end if end == bytes.len() => Ok(target),
        at => Err(TargetError::Byte { at }),
    }
}

/// `path-abempty [ "?" query ]` from offset `at` of `bytes` on, and where it ends.
#[inline]
fn path_and_query(bytes: &[u8], start: usize, at: usize, target: &mut Target) -> Result<usize, TargetError> {
    let Scanned { end: path_end, is_encoded, has_dots } = scan(bytes, at, PATH)?;
    target.path = Span::new(start.wrapping_add(at), start.wrapping_add(path_end));
    target.is_encoded = is_encoded;
    if (has_dots || is_encoded) && has_dot_segment(bytes.get(at..path_end).unwrap_or_default()) {
        return Err(TargetError::DotSegment);
    }
    if bytes.get(path_end) != Some(&b'?') {
        return Ok(path_end);
    }
    let query_at = path_end.wrapping_add(1);
    let Scanned { end, .. } = scan(bytes, query_at, QUERY)?;
    target.query = Some(Span::new(start.wrapping_add(query_at), start.wrapping_add(end)));
    Ok(end)
}

/// What a scan has found.
struct Scanned {
    /// Offset of the first byte that is neither in the class, nor a dot, nor part of a percent-encoding.
    end: usize,
    is_encoded: bool,
    /// Whether a dot stands behind a slash: nearly every path has none, and no dot segment then.
    has_dots: bool,
}

/// Reads from `at` on what `class` has, dots, and percent-encodings.
#[inline]
fn scan(bytes: &[u8], at: usize, class: Class) -> Result<Scanned, TargetError> {
    let (mut is_encoded, mut has_dots) = (false, false);
    let mut rest = bytes.get(at..).unwrap_or_default();
    loop {
        rest = from_unusual::<true>(rest);
        let end = bytes.len().wrapping_sub(rest.len());
        rest = match rest {
            [b'.', behind @ ..] => {
                has_dots |= bytes.get(end.wrapping_sub(1)) == Some(&b'/');
                behind
            }
            [b'%', b'0', b'0', ..] => return Err(TargetError::Nul { at: end }),
            [b'%', high, low, behind @ ..] if hex_digit(*high).is_some() && hex_digit(*low).is_some() => {
                is_encoded = true;
                behind
            }
            [b'%', ..] => return Err(TargetError::PercentEncoding { at: end }),
            [byte, behind @ ..] if class.has(*byte) => behind,
            _ => return Ok(Scanned { end, is_encoded, has_dots }),
        }
    }
}

/// Whether a segment is `.` or `..`. An encoded slash counts as an end of segments here, although it never splits a
/// path for routing: who decodes a parameter would otherwise hold `../` in his hands.
fn has_dot_segment(path: &[u8]) -> bool {
    let is_dots = |dots: Option<u8>| matches!(dots, Some(1 | 2));
    let mut rest = path;
    let mut dots = Some(0u8); // how many there are, while the segment has nothing else
    loop {
        (rest, dots) = match rest {
            [] => return is_dots(dots),
            [b'/', ..] | [b'%', b'2', b'f' | b'F', ..] if is_dots(dots) => return true,
            [b'/', rest @ ..] | [b'%', b'2', b'f' | b'F', rest @ ..] => (rest, Some(0)),
            [b'.', rest @ ..] | [b'%', b'2', b'e' | b'E', rest @ ..] => {
                (rest, dots.map(|dots| dots.saturating_add(1)))
            }
            [_, rest @ ..] => (rest, None),
        };
    }
}

#[cfg(test)]
mod tests;
