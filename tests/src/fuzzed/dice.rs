//! Chance that an input brings along: cuts and steps are drawn from a hash of its bytes. So the same input always
//! takes the same way, and a corpus file holds nothing but the message.

use crate::simulation::random::{Random, hash};

/// A generator of numbers, the same for the same bytes.
#[derive(Clone, Debug)]
pub struct Dice(Random);

impl Dice {
    /// The dice of this input.
    #[must_use]
    pub fn of(data: &[u8]) -> Self {
        Self(Random::new(hash(data)))
    }

    /// A number below `bound`, which is at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    /// `data` in pieces, none of them empty: mostly of a few bytes, some long.
    pub fn pieces<'d>(&mut self, data: &'d [u8]) -> Vec<&'d [u8]> {
        let mut rest = data;
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let longest = if self.below(4) == 0 { rest.len() } else { rest.len().min(9) };
            let (piece, behind) = rest.split_at(1 + self.below(longest));
            pieces.push(piece);
            rest = behind;
        }
        pieces
    }
}

/// Every way in which an input is delivered: whole, byte by byte, and in pieces drawn from it.
#[must_use]
pub fn deliveries(data: &[u8]) -> [(&'static str, Vec<&[u8]>); 3] {
    let whole = if data.is_empty() { Vec::new() } else { vec![data] };
    let drawn = Dice::of(data).pieces(data);
    [("whole", whole), ("byte by byte", data.chunks(1).collect()), ("in drawn pieces", drawn)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_delivery_is_the_input_and_the_same_each_time() {
        for data in [&b""[..], b"a", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
            for (how, pieces) in deliveries(data) {
                assert_eq!(pieces.concat(), data, "{how}");
                assert!(pieces.iter().all(|piece| !piece.is_empty()), "{how}");
            }
            assert_eq!(deliveries(data), deliveries(data));
        }
    }
}
