use super::{TokenError, is_b64token};
use crate::handler::Failure;

#[test]
fn tokens_by_their_grammar() {
    #[rustfmt::skip]
    let cases = [
        ("RFC 6750 §2.1", "mF_9.B5f-4.1JqM", true),
        ("every sign", "-._~+/", true),
        ("one letter", "a", true),
        ("padding", "a=", true),
        ("any padding", "a====", true),
        ("a signed token", "eyJhbGciOiJub25lIn0.e30.", true),
        ("nothing", "", false),
        ("only padding", "==", false),
        ("padding in the middle", "a=b", false),
        ("a space behind", "a ", false),
        ("two", "a b", false),
        ("a list", "a,b", false),
        ("a parameter", "realm=\"a\"", false),
        ("a quote", "\"a\"", false),
        ("a tab", "a\t", false),
        ("not ASCII", "\u{e9}", false),
    ];
    for (name, text, is_good) in cases {
        assert_eq!(is_b64token(text.as_bytes()), is_good, "{name}");
    }
    for byte in 0..=255u8 {
        let is_good = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        assert_eq!(is_b64token(&[b'a', byte, b'a']), is_good, "{byte:#x}");
    }
}

#[test]
fn every_error_is_found_again_from_its_failure() {
    for error in TokenError::ALL {
        assert_eq!(TokenError::of(error.into()), Some(error));
        let others = [Failure::new(error.status(), ""), error.status().into(), super::BUSY];
        assert!(others.iter().all(|failure| TokenError::of(*failure).is_none()), "{error:?}");
    }
    let codes = TokenError::ALL.map(TokenError::code);
    let [request, token, scope] =
        [Some("invalid_request"), Some("invalid_token"), Some("insufficient_scope")];
    assert_eq!(codes, [None, request, request, token, scope]);
}
