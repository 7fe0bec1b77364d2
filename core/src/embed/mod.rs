//! For build scripts: a folder of files as the source text of a [`Folder`](crate::handlers::assets::Folder), with their
//! hashes, media types and compressed variants.
//!
//! ```text
//! [dependencies]
//! bantam-core = "…"
//! [build-dependencies]
//! bantam-core = { version = "…", features = ["embed"] }     the program itself needs neither std nor the coder
//!
//! build.rs:  fn main() { bantam_core::embed::folder("assets").write("assets.rs").unwrap() }
//! program:   static ASSETS: Folder = include!(concat!(env!("OUT_DIR"), "/assets.rs"));
//! ```
//! What is written depends on the files' names and content alone: two builds of them agree, wherever and whenever they
//! are made. Modification times differ from one checkout to the next, so there is no `Last-Modified` unless
//! [`Embed::modified`] gives one; entity tags do its work.
//!
//! A file that lies beside another as `.br`, `.zst` or `.gz` of it becomes its variant. Where there is no `.gz`, one is
//! made, and kept when it saves a tenth. Names that start with a dot are left out, and links to folders are not
//! followed.

mod gzip;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io, println};

use crate::handlers::assets::hash;
use crate::message::media_type;

/// The files below `root`, a path that counts from the package's folder, where build scripts run.
#[must_use]
pub fn folder(root: impl AsRef<Path>) -> Embed {
    Embed { root: root.as_ref().to_owned(), modified: None, rules: Vec::new() }
}

/// How a folder is to be embedded; made by [`folder`].
#[derive(Clone, Debug)]
pub struct Embed {
    root: PathBuf,
    modified: Option<u64>,
    rules: Vec<(String, String)>,
}

/// A file, and what was found beside it.
struct Found {
    name: String,
    bytes: Vec<u8>,
    variants: Vec<(&'static str, Vec<u8>)>,
}

/// Content codings, best first, and how files in them end.
const CODINGS: [(&str, &str); 3] = [("br", ".br"), ("zstd", ".zst"), ("gzip", ".gz")];

impl Embed {
    /// The time that `Last-Modified` states, in seconds since 1970: of a release, say, or of its commit.
    #[must_use]
    pub fn modified(mut self, seconds: u64) -> Self {
        self.modified = Some(seconds);
        self
    }

    /// The `Cache-Control` field of files whose name ends in `suffix`, or whose path starts with it where it ends in a
    /// slash; the first that fits counts, and `no-cache` where none does.
    #[must_use]
    pub fn cache_control(mut self, suffix: &str, value: &str) -> Self {
        self.rules.push((suffix.to_owned(), value.to_owned()));
        self
    }

    /// Writes the source text into the file `name` in the folder that cargo gives to build scripts, with the bytes of
    /// the files beside it, and asks cargo to run the script again when one of them changes.
    ///
    /// # Errors
    /// Where something cannot be read or written, where a name is not UTF-8, and outside a build script.
    pub fn write(&self, name: &str) -> io::Result<()> {
        let directory = env::var_os("OUT_DIR").ok_or_else(|| error("there is no OUT_DIR to write into"))?;
        println!("cargo::rerun-if-changed={}", self.root.display());
        self.write_to(Path::new(&directory), name)
    }

    /// The same into another folder, without a word to cargo.
    ///
    /// # Errors
    /// As [`Embed::write`].
    pub fn write_to(&self, directory: &Path, name: &str) -> io::Result<()> {
        let mut names = Vec::new();
        collect(&self.root, "", &mut names)?;
        names.sort();
        let mut text = String::from("::bantam_core::handlers::assets::Folder::new(&[\n");
        for found in self.found(&names)? {
            self.put_asset(&mut text, &found, directory, name)?;
        }
        text.push_str("])\n");
        write_if_changed(&directory.join(name), text.as_bytes())
    }

    /// What is to be embedded, sorted by name as the names are.
    fn found(&self, names: &[String]) -> io::Result<Vec<Found>> {
        let is_there = |name: &str| names.binary_search_by(|other| other.as_str().cmp(name)).is_ok();
        let is_variant =
            |name: &str| CODINGS.iter().any(|(_, suffix)| name.strip_suffix(suffix).is_some_and(is_there));
        let mut all = Vec::new();
        for name in names.iter().filter(|name| !is_variant(name)) {
            let bytes = fs::read(self.root.join(name))?;
            let mut variants = Vec::new();
            for (coding, suffix) in CODINGS {
                let beside = format!("{name}{suffix}");
                let coded = match coding {
                    _ if is_there(&beside) => Some(fs::read(self.root.join(beside))?),
                    "gzip" => gzip::compress(&bytes).filter(|coded| saves_a_tenth(&bytes, coded)),
                    _ => None,
                };
                variants.extend(coded.map(|coded| (coding, coded)));
            }
            all.push(Found { name: name.clone(), bytes, variants });
        }
        Ok(all)
    }

    fn put_asset(&self, text: &mut String, found: &Found, directory: &Path, name: &str) -> io::Result<()> {
        let include = |bytes: &[u8]| {
            // Named by content, so that what has not changed is not written again.
            let file = format!("{name}-{:016x}-{:x}", hash(bytes), bytes.len());
            write_if_changed(&directory.join(&file), bytes)?;
            Ok::<_, io::Error>(format!("include_bytes!({file:?})"))
        };
        let put = |text: &mut String, line: core::fmt::Arguments<'_>| {
            let _ = text.write_fmt(line); // a `String` takes all
        };
        put(
            text,
            format_args!(
                "    ::bantam_core::handlers::assets::Asset::hashed({:?}, {:?}, {}, {:#018x})",
                found.name,
                media_type::by_extension(&found.name),
                include(&found.bytes)?,
                hash(&found.bytes),
            ),
        );
        if let Some(modified) = self.modified {
            put(text, format_args!("\n        .with_modified({modified})"));
        }
        let rule = self.rules.iter().find(|(pattern, _)| match pattern.ends_with('/') {
            true => found.name.starts_with(pattern.as_str()),
            false => found.name.ends_with(pattern.as_str()),
        });
        if let Some((_, value)) = rule {
            put(text, format_args!("\n        .with_cache_control({value:?})"));
        }
        if !found.variants.is_empty() {
            text.push_str("\n        .with_variants(&[");
            for (coding, coded) in &found.variants {
                let (included, hash) = (include(coded)?, hash(coded));
                put(
                    text,
                    format_args!(
                        "\n            ::bantam_core::handlers::assets::Variant::hashed({coding:?}, {included}, {hash:#018x}),"
                    ),
                );
            }
            text.push_str("\n        ])");
        }
        text.push_str(",\n");
        Ok(())
    }
}

/// Adds the paths of all files below `root`, with slashes; `above` is empty or ends in one.
fn collect(root: &Path, above: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(above))? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { return Err(error("a name is not UTF-8")) };
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{above}{name}");
        if entry.file_type()?.is_dir() {
            collect(root, &format!("{path}/"), names)?;
        } else if fs::metadata(entry.path())?.is_file() {
            names.push(path);
        }
    }
    Ok(())
}

fn saves_a_tenth(plain: &[u8], coded: &[u8]) -> bool {
    let most = plain.len().saturating_sub(plain.len().div_ceil(10));
    coded.len() <= most
}

/// The compiler runs again over what was touched.
fn write_if_changed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    match fs::read(path) {
        Ok(there) if there == bytes => Ok(()),
        _ => fs::write(path, bytes),
    }
}

fn error(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests;
