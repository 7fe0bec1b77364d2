//! Whose turn it is among the connections that a worker goes on with: in turns one that has just come, and one that had a
//! turn already. So a newcomer does not wait until all who are busy have had theirs, and they do not wait until nobody comes
//! any more.

use std::collections::VecDeque;

/// Slots that a worker owns and has to go on with.
#[derive(Debug)]
pub(crate) struct Turns {
    newcomers: VecDeque<u32>,
    others: VecDeque<u32>,
    /// Whether the last turn was that of a newcomer.
    was_new: bool,
}

impl Turns {
    /// Nobody, with room for so many of either kind.
    pub(crate) fn new(room: usize) -> Self {
        Self {
            newcomers: VecDeque::with_capacity(room),
            others: VecDeque::with_capacity(room),
            was_new: false,
        }
    }

    /// One that has had no turn yet.
    pub(crate) fn add_newcomer(&mut self, slot: u32) {
        self.newcomers.push_back(slot);
    }

    /// One whose turn has ended before it had done all.
    pub(crate) fn add(&mut self, slot: u32) {
        self.others.push_back(slot);
    }

    /// Takes the next.
    pub(crate) fn next(&mut self) -> Option<u32> {
        let (first, second) = match self.was_new {
            true => (&mut self.others, &mut self.newcomers),
            false => (&mut self.newcomers, &mut self.others),
        };
        let next = first.pop_front();
        if next.is_some() {
            self.was_new = !self.was_new;
        }
        next.or_else(|| second.pop_front())
    }

    pub(crate) fn len(&self) -> usize {
        self.newcomers.len().saturating_add(self.others.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;

    #[test]
    fn neither_waits_for_all_of_the_others() {
        for (name, newcomers, others, expected) in [
            ("nobody", 0, 0, vec![]),
            ("newcomers", 3, 0, vec![0, 1, 2]),
            ("others", 0, 3, vec![10, 11, 12]),
            ("as many of both", 2, 2, vec![0, 10, 1, 11]),
            ("few newcomers", 1, 3, vec![0, 10, 11, 12]),
            ("few others", 3, 1, vec![0, 10, 1, 2]),
        ] {
            let mut turns = Turns::new(4);
            (0..newcomers).for_each(|slot| turns.add_newcomer(slot));
            (10..10 + others).for_each(|slot| turns.add(slot));
            assert_eq!(turns.len(), expected.len(), "{name}");
            let order: Vec<_> = core::iter::from_fn(|| turns.next()).collect();
            assert_eq!(order, expected, "{name}");
            assert!(turns.is_empty(), "{name}");
        }
        // A flood of newcomers leaves every second turn to the others, whenever it is interrupted.
        let mut turns = Turns::new(4);
        (10..14).for_each(|slot| turns.add(slot));
        let mut order = Vec::new();
        for slot in 0..8 {
            turns.add_newcomer(slot);
            order.extend(turns.next());
        }
        assert_eq!(order, [0, 10, 1, 11, 2, 12, 3, 13]);
    }
}
