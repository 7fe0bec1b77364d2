//! A response body that is asked for bytes when there is room to transmit.

#[cfg(feature = "std")]
use super::file::FilePart;
use crate::handler::Request;
use crate::time::Instant;

/// Content that comes as space comes free: a file, a generated stream, an echo of the request's own content.
///
/// An application's sources are the variants of one enum of its own, which the connection keeps inline: no box, and
/// the compiler knows its size. `A` is the application's shared state.
pub trait Source<A> {
    /// Writes the next bytes of content into `pull.space()`.
    fn pull(&mut self, app: &A, pull: &mut Pull<'_>) -> Pulled;

    /// Whether the source reads the request's content, where that is still to come; true unless it says otherwise. One
    /// that does not spares a peer that waits for `100 Continue` from sending it (RFC 9110 §10.1.1), and the connection
    /// then closes behind the answer, as it does behind any that leaves much content unread. An enum of sources
    /// forwards this like [`Source::pull`].
    fn reads_content(&self) -> bool {
        true
    }

    /// The next bytes of content, where they lie in a file as they are to be sent: some transports can have them sent by
    /// the kernel, and then do not ask for them by [`Source::pull`]. Others pull as ever, and either may go on where the
    /// other has stopped. Only asked where the length of the answer is known. An enum of sources forwards this; one that
    /// changes what another gives must not.
    #[cfg(feature = "std")]
    fn file(&mut self) -> Option<FilePart<'_>> {
        None
    }
}

/// What a [`Source::pull`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulled {
    /// This many bytes were written, and more will come. None written means the same as `Wait(None)`. Bytes that were
    /// counted but not written are what earlier answers left in the buffer, of other connections too.
    Bytes(usize),
    /// This many bytes were written, and they are the last.
    Last(usize),
    /// Nothing now. The source is asked again when request content arrives, or at the instant if one is given; it may
    /// wait no longer than `Limits::source` without giving bytes.
    Wait(Option<Instant>),
    /// The content cannot be finished. The connection is cut, so that the peer sees that its answer is incomplete.
    Failed,
}

/// What a source has at hand while it is asked for bytes.
pub struct Pull<'p> {
    pub(crate) space: &'p mut [u8],
    pub(crate) content: &'p [u8],
    pub(crate) content_complete: bool,
    pub(crate) consumed: usize,
    pub(crate) now: Instant,
    pub(crate) request: Option<Request<'p>>,
}

impl<'p> Pull<'p> {
    /// Where to write content: never empty, and never longer than what a sized answer still owes.
    pub fn space(&mut self) -> &mut [u8] {
        self.space
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The request that is answered, for sources that write about it: without path parameters, and with its content in
    /// [`Pull::content`] alone. `None` where a source is not asked by a connection.
    #[must_use]
    pub fn request(&self) -> Option<Request<'p>> {
        self.request
    }

    /// Request content that has arrived and was not consumed.
    #[must_use]
    pub fn content(&self) -> &'p [u8] {
        self.content.get(self.consumed..).unwrap_or_default()
    }

    /// Marks the first `length` bytes of [`Pull::content`] as used, which makes room for more to arrive.
    pub fn consume(&mut self, length: usize) {
        self.consumed = self.consumed.saturating_add(length).min(self.content.len());
    }

    /// Whether all request content has arrived and was consumed.
    #[must_use]
    pub fn is_content_finished(&self) -> bool {
        self.content_complete && self.content().is_empty()
    }

    /// Copies request content into the space as far as both go: a source that echoes is this call alone.
    pub fn echo(&mut self) -> Pulled {
        let content = self.content.get(self.consumed..).unwrap_or_default();
        let length = content.len().min(self.space.len());
        if let (Some(to), Some(from)) = (self.space.get_mut(..length), content.get(..length)) {
            to.copy_from_slice(from);
        }
        self.consume(length);
        if self.is_content_finished() { Pulled::Last(length) } else { Pulled::Bytes(length) }
    }
}

/// For applications whose answers all fit the transmit buffer: no sources and no sinks, and no memory for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoStream {}

impl<A> Source<A> for NoStream {
    fn pull(&mut self, _: &A, _: &mut Pull<'_>) -> Pulled {
        match *self {}
    }

    fn reads_content(&self) -> bool {
        match *self {}
    }
}
