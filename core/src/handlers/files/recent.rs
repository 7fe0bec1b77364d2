//! Files that were opened a moment ago, kept for requests that follow at once.
//!
//! What is kept is the result of an opening beneath the root, under the path it was opened by. It answers for that path
//! for a short time and as long as the file itself is unchanged; then the path is resolved anew. So what a request gets is
//! never older than that time: within it, a file that was written to, removed, or replaced by another is noticed at once,
//! and only a folder or a link on the way to it that leads elsewhere is not. A file that was changed a moment ago is not
//! kept, since another change in the same tick of its file system's clock could not be told.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::hash::BuildHasher;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::hash::RandomState;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::opened::{Kept, Opened};
use super::path::RelativePath;
use super::root::{Node, Root, Unopened};
use crate::time::Instant;

/// A path has one set, and a set these places. Locks are held for a comparison, so workers seldom meet.
const PLACES: usize = 4;

/// Larger files are opened for each answer, which costs little beside sending them. So one that was removed does not
/// keep much of the disk until its place is taken.
const LARGEST: u64 = 1 << 20;

/// Files up to this size are kept with their bytes.
const FEW: u64 = 4_096;

#[derive(Debug)]
pub(super) struct Recent {
    validity: Duration,
    pub(super) clock: fn() -> SystemTime,
    sets: Box<[Mutex<Set>]>,
    hasher: RandomState,
    /// The set that is cleared next of what has run out.
    cleared: AtomicUsize,
}

type Set = [Option<Entry>; PLACES];

#[derive(Debug)]
struct Entry {
    path: Box<[u8]>,
    kept: Arc<Kept>,
    /// When the path was resolved.
    resolved: Instant,
}

impl Recent {
    /// Keeps up to `most` files for `validity`; `None` when that is none.
    pub(super) fn new(most: usize, validity: Duration) -> Option<Self> {
        let sets: Box<[_]> = (0..most / PLACES).map(|_| Mutex::default()).collect();
        let is_any = !sets.is_empty() && !validity.is_zero();
        let (clock, hasher, cleared) = (SystemTime::now, RandomState::new(), AtomicUsize::new(0));
        is_any.then_some(Self { validity, clock, sets, hasher, cleared })
    }

    /// What `path` names: as it was found lately, or by opening it beneath `root`.
    pub(super) fn open_node(
        &self,
        root: &Root,
        path: &mut RelativePath<'_>,
        now: Instant,
    ) -> Result<Node, Unopened> {
        let Some(set) = self.set(self.hasher.hash_one(path.as_bytes()) as usize) else {
            return root.open_node(path);
        };
        if let Some(kept) = self.find(set, path.as_bytes(), now).filter(|kept| kept.is_unchanged()) {
            return Ok(Node::File(kept.into()));
        }
        let mut node = root.open_node(path);
        if matches!(node, Err(Unopened::Exhausted)) {
            // What is kept must not stand in the way of what is needed.
            self.clear(|_| true);
            node = root.open_node(path);
        }
        self.clear_next(now);
        match node? {
            Node::File(opened) if opened.facts.length <= LARGEST => {
                Ok(Node::File(self.keep(set, path.as_bytes(), opened, now)))
            }
            node => Ok(node),
        }
    }

    fn find(&self, set: &Mutex<Set>, path: &[u8], now: Instant) -> Option<Arc<Kept>> {
        let set = lock(set);
        let entry = set.iter().flatten().find(|entry| *entry.path == *path)?;
        self.is_valid(entry, now).then(|| entry.kept.clone())
    }

    /// Keeps a file, in the place of what was kept for its path, of nothing, or of what was resolved first.
    fn keep(&self, set: &Mutex<Set>, path: &[u8], opened: Opened, now: Instant) -> Opened {
        let kept = match Kept::new(opened, FEW, (self.clock)()) {
            Ok(kept) => Arc::new(kept),
            Err(opened) => return opened,
        };
        let entry = Entry { path: path.into(), kept: kept.clone(), resolved: now };
        let mut set = lock(set);
        let worth = |place: &&mut Option<Entry>| match place {
            Some(entry) if *entry.path == *path => None,
            Some(entry) => Some(Some(entry.resolved)),
            None => Some(None),
        };
        let replaced = set.iter_mut().min_by_key(worth).and_then(|place| place.replace(entry));
        drop(set);
        drop(replaced); // which may close a file, and need not be waited for
        kept.into()
    }

    /// Lets go of what has run out in one set after another, so that nothing stays open long where others are asked for.
    fn clear_next(&self, now: Instant) {
        if let Some(set) = self.set(self.cleared.fetch_add(1, Ordering::Relaxed)) {
            clear(set, |entry| !self.is_valid(entry, now));
        }
    }

    fn clear(&self, is_over: impl Fn(&Entry) -> bool) {
        self.sets.iter().for_each(|set| clear(set, &is_over));
    }

    fn is_valid(&self, entry: &Entry, now: Instant) -> bool {
        now.since(entry.resolved) < self.validity
    }

    /// The set at this place, counted round and round.
    fn set(&self, place: usize) -> Option<&Mutex<Set>> {
        self.sets.get(place.checked_rem(self.sets.len())?)
    }
}

fn clear(set: &Mutex<Set>, is_over: impl Fn(&Entry) -> bool) {
    for place in lock(set).iter_mut() {
        place.take_if(|entry| is_over(entry));
    }
}

/// Nothing panics under these locks.
fn lock(set: &Mutex<Set>) -> MutexGuard<'_, Set> {
    set.lock().unwrap_or_else(PoisonError::into_inner)
}
