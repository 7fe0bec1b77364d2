//! Runs bantam's command over sockets, lets clients come and go for a while, and looks at what is left: `run`, beside this
//! workspace, builds both and calls this.
#![forbid(unsafe_code)]

mod files;
mod growth;
mod habit;
mod options;

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bantam_bench_measure::holding::{Holding, holding};
use bantam_bench_measure::line::Trouble;
use bantam_bench_measure::noise::Dice;
use bantam_bench_measure::server::Server;
use bantam_bench_measure::soak;
use bantam_bench_measure::soak::crowd::{Clients, Crowd};
use bantam_bench_measure::soak::metrics::connections;
use bantam_bench_measure::soak::seen::Seen;

use files::{FILES, Folder};
use growth::Growth;
use habit::HABITS;
use options::Options;

/// Longest time for the server to be alone, with its threads back: those for handlers that wait stay for ten seconds.
const TO_SETTLE: Duration = Duration::from_secs(30);
/// Longest pause from client to client, in milliseconds. A modest load: others use this machine as well.
const PAUSE: u64 = 40;
/// From look to look at the memory.
const LOOK: Duration = Duration::from_millis(200);

fn main() {
    soak::end(run(&Options::read()), "the server is as it was")
}

/// All of it; what was not as it should be.
fn run(options: &Options) -> Result<Vec<String>, String> {
    let folder = Folder::new()?;
    let address = free_address()?;
    let program =
        std::env::var("BANTAM").map_err(|_| "BANTAM names no program: call tests/benches/soak/run")?;
    let mut command = Command::new(program);
    command.args(["demo", "--log-format", "off", "--compress", "-p", &address.port().to_string(), "--root"]);
    let mut bantam = Server::start("soak", command.arg(&folder.0))?;
    bantam.wait_for(address, "/plaintext", b"\r\n\r\nHello, World!")?;
    let said = bantam.told();
    let before = settled(address, &bantam, &folder, None)?;

    let clients = OverSockets(address);
    let crowd = Crowd::new(&clients, options.seed, PAUSE);
    let mut growth = Growth::new(options.duration);
    let begin = Instant::now();
    crowd.last(options.clients, || {
        let now = begin.elapsed();
        growth.add(now, holding(bantam.id())?.memory);
        Ok((now < options.duration).then_some(LOOK))
    })?;
    let after = settled(address, &bantam, &folder, Some(before))?;

    let tally = crowd.tally();
    println!("{tally}\n{growth}");
    println!("before: {before}\nafter:  {after}; {:.1} s of processor time", bantam.processor() / 1e6);
    let mut faults = tally.faults(0);
    faults.extend(growth.fault());
    if (after.descriptors, after.threads) != (before.descriptors, before.threads) {
        faults.push(format!("it holds {after}, and before it was {before}"));
    }
    if bantam.told() != said {
        faults.push(format!("it has said: {}", &bantam.told()[said.len()..]));
    }
    faults.extend(bantam.terminate(TO_SETTLE).err());
    Ok(faults)
}

fn free_address() -> Result<SocketAddr, String> {
    let told = |error: std::io::Error| format!("no free port: {error}");
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_err(told)
}

/// What the server holds when all clients have gone: its threads and descriptors as at first, if they come to that.
fn settled(
    address: SocketAddr,
    server: &Server,
    folder: &Folder,
    first: Option<Holding>,
) -> Result<Holding, String> {
    let until = Instant::now() + TO_SETTLE;
    let mut was_alone = false;
    loop {
        // Before the server is asked, so that the connection that asks is no descriptor of it yet.
        let mut held = holding(server.id())?;
        held.descriptors -= kept_open(server.id(), folder);
        let (open, words) = connections(address)?;
        let is_alone = open == 1;
        let is_back =
            first.is_none_or(|first| (first.descriptors, first.threads) == (held.descriptors, held.threads));
        // The connection that was there before the first question may still have been closing then.
        if (was_alone && is_alone && is_back) || Instant::now() > until {
            return if is_alone {
                Ok(held)
            } else {
                Err(format!("{} connections are open after {TO_SETTLE:?}: {words}; {held}", open as i64 - 1))
            };
        }
        was_alone = is_alone;
        sleep(Duration::from_millis(200));
    }
}

/// Files of the folder that the server keeps open for the next who asks: a bounded number, and no leak.
fn kept_open(process: u32, folder: &Folder) -> usize {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{process}/fd")) else { return 0 };
    let targets = descriptors.filter_map(|descriptor| fs::read_link(descriptor.ok()?.path()).ok());
    targets.filter(|target| target.starts_with(&folder.0) && *target != folder.0).count().min(FILES.len())
}

/// Clients of this server.
struct OverSockets(SocketAddr);

impl Clients for OverSockets {
    fn habits(&self) -> Vec<&'static str> {
        HABITS.map(|(_, name)| name).to_vec()
    }

    fn habit(&self, number: u64) -> usize {
        number as usize % HABITS.len()
    }

    fn live(&self, number: u64, dice: &mut Dice, seen: &mut Seen) -> Result<(), Trouble> {
        let (habit, _) = HABITS[self.habit(number)];
        habit.live(self.0, dice, seen)
    }
}
