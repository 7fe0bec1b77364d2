//! Numbers that requests bring, and their bounds.

use bantam_core::prelude::*;

/// Most bytes or lines that are generated for one answer: 2^32.
pub(crate) const MOST: u64 = 1 << 32;

/// A decimal fraction such as `2` or `0.25`, in millionths; what is smaller is dropped.
pub(crate) fn millionths(text: impl Iterator<Item = u8>) -> Option<u64> {
    let (mut value, mut whole_digits, mut places) = (0_u64, 0_u32, None::<u32>);
    for byte in text {
        match (byte, places) {
            (b'.', None) if whole_digits > 0 => places = Some(0),
            (b'0'..=b'9', _) => {
                whole_digits = whole_digits.saturating_add(1);
                if let Some(count) = &mut places {
                    *count = count.saturating_add(1);
                    if *count > 6 {
                        continue;
                    }
                }
                value = value.checked_mul(10)?.checked_add(u64::from(byte.wrapping_sub(b'0')))?;
            }
            _ => return None,
        }
    }
    match places {
        None if whole_digits == 0 => None,
        Some(0) => None,
        places => {
            let missing = 6_u32.saturating_sub(places.unwrap_or(0));
            value.checked_mul(10_u64.pow(missing))
        }
    }
}

/// Seconds with any fraction, at most `most`.
///
/// # Errors
/// 400 when it is no such number.
pub(crate) fn seconds(text: impl Iterator<Item = u8>, most: Duration) -> Result<Duration, Failure> {
    const UNREADABLE: Failure =
        Failure::new(Status::BAD_REQUEST, "a time is no number of seconds, or too long");
    let duration = millionths(text).map(Duration::from_micros).ok_or(UNREADABLE)?;
    if duration <= most { Ok(duration) } else { Err(UNREADABLE) }
}

/// The query parameter `name` in seconds, or `default` without it.
///
/// # Errors
/// As [`seconds`].
pub(crate) fn query_seconds(
    request: &Request<'_>,
    name: &str,
    default: Duration,
    most: Duration,
) -> Result<Duration, Failure> {
    request.query_value(name).map_or(Ok(default), |value| seconds(value.bytes(), most))
}

/// A number of bytes or lines up to [`MOST`].
///
/// # Errors
/// 400 beyond it.
pub(crate) fn bounded(count: u64) -> Result<u64, Failure> {
    const BEYOND: Failure = Failure::new(Status::BAD_REQUEST, "more than 2^32 are asked for");
    if count <= MOST { Ok(count) } else { Err(BEYOND) }
}

#[cfg(test)]
mod tests {
    use super::millionths;

    #[test]
    fn fractions_are_read_in_millionths() {
        for (text, value) in [
            ("0", Some(0)),
            ("1", Some(1_000_000)),
            ("007", Some(7_000_000)),
            ("0.5", Some(500_000)),
            ("1.25", Some(1_250_000)),
            ("0.000001", Some(1)),
            ("0.0000019", Some(1)),
            ("3.14159265358979323846264338327950288", Some(3_141_592)),
            ("18446744073709", Some(18_446_744_073_709_000_000)),
            ("18446744073710", None),
            ("18446744073709551616", None),
            ("", None),
            (".", None),
            ("1.", None),
            (".5", None),
            ("1.2.3", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            (" 1", None),
            ("inf", None),
            ("\u{661}", None),
        ] {
            assert_eq!(millionths(text.bytes()), value, "{text}");
        }
    }
}
