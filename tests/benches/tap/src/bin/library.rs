//! bantam's library with the routes of its demo, in a loop as small as the raw server's, on the same device, with rings
//! of the same size: the difference between the two is the HTTP layer.

use std::time::SystemTime;

use bantam_bench_tap::arguments::Arguments;
use bantam_bench_tap::device::{self, Device};
use bantam_bench_tap::{CONNECTIONS, PORT};
use bantam_core::drivers::Clock;
use bantam_core::prelude::*;
use bantam_demo::{App, ROUTES};
use bantam_transport_smoltcp::{Config, HeapMemory, Host, Server, Stage, run};

/// Sockets that only tell newcomers to wait.
const SPARES: usize = 2;

fn main() {
    let arguments = Arguments::read();
    let mut device = device::open(&arguments.device);
    let mut host = Machine(std::time::Instant::now());
    let config = Config::new([2, 0, 0, 0, 0, 2])
        .with_port(PORT)
        .with_address(arguments.address, arguments.prefix)
        .with_seed(u64::from(std::process::id()));
    let mut memory =
        HeapMemory::new(CONNECTIONS, SPARES, arguments.ring).with_messages(CONNECTIONS, 4_096, 16_384, 100);
    let mut server =
        Server::new(memory.parts(), &config, &mut device, host.now()).expect("a good configuration");
    let app = App::new();
    run(&mut server, &mut device, &Service::new(&app, &ROUTES), &mut host);
}

/// The clock of this machine, counted from the start.
struct Machine(std::time::Instant);

impl Clock for Machine {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.elapsed().as_micros() as u64)
    }

    fn unix_seconds(&self) -> Option<u64> {
        Some(SystemTime::UNIX_EPOCH.elapsed().ok()?.as_secs())
    }
}

impl Host<Device> for Machine {
    fn wait(&mut self, device: &mut Device, until: Option<Instant>) -> Stage {
        device::wait(device, until.map(|until| until.since(self.now())));
        Stage::Serving
    }
}
