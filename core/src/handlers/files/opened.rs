//! A file as it was opened: what is known of it, and where its bytes are. It is one answer's alone, or kept for others.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::time::Duration;
use std::fs::{File, Metadata};
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use super::fault::{self, Call};
use super::validators;

/// A regular file that can be sent.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) facts: Facts,
    pub(super) bytes: Bytes,
}

impl Opened {
    pub(super) fn new(file: File, metadata: &Metadata) -> Self {
        Self { facts: Facts::of(metadata), bytes: Bytes::File(file) }
    }
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) length: u64,
    /// When its content was changed, counted from 1970.
    pub(super) modified: Duration,
    /// Its number in its file system, where there is such a thing.
    pub(super) inode: u64,
    /// When anything about it was changed, its rights and names among them, in seconds and nanoseconds.
    changed: (i64, i64),
    /// How many names it has left: none when it was removed, or another was put in its place.
    names: u64,
}

impl Facts {
    pub(super) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Self {
            length: metadata.len(),
            modified: validators::modified(metadata),
            #[cfg(unix)]
            inode: metadata.ino(),
            #[cfg(not(unix))]
            inode: 0,
            #[cfg(unix)]
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            #[cfg(not(unix))]
            changed: (0, 0),
            #[cfg(unix)]
            names: metadata.nlink(),
            #[cfg(not(unix))]
            names: 1,
        }
    }

    /// Whether the file has rested since its last change, so that another change is sure to show in its times.
    fn has_rested(&self, now: SystemTime) -> bool {
        let (seconds, nanoseconds) = self.changed;
        let changed = match (u64::try_from(seconds), u32::try_from(nanoseconds)) {
            _ if !cfg!(unix) => self.modified,
            (Ok(seconds), Ok(nanoseconds @ ..1_000_000_000)) => Duration::new(seconds, nanoseconds),
            _ => return false,
        };
        let rested = now.duration_since(UNIX_EPOCH).ok().and_then(|now| now.checked_sub(changed));
        rested.is_some_and(|rested| rested >= COARSEST)
    }
}

/// The coarsest clock of a file system, which is that of FAT.
const COARSEST: Duration = Duration::from_secs(2);

/// Where the bytes of a file are.
#[derive(Debug)]
pub(super) enum Bytes {
    File(File),
    Kept(Arc<Kept>),
}

impl Bytes {
    /// The open file; `None` when its bytes are in memory.
    pub(super) fn file(&self) -> Option<&File> {
        match self {
            Self::File(file) => Some(file),
            Self::Kept(kept) => kept.content.is_none().then_some(&kept.file),
        }
    }

    /// Fills `space` with what there is from the byte `start` on; false when that cannot be done.
    pub(super) fn fill(&self, space: &mut [u8], start: u64) -> bool {
        let mut filled = 0;
        while let Some(rest) = space.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.read_at(rest, start.saturating_add(filled as u64)) {
                Ok(0) | Err(_) => return false,
                Ok(length) => filled = filled.saturating_add(length),
            }
        }
        true
    }

    /// Reads what can be read at `position`, nothing behind the end of the file.
    pub(super) fn read_at(&self, space: &mut [u8], position: u64) -> io::Result<usize> {
        match self {
            Self::File(file) => read_at(file, space, position),
            Self::Kept(kept) => match &kept.content {
                None => read_at(&kept.file, space, position),
                Some(content) => {
                    let start = usize::try_from(position).unwrap_or(usize::MAX);
                    let rest = content.get(start..).unwrap_or_default();
                    let length = rest.len().min(space.len());
                    if let (Some(to), Some(from)) = (space.get_mut(..length), rest.get(..length)) {
                        to.copy_from_slice(from);
                    }
                    Ok(length)
                }
            },
        }
    }
}

/// A file that answers more than one request.
#[derive(Debug)]
pub(super) struct Kept {
    facts: Facts,
    file: File,
    /// All its bytes, when they are few.
    content: Option<Box<[u8]>>,
}

impl Kept {
    /// Keeps an open file, with its bytes when there are no more than `few`; gives it back when they cannot be read, it is
    /// kept already, or was changed too short a time before `now` for that to be safe.
    pub(super) fn new(opened: Opened, few: u64, now: SystemTime) -> Result<Self, Opened> {
        if !opened.facts.has_rested(now) {
            return Err(opened);
        }
        let Opened { facts, bytes } = opened;
        let content = if facts.length <= few {
            let mut content = alloc::vec![0; facts.length as usize].into_boxed_slice();
            if !bytes.fill(&mut content, 0) {
                return Err(Opened { facts, bytes });
            }
            Some(content)
        } else {
            None
        };
        match bytes {
            Bytes::File(file) => Ok(Self { facts, file, content }),
            bytes @ Bytes::Kept(_) => Err(Opened { facts, bytes }),
        }
    }

    /// Whether the file is as it was when it was opened. It is asked itself, and not by its name, which costs a fraction
    /// of opening it.
    pub(super) fn is_unchanged(&self) -> bool {
        self.facts.names > 0 && self.file.metadata().is_ok_and(|metadata| Facts::of(&metadata) == self.facts)
    }
}

impl From<Arc<Kept>> for Opened {
    fn from(kept: Arc<Kept>) -> Self {
        Self { facts: kept.facts, bytes: Bytes::Kept(kept) }
    }
}

fn read_at(file: &File, space: &mut [u8], position: u64) -> io::Result<usize> {
    loop {
        fault::before::<io::Error>(Call::Read)?;
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
