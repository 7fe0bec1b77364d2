//! Several ranges in one answer: `multipart/byteranges` (RFC 9110 §14.6), written piece by piece in constant memory.
//!
//! ```text
//!     --0123456789abcdef
//!     Content-Type: text/plain
//!     Content-Range: bytes 0-99/1000
//!
//!     … a hundred bytes …
//!     --0123456789abcdef          the next part, and so on
//!     --0123456789abcdef--
//! ```

#[cfg(feature = "std")]
use crate::body::file::FilePart;
use crate::body::source::Pulled;
use crate::bytes::keyed::{Keyed, Purpose};
use crate::bytes::number::Decimal;
use crate::handler::Request;
use crate::message::range::{Span, Spans};

/// The content of an answer with several parts, and how far it has been written. Its length is known beforehand, to the
/// byte.
#[derive(Clone, Copy, Debug)]
pub struct Multipart<T> {
    spans: Spans,
    /// The media type of the whole, with the boundary at its end.
    media_type: [u8; MEDIA_TYPE.len() + BOUNDARY],
    content_type: T,
    complete_length: u64,
    /// The part that is being written; behind the last one stands the closing line.
    part: usize,
    /// Whether it is the part's lines that are being written, or its bytes.
    is_in_lines: bool,
    /// Bytes of them that have been written.
    offset: u64,
}

const MEDIA_TYPE: &[u8] = b"multipart/byteranges; boundary=";
const BOUNDARY: usize = 16;

impl<T: AsRef<str>> Multipart<T> {
    /// These parts of a representation. Content of this media type may hold any line: the boundary is made from the
    /// server's seed and the request's place, so that who writes the content cannot put it there.
    pub(super) fn new(spans: Spans, content_type: T, complete_length: u64, request: &Request<'_>) -> Self {
        let mut media_type = [0; MEDIA_TYPE.len() + BOUNDARY];
        if let Some((start, boundary)) = media_type.split_at_mut_checked(MEDIA_TYPE.len()) {
            start.copy_from_slice(MEDIA_TYPE);
            boundary.copy_from_slice(&hex(boundary_of(request)));
        }
        Self { spans, media_type, content_type, complete_length, part: 0, is_in_lines: true, offset: 0 }
    }

    /// The same with the media type of the parts kept in another form, such as an owned one.
    pub fn map<U: AsRef<str>>(self, change: impl FnOnce(T) -> U) -> Multipart<U> {
        let Self { spans, media_type, content_type, complete_length, part, is_in_lines, offset } = self;
        let content_type = change(content_type);
        Multipart { spans, media_type, content_type, complete_length, part, is_in_lines, offset }
    }

    /// The media type of the answer.
    #[must_use]
    pub fn media_type(&self) -> &str {
        core::str::from_utf8(&self.media_type).unwrap_or_default()
    }

    /// Bytes of the whole content: all parts, with the lines around them.
    #[must_use]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> u64 {
        let spans = self.spans.as_slice();
        let bytes = spans.iter().fold(0_u64, |sum, span| sum.saturating_add(span.len()));
        (0..=spans.len()).fold(bytes, |sum, part| {
            let mut lines = Window { space: &mut [], skipped: usize::MAX, written: 0, seen: 0 };
            self.put_lines(part, &mut lines);
            sum.saturating_add(lines.seen as u64)
        })
    }

    /// Writes what comes next into `space`, as a source is asked to. `read` fills what it can of the space it is given
    /// with the representation's bytes from a place on, and says how many; none, or more than there is space, is a
    /// failure.
    pub fn pull(
        &mut self,
        space: &mut [u8],
        mut read: impl FnMut(u64, &mut [u8]) -> Option<usize>,
    ) -> Pulled {
        let mut filled = 0_usize;
        loop {
            let free = space.get_mut(filled..).unwrap_or_default();
            let span = self.spans.as_slice().get(self.part).copied();
            if self.is_in_lines {
                let skipped = usize::try_from(self.offset).unwrap_or(usize::MAX);
                let mut lines = Window { space: free, skipped, written: 0, seen: 0 };
                self.put_lines(self.part, &mut lines);
                let (written, seen) = (lines.written, lines.seen);
                filled = filled.saturating_add(written);
                self.offset = self.offset.saturating_add(written as u64);
                if self.offset < seen as u64 {
                    return Pulled::Bytes(filled);
                }
                if span.is_none() {
                    return Pulled::Last(filled);
                }
                (self.is_in_lines, self.offset) = (false, 0);
                continue;
            }
            let Some(span) = span else { return Pulled::Failed };
            let left = span.len().saturating_sub(self.offset);
            if left == 0 {
                self.part = self.part.saturating_add(1);
                (self.is_in_lines, self.offset) = (true, 0);
                continue;
            }
            let room = free.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if room == 0 {
                return Pulled::Bytes(filled);
            }
            let length = match read(
                span.start().saturating_add(self.offset),
                free.get_mut(..room).unwrap_or_default(),
            ) {
                Some(length) if (1..=room).contains(&length) => length,
                // What was written goes out first; the next call fails.
                _ if filled > 0 => return Pulled::Bytes(filled),
                _ => return Pulled::Failed,
            };
            filled = filled.saturating_add(length);
            self.offset = self.offset.saturating_add(length as u64);
        }
    }

    /// What is left of the part that is being written, as bytes of the file that it is a part of; `None` where lines come
    /// next.
    #[cfg(feature = "std")]
    pub(super) fn file<'f>(&'f mut self, file: &'f std::fs::File) -> Option<FilePart<'f>> {
        let span = self.spans.as_slice().get(self.part).filter(|_| !self.is_in_lines)?;
        FilePart::new(file, span.start(), &mut self.offset, span.len())
    }

    /// The lines before this part; behind the last part, the closing line.
    fn put_lines(&self, part: usize, lines: &mut Window<'_>) {
        lines.put(if part > 0 { b"\r\n--" } else { b"--" });
        lines.put(self.media_type.get(MEDIA_TYPE.len()..).unwrap_or_default());
        let Some(span) = self.spans.as_slice().get(part) else { return lines.put(b"--\r\n") };
        if !self.content_type.as_ref().is_empty() {
            lines.put(b"\r\nContent-Type: ");
            lines.put(self.content_type.as_ref().as_bytes());
        }
        lines.put(b"\r\nContent-Range: bytes ");
        lines.put(Decimal::new(span.start()).as_bytes());
        lines.put(b"-");
        lines.put(Decimal::new(span.last()).as_bytes());
        lines.put(b"/");
        lines.put(Decimal::new(self.complete_length).as_bytes());
        lines.put(b"\r\n\r\n");
    }

    /// The parts, in the order in which they are sent.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        self.spans.as_slice()
    }
}

/// Space for what lies behind the first `skipped` bytes of something.
struct Window<'s> {
    space: &'s mut [u8],
    skipped: usize,
    written: usize,
    /// All bytes that were put, written or not.
    seen: usize,
}

impl Window<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.seen = self.seen.saturating_add(bytes.len());
        let skipped = self.skipped.min(bytes.len());
        self.skipped = self.skipped.saturating_sub(skipped);
        let bytes = bytes.get(skipped..).unwrap_or_default();
        let free = self.space.get_mut(self.written..).unwrap_or_default();
        let length = bytes.len().min(free.len());
        if let (Some(to), Some(from)) = (free.get_mut(..length), bytes.get(..length)) {
            to.copy_from_slice(from);
            self.written = self.written.saturating_add(length);
        }
    }
}

/// A number that only this server can tell beforehand, when it was given a seed: another for every request.
fn boundary_of(request: &Request<'_>) -> u64 {
    let (connection, number) = request.ordinal();
    Keyed::new(request.seed(), Purpose::Boundary).with(connection).with(number.into()).finish()
}

fn hex(bits: u64) -> [u8; BOUNDARY] {
    let mut digits = [b'0'; BOUNDARY];
    for (digit, byte) in digits.chunks_exact_mut(2).zip(bits.to_be_bytes()) {
        for (digit, nibble) in digit.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = match nibble {
                0..=9 => b'0'.wrapping_add(nibble),
                _ => b'a'.wrapping_sub(10).wrapping_add(nibble),
            };
        }
    }
    digits
}

#[cfg(test)]
mod tests;
