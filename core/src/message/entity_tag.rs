//! Entity tags (RFC 9110 §8.8.3): one, and the lists that conditional requests carry.

use core::fmt;

/// A validator that tells one representation of a resource from another (RFC 9110 §8.8.3).
///
/// It has no `==`, since two comparisons are defined: [`EntityTag::strong_eq`] and [`EntityTag::weak_eq`].
///
/// ```
/// use bantam_core::message::entity_tag::EntityTag;
/// let tag = EntityTag::parse("W/\"v1\"").unwrap();
/// assert!(tag.is_weak() && tag.opaque() == "v1");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EntityTag<'t> {
    weak: bool,
    opaque: &'t str,
}

impl<'t> EntityTag<'t> {
    /// A tag that changes whenever a byte of the content does; `None` where `opaque` holds a quote, a blank or a
    /// control byte.
    pub const fn strong(opaque: &'t str) -> Option<Self> {
        if is_opaque(opaque.as_bytes()) { Some(Self { weak: false, opaque }) } else { None }
    }

    /// A tag that may stay when the meaning does; `None` where `opaque` holds a quote, a blank or a control byte.
    pub const fn weak(opaque: &'t str) -> Option<Self> {
        if is_opaque(opaque.as_bytes()) { Some(Self { weak: true, opaque }) } else { None }
    }

    /// Reads `[ "W/" ] DQUOTE *etagc DQUOTE`, without anything around it.
    pub fn parse(text: &'t str) -> Option<Self> {
        let (weak, quoted) = match text.strip_prefix("W/") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let opaque = quoted.strip_prefix('"')?.strip_suffix('"')?;
        is_opaque(opaque.as_bytes()).then_some(Self { weak, opaque })
    }

    /// Whether equal tags mean equivalent content rather than the same bytes.
    pub const fn is_weak(&self) -> bool {
        self.weak
    }

    /// What stands between the quotes.
    pub const fn opaque(&self) -> &'t str {
        self.opaque
    }

    /// Strong comparison (RFC 9110 §8.8.3.2): the same text, and neither is weak.
    pub fn strong_eq(&self, other: &EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }

    /// Weak comparison (RFC 9110 §8.8.3.2): the same text.
    pub fn weak_eq(&self, other: &EntityTag<'_>) -> bool {
        self.opaque == other.opaque
    }
}

impl fmt::Display for EntityTag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.weak { "W/\"" } else { "\"" })?;
        f.write_str(self.opaque)?;
        f.write_str("\"")
    }
}

/// The members of `#entity-tag` (RFC 9110 §5.6.1) in one field value; a malformed member is `None`.
///
/// Empty members are passed over, and a comma between quotes belongs to its tag.
pub fn list(value: &str) -> impl Iterator<Item = Option<EntityTag<'_>>> + Clone {
    let mut is_quoted = false;
    value
        .split(move |character| {
            // A tag has no escapes, so every quote opens or closes one.
            is_quoted ^= character == '"';
            character == ',' && !is_quoted
        })
        .map(|member| member.trim_matches([' ', '\t']))
        .filter(|member| !member.is_empty())
        .map(EntityTag::parse)
}

/// `*etagc`: visible ASCII except the quote, and `obs-text`
const fn is_opaque(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        if !matches!(byte, 0x21 | 0x23..=0x7e | 0x80..) {
            return false;
        }
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests;
