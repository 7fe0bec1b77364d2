//! What error answers say.

use super::builder::{Response, TEXT};
use super::head::phrase;
use crate::bytes::number::Decimal;
use crate::handler::Failure;

/// Fills `response` with the text of an error answer: the status line's words, and the reason when there is one.
pub(super) fn fill<S>(response: &mut Response<'_, S>, failure: Failure) {
    let digits = failure.status().digits();
    let phrase = phrase(failure.status());
    response.begin_known(TEXT);
    let space = if phrase.is_empty() { "" } else { " " };
    let colon = if failure.reason().is_empty() { "" } else { ": " };
    response.append(&digits);
    for part in [space, phrase, colon, failure.reason()] {
        response.append(part.as_bytes());
    }
    if let Some(at) = failure.position() {
        response.append(b" at byte ");
        response.append(Decimal::new(at.into()).as_bytes());
    }
    response.append(b"\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::source::NoStream;
    use crate::connection::Cause;
    use crate::message::status::Status;
    use crate::response::{ConnectionOption, Framing, Length};

    #[test]
    fn the_applications_reason_is_always_told_and_ours_with_words() {
        let words = cfg!(feature = "reasons");
        let cases = [
            (
                Failure::new(Status::CONFLICT, "taken").at(7),
                "409: taken at byte 7",
                "409 Conflict: taken at byte 7",
            ),
            (Failure::new(Status::CONFLICT, ""), "409", "409 Conflict"),
            (Cause::UnknownMethod.failure(), "501", "501 Not Implemented: the method is unknown"),
        ];
        for (failure, bare, worded) in cases {
            let mut space = [0; 512];
            let mut response: Response<'_, NoStream> = Response::new(&mut space, None, "");
            response.fail(failure);
            let content = if words { worded } else { bare };
            let phrase = if words { failure.status().reason() } else { "" };
            let length = Length::Sized(content.len() as u64 + 1);
            let (part, _) = response.finish(Framing { length, connection: ConnectionOption::None }, true);
            assert_eq!(
                core::str::from_utf8(&space[part.start..part.end]).unwrap(),
                std::format!(
                    "HTTP/1.1 {} {phrase}\r\nContent-Length: {}\r\n{TEXT}\r\n{content}\n",
                    failure.status().code(),
                    content.len() + 1
                )
            );
        }
    }
}
