//! Opening beneath the root, and nowhere else.
//!
//! Linux resolves the path itself and refuses each step that leaves the root, symbolic links included (`openat2` with
//! `RESOLVE_BENEATH`), so nothing that changes meanwhile can lead outside. Where there is no such call, or a sandbox
//! forbids it, the path is resolved first and then compared with the root's: someone who can change the folder could
//! win a race there, someone who can only send requests cannot.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

#[cfg(target_os = "linux")]
use rustix::fs::ResolveFlags;
#[cfg(unix)]
use rustix::fs::{Mode, OFlags};
#[cfg(unix)]
use rustix::io::Errno;

use super::fault::{self, Call};
use super::opened::Opened;
use super::path::RelativePath;

/// The folder that is served.
#[derive(Debug)]
pub(super) struct Root {
    /// The folder itself, where the kernel can open beneath it.
    #[cfg(target_os = "linux")]
    pub(super) handle: Option<rustix::fd::OwnedFd>,
    /// Its path without symbolic links.
    path: PathBuf,
}

/// What a path names.
pub(super) enum Node {
    File(Opened),
    Directory(Directory),
}

/// An open directory; where these cannot be opened, its path.
#[cfg(unix)]
pub(super) type Directory = rustix::fd::OwnedFd;
#[cfg(not(unix))]
pub(super) type Directory = PathBuf;

/// Why a path was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unopened {
    /// Nothing is there that is served: nothing at all, a device, a way outside.
    Absent,
    /// The operating system keeps it from us.
    Forbidden,
    /// File descriptors or memory have run out.
    Exhausted,
    /// The disk fails, or something else that the client cannot help.
    Broken,
}

impl Root {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        if !fs::metadata(&path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self {
            #[cfg(target_os = "linux")]
            handle: open_handle(&path)?,
            path,
        })
    }

    /// Opens the regular file or directory at `path`.
    pub(super) fn open_node(&self, path: &mut RelativePath<'_>) -> Result<Node, Unopened> {
        #[cfg(target_os = "linux")]
        match self.open_beneath(path, READ) {
            Some(Ok(fd)) => return Node::new(fd.into()),
            Some(Err(error)) => return Err(error.into()),
            None => {}
        }
        let path = self.resolve(path)?;
        #[cfg(unix)]
        {
            // What was resolved is no link; one that took its place meanwhile is not followed.
            fault::before::<Errno>(Call::Open)?;
            let opened = rustix::fs::open(path, READ | OFlags::NOFOLLOW, Mode::empty());
            Node::new(opened?.into())
        }
        #[cfg(not(unix))]
        {
            let metadata = fs::metadata(&path)?;
            match metadata.is_dir() {
                true => Ok(Node::Directory(path)),
                false if metadata.is_file() => Node::new(File::open(path)?),
                false => Err(Unopened::Absent),
            }
        }
    }

    /// What is known of `path`, which may be a symbolic link, without opening it.
    pub(super) fn metadata(&self, path: &mut RelativePath<'_>) -> Result<Metadata, Unopened> {
        #[cfg(target_os = "linux")]
        match self.open_beneath(path, OFlags::PATH | OFlags::CLOEXEC) {
            Some(Ok(fd)) => return Ok(File::from(fd).metadata()?),
            Some(Err(error)) => return Err(error.into()),
            None => {}
        }
        Ok(fs::symlink_metadata(self.resolve(path)?)?)
    }

    /// Opens by the kernel's own means; `None` where it has none.
    #[cfg(target_os = "linux")]
    fn open_beneath(
        &self,
        path: &mut RelativePath<'_>,
        flags: OFlags,
    ) -> Option<Result<rustix::fd::OwnedFd, Errno>> {
        let handle = self.handle.as_ref()?;
        let path = path.as_c_str();
        let mut attempts = 0..8;
        loop {
            let opened = fault::before(Call::Open)
                .and_then(|()| rustix::fs::openat2(handle, path, flags, Mode::empty(), BENEATH));
            match opened {
                Err(Errno::INTR) => {}
                // Something was renamed while a link's `..` was followed: the kernel could not be sure.
                Err(Errno::AGAIN) if attempts.next().is_some() => {}
                Err(Errno::NOSYS | Errno::PERM) => return None,
                result => return Some(result),
            }
        }
    }

    /// The path behind all symbolic links, when it lies beneath the root.
    fn resolve(&self, path: &RelativePath<'_>) -> Result<PathBuf, Unopened> {
        let path = path.as_path().ok_or(Unopened::Absent)?;
        fault::before::<Unopened>(Call::Open)?;
        let resolved = fs::canonicalize(self.path.join(path))?;
        if resolved.starts_with(&self.path) { Ok(resolved) } else { Err(Unopened::Absent) }
    }
}

impl Node {
    /// Of what was opened, only regular files and directories are served.
    fn new(file: File) -> Result<Self, Unopened> {
        fault::before::<Unopened>(Call::Open)?;
        let metadata = file.metadata()?;
        match metadata.is_file() {
            true => Ok(Self::File(Opened::new(file, &metadata))),
            #[cfg(unix)]
            false if metadata.is_dir() => Ok(Self::Directory(file.into())),
            false => Err(Unopened::Absent),
        }
    }
}

/// Opening a FIFO does not wait for its writer.
#[cfg(unix)]
const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC).union(OFlags::NOCTTY);

/// Links are followed as long as they stay inside; those of `/proc`, which are none, are not.
#[cfg(target_os = "linux")]
const BENEATH: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);

/// The folder as a handle to open beneath; `None` where the kernel or a sandbox does not have that.
#[cfg(target_os = "linux")]
fn open_handle(path: &Path) -> io::Result<Option<rustix::fd::OwnedFd>> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let handle = rustix::fs::open(path, flags, Mode::empty())?;
    match rustix::fs::openat2(&handle, c".", flags, Mode::empty(), BENEATH) {
        Ok(handle) => Ok(Some(handle)),
        Err(Errno::NOSYS | Errno::PERM) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(unix)]
impl From<Errno> for Unopened {
    fn from(error: Errno) -> Self {
        match error {
            // XDEV is a step outside, NXIO a socket, ILSEQ a name that the file system cannot write.
            Errno::NOENT | Errno::NOTDIR | Errno::XDEV | Errno::LOOP | Errno::NAMETOOLONG => Self::Absent,
            Errno::NXIO | Errno::NODEV | Errno::INVAL | Errno::ILSEQ | Errno::STALE => Self::Absent,
            Errno::ACCESS | Errno::PERM => Self::Forbidden,
            Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::AGAIN => Self::Exhausted,
            _ => Self::Broken,
        }
    }
}

impl From<io::Error> for Unopened {
    fn from(error: io::Error) -> Self {
        #[cfg(unix)]
        if let Some(errno) = Errno::from_io_error(&error) {
            return errno.into();
        }
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename => {
                Self::Absent
            }
            io::ErrorKind::PermissionDenied => Self::Forbidden,
            io::ErrorKind::OutOfMemory => Self::Exhausted,
            _ => Self::Broken,
        }
    }
}
