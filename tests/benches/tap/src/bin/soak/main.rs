//! Runs bantam's command behind a TAP device and a cable that loses frames, lets clients come and go for a while, and
//! looks at what is left: `soak`, beside this workspace, builds both and calls this in a network namespace of its own.
#![forbid(unsafe_code)]

mod devices;
mod dial;
mod habit;
mod history;
mod options;
mod relay;
mod server;
mod tally;
mod weather;

use std::process::exit;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use bantam_bench_measure::holding::{Holding, holding};
use bantam_bench_measure::line::Trouble;
use bantam_bench_measure::noise::Dice;
use bantam_bench_measure::server::{Server, pinned};
use bantam_bench_tap::bantam;
use bantam_transport_smoltcp::tap::TapSizes;

use habit::{Habit, Seen};
use options::Options;
use relay::Relay;
use tally::Tally;
use weather::Sky;

/// Longest time for connections to end when the clients have: above every deadline of the server's.
const TO_SETTLE: Duration = Duration::from_secs(90);
/// Longest time for slots to be free when their connections have ended: a ring of 256 KiB at the slowest rate that the
/// server allows, 1 KiB a second.
const TO_BE_FREE: Duration = Duration::from_secs(300);
/// From report to report.
const REPORT: Duration = Duration::from_secs(60);
/// Troubles that are told one by one.
const TOLD: u64 = 100;

fn main() {
    match run(&Options::read()) {
        Ok(faults) if faults.is_empty() => println!("soak: good, every slot is free"),
        Ok(faults) => {
            println!("soak: BAD: {}", faults.join("; "));
            exit(1);
        }
        Err(reason) => {
            println!("soak: BAD: {reason}");
            exit(1);
        }
    }
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
    command.args(["--port", &dial::ADDRESS.port().to_string()]);
    let mut bantam = Server::start("soak", &mut command)?;
    bantam.wait_for(dial::ADDRESS, "/plaintext", b"\r\n\r\nHello, World!")?;

    let sizes = TapSizes::default();
    let slots = server::fill_up(sizes.slots, Duration::ZERO)?;
    server::wait_until_alone(TO_SETTLE)?;
    let before = holding(bantam.id())?;
    println!("before: {slots} slots serve at a time, {before}; {options:?}");

    let soak = Soak {
        sky: &sky,
        options,
        begin: Instant::now(),
        clients: AtomicU64::new(0),
        told: AtomicU64::new(0),
        is_over: AtomicBool::new(false),
        tally: Mutex::default(),
    };
    sky.set_fair(false);
    soak.last(&bantam)?;
    sky.set_fair(true);

    let tally = *soak.tally.lock().expect("nobody panics with it");
    println!("{tally}{sky}");
    let mut faults = tally.faults();
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

/// Clients and what they have seen.
struct Soak<'a> {
    sky: &'a Sky,
    options: &'a Options,
    begin: Instant,
    clients: AtomicU64,
    told: AtomicU64,
    is_over: AtomicBool,
    tally: Mutex<Tally>,
}

impl Soak<'_> {
    /// Lets clients come and go as long as it lasts, and waits for the last of them.
    fn last(&self, server: &Server) -> Result<(), String> {
        thread::scope(|scope| {
            for _ in 0..self.options.clients {
                scope.spawn(|| self.come_and_go());
            }
            let outcome = self.report(server);
            self.is_over.store(true, Relaxed);
            outcome
        })
    }

    fn report(&self, server: &Server) -> Result<(), String> {
        loop {
            let left = self.options.duration.saturating_sub(self.begin.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            sleep(left.min(REPORT));
            let held = holding(server.id())?;
            let tally = self.tally.lock().expect("nobody panics with it").short();
            println!("{:5} s: {tally}; {held}", self.begin.elapsed().as_secs());
        }
    }

    fn come_and_go(&self) {
        while !self.is_over.load(Relaxed) {
            let number = self.clients.fetch_add(1, Relaxed);
            let mut dice = Dice::new(self.options.seed, number + 1);
            // All have their turn. Those that only wait are few, for they take the time of others.
            let habit = match number % 40 {
                18 => Habit::Halting,
                29 => Habit::Silent,
                other => Habit::ALL[other as usize % 10],
            };
            // Each has a port of its own for as long as there are any, below those that the kernel chooses.
            let port = 1_024 + (number % 59_000) as u16;
            self.sky.hear(port);
            let mut seen = Seen::default();
            let mut outcome = habit.live(port, self.sky, &mut dice, &mut seen);
            if let Err(Trouble::Stalled(what)) = &outcome
                && self.sky.has_lost_reset(port)
            {
                outcome = Err(Trouble::Broken(format!("reset, unheard, {what}")));
            }
            if let Err(trouble) = &outcome
                && self.told.fetch_add(1, Relaxed) < TOLD
            {
                let at = self.begin.elapsed().as_secs();
                println!("{at:5} s: client {number}, {}, port {port}: {trouble}", habit.name());
                print!("{}", self.sky.history(port));
            }
            self.tally.lock().expect("nobody panics with it").add(habit, seen, &outcome);
            sleep(Duration::from_millis(dice.below(1_000)));
        }
    }
}
