//! Unix sockets: who may connect, whose file it is, and when it goes.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

use super::{BACKLOG, Endpoint, Listener};

/// The file of a socket that was made here. It is removed when this is dropped, unless it is another one by then.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device, number on it, and when it was last changed, by which the file is known again: numbers are used again.
    identity: (u64, u64, i64, i64),
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), identity: identity(path)? })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|identity| identity == self.identity) {
            // Whoever took our right to remove it keeps the file; the next server replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> io::Result<(u64, u64, i64, i64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec()))
}

impl Listener {
    /// Makes a Unix socket at `path`, with these permissions: who may write may connect. The file of a server that is
    /// gone is replaced, and ours removed at the end.
    ///
    /// # Errors
    /// `AddrInUse` when a server answers there, `AlreadyExists` when the file is no socket; or when the socket cannot be
    /// made.
    pub fn bind_unix(path: impl AsRef<Path>, mode: u32) -> io::Result<Self> {
        let path = path.as_ref();
        let address = SockAddr::unix(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        match socket.bind(&address) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                remove_stale(path, &address)?;
                socket.bind(&address)?;
            }
            outcome => outcome?,
        }
        // Nobody can connect before it listens, so nobody does with other permissions.
        fs::set_permissions(path, Permissions::from_mode(mode))?;
        let file = SocketFile::of(path)?;
        socket.listen(BACKLOG)?;
        let listener = Self::of(socket, Endpoint::Unix(path.to_owned()))?;
        Ok(Self { file: Some(file), ..listener })
    }
}

/// Removes the file of a server that is gone.
fn remove_stale(path: &Path, address: &SockAddr) -> io::Result<()> {
    // Connecting to a file of another kind is refused like that to a socket without a server.
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return Err(io::Error::new(ErrorKind::AlreadyExists, "the file is there, and is no socket"));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A server whose backlog is full must not keep us waiting.
    probe.set_nonblocking(true)?;
    match probe.connect(address) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Err(error),
        _ => Err(ErrorKind::AddrInUse.into()),
    }
}
