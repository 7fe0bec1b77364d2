//! Which few routes of a table a path is compared with. Each route stands on a shelf, and the table has them in the order
//! of shelves: a path, and its first segment, tell by a few of their bytes on which shelf their routes stand.
//!
//! ```text
//! routes:  | /json  /gzip | /echo |  …  | /users/:id  /users/:id/posts |  …  | /:any  /*rest |
//! shelves: 0              1       2  …  | by the first segment            …  | OPEN          | SHELVES
//!          by the whole path
//! ```

use super::pattern::Pieces;

/// Shelves of patterns without parameters.
const STATIC: usize = 32;
/// Shelves of patterns with parameters behind their first segment.
const FIRST: usize = 16;
/// The shelf of those that begin with a parameter or a wildcard.
pub(crate) const OPEN: usize = STATIC + FIRST;
const SHELVES: usize = OPEN + 1;

/// Where each shelf starts in the table, and behind them where the last one ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shelves {
    starts: [u16; SHELVES + 1],
}

/// The shelf of the static patterns that may be `path`.
pub(crate) fn of_path(path: &[u8]) -> usize {
    let byte = |at: usize| path.get(at).copied().unwrap_or_default();
    of_whole(path.len(), byte(path.len() / 2), byte(path.len().wrapping_sub(1)))
}

/// The shelf of the other patterns that may begin with `segment`.
pub(crate) fn of_segment(segment: &[u8]) -> usize {
    of_first(segment.len(), segment.first().copied().unwrap_or_default())
}

/// The factors spread paths of real applications well.
const fn of_whole(length: usize, middle: u8, last: u8) -> usize {
    length.wrapping_mul(3).wrapping_add(middle as usize).wrapping_sub(last as usize) % STATIC
}

const fn of_first(length: usize, first: u8) -> usize {
    STATIC.wrapping_add(length.wrapping_mul(4).wrapping_add(first as usize) % FIRST)
}

impl Shelves {
    /// From where to where a shelf reaches.
    pub(crate) fn range(&self, shelf: usize) -> core::ops::Range<usize> {
        let start = |shelf: usize| self.starts.get(shelf).copied().map_or(0, usize::from);
        start(shelf)..start(shelf.wrapping_add(1))
    }
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
impl Shelves {
    pub(crate) const EMPTY: Self = Self { starts: [0; SHELVES + 1] };

    /// Notes a route on this shelf.
    pub(crate) const fn add(&mut self, shelf: usize) {
        let mut behind = shelf + 1;
        while behind <= SHELVES {
            self.starts[behind] += 1;
            behind += 1;
        }
    }
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
impl Pieces {
    /// The shelf that this pattern stands on.
    pub(crate) const fn shelf(&self) -> usize {
        let length = self.len();
        if self.is_static() {
            return of_whole(length, self.byte(length / 2), self.byte(length - 1));
        }
        let segment = self.end_of_segment(1) - 1;
        match self.byte(1) {
            b':' | b'*' => OPEN,
            _ if segment == 0 => of_first(0, 0),
            first => of_first(segment, first),
        }
    }
}

#[cfg(test)]
mod tests;
