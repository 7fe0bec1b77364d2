//! What can be wrong with a file of passwords.

use core::fmt;
use std::io;
use std::path::PathBuf;

use super::LARGEST;
use super::file::Mistake;

/// Why a file of passwords cannot be used. Shown, it is one line with the file, the line's number, and what to do.
#[derive(Debug)]
pub struct PasswordsError {
    pub(super) path: PathBuf,
    pub(super) problem: Problem,
}

/// What is wrong with a file of passwords.
#[derive(Debug)]
#[non_exhaustive]
pub enum Problem {
    /// It cannot be read.
    Read(io::Error),
    /// It has more than a mebibyte.
    TooLarge,
    /// It has no user, so that nobody could enter.
    NoUsers,
    /// A line is refused.
    Line {
        /// Its number, from 1.
        line: usize,
        /// Why.
        mistake: Mistake,
    },
}

impl PasswordsError {
    /// What is wrong.
    #[must_use]
    pub const fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for PasswordsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::Read(error) => write!(f, "{path}: {error}"),
            Problem::TooLarge => write!(f, "{path}: more than {LARGEST} bytes"),
            Problem::NoUsers => write!(f, "{path}: no users; add one with `htpasswd -B FILE USER`"),
            Problem::Line { line, mistake } => write!(f, "{path}:{line}: {mistake}"),
        }
    }
}

impl core::error::Error for PasswordsError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.problem {
            Problem::Read(error) => Some(error),
            _ => None,
        }
    }
}
