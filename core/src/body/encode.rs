//! Frames the content of an answer: sized, chunked (RFC 9112 §7.1), or up to the close (for HTTP/1.0).

use crate::bytes::move_down;
use crate::bytes::number::Hex;

/// How an answer's content is framed, and how much of it is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoder {
    /// `Content-Length`: this many bytes are still owed.
    Sized(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// Delimited by the end of the connection.
    UntilClose,
}

/// `chunk-size CRLF` before the data, CRLF behind it, and the last chunk with its empty trailer section.
const CHUNK_SIZE_LINE: usize = 6;
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";
const LINE_END: &[u8] = b"\r\n";

impl Encoder {
    /// The part of `space` into which content can be written so that its framing fits around it; `None` when there is
    /// too little room for any.
    pub fn content_space<'s>(&self, space: &'s mut [u8]) -> Option<&'s mut [u8]> {
        let space = match self {
            Self::Sized(left) => {
                let room = usize::try_from(*left).map_or(space.len(), |left| left.min(space.len()));
                space.get_mut(..room)?
            }
            Self::UntilClose => space,
            Self::Chunked => {
                let tail = LINE_END.len().saturating_add(LAST_CHUNK.len());
                let end = space.len().checked_sub(tail)?.min(0xffff);
                space.get_mut(CHUNK_SIZE_LINE..end)?
            }
        };
        (!space.is_empty()).then_some(space)
    }

    /// Frames `length` bytes of content that were written into [`Encoder::content_space`] of the same `space`, and
    /// says how many bytes of `space` are now used. With `last` the content ends here.
    pub fn frame(&mut self, space: &mut [u8], length: usize, last: bool) -> usize {
        match self {
            Self::Sized(left) => {
                *left = left.saturating_sub(length as u64);
                length
            }
            Self::UntilClose => length,
            Self::Chunked => {
                let mut used = 0;
                if length > 0 {
                    let size = Hex::new(length);
                    let digits = size.as_bytes();
                    used = digits.len().saturating_add(LINE_END.len());
                    move_down(space, CHUNK_SIZE_LINE, used, length);
                    put(space, 0, digits);
                    put(space, digits.len(), LINE_END);
                    used = used.saturating_add(length);
                    put(space, used, LINE_END);
                    used = used.saturating_add(LINE_END.len());
                }
                if last {
                    put(space, used, LAST_CHUNK);
                    used = used.saturating_add(LAST_CHUNK.len());
                }
                used
            }
        }
    }

    /// Whether content is still owed that must come, or the answer is cut short.
    #[must_use]
    pub fn owes_content(&self) -> bool {
        matches!(self, Self::Sized(left) if *left > 0)
    }
}

fn put(space: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(space) = space.get_mut(at..at.saturating_add(bytes.len())) {
        space.copy_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests;
