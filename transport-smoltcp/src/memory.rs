//! Where everything lies, and how much it is.

use bantam_core::connection::{Buffers, Exchange, Storage};
use bantam_core::parse::field_line::FieldLine;
use smoltcp::iface::{SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::tcp;

use crate::slots::{Loan, Slot, Slots};

#[cfg(feature = "std")]
mod heap;

#[cfg(feature = "std")]
pub use self::heap::HeapMemory;

/// The rings of one socket: bytes received and not yet read, and bytes not yet acknowledged by the peer.
///
/// The first is the window that the peer is told, the second what can be on its way at a time: bytes per round trip.
#[derive(Debug)]
pub struct Rings<const RECEIVE: usize, const TRANSMIT: usize> {
    receive: [u8; RECEIVE],
    transmit: [u8; TRANSMIT],
}

impl<const RECEIVE: usize, const TRANSMIT: usize> Rings<RECEIVE, TRANSMIT> {
    const NEW: Self = {
        assert!(RECEIVE >= 64, "a receive ring has 64 bytes or more");
        assert!(TRANSMIT >= 256, "a transmit ring has 256 bytes or more: a refusal must fit");
        Self { receive: [0; RECEIVE], transmit: [0; TRANSMIT] }
    };

    fn halves(&mut self) -> Halves<'_> {
        (&mut self.receive, &mut self.transmit)
    }
}

/// What is received, and what is transmitted.
pub(crate) type Halves<'m> = (&'m mut [u8], &'m mut [u8]);

/// What a request needs while it is under way; see [`Storage`] for the sizes.
#[derive(Debug)]
pub struct Message<S, const RECEIVE: usize, const TRANSMIT: usize, const LINES: usize> {
    receive: [u8; RECEIVE],
    transmit: [u8; TRANSMIT],
    lines: [FieldLine; LINES],
    exchange: Place<Exchange<S>>,
}

impl<S, const RECEIVE: usize, const TRANSMIT: usize, const LINES: usize>
    Message<S, RECEIVE, TRANSMIT, LINES>
{
    const NEW: Self = {
        // For its checks of the sizes.
        core::mem::forget(Storage::<S, RECEIVE, TRANSMIT, LINES>::new());
        Self {
            receive: [0; RECEIVE],
            transmit: [0; TRANSMIT],
            lines: [FieldLine::EMPTY; LINES],
            exchange: Place::Empty,
        }
    };

    const fn is_free(&self) -> bool {
        !matches!(self.exchange, Place::Made(true, _))
    }
}

/// Something that is made when the server starts. Until then all its bytes are zero, so that a static of it costs memory
/// and no flash.
#[derive(Debug)]
#[repr(u8)]
enum Place<T> {
    Empty = 0,
    /// And whether it is lent, which takes no room here.
    Made(bool, T) = 1,
}

impl<T> Place<T> {
    fn set_lent(&mut self, lent: bool) {
        if let Self::Made(is_lent, _) = self {
            *is_lent = lent;
        }
    }

    /// What is here, made now if there is nothing.
    fn get_or_make(&mut self, make: impl FnOnce() -> T) -> &mut T {
        if let Self::Empty = self {
            *self = Self::Made(false, make());
        }
        match self {
            Self::Made(_, value) => value,
            Self::Empty => unreachable!("it has just been made"),
        }
    }
}

/// All memory of a server, in one piece that its owner names.
///
/// `SLOTS` is an array of [`Rings`], one for each connection that is served at a time. `SPARES` is another, of small
/// ones: their sockets listen too, so that a newcomer is heard when all slots are taken; a few are enough. `MESSAGES` is
/// an array of [`Message`]: requests under way at a time. An idle connection has none, so there may be fewer of them than
/// slots. `SOCKETS` is the number of sockets in all: slots, spares, one more for DHCP, and those that the owner adds for
/// purposes of his own through [`Server::sockets`](crate::Server::sockets).
///
/// ```
/// use bantam_core::prelude::NoStream;
/// use bantam_transport_smoltcp::{Memory, Message, Rings};
///
/// type Mine<'m> = Memory<'m, [Rings<1024, 1024>; 4], [Rings<256, 512>; 2], [Message<NoStream, 1024, 1024, 32>; 2], 6>;
/// const BYTES: usize = Mine::BYTES;
/// const EACH: usize = Mine::BYTES_PER_SLOT;
/// assert!(EACH < 3_072 && BYTES < 24_576);
/// ```
#[derive(Debug)]
pub struct Memory<'m, SLOTS, SPARES, MESSAGES, const SOCKETS: usize> {
    slots: SLOTS,
    spares: SPARES,
    messages: MESSAGES,
    sockets: Place<[SocketStorage<'m>; SOCKETS]>,
    states: Place<[Slot; SOCKETS]>,
}

impl<
    'm,
    S: 'm,
    const SLOTS: usize,
    const SLOT_RECEIVE: usize,
    const SLOT_TRANSMIT: usize,
    const SPARES: usize,
    const SPARE_RECEIVE: usize,
    const SPARE_TRANSMIT: usize,
    const MESSAGES: usize,
    const RECEIVE: usize,
    const TRANSMIT: usize,
    const LINES: usize,
    const SOCKETS: usize,
>
    Memory<
        'm,
        [Rings<SLOT_RECEIVE, SLOT_TRANSMIT>; SLOTS],
        [Rings<SPARE_RECEIVE, SPARE_TRANSMIT>; SPARES],
        [Message<S, RECEIVE, TRANSMIT, LINES>; MESSAGES],
        SOCKETS,
    >
{
    /// Bytes in all.
    pub const BYTES: usize = size_of::<Self>();

    /// Bytes that one more slot costs, without a [`Message`].
    pub const BYTES_PER_SLOT: usize =
        size_of::<Rings<SLOT_RECEIVE, SLOT_TRANSMIT>>() + size_of::<SocketStorage<'_>>() + size_of::<Slot>();

    /// Memory that holds nothing. Sizes that cannot work do not compile.
    #[must_use]
    #[expect(
        clippy::new_without_default,
        reason = "a static is not made by `Default`, and would name all sizes again"
    )]
    pub const fn new() -> Self {
        const {
            assert!(SLOTS >= 1 && MESSAGES >= 1, "a server has slots and messages");
            assert!(SOCKETS >= SLOTS + SPARES, "SOCKETS counts slots and spares");
        }
        Self {
            slots: [const { Rings::NEW }; SLOTS],
            spares: [const { Rings::NEW }; SPARES],
            messages: [const { Message::NEW }; MESSAGES],
            sockets: Place::Empty,
            states: Place::Empty,
        }
    }

    /// Makes the sockets, and hands out everything for [`Server::new`](crate::Server::new).
    pub fn parts(&'m mut self) -> Parts<'m, S> {
        let sockets = self.sockets.get_or_make(|| [SocketStorage::EMPTY; SOCKETS]);
        let states = self.states.get_or_make(|| core::array::from_fn(|_| Slot::default()));
        let mut sockets = SocketSet::new(&mut sockets[..]);
        let states = &mut states[..SLOTS + SPARES];
        let mut places = states.iter_mut();
        // In this order: a newcomer gets the first that listens, and spares are for when there is no other.
        let slots = self.slots.iter_mut().map(Rings::halves);
        slots.zip(&mut places).for_each(|(rings, slot)| slot.socket = add(&mut sockets, rings));
        let spares = self.spares.iter_mut().map(Rings::halves);
        spares.zip(&mut places).for_each(|(rings, slot)| slot.socket = add(&mut sockets, rings));
        Parts {
            sockets,
            slots: Slots::Fixed(states),
            messages: &mut self.messages,
            spares: SPARES,
            room: SOCKETS - SLOTS - SPARES,
        }
    }
}

/// What a server is made of: sockets with their rings, and what is known of them.
pub struct Parts<'m, S> {
    pub(crate) sockets: SocketSet<'m>,
    /// One for each TCP socket.
    pub(crate) slots: Slots<'m>,
    pub(crate) messages: &'m mut dyn Messages<S>,
    /// How many of the slots are spares.
    pub(crate) spares: usize,
    /// Places in the set that are left for other sockets.
    pub(crate) room: usize,
}

impl<S> core::fmt::Debug for Parts<'_, S> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Parts")
            .field("slots", &self.slots.len())
            .field("spares", &self.spares)
            .finish_non_exhaustive()
    }
}

/// Adds a socket with these rings.
///
/// # Panics
/// When the set has no room for it.
pub(crate) fn add<'m>(sockets: &mut SocketSet<'m>, (receive, transmit): Halves<'m>) -> SocketHandle {
    let mut socket = tcp::Socket::new(tcp::SocketBuffer::new(receive), tcp::SocketBuffer::new(transmit));
    // What is written is a whole answer, or all of it that fits: waiting for more could only delay it.
    socket.set_nagle_enabled(false);
    sockets.add(socket)
}

/// An array of [`Message`]s, seen without its sizes: the code over it exists once.
pub(crate) trait Messages<S> {
    /// Takes a free one.
    fn take(&mut self) -> Option<Loan>;
    /// Whether there is a free one.
    fn has_free(&self) -> bool;
    /// Gives one back.
    fn give_back(&mut self, loan: Loan);
    /// Lends one that was taken.
    fn lend(&mut self, loan: Loan) -> Option<Buffers<'_, S>>;
}

impl<S, const RECEIVE: usize, const TRANSMIT: usize, const LINES: usize, const MESSAGES: usize> Messages<S>
    for [Message<S, RECEIVE, TRANSMIT, LINES>; MESSAGES]
{
    fn take(&mut self) -> Option<Loan> {
        let place = self.iter().position(Message::is_free)?;
        let loan = Loan::of(place)?;
        let Message { exchange, .. } = self.get_mut(place)?;
        exchange.get_or_make(Exchange::default);
        exchange.set_lent(true);
        Some(loan)
    }

    fn has_free(&self) -> bool {
        self.iter().any(Message::is_free)
    }

    fn give_back(&mut self, loan: Loan) {
        if let Some(message) = self.get_mut(loan.place()) {
            message.exchange.set_lent(false);
        }
    }

    fn lend(&mut self, loan: Loan) -> Option<Buffers<'_, S>> {
        let Message { receive, transmit, lines, exchange } = self.get_mut(loan.place())?;
        Some(Buffers::new(receive, transmit, lines, exchange.get_or_make(Exchange::default)))
    }
}
