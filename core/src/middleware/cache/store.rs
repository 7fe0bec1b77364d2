//! Where answers are stored: so many bytes and entries, the least recently used making room for others.
//!
//! ```text
//! hash of the target → places of its variants
//! places:   entry | entry | free | entry | …      each knows its neighbours in the order of use
//! ```

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::collections::HashMap;
use std::hash::RandomState;

use super::entry::Entry;
use super::key::Target;
use crate::handler::Request;

/// Most variants of one target: a client that makes up values for a field that varies replaces its own.
const VARIANTS: usize = 32;

/// Targets whose answers were not stored, by a part of their hash; nobody waits for those.
const PASSED: usize = 1_024;

pub(super) struct Store {
    keys: RandomState,
    variants: HashMap<u64, Vec<usize>>,
    places: Vec<Place>,
    free: Vec<usize>,
    newest: Option<usize>,
    oldest: Option<usize>,
    bytes: usize,
    most_bytes: usize,
    most_entries: usize,
    passed: Box<[u64]>,
}

struct Place {
    /// None while the place is free.
    entry: Option<Arc<Entry>>,
    hash: u64,
    newer: Option<usize>,
    older: Option<usize>,
}

impl Store {
    pub(super) fn new(most_bytes: usize, most_entries: usize) -> Self {
        Self {
            keys: RandomState::new(),
            variants: HashMap::new(),
            places: Vec::new(),
            free: Vec::new(),
            newest: None,
            oldest: None,
            bytes: 0,
            most_bytes,
            most_entries,
            passed: alloc::vec![0; PASSED].into(),
        }
    }

    pub(super) fn hash(&self, target: &Target<'_>) -> u64 {
        target.hash(&self.keys)
    }

    /// Entries, and the bytes that they are reckoned to have.
    pub(super) fn sizes(&self) -> (usize, usize) {
        (self.places.len().saturating_sub(self.free.len()), self.bytes)
    }

    /// What is stored for this request, the latest first; it is now the most recently used.
    pub(super) fn find(
        &mut self,
        hash: u64,
        target: &Target<'_>,
        request: &Request<'_>,
    ) -> Option<Arc<Entry>> {
        let mut places = self.variants.get(&hash)?.iter().rev().copied();
        let (place, entry) = places.find_map(|place| {
            let entry = self.entry(place)?;
            entry.draft.answers(target, request).then(|| (place, Arc::clone(entry)))
        })?;
        self.unlink(place);
        self.link(place);
        Some(entry)
    }

    /// Stores an entry in place of the variant it replaces, and of as many of the oldest as it takes.
    pub(super) fn insert(&mut self, entry: Arc<Entry>) {
        let target = entry.draft.key.target();
        let hash = self.hash(&target);
        self.unpass(hash);
        let is_replaced =
            |old: &Entry| old.draft.key.is(&target) && old.draft.selecting == entry.draft.selecting;
        let places = self.variants.get(&hash).map_or(&[][..], Vec::as_slice);
        let replaced =
            places.iter().copied().find(|place| self.entry(*place).is_some_and(|old| is_replaced(old)));
        let crowded = places.first().copied().filter(|_| places.len() >= VARIANTS);
        if let Some(place) = replaced.or(crowded) {
            self.remove(place);
        }
        let size = entry.size();
        if size > self.most_bytes || self.most_entries == 0 {
            return;
        }
        while self.bytes.saturating_add(size) > self.most_bytes || self.sizes().0 >= self.most_entries {
            let Some(oldest) = self.oldest else { return };
            self.remove(oldest);
        }
        self.bytes = self.bytes.saturating_add(size);
        let filled = Place { entry: Some(entry), hash, newer: None, older: None };
        let place = match self.free.pop() {
            Some(place) => {
                if let Some(free) = self.places.get_mut(place) {
                    *free = filled;
                }
                place
            }
            None => {
                self.places.push(filled);
                self.places.len().saturating_sub(1)
            }
        };
        self.link(place);
        self.variants.entry(hash).or_default().push(place);
    }

    /// Removes all variants of a target.
    pub(super) fn invalidate(&mut self, target: &Target<'_>) {
        let hash = self.hash(target);
        while let Some(place) = self.variants.get(&hash).and_then(|places| {
            places
                .iter()
                .copied()
                .find(|place| self.entry(*place).is_some_and(|entry| entry.draft.key.is(target)))
        }) {
            self.remove(place);
        }
    }

    /// Whether the last answer of this hash was not stored.
    pub(super) fn is_passed(&self, hash: u64) -> bool {
        self.passed.get(passed_place(hash)) == Some(&hash)
    }

    pub(super) fn pass(&mut self, hash: u64) {
        if let Some(passed) = self.passed.get_mut(passed_place(hash)) {
            *passed = hash;
        }
    }

    fn unpass(&mut self, hash: u64) {
        if let Some(passed) = self.passed.get_mut(passed_place(hash)).filter(|passed| **passed == hash) {
            *passed = 0;
        }
    }

    fn entry(&self, place: usize) -> Option<&Arc<Entry>> {
        self.places.get(place)?.entry.as_ref()
    }

    fn remove(&mut self, place: usize) {
        self.unlink(place);
        let Some(Place { entry, hash, .. }) = self.places.get_mut(place) else { return };
        let (entry, hash) = (entry.take(), *hash);
        self.bytes = self.bytes.saturating_sub(entry.map_or(0, |entry| entry.size()));
        self.free.push(place);
        if let Some(places) = self.variants.get_mut(&hash) {
            places.retain(|other| *other != place);
            if places.is_empty() {
                self.variants.remove(&hash);
            }
        }
    }

    /// Makes a place the most recently used.
    fn link(&mut self, place: usize) {
        let older = self.newest.replace(place);
        if let Some(linked) = self.places.get_mut(place) {
            (linked.newer, linked.older) = (None, older);
        }
        match older.and_then(|older| self.places.get_mut(older)) {
            Some(older) => older.newer = Some(place),
            None => self.oldest = Some(place),
        }
    }

    fn unlink(&mut self, place: usize) {
        let Some(&Place { newer, older, .. }) = self.places.get(place) else { return };
        match newer.and_then(|newer| self.places.get_mut(newer)) {
            Some(newer) => newer.older = older,
            None => self.newest = older,
        }
        match older.and_then(|older| self.places.get_mut(older)) {
            Some(older) => older.newer = newer,
            None => self.oldest = newer,
        }
    }
}

fn passed_place(hash: u64) -> usize {
    // The remainder is below 1,024.
    hash as usize % PASSED
}
