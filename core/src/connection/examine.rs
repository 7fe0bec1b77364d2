//! What a head asks of the connection: how its body is framed, whether it persists, and which host is meant.

use super::Closing;
use crate::framing::{self, BodyLength, FramingError};
use crate::message::method::Method;
use crate::message::status::Status;
use crate::parse::field_line::{FieldLine, Known};
use crate::parse::head::Head;
use crate::parse::request_line::Version;
use crate::parse::{host, list};

/// What the field lines of a head say about the message and the connection.
pub(super) struct Examined {
    pub(super) body: BodyLength,
    /// Why the connection closes behind the answer, if the head says so.
    pub(super) closing: Option<Closing>,
    pub(super) keep_alive: bool,
    pub(super) expects_continue: bool,
    /// Whether the peer would open a WebSocket of a version that does not exist here.
    pub(super) asks_for_other_websocket: bool,
}

/// Why a head that was read is refused for what its field lines say together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExamineError {
    /// The length of the body is in doubt.
    Framing(FramingError),
    /// No `Host` in HTTP/1.1.
    NoHost,
    /// More than one `Host`.
    SeveralHosts,
    /// A `Host` that is not a host with an optional port.
    BadHost,
    /// A `Host` with percent-encoding, or an address of a future version: RFC 3986 has them, no host needs them, and
    /// they could hide something from who decodes them.
    UnusualHost,
    /// More than one `Content-Type`: whoever guards by one of them may be passed by the other.
    SeveralTypes,
    /// An `Expect` of anything but 100-continue; 417.
    Expectation,
}

impl ExamineError {
    /// The status answered.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::Framing(error) => error.status(),
            Self::Expectation => Status::EXPECTATION_FAILED,
            _ => Status::BAD_REQUEST,
        }
    }

    /// What the client is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Framing(error) => error.reason(),
            Self::NoHost => "the Host field is missing",
            Self::SeveralHosts => "there is more than one Host field",
            Self::BadHost => "the Host field is not a host and port",
            Self::UnusualHost => "the Host field has a form of host that is not taken here",
            Self::SeveralTypes => "there is more than one Content-Type field",
            Self::Expectation => "only 100-continue can be expected",
        }
    }

    /// The section whose rule is broken.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::Framing(error) => error.section(),
            Self::NoHost | Self::SeveralHosts | Self::BadHost => "RFC 9112 §3.2",
            Self::UnusualHost => "RFC 3986 §3.2.2",
            Self::SeveralTypes => "RFC 9110 §8.3",
            Self::Expectation => "RFC 9110 §10.1.1",
        }
    }

    /// Whether the rule is ours: that section would let the head pass.
    #[must_use]
    pub const fn is_stricter(self) -> bool {
        match self {
            Self::Framing(error) => error.is_stricter(),
            Self::UnusualHost | Self::SeveralTypes => true,
            Self::NoHost | Self::SeveralHosts | Self::BadHost | Self::Expectation => false,
        }
    }
}

/// What is wrong with a `Host` that is refused.
#[cold]
fn bad_host(value: &[u8]) -> ExamineError {
    match value {
        [b'[', b'v' | b'V', ..] => ExamineError::UnusualHost,
        _ if value.contains(&b'%') => ExamineError::UnusualHost,
        _ => ExamineError::BadHost,
    }
}

/// Reads the fields that the connection itself obeys.
pub(super) fn examine(head: &Head, lines: &[FieldLine], buffer: &[u8]) -> Result<Examined, ExamineError> {
    let version = head.line.version;
    let body = framing::body_length(version, lines, buffer).map_err(ExamineError::Framing)?;
    let mut hosts = 0u8;
    let mut content_types = 0u8;
    let (mut keep_alive, mut expects_continue) = (false, false);
    let mut says_close = false;
    let (mut says_upgrade, mut names_websocket, mut is_other_version) = (false, false, false);
    let mut expectation = Ok(());
    for line in lines {
        let value = line.value(buffer);
        match line.known() {
            Known::Host => {
                hosts = hosts.saturating_add(1);
                if !host::is_valid(value) {
                    return Err(bad_host(value));
                }
            }
            Known::ContentType => content_types = content_types.saturating_add(1),
            Known::Connection => {
                for option in list::members(value) {
                    says_close |= option.eq_ignore_ascii_case(b"close");
                    keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                    says_upgrade |= option.eq_ignore_ascii_case(b"upgrade");
                }
            }
            // RFC 9110 §10.1.1: a 100-continue in an HTTP/1.0 request is ignored.
            Known::Expect if is_continue(value) => expects_continue = version == Version::Http11,
            Known::Expect => expectation = Err(ExamineError::Expectation),
            Known::Upgrade => {
                names_websocket |= list::members(value).any(|name| name.eq_ignore_ascii_case(b"websocket"));
            }
            Known::WebSocketVersion => is_other_version |= value != b"13",
            Known::ContentLength | Known::TransferEncoding | Known::Underscored | Known::Other => {}
        }
    }
    match (hosts, version) {
        (0, Version::Http11) => return Err(ExamineError::NoHost), // RFC 9112 §3.2
        (0 | 1, _) => {}
        _ => return Err(ExamineError::SeveralHosts),
    }
    if content_types > 1 {
        return Err(ExamineError::SeveralTypes);
    }
    expectation?;
    // `close` wins over `keep-alive`, and only HTTP/1.0 needs the latter (RFC 9112 §9.3).
    let keep_alive = version == Version::Http10 && keep_alive && !says_close;
    let closing = match version {
        _ if keep_alive => None,
        _ if says_close => Some(Closing::CloseOption),
        Version::Http10 => Some(Closing::Http10),
        Version::Http11 => None,
    };
    // Upgrade means nothing without the connection option, nor in HTTP/1.0 (RFC 9110 §7.8), and a handshake is a GET
    // (RFC 6455 §4.1), which HEAD is answered like. Other protocols are not spoken here, and offers of them ignored.
    let is_handshake =
        version == Version::Http11 && matches!(head.line.method, Some(Method::Get | Method::Head));
    let asks_for_other_websocket = is_handshake && says_upgrade && names_websocket && is_other_version;
    Ok(Examined { body, closing, keep_alive, expects_continue, asks_for_other_websocket })
}

/// `Expect = #expectation` (RFC 9110 §10.1.1) with no other member than this, and one at least.
pub(super) fn is_continue(value: &[u8]) -> bool {
    let mut members = list::members(value).map(|member| member.eq_ignore_ascii_case(b"100-continue"));
    members.next().unwrap_or(false) && members.all(|is_continue| is_continue)
}
