use super::*;

#[test]
fn origins_are_what_browsers_send() {
    for good in [
        "null",
        "http://a",
        "https://example.com",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "chrome-extension://abcdefghijkl",
        "https://xn--bcher-kva.example",
    ] {
        assert!(is_origin(good), "{good}");
    }
    for bad in [
        "",
        "*",
        "example.com",
        "https://",
        "://a",
        "https://a/",
        "https://a/b",
        "https://A",
        "HTTPS://a",
        "https://a b",
        "https://u@a",
        "https:a",
        "https://a?b",
        "https://b\u{fc}cher.example",
    ] {
        assert!(!is_origin(bad), "{bad}");
    }
}

#[test]
#[should_panic(expected = "credentials go to origins that are named")]
fn credentials_for_all_are_refused_at_run_time_too() {
    let _ = Cors::any().credentials();
}

#[test]
fn tokens_are_judged_alike_while_compiling() {
    for byte in 0..=u8::MAX {
        assert_eq!(is_const_token(&[b'a', byte]), is_token(&[b'a', byte]), "{byte}");
    }
    assert!(!is_const_token(b"") && !is_token(b""));
}
