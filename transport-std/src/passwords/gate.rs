//! How many may compute at a time.

use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicUsize, Ordering};

/// A door for so many at a time. Nobody waits before it.
#[derive(Debug)]
pub(super) struct Gate {
    most: usize,
    inside: AtomicUsize,
}

/// One who is inside, until it is dropped.
#[derive(Debug)]
pub(super) struct Inside<'g> {
    gate: &'g Gate,
}

impl Gate {
    pub(super) const fn new(most: NonZeroUsize) -> Self {
        Self { most: most.get(), inside: AtomicUsize::new(0) }
    }

    /// Goes inside; `None` when it is full.
    pub(super) fn enter(&self) -> Option<Inside<'_>> {
        let more = |inside: usize| (inside < self.most).then_some(inside + 1);
        // The count guards no data but itself.
        let before = self.inside.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        before.ok().map(|_| Inside { gate: self })
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.gate.inside.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_and_no_more() {
        let gate = Gate::new(NonZeroUsize::new(2).unwrap());
        let one = gate.enter();
        let two = gate.enter();
        assert!(one.is_some() && two.is_some() && gate.enter().is_none() && gate.enter().is_none());
        drop(one);
        let three = gate.enter();
        assert!(three.is_some() && gate.enter().is_none());
        drop((two, three));
        assert_eq!(gate.inside.load(Ordering::Relaxed), 0);
    }
}
