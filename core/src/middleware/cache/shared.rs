//! What the threads share: the store, and who is about to fill it.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::directives::Directives;
use super::entry::{Entry, Usable};
use super::key::{Key, Target};
use super::store::Store;
use crate::handler::Request;

/// Most fillers at a time; answers of others are not stored.
const FILLS: usize = 256;

pub(super) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Bytes of answers that are kept while they flow.
    captured: AtomicUsize,
    most_captured: usize,
}

struct State {
    store: Store,
    fills: Vec<Fill>,
    fills_begun: u64,
}

/// A target that somebody makes an answer for.
struct Fill {
    key: Key,
    number: u64,
    /// Whether the answer flows: then nobody waits for its end, which its peer decides.
    is_streamed: bool,
    /// Whether the target has changed meanwhile, so that the answer may be old.
    is_outdated: bool,
}

/// What becomes of a request.
pub(super) enum Found {
    /// It is answered with this.
    Stored(Arc<Entry>),
    /// It is answered by the handler. The stale entry is there for a 304 to freshen; without a filling the answer is not
    /// stored.
    Nothing { stale: Option<Arc<Entry>>, filling: Option<Filling> },
}

impl Shared {
    pub(super) fn new(store: Store, most_captured: usize) -> Self {
        let state = Mutex::new(State { store, fills: Vec::new(), fills_begun: 0 });
        Self { state, changed: Condvar::new(), captured: AtomicUsize::new(0), most_captured }
    }

    /// Finds what is stored, waiting until `wait` has passed for somebody who makes it; or begins to make it.
    ///
    /// Nobody waits for ever: not for longer than `wait`, not while making an answer himself, and not for one that flows,
    /// which may need the very thread that would wait.
    pub(super) fn find(
        self: &Arc<Self>,
        request: &Request<'_>,
        directives: &Directives,
        fills: bool,
        wait: Duration,
    ) -> Found {
        let target = Target::of(request);
        let mut state = self.state();
        let hash = state.store.hash(&target);
        let give_up = std::time::Instant::now().checked_add(wait);
        loop {
            let found = state.store.find(hash, &target, request);
            let usable =
                found.as_ref().map_or(Usable::No, |entry| entry.draft.usable(directives, request.now()));
            let fill = state.fills.iter().find(|fill| fill.key.is(&target));
            match (usable, found, fill) {
                (Usable::Yes, Some(entry), _) | (Usable::Meanwhile, Some(entry), Some(_)) => {
                    return Found::Stored(entry);
                }
                // To HEAD nobody can make an answer that is worth storing.
                (Usable::Meanwhile, Some(entry), None) if !fills => return Found::Stored(entry),
                (_, stale, None) => {
                    let filling = fills && !directives.only_if_cached && state.fills.len() < FILLS;
                    let filling = filling.then(|| self.begin(&mut state, hash, &target));
                    return Found::Nothing { stale, filling };
                }
                (_, stale, Some(fill)) => {
                    let left = give_up.map_or(Duration::ZERO, |give_up| {
                        give_up.saturating_duration_since(std::time::Instant::now())
                    });
                    let is_worth_it = fills
                        && !fill.is_streamed
                        && !fill.is_outdated
                        && !directives.no_cache
                        && !directives.only_if_cached;
                    if !is_worth_it || left.is_zero() || state.store.is_passed(hash) {
                        return Found::Nothing { stale, filling: None };
                    }
                    let waited = self.changed.wait_timeout(state, left);
                    (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn begin(self: &Arc<Self>, state: &mut State, hash: u64, target: &Target<'_>) -> Filling {
        let number = state.fills_begun;
        state.fills_begun = number.wrapping_add(1);
        state.fills.push(Fill { key: Key::of(target), number, is_streamed: false, is_outdated: false });
        Filling { shared: Arc::clone(self), hash, number, captured: 0 }
    }

    /// A target has changed: what is stored or being made for it is old (RFC 9111 §4.4).
    pub(super) fn invalidate(&self, target: &Target<'_>) {
        let mut state = self.state();
        state.store.invalidate(target);
        let fills = state.fills.iter_mut().filter(|fill| fill.key.is(target));
        fills.for_each(|fill| fill.is_outdated = true);
        drop(state);
        self.changed.notify_all();
    }

    pub(super) fn sizes(&self) -> (usize, usize) {
        self.state().store.sizes()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs while it is held but the allocator.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right and the duty to fill a target; whoever waits for it is told when it ends, however that happens.
pub(super) struct Filling {
    shared: Arc<Shared>,
    hash: u64,
    number: u64,
    captured: usize,
}

impl Filling {
    /// Stores the answer, unless its target has changed meanwhile. Says whether it did.
    pub(super) fn store(self, entry: Entry) -> bool {
        let mut state = self.shared.state();
        let is_current = state.fills.iter().any(|fill| fill.number == self.number && !fill.is_outdated);
        if is_current {
            state.store.insert(Arc::new(entry));
        }
        is_current
    }

    /// The answer is none that is stored, and the next will hardly be one: nobody waits for that.
    pub(super) fn pass(self) {
        self.shared.state().store.pass(self.hash);
    }

    /// The answer flows.
    pub(super) fn stream(&self) {
        let mut state = self.shared.state();
        if let Some(fill) = state.fills.iter_mut().find(|fill| fill.number == self.number) {
            fill.is_streamed = true;
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Whether so many bytes more may be kept of an answer that flows.
    pub(super) fn reserve(&mut self, bytes: usize) -> bool {
        let Shared { captured, most_captured, .. } = &*self.shared;
        let more = |captured: usize| captured.checked_add(bytes).filter(|sum| sum <= most_captured);
        let is_room = captured.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        self.captured = self.captured.saturating_add(if is_room { bytes } else { 0 });
        is_room
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        self.shared.captured.fetch_sub(self.captured, Ordering::Relaxed);
        self.shared.state().fills.retain(|fill| fill.number != self.number);
        self.shared.changed.notify_all();
    }
}
