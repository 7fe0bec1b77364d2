//! Content of which any part can be asked for.

use bantam_core::handlers::representation::{Representation, Selection};
use bantam_core::message::entity_tag::EntityTag;
use bantam_core::prelude::*;

use crate::generated::{BINARY, DURATION};
use crate::number::{MOST, query_seconds};
use crate::pace::Pace;
use crate::{App, Streams};

/// Bytes that come together where nothing else is asked for.
const PIECE: u64 = 10_240;

/// The alphabet, over and over.
#[derive(Debug)]
pub struct Letters {
    /// The place of its first byte in the whole.
    start: u64,
    pace: Pace,
    sent: u64,
}

impl Letters {
    pub(crate) fn pull(&mut self, pull: &mut Pull<'_>) -> Pulled {
        let due = match self.pace.due(self.sent, pull.now()) {
            Ok(due) => due,
            Err(next) => return Pulled::Wait(Some(next)),
        };
        let space = pull.space();
        let length = space.len().min(usize::try_from(due).unwrap_or(usize::MAX));
        fill(self.start.saturating_add(self.sent), space.get_mut(..length).unwrap_or_default());
        self.sent = self.sent.saturating_add(length as u64);
        if self.sent < self.pace.count { Pulled::Bytes(length) } else { Pulled::Last(length) }
    }
}

/// Writes the letters from this place on.
fn fill(place: u64, out: &mut [u8]) {
    let skip = usize::try_from(place % 26).unwrap_or(0);
    out.iter_mut().zip((b'a'..=b'z').cycle().skip(skip)).for_each(|(byte, letter)| *byte = letter);
}

/// `/range/:n`: so many letters, or a part of them (RFC 9110 §14), over `duration` seconds in pieces of `chunk_size`. A
/// part takes its share of the time.
pub(crate) fn letters(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    const NOTHING: Failure = Failure::new(Status::NOT_FOUND, "there are from 1 to 2^32 bytes of this");
    let length: u64 = request.param("n")?;
    if !(1..=MOST).contains(&length) {
        return Err(NOTHING);
    }
    let piece = request.query_number("chunk_size")?.unwrap_or(PIECE).max(1);
    let duration = query_seconds(request, "duration", Duration::ZERO, DURATION)?;
    let mut tag = heapless::String::<16>::new();
    let _ = core::fmt::Write::write_fmt(&mut tag, format_args!("range{length}")); // ten digits at most
    let whole = Representation {
        etag: EntityTag::strong(&tag),
        modified: None,
        length: Some(length),
        content_type: BINARY,
    };
    let (start, count) = match whole.select(request, response) {
        Selection::Whole => (0, length),
        Selection::Part(span) => (span.start(), span.len()),
        Selection::Answered => return Ok(()),
    };
    let micros = u64::try_from(duration.as_micros()).unwrap_or(0).saturating_mul(count);
    let duration = Duration::from_micros(micros.checked_div(length).unwrap_or(0));
    let pace = Pace { begins: request.now(), duration, count, piece };
    response.stream(BINARY, Some(count), Streams::Letters(Letters { start, pace, sent: 0 }))
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn every_part_is_cut_from_the_whole() {
        for start in 0..60_u8 {
            let mut part = [0; 60];
            fill(u64::from(start), &mut part);
            for (at, byte) in (start..).zip(part) {
                assert_eq!(byte, b'a' + at % 26, "from {start}, at {at}");
            }
        }
        let mut last = [0; 3];
        fill((1 << 32) - 3, &mut last);
        assert_eq!(last, *b"tuv"); // 2^32 - 3 is 19 more than a multiple of 26
    }
}
