//! What comes in front of the first request: who has connected to a gateway, where connections come through one that
//! speaks the PROXY protocol.

use super::peer::Peer;
use super::state::Event;
use super::{Connection, Lent};
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::parse::proxy::{self, Origin, Progress, ProxyError};
use crate::time::Instant;

/// How a header is read. As a pointer, so that a device which never asks for it does not carry it.
pub(super) type Read = fn(&[u8]) -> Result<Progress, ProxyError>;

impl Connection {
    /// A connection that begins with a header of the PROXY protocol; see [`proxy`]. Until that is there, within
    /// [`Limits::head`](crate::limits::Limits::head), nothing is read from it, and anything else closes it without an
    /// answer. The service's gateways, where it has them, are the only ones who may send it.
    #[must_use]
    pub const fn with_proxy_header(mut self) -> Self {
        self.preface = Some(proxy::read);
        self.is_behind_proxy = true;
        self
    }

    /// Whether it began, or is to begin, with a header of the PROXY protocol.
    #[must_use]
    pub const fn has_proxy_header(&self) -> bool {
        self.is_behind_proxy
    }
}

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    /// Reads the header, as far as it is there; says whether there is more to do.
    pub(super) fn receive_preface(&mut self, read: Read, now: Instant) -> bool {
        let filled = self.buffers.exchange.filled;
        let bytes = self.buffers.receive.get(..filled).unwrap_or_default();
        let peer = self.connection.peer.ip();
        let is_gateway = || self.service.gateways.is_none_or(|gateways| gateways.trusts(peer));
        match read(bytes) {
            Ok(Progress::Complete { length, origin }) if is_gateway() => {
                self.connection.preface = None;
                match origin {
                    Origin::Gateway => {}
                    Origin::Unknown => self.connection.peer = Peer::new(None),
                    Origin::Address(client) => self.connection.peer = Peer::new(Some(client)),
                }
                self.buffers.exchange.unread = length;
                self.buffers.exchange.next_message();
            }
            Ok(Progress::Incomplete)
                if filled < self.buffers.receive.len() && !self.connection.peer_closed =>
            {
                return false;
            }
            _ => self.end(Event::Broken, now),
        }
        true
    }

    /// Finds out who has sent the request whose head has been read, if it came by a gateway that is trusted to say so.
    pub(super) fn find_client(&mut self, now: Instant) {
        let Some(gateways) = self.service.gateways else { return };
        let connection = &*self.connection;
        // Of whom a gateway did not say the address may be anybody.
        let is_unknown = connection.is_behind_proxy && connection.peer().is_none();
        if !is_unknown && gateways.trusts(connection.peer.ip()) {
            self.buffers.exchange.asked.client = gateways.client(&self.request(now));
        }
    }
}
