//! Memory on the heap.

use core::iter;
use std::boxed::Box;
use std::vec;
use std::vec::Vec;

use super::{Buffers, Exchange, FieldLine, Messages, Parts, Slots, SocketSet};
use crate::slots::Loan;

/// The same as [`Memory`](crate::Memory), of sizes that are chosen when the server starts.
///
/// ```
/// use bantam_core::prelude::NoStream;
/// use bantam_transport_smoltcp::HeapMemory;
///
/// // 64 connections, 4 spare sockets; 16 requests under way at a time.
/// let memory = HeapMemory::<NoStream>::new(64, 4, 4_096).with_messages(16, 8_192, 8_192, 64);
/// ```
#[derive(Debug)]
pub struct HeapMemory<S> {
    rings: Vec<Rings>,
    messages: Vec<Message<S>>,
    spares: usize,
}

#[derive(Debug)]
struct Rings {
    receive: Box<[u8]>,
    transmit: Box<[u8]>,
}

#[derive(Debug)]
struct Message<S> {
    receive: Box<[u8]>,
    transmit: Box<[u8]>,
    lines: Box<[FieldLine]>,
    exchange: Exchange<S>,
    is_taken: bool,
}

impl<S> HeapMemory<S> {
    /// Up to `slots` connections that are served at a time, and `spares` sockets beside them for newcomers, all with
    /// rings of `ring` bytes in each direction. Sockets are added as they are needed: the stack asks each of them for
    /// each frame. There is no memory for requests yet, without which each of them is answered 503: see
    /// [`with_messages`](Self::with_messages).
    ///
    /// # Panics
    /// When a ring has less than 256 bytes: a refusal must fit. [`parts`](Self::parts) panics when one has more than
    /// 1 GiB, the largest window that there is (RFC 7323 §2.3).
    #[must_use]
    pub fn new(slots: usize, spares: usize, ring: usize) -> Self {
        assert!(ring >= 256, "a ring has 256 bytes or more");
        let rings = || Rings { receive: zeros(ring), transmit: zeros(ring) };
        Self { rings: iter::repeat_with(rings).take(slots + spares).collect(), messages: Vec::new(), spares }
    }

    /// With memory for so many requests under way at a time: `receive` and `transmit` are the sizes of their buffers, in
    /// bytes, `lines` the most field lines. What [`Storage`](bantam_core::connection::Storage) asks of these sizes holds
    /// here too.
    #[must_use]
    pub fn with_messages(mut self, count: usize, receive: usize, transmit: usize, lines: usize) -> Self {
        let message = || Message {
            receive: zeros(receive),
            transmit: zeros(transmit),
            lines: vec![FieldLine::EMPTY; lines].into_boxed_slice(),
            exchange: Exchange::default(),
            is_taken: false,
        };
        self.messages = iter::repeat_with(message).take(count).collect();
        self
    }

    /// Hands out everything for [`Server::new`](crate::Server::new).
    pub fn parts(&mut self) -> Parts<'_, S> {
        // A server that had it before may have ended in the middle of requests.
        self.messages.iter_mut().for_each(|message| message.is_taken = false);
        let most = self.rings.len();
        let mut sockets = SocketSet::new(Vec::with_capacity(most + 1));
        let rings =
            self.rings.iter_mut().map(|Rings { receive, transmit }| (&mut receive[..], &mut transmit[..]));
        let mut slots = Slots::Growing { slots: Vec::with_capacity(most), rings: rings.collect() };
        for _ in 0..self.spares.saturating_add(FIRST) {
            slots.grow(&mut sockets);
        }
        Parts { sockets, slots, messages: &mut self.messages, spares: self.spares, room: usize::MAX }
    }
}

/// Slots that are there from the start.
const FIRST: usize = 8;

fn zeros(bytes: usize) -> Box<[u8]> {
    vec![0; bytes].into_boxed_slice()
}

impl<S> Messages<S> for Vec<Message<S>> {
    fn take(&mut self) -> Option<Loan> {
        let place = self.iter().position(|message| !message.is_taken)?;
        let loan = Loan::of(place)?;
        self[place].is_taken = true;
        Some(loan)
    }

    fn has_free(&self) -> bool {
        self.iter().any(|message| !message.is_taken)
    }

    fn give_back(&mut self, loan: Loan) {
        self[loan.place()].is_taken = false;
    }

    fn lend(&mut self, loan: Loan) -> Option<Buffers<'_, S>> {
        let Message { receive, transmit, lines, exchange, .. } = &mut self[loan.place()];
        Some(Buffers::new(receive, transmit, lines, exchange))
    }
}
