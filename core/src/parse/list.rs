//! Lists in field values: `#element`, separated by commas (RFC 9110 §5.6.1).

/// The members of a comma-separated list, without the blanks around them and without empty members, which recipients
/// must pass over (RFC 9110 §5.6.1.2). Not for values with quoted strings.
pub fn members(value: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    value.split(|&byte| byte == b',').map(trim).filter(|member| !member.is_empty())
}

/// `bytes` without optional white space at both ends: SP and HTAB (RFC 9110 §5.6.3).
#[must_use]
pub fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests;
