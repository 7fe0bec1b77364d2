//! What a head asks of the connection: how its body is framed, whether it persists, and which host is meant.

use crate::framing::{self, BodyLength};
use crate::handler::Failure;
use crate::message::status::Status;
use crate::parse::field_line::{FieldLine, Known};
use crate::parse::head::Head;
use crate::parse::request_line::Version;
use crate::parse::{host, list};

/// What the field lines of a head say about the message and the connection.
pub(super) struct Examined {
    pub(super) body: BodyLength,
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    pub(super) expects_continue: bool,
}

/// Reads the fields that the connection itself obeys.
pub(super) fn examine(head: &Head, lines: &[FieldLine], buffer: &[u8]) -> Result<Examined, Failure> {
    const SEVERAL_HOSTS: Failure = Failure::new(Status::BAD_REQUEST, "there is more than one Host field");
    const BAD_HOST: Failure = Failure::new(Status::BAD_REQUEST, "the Host field is not a host and port");
    const NO_HOST: Failure = Failure::new(Status::BAD_REQUEST, "the Host field is missing");
    const SEVERAL_TYPES: Failure =
        Failure::new(Status::BAD_REQUEST, "there is more than one Content-Type field");
    const EXPECTATION: Failure =
        Failure::new(Status::EXPECTATION_FAILED, "only 100-continue can be expected");

    let version = head.line.version;
    let body = framing::body_length(version, lines, buffer)
        .map_err(|error| Failure::new(error.status(), error.reason()))?;
    let mut hosts = 0u8;
    let mut content_types = 0u8;
    let (mut close, mut keep_alive, mut expects_continue) = (version == Version::Http10, false, false);
    let mut says_close = false;
    let mut expectation = Ok(());
    for line in lines {
        let value = line.value(buffer);
        match line.known() {
            Known::Host => {
                hosts = hosts.saturating_add(1);
                if !host::is_valid(value) {
                    return Err(BAD_HOST);
                }
            }
            Known::ContentType => content_types = content_types.saturating_add(1),
            Known::Connection => {
                for option in list::members(value) {
                    says_close |= option.eq_ignore_ascii_case(b"close");
                    keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            // RFC 9110 §10.1.1: a 100-continue in an HTTP/1.0 request is ignored.
            Known::Expect if value.eq_ignore_ascii_case(b"100-continue") => {
                expects_continue = version == Version::Http11;
            }
            Known::Expect => expectation = Err(EXPECTATION),
            _ => {}
        }
    }
    match (hosts, version) {
        (0, Version::Http11) => return Err(NO_HOST), // RFC 9112 §3.2
        (0 | 1, _) => {}
        _ => return Err(SEVERAL_HOSTS),
    }
    if content_types > 1 {
        return Err(SEVERAL_TYPES);
    }
    expectation?;
    // `close` wins over `keep-alive`, and only HTTP/1.0 needs the latter (RFC 9112 §9.3).
    let keep_alive = version == Version::Http10 && keep_alive && !says_close;
    close = (close || says_close) && !keep_alive;
    Ok(Examined { body, close, keep_alive, expects_continue })
}
