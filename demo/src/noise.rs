//! Bytes that look random, every one of which can be computed by its place.

use bantam_core::prelude::*;

/// SplitMix64 (Steele, Lea and Flood, 2014), whose state is a counter: the word at any place costs the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    seed: u64,
}

impl Noise {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// Noise that differs from request to request. It is no secret: who knows the time knows the noise.
    pub(crate) fn of(request: &Request<'_>) -> Self {
        let (connection, number) = request.ordinal();
        let ordinal = Self::new(connection).word(u64::from(number));
        Self::new(request.now().as_micros() ^ ordinal)
    }

    pub(crate) const fn word(self, place: u64) -> u64 {
        let step = place.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut word = self.seed.wrapping_add(step);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// The bytes from `at` on.
    pub(crate) fn fill(self, mut at: u64, mut out: &mut [u8]) {
        while !out.is_empty() {
            let word = self.word(at >> 3).to_le_bytes();
            let bytes = word.get((at & 7) as usize..).unwrap_or_default();
            let length = bytes.len().min(out.len());
            let (front, rest) = out.split_at_mut(length);
            front.copy_from_slice(bytes.get(..length).unwrap_or_default());
            at = at.wrapping_add(length as u64);
            out = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Noise;

    #[test]
    fn the_words_are_those_of_splitmix() {
        // The first outputs of the reference implementation for the seed 1234567.
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!([0, 1, 2, 3, 4].map(|place| Noise::new(1_234_567).word(place)), expected);
    }

    #[test]
    fn every_part_is_cut_from_the_whole() {
        let noise = Noise::new(42);
        let mut whole = [0; 64];
        noise.fill(0, &mut whole);
        for start in 0..64_u8 {
            for end in start..=64 {
                let (from, to) = (usize::from(start), usize::from(end));
                let mut part = [0; 64];
                noise.fill(u64::from(start), &mut part[..to - from]);
                assert_eq!(part[..to - from], whole[from..to], "{start}..{end}");
            }
        }
        let mut last = [0; 9];
        noise.fill(u64::MAX - 4, &mut last); // places wrap around, and nothing breaks
        assert_eq!(last[5..], [whole[0], whole[1], whole[2], whole[3]]);
    }
}
