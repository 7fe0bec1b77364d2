//! What the other servers make up, as files: a folder that `bantam serve` answers the same requests from.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bantam_bench_tap::CONTENT;

/// A folder that goes when this is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes it, with a file for each target.
    pub(crate) fn new() -> Result<Self, String> {
        let folder = Self(std::env::temp_dir().join(format!("bantam-bench-{}-files", std::process::id())));
        folder.fill().map_err(|error| format!("{}: {error}", folder.0.display()))?;
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn fill(&self) -> io::Result<()> {
        let downloads = self.0.join("bytes");
        fs::create_dir_all(&downloads)?;
        fs::write(self.0.join("plaintext"), "Hello, World!")?;
        for length in [1_048_576, 10_485_760] {
            let mut file = File::create(downloads.join(length.to_string()))?;
            for _ in 0..length / CONTENT.len() {
                file.write_all(&CONTENT)?;
            }
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It lies among temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}
