//! Content that is coded while it flows.

use alloc::boxed::Box;

use super::coder::{Coded, Flush};
use super::coding::{Engine, Lent};
use crate::body::source::{Pull, Pulled, Source};
use crate::time::Instant;

/// Bytes of content that wait for the coder.
const INPUT: usize = 16_384;

/// Most content taken for one pull, which is some milliseconds of work: then what there is goes out, however little
/// that is, and others have their turn before more is taken.
const LONGEST_SILENCE: usize = 131_072;

/// A source that codes what another gives: the variant that an application's streams need for [`Compress`](super::Compress).
///
/// Nothing is held back: when the source it asks has to wait, what that has given before is flushed to the peer. It
/// waits until the same instant, reads the request's content where that does, and fails when that fails.
pub struct Compressed<S>(Option<Box<State<S>>>);

struct State<S> {
    content: Content<S>,
    lent: Lent,
    /// What the coder has not taken yet of its engine's space.
    start: usize,
    end: usize,
    /// Whether the coder has taken content since it was flushed.
    is_unflushed: bool,
    stage: Stage,
    /// Whether others have their turn first.
    rests: bool,
    /// The instant that its source waits for, while what there was before is flushed.
    wakes: Option<Instant>,
}

/// Where content comes from.
enum Content<S> {
    /// A source, and how much it owes where it has said so.
    Source(S, Option<u64>),
    Static(&'static [u8]),
    /// Coded content in the engine's space.
    Coded,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Flows,
    /// What there is goes out first.
    Flushes,
    /// The same, and then it fails.
    FlushesAndFails,
    /// All content is there.
    Ends,
}

impl<S> Compressed<S> {
    /// For an answer whose content is not sent.
    pub(super) const fn nothing() -> Self {
        Self(None)
    }

    pub(super) fn of_source(source: S, length: Option<u64>, lent: Lent) -> Self {
        Self::new(Content::Source(source, length), lent, 0)
    }

    pub(super) fn of_static(bytes: &'static [u8], lent: Lent) -> Self {
        Self::new(Content::Static(bytes), lent, 0)
    }

    /// Of the first `length` bytes of the engine's space, which are coded.
    pub(super) fn of_coded(length: usize, lent: Lent) -> Self {
        Self::new(Content::Coded, lent, length)
    }

    fn new(content: Content<S>, lent: Lent, end: usize) -> Self {
        let (is_unflushed, stage) = (false, Stage::Flows);
        Self(Some(Box::new(State {
            content,
            lent,
            start: 0,
            end,
            is_unflushed,
            stage,
            rests: false,
            wakes: None,
        })))
    }
}

impl<S> core::fmt::Debug for Compressed<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Compressed").finish_non_exhaustive()
    }
}

impl<A, S: Source<A>> Source<A> for Compressed<S> {
    fn pull(&mut self, app: &A, pull: &mut Pull<'_>) -> Pulled {
        let Some(state) = &mut self.0 else { return Pulled::Failed };
        match &state.content {
            Content::Coded => state.copy(pull),
            Content::Source(..) | Content::Static(_) => state.code(app, pull),
        }
    }

    fn reads_content(&self) -> bool {
        match self.0.as_deref() {
            Some(State { content: Content::Source(source, _), .. }) => source.reads_content(),
            _ => false,
        }
    }
}

impl<S> State<S> {
    fn copy(&mut self, pull: &mut Pull<'_>) -> Pulled {
        let Some(Engine { space, .. }) = self.lent.engine() else { return Pulled::Failed };
        let rest = space.get(self.start..self.end).unwrap_or_default();
        let length = rest.len().min(pull.space.len());
        pull.space.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        self.start = self.start.saturating_add(length);
        if self.start >= self.end { Pulled::Last(length) } else { Pulled::Bytes(length) }
    }

    fn code<A>(&mut self, app: &A, pull: &mut Pull<'_>) -> Pulled
    where
        S: Source<A>,
    {
        if core::mem::take(&mut self.rests) {
            return Pulled::Wait(Some(pull.now));
        }
        let (mut written, mut taken) = (0_usize, 0_usize);
        loop {
            let flush = match self.stage {
                Stage::Flows => Flush::None,
                Stage::Flushes | Stage::FlushesAndFails => Flush::Sync,
                Stage::Ends => Flush::Finish,
            };
            if self.start < self.end || flush != Flush::None {
                let output = pull.space.get_mut(written..).unwrap_or_default();
                if output.is_empty() {
                    return Pulled::Bytes(written);
                }
                let Some(Coded { consumed, produced, done }) = self.step(output, flush) else {
                    return Pulled::Failed;
                };
                written = written.saturating_add(produced);
                taken = taken.saturating_add(consumed);
                match self.stage {
                    Stage::Ends if done => return Pulled::Last(written),
                    Stage::Flushes if done => {
                        self.stage = Stage::Flows;
                        match written {
                            0 => continue,
                            _ => return Pulled::Bytes(written),
                        }
                    }
                    Stage::FlushesAndFails if done => self.is_unflushed = false,
                    _ if consumed == 0 && produced == 0 => return Pulled::Failed, // a coder that stands still
                    _ => continue,
                }
            }
            if self.stage == Stage::FlushesAndFails {
                return if written > 0 { Pulled::Bytes(written) } else { Pulled::Failed };
            }
            if taken >= LONGEST_SILENCE {
                self.rests = true;
                match written {
                    0 => self.stage = Stage::Flushes,
                    _ => return Pulled::Bytes(written),
                }
                continue;
            }
            match self.refill(app, pull) {
                Pulled::Bytes(length @ 1..) => self.end = length,
                Pulled::Last(length) => (self.end, self.stage) = (length, Stage::Ends),
                Pulled::Failed => {
                    self.stage =
                        if self.is_unflushed { Stage::FlushesAndFails } else { return Pulled::Failed }
                }
                // It is asked again when what there was is out.
                Pulled::Bytes(_) if self.is_unflushed => self.stage = Stage::Flushes,
                Pulled::Wait(wakes) if self.is_unflushed => {
                    (self.stage, self.wakes) = (Stage::Flushes, wakes)
                }
                Pulled::Bytes(_) if written > 0 => return Pulled::Bytes(written),
                Pulled::Wait(wakes) if written > 0 => {
                    self.wakes = wakes;
                    return Pulled::Bytes(written);
                }
                waits => return waits,
            }
        }
    }

    /// Lets the coder take content, and write.
    fn step(&mut self, output: &mut [u8], flush: Flush) -> Option<Coded> {
        let (coder, space) = self.lent.engine()?.parts(INPUT);
        let coded = coder.code(space.get(self.start..self.end)?, output, flush).ok()?;
        self.start = self.start.saturating_add(coded.consumed);
        self.is_unflushed |= coded.consumed > 0;
        if flush == Flush::Sync && coded.done {
            self.is_unflushed = false;
        }
        Some(coded)
    }

    /// Asks for more content, when the coder has taken all.
    fn refill<A>(&mut self, app: &A, pull: &mut Pull<'_>) -> Pulled
    where
        S: Source<A>,
    {
        self.start = 0;
        self.end = 0;
        match self.wakes.take() {
            Some(wakes) if wakes > pull.now && pull.content().is_empty() => return Pulled::Wait(Some(wakes)),
            _ => {}
        }
        let Some(engine) = self.lent.engine() else { return Pulled::Failed };
        let (_, space) = engine.parts(INPUT);
        let (source, owed) = match &mut self.content {
            Content::Source(source, owed) => (source, owed),
            Content::Static(bytes) => {
                let (front, rest) = bytes.split_at_checked(INPUT).unwrap_or((bytes, &[]));
                *bytes = rest;
                space.iter_mut().zip(front).for_each(|(place, byte)| *place = *byte);
                return if rest.is_empty() { Pulled::Last(front.len()) } else { Pulled::Bytes(front.len()) };
            }
            Content::Coded => return Pulled::Failed,
        };
        // The connection holds a sized answer to its length; here nobody does but this.
        let room = owed.map_or(space.len(), |owed| {
            usize::try_from(owed).map_or(space.len(), |owed| owed.min(space.len()))
        });
        let Some(space @ [_, ..]) = space.get_mut(..room) else { return Pulled::Last(0) };
        let mut inner = Pull {
            space,
            content: pull.content.get(pull.consumed..).unwrap_or_default(),
            content_complete: pull.content_complete,
            consumed: 0,
            now: pull.now,
            request: pull.request,
        };
        let pulled = source.pull(app, &mut inner);
        let consumed = inner.consumed;
        pull.consume(consumed);
        let (length, is_last) = match pulled {
            Pulled::Bytes(length) => (length.min(room), false),
            Pulled::Last(length) => (length.min(room), true),
            other => return other,
        };
        if let Some(owed) = owed {
            *owed = owed.saturating_sub(length as u64);
            if *owed > 0 && is_last {
                return Pulled::Failed; // less than was announced
            }
            if *owed == 0 {
                return Pulled::Last(length);
            }
        }
        if is_last { Pulled::Last(length) } else { Pulled::Bytes(length) }
    }
}
