//! The memory that is lent to a connection while a message is under way: buffers, and what is known of the message.

use super::{Cause, Closing};
use core::net::SocketAddr;

use crate::body::Reader;
use crate::body::encode::Encoder;
use crate::bytes::move_down;
use crate::framing::BodyLength;
#[cfg(feature = "gateways")]
use crate::gateways::Client;
use crate::message::method::MethodSet;
#[cfg(feature = "middleware")]
use crate::message::status::Status;
use crate::parse::field_line::FieldLine;
use crate::parse::head::HeadParser;
use crate::response::Outgoing;
use crate::time::Instant;

#[cfg(feature = "std")]
use super::by_file::ByFile;

/// Buffers of these sizes in one piece, for statics and worker threads.
///
/// `RECEIVE` holds a head, and content that is delivered whole: at most 65,535 bytes. `TRANSMIT` holds answers; one
/// answer's fields and buffered content may take three quarters of it, the rest lets pipelined answers wait for each
/// other, so that how requests arrive does not change what fits. `LINES` bounds the field lines of a request. `S` is
/// the application's enum of streams.
#[derive(Debug)]
pub struct Storage<S, const RECEIVE: usize, const TRANSMIT: usize, const LINES: usize> {
    receive: [u8; RECEIVE],
    transmit: [u8; TRANSMIT],
    lines: [FieldLine; LINES],
    exchange: Exchange<S>,
}

impl<S, const RECEIVE: usize, const TRANSMIT: usize, const LINES: usize>
    Storage<S, RECEIVE, TRANSMIT, LINES>
{
    /// Buffers that hold nothing. Sizes that no request could be served with do not compile.
    #[must_use]
    pub const fn new() -> Self {
        const {
            assert!(RECEIVE >= 64 && RECEIVE <= 65_535, "a receive buffer has 64 to 65,535 bytes");
            assert!(TRANSMIT >= 512 && TRANSMIT <= 1 << 30, "a transmit buffer has 512 bytes or more");
            assert!(LINES >= 1 && LINES <= 65_535, "a request has field lines");
        }
        Self {
            receive: [0; RECEIVE],
            transmit: [0; TRANSMIT],
            lines: [FieldLine::EMPTY; LINES],
            exchange: Exchange::NEW,
        }
    }

    /// Lends them.
    pub fn lend(&mut self) -> Buffers<'_, S> {
        Buffers {
            receive: &mut self.receive,
            transmit: &mut self.transmit,
            lines: &mut self.lines,
            exchange: &mut self.exchange,
        }
    }
}

impl<S, const R: usize, const T: usize, const L: usize> Default for Storage<S, R, T, L> {
    fn default() -> Self {
        Self::new()
    }
}

/// Lent memory. The same memory must be lent again as long as [`Connection::holds_buffers`](super::Connection::holds_buffers).
#[derive(Debug)]
pub struct Buffers<'b, S> {
    pub(super) receive: &'b mut [u8],
    pub(super) transmit: &'b mut [u8],
    pub(super) lines: &'b mut [FieldLine],
    pub(super) exchange: &'b mut Exchange<S>,
}

impl<'b, S> Buffers<'b, S> {
    /// Buffers made of parts, for transports that size them at run time. What [`Storage`] asks of its sizes while
    /// compiling holds here too: a receive buffer is used up to its 65,535th byte, and with a transmit buffer of less
    /// than 512 bytes no answer fits.
    pub fn new(
        receive: &'b mut [u8],
        transmit: &'b mut [u8],
        lines: &'b mut [FieldLine],
        exchange: &'b mut Exchange<S>,
    ) -> Self {
        let length = receive.len().min(65_535);
        let receive = receive.get_mut(..length).unwrap_or_default();
        Self { receive, transmit, lines, exchange }
    }
}

/// What is known of the message under way, kept beside the buffers so that an idle connection need not have it.
///
/// ```text
/// receive:  | head | content, decoded |  …  | not yet read |  free |
///           ^start ^head end   ^content_end  ^unread        ^filled
/// transmit: |  sent  | to be transmitted |  free |
///                    ^pending.start       ^pending.end
/// ```
#[derive(Debug)]
pub struct Exchange<S> {
    /// Whether nothing has been done with it since it was made, or since all was done.
    pub(super) is_unused: bool,
    /// Where the message starts in the receive buffer. One that has to wait for bytes is moved to the front.
    pub(super) start: usize,
    pub(super) filled: usize,
    pub(super) asked: Asked,
    pub(super) decoder: Reader,
    /// Content that was decoded and not consumed.
    pub(super) content_start: usize,
    pub(super) content_end: usize,
    /// Where the bytes start that were not read yet: behind the message once that is complete.
    pub(super) unread: usize,
    pub(super) plan: Plan<S>,
    /// Whether the route that was found is a blocking one. Asked several times for each request, so it is kept.
    pub(super) is_blocking: bool,
    /// Whether `100 Continue` is owed before content can be expected.
    pub(super) owes_continue: bool,
    /// Why the connection closes after this answer, if it does.
    pub(super) closing: Option<Closing>,
    /// Whether an HTTP/1.0 client asked for persistence.
    pub(super) keep_alive: bool,
    /// Whether content was still to come when the answer was begun.
    pub(super) is_streamed: bool,
    pub(super) pending: Pending,
    pub(super) outgoing: Outgoing<S>,
    /// How the content of the answer is framed, and how much of it is owed where that is known.
    pub(super) coding: Coding,
    pub(super) owed: u64,
    /// Whether the source is to give its next bytes when the transport lends its own space for them.
    pub(super) awaits_space: bool,
    #[cfg(feature = "std")]
    pub(super) by_file: ByFile,
    #[cfg(feature = "middleware")]
    pub(super) status: Status,
    /// Whether the middleware was told how the answer ended.
    #[cfg(feature = "middleware")]
    pub(super) is_told: bool,
    /// Bytes of content sent to the transmit buffer.
    #[cfg(feature = "middleware")]
    pub(super) sent: u64,
    /// Until when the source waits, if it named an instant; the end of time otherwise.
    pub(super) source_wakes: Instant,
    /// Since when the source has given nothing.
    pub(super) source_since: Instant,
    #[cfg(feature = "explain")]
    pub(super) trail: super::tell::Trail,
}

/// The kinds of [`Encoder`], without what is owed: apart they take half the space.
#[derive(Clone, Copy, Debug)]
pub(super) enum Coding {
    Sized,
    Chunked,
    UntilClose,
}

/// What handlers and middleware are shown of an exchange, which changes nothing here while they look.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(super) parser: HeadParser,
    /// How many field lines the head has; none before it was read to its end.
    pub(super) field_lines: u16,
    /// The place of the route that was found.
    pub(super) route: Option<u16>,
    /// Who has sent the request, where a gateway says so.
    #[cfg(feature = "gateways")]
    pub(crate) client: Client,
    /// Why the request was refused, if it was.
    pub(super) refused: Option<Cause>,
}

impl Asked {
    /// Nothing yet, of a message that begins at the front of the receive buffer.
    const NEW: Self = Self {
        parser: HeadParser::at(0),
        field_lines: 0,
        route: None,
        #[cfg(feature = "gateways")]
        client: Client::UNKNOWN,
        refused: None,
    };

    /// The client's address, as far as a gateway says.
    pub(crate) const fn client_address(&self) -> Option<SocketAddr> {
        #[cfg(feature = "gateways")]
        return self.client.address;
        #[cfg(not(feature = "gateways"))]
        None
    }

    /// Whether a gateway says that the client was connected by https.
    pub(super) const fn is_secured(&self) -> bool {
        #[cfg(feature = "gateways")]
        return self.client.secured;
        #[cfg(not(feature = "gateways"))]
        false
    }
}

/// Bytes of the transmit buffer that wait to be transmitted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pending {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Pending {
    pub(super) const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    pub(super) const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }
}

/// Who answers the request at hand.
#[derive(Debug)]
pub(super) enum Plan<S> {
    /// The route's handler.
    Handler,
    /// This sink of the route, when all content has been pushed.
    Sink(S),
    /// Nobody, for what it was refused for.
    Refuse,
    /// Nobody: the handler or the chain has panicked.
    Panicked,
    NotAllowed(MethodSet),
    /// A version of WebSocket is asked for that does not exist here.
    WebSocketVersion,
    Options(MethodSet),
    /// Nobody: too many requests wait for a thread that may run the handler.
    Overloaded,
}

impl<S> Default for Exchange<S> {
    fn default() -> Self {
        Self::NEW
    }
}

impl<S> Exchange<S> {
    pub(super) const NEW: Self = Self {
        is_unused: true,
        start: 0,
        filled: 0,
        asked: Asked::NEW,
        decoder: Reader::new(BodyLength::Empty),
        content_start: 0,
        content_end: 0,
        unread: 0,
        plan: Plan::Handler,
        is_blocking: false,
        owes_continue: false,
        closing: None,
        keep_alive: false,
        is_streamed: false,
        pending: Pending { start: 0, end: 0 },
        outgoing: Outgoing::None,
        coding: Coding::UntilClose,
        owed: 0,
        awaits_space: false,
        #[cfg(feature = "std")]
        by_file: ByFile::Unasked,
        #[cfg(feature = "middleware")]
        status: Status::OK,
        #[cfg(feature = "middleware")]
        is_told: false,
        #[cfg(feature = "middleware")]
        sent: 0,
        source_wakes: Instant::NEVER,
        source_since: Instant::ZERO,
        #[cfg(feature = "explain")]
        trail: super::tell::Trail::NEW,
    };

    /// Whether the next bytes of content are the transport's to send from a file.
    pub(super) const fn has_file(&self) -> bool {
        #[cfg(feature = "std")]
        return matches!(self.by_file, ByFile::Waits);
        #[cfg(not(feature = "std"))]
        false
    }

    /// How what is left of the answer's content is framed.
    pub(super) const fn encoder(&self) -> Encoder {
        match self.coding {
            Coding::Sized => Encoder::Sized(self.owed),
            Coding::Chunked => Encoder::Chunked,
            Coding::UntilClose => Encoder::UntilClose,
        }
    }

    pub(super) const fn set_encoder(&mut self, encoder: Encoder) {
        (self.coding, self.owed) = match encoder {
            Encoder::Sized(owed) => (Coding::Sized, owed),
            Encoder::Chunked => (Coding::Chunked, 0),
            Encoder::UntilClose => (Coding::UntilClose, 0),
        };
    }

    /// `length` bytes of the answer's content were sent to the transmit buffer.
    pub(super) const fn count_sent(&mut self, length: usize) {
        #[cfg(feature = "middleware")]
        {
            self.sent = self.sent.saturating_add(length as u64);
        }
        #[cfg(not(feature = "middleware"))]
        let _ = length;
    }

    /// Bytes of content in all, where they were announced.
    pub(super) fn announced_length(&self) -> Option<u64> {
        self.decoder.left().map(|left| left.saturating_add(self.decoder.received()))
    }

    /// The request has been answered, and content is left that nobody reads: makes room for it where the head was, which
    /// may have filled the buffer.
    pub(super) fn forget_head(&mut self, receive: &mut [u8]) {
        let unread = self.filled.saturating_sub(self.unread);
        move_down(receive, self.unread, 0, unread);
        (self.start, self.content_start, self.content_end, self.unread) = (0, 0, 0, 0);
        self.filled = unread;
        self.asked.parser = HeadParser::at(0);
        self.asked.field_lines = 0;
    }

    /// Forgets the message, keeps what was received behind it and what waits to be transmitted.
    pub(super) fn next_message(&mut self) {
        let (mut start, mut filled) = (self.unread, self.filled);
        if start >= filled {
            (start, filled) = (0, 0);
        }
        let pending = if self.pending.is_empty() { Pending::default() } else { self.pending };
        *self = Self {
            start,
            filled,
            content_start: start,
            content_end: start,
            unread: start,
            pending,
            ..Self::NEW
        };
        self.asked.parser.begin_at(start);
    }
}
