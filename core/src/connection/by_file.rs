//! Content that the transport has sent from a file by the kernel, past the transmit buffer. Where the transport cannot do
//! that, or the content is none, the source is pulled.

use super::Lent;
use crate::body::encode::Encoder;
use crate::body::file::FilePart;
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::limits::Pace;
use crate::response::Outgoing;
use crate::time::Instant;

/// Who moves the next bytes of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByFile {
    /// The source has not been asked whether they lie in a file.
    Unasked,
    /// They do, and wait for the transport.
    Waits,
    /// The source, up to the end of this answer: the transport cannot send from its file.
    Never,
}

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    /// Tells whether the transport sends bytes of files, as [`Wants::file`](super::Wants::file) asks; it does not
    /// otherwise. To be told as often as buffers are lent.
    pub fn set_sends_files(&mut self, sends_files: bool) {
        self.sends_files = sends_files;
    }

    /// The bytes of a file that are to be transmitted behind [`Lent::poll_transmit`]; `None` when
    /// [`Wants::file`](super::Wants::file) is false.
    pub fn poll_file(&mut self) -> Option<FilePart<'_>> {
        let exchange = &mut *self.buffers.exchange;
        let encoder = exchange.encoder();
        match (&mut exchange.outgoing, encoder) {
            (Outgoing::Source(source), Encoder::Sized(owed)) if exchange.by_file == ByFile::Waits => {
                source.file()?.up_to(owed)
            }
            _ => None,
        }
    }

    /// The peer's side has taken `length` bytes of [`Lent::poll_file`].
    pub fn handle_file_sent(&mut self, length: u64, now: Instant) {
        let Some(length) = self.poll_file().map(|part| part.advance(length)) else { return };
        let exchange = &mut *self.buffers.exchange;
        if let Encoder::Sized(owed) = exchange.encoder() {
            exchange.set_encoder(Encoder::Sized(owed.saturating_sub(length)));
        }
        exchange.sent = exchange.sent.saturating_add(length);
        exchange.source_since = now;
        exchange.by_file = ByFile::Unasked;
        let since = self.connection.transmit.resume(now);
        self.connection.transmit.advance(usize::try_from(length).unwrap_or(usize::MAX), now);
        self.connection.content.stood_still(since, now);
        self.advance(now);
    }

    /// The file has become shorter than was announced, or cannot be read: the answer is cut, and the close tells the peer.
    pub fn handle_file_failed(&mut self, now: Instant) {
        if self.buffers.exchange.has_file() {
            self.cut(now);
            self.advance(now);
        }
    }

    /// Nothing can be sent from this file by the kernel, nor from others of this answer: they are read.
    pub fn handle_file_unsendable(&mut self, now: Instant) {
        if self.buffers.exchange.has_file() {
            self.buffers.exchange.by_file = ByFile::Never;
            self.advance(now);
        }
    }

    /// Whether the next bytes of content are left to the transport, and the source is not to be pulled.
    pub(super) fn leaves_file(&mut self, now: Instant) -> bool {
        let Self { connection, buffers, sends_files, .. } = self;
        let exchange = &mut *buffers.exchange;
        let encoder = exchange.encoder();
        if exchange.by_file == ByFile::Unasked
            && *sends_files
            && let (Outgoing::Source(source), Encoder::Sized(_)) = (&mut exchange.outgoing, encoder)
            && source.file().is_some()
        {
            exchange.by_file = ByFile::Waits;
            exchange.awaits_space = false;
            if exchange.pending.is_empty() && exchange.source_since != now {
                connection.transmit = Pace::begin(now); // the peer has waited for us until now
            }
        }
        exchange.by_file == ByFile::Waits
    }
}
