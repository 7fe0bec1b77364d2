//! `RateLimit-Policy` and `RateLimit`: lists of structured fields (RFC 9651), one member a policy.

use super::{Level, Quota};
use crate::bytes::number::Decimal;

/// Longest name of a policy, in bytes.
const NAME: usize = 32;

/// Whether a policy may have this name: it stands between quotation marks, and nothing in it must be escaped there.
pub(super) const fn is_name(name: &str) -> bool {
    let mut rest = name.as_bytes();
    if rest.is_empty() || rest.len() > NAME {
        return false;
    }
    while let [first, others @ ..] = rest {
        if !first.is_ascii_alphanumeric() && *first != b'-' && *first != b'_' {
            return false;
        }
        rest = others;
    }
    true
}

/// Text of a field value.
pub(super) struct Text {
    /// A name in quotation marks, and two parameters of at most 20 digits.
    bytes: [u8; NAME + 2 + 2 * (3 + 20)],
    length: usize,
}

impl Text {
    fn naming(name: &str) -> Self {
        let mut text = Self { bytes: [0; NAME + 2 + 2 * (3 + 20)], length: 0 };
        text.push("\"");
        text.push(name);
        text.push("\"");
        text
    }

    fn parameter(&mut self, name: &str, value: u64) {
        self.push(name);
        self.push(Decimal::new(value).as_str());
    }

    fn push(&mut self, part: &str) {
        let end = self.length.saturating_add(part.len());
        if let Some(space) = self.bytes.get_mut(self.length..end) {
            space.copy_from_slice(part.as_bytes());
            self.length = end;
        }
    }

    pub(super) fn as_str(&self) -> &str {
        core::str::from_utf8(self.bytes.get(..self.length).unwrap_or_default()).unwrap_or_default()
    }
}

/// `"name";q=requests;w=seconds`: what is allowed.
pub(super) fn policy(name: &str, quota: &Quota) -> Text {
    let (requests, window) = quota.policy();
    let mut text = Text::naming(name);
    text.parameter(";q=", requests);
    text.parameter(";w=", window);
    text
}

/// `"name";r=requests;t=seconds`: what is left, and when there is one more; without `t` when nothing is missing.
pub(super) fn limit(name: &str, level: &Level) -> Text {
    let mut text = Text::naming(name);
    text.parameter(";r=", level.remaining.into());
    if level.seconds > 0 {
        text.parameter(";t=", level.seconds.into());
    }
    text
}
