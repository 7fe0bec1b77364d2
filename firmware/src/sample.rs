//! A small application for the images that are measured.

use bantam_core::drivers::Clock as _;
use bantam_core::prelude::*;
use bantam_transport_smoltcp::{Memory, Message, Rings, Server, run};

use crate::board::{Board, HARDWARE};
use crate::debugger;
use crate::lan9118::Lan9118;

/// Four connections of one kilobyte each way, each with a request under way, and one kilobyte each way for that.
pub type Space =
    Memory<'static, [Rings<1024, 1024>; 4], [Rings<64, 256>; 0], [Message<NoStream, 1024, 1024, 32>; 4], 4>;

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
