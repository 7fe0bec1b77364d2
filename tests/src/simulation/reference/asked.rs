//! What a header section asks of the connection (RFC 9112 §3.2, §6.3, §9.3; RFC 9110 §10.1.1).

use super::body::{self, Length};
use super::head::{self, Head};

/// What the header section asks of the connection.
pub(super) struct Asked {
    pub(super) length: Length,
    pub(super) closes: bool,
    pub(super) expects_continue: bool,
    /// A handshake for a version of WebSocket other than 13 (RFC 6455 §4.2.2).
    pub(super) is_other_websocket: bool,
}

impl Asked {
    pub(super) fn of(head: &Head) -> Result<Self, u16> {
        let values = |name: &'static str| {
            let named = head.fields.iter().filter(move |(candidate, _)| candidate.eq_ignore_ascii_case(name));
            named.map(|(_, value)| value.as_slice())
        };
        let length = body::length(head)?;
        // RFC 9112 §3.2: 400 without Host, with several, and with one that is none.
        let hosts = values("host").count();
        let is_one = hosts == 1 || (hosts == 0 && head.is_http10);
        if !is_one || !values("host").all(head::is_host) || values("content-type").count() > 1 {
            return Err(400);
        }
        // RFC 9110 §10.1.1.
        let is_continue = |value: &[u8]| {
            let members =
                value.split(|&byte| byte == b',').map(head::trim).filter(|member| !member.is_empty());
            let members: Vec<_> = members.collect();
            !members.is_empty() && members.iter().all(|member| member.eq_ignore_ascii_case(b"100-continue"))
        };
        if !values("expect").all(is_continue) {
            return Err(417);
        }
        // RFC 9112 §9.3: close wins; HTTP/1.0 persists only if asked to.
        let options: Vec<Vec<u8>> = values("connection")
            .flat_map(|value| value.split(|&byte| byte == b','))
            .map(|option| head::trim(option).to_ascii_lowercase())
            .collect();
        let says = |wanted: &[u8]| options.iter().any(|option| option == wanted);
        let names_websocket = values("upgrade")
            .flat_map(|value| value.split(|&byte| byte == b','))
            .any(|name| head::trim(name).eq_ignore_ascii_case(b"websocket"));
        let is_handshake = matches!(head.method.as_str(), "GET" | "HEAD")
            && !head.is_http10
            && says(b"upgrade")
            && names_websocket;
        Ok(Self {
            is_other_websocket: is_handshake && values("sec-websocket-version").any(|value| value != b"13"),
            length,
            closes: says(b"close") || (head.is_http10 && !says(b"keep-alive")),
            expects_continue: values("expect").count() > 0 && !head.is_http10,
        })
    }
}
