//! One gzip member (RFC 1952) of bytes at hand, the same whenever it is made.

use alloc::vec::Vec;

use crate::middleware::compress::{Coding, Flush};

/// Compresses as far as the coder goes: it is done once, and read often. `None` when the coder fails.
pub(super) fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut coder = Coding::gzip(9).coder();
    let mut member = Vec::new();
    let mut rest = bytes;
    let mut space = [0; 4_096];
    loop {
        let coded = coder.code(rest, &mut space, Flush::Finish).ok()?;
        member.extend_from_slice(space.get(..coded.produced).unwrap_or_default());
        rest = rest.get(coded.consumed..).unwrap_or_default();
        if coded.done {
            return Some(member);
        }
    }
}
