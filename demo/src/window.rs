//! Text that is longer than the space for it: it is written anew for each space, and only the part that fits there is
//! kept. That costs time where others would spend memory, and a device has more of that.

use core::fmt;

/// Counts the bytes of what is written.
#[derive(Debug, Default)]
pub(crate) struct Count(pub(crate) u64);

impl fmt::Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.saturating_add(text.len() as u64);
        Ok(())
    }
}

/// Keeps what stands behind the first `skip` bytes, as far as the space goes, and then refuses to be written to.
#[derive(Debug)]
pub(crate) struct Window<'s> {
    skip: u64,
    space: &'s mut [u8],
    written: usize,
}

impl<'s> Window<'s> {
    pub(crate) fn new(skip: u64, space: &'s mut [u8]) -> Self {
        Self { skip, space, written: 0 }
    }

    pub(crate) fn written(&self) -> usize {
        self.written
    }

    /// As `write_str`, for what is no text.
    pub(crate) fn put(&mut self, bytes: &[u8]) -> fmt::Result {
        let length = bytes.len() as u64;
        let skipped = self.skip.min(length);
        self.skip = self.skip.saturating_sub(skipped);
        let rest = usize::try_from(skipped).ok().and_then(|skipped| bytes.get(skipped..));
        let rest = rest.unwrap_or_default();
        let space = self.space.get_mut(self.written..).unwrap_or_default();
        let fits = rest.len().min(space.len());
        if let (Some(to), Some(from)) = (space.get_mut(..fits), rest.get(..fits)) {
            to.copy_from_slice(from);
        }
        self.written = self.written.saturating_add(fits);
        if fits < rest.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

impl fmt::Write for Window<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use core::fmt::Write as _;
    use std::string::String;
    use std::vec;

    use super::Window;

    #[test]
    fn every_window_shows_its_part() {
        let pieces = ["", "ab", "c", "", "d\u{e9}fgh", "ij"];
        let whole = pieces.concat();
        for skip in 0..=whole.len() {
            for length in 1..=whole.len() + 1 {
                let mut space = vec![b'-'; length];
                let mut window = Window::new(skip as u64, &mut space);
                let outcome = pieces.iter().try_for_each(|piece| window.write_str(piece));
                let written = window.written();
                let expected = &whole.as_bytes()[skip..whole.len().min(skip + length)];
                assert_eq!(&space[..written], expected, "{skip}, {length}");
                assert_eq!(outcome.is_err(), skip + length < whole.len(), "{skip}, {length}");
            }
        }
        assert_eq!(whole, String::from("abcd\u{e9}fghij"));
    }
}
