use std::{format, vec};

use super::{Credentials, CredentialsError, read};

#[test]
fn user_and_password_are_what_stands_around_the_first_colon() {
    #[rustfmt::skip]
    let cases: [(&str, &str, Result<(&str, &[u8]), CredentialsError>); 20] = [
        ("RFC 7617 §2", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==", Ok(("Aladdin", b"open sesame"))),
        ("RFC 7617 §2.1, with a pound sign", "dGVzdDoxMjPCow==", Ok(("test", "123\u{a3}".as_bytes()))),
        ("a user outside ASCII", "w6k6YQ==", Ok(("\u{e9}", b"a"))),
        ("no password", "YTo=", Ok(("a", b""))),
        ("no user", "OmE=", Ok(("", b"a"))),
        ("neither", "Og==", Ok(("", b""))),
        ("colons in the password", "YTpiOmM6", Ok(("a", b"b:c:"))),
        ("a password that is not UTF-8", "YTr/", Ok(("a", b"\xff"))),
        ("nothing", "", Err(CredentialsError::NoColon)),
        ("no colon", "YWJj", Err(CredentialsError::NoColon)),
        ("a space within", "YTpi Yw=", Err(CredentialsError::Base64)),
        ("no padding", "YTpiYw", Err(CredentialsError::Base64)),
        ("a space behind", "YTpi ", Err(CredentialsError::Base64)),
        ("two values", "YTpi,YTpi", Err(CredentialsError::Base64)),
        ("a user that is not UTF-8", "/zph", Err(CredentialsError::NotUtf8)),
        ("a NUL in the user", "AGE6Yg==", Err(CredentialsError::Control)),
        ("a line end in the user", "YQo6Yg==", Err(CredentialsError::Control)),
        ("a NUL in the password", "YTpiAA==", Err(CredentialsError::Control)),
        ("a DEL in the password", "YTpifw==", Err(CredentialsError::Control)),
        ("a control character and no colon", "YQA=", Err(CredentialsError::Control)),
    ];
    for (name, text, wanted) in cases {
        let wanted = wanted.map(|(user, password)| Credentials { user, password });
        assert_eq!(read(text.as_bytes(), &mut [0; 64]), wanted, "{name}");
    }
}

#[test]
fn credentials_fit_the_space_or_are_refused() {
    // `a:a`, and 65 times `aaa` behind it.
    let text = format!("YTph{}", "YWFh".repeat(65));
    for length in 0..=198 {
        let mut space = vec![0; length];
        let result = read(text.as_bytes(), &mut space);
        assert_eq!(result.is_ok(), length >= 198, "{length}");
        assert!(length >= 198 || result == Err(CredentialsError::TooLong), "{length}");
    }
}

#[test]
fn passwords_are_not_shown() {
    let text = format!("{:?}", Credentials { user: "ann", password: b"secret" });
    assert!(text.contains("ann") && !text.contains("secret") && !text.contains("115"), "{text}");
}
