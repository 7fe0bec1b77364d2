//! Memory whose sizes are chosen when the server starts.

use core::iter;
use std::boxed::Box;
use std::vec;
use std::vec::Vec;

use super::{Buffers, Exchange, FieldLine, Messages, Parts, Slot, SocketSet, add};

/// The same memory with sizes that are chosen when the server starts.
#[derive(Debug)]
pub struct HeapMemory<S> {
    rings: Vec<Rings>,
    states: Vec<Slot>,
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
    /// `slots` sockets with rings of `ring` bytes in each direction, and `spares` small ones.
    #[must_use]
    pub fn new(slots: usize, spares: usize, ring: usize) -> Self {
        let sizes = iter::repeat_n(ring, slots).chain(iter::repeat_n(ring.min(4_096), spares));
        Self {
            rings: sizes.map(|bytes| Rings { receive: zeros(bytes), transmit: zeros(bytes) }).collect(),
            states: (0..slots + spares).map(|_| Slot::default()).collect(),
            messages: Vec::new(),
            spares,
        }
    }

    /// With so many requests under way at a time, and these sizes of their buffers: see
    /// [`Storage`](bantam_core::connection::Storage).
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

    /// Makes the sockets, and hands out everything for [`Server::new`](crate::Server::new).
    pub fn parts(&mut self) -> Parts<'_, S> {
        let mut sockets = SocketSet::new(Vec::with_capacity(self.rings.len() + 1));
        for (Rings { receive, transmit }, slot) in self.rings.iter_mut().zip(&mut self.states) {
            slot.socket = add(&mut sockets, (receive, transmit));
        }
        let messages = &mut self.messages;
        Parts { sockets, slots: &mut self.states, messages, spares: self.spares, room: usize::MAX }
    }
}

fn zeros(bytes: usize) -> Box<[u8]> {
    vec![0; bytes].into_boxed_slice()
}

impl<S> Messages<S> for Vec<Message<S>> {
    fn take(&mut self) -> Option<usize> {
        let index = self.iter().position(|message| !message.is_taken)?;
        self[index].is_taken = true;
        Some(index)
    }

    fn give_back(&mut self, index: usize) {
        self[index].is_taken = false;
    }

    fn lend(&mut self, index: usize) -> Option<Buffers<'_, S>> {
        let Message { receive, transmit, lines, exchange, .. } = &mut self[index];
        Some(Buffers::new(receive, transmit, lines, exchange))
    }
}
