//! Content in gzip (RFC 1952) where there is neither a compressor nor memory for one: DEFLATE has blocks that store bytes
//! as they are (RFC 1951 §3.2.4).
//!
//! ```text
//! head 10 │ more? 1, length 2, ~length 2 │ 65,535 bytes │ last 1, length 2, ~length 2 │ the rest │ CRC-32 4 │ length 4
//! ```

use core::fmt::{self, Write};

use bantam_core::handlers::representation::{Representation, Selection};
use bantam_core::prelude::*;

use crate::describe::{Shape, write};
use crate::window::Window;
use crate::{App, Streams};

/// Most bytes that a block stores.
const BLOCK: u64 = 65_535;

/// Deflated, without name or time, by an unknown system (RFC 1952 §2.3).
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// `/gzip`: some of the request, always in this coding. What is told is of this very request, so that it has no
/// validator and no parts.
pub(crate) fn described(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    const JSON: &str = "application/json";
    let representation = Representation { etag: None, modified: None, length: None, content_type: JSON };
    if let Selection::Answered = representation.select(request, response) {
        return Ok(());
    }
    let mut plain = Plain::default();
    write(Shape::Gzipped, false, request, &[], &mut plain)
        .map_err(|fmt::Error| Status::INTERNAL_SERVER_ERROR)?;
    let length = plain.member_length();
    response.field("Content-Encoding", "gzip");
    response.stream(JSON, Some(length), Streams::Gzipped(Gzipped { plain, at: 0 }))
}

/// A description in gzip under way.
#[derive(Debug)]
pub struct Gzipped {
    plain: Plain,
    /// Bytes of the member that were given.
    at: u64,
}

impl Gzipped {
    pub(crate) fn pull(&mut self, pull: &mut Pull<'_>) -> Pulled {
        let Some(request) = pull.request() else { return Pulled::Failed };
        let mut window = Window::new(self.at, pull.space());
        let outcome =
            self.plain.write_member(&mut window, |out| write(Shape::Gzipped, false, &request, &[], out));
        let written = window.written();
        self.at = self.at.saturating_add(written as u64);
        match outcome {
            Ok(()) => Pulled::Last(written),
            Err(fmt::Error) => Pulled::Bytes(written),
        }
    }
}

/// What must be known of a text before it is written into a member, and behind it.
#[derive(Clone, Copy, Debug, Default)]
struct Plain {
    length: u64,
    /// The checksum's complement (RFC 1952 §8).
    register: Register,
}

#[derive(Clone, Copy, Debug)]
struct Register(u32);

impl Default for Register {
    fn default() -> Self {
        Self(!0)
    }
}

impl Write for Plain {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.length = self.length.saturating_add(text.len() as u64);
        self.register.add(text.as_bytes());
        Ok(())
    }
}

impl Plain {
    /// Bytes of the member: around 18 of its own and 5 of each block. No text still has an empty one.
    fn member_length(&self) -> u64 {
        let blocks = self.length.div_ceil(BLOCK).max(1);
        self.length.saturating_add(blocks.saturating_mul(5)).saturating_add(HEAD.len() as u64 + 8)
    }

    /// Writes the member with the text that `write` gives, which is the one that was counted. Only what the window shows
    /// is kept.
    fn write_member(
        &self,
        out: &mut Window<'_>,
        write: impl FnOnce(&mut dyn Write) -> fmt::Result,
    ) -> fmt::Result {
        out.put(&HEAD)?;
        let mut stored = Stored { out, left: self.length, block: 0 };
        if self.length == 0 {
            stored.begin_block()?;
        }
        write(&mut stored)?;
        out.put(&(!self.register.0).to_le_bytes())?;
        let [b0, b1, b2, b3, ..] = self.length.to_le_bytes(); // modulo 2^32
        out.put(&[b0, b1, b2, b3])
    }
}

/// Text in stored blocks, each as long as it may be.
struct Stored<'o, 's> {
    out: &'o mut Window<'s>,
    /// Bytes that have not been announced yet.
    left: u64,
    /// Bytes that the block at hand still takes.
    block: usize,
}

impl Stored<'_, '_> {
    fn begin_block(&mut self) -> fmt::Result {
        let length = u16::try_from(self.left.min(BLOCK)).unwrap_or(u16::MAX);
        self.left = self.left.saturating_sub(u64::from(length));
        self.block = usize::from(length);
        let [low, high] = length.to_le_bytes();
        self.out.put(&[u8::from(self.left == 0), low, high, !low, !high])
    }
}

impl Write for Stored<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            if self.block == 0 {
                self.begin_block()?;
            }
            // More than was announced is not written.
            let (piece, behind) = rest.split_at_checked(self.block.min(rest.len())).ok_or(fmt::Error)?;
            if piece.is_empty() {
                return Err(fmt::Error);
            }
            self.out.put(piece)?;
            self.block = self.block.saturating_sub(piece.len());
            rest = behind;
        }
        Ok(())
    }
}

impl Register {
    /// Half a byte at a time, which makes do with sixteen words of table.
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            for half in [u32::from(*byte), u32::from(*byte >> 4)] {
                let index = ((self.0 ^ half) & 15) as usize;
                self.0 = TABLE.get(index).copied().unwrap_or_default() ^ (self.0 >> 4);
            }
        }
    }
}

/// What half a byte does to the register: the polynomial of RFC 1952 §8, its lowest power first.
static TABLE: [u32; 16] = {
    let mut table = [0; 16];
    let mut half = 0;
    while half < 16 {
        let mut register = half as u32;
        let mut bit = 0;
        while bit < 4 {
            register = if register & 1 == 1 { 0xedb8_8320 ^ (register >> 1) } else { register >> 1 };
            bit += 1;
        }
        table[half] = register;
        half += 1;
    }
    table
};

#[cfg(test)]
mod tests;
