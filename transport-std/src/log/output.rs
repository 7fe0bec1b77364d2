//! Where a log's bytes go: without a buffer between, so that it is known how many have got there.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::{Target, Writes};

/// An open target.
#[derive(Debug)]
pub(super) enum Output {
    #[cfg(unix)]
    Standard(File),
    #[cfg(not(unix))]
    Standard(io::Stdout),
    File(File, PathBuf),
}

impl Output {
    pub(super) fn open(target: Target) -> io::Result<Self> {
        match target {
            Target::StandardOutput => standard(),
            Target::File(path) => Ok(Self::File(append_to(&path)?, path)),
        }
    }
}

/// The library's standard output keeps a part of what it is given, and does not tell which.
#[cfg(unix)]
fn standard() -> io::Result<Output> {
    use std::os::fd::AsFd as _;
    Ok(Output::Standard(io::stdout().as_fd().try_clone_to_owned()?.into()))
}

/// A console wants to be written to as text, which the library does.
#[cfg(not(unix))]
fn standard() -> io::Result<Output> {
    Ok(Output::Standard(io::stdout()))
}

/// Opens a file to add lines. Half a line at its end, of a process that was ended while it wrote, is ended.
fn append_to(path: &Path) -> io::Result<File> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    // Only a regular file has an end to look at; opening a pipe again could wait for ever.
    if file.metadata()?.is_file() && ends_in_half_a_line(path).unwrap_or(false) {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

fn ends_in_half_a_line(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

impl Writes for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(file, _) => file.write(bytes),
            #[cfg(unix)]
            Self::Standard(file) => file.write(bytes),
            #[cfg(not(unix))]
            Self::Standard(stdout) => {
                let length = stdout.write(bytes)?;
                stdout.flush()?;
                Ok(length)
            }
        }
    }

    fn reopen(&mut self) -> io::Result<()> {
        if let Self::File(file, path) = self {
            *file = append_to(path)?;
        }
        Ok(())
    }
}
