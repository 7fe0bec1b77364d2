//! The input, cut into the pieces that a connection receives.

use core::str::FromStr;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read};

/// Into which pieces the bytes are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Split {
    /// Of this many bytes.
    Every(usize),
    /// Of 1 to 32 bytes, by a random sequence that this seed begins.
    Random(u64),
}

impl FromStr for Split {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let split = match text.strip_prefix("random:") {
            Some(seed) => seed.parse().ok().map(Self::Random),
            None => text.parse().ok().filter(|&length| length > 0).map(Self::Every),
        };
        split.ok_or_else(|| "a number of bytes or random:SEED is wanted".to_owned())
    }
}

impl Split {
    /// The length of the next piece.
    fn next(&mut self) -> usize {
        match self {
            Self::Every(length) => *length,
            Self::Random(state) => {
                // SplitMix64: any seed will do.
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                usize::try_from((mixed ^ (mixed >> 27)) >> 59).unwrap_or(0) + 1
            }
        }
    }
}

/// Reads an input piece by piece.
#[derive(Debug)]
pub(super) struct Pieces<R> {
    input: BufReader<R>,
    split: Option<Split>,
    /// Whether the input has ended; a terminal would give more.
    has_ended: bool,
}

impl<R: Read> Pieces<R> {
    /// Bytes that are read at a time.
    const BUFFER: usize = 32_768;

    pub(super) fn new(input: R, split: Option<Split>) -> Self {
        Self { input: BufReader::with_capacity(Self::BUFFER, input), split, has_ended: false }
    }

    /// Whether the next piece may have to be waited for.
    pub(super) fn may_wait(&self) -> bool {
        // A length that is asked for may be more than there is.
        !self.has_ended && self.input.buffer().len() < self.split.map_or(1, |mut split| split.next())
    }

    /// Reads the next piece into `space` and returns its length, which is 0 at the end of the input. A piece has the
    /// length that is asked for, as far as there are space and input; without one it is what there is.
    pub(super) fn next(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let Some(split) = &mut self.split else { return self.read(space) };
        let wanted = split.next().min(space.len());
        let mut length = 0;
        while length < wanted {
            match self.read(&mut space[length..wanted])? {
                0 => break,
                read => length += read,
            }
        }
        Ok(length)
    }

    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        while !self.has_ended {
            match self.input.fill_buf() {
                Ok([]) => self.has_ended = true,
                Ok(buffer) => {
                    let length = buffer.len().min(space.len());
                    space[..length].copy_from_slice(&buffer[..length]);
                    self.input.consume(length);
                    return Ok(length);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_read() {
        assert_eq!("7".parse(), Ok(Split::Every(7)));
        assert_eq!("random:7".parse(), Ok(Split::Random(7)));
        for text in ["", "0", "-1", "x", "random", "random:", "random:x"] {
            assert!(text.parse::<Split>().is_err(), "{text}");
        }
    }

    #[test]
    fn random_pieces_have_1_to_32_bytes() {
        let mut split = Split::Random(0);
        let lengths: Vec<usize> = (0..1_000).map(|_| split.next()).collect();
        assert!(lengths.iter().all(|length| (1..=32).contains(length)));
        assert!(lengths.contains(&1) && lengths.contains(&32));
    }

    /// Gives at most three bytes at a time, and is interrupted before each.
    struct Drip<'b>(&'b [u8], bool);

    impl Read for Drip<'_> {
        fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(ErrorKind::Interrupted.into());
            }
            let length = self.0.len().min(space.len()).min(3);
            self.0.read(&mut space[..length])
        }
    }

    #[test]
    fn pieces_have_the_length_that_is_asked_for_however_the_input_comes() {
        for (split, lengths) in [
            (None, &[3, 3, 2, 0][..]),
            (Some(Split::Every(1)), &[1, 1, 1, 1, 1, 1, 1, 1, 0]),
            (Some(Split::Every(5)), &[5, 3, 0]),
            (Some(Split::Every(100)), &[6, 2, 0]),
        ] {
            let mut pieces = Pieces::new(Drip(b"12345678", false), split);
            let mut space = [0; 6];
            for &length in lengths {
                assert_eq!(pieces.next(&mut space).ok(), Some(length), "{split:?}");
            }
        }
    }
}
