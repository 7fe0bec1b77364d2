//! Runs bantam's command over sockets, lets clients come and go for a while, and looks at what is left: `run`, beside this
//! workspace, builds both and calls this.
#![forbid(unsafe_code)]

mod files;
mod habit;
mod options;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, exit};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use bantam_bench_measure::holding::{Holding, holding};
use bantam_bench_measure::line::Trouble;
use bantam_bench_measure::noise::Dice;
use bantam_bench_measure::server::Server;

use files::{FILES, Folder};
use habit::{HABITS, Seen};
use options::Options;

/// Growth in KiB that shows nothing, where a hundredth of a few MiB is less than a stack that was touched once more.
const FEW_PAGES: u64 = 64;

/// Longest time for the server to be alone, with its threads back: those for handlers that wait stay for ten seconds.
const TO_SETTLE: Duration = Duration::from_secs(30);
/// Troubles that are told one by one.
const TOLD: u64 = 20;

fn main() {
    match run(&Options::read()) {
        Ok(faults) if faults.is_empty() => println!("soak: good, the server is as it was"),
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
    let folder = Folder::new()?;
    let address = free_address()?;
    let program =
        std::env::var("BANTAM").map_err(|_| "BANTAM names no program: call tests/benches/soak/run")?;
    let mut command = Command::new(program);
    command.args(["demo", "--log-format", "off", "--compress", "-p", &address.port().to_string(), "--root"]);
    let mut bantam = Server::start("soak", command.arg(&folder.0))?;
    bantam.wait_for(address, "/plaintext", b"\r\n\r\nHello, World!")?;
    let said = bantam.told();
    let begin = settled(address, &bantam, &folder, None)?;

    // Buffers and caches fill in the first quarter.
    let warm_up = options.duration / 4;
    let mut faults = Vec::new();
    let (_, warm_faults) = Soak::new(options, address).last(warm_up);
    faults.extend(warm_faults);
    let warm = settled(address, &bantam, &folder, Some(begin))?;
    let others = Options { seed: options.seed ^ 1 << 32, ..*options };
    let (table, late_faults) = Soak::new(&others, address).last(options.duration - warm_up);
    faults.extend(late_faults);
    let end = settled(address, &bantam, &folder, Some(begin))?;

    println!("{table}\nat first  {begin} ({} kB)", begin.memory);
    println!("warm      {warm} ({} kB)\nat last   {end} ({} kB)", warm.memory, end.memory);
    println!("{:.1} s of processor time", bantam.processor() / 1e6);
    if end.memory >= warm.memory + warm.memory / 100 + FEW_PAGES {
        faults.push(format!("memory grew from {} kB to {} kB", warm.memory, end.memory));
    }
    if (end.descriptors, end.threads) != (begin.descriptors, begin.threads) {
        faults.push(format!("it holds {end}, and at first it was {begin}"));
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

/// How many connections `/metrics` tells of, its own among them, and in which words.
fn connections(address: SocketAddr) -> Result<(u64, String), String> {
    let mut text = String::new();
    TcpStream::connect_timeout(&address, Duration::from_secs(10))
        .and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(10)))?;
            stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n")?;
            stream.read_to_string(&mut text)
        })
        .map_err(|error| format!("/metrics: {error}"))?;
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("bantam_connections{")).collect();
    if lines.is_empty() {
        return Err("/metrics says nothing of connections".to_owned());
    }
    let count = |line: &&str| line.rsplit(' ').next().and_then(|count| count.parse::<u64>().ok());
    Ok((lines.iter().filter_map(count).sum(), lines.join(", ")))
}

/// Clients of one habit.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    whole: u64,
    wrong: u64,
    other: u64,
    answers: u64,
    bytes: u64,
}

/// Clients and what they have seen.
struct Soak<'a> {
    options: &'a Options,
    address: SocketAddr,
    number: AtomicU64,
    told: AtomicU64,
    rows: Mutex<[Row; HABITS.len()]>,
}

impl<'a> Soak<'a> {
    fn new(options: &'a Options, address: SocketAddr) -> Self {
        let (number, told) = Default::default();
        Self { options, address, number, told, rows: Mutex::default() }
    }

    /// Lets clients come and go so long; a table, and what must not have happened.
    fn last(&self, duration: Duration) -> (String, Vec<String>) {
        let until = Instant::now() + duration;
        thread::scope(|scope| {
            for _ in 0..self.options.clients {
                scope.spawn(|| {
                    while Instant::now() < until {
                        self.come_and_go();
                    }
                });
            }
        });
        let rows = *self.rows.lock().expect("nobody panics with it");
        let mut table = format!(
            "{:14}{:>10}{:>8}{:>8}{:>10}{:>12}",
            "habit", "whole", "wrong", "broken", "answers", "MiB"
        );
        let mut faults = Vec::new();
        for ((_, name), row) in HABITS.iter().zip(rows) {
            let Row { whole, wrong, other, answers, bytes } = row;
            let mebibytes = bytes as f64 / 1_048_576.0;
            table += &format!("\n{name:14}{whole:>10}{wrong:>8}{other:>8}{answers:>10}{mebibytes:>12.1}");
            if wrong + other > 0 || whole == 0 {
                faults.push(format!("{name}: {whole} whole, {wrong} wrong, {other} broken"));
            }
        }
        (table, faults)
    }

    fn come_and_go(&self) {
        let number = self.number.fetch_add(1, Relaxed);
        let mut dice = Dice::new(self.options.seed, number);
        let place = number as usize % HABITS.len();
        let (habit, name) = HABITS[place];
        let mut seen = Seen::default();
        let outcome = habit.live(self.address, &mut dice, &mut seen);
        if let Err(trouble) = &outcome
            && self.told.fetch_add(1, Relaxed) < TOLD
        {
            println!("client {number}, {name}: {trouble}");
        }
        let mut rows = self.rows.lock().expect("nobody panics with it");
        let row = &mut rows[place];
        row.answers += seen.answers;
        row.bytes += seen.bytes;
        *match outcome {
            Ok(()) => &mut row.whole,
            Err(Trouble::Wrong(_)) => &mut row.wrong,
            Err(_) => &mut row.other,
        } += 1;
        drop(rows);
        // A modest load: others use this machine as well.
        sleep(Duration::from_millis(dice.below(40)));
    }
}
