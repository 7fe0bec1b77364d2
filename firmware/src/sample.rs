//! A small application for the images that are measured.

use bantam_core::drivers::Clock as _;
use bantam_core::prelude::*;
use bantam_transport_smoltcp::{Memory, Message, Rings, Server, run};

use crate::board::{Board, HARDWARE};
use crate::debugger;
use crate::lan9118::Lan9118;

/// So many connections of one kilobyte each way, each with a request under way, and one kilobyte each way for that.
pub type Connections<const N: usize> =
    Memory<'static, [Rings<1024, 1024>; N], [Rings<64, 256>; 0], [Message<NoStream, 1024, 1024, 32>; N], N>;

/// Four of them.
pub type Space = Connections<4>;

/// Numbers of connections, and bytes of memory that they take.
pub const SIZES: [(usize, usize); 4] = [
    (1, Connections::<1>::BYTES),
    (2, Connections::<2>::BYTES),
    (4, Connections::<4>::BYTES),
    (8, Connections::<8>::BYTES),
];

/// The one thing it answers.
///
/// # Errors
/// None.
pub fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome {
    response.text("Hello, World!")
}

/// Serves these routes until the board is switched off.
///
/// # Panics
/// When the board has no Ethernet controller.
pub fn serve<const N: usize>(
    memory: &'static mut Space,
    ethernet: &'static mut Lan9118,
    routes: &'static Router<(), N>,
) -> ! {
    let mut board = Board::start();
    if ethernet.start(HARDWARE).is_err() {
        panic!();
    }
    let network = board.network();
    let now = board.now();
    let Ok(mut server) = Server::new(memory.parts(), &network, ethernet, now) else { panic!() };
    let service = Service::new(&(), routes).with_limits(Limits::SMALL);
    debugger::announce();
    run(&mut server, ethernet, &service, &mut board);
    panic!()
}
