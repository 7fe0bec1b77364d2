//! Content that client and server both can compute, so that every byte of it is compared.

/// What an answer has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// `Hello, World!`.
    Greeting,
    /// So many bytes of the noise with this seed, as the demo's `/bytes` has it.
    Noise {
        /// What it begins with.
        seed: u64,
        /// Bytes.
        length: usize,
    },
    /// So many letters, as the demo's `/range` has them.
    Letters {
        /// Bytes.
        length: usize,
    },
}

const GREETING: &[u8] = b"Hello, World!";

impl Content {
    /// How many bytes it has.
    pub const fn length(self) -> usize {
        match self {
            Self::Greeting => GREETING.len(),
            Self::Noise { length, .. } | Self::Letters { length } => length,
        }
    }

    /// The byte at this place; nothing behind the end.
    pub fn byte(self, at: usize) -> Option<u8> {
        if at >= self.length() {
            return None;
        }
        match self {
            Self::Greeting => GREETING.get(at).copied(),
            Self::Noise { seed, .. } => Some(word(seed, at as u64 / 8).to_le_bytes()[at % 8]),
            Self::Letters { .. } => Some(b'a' + (at % 26) as u8),
        }
    }

    /// All of it.
    pub fn bytes(self) -> Vec<u8> {
        (0..self.length()).filter_map(|at| self.byte(at)).collect()
    }

    /// The place of the first byte that is wrong, where `found` begins at `at`.
    pub fn differs(self, at: usize, found: &[u8]) -> Option<usize> {
        (at..).zip(found).find(|(place, byte)| self.byte(*place) != Some(**byte)).map(|(place, _)| place)
    }
}

/// Word `place` of a splitmix64 sequence.
pub const fn word(seed: u64, place: u64) -> u64 {
    let mut word = seed.wrapping_add(place.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Numbers that look random, and are the same for the same seed.
#[derive(Clone, Debug)]
pub struct Dice {
    seed: u64,
    thrown: u64,
}

impl Dice {
    /// Dice number `number` of a run with this seed.
    pub const fn new(seed: u64, number: u64) -> Self {
        Self { seed: word(seed, number), thrown: 0 }
    }

    /// A number below `end`.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.thrown += 1;
        word(self.seed, self.thrown) % end
    }

    /// Whether something happens that does so in so many of a hundred cases.
    pub const fn happens(&mut self, percent: u64) -> bool {
        percent > 0 && self.below(100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, word};

    #[test]
    fn the_words_are_those_of_splitmix() {
        // The first outputs of the reference implementation for the seed 1234567.
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!([0, 1, 2].map(|place| word(1_234_567, place)), expected);
    }

    #[test]
    fn every_flipped_bit_is_found_and_none_beside_it() {
        for content in
            [Content::Greeting, Content::Noise { seed: 7, length: 29 }, Content::Letters { length: 60 }]
        {
            let whole = content.bytes();
            assert_eq!((whole.len(), content.differs(0, &whole)), (content.length(), None), "{content:?}");
            for start in 0..whole.len() {
                assert_eq!(content.differs(start, &whole[start..]), None, "{content:?} from {start}");
                let mut part = whole[start..].to_vec();
                part[0] ^= 1;
                assert_eq!(content.differs(start, &part), Some(start), "{content:?} from {start}");
            }
            let longer = [&whole[..], b"x"].concat();
            assert_eq!(content.differs(0, &longer), Some(whole.len()), "{content:?} with a byte more");
        }
    }
}
