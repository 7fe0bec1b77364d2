//! Content that a connection pulls: a file, read by position, or a page that was made in memory.

use alloc::boxed::Box;
use alloc::vec::Vec;
use std::fs::File;
use std::io;

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
        file: File,
        position: u64,
        end: u64,
    },
    Memory {
        bytes: Box<[u8]>,
        position: usize,
    },
    /// Several ranges of a file. They take more room than a connection keeps inline, and are seldom asked for.
    Parts(Box<(File, Multipart<Box<str>>)>),
}

const _: () = assert!(size_of::<FileStream>() <= 48, "a connection keeps it inline");

impl FileStream {
    /// `length` bytes of `file`, from the byte `start` on.
    pub(super) fn file(file: File, start: u64, length: u64) -> Self {
        Self(Content::File { file, position: start, end: start.saturating_add(length) })
    }

    pub(super) fn parts(file: File, parts: Multipart<Box<str>>) -> Self {
        Self(Content::Parts(Box::new((file, parts))))
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
                let (file, parts) = &mut **parts;
                return parts.pull(space, |position, space| read_at(file, space, position).ok());
            }
            Content::File { file, position, end } => {
                let left = usize::try_from(end.saturating_sub(*position)).unwrap_or(usize::MAX);
                let room = space.len().min(left);
                let space = space.get_mut(..room).unwrap_or_default();
                match read_at(file, space, *position) {
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
}

/// It takes no content.
impl<A> Sink<A> for FileStream {}

/// Fills `space` with what `file` has from the byte `start` on; false when that cannot be done.
pub(super) fn fill(file: &File, space: &mut [u8], start: u64) -> bool {
    let mut filled = 0;
    while let Some(rest) = space.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read_at(file, rest, start.saturating_add(filled as u64)) {
            Ok(0) | Err(_) => return false,
            Ok(length) => filled = filled.saturating_add(length),
        }
    }
    true
}

/// Reads what can be read at `position`, nothing behind the end of the file.
fn read_at(file: &File, space: &mut [u8], position: u64) -> io::Result<usize> {
    loop {
        #[cfg(unix)]
        let result = std::os::unix::fs::FileExt::read_at(file, space, position);
        #[cfg(windows)]
        let result = std::os::windows::fs::FileExt::seek_read(file, space, position);
        match result {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
