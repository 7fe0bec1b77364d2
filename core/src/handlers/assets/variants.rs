//! The same content in other codings, and which of them a client is sent.

use super::{Tag, hash};
use crate::handler::Request;
use crate::message::content_coding::{self, Choice};

/// The content of an asset in a coding, compressed beforehand.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    coding: &'static str,
    bytes: &'static [u8],
    tag: Tag,
}

impl Variant {
    /// Content in this coding, named as in RFC 9110 §8.4.1: `gzip`, `br`, `zstd`. It has an entity tag of its own.
    #[must_use]
    pub const fn new(coding: &'static str, bytes: &'static [u8]) -> Self {
        Self::hashed(coding, bytes, hash(bytes))
    }

    /// The same where the [`hash`] of the coded bytes is known already.
    #[must_use]
    pub const fn hashed(coding: &'static str, bytes: &'static [u8], hash: u64) -> Self {
        Self { coding, bytes, tag: Tag::new(hash) }
    }

    /// The name of its coding.
    #[must_use]
    pub const fn coding(&self) -> &'static str {
        self.coding
    }

    /// Its coded content.
    #[must_use]
    pub const fn bytes(&self) -> &'static [u8] {
        self.bytes
    }

    pub(super) fn tag(&self) -> &Tag {
        &self.tag
    }
}

/// Variants of one asset. The choice among them is reached through a pointer that only [`Variants::new`] names, so that
/// a program without variants has no code for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variants {
    variants: &'static [Variant],
    choose: fn(&[Variant], &Request<'_>) -> Option<usize>,
}

/// Most variants of an asset that are offered.
const MOST: usize = 8;

impl Variants {
    pub(super) const fn new(variants: &'static [Variant]) -> Self {
        Self { variants, choose: choose_among }
    }

    /// The variant to send; `None` for the content as it is, also where the client wants neither (RFC 9110 §12.5.3
    /// lets a server send it nonetheless).
    pub(super) fn choose(&self, request: &Request<'_>) -> Option<&'static Variant> {
        self.variants.get((self.choose)(self.variants, request)?)
    }
}

fn choose_among(variants: &[Variant], request: &Request<'_>) -> Option<usize> {
    let mut offered = [""; MOST];
    offered.iter_mut().zip(variants).for_each(|(name, variant)| *name = variant.coding);
    let offered = offered.get(..variants.len().min(MOST)).unwrap_or_default();
    match content_coding::choose(request.field_values("Accept-Encoding"), offered) {
        Choice::Coded(place) => Some(place),
        Choice::Identity | Choice::Nothing => None,
    }
}
