//! Content from the store, and content on its way there.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::entry::{Draft, Entry};
use super::shared::Filling;
use crate::body::source::{Pull, Pulled, Source};

/// A source that gives stored content, or gives what another source gives and keeps it: the variant that an
/// application's streams need for [`Cache`](super::Cache).
pub struct Cached<S>(Kind<S>);

enum Kind<S> {
    Stored(Arc<Entry>, usize),
    Capture(Box<Capture<S>>),
}

struct Capture<S> {
    source: S,
    /// Bytes that the source has announced.
    length: Option<u64>,
    kept: Vec<u8>,
    /// Most bytes kept.
    most: usize,
    /// None when the answer is not stored after all.
    into: Option<(Filling, Draft)>,
}

impl<S> Cached<S> {
    pub(super) const fn stored(entry: Arc<Entry>) -> Self {
        Self(Kind::Stored(entry, 0))
    }

    pub(super) fn capture(
        source: S,
        length: Option<u64>,
        most: usize,
        filling: Filling,
        draft: Draft,
    ) -> Self {
        let into = Some((filling, draft));
        Self(Kind::Capture(Box::new(Capture { source, length, kept: Vec::new(), most, into })))
    }
}

impl<S> core::fmt::Debug for Cached<S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Cached").finish_non_exhaustive()
    }
}

impl<A, S: Source<A>> Source<A> for Cached<S> {
    fn pull(&mut self, app: &A, pull: &mut Pull<'_>) -> Pulled {
        match &mut self.0 {
            Kind::Stored(entry, sent) => {
                let rest = entry.content.get(*sent..).unwrap_or_default();
                let length = rest.len().min(pull.space.len());
                pull.space.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
                *sent = sent.saturating_add(length);
                if length == rest.len() { Pulled::Last(length) } else { Pulled::Bytes(length) }
            }
            Kind::Capture(capture) => {
                let pulled = capture.source.pull(app, pull);
                match pulled {
                    Pulled::Bytes(length) => capture.keep(pull.space.get(..length), false),
                    Pulled::Last(length) => capture.keep(pull.space.get(..length), true),
                    Pulled::Wait(_) => {}
                    Pulled::Failed => capture.into = None,
                }
                pulled
            }
        }
    }

    fn reads_content(&self) -> bool {
        match &self.0 {
            Kind::Stored(..) => false,
            Kind::Capture(capture) => capture.source.reads_content(),
        }
    }
}

impl<S> Capture<S> {
    /// Keeps what was given, and stores all when it has ended: with the last piece, or with the length that was announced,
    /// after which nobody asks any more.
    fn keep(&mut self, given: Option<&[u8]>, is_last: bool) {
        let Some((filling, _)) = &mut self.into else { return };
        // Counted, but not written: a fault of the source that is no content.
        let fits = given.filter(|given| {
            self.kept.len().saturating_add(given.len()) <= self.most && filling.reserve(given.len())
        });
        let Some(given) = fits else {
            self.into = None;
            self.kept = Vec::new();
            return;
        };
        self.kept.extend_from_slice(given);
        let is_whole = self.length.map_or(is_last, |length| length == self.kept.len() as u64);
        if is_whole {
            let content = core::mem::take(&mut self.kept);
            if let Some((filling, draft)) = self.into.take() {
                filling.store(Entry { draft, content: content.into() });
            }
        }
    }
}
