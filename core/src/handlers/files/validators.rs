//! What tells one version of a file from another.

use core::time::Duration;
use std::fs::Metadata;
use std::io::Write;
use std::time::UNIX_EPOCH;

use super::opened::Facts;
use crate::message::entity_tag::EntityTag;

/// Size, time of modification and inode: a file that differs in content differs in one of these, unless it was
/// changed in place, to the same size, within one tick of the file system's clock.
pub(super) struct Version {
    modified: Duration,
    tag: [u8; LONGEST],
    length: usize,
}

/// Three numbers of up to 16 hexadecimal digits, the name of a coding, and what separates them.
const LONGEST: usize = 56;

impl Version {
    /// Of a file in this coding, whose name tells its tag from that of the plain form even where both are one file.
    pub(super) fn of(facts: &Facts, coding: &str) -> Self {
        let Facts { length, modified, inode, .. } = facts;
        let nanoseconds =
            modified.as_secs().wrapping_mul(1_000_000_000).wrapping_add(modified.subsec_nanos().into());
        let mut tag = [0; LONGEST];
        let mut free = tag.as_mut_slice();
        let dash = if coding.is_empty() { "" } else { "-" };
        let written = write!(free, "{length:x}-{nanoseconds:x}-{inode:x}{dash}{coding}");
        let free = free.len();
        let length = if written.is_ok() { LONGEST.saturating_sub(free) } else { 0 };
        Self { modified: *modified, tag, length }
    }

    /// When the file was modified, in seconds since 1970.
    pub(super) fn modified(&self) -> u64 {
        self.modified.as_secs()
    }

    pub(super) fn entity_tag(&self) -> Option<EntityTag<'_>> {
        let tag = core::str::from_utf8(self.tag.get(..self.length)?).ok()?;
        EntityTag::strong(tag).filter(|tag| !tag.opaque().is_empty())
    }
}

/// When the file was modified, counted from 1970; before that, and where nobody knows, 1970.
pub(super) fn modified(metadata: &Metadata) -> Duration {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    modified.unwrap_or_default()
}
