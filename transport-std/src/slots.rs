//! Where a connection lives, and which worker may touch it.
//!
//! Events arrive at any worker, for a connection that another worker may be serving. Each slot has an atomic state: the
//! worker that sets `RUNNING` first serves the slot, the others leave a flag and go on. Before it lets go, the owner
//! looks at the flags again, so that no edge is lost. The lock around the connection is therefore never contended; it
//! is there so that the compiler can see that.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use bantam_core::connection::{Buffers, Connection, Exchange};
use bantam_core::middleware::metrics::State;
use bantam_core::parse::field_line::FieldLine;

use crate::poller::Stream;

/// A worker serves the slot.
pub(crate) const RUNNING: u32 = 1;
/// A turn is due: the socket became writable, or readable too, or a deadline may have passed.
pub(crate) const READY: u32 = 2;
/// The peer has closed its side, or the connection failed.
pub(crate) const HANGUP: u32 = 4;
/// The server is draining.
pub(crate) const DRAIN: u32 = 8;
/// The socket became readable.
pub(crate) const READABLE: u32 = 16;

/// Slots are made in pieces of this many, so that their addresses never change.
const PIECE: usize = 64;

/// All connections of a server.
#[derive(Debug)]
pub(crate) struct Slots<S> {
    pieces: Box<[OnceLock<Piece<S>>]>,
    free: Mutex<Free>,
    active: AtomicU32,
    capacity: u32,
}

type Piece<S> = Box<[Slot<S>]>;

#[derive(Debug)]
struct Free {
    released: Vec<u32>,
    /// Slots from here on have never been used.
    fresh: u32,
}

/// A place for one connection after another.
#[derive(Debug)]
pub(crate) struct Slot<S> {
    state: AtomicU32,
    /// Counts the connections that had this place, so that an event of an earlier one is known as such.
    generation: AtomicU32,
    /// The tick by which the connection waits for something; 0 without a connection.
    pub(crate) deadline: AtomicU64,
    /// The tick of this slot's entry in the wheel; `u64::MAX` without one.
    pub(crate) queued: AtomicU64,
    work: Mutex<Option<Work<S>>>,
}

/// A connection and what belongs to it.
#[derive(Debug)]
pub(crate) struct Work<S> {
    pub(crate) connection: Connection,
    pub(crate) stream: Stream,
    /// Only while a message is under way.
    pub(crate) memory: Option<Box<Memory<S>>>,
    /// The socket has told of bytes that were not read yet. Edges come once, so this outlives the turn.
    pub(crate) readable: bool,
    pub(crate) hangup: bool,
    /// Whether the poller watches it.
    pub(crate) is_watched: bool,
    /// As what the connection is counted.
    pub(crate) counted: State,
}

/// Buffers of a size that is chosen when the server starts. Their pages are touched when they are first used.
#[derive(Debug)]
pub(crate) struct Memory<S> {
    receive: Vec<u8>,
    transmit: Vec<u8>,
    lines: Vec<FieldLine>,
    exchange: Exchange<S>,
}

impl<S> Memory<S> {
    pub(crate) fn new(receive: usize, transmit: usize, lines: usize) -> Box<Self> {
        Box::new(Self {
            receive: vec![0; receive],
            transmit: vec![0; transmit],
            lines: vec![FieldLine::EMPTY; lines],
            exchange: Exchange::default(),
        })
    }

    pub(crate) fn lend(&mut self) -> Buffers<'_, S> {
        Buffers::new(&mut self.receive, &mut self.transmit, &mut self.lines, &mut self.exchange)
    }
}

impl<S> Slots<S> {
    pub(crate) fn new(capacity: u32) -> Self {
        let pieces = (capacity as usize).div_ceil(PIECE);
        Self {
            pieces: (0..pieces).map(|_| OnceLock::new()).collect(),
            free: Mutex::new(Free { released: Vec::new(), fresh: 0 }),
            active: AtomicU32::new(0),
            capacity,
        }
    }

    /// A place for a new connection; `None` when all are taken.
    pub(crate) fn reserve(&self) -> Option<u32> {
        let mut free = lock(&self.free);
        let index = match free.released.pop() {
            Some(index) => index,
            None if free.fresh < self.capacity => {
                free.fresh += 1;
                free.fresh - 1
            }
            None => return None,
        };
        self.active.fetch_add(1, Ordering::SeqCst);
        Some(index)
    }

    /// Gives a place back.
    pub(crate) fn release(&self, index: u32) {
        lock(&self.free).released.push(index);
        self.active.fetch_sub(1, Ordering::SeqCst);
    }

    /// Connections at present.
    pub(crate) fn active(&self) -> u32 {
        self.active.load(Ordering::SeqCst)
    }

    /// Whether more than four fifths of the places are taken.
    pub(crate) fn is_crowded(&self) -> bool {
        u64::from(self.active()) * 5 > u64::from(self.capacity) * 4
    }

    /// Whether fewer than three fifths are. Between the two, it stays what it was: to come and go often costs whoever
    /// does it as many connections.
    pub(crate) fn is_roomy(&self) -> bool {
        u64::from(self.active()) * 5 < u64::from(self.capacity) * 3
    }

    /// The slot at `index`, which was reserved before.
    pub(crate) fn slot(&self, index: u32) -> Option<&Slot<S>> {
        let piece = self.pieces.get(index as usize / PIECE)?;
        piece.get_or_init(|| (0..PIECE).map(|_| Slot::new()).collect()).get(index as usize % PIECE)
    }

    /// All slots that ever had a connection.
    pub(crate) fn used(&self) -> u32 {
        lock(&self.free).fresh
    }
}

impl<S> Slot<S> {
    fn new() -> Self {
        Self {
            state: AtomicU32::new(0),
            generation: AtomicU32::new(0),
            deadline: AtomicU64::new(0),
            queued: AtomicU64::new(u64::MAX),
            work: Mutex::new(None),
        }
    }

    /// Puts a new connection here.
    pub(crate) fn install(&self, work: Work<S>) {
        *self.work() = Some(work);
    }

    /// Which generation the events of the connection here carry.
    pub(crate) fn generation(&self) -> u32 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Whether a connection is or was lately here: it has a deadline.
    pub(crate) fn is_occupied(&self) -> bool {
        self.deadline.load(Ordering::SeqCst) != 0
    }

    pub(crate) fn is_generation(&self, generation: u32) -> bool {
        self.generation.load(Ordering::SeqCst) == generation
    }

    /// Leaves `flags`; true when the caller has become the owner and must serve the slot.
    pub(crate) fn notify(&self, flags: u32) -> bool {
        self.state.fetch_or(RUNNING | flags, Ordering::AcqRel) & RUNNING == 0
    }

    /// The flags that were left for the owner.
    pub(crate) fn take_flags(&self) -> u32 {
        self.state.fetch_and(RUNNING, Ordering::AcqRel) & !RUNNING
    }

    /// Lets go of the slot; false when flags were left in the meantime, and the owner must go on.
    pub(crate) fn let_go(&self) -> bool {
        self.state.compare_exchange(RUNNING, 0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// The connection, for the owner.
    pub(crate) fn work(&self) -> MutexGuard<'_, Option<Work<S>>> {
        lock(&self.work)
    }

    /// Ends the connection's stay; events that are still under way for it are now stale.
    pub(crate) fn vacate(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.deadline.store(0, Ordering::SeqCst);
        self.state.store(0, Ordering::Release);
    }
}

/// A panic under one of these locks is caught before the lock is let go, so none is ever left inconsistent.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_owner_at_a_time_and_no_flag_is_lost() {
        let slot: Slot<()> = Slot::new();
        assert!(slot.notify(READY));
        assert!(!slot.notify(HANGUP), "somebody serves it");
        assert_eq!(slot.take_flags(), READY | HANGUP);
        assert!(!slot.notify(DRAIN));
        assert!(!slot.let_go(), "a flag was left");
        assert_eq!(slot.take_flags(), DRAIN);
        assert!(slot.let_go());
        assert!(slot.notify(READY), "free again");
    }

    #[test]
    fn places_are_bounded_and_used_again() {
        let slots: Slots<()> = Slots::new(2);
        let (first, second) = (slots.reserve(), slots.reserve());
        assert_eq!((first, second, slots.reserve()), (Some(0), Some(1), None));
        slots.release(0);
        assert_eq!((slots.reserve(), slots.active()), (Some(0), 2));
    }

    #[test]
    fn a_crowd_begins_above_four_fifths_and_ends_below_three() {
        let slots: Slots<()> = Slots::new(10);
        let facts: Vec<_> = (0..10)
            .map(|_| {
                slots.reserve();
                (slots.is_crowded(), slots.is_roomy())
            })
            .collect();
        let expected = [vec![(false, true); 5], vec![(false, false); 3], vec![(true, false); 2]].concat();
        assert_eq!(facts, expected);
    }

    #[test]
    fn a_late_notice_finds_nobody_and_can_let_go() {
        let slot: Slot<()> = Slot::new();
        assert!(slot.notify(READY));
        slot.vacate();
        assert!(slot.notify(READY), "somebody who looked at the generation before that");
        assert_eq!(slot.take_flags(), READY);
        assert!(slot.work().is_none() && slot.let_go());
        assert!(slot.is_generation(1), "whoever comes next keeps its events");
    }

    #[test]
    fn a_generation_is_over_when_the_slot_is_vacated() {
        let slot: Slot<()> = Slot::new();
        assert!(slot.is_generation(0));
        slot.vacate();
        assert!(!slot.is_generation(0));
    }
}
