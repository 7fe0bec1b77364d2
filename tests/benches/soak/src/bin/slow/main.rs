//! Lets slowhttptest hold thousands of connections of bantam's command in each of its four modes, and looks whether
//! anybody else notices: `slow`, beside this workspace, builds both and calls this.
#![forbid(unsafe_code)]

mod probe;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use bantam_bench_measure::server::Server;
use bantam_bench_measure::soak;
use bantam_bench_measure::soak::arguments;
use bantam_bench_measure::soak::metrics::connections;

use probe::{LATE, Probe};

const ABOUT: &str = "\
bantam over sockets, with slowhttptest at it in its four modes, and somebody else who asks every 50 ms.

usage: slow [--connections 4000] [--seconds 20]
       seconds are those of each mode";

/// A name, and the arguments of slowhttptest: pieces every two seconds, or reads of some bytes every second.
const MODES: [(&str, &[&str], &str); 4] = [
    ("slow heads", &["-H", "-i", "2"], "/"),
    ("slow content", &["-B", "-i", "2", "-s", "100000"], "/"),
    ("many ranges", &["-R", "-a", "5", "-b", "2000"], "/static/large.bin"),
    ("slow reads", &["-X", "-n", "1", "-z", "32", "-w", "1", "-y", "512", "-k", "3"], "/static/large.bin"),
];
/// Bytes of the file that is read: more than the kernel keeps for a connection.
const LARGE: usize = 8 << 20;
/// New connections a second.
const RATE: &str = "1000";
/// From look to look at how many there are.
const LOOK: Duration = Duration::from_millis(500);

fn main() {
    if Command::new("slowhttptest").arg("-h").output().is_err() {
        println!("skipped: slowhttptest is missing: apt-get install slowhttptest");
        return;
    }
    let (mut connections, mut seconds) = (4_000, 20);
    let flags =
        &mut [("--connections", 1..=60_000, &mut connections), ("--seconds", 1..=3_600, &mut seconds)];
    arguments::read(ABOUT, flags);
    soak::end(run(connections, Duration::from_secs(seconds)), "nobody else has noticed")
}

/// All modes; what was not as it should be.
fn run(many: u64, duration: Duration) -> Result<Vec<String>, String> {
    let folder = Folder::new()?;
    let address = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("no free port: {error}"))?;
    let program =
        std::env::var("BANTAM").map_err(|_| "BANTAM names no program: call tests/benches/soak/slow")?;
    let mut command = Command::new(program);
    command.args(["demo", "--log-format", "off", "-p", &address.port().to_string(), "--root"]);
    let mut bantam = Server::start("slow", command.arg(&folder.0))?;
    bantam.wait_for(address, "/plaintext", b"\r\n\r\nHello, World!")?;

    println!("{:14}{}", "", probe::TITLES);
    let mut faults = Vec::new();
    // What the machine does to answers by itself is told first.
    let calm = Probe::run(address, || pass(address, duration / 4, None))?;
    println!("{:14}{calm}", "calm");
    for (name, mode, target) in MODES {
        let mut attack = attack(address, mode, target, many, duration)?;
        let seen = Probe::run(address, || pass(address, duration, Some(&mut attack)));
        // It ends by itself, unless it has begun too late.
        let _ = attack.kill().and_then(|()| attack.wait());
        let seen = seen?;
        println!("{name:14}{seen}");
        faults.extend(seen.fault().map(|fault| format!("{name}: {fault}")));
    }
    println!("late is what takes longer than {LATE:?}; {:.1} s of processor time", bantam.processor() / 1e6);
    faults.extend(bantam.terminate(Duration::from_secs(30)).err());
    Ok(faults)
}

fn attack(
    address: SocketAddr,
    mode: &[&str],
    target: &str,
    many: u64,
    duration: Duration,
) -> Result<Child, String> {
    Command::new("slowhttptest")
        .args(mode)
        .args(["-c", &many.to_string(), "-r", RATE, "-l", &duration.as_secs().to_string()])
        .args(["-u", &format!("http://{address}{target}"), "-p", "3600", "-v", "0"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("slowhttptest cannot be run: {error}"))
}

/// Waits for the end of an attack, or so long; the most connections that were open meanwhile.
fn pass(address: SocketAddr, duration: Duration, mut attack: Option<&mut Child>) -> Result<u64, String> {
    let (begin, mut most) = (Instant::now(), 0);
    while begin.elapsed() < duration {
        most = most.max(connections(address)?.0);
        if let Some(Ok(Some(_))) = attack.as_mut().map(|attack| attack.try_wait()) {
            break;
        }
        sleep(LOOK);
    }
    Ok(most)
}

/// A folder with a large file; it is removed when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, String> {
        let folder = Self(std::env::temp_dir().join(format!("bantam-slow-{}", std::process::id())));
        let made = std::fs::create_dir_all(&folder.0);
        made.and_then(|()| std::fs::write(folder.0.join("large.bin"), vec![b'x'; LARGE]))
            .map_err(|error| format!("{}: {error}", folder.0.display()))?;
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system, which clears the place.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
