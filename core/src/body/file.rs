//! Content that lies in a file, which a transport can have sent by the kernel instead of moving the bytes itself.

use std::fs::File;

/// The next bytes of content as bytes of a file; given by [`Source::file`](super::source::Source::file).
///
/// The bytes from `base + offset` up to `base + end` of the file are what comes next, and whoever sends some of them
/// moves the offset on.
#[derive(Debug)]
pub struct FilePart<'f> {
    file: &'f File,
    base: u64,
    offset: &'f mut u64,
    end: u64,
}

impl<'f> FilePart<'f> {
    /// The bytes of `file` from `base + offset` up to `base + end`; `None` when there are none. The source keeps the
    /// offset, and finds it moved on when it is asked again.
    #[must_use]
    pub fn new(file: &'f File, base: u64, offset: &'f mut u64, end: u64) -> Option<Self> {
        let is_there = *offset < end && base.checked_add(end).is_some();
        is_there.then_some(Self { file, base, offset, end })
    }

    /// The file. It stays open for as long as the source lives.
    #[must_use]
    pub fn file(&self) -> &'f File {
        self.file
    }

    /// Where the bytes begin in the file.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.base.saturating_add(*self.offset)
    }

    /// How many bytes there are, never none. The file may have become shorter.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.end.saturating_sub(*self.offset)
    }

    /// No more than `most` of the bytes; `None` when that is none.
    pub(crate) fn up_to(self, most: u64) -> Option<Self> {
        let end = self.end.min(self.offset.saturating_add(most));
        Self::new(self.file, self.base, self.offset, end)
    }

    /// The first `length` bytes have been sent; says how many there were at most.
    pub(crate) fn advance(self, length: u64) -> u64 {
        let length = length.min(self.length());
        *self.offset = self.offset.saturating_add(length);
        length
    }
}

#[cfg(test)]
mod tests;
