//! Files in the program's image: sent from where they are, with an entity tag made while compiling.
//!
//! ```text
//! request ──folder──► asset ──variants──► plain, gzip, br … ──representation──► 200, 206, 304, 412, 416
//! ```
//! A single range is a part of the image, and is sent from there as well. A set of several is answered with the whole,
//! which RFC 9110 §14.2 allows: parts would take code that a device seldom needs. Assets that are all of one folder
//! are best put together by a build script, as [`Folder`] shows.

mod folder;
mod variants;

pub use self::folder::Folder;
pub use self::variants::Variant;
use self::variants::Variants;
use super::representation::{Representation, Selection};
use crate::handler::{Failure, Outcome, Request};
use crate::message::entity_tag::EntityTag;
use crate::message::status::Status;
use crate::response::Response;

/// A file that is part of the program.
///
/// ```
/// use bantam_core::handlers::assets::{Asset, Variant};
/// static LOGO: Asset = Asset::new("logo.svg", "image/svg+xml", b"<svg/>", 1_795_392_000);
///
/// const PLAIN: &[u8] = b"body { color: black; }";
/// # const GZIPPED: &[u8] = b"compressed while building";
/// static STYLE: Asset = Asset::undated("style.4f1c.css", "text/css; charset=utf-8", PLAIN)
///     .with_cache_control("public, max-age=31536000, immutable")
///     .with_variants(&[Variant::new("gzip", GZIPPED)]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    tag: Tag,
    modified: Option<u64>,
    cache_control: &'static str,
    variants: Option<Variants>,
}

impl Asset {
    /// An asset of this name and media type, last edited at `modified`, in seconds since 1970.
    #[must_use]
    pub const fn new(
        name: &'static str,
        content_type: &'static str,
        bytes: &'static [u8],
        modified: u64,
    ) -> Self {
        Self::undated(name, content_type, bytes).with_modified(modified)
    }

    /// The same without `Last-Modified`: what is sent depends on the content alone, so that two builds of it agree.
    #[must_use]
    pub const fn undated(name: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Self {
        Self::hashed(name, content_type, bytes, hash(bytes))
    }

    /// The same where [`hash`] is known already: the compiler takes long over many bytes.
    #[must_use]
    pub const fn hashed(
        name: &'static str,
        content_type: &'static str,
        bytes: &'static [u8],
        hash: u64,
    ) -> Self {
        let tag = Tag::new(hash);
        Self { name, content_type, bytes, tag, modified: None, cache_control: "no-cache", variants: None }
    }

    /// With `Last-Modified`, in seconds since 1970.
    #[must_use]
    pub const fn with_modified(mut self, modified: u64) -> Self {
        self.modified = Some(modified);
        self
    }

    /// The `Cache-Control` field (RFC 9111 §5.2); none when empty. It is `no-cache` unless said otherwise: caches may
    /// keep the asset, and ask each time whether it is still current.
    #[must_use]
    pub const fn with_cache_control(mut self, value: &'static str) -> Self {
        self.cache_control = value;
        self
    }

    /// The same content in other codings, best first, at most eight: what the client takes is sent (RFC 9110 §12.5.3),
    /// and every answer says that it depends on that.
    #[must_use]
    pub const fn with_variants(mut self, variants: &'static [Variant]) -> Self {
        self.variants = Some(Variants::new(variants));
        self
    }

    /// Its name, by which [`find`] and [`Folder::find`] know it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its media type.
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Its content, without a coding.
    #[must_use]
    pub const fn bytes(&self) -> &'static [u8] {
        self.bytes
    }

    /// Answers with the asset, with the part of it that is asked for, or with 304, 412 or 416 (RFC 9110 §13 and §14).
    ///
    /// # Errors
    /// 500 when the response has no room for the fields.
    pub fn serve<S>(&self, request: &Request<'_>, response: &mut Response<'_, S>) -> Outcome {
        let mut selected = (self.bytes, &self.tag, "");
        if let Some(variants) = &self.variants {
            if let Some(variant) = variants.choose(request) {
                selected = (variant.bytes(), variant.tag(), variant.coding());
            }
            response.vary("Accept-Encoding");
        }
        let (bytes, tag, coding) = selected;
        if !self.cache_control.is_empty() {
            response.field("Cache-Control", self.cache_control);
        }
        let representation = Representation {
            etag: tag.entity_tag(),
            modified: self.modified,
            length: Some(bytes.len() as u64),
            content_type: self.content_type,
        };
        let bytes = match representation.select(request, response) {
            Selection::Whole => bytes,
            Selection::Part(span) => span.of(bytes),
            Selection::Answered => {
                if self.variants.is_some() {
                    response.vary("Accept-Encoding"); // a 412 or 416 begins anew
                }
                return Ok(());
            }
        };
        if !coding.is_empty() {
            response.field("Content-Encoding", coding);
        }
        response.static_bytes(self.content_type, bytes)
    }
}

/// The asset called `name`, among assets in any order; see [`Folder::find`] for many.
///
/// # Errors
/// 404 when there is none.
pub fn find<'a>(assets: &'a [Asset], name: &str) -> Result<&'a Asset, Failure> {
    assets.iter().find(|asset| asset.name == name).ok_or(Failure::new(Status::NOT_FOUND, ""))
}

/// FNV-1a of these bytes: not for security, but any edit changes it.
#[must_use]
pub const fn hash(bytes: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut rest = bytes;
    while let Some((byte, behind)) = rest.split_first() {
        hash = (hash ^ *byte as u64).wrapping_mul(0x0000_0100_0000_01b3);
        rest = behind;
    }
    hash
}

/// A hash in hexadecimal digits, as an entity tag has it.
#[derive(Clone, Copy, Debug)]
struct Tag([u8; 16]);

impl Tag {
    #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
    const fn new(hash: u64) -> Self {
        let mut digits = [0; 16];
        let mut digit = 0;
        while digit < 16 {
            digits[digit] = b"0123456789abcdef"[(hash >> (60 - 4 * digit) & 15) as usize];
            digit += 1;
        }
        Self(digits)
    }

    fn entity_tag(&self) -> Option<EntityTag<'_>> {
        core::str::from_utf8(&self.0).ok().and_then(EntityTag::strong)
    }
}

#[cfg(test)]
mod tests;
