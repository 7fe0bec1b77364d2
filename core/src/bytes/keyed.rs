//! Numbers that only this server can tell beforehand: a keyed hash (SipHash-2-4) of what they are made for. Who sees
//! some of them, in request ids, learns neither the key nor the others.

use core::hash::Hasher;
#[expect(
    deprecated,
    reason = "the standard library's own maps have another; this one stays, and core has it"
)]
use core::hash::SipHasher;

/// What a number is made for: those made for one say nothing of those made for another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// The halves of a request's id.
    IdHigh,
    IdLow,
    /// What stands between the parts of multipart content.
    Boundary,
    /// The place of a client in a table.
    Client,
}

/// A hash of what is written into it, under the server's seed.
#[expect(deprecated, reason = "see above")]
pub(crate) struct Keyed(SipHasher);

impl Keyed {
    #[expect(deprecated, reason = "see above")]
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        Self(SipHasher::new_with_keys(seed, purpose as u64))
    }

    pub(crate) fn with(mut self, number: u64) -> Self {
        self.0.write(&number.to_le_bytes());
        self
    }

    pub(crate) fn with_bytes(mut self, bytes: &[u8]) -> Self {
        self.0.write(bytes);
        self
    }

    pub(crate) fn finish(self) -> u64 {
        self.0.finish()
    }
}
