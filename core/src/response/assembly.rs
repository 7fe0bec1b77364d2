//! How a response lies in the transmit buffer while it is built:
//!
//! ```text
//! | reserve: status line, framing | field lines … | CRLF | content … |          free |
//! ^ the head is put here last      ^ RESERVE       ^ fields_end      ^ body_end
//! ```
//! Fields may be added after the content was written, by middleware around the handler: the content then moves up.

use super::head::{Framing, put_head};
use crate::bytes::{move_down, move_up, scan};
use crate::message::status::Status;

/// Room for the longest status line and the framing fields: 46 + 38 + 28 bytes.
pub(crate) const RESERVE: usize = 112;

/// It did not fit; nothing was changed.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(super) struct Full;

/// Field lines and buffered content.
#[derive(Debug)]
pub(super) struct Assembly<'r> {
    space: &'r mut [u8],
    /// Where the fields end that an error answer keeps: those added before the handler ran.
    kept_end: usize,
    fields_end: usize,
    body_end: usize,
}

/// How many bytes of a response are where, for the connection that sends it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) start: usize,
    pub(crate) end: usize,
    #[cfg(feature = "middleware")]
    pub(crate) content: usize,
}

impl<'r> Assembly<'r> {
    /// Nothing yet, not even [room for the empty line](Assembly::make_room).
    pub(super) fn new(space: &'r mut [u8]) -> Self {
        Self { space, kept_end: RESERVE, fields_end: RESERVE, body_end: RESERVE }
    }

    /// Field lines, empty line and content.
    #[cfg(test)]
    pub(super) fn written(&self) -> std::vec::Vec<u8> {
        [&self.space[RESERVE..self.fields_end], b"\r\n", self.body()].concat()
    }

    /// The buffered content.
    pub(super) fn body(&self) -> &[u8] {
        self.space.get(self.body_start()..self.body_end).unwrap_or_default()
    }

    /// The field lines.
    #[cfg(feature = "std")]
    pub(super) fn lines(&self) -> &[u8] {
        self.space.get(RESERVE..self.fields_end).unwrap_or_default()
    }

    /// How much content would fit.
    #[cfg(feature = "std")]
    pub(super) fn room(&self) -> usize {
        self.space.len().saturating_sub(self.body_start())
    }

    pub(super) fn has_body(&self) -> bool {
        self.body_end > self.body_start()
    }

    pub(super) fn clear_body(&mut self) {
        self.body_end = self.body_start();
    }

    /// Appends content.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), Full> {
        let end = self.body_end.saturating_add(bytes.len());
        self.space.get_mut(self.body_end..end).ok_or(Full)?.copy_from_slice(bytes);
        self.body_end = end;
        Ok(())
    }

    /// What is free behind the content.
    pub(super) fn free(&mut self) -> &mut [u8] {
        self.space.get_mut(self.body_end..).unwrap_or_default()
    }

    /// Makes the first `length` bytes of [`Assembly::free`] content.
    pub(super) fn advance(&mut self, length: usize) {
        self.body_end = self.body_end.saturating_add(length).min(self.space.len());
    }

    /// Puts these parts behind the last field line, and moves the content up.
    pub(super) fn insert(&mut self, parts: &[&[u8]]) -> Result<(), Full> {
        let length = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
        let content = self.body_end.saturating_sub(self.body_start());
        if !move_up(self.space, self.body_start(), content, length) {
            return Err(Full);
        }
        let mut space = self.space.get_mut(self.fields_end..).unwrap_or_default();
        for part in parts {
            let Some((place, behind)) = space.split_at_mut_checked(part.len()) else { return Err(Full) };
            place.copy_from_slice(part);
            space = behind;
        }
        self.fields_end = self.fields_end.saturating_add(length);
        self.body_end = self.body_end.saturating_add(length);
        Ok(())
    }

    /// Where the next field line starts.
    pub(super) fn fields_end(&self) -> usize {
        self.fields_end
    }

    /// Takes back what was inserted from `fields_end` on.
    pub(super) fn take_back(&mut self, fields_end: usize) {
        self.remove(fields_end, self.fields_end.saturating_sub(fields_end));
    }

    /// Removes the first field line of this name; false when there is none.
    pub(super) fn remove_line(&mut self, name: &str) -> bool {
        let Some((start, length)) = self.find_line(name) else { return false };
        if start < self.kept_end {
            self.kept_end = self.kept_end.saturating_sub(length);
        }
        self.remove(start, length);
        true
    }

    fn remove(&mut self, start: usize, length: usize) {
        let behind = start.saturating_add(length);
        move_down(self.space, behind, start, self.body_end.saturating_sub(behind));
        self.fields_end = self.fields_end.saturating_sub(length);
        self.body_end = self.body_end.saturating_sub(length);
    }

    /// The value of the first field line of this name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values(name).next().and_then(|value| core::str::from_utf8(value).ok())
    }

    /// Whether there is a field line of this name.
    pub(super) fn has_line(&self, name: &str) -> bool {
        self.find_line(name).is_some()
    }

    /// The values of all field lines of this name.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let mut from = RESERVE;
        core::iter::from_fn(move || {
            let (start, length) = self.find_line_from(from, name)?;
            from = start.saturating_add(length);
            let line = self.space.get(start..from)?;
            line.get(name.len().saturating_add(2)..line.len().saturating_sub(2))
        })
    }

    /// Where the first field line of this name starts, and how long it is with its line end.
    fn find_line(&self, name: &str) -> Option<(usize, usize)> {
        self.find_line_from(RESERVE, name)
    }

    fn find_line_from(&self, mut start: usize, name: &str) -> Option<(usize, usize)> {
        while start < self.fields_end {
            let rest = self.space.get(start..self.fields_end)?;
            let length = line_length(rest)?;
            let (found, behind) = rest.split_at_checked(name.len())?;
            // A text with a colon is no name, though it may be a name and the beginning of a value.
            let is_name = behind.first() == Some(&b':') && !found.contains(&b':');
            if is_name && found.eq_ignore_ascii_case(name.as_bytes()) {
                return Some((start, length));
            }
            start = start.saturating_add(length);
        }
        None
    }

    /// From here on [`Assembly::fall_back`] keeps the fields that are there.
    pub(super) fn keep_fields(&mut self) {
        self.kept_end = self.fields_end;
    }

    /// Throws away the content, and all fields but those kept.
    pub(super) fn fall_back(&mut self) {
        self.fields_end = self.kept_end.min(self.space.len().saturating_sub(2));
        // It fitted before, when more stood in front of it.
        let _ = self.make_room();
    }

    /// Puts the status line and the framing fields before the field lines and the empty line behind them, and says where
    /// the response lies.
    pub(super) fn finish(self, status: Status, framing: Framing, with_content: bool) -> Part {
        let body_start = self.body_start();
        if let Some([cr, lf]) = self.space.get_mut(self.fields_end..body_start) {
            (*cr, *lf) = (b'\r', b'\n');
        }
        let reserve = self.space.get_mut(..RESERVE).unwrap_or_default();
        let start = RESERVE.saturating_sub(put_head(reserve, status, framing));
        let end = if with_content { self.body_end } else { body_start };
        Part {
            start,
            end,
            #[cfg(feature = "middleware")]
            content: end.saturating_sub(body_start),
        }
    }

    /// Behind the field lines and the empty line, which is put there when nothing moves any more.
    fn body_start(&self) -> usize {
        self.fields_end.saturating_add(2)
    }

    /// Leaves room for the empty line behind the field lines, and no content.
    pub(super) fn make_room(&mut self) -> Result<(), Full> {
        self.body_end = self.body_start();
        if self.body_end <= self.space.len() { Ok(()) } else { Err(Full) }
    }
}

/// How long the first line is, with its end. In field lines that is the only CRLF, and HTAB the only other control byte.
fn line_length(lines: &[u8]) -> Option<usize> {
    let mut rest = lines;
    loop {
        rest = match scan::from_control(rest) {
            [b'\r', b'\n', behind @ ..] => return lines.len().checked_sub(behind.len()),
            [_, behind @ ..] => behind,
            [] => return None,
        };
    }
}
