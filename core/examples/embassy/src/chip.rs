//! On a microcontroller: over the device that drivers of Ethernet and Wi-Fi chips hand to embassy-net.

use bantam_core::prelude::*;
use bantam_demo::{App, METRICS, Streams};
use embassy_executor::{SpawnError, Spawner};
use embassy_net::Config;
use embassy_net_driver_channel::Device;
use static_cell::StaticCell;

use crate::memory::Resources;
use crate::tasks;

/// Longest frame, in bytes, with the header of Ethernet.
pub const FRAME: usize = 1_514;

static RESOURCES: StaticCell<Resources> = StaticCell::new();
static CHAIN: [&dyn Middleware<App, Streams>; 1] = [&METRICS];

/// Starts the network and all connections. `seed` comes from the chip's source of randomness: initial sequence numbers
/// and request ids are made of it.
///
/// # Errors
/// When it was called before: the tasks are there.
///
/// # Panics
/// When it was called before, likewise.
pub fn start(
    spawner: Spawner,
    device: Device<'static, FRAME>,
    config: Config,
    seed: u64,
) -> Result<(), SpawnError> {
    let (stack, runner) = embassy_net::new(device, config, RESOURCES.init(Resources::new()), seed);
    spawner.spawn(tasks::network(runner)?);
    crate::start(spawner, stack, &CHAIN, seed)
}
