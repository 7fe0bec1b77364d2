//! Content that a connection pulls: a file, read by position, or a page that was made in memory.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::opened::Bytes;
use crate::body::file::FilePart;
use crate::body::sink::Sink;
use crate::body::source::{Pull, Pulled, Source};
use crate::handlers::multipart::Multipart;

/// A file that is being sent, or the listing of a folder. Applications with further streams make it a variant of
/// their own enum, from which [`Files::serve`](super::Files::serve) asks `From<FileStream>`.
#[derive(Debug)]
pub struct FileStream(Content);

#[derive(Debug)]
enum Content {
    File {
        bytes: Bytes,
        position: u64,
        end: u64,
    },
    Memory {
        bytes: Box<[u8]>,
        position: usize,
    },
    /// Several ranges of a file. They take more room than a connection keeps inline, and are seldom asked for.
    Parts(Box<(Bytes, Multipart<Box<str>>)>),
}

const _: () = assert!(size_of::<FileStream>() <= 48, "a connection keeps it inline");

impl FileStream {
    /// `length` bytes of a file, from the byte `start` on.
    pub(super) fn file(bytes: Bytes, start: u64, length: u64) -> Self {
        Self(Content::File { bytes, position: start, end: start.saturating_add(length) })
    }

    pub(super) fn parts(bytes: Bytes, parts: Multipart<Box<str>>) -> Self {
        Self(Content::Parts(Box::new((bytes, parts))))
    }

    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        Self(Content::Memory { bytes: bytes.into_boxed_slice(), position: 0 })
    }
}

impl<A> Source<A> for FileStream {
    fn reads_content(&self) -> bool {
        false
    }

    fn pull(&mut self, _: &A, pull: &mut Pull<'_>) -> Pulled {
        let space = pull.space();
        let (length, is_last) = match &mut self.0 {
            Content::Parts(parts) => {
                let (bytes, parts) = &mut **parts;
                return parts.pull(space, |position, space| bytes.read_at(space, position).ok());
            }
            Content::File { bytes, position, end } => {
                let left = usize::try_from(end.saturating_sub(*position)).unwrap_or(usize::MAX);
                let room = space.len().min(left);
                let space = space.get_mut(..room).unwrap_or_default();
                match bytes.read_at(space, *position) {
                    // The file has become shorter than was announced.
                    Ok(0) | Err(_) => return Pulled::Failed,
                    Ok(length) => {
                        *position = position.saturating_add(length as u64);
                        (length, position == end)
                    }
                }
            }
            Content::Memory { bytes, position } => {
                let left = bytes.get(*position..).unwrap_or_default();
                let length = left.len().min(space.len());
                if let (Some(to), Some(from)) = (space.get_mut(..length), left.get(..length)) {
                    to.copy_from_slice(from);
                }
                *position = position.saturating_add(length);
                (length, *position == bytes.len())
            }
        };
        if is_last { Pulled::Last(length) } else { Pulled::Bytes(length) }
    }

    fn file(&mut self) -> Option<FilePart<'_>> {
        match &mut self.0 {
            Content::File { bytes, position, end } => FilePart::new(bytes.file()?, 0, position, *end),
            Content::Parts(parts) => {
                let (bytes, parts) = &mut **parts;
                parts.file(bytes.file()?)
            }
            Content::Memory { .. } => None,
        }
    }
}

/// It takes no content.
impl<A> Sink<A> for FileStream {}
