//! The same behind a TAP device of Linux, so that a browser or curl can ask it.
#![allow(unsafe_code)] // the macro of the task

use core::hash::BuildHasher;
use std::hash::RandomState;
use std::io::Write;
use std::process::ExitCode;

use bantam_core::middleware::access_log::{AccessLog, Format, Lines};
use bantam_core::prelude::*;
use bantam_demo::{App, METRICS, Streams};
use bantam_embassy::{BYTES, CONNECTIONS, PORT, Resources};
use embassy_executor::{Executor, Spawner};
use embassy_net::{Config, Ipv4Address, Ipv4Cidr, Runner, StaticConfigV4};
use embassy_net_tuntap::TunTapDevice;
use static_cell::StaticCell;

static EXECUTOR: StaticCell<Executor> = StaticCell::new();
static RESOURCES: StaticCell<Resources> = StaticCell::new();
static LOG: AccessLog = AccessLog::new(Format::Common, &StandardOutput);
static CHAIN: [&dyn Middleware<App, Streams>; 2] = [&LOG, &METRICS];

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, TunTapDevice>) -> ! {
    runner.run().await
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(address), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return fail("usage: bantam-embassy TAP ADDRESS, such as tap0 10.0.0.2");
    };
    let Ok(address) = address.parse::<Ipv4Address>() else {
        return fail(&format!("{address} is no IPv4 address; try one such as 10.0.0.2"));
    };
    let device = match TunTapDevice::new(&name) {
        Ok(device) => device,
        Err(error) => {
            return fail(&format!("cannot open the TAP device {name}: {error}; run as root, see README.md"));
        }
    };
    EXECUTOR.init(Executor::new()).run(|spawner| start(spawner, device, address))
}

fn start(spawner: Spawner, device: TunTapDevice, address: Ipv4Address) {
    let seed = RandomState::new().hash_one(address);
    let config = Config::ipv4_static(StaticConfigV4 {
        address: Ipv4Cidr::new(address, 24),
        gateway: None,
        dns_servers: Default::default(),
    });
    let (stack, runner) = embassy_net::new(device, config, RESOURCES.init(Resources::new()), seed);
    spawner.spawn(network(runner).expect("the only one"));
    bantam_embassy::start(spawner, stack, &CHAIN, seed).expect("the only call");
    eprintln!("{CONNECTIONS} connections in {BYTES} bytes");
    eprintln!("listening on http://{address}:{PORT}");
}

struct StandardOutput;

impl Lines for StandardOutput {
    fn add(&self, write: &mut dyn FnMut(&mut dyn core::fmt::Write) -> core::fmt::Result) {
        let mut line = String::new();
        if write(&mut line).is_ok() {
            // A reader that has gone is no reason to end.
            let _ = std::io::stdout().write_all(line.as_bytes());
        }
    }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(2)
}
