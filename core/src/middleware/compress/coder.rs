//! What turns content into coded content, piece by piece.

/// A content coder: it takes content from one slice and writes coded bytes into another, as far as both go.
///
/// One coder serves one content at a time and keeps, between calls, what it has taken and not yet written. Coders are
/// kept in a pool and used again, see [`Coding`](super::Coding).
pub trait Coder: Send {
    /// Takes content from the front of `input` and writes coded bytes to the front of `output`. Where neither moves,
    /// nothing is left to do; where `output` is full, it is called again with the same `flush` and the rest of `input`.
    ///
    /// # Errors
    /// When the coder cannot go on; the content is then cut short.
    fn code(&mut self, input: &[u8], output: &mut [u8], flush: Flush) -> Result<Coded, CoderError>;

    /// Makes it ready for other content, as if it were new.
    fn reset(&mut self);
}

/// What is to become of content that the coder has taken and could keep back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// It may be kept until more comes, which codes best.
    None,
    /// Everything is written, so that the recipient can decode all that was taken; more will come.
    Sync,
    /// Everything is written, and the content ends.
    Finish,
}

/// What a [`Coder::code`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coded {
    /// Bytes taken from the front of the input.
    pub consumed: usize,
    /// Bytes written to the front of the output.
    pub produced: usize,
    /// Whether all input was taken and what [`Flush::Sync`] or [`Flush::Finish`] asks for is done; without a flush it
    /// says nothing.
    pub done: bool,
}

/// A coder cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoderError;

impl core::fmt::Display for CoderError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the content coder has failed")
    }
}

impl core::error::Error for CoderError {}
