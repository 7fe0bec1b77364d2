//! bantam's library with two routes, as the other servers have them here, in a loop as small as the raw server's, on the
//! same device, with rings of the same size: the difference between the two is the HTTP layer.

use std::time::SystemTime;

use bantam_bench_tap::arguments::Arguments;
use bantam_bench_tap::device::{self, Device};
use bantam_bench_tap::{CONNECTIONS, CONTENT, PORT};
use bantam_core::body::sink::Sink;
use bantam_core::drivers::Clock;
use bantam_core::prelude::*;
use bantam_transport_smoltcp::{Config, HeapMemory, Host, Lifecycle, Server, run};

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
    run(&mut server, &mut device, &Service::new(&(), &ROUTES), &mut host);
}

static ROUTES: Router<(), 2, Bytes> =
    Router::new([get("/plaintext", plaintext), get("/bytes/:length", bytes)]);

fn plaintext(_: &(), _: &Request<'_>, response: &mut Response<'_, Bytes>) -> Outcome {
    response.bytes("text/plain", b"Hello, World!")
}

fn bytes(_: &(), request: &Request<'_>, response: &mut Response<'_, Bytes>) -> Outcome {
    let left = request.param("length")?;
    response.stream("application/octet-stream", Some(left), Bytes { left })
}

/// So many constant bytes.
struct Bytes {
    left: u64,
}

impl Source<()> for Bytes {
    fn pull(&mut self, _: &(), pull: &mut Pull<'_>) -> Pulled {
        let space = pull.space();
        let length = space.len().min(CONTENT.len()).min(self.left as usize);
        space[..length].copy_from_slice(&CONTENT[..length]);
        self.left -= length as u64;
        if self.left == 0 { Pulled::Last(length) } else { Pulled::Bytes(length) }
    }

    fn reads_content(&self) -> bool {
        false
    }
}

impl Sink<()> for Bytes {}

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
    fn wait(&mut self, device: &mut Device, until: Option<Instant>) -> Lifecycle {
        device::wait(device, until.map(|until| until.since(self.now())));
        Lifecycle::Serving
    }
}
