#![allow(clippy::std_instead_of_alloc, reason = "tests run where there is a std")]

use super::*;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

const UNRESERVED: percent_encoding::AsciiSet =
    percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const UNRESERVED_AND_SLASH: percent_encoding::AsciiSet = UNRESERVED.remove(b'/');

/// Texts without pattern over the bytes that matter here, the same in every run.
fn texts() -> impl Iterator<Item = Vec<u8>> {
    const ALPHABET: &[u8] = b"%%%%%%0012489AaCcEeFfgz+&=/ \xc3\xa9\x80\xff\xe2\x82\xac";
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % below
    };
    (0..20_000).map(move |round| (0..round % 24).map(|_| ALPHABET[random(ALPHABET.len())]).collect())
}

fn oracle(text: &[u8]) -> Vec<u8> {
    percent_encoding::percent_decode(text).collect()
}

#[test]
fn decoding_agrees_with_percent_encoding() {
    for text in texts() {
        let decoded = oracle(&text);
        let view = Decoded::new(&text);
        assert!(view.bytes().eq(decoded.iter().copied()), "{view:?}");
        assert_eq!(view.to_string(), String::from_utf8_lossy(&decoded), "{view:?}");
        let plus = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect::<Vec<_>>();
        let form = Decoded::form(&text);
        assert!(form.bytes().eq(oracle(&plus)), "{form:?}");
        assert_eq!(form.to_string(), String::from_utf8_lossy(&oracle(&plus)), "{form:?}");

        let mut buffer = [0; 32];
        assert_eq!(view.to_str_in(&mut buffer), str::from_utf8(&decoded).ok(), "{view:?}");
        match decode_into(&text, &mut [0; 32]) {
            Ok(bytes) => {
                assert_eq!((bytes, is_well_formed(&text)), (&decoded[..], Ok(())), "{view:?}");
                let short = decoded.len().saturating_sub(1);
                assert_eq!(decode_into(&text, &mut [0; 32][..decoded.len()]), Ok(&decoded[..]));
                assert_eq!(decode_into(&text, &mut [0; 32][..short]).is_ok(), decoded.is_empty());
                assert_eq!(view.to_str_in(&mut [0; 32][..short]).is_some(), decoded.is_empty());
            }
            Err(error) => assert_eq!(is_well_formed(&text), Err(error), "{view:?}"),
        }
    }
}

#[test]
fn encoding_agrees_with_percent_encoding() {
    let every_byte: Vec<u8> = (0..=u8::MAX).collect();
    for bytes in texts().take(2_000).chain([every_byte]) {
        let path = Encoded::path(&bytes).to_string();
        assert_eq!(path, percent_encoding::percent_encode(&bytes, &UNRESERVED_AND_SLASH).to_string());
        let segment = Encoded::segment(&bytes).to_string();
        assert_eq!(segment, percent_encoding::percent_encode(&bytes, &UNRESERVED).to_string());
        assert!(Decoded::new(path.as_bytes()).bytes().eq(bytes.iter().copied()));
        assert!(Decoded::form(segment.as_bytes()).bytes().eq(bytes.iter().copied()));
    }
}

#[test]
fn ill_formed_texts_are_refused_where_they_break() {
    use PercentError::{NotHex, Nul, Truncated};
    let cases: &[(&str, &[u8], Result<(), PercentError>)] = &[
        ("empty", b"", Ok(())),
        ("plain", b"abc", Ok(())),
        ("either case", b"%c3%A9", Ok(())),
        ("encoded percent", b"%25zz", Ok(())),
        ("decoded once only", b"%2500", Ok(())),
        ("not UTF-8", b"%ff", Ok(())),
        ("no digits", b"ab%", Err(Truncated { at: 2 })),
        ("one digit", b"ab%4", Err(Truncated { at: 2 })),
        ("letters", b"%zz", Err(NotHex { at: 0 })),
        ("second digit bad", b"%4g", Err(NotHex { at: 0 })),
        ("sign", b"a%+4", Err(NotHex { at: 1 })),
        ("two percent signs", b"%%41", Err(NotHex { at: 0 })),
        ("after a good one", b"%20%2", Err(Truncated { at: 3 })),
        ("NUL", b"a%00b", Err(Nul { at: 1 })),
    ];
    for (name, text, result) in cases {
        assert_eq!(is_well_formed(text), *result, "{name}");
        assert_eq!(decode_into(text, &mut [0; 16]).map(|_| ()), *result, "{name}");
    }
}

#[test]
fn no_space_names_the_byte_left_out() {
    assert_eq!(decode_into(b"a%20b", &mut [0; 1]), Err(PercentError::NoSpace { at: 1 }));
    assert_eq!(decode_into(b"a%20b", &mut [0; 2]), Err(PercentError::NoSpace { at: 4 }));
    assert_eq!(decode_into(b"", &mut []), Ok(&b""[..]));
    assert_eq!(
        PercentError::NotHex { at: 7 }.to_string(),
        "percent sign without two hexadecimal digits at byte 7"
    );
}

#[test]
fn views_compare_with_text() {
    assert!(Decoded::new(b"caf%C3%A9") == "café");
    assert!(Decoded::new(b"a+b") == *"a+b");
    assert!(Decoded::form(b"a+b%2B") == "a b+");
    assert!(Decoded::new(b"ab") != "abc" && Decoded::new(b"abc") != "ab");
    assert!(Decoded::new(b"100%") == "100%", "an ill-formed encoding stands for itself");
    assert_eq!(Decoded::new(b"plain+").as_plain_str(), Some("plain+"));
    assert_eq!(Decoded::form(b"plain+").as_plain_str(), None);
    assert_eq!(Decoded::new(b"a%20").as_plain_str(), None);
    assert_eq!(Decoded::new(b"a%20").raw(), b"a%20");
    assert_eq!(format!("{:?}", Decoded::new(b"a\"\xff")), r#""a\"\xff""#);
}

type NamesAndValues = &'static [(&'static str, &'static str)];

#[test]
fn pairs_of_a_query() {
    let cases: &[(&str, &str, NamesAndValues)] = &[
        ("empty", "", &[]),
        ("only separators", "&&&", &[]),
        ("one", "a=1", &[("a", "1")]),
        ("without value", "a=1&b", &[("a", "1"), ("b", "")]),
        ("empty value", "a=&b=2", &[("a", ""), ("b", "2")]),
        ("empty name", "=1", &[("", "1")]),
        ("equals sign in the value", "a=b=c", &[("a", "b=c")]),
        ("empty members", "&a=1&&b=2&", &[("a", "1"), ("b", "2")]),
        ("repeated", "a=1&a=2", &[("a", "1"), ("a", "2")]),
        ("encoded", "a%26b=c%3Dd+e%2B", &[("a&b", "c=d e+")]),
    ];
    for (name, text, pairs) in cases {
        let found: Vec<_> =
            Pairs::new(text.as_bytes()).map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let expected: Vec<_> =
            pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        assert_eq!(found, expected, "{name}");
    }
}
