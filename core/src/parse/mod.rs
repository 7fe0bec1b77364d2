//! The request head, one grammar rule a file. Offsets are counted from the first byte of the receive buffer.

pub mod address;
pub mod field_line;
pub mod head;
pub mod host;
pub mod list;
pub mod proxy;
pub mod request_line;
pub mod target;

/// A stretch of the receive buffer, which holds at most 65,535 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u16,
    end: u16,
}

impl Span {
    pub(crate) const EMPTY: Self = Self { start: 0, end: 0 };

    /// The bytes from `start` to before `end` of a buffer of less than 2^16 bytes.
    #[must_use]
    #[inline]
    pub(crate) const fn new(start: usize, end: usize) -> Self {
        Self { start: start as u16, end: end as u16 }
    }

    /// Offset of the first byte.
    #[must_use]
    pub fn start(self) -> usize {
        usize::from(self.start)
    }

    /// Offset behind the last byte.
    #[must_use]
    pub fn end(self) -> usize {
        usize::from(self.end)
    }

    /// Whether nothing lies between the two.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// These bytes of `buffer`; empty when they lie outside it.
    #[must_use]
    pub fn of(self, buffer: &[u8]) -> &[u8] {
        buffer.get(self.start()..self.end()).unwrap_or_default()
    }

    /// These bytes of `buffer` as text; empty unless they are UTF-8. The parser lets only ASCII into the parts it
    /// hands out as text, field values excepted.
    #[must_use]
    pub fn str_of(self, buffer: &[u8]) -> &str {
        core::str::from_utf8(self.of(buffer)).unwrap_or_default()
    }
}
