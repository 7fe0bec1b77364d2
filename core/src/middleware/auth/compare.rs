//! Comparing secrets in a time that does not tell how much of them is right.

use subtle::ConstantTimeEq;

/// Whether both are the same bytes. The time it takes depends on their lengths alone: an ordinary comparison ends at the
/// first byte that differs, so that who measures it finds a secret byte by byte. Lengths are not hidden; where they are
/// secret too, compare digests.
///
/// ```
/// use bantam_core::middleware::auth::compare::is_same;
/// assert!(is_same(b"open sesame", b"open sesame"));
/// assert!(!is_same(b"open sesame", b"open barley"));
/// ```
#[must_use]
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn only_the_same_bytes_are_the_same() {
        let secret = b"0123456789abcdef";
        assert!(is_same(secret, secret) && is_same(b"", b""));
        for at in 0..secret.len() {
            assert!(!is_same(secret, &secret[..at]), "{at} bytes of it");
            for bit in 0..8 {
                let mut other = *secret;
                other[at] ^= 1 << bit;
                assert!(!is_same(secret, &other), "bit {bit} of byte {at}");
            }
        }
    }
}
