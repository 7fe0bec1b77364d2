//! Runs bantam's command behind a TAP device and a cable that loses frames, lets clients come and go for a while, and
//! looks at what is left: `soak`, beside this workspace, builds both and calls this in a network namespace of its own.
#![forbid(unsafe_code)]

mod devices;
mod habit;
mod history;
mod options;
mod relay;
mod server;
mod weather;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::exit;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bantam_bench_measure::holding::{Holding, holding};
use bantam_bench_measure::line::Trouble;
use bantam_bench_measure::noise::Dice;
use bantam_bench_measure::server::{Server, pinned};
use bantam_bench_measure::soak;
use bantam_bench_measure::soak::crowd::{Clients, Crowd};
use bantam_bench_measure::soak::seen::Seen;
use bantam_bench_tap::{PORT, bantam};
use bantam_transport_smoltcp::tap::TapSizes;

use habit::HABITS;
use options::Options;
use relay::Relay;
use weather::Sky;

/// The server.
const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 75, 0, 2)), PORT);

/// Longest wait for a connection: some eight requests for it must be lost in a row.
const TO_CONNECT: Duration = Duration::from_secs(60);
/// Longest time for connections to end when the clients have: above every deadline of the server's.
const TO_SETTLE: Duration = Duration::from_secs(90);
/// Longest time for slots to be free when their connections have ended: a ring of 256 KiB at the slowest rate that the
/// server allows, 1 KiB a second.
const TO_BE_FREE: Duration = Duration::from_secs(300);
/// From report to report.
const REPORT: Duration = Duration::from_secs(60);
/// Longest pause from client to client, in milliseconds.
const PAUSE: u64 = 1_000;
/// Broken connections for each hundred whole ones: each retransmission doubles the time to the next one, which may pass a
/// deadline of the server's, or the patience of the client.
const UNFINISHED: u64 = 5;

fn main() {
    soak::end(run(&Options::read()), "every slot is free")
}

/// All of it; what was not as it should be.
fn run(options: &Options) -> Result<Vec<String>, String> {
    devices::make()?;
    let sky = Arc::new(Sky::new(options.weather));
    let relay = Relay::open(Arc::clone(&sky), Dice::new(options.seed, 0))?;
    thread::spawn(|| {
        if let Err(reason) = relay.run() {
            println!("soak: BAD: the relay: {reason}");
            exit(1);
        }
    });
    let mut command = pinned(&bantam(), None);
    command.args(["demo", "--tap", devices::SERVER, "--ip", "10.75.0.2/24", "--log-format", "off"]);
    command.args(["--port", &PORT.to_string()]);
    let mut bantam = Server::start("soak", &mut command)?;
    bantam.wait_for(ADDRESS, "/plaintext", b"\r\n\r\nHello, World!")?;

    let sizes = TapSizes::default();
    let slots = server::fill_up(sizes.slots, Duration::ZERO)?;
    server::wait_until_alone(TO_SETTLE)?;
    let before = holding(bantam.id())?;
    println!("before: {slots} slots serve at a time, {before}; {options:?}");

    let clients = OverCable(Arc::clone(&sky));
    let crowd = Crowd::new(&clients, options.seed, PAUSE);
    sky.set_fair(false);
    last(options, &crowd, &bantam)?;
    sky.set_fair(true);

    let tally = crowd.tally();
    println!("{tally}{sky}");
    let mut faults = tally.faults(UNFINISHED);
    faults.extend(server::wait_until_alone(TO_SETTLE).err());
    let after = holding(bantam.id())?;
    let processor = bantam.processor() / 1e6;
    let begin = Instant::now();
    let again = server::fill_up(slots, TO_BE_FREE)?;
    let seconds = begin.elapsed().as_secs();
    println!(
        "after: {again} slots serve at a time, {seconds} s later; {after}; {processor:.1} s of processor time"
    );
    if again != slots {
        faults.push(format!("{again} slots serve at a time, no longer {slots}"));
    }
    faults.extend(left_behind(before, after, &sizes));
    Ok(faults)
}

/// What the server holds that it did not before. Memory of rings and buffers is taken at their first use, and stays: all
/// of them together are its bound.
fn left_behind(before: Holding, after: Holding, sizes: &TapSizes) -> Option<String> {
    let slot = 2 * sizes.ring + sizes.receive_buffer + sizes.transmit_buffer;
    let bound = before.memory + ((sizes.slots + sizes.spares) * slot / 1_024) as u64;
    (after.descriptors != before.descriptors || after.threads != before.threads || after.memory > bound)
        .then(|| format!("it holds {after}, and before it was {before}"))
}

/// Lets clients come and go as long as it lasts, and reports.
fn last(options: &Options, crowd: &Crowd<'_, OverCable>, server: &Server) -> Result<(), String> {
    let begin = Instant::now();
    crowd.last(options.clients, || {
        let held = holding(server.id())?;
        println!("{:5} s: {}; {held}", begin.elapsed().as_secs(), crowd.tally().short());
        let left = options.duration.saturating_sub(begin.elapsed());
        Ok((!left.is_zero()).then_some(left.min(REPORT)))
    })
}

/// Clients at the other end of the cable.
struct OverCable(Arc<Sky>);

/// Each has a port of its own for as long as there are any, below those that the kernel chooses.
const fn port(client: u64) -> u16 {
    1_024 + (client % 59_000) as u16
}

impl Clients for OverCable {
    fn habits(&self) -> Vec<&'static str> {
        HABITS.map(|(_, name)| name).to_vec()
    }

    /// All have their turn. Those that only wait are few, for they take the time of others.
    fn habit(&self, number: u64) -> usize {
        match number % 40 {
            18 => HABITS.len() - 2,
            29 => HABITS.len() - 1,
            other => other as usize % (HABITS.len() - 2),
        }
    }

    fn live(&self, number: u64, dice: &mut Dice, seen: &mut Seen) -> Result<(), Trouble> {
        let (sky, port) = (&self.0, port(number));
        sky.hear(port);
        let (habit, _) = HABITS[self.habit(number)];
        match habit.live(port, sky, dice, seen) {
            Err(Trouble::Stalled(what)) if sky.has_lost_reset(port) => {
                Err(Trouble::Broken(format!("reset, unheard, {what}")))
            }
            outcome => outcome,
        }
    }

    fn history(&self, number: u64) -> String {
        self.0.history(port(number))
    }
}
