//! A line in bounded memory, for logs that take one whole piece.

use core::fmt;

/// What stands at the end of a line that did not fit.
const MARK: &str = " [truncated]";

/// A line of at most `N` bytes; one that does not fit ends in ` [truncated]`, where `N` has room for that.
#[derive(Clone, Debug)]
pub struct Truncated<const N: usize> {
    bytes: [u8; N],
    length: usize,
    is_full: bool,
}

impl<const N: usize> Truncated<N> {
    /// An empty line.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; N], length: 0, is_full: false }
    }

    /// The line, without the line feed at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.bytes.get(..self.length).and_then(|bytes| core::str::from_utf8(bytes).ok());
        text.unwrap_or_default().trim_end_matches('\n')
    }

    /// Whether a part did not fit.
    #[must_use]
    pub const fn is_truncated(&self) -> bool {
        self.is_full
    }

    fn append(&mut self, text: &str) -> bool {
        let end = self.length.saturating_add(text.len());
        let Some(space) = self.bytes.get_mut(self.length..end) else { return false };
        space.copy_from_slice(text.as_bytes());
        self.length = end;
        true
    }

    /// Takes as much of `text` as there is room for, and then makes room for the mark, between characters.
    fn fill(&mut self, text: &str) {
        let room = N.saturating_sub(self.length);
        self.append(text.get(..text.floor_char_boundary(room)).unwrap_or_default());
        let kept = self.length.min(N.saturating_sub(MARK.len()));
        let whole = self.as_str();
        self.length = whole.floor_char_boundary(kept);
        if N > MARK.len() {
            self.append(MARK);
        }
    }
}

impl<const N: usize> Default for Truncated<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Write for Truncated<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // The line feed is for others; without room for it the line is whole all the same.
        if !self.is_full && text != "\n" && !self.append(text) {
            self.is_full = true;
            self.fill(text);
        }
        Ok(())
    }
}
