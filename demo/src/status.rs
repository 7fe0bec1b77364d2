//! `/status/:codes`: the status that is asked for, or one of several by chance.

use bantam_core::bytes::number::decimal;
use bantam_core::prelude::*;

use crate::noise::Noise;
use crate::number::millionths;
use crate::{App, Streams};

/// `/status/404`, `/status/200,503`, `/status/200:3,503:0.5`.
pub(crate) fn status(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let codes: &str = request.param("codes")?;
    answer(choose(codes, Noise::of(request).word(0))?, response)
}

/// The status of this code, if it can end an exchange.
///
/// # Errors
/// 400 outside 200 to 599.
pub(crate) fn from_code(code: u64) -> Result<Status, Failure> {
    const NO_STATUS: Failure = Failure::new(Status::BAD_REQUEST, "the status is no number from 200 to 599");
    let code = u16::try_from(code).ok().filter(|code| matches!(code, 200..=599));
    code.and_then(Status::new).ok_or(NO_STATUS)
}

/// One status of a list, by weights of which each is 1 where none is given.
fn choose(codes: &str, random: u64) -> Result<Status, Failure> {
    const NO_WEIGHT: Failure = Failure::new(Status::BAD_REQUEST, "the weights are no numbers, or all zero");
    let weighted = |choice: &str| -> Result<(Status, u64), Failure> {
        let (code, weight) = choice.split_once(':').unwrap_or((choice, "1"));
        let status = from_code(decimal(code.as_bytes()).unwrap_or(0))?;
        Ok((status, millionths(weight.bytes()).ok_or(NO_WEIGHT)?))
    };
    let mut total = 0_u64;
    for choice in codes.split(',') {
        total = total.checked_add(weighted(choice)?.1).ok_or(NO_WEIGHT)?;
    }
    let mut left = random.checked_rem(total).ok_or(NO_WEIGHT)?;
    for choice in codes.split(',') {
        let (status, weight) = weighted(choice)?;
        match left.checked_sub(weight) {
            Some(rest) => left = rest,
            None => return Ok(status),
        }
    }
    Err(NO_WEIGHT)
}

/// An answer of this status with the fields that it cannot do without.
fn answer(status: Status, response: &mut Response<'_, Streams>) -> Outcome {
    response.status(status);
    match status.code() {
        301..=303 | 305 | 307 | 308 => response.field("Location", "/redirect/1").empty(),
        401 => response.field("WWW-Authenticate", "Basic realm=\"Fake Realm\"").empty(),
        405 => response.field("Allow", "").empty(), // RFC 9110 §10.2.1: nothing is allowed
        406 => response.bytes("application/json", NOT_ACCEPTABLE),
        407 => response.field("Proxy-Authenticate", "Basic realm=\"Fake Realm\"").empty(),
        418 => response.text(TEAPOT),
        _ => response.empty(),
    }
}

const NOT_ACCEPTABLE: &[u8] = br#"{"message":"none of these is accepted","accept":["image/webp","image/svg+xml","image/jpeg","image/png","image/*"]}"#;

const TEAPOT: &str = r#"
        o
     .-===-.    _
  .-/       \--' )
 ( |  short  |  /
  '-\ stout /--'
     '-----'
"#;

#[cfg(test)]
mod tests {
    use super::{Status, choose};

    #[test]
    fn weights_are_kept() {
        let count = |codes: &str, code: u16| {
            let all = (0..1_000_000_u64).step_by(100).map(|random| choose(codes, random * 3));
            let status = Status::new(code).expect("a status");
            all.filter(|chosen| *chosen == Ok(status)).count()
        };
        assert_eq!(count("204", 204), 10_000);
        assert_eq!(count("200:2,500:1", 200), 6_667);
        assert_eq!(count("200:2,500:1", 500), 3_333);
        assert_eq!(count("200:0,500:1", 500), 10_000);
        assert_eq!(count("200,500:0.5,404:1.5", 404), 5_000);
    }

    #[test]
    fn lists_that_cannot_be_read_are_refused() {
        for codes in [
            "",
            ",",
            "200,",
            ",200",
            "200:",
            "200:x",
            "200:-1",
            "200:0",
            "200:0,404:0",
            "199",
            "100",
            "600",
            "1000",
            "200;404",
            "abc",
            "+200",
            "20",
            "200:1:1",
            "200:18446744073709,404:18446744073709",
            "65736",
        ] {
            assert_eq!(
                choose(codes, 7).map_err(|failure| failure.status()),
                Err(Status::BAD_REQUEST),
                "{codes}"
            );
        }
    }
}
