//! JSON content (RFC 8259), read by `serde`.

use serde::Deserialize;
use serde_json_core::de::Error;

use super::{Failure, Request};
use crate::message::status::Status;

impl<'r> Request<'r> {
    /// The content as JSON. Strings with escapes are decoded in `space`, one at a time, which bounds their length; they
    /// can be read into owned strings, such as `heapless::String`, and not into `&str`.
    ///
    /// ```
    /// use bantam_core::prelude::*;
    /// #[derive(serde::Deserialize)]
    /// struct Switch {
    ///     on: bool,
    /// }
    /// fn switch(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    ///     let switch: Switch = request.json(&mut [])?;
    ///     response.text(if switch.on { "on" } else { "off" })
    /// }
    /// static ROUTES: Router<(), 1> = Router::new([put("/switch", switch)]);
    /// ```
    ///
    /// # Errors
    /// 415 when the content does not say that it is JSON: `application/json` or a type that ends in `+json`. 400 with what
    /// is wrong, and the byte that shows it.
    pub fn json<T: Deserialize<'r>>(&self, space: &mut [u8]) -> Result<T, Failure> {
        const OTHER_TYPE: Failure =
            Failure::new(Status::UNSUPPORTED_MEDIA_TYPE, "the content is not application/json");
        let is_json = self.essence().is_some_and(|essence| {
            let suffix = essence.len().checked_sub(5).and_then(|at| essence.get(at..));
            essence.eq_ignore_ascii_case("application/json")
                || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
        });
        if !is_json {
            return Err(OTHER_TYPE);
        }
        let text = self.body();
        read(text, space).map_err(|error| {
            let at = place::<T>(text, space);
            Failure::new(Status::BAD_REQUEST, reason(error)).at(u32::try_from(at).unwrap_or(u32::MAX))
        })
    }
}

fn read<'t, T: Deserialize<'t>>(text: &'t [u8], space: &mut [u8]) -> Result<T, Error> {
    serde_json_core::from_slice_escaped(text, space).map(|(value, _)| value)
}

/// The first byte that shows a mistake, or the end of the text where it is cut short. The reader does not tell where
/// it stood, but a text that is cut before the mistake only lacks its end: so the place is found by halves.
fn place<'t, T: Deserialize<'t>>(text: &'t [u8], space: &mut [u8]) -> usize {
    let (mut good, mut bad) = (0, text.len());
    if matches!(read::<T>(text, space), Err(error) if is_about_end(error)) {
        return bad;
    }
    while bad.saturating_sub(good) > 1 {
        let middle = good.midpoint(bad);
        match read::<T>(text.get(..middle).unwrap_or_default(), space) {
            Err(error) if !is_about_end(error) => bad = middle,
            _ => good = middle,
        }
    }
    good
}

/// Whether more text could mend it.
fn is_about_end(error: Error) -> bool {
    use Error::{
        EofWhileParsingList, EofWhileParsingNumber, EofWhileParsingObject, EofWhileParsingString,
        EofWhileParsingValue,
    };
    matches!(
        error,
        EofWhileParsingList
            | EofWhileParsingNumber
            | EofWhileParsingObject
            | EofWhileParsingString
            | EofWhileParsingValue
    )
}

fn reason(error: Error) -> &'static str {
    match error {
        _ if is_about_end(error) => "the JSON is cut short",
        Error::ExpectedColon => "the JSON lacks a colon",
        Error::ExpectedListCommaOrEnd => "the JSON lacks a comma or the end of an array",
        Error::ExpectedObjectCommaOrEnd => "the JSON lacks a comma or the end of an object",
        Error::ExpectedSomeIdent | Error::ExpectedSomeValue => "the JSON lacks a value",
        Error::InvalidNumber => "the JSON has a number that cannot be read",
        Error::InvalidType => "the JSON has a value of another type than is wanted",
        Error::InvalidUnicodeCodePoint | Error::InvalidEscapeSequence => {
            "the JSON has a string that cannot be read"
        }
        Error::EscapedStringIsTooLong => "the JSON has a string that is too long",
        Error::KeyMustBeAString => "the JSON has a key that is no string",
        Error::TrailingCharacters => "the JSON has more than is wanted",
        Error::TrailingComma => "the JSON has a comma too many",
        _ => "the JSON has not the fields that are wanted, or values that cannot be",
    }
}

#[cfg(test)]
mod tests;
