//! Where everything lies, and how much it is.

use bantam_core::connection::Exchange;
use bantam_core::parse::field_line::FieldLine;
use bantam_demo::Streams;
use embassy_net::StackResources;

/// Connections at a time, each with a task, a socket and buffers of its own. All that are free listen, so that the
/// burst of a browser is not refused.
pub const CONNECTIONS: usize = 6;

/// The rings of one socket: what may be on its way to the peer at a time, and what the peer may send ahead.
const RECEIVE: usize = 1_024;
const TRANSMIT: usize = 4_096;

/// What embassy-net keeps of its sockets. One that asks DHCP or DNS needs places here for those as well.
pub type Resources = StackResources<CONNECTIONS>;

/// Memory of one connection: the rings of its socket, the head and content of a request, an answer. It holds nothing but
/// zeros at first, so that a static of it takes no flash; see [`Storage`](bantam_core::connection::Storage) for the sizes.
pub(crate) struct Slot {
    pub(crate) receive: [u8; RECEIVE],
    pub(crate) transmit: [u8; TRANSMIT],
    pub(crate) request: [u8; 2_048],
    pub(crate) answer: [u8; 2_048],
    pub(crate) lines: [FieldLine; 32],
}

impl Slot {
    /// Memory that holds nothing.
    pub(crate) const fn new() -> Self {
        Self {
            receive: [0; RECEIVE],
            transmit: [0; TRANSMIT],
            request: [0; 2_048],
            answer: [0; 2_048],
            lines: [FieldLine::EMPTY; 32],
        }
    }
}

/// Bytes of all slots, of what embassy-net keeps of the sockets, and of what tasks keep of a request under way. The rest of
/// the tasks comes on top, some hundred bytes each.
pub const BYTES: usize =
    size_of::<[Slot; CONNECTIONS]>() + size_of::<Resources>() + size_of::<[Exchange<Streams>; CONNECTIONS]>();

const _: () = assert!(BYTES <= 72 * 1_024, "the promise of the README");
