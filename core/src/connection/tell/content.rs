//! What is told of a body: a part of it is told when it is complete, which may be when its bytes are gone.

use super::super::{Cause, Lent};
use crate::body::decode::{BodyError, Decoded, Part};
use crate::body::sink::Sink;
use crate::body::source::Source;
use crate::explain::{Fact, Place, Refusal, SHOWN};
use crate::parse::field_line::FieldLineError;

/// The part of a body that is being read, which may be told when its bytes are gone.
#[derive(Debug)]
pub(in crate::connection) struct Trail {
    /// Where the part starts.
    start: u64,
    /// Up to where its bytes were looked at.
    seen: u64,
    /// Where a chunk line has its extensions.
    extension: Place,
    shown: [u8; SHOWN],
}

impl Trail {
    pub(in crate::connection) const NEW: Self =
        Self { start: 0, seen: 0, extension: Place { start: 0, end: 0 }, shown: [0; SHOWN] };

    /// Where the part starts.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// A part starts here.
    pub(super) fn begin(&mut self, at: u64) {
        self.start = at;
        self.seen = at;
        self.extension = Place { start: at, end: at };
    }

    /// Keeps of `bytes`, which lie at `at`, what is shown and was not kept.
    fn keep(&mut self, at: u64, bytes: &[u8]) {
        let known = usize::try_from(self.seen.saturating_sub(at)).unwrap_or(usize::MAX);
        let bytes = bytes.get(known..).unwrap_or_default();
        let kept = self.kept();
        if let Some(space) = self.shown.get_mut(kept..) {
            space.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        }
        self.seen = self.seen.saturating_add(bytes.len() as u64);
    }

    fn kept(&self) -> usize {
        usize::try_from(self.seen.saturating_sub(self.start)).map_or(SHOWN, |length| length.min(SHOWN))
    }

    fn shown(&self) -> &[u8] {
        self.shown.get(..self.kept()).unwrap_or_default()
    }
}

impl<A, S: Source<A> + Sink<A>> Lent<'_, A, S> {
    /// Does what [`Decoder::decode`](crate::body::decode::Decoder::decode) does with the bytes received, a part at a
    /// time, and tells each part that is complete.
    #[cold]
    pub(in crate::connection) fn decode_in_steps(&mut self) -> Result<(), BodyError> {
        loop {
            let exchange = &*self.buffers.exchange;
            let (unread, before) = (exchange.unread, exchange.decoder.part());
            let offset = self.offset(unread);
            let rest = self.received(unread, exchange.filled);
            let length = match before {
                Part::Behind => 0,
                Part::Content { left } | Part::ChunkData { left } => {
                    usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len()))
                }
                Part::Trailer => self.line_end(unread).saturating_sub(unread),
                Part::ChunkSize | Part::ChunkExtension | Part::ChunkLineEnd | Part::ChunkDataEnd => {
                    rest.len().min(1)
                }
            };
            if length == 0 {
                return Ok(());
            }
            let end = unread.saturating_add(length);
            let exchange = &mut *self.buffers.exchange;
            exchange.trail.keep(offset, self.buffers.receive.get(unread..end).unwrap_or_default());
            let mut at = Decoded { content_end: exchange.content_end, unread };
            let bytes = self.buffers.receive.get_mut(..end).unwrap_or_default();
            let outcome = exchange.decoder.decode(bytes, &mut at, &self.service.limits);
            exchange.content_end = at.content_end;
            exchange.unread = at.unread;
            outcome?;
            if at.unread == unread {
                return Ok(()); // a trailer line whose end has not come
            }
            self.tell_step(before);
        }
    }

    /// Tells the part that has been completed, if one has.
    #[cold]
    fn tell_step(&mut self, before: Part) {
        let exchange = &*self.buffers.exchange;
        let here = self.offset(exchange.unread);
        let trail = &exchange.trail;
        let (place, bytes) = (Place { start: trail.start, end: here }, trail.shown());
        let extension = trail.extension;
        let content = exchange.decoder.received();
        match (before, exchange.decoder.part()) {
            (Part::ChunkSize, Part::ChunkExtension) => {
                let start = here.saturating_sub(1);
                self.buffers.exchange.trail.extension = Place { start, end: start };
                return;
            }
            (Part::ChunkExtension, Part::ChunkLineEnd) => {
                self.buffers.exchange.trail.extension.end = here.saturating_sub(1);
                return;
            }
            (Part::ChunkLineEnd, Part::ChunkData { left: size }) => {
                self.see(&Fact::ChunkSize { place, bytes, size, extension });
            }
            (Part::ChunkLineEnd, Part::Trailer) => self.see(&Fact::LastChunk { place, bytes, extension }),
            (Part::ChunkData { .. }, Part::ChunkDataEnd) => {
                self.see(&Fact::ChunkData { place, bytes, missing: 0 });
            }
            (Part::ChunkDataEnd, Part::ChunkSize) => self.see(&Fact::ChunkEnd { place, bytes }),
            (Part::Trailer, Part::Trailer) => self.see(&Fact::TrailerLine { place, bytes }),
            (Part::Trailer, Part::Behind) => self.see(&Fact::BodyEnd { place, bytes, content }),
            (Part::Content { .. }, Part::Behind) => {
                self.see(&Fact::Content { place, bytes, missing: 0 });
                let place = Place { start: here, end: here };
                self.see(&Fact::BodyEnd { place, bytes: &[], content });
            }
            _ => return,
        }
        self.buffers.exchange.trail.begin(here);
    }

    /// The body is refused: what was read of its last part is told before that.
    #[cold]
    pub(super) fn tell_body_refusal(&mut self, cause: Cause, is_answered: bool) {
        self.tell_unfinished();
        let here = self.offset(self.buffers.exchange.unread);
        let received = self.connection.told.received;
        let at = match cause {
            Cause::Body(BodyError::Trailer(
                FieldLineError::Name { at }
                | FieldLineError::BlankInName { at }
                | FieldLineError::Value { at },
            )) => Some(here.saturating_add(at as u64)),
            Cause::Body(BodyError::TrailerTooLarge) => None,
            Cause::Body(_) => Some(here),
            Cause::EndsInContent | Cause::TooSlow => Some(received),
            _ => None,
        };
        let start = self.buffers.exchange.trail.start;
        let end = at.map_or(here, |at| at.saturating_add(1).min(received)).max(start);
        let place = Place { start, end };
        let refusal = Refusal { cause, at, place, bytes: self.shown_of(end), is_answered };
        self.see(&Fact::Refusal(refusal));
        self.connection.told.interpreted = end;
    }

    /// Content ends before it is complete: what has come of it is told.
    #[cold]
    pub(super) fn tell_unfinished(&mut self) {
        let exchange = &*self.buffers.exchange;
        let (start, here) = (exchange.trail.start, self.offset(exchange.unread));
        let (place, bytes) = (Place { start, end: here }, self.shown_of(here));
        match exchange.decoder.part() {
            Part::Content { left } if !place.is_empty() => {
                self.see(&Fact::Content { place, bytes, missing: left });
                self.buffers.exchange.trail.begin(here);
            }
            Part::ChunkData { left } if !place.is_empty() => {
                self.see(&Fact::ChunkData { place, bytes, missing: left });
                self.buffers.exchange.trail.begin(here);
            }
            _ => {}
        }
    }

    /// What is kept of the part of a body that is being read, up to this offset.
    fn shown_of(&self, end: u64) -> &[u8] {
        let trail = &self.buffers.exchange.trail;
        let length = usize::try_from(end.saturating_sub(trail.start)).unwrap_or(SHOWN);
        let shown = trail.shown();
        shown.get(..length).unwrap_or(shown)
    }

    /// The content is at fault, but an answer has begun.
    #[cold]
    pub(in crate::connection) fn tell_late_refusal(&mut self, cause: Cause) {
        self.tell_body_refusal(cause, false);
    }
}
