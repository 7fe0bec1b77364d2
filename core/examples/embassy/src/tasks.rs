//! The tasks. The macro that makes them writes unsafe code, here alone.
#![allow(unsafe_code)]

use bantam_core::service::Service;
use bantam_demo::{App, Streams};
use embassy_net::{Runner, Stack};
use embassy_net_driver_channel::Device;

use crate::chip::FRAME;
use crate::connection::accept;
use crate::memory::{CONNECTIONS, Slot};

/// One connection at a time.
#[embassy_executor::task(pool_size = CONNECTIONS)]
pub(crate) async fn connection(
    stack: Stack<'static>,
    slot: &'static mut Slot,
    service: &'static Service<'static, App, Streams>,
) -> ! {
    accept(stack, slot, service).await
}

/// The stack over the driver of a chip.
#[embassy_executor::task]
pub(crate) async fn network(mut runner: Runner<'static, Device<'static, FRAME>>) -> ! {
    runner.run().await
}
