//! Where everything lies, and how much it is.

use bantam_core::connection::Storage;
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

/// Memory of one connection: the rings of its socket, the head and content of a request, an answer.
pub(crate) struct Slot {
    pub(crate) receive: [u8; RECEIVE],
    pub(crate) transmit: [u8; TRANSMIT],
    pub(crate) storage: Storage<Streams, 2_048, 2_048, 32>,
}

impl Slot {
    /// Memory that holds nothing.
    pub(crate) const fn new() -> Self {
        Self { receive: [0; RECEIVE], transmit: [0; TRANSMIT], storage: Storage::new() }
    }
}

/// Bytes of all slots and of what embassy-net keeps of the sockets. The tasks come on top, some hundred bytes each.
pub const BYTES: usize = size_of::<[Slot; CONNECTIONS]>() + size_of::<Resources>();

const _: () = assert!(BYTES <= 72 * 1_024, "the promise of the README");
