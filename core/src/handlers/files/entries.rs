//! Reading a folder: what is served there, in the order in which it is listed.

use alloc::string::String;
use alloc::vec::Vec;
use std::fs::Metadata;

use super::fault::{self, Call};
use super::path::{RelativePath, is_hidden};
use super::root::{Directory, Root, Unopened};
use super::validators;

/// Most entries of one folder that are listed, which bounds what a listing costs; the page says when there are more.
const LISTED: usize = 10_000;

/// What a folder holds.
pub(super) struct Entries {
    /// Folders before files, each by name.
    pub(super) entries: Vec<Entry>,
    /// Whether there is more than is listed.
    pub(super) has_more: bool,
}

pub(super) struct Entry {
    /// As the file system has it, which need not be UTF-8.
    pub(super) name: Vec<u8>,
    /// Bytes of a regular file; `None` for a folder.
    pub(super) size: Option<u64>,
    /// In seconds since 1970.
    pub(super) modified: u64,
}

/// What a directory says of an entry, symbolic links not followed.
enum Seen {
    Served { size: Option<u64>, modified: u64 },
    Link,
    Other,
}

/// Reads `folder`, which is at `path`. Left out are hidden files where they are not served, links that lead outside
/// or nowhere, and all that is neither file nor folder: their links would be answered 404.
pub(super) fn read(
    root: &Root,
    folder: Directory,
    path: &mut RelativePath<'_>,
    has_hidden_files: bool,
) -> Result<Entries, Unopened> {
    let mut entries = Vec::new();
    let mut has_more = false;
    for_each(folder, &mut |name, seen| {
        if matches!(name, b"." | b"..") || (is_hidden(name) && !has_hidden_files) {
            return true;
        }
        let Some(mut child) = path.child(name) else { return true };
        let seen = match seen() {
            Seen::Link => root.metadata(&mut child).map_or(Seen::Other, |metadata| Seen::of(&metadata)),
            seen => seen,
        };
        let Seen::Served { size, modified } = seen else { return true };
        has_more = entries.len() >= LISTED;
        if !has_more {
            entries.push(Entry { name: name.to_vec(), size, modified });
        }
        !has_more
    })?;
    entries.sort_by_cached_key(|entry: &Entry| {
        let text = String::from_utf8_lossy(&entry.name).to_lowercase();
        (entry.size.is_some(), text, entry.name.clone())
    });
    Ok(Entries { entries, has_more })
}

impl Seen {
    fn of(metadata: &Metadata) -> Self {
        let modified = validators::modified(metadata).as_secs();
        match metadata.file_type() {
            kind if kind.is_symlink() => Self::Link,
            kind if kind.is_dir() => Self::Served { size: None, modified },
            kind if kind.is_file() => Self::Served { size: Some(metadata.len()), modified },
            _ => Self::Other,
        }
    }
}

/// Is given an entry's name and a look at it, and says whether it wants another.
type Visit<'v> = dyn FnMut(&[u8], &dyn Fn() -> Seen) -> bool + 'v;

/// Shows the entries of `folder` to `visit`, those for the folder itself and its parent among them.
#[cfg(unix)]
fn for_each(folder: Directory, visit: &mut Visit<'_>) -> Result<(), Unopened> {
    use rustix::fs::{AtFlags, Dir, FileType, statat};

    fault::before::<Unopened>(Call::Open)?;
    let mut folder = Dir::new(folder)?;
    while let Some(entry) = folder.read() {
        fault::before::<Unopened>(Call::Read)?;
        let entry = entry?;
        let folder = folder.fd()?;
        let look = || {
            let Ok(status) = statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) else {
                return Seen::Other;
            };
            let modified = u64::try_from(status.st_mtime).unwrap_or(0);
            match FileType::from_raw_mode(status.st_mode) {
                FileType::Symlink => Seen::Link,
                FileType::Directory => Seen::Served { size: None, modified },
                FileType::RegularFile => {
                    Seen::Served { size: Some(u64::try_from(status.st_size).unwrap_or(0)), modified }
                }
                _ => Seen::Other,
            }
        };
        if !visit(entry.file_name().to_bytes(), &look) {
            break;
        }
    }
    Ok(())
}

/// Shows the entries of `folder` to `visit`.
#[cfg(not(unix))]
fn for_each(folder: Directory, visit: &mut Visit<'_>) -> Result<(), Unopened> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let look = || entry.metadata().map_or(Seen::Other, |metadata| Seen::of(&metadata));
        if !visit(name.as_bytes(), &look) {
            break;
        }
    }
    Ok(())
}
