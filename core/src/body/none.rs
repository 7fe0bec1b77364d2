//! The reader of content for builds that take none: a request that announces any is refused before it is asked.

use super::decode::{BodyError, Decoded};
use crate::framing::BodyLength;
use crate::limits::Limits;

/// What a [`Decoder`](super::decode::Decoder) is when there is nothing to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader;

impl Reader {
    pub(crate) const fn new(_: BodyLength) -> Self {
        Self
    }

    pub(crate) const fn bound(&mut self, _: u64) {}

    pub(crate) const fn is_complete(&self) -> bool {
        true
    }

    pub(crate) const fn left(&self) -> Option<u64> {
        Some(0)
    }

    pub(crate) const fn received(&self) -> u64 {
        0
    }

    pub(crate) const fn discard(&mut self, _: u64) -> u64 {
        0
    }

    pub(crate) const fn decode(
        &mut self,
        _: &mut [u8],
        _: &mut Decoded,
        _: &Limits,
    ) -> Result<(), BodyError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
