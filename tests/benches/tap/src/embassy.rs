//! embassy-net on a TAP device, as its own example sets it up.

use embassy_net::{Config, Ipv4Cidr, Runner, Stack, StackResources, StaticConfigV4};
use embassy_net_tuntap::TunTapDevice;

use crate::CONNECTIONS;
use crate::arguments::Arguments;

/// The stack, and what has to run for it.
pub fn start(arguments: &Arguments) -> (Stack<'static>, Runner<'static, TunTapDevice>) {
    let device = TunTapDevice::new(&arguments.device).expect("the runner makes the device");
    let config = Config::ipv4_static(StaticConfigV4 {
        address: Ipv4Cidr::new(arguments.address, arguments.prefix),
        gateway: None,
        dns_servers: Default::default(),
    });
    let resources: &'static mut StackResources<CONNECTIONS> = Box::leak(Box::new(StackResources::new()));
    embassy_net::new(device, config, resources, u64::from(std::process::id()))
}

/// Memory for as long as the program runs.
pub fn memory(length: usize) -> &'static mut [u8] {
    Box::leak(vec![0; length].into_boxed_slice())
}
