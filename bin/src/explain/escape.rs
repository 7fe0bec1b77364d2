//! Bytes as text in which every byte can be seen: what is not visible ASCII or a space is escaped.

/// Escapes `bytes`: `\r`, `\n`, `\t`, `\\`, and `\x1b` for any other byte that is not visible ASCII or a space.
pub(super) fn escaped(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut text, &byte| {
        match byte {
            b' '..=b'~' if byte != b'\\' => text.push(char::from(byte)),
            _ => text.extend(byte.escape_ascii().map(char::from)),
        }
        text
    })
}

/// The same in no more than `width` characters, with an ellipsis where something was left out, or where `has_more`.
pub(super) fn shortened(bytes: &[u8], has_more: bool, width: usize) -> String {
    // A byte becomes a character at least, so no more of them than `width` matter.
    let is_cut = has_more || bytes.len() > width;
    let text = escaped(bytes.get(..width).unwrap_or(bytes));
    if !is_cut && text.len() <= width {
        return text;
    }
    let mut short = String::with_capacity(width + 2);
    for byte in bytes {
        let next = escaped(&[*byte]);
        if short.len() + next.len() >= width {
            break;
        }
        short.push_str(&next);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_can_be_seen() {
        assert_eq!(escaped(b"a \"b'\\\r\n\t\0\x1b\x7f\xc3"), r#"a "b'\\\r\n\t\x00\x1b\x7f\xc3"#);
        assert!((0..=255).all(|byte| escaped(&[byte]).bytes().all(|byte| matches!(byte, b' '..=b'~'))));
    }

    #[test]
    fn long_bytes_are_shortened_between_two_escapes() {
        assert_eq!(shortened(b"abcd\r\n", false, 8), r"abcd\r\n");
        assert_eq!(shortened(b"abcde\r\n", false, 8), r"abcde\r…");
        assert_eq!(shortened(b"abcdef\r\n", false, 8), "abcdef…");
        assert_eq!(shortened(b"abc", true, 8), "abc…");
    }
}
