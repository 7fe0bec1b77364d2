//! A folder for one test, removed when the test is over.

use core::sync::atomic::{AtomicU32, Ordering};
use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// A folder of its own, with a folder `root` in it that is to be served: what lies beside `root` is outside.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A new, empty folder.
    ///
    /// # Panics
    /// When the system's folder for temporary files cannot be written to.
    #[must_use]
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("bantam-tests-{}-{number}", process::id()));
        fs::create_dir_all(path.join("top")).expect("a folder for temporary files");
        Self { path }
    }

    /// The folder that is to be served.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.path.join("top")
    }

    /// The folder around it.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file; its name counts from the folder around the root.
    ///
    /// # Panics
    /// When that fails.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(name);
        fs::create_dir_all(path.parent().expect("a name")).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    /// Makes a symbolic link called `name` to `target`.
    ///
    /// # Panics
    /// When that fails.
    #[cfg(unix)]
    pub fn link(&self, name: &str, target: impl AsRef<Path>) {
        std::os::unix::fs::symlink(target, self.path.join(name)).expect("a link");
    }
}

impl Default for Folder {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system, which clears the place.
        let _ = fs::remove_dir_all(&self.path);
    }
}
