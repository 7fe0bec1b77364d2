//! How long what may be kept, by path.

use super::{Files, Text};

/// The `Cache-Control` field of files whose path fits a pattern.
///
/// In a pattern `*` stands for any bytes, slashes too. One without a slash is about the name of a file, wherever it is
/// (`*.css`); one with a slash is about its whole path below the root (`/assets/*`), and a slash at its start may be
/// left out. Paths are meant decoded, and an index has its own name.
///
/// ```
/// use bantam_core::handlers::files::CacheRule;
/// static RULES: [CacheRule; 2] = [
///     CacheRule::fixed("/assets/*", "public, max-age=31536000, immutable"),
///     CacheRule::fixed("*.html", "no-cache"),
/// ];
/// let from_a_flag = CacheRule::new(String::from("*.css"), format!("max-age={}", 60));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheRule {
    pattern: Text,
    value: Text,
}

impl CacheRule {
    /// Files whose path fits `pattern` have this `Cache-Control` field (RFC 9111 §5.2); none when it is empty. A value
    /// with a control byte, which cannot stand in a field, makes their answer a 500.
    #[must_use]
    pub fn new(pattern: impl Into<Text>, value: impl Into<Text>) -> Self {
        Self { pattern: pattern.into(), value: value.into() }
    }

    /// The same, for a `static`.
    #[must_use]
    pub const fn fixed(pattern: &'static str, value: &'static str) -> Self {
        Self { pattern: Text::Borrowed(pattern), value: Text::Borrowed(value) }
    }

    /// Whether it is about the file at `path` below the root, decoded and without a slash at its start.
    #[must_use]
    pub fn fits(&self, path: &[u8]) -> bool {
        let pattern = self.pattern.as_bytes();
        if pattern.contains(&b'/') {
            return matches(pattern.strip_prefix(b"/").unwrap_or(pattern), path);
        }
        matches(pattern, path.rsplit(|byte| *byte == b'/').next().unwrap_or_default())
    }
}

impl Files {
    /// The `Cache-Control` field of the file at `path`.
    pub(super) fn cache_control_of(&self, path: &[u8]) -> &str {
        let rule = self.cache_rules.iter().find(|rule| rule.fits(path));
        rule.map_or(&self.cache_control, |rule| &rule.value)
    }
}

/// Whether `text` is `pattern` with something for each `*`. Only the last one that was passed is tried again, so the
/// work is at most the product of both lengths.
fn matches(mut pattern: &[u8], mut text: &[u8]) -> bool {
    // What follows the last star, and where in the text it was tried.
    let mut retry = None::<(&[u8], &[u8])>;
    loop {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => {
                retry = Some((rest, text));
                pattern = rest;
            }
            ([one, rest @ ..], [other, more @ ..]) if one == other => (pattern, text) = (rest, more),
            ([], []) => return true,
            _ => match retry {
                Some((rest, [_, more @ ..])) => {
                    retry = Some((rest, more));
                    (pattern, text) = (rest, more);
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests;
