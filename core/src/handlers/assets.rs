//! Files in the program's image: sent from where they are, with an entity tag made while compiling.

use super::representation::weigh;
use crate::handler::{Failure, Outcome, Request};
use crate::message::date::Date;
use crate::message::entity_tag::EntityTag;
use crate::message::precondition::{Validators, Verdict};
use crate::message::status::Status;
use crate::response::Response;

/// A file that is part of the program.
///
/// ```
/// use bantam_core::handlers::assets::Asset;
/// static LOGO: Asset = Asset::new("logo.svg", "image/svg+xml", b"<svg/>", 1_795_392_000);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    tag: [u8; 16],
    modified: u64,
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
        Self { name, content_type, bytes, tag: tag_of(bytes), modified }
    }

    /// Its name, by which [`find`] knows it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Answers with the asset, or 304 when the client has it (RFC 9110 §13).
    ///
    /// # Errors
    /// 412 when a precondition fails; 500 when the response has no room for the fields.
    pub fn serve<S>(&self, request: &Request<'_>, response: &mut Response<'_, S>) -> Outcome {
        let tag = core::str::from_utf8(&self.tag).unwrap_or_default();
        let Some(etag) = EntityTag::strong(tag) else { return Err(Status::INTERNAL_SERVER_ERROR.into()) };
        // Not in the future, where this clock is behind the editor's (RFC 9110 §8.8.2.1).
        let modified = request.date().map_or(self.modified, |now| self.modified.min(now.unix_seconds()));
        response.field_display("ETag", etag).field("Last-Modified", Date::from_unix(modified).as_str());
        response.field("Cache-Control", "no-cache");
        match weigh(request, &Validators::new(Some(etag), Some(modified))) {
            Verdict::Proceed => response.static_bytes(self.content_type, self.bytes),
            Verdict::NotModified => response.status(Status::NOT_MODIFIED).empty(),
            Verdict::PreconditionFailed => Err(Status::PRECONDITION_FAILED.into()),
        }
    }
}

/// The asset called `name`.
///
/// # Errors
/// 404 when there is none.
pub fn find<'a>(assets: &'a [Asset], name: &str) -> Result<&'a Asset, Failure> {
    assets.iter().find(|asset| asset.name == name).ok_or(Failure::new(Status::NOT_FOUND, ""))
}

/// Sixteen hexadecimal digits of FNV-1a: not for security, but any edit changes it.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
const fn tag_of(bytes: &[u8]) -> [u8; 16] {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    let mut tag = [0; 16];
    let mut digit = 0;
    while digit < 16 {
        tag[digit] = b"0123456789abcdef"[(hash >> (60 - 4 * digit) & 15) as usize];
        digit += 1;
    }
    tag
}
