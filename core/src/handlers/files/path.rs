//! From the path as it was sent to a path below the root: what cannot name anything there is refused before any
//! file system hears of it.

#[cfg(target_os = "linux")]
use core::ffi::CStr;
use std::path::Path;

use crate::message::percent::decode_into;

/// Longest path below the root, in bytes with the NUL behind it, as in Linux: a longer one is answered 404.
pub(super) const PATH_MAX: usize = 4_096;

/// Decoded segments with `/` between them, in lent space. None of them is empty, `.` or `..`, or holds a separator.
pub(super) struct RelativePath<'b> {
    space: &'b mut [u8; PATH_MAX],
    length: usize,
}

impl<'b> RelativePath<'b> {
    /// The path that `raw` stands for; a slash at its end counts for nothing. `None` when a segment can name nothing,
    /// or starts with a dot and `has_hidden_files` is false.
    pub(super) fn decode(raw: &str, space: &'b mut [u8; PATH_MAX], has_hidden_files: bool) -> Option<Self> {
        let mut path = Self { space, length: 0 };
        if raw.is_empty() {
            return Some(path);
        }
        for segment in raw.strip_suffix('/').unwrap_or(raw).split('/') {
            let start = path.start_segment()?;
            // The last byte stays free for the NUL.
            let free = path.space.get_mut(start..PATH_MAX.saturating_sub(1))?;
            let name = decode_into(segment.as_bytes(), free).ok()?;
            if !is_name(name) || (is_hidden(name) && !has_hidden_files) {
                return None;
            }
            path.length = start.saturating_add(name.len());
        }
        Some(path)
    }

    /// The path of a file that the application names; segments that start with a dot are its own affair. `None` when
    /// a segment can name nothing.
    pub(super) fn of_name(name: &str, space: &'b mut [u8; PATH_MAX]) -> Option<Self> {
        Self { space, length: 0 }.replaced_by(name)
    }

    /// The same in the space of this path.
    pub(super) fn replaced_by(mut self, name: &str) -> Option<Self> {
        self.length = name.len();
        // The last byte stays free for the NUL.
        let fits = self.length < PATH_MAX && name.split('/').all(|segment| is_name(segment.as_bytes()));
        self.space.get_mut(..self.length).filter(|_| fits)?.copy_from_slice(name.as_bytes());
        Some(self)
    }

    /// The path of a file beside this one, whose name is longer by `suffix`; `None` when it becomes too long or cannot be
    /// named. It lies in the same space.
    pub(super) fn with_suffix(&mut self, suffix: &[u8]) -> Option<RelativePath<'_>> {
        let end = self.length.saturating_add(suffix.len());
        if end >= PATH_MAX {
            return None;
        }
        self.space.get_mut(self.length..end)?.copy_from_slice(suffix);
        Some(RelativePath { space: &mut *self.space, length: end })
    }

    /// The path of `name`, which is one segment, in this folder; `None` when it becomes too long or cannot be named.
    /// It lies in the same space, behind this path.
    pub(super) fn child(&mut self, name: &[u8]) -> Option<RelativePath<'_>> {
        let mut path = RelativePath { length: self.length, space: &mut *self.space };
        let start = path.start_segment()?;
        let end = start.saturating_add(name.len());
        if !is_name(name) || end >= PATH_MAX {
            return None;
        }
        path.space.get_mut(start..end)?.copy_from_slice(name);
        path.length = end;
        Some(path)
    }

    /// Puts a separator behind what is there, and says where the next segment starts.
    fn start_segment(&mut self) -> Option<usize> {
        if self.length == 0 {
            return Some(0);
        }
        *self.space.get_mut(self.length)? = b'/';
        Some(self.length.saturating_add(1))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.space.get(..self.length).unwrap_or_default()
    }

    /// The path for the kernel: `.` for the root itself.
    #[cfg(target_os = "linux")]
    pub(super) fn as_c_str(&mut self) -> &CStr {
        if self.length == 0 {
            return c".";
        }
        if let Some(behind) = self.space.get_mut(self.length) {
            *behind = 0;
        }
        // No segment holds a NUL, and an empty path opens nothing.
        CStr::from_bytes_until_nul(self.space).unwrap_or(c"")
    }

    /// The path as the operating system writes it; empty for the root itself. `None` where it cannot.
    pub(super) fn as_path(&self) -> Option<&Path> {
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            Some(Path::new(std::ffi::OsStr::from_bytes(self.as_bytes())))
        }
        #[cfg(not(unix))]
        {
            core::str::from_utf8(self.as_bytes()).ok().map(Path::new)
        }
    }
}

pub(super) fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".")
}

/// Whether `name` can be a name in a folder, and nothing else.
fn is_name(name: &[u8]) -> bool {
    let is_one_segment =
        !matches!(name, b"" | b"." | b"..") && !name.iter().any(|byte| matches!(byte, 0 | b'/'));
    is_one_segment && (cfg!(not(windows)) || is_windows_name(name))
}

/// Whether Windows takes `name` as it stands. It has a second separator, drives and streams (`:`), names that end in
/// dots or blanks which it drops, devices in every folder, and short names (`GIT~1`) by which hidden files are found.
fn is_windows_name(name: &[u8]) -> bool {
    const DEVICES: [&[u8]; 6] = [b"CON", b"PRN", b"AUX", b"NUL", b"CONIN$", b"CONOUT$"];
    let Ok(text) = core::str::from_utf8(name) else { return false };
    let stem = text.split('.').next().unwrap_or_default().trim_end_matches(' ');
    let is_device = DEVICES.iter().any(|device| stem.as_bytes().eq_ignore_ascii_case(device));
    // COM1 to COM9 and LPT1 to LPT9, also with superscript digits.
    let is_port = stem
        .get(..3)
        .is_some_and(|port| port.eq_ignore_ascii_case("COM") || port.eq_ignore_ascii_case("LPT"))
        && stem.chars().count() == 4;
    let has_short_form = name.windows(2).any(|pair| matches!(pair, [b'~', b'0'..=b'9']));
    let is_plain = !text.chars().any(|character| character < ' ' || "\\/:*?\"<>|".contains(character));
    is_plain && !text.ends_with(['.', ' ']) && !is_device && !is_port && !has_short_form
}

#[cfg(test)]
mod tests;
