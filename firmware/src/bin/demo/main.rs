//! The demo on the board: the routes of `bantam-demo`, in memory that is fixed here.
#![no_std]
#![no_main]

mod chain;
mod health;

use bantam_core::prelude::*;
use bantam_demo::{App, METRICS, ROUTES, Streams};
use bantam_firmware::board::Board;
use bantam_firmware::debugger;
use bantam_firmware::lan9118::Lan9118;
use bantam_transport_smoltcp::{Memory, Message, Rings, Server, run};
use cortex_m_rt::entry;

use self::chain::CHAIN;
use self::health::CHECKS;

/// Four connections, two spare sockets for newcomers, three requests under way at a time.
type Space =
    Memory<'static, [Rings<2048, 2048>; 4], [Rings<256, 512>; 2], [Message<Streams, 2048, 2048, 32>; 3], 6>;

static APP: App = App::checked(&CHECKS);

#[entry]
fn main() -> ! {
    static mut MEMORY: Space = Space::new();
    static mut ETHERNET: Lan9118 = Lan9118::new();

    let mut board = Board::start();
    if let Err(error) = ETHERNET.start(bantam_firmware::board::HARDWARE) {
        panic!("{error}");
    }
    let network = board.network();
    let now = bantam_core::drivers::Clock::now(&board);
    let mut server = match Server::new(MEMORY.parts(), &network, ETHERNET, now) {
        Ok(server) => server,
        Err(error) => panic!("{error}"),
    };
    let service = Service::new(&APP, &ROUTES)
        .with_limits(Limits::SMALL)
        .with_middleware(CHAIN)
        .with_connections(METRICS.connections())
        .with_seed(debugger::seed());
    debugger::announce();
    run(&mut server, ETHERNET, &service, &mut board);
    unreachable!("a board serves until it is switched off")
}
