//! Which bytes may stand where: one table of 256 bytes, a bit for each class.

/// A set of bytes, as a bit of [`TABLE`].
#[derive(Clone, Copy)]
pub(crate) struct Class(u8);

/// `tchar`, the bytes of a token (RFC 9110 §5.6.2).
pub(crate) const TOKEN: Class = Class(1);
/// Bytes of a field value: `VCHAR`, `obs-text`, SP and HTAB (RFC 9110 §5.5).
pub(crate) const FIELD: Class = Class(2);
/// `pchar` without `%` and `.`, and `/` (RFC 3986 §3.3): what a path has that needs no second look.
pub(crate) const PATH: Class = Class(4);
/// Bytes of a query without `%`: `pchar`, `/` and `?` (RFC 3986 §3.4).
pub(crate) const QUERY: Class = Class(8);
/// Bytes of a registered name (RFC 3986 §3.2.2) without `%` and `,`: unreserved and sub-delims.
pub(crate) const HOST: Class = Class(16);
/// `qdtext`, the bytes of a quoted string that need no backslash (RFC 9110 §5.6.4).
pub(crate) const QUOTED: Class = Class(32);
/// `tchar` without `_`: what a field name has that needs no second look.
pub(crate) const PLAIN_NAME: Class = Class(64);

impl Class {
    /// Whether `byte` belongs to the class.
    #[inline]
    pub(crate) fn has(self, byte: u8) -> bool {
        TABLE.get(usize::from(byte)).is_some_and(|classes| classes & self.0 != 0)
    }

    /// Whether every one of `bytes` belongs to the class.
    #[inline]
    pub(crate) fn has_all(self, bytes: &[u8]) -> bool {
        bytes.iter().all(|&byte| self.has(byte))
    }

    /// `bytes` from the first one on that does not belong to the class; nothing when all do.
    #[inline]
    pub(crate) fn skip(self, mut bytes: &[u8]) -> &[u8] {
        // A loop of known length is unrolled.
        while let Some((few, behind)) = bytes.split_first_chunk::<8>() {
            if let Some(place) = few.iter().position(|&byte| !self.has(byte)) {
                return bytes.get(place..).unwrap_or_default();
            }
            bytes = behind;
        }
        while let [byte, behind @ ..] = bytes
            && self.has(*byte)
        {
            bytes = behind;
        }
        bytes
    }
}

/// The same as [`is_token`], for what is checked while compiling.
pub(crate) const fn is_const_token(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [first, behind @ ..] = rest {
        let is_sign = matches!(
            first,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        );
        if !first.is_ascii_alphanumeric() && !is_sign {
            return false;
        }
        rest = behind;
    }
    !bytes.is_empty()
}

/// A token: one or more `tchar` (RFC 9110 §5.6.2).
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && TOKEN.has_all(bytes)
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // evaluated by the compiler, over 0..256
static TABLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let alphanumeric = byte.is_ascii_alphanumeric();
        let unreserved = alphanumeric || matches!(byte, b'-' | b'.' | b'_' | b'~');
        let sub_delims =
            matches!(byte, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=');
        let token = alphanumeric
            || matches!(
                byte,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        let field = byte == b'\t' || (byte >= b' ' && byte != 0x7f);
        let path = unreserved || sub_delims || matches!(byte, b':' | b'@' | b'/');
        if token {
            table[at] |= TOKEN.0;
        }
        if field {
            table[at] |= FIELD.0;
        }
        if path && byte != b'.' {
            table[at] |= PATH.0;
        }
        if token && byte != b'_' {
            table[at] |= PLAIN_NAME.0;
        }
        if path || byte == b'?' {
            table[at] |= QUERY.0;
        }
        if unreserved || (sub_delims && byte != b',') {
            table[at] |= HOST.0;
        }
        if field && byte != b'"' && byte != b'\\' {
            table[at] |= QUOTED.0;
        }
        at += 1;
    }
    table
};
