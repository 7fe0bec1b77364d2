//! Requests, each with the content that its answer has to hold.

use crate::noise::{Content, Dice};

/// A request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Its bytes, content and all.
    pub bytes: Vec<u8>,
    /// What comes of it.
    pub content: Content,
}

/// Most content of an upload: it fits into rings and buffers on its way there and back, so that a client may send all
/// of it before it reads.
const UPLOAD: u64 = 200_000;

impl Ask {
    /// Any request; the last one of a connection says so.
    pub fn any(dice: &mut Dice, is_last: bool) -> Self {
        match dice.below(6) {
            0 | 1 => Self::get("/plaintext", Content::Greeting, is_last),
            2 => {
                let length = length(dice).max(1);
                Self::get(&format!("/range/{length}"), Content::Letters { length }, is_last)
            }
            3 => Self::download(dice, 1 << 19, is_last),
            4 => Self::streamed(dice, is_last),
            _ => {
                let is_chunked = dice.happens(50);
                Self::upload(dice, is_chunked, is_last)
            }
        }
    }

    /// Little enough that several can be sent before anything is read.
    pub fn small(dice: &mut Dice) -> Self {
        match dice.below(3) {
            0 => Self::get("/plaintext", Content::Greeting, false),
            1 => Self::download(dice, 1 << 16, false),
            _ => Self::streamed(dice, false),
        }
    }

    /// Up to so many bytes, announced.
    pub fn download(dice: &mut Dice, most: u64, is_last: bool) -> Self {
        let (seed, length) = (dice.below(1 << 32), (dice.below(most) + 1) as usize);
        Self::get(&format!("/bytes/{length}?seed={seed}"), Content::Noise { seed, length }, is_last)
    }

    /// The same in chunks.
    pub fn streamed(dice: &mut Dice, is_last: bool) -> Self {
        let (seed, length, chunk) = (dice.below(1 << 32), length(dice), dice.below(20_000) + 1);
        let target = format!("/stream-bytes/{length}?seed={seed}&chunk_size={chunk}");
        Self::get(&target, Content::Noise { seed, length }, is_last)
    }

    /// Content that comes back.
    pub fn upload(dice: &mut Dice, is_chunked: bool, is_last: bool) -> Self {
        let (seed, length) = (dice.below(1 << 32), dice.below(UPLOAD) as usize);
        let content = Content::Noise { seed, length };
        let mut bytes = head("POST", "/", is_last);
        if !is_chunked {
            bytes.extend(format!("Content-Length: {length}\r\n\r\n").as_bytes());
            bytes.extend(content.bytes());
            return Self { bytes, content };
        }
        bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
        let whole = content.bytes();
        let mut rest = &whole[..];
        while !rest.is_empty() {
            let (chunk, others) = rest.split_at((dice.below(9_000) as usize + 1).min(rest.len()));
            bytes.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
            rest = others;
        }
        bytes.extend(b"0\r\n\r\n");
        Self { bytes, content }
    }

    /// No content to send.
    pub fn get(target: &str, content: Content, is_last: bool) -> Self {
        let mut bytes = head("GET", target, is_last);
        bytes.extend(b"\r\n");
        Self { bytes, content }
    }
}

fn head(method: &str, target: &str, is_last: bool) -> Vec<u8> {
    let option = if is_last { "Connection: close\r\n" } else { "" };
    format!("{method} {target} HTTP/1.1\r\nHost: soak\r\n{option}").into_bytes()
}

/// Mostly small, sometimes more than all buffers on the way.
fn length(dice: &mut Dice) -> usize {
    let most = [2_000, 2_000, 2_000, 65_536, 65_536, 600_000][dice.below(6) as usize];
    dice.below(most) as usize
}
