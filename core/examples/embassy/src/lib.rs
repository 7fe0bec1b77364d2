//! The demo application over `embassy-net`: tasks over sockets, all memory fixed, no allocator.
//!
//! ```text
//! driver ──► network task ──► stack ──► CONNECTIONS tasks: accept, serve through core, close, and again
//! ```
//!
//! [`chip::start`] is what the firmware of a board calls; `main.rs` does the same behind a TAP device of Linux.
#![no_std]

pub mod chip;
mod clock;
mod connection;
mod memory;
mod tasks;

use bantam_core::limits::Limits;
use bantam_core::prelude::*;
use bantam_demo::{App, ROUTES, Streams};
use embassy_executor::{SpawnError, Spawner};
use embassy_net::Stack;
use static_cell::{ConstStaticCell, StaticCell};

use self::memory::Slot;
pub use self::memory::{BYTES, CONNECTIONS, Resources};

/// The port.
pub const PORT: u16 = 80;

static APP: App = App::new();
static SERVICE: StaticCell<Service<'static, App, Streams>> = StaticCell::new();
static SLOTS: ConstStaticCell<[Slot; CONNECTIONS]> =
    ConstStaticCell::new([const { Slot::new() }; CONNECTIONS]);

/// Starts the tasks of all connections. `chain` is middleware that the board adds, such as an access log; `seed` differs
/// each time the device starts.
///
/// # Errors
/// When it was called before: the tasks are there.
///
/// # Panics
/// When it was called before, likewise.
pub fn start(
    spawner: Spawner,
    stack: Stack<'static>,
    chain: &'static [&'static dyn Middleware<App, Streams>],
    seed: u64,
) -> Result<(), SpawnError> {
    let service =
        Service::new(&APP, &ROUTES).with_limits(Limits::SMALL).with_middleware(chain).with_seed(seed);
    let service = SERVICE.init(service);
    for slot in SLOTS.take() {
        spawner.spawn(tasks::connection(stack, slot, service)?);
    }
    Ok(())
}
