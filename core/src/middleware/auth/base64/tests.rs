use std::string::String;
use std::vec::Vec;

use super::{Base64Error, decode};

/// RFC 4648 §10.
const VECTORS: [(&str, &str); 7] = [
    ("", ""),
    ("Zg==", "f"),
    ("Zm8=", "fo"),
    ("Zm9v", "foo"),
    ("Zm9vYg==", "foob"),
    ("Zm9vYmE=", "fooba"),
    ("Zm9vYmFy", "foobar"),
];

#[test]
fn the_vectors_of_the_rfc() {
    for (text, bytes) in VECTORS {
        let mut space = [0; 6];
        assert_eq!(decode(text.as_bytes(), &mut space), Ok(bytes.as_bytes()), "{text:?}");
        // As much room as it needs, and no more.
        assert_eq!(decode(text.as_bytes(), &mut space[..bytes.len()]), Ok(bytes.as_bytes()), "{text:?}");
        if let Some(less) = bytes.len().checked_sub(1) {
            assert_eq!(decode(text.as_bytes(), &mut space[..less]), Err(Base64Error::NoSpace), "{text:?}");
        }
    }
}

#[test]
fn every_malformed_shape_is_refused() {
    use Base64Error::{Bits, Byte, Length};
    #[rustfmt::skip]
    let cases: [(&str, &str, Base64Error); 23] = [
        ("one sextet", "Z", Length),
        ("two without padding", "Zg", Length),
        ("two with half the padding", "Zg=", Length),
        ("three without padding", "Zm8", Length),
        ("a byte too much of padding", "Zm8==", Length),
        ("padding behind whole groups, one", "Zm9v=", Length),
        ("padding behind whole groups, two", "Zm9v==", Length),
        ("padding behind whole groups, four", "Zm9v====", Byte { at: 4 }),
        ("three bytes of padding", "Z===", Byte { at: 1 }),
        ("nothing but padding", "====", Byte { at: 0 }),
        ("padding in the middle", "Zg==Zg==", Byte { at: 2 }),
        ("padding between sextets", "Z=g=", Byte { at: 1 }),
        ("bits behind the first byte", "Zh==", Bits),
        ("all bits behind the first byte", "Zv==", Bits),
        ("a bit behind the second byte", "Zm9=", Bits),
        ("all bits behind the second byte", "Zm+=", Bits),
        ("the alphabet for URLs, minus", "Zm-v", Byte { at: 2 }),
        ("the alphabet for URLs, underscore", "Zm_v", Byte { at: 2 }),
        ("a space in front", " Zm9", Byte { at: 0 }),
        ("a line end", "Zm9\n", Byte { at: 3 }),
        ("a NUL", "Zm9\0", Byte { at: 3 }),
        ("a comma", "Zm9,", Byte { at: 3 }),
        ("a letter that is not ASCII", "Zm\u{e9}", Byte { at: 2 }),
    ];
    for (name, text, error) in cases {
        assert_eq!(decode(text.as_bytes(), &mut [0; 64]), Err(error), "{name}");
    }
}

#[test]
fn sixty_four_bytes_are_in_the_alphabet() {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for byte in 0..=255u8 {
        let text = [b'A', byte, b'A', b'A'];
        let wanted = alphabet.iter().position(|&letter| letter == byte);
        let mut space = [0; 3];
        match (decode(&text, &mut space), wanted) {
            (Ok(bytes), Some(value)) => {
                assert_eq!(usize::from(bytes[0]) << 4 | usize::from(bytes[1]) >> 4, value, "{byte:#x}");
            }
            (Err(error), None) => assert_eq!(error, Base64Error::Byte { at: 1 }, "{byte:#x}"),
            (result, wanted) => panic!("{byte:#x}: {result:?}, not {wanted:?}"),
        }
    }
}

#[test]
fn each_bytes_has_one_spelling() {
    // All texts of one group: those that are accepted decode to different bytes.
    let letters: Vec<u8> = (b'+'..=b'z').chain([b'=']).collect();
    let mut seen = std::collections::HashMap::<Vec<u8>, [u8; 4]>::new();
    let mut space = [0; 3];
    // The first letter is held, because it changes nothing but the first byte.
    for &b in &letters {
        for &c in &letters {
            for &d in &letters {
                let text = [b'Z', b, c, d];
                if let Ok(bytes) = decode(&text, &mut space) {
                    let before = seen.insert(bytes.to_vec(), text);
                    let is_new = before.is_none_or(|before| before == text);
                    assert!(is_new, "{before:?} and {:?}", String::from_utf8_lossy(&text));
                }
            }
        }
    }
    // One byte: 4 of them begin with `Z`'s six bits; two: 4 * 256; three: 4 * 65,536.
    assert_eq!(seen.len(), 4 + 4 * 256 + 4 * 65_536);
}
