//! The folder that is served.

use std::fs;
use std::path::PathBuf;

use bantam_bench_measure::noise::Content;

/// Files, and what is in them.
pub(crate) const FILES: [(&str, Content); 4] = [
    ("small.bin", Content::Noise { seed: 1, length: 700 }),
    ("middle.bin", Content::Noise { seed: 2, length: 60_000 }),
    ("large.bin", Content::Noise { seed: 3, length: 4_000_000 }),
    TEXT,
];

/// One that is worth compressing.
pub(crate) const TEXT: (&str, Content) = ("text.txt", Content::Letters { length: 200_000 });

/// The folder; it is removed when this is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// Writes all files.
    pub(crate) fn new() -> Result<Self, String> {
        let path = std::env::temp_dir().join(format!("bantam-soak-{}", std::process::id()));
        let folder = Self(path);
        fs::create_dir_all(&folder.0).map_err(|error| format!("{}: {error}", folder.0.display()))?;
        for (name, content) in FILES {
            fs::write(folder.0.join(name), content.bytes()).map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system, which clears the place.
        let _ = fs::remove_dir_all(&self.0);
    }
}
