//! Content that is computed while it is sent: any amount of it costs a few words of memory.

use bantam_core::prelude::*;

use crate::describe::{self, Lines, Shape};
use crate::noise::Noise;
use crate::number::{bounded, query_seconds, seconds};
use crate::pace::Pace;
use crate::{App, Streams};

pub(crate) const BINARY: &str = "application/octet-stream";

/// Longest delay before content begins, and longest that `/delay` lets a thread wait, where there is one for it.
const DELAY: Duration = Duration::from_secs(10);

/// Longest time over which content comes. Shorter than what `Limits::source` gives from byte to byte.
pub(crate) const DURATION: Duration = Duration::from_secs(60);

/// Bytes that look random.
#[derive(Debug)]
pub struct Bytes {
    noise: Noise,
    at: u64,
    end: u64,
    /// Most bytes given at once.
    piece: usize,
}

impl Bytes {
    pub(crate) fn pull(&mut self, pull: &mut Pull<'_>) -> Pulled {
        let left = self.end.saturating_sub(self.at);
        let space = pull.space();
        let length = space.len().min(self.piece).min(usize::try_from(left).unwrap_or(usize::MAX));
        self.noise.fill(self.at, space.get_mut(..length).unwrap_or_default());
        self.at = self.at.saturating_add(length as u64);
        if self.at < self.end { Pulled::Bytes(length) } else { Pulled::Last(length) }
    }
}

/// Asterisks that come one after the other, evenly over some time.
#[derive(Debug)]
pub struct Drip {
    pace: Pace,
    sent: u64,
}

impl Drip {
    pub(crate) fn pull(&mut self, pull: &mut Pull<'_>) -> Pulled {
        let due = match self.pace.due(self.sent, pull.now()) {
            Ok(due) => due,
            Err(next) => return Pulled::Wait(Some(next)),
        };
        let space = pull.space();
        let length = space.len().min(usize::try_from(due).unwrap_or(usize::MAX));
        space.get_mut(..length).unwrap_or_default().fill(b'*');
        self.sent = self.sent.saturating_add(length as u64);
        if self.sent < self.pace.count { Pulled::Bytes(length) } else { Pulled::Last(length) }
    }
}

/// `/bytes/:n`: its length is known.
pub(crate) fn bytes(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let (noise, end) = noise_asked_for(request)?;
    response.stream(BINARY, Some(end), Streams::Bytes(Bytes { noise, at: 0, end, piece: usize::MAX }))
}

/// `/stream-bytes/:n`: the same bytes for the same seed, in chunks of at most `chunk_size`.
pub(crate) fn stream_bytes(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let (noise, end) = noise_asked_for(request)?;
    let piece = request.query_number("chunk_size")?.unwrap_or(10_240).max(1);
    let piece = usize::try_from(piece).unwrap_or(usize::MAX);
    response.stream(BINARY, None, Streams::Bytes(Bytes { noise, at: 0, end, piece }))
}

fn noise_asked_for(request: &Request<'_>) -> Result<(Noise, u64), Failure> {
    let count = bounded(request.param("n")?)?;
    let noise = request.query_number("seed")?.map_or_else(|| Noise::of(request), Noise::new);
    Ok((noise, count))
}

/// `/stream/:n`: lines of JSON.
pub(crate) fn lines(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let lines = Lines::of(bounded(request.param("n")?)?, request)?;
    response.stream("application/json", None, Streams::Lines(lines))
}

/// `/drip`: `numbytes` asterisks over `duration` seconds, after `delay` seconds, with the status `code`.
pub(crate) fn drip(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    const NONE: Failure = Failure::new(Status::BAD_REQUEST, "numbytes is not positive");
    let count = bounded(request.query_number("numbytes")?.unwrap_or(10))?;
    if count == 0 {
        return Err(NONE);
    }
    let duration = query_seconds(request, "duration", Duration::from_secs(2), DURATION)?;
    let delay = query_seconds(request, "delay", Duration::ZERO, DELAY)?;
    let code = request.query_number("code")?.unwrap_or(200);
    response.status(crate::status::from_code(code)?);
    let begins = request.now().after(delay);
    let pace = Pace { begins, duration, count, piece: 1 };
    response.stream(BINARY, Some(count), Streams::Drip(Drip { pace, sent: 0 }))
}

/// `/delay/:seconds`: describes the request after some time. A thread that may wait does so, and the whole answer comes
/// late, as that of a slow server would. Elsewhere the head leaves at once and only the content waits.
pub(crate) fn delay(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let delay = seconds(request.param::<&str>("seconds")?.bytes(), DELAY)?;
    #[cfg(feature = "std")]
    if request.may_wait() {
        // What is wrong with the request is said at once.
        describe::answer(Shape::Delayed, request, response)?;
        std::thread::sleep(delay);
        return Ok(());
    }
    describe::answer_at(request.now().after(delay), Shape::Delayed, request, response)
}
