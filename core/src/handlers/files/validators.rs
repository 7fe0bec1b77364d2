//! What tells one version of a file from another.

use core::time::Duration;
use std::fs::Metadata;
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
        let mut version = Self { modified: *modified, tag: [0; LONGEST], length: 0 };
        version.put_number(*length);
        version.put(b"-");
        version.put_number(nanoseconds);
        version.put(b"-");
        version.put_number(*inode);
        if !coding.is_empty() {
            version.put(b"-");
            version.put(coding.as_bytes());
        }
        version
    }

    /// Adds a number in hexadecimal digits. Not by `core::fmt`, which takes several times as long.
    fn put_number(&mut self, number: u64) {
        let mut digits = [0; 16];
        let mut rest = number;
        let mut start = digits.len();
        for (place, digit) in digits.iter_mut().enumerate().rev() {
            *digit = match (rest & 0xf) as u8 {
                value @ 0..=9 => b'0'.wrapping_add(value),
                value => b'a'.wrapping_sub(10).wrapping_add(value),
            };
            start = place;
            rest >>= 4;
            if rest == 0 {
                break;
            }
        }
        self.put(digits.get(start..).unwrap_or_default());
    }

    fn put(&mut self, bytes: &[u8]) {
        let end = self.length.saturating_add(bytes.len());
        if let Some(space) = self.tag.get_mut(self.length..end) {
            space.copy_from_slice(bytes);
            self.length = end;
        }
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
