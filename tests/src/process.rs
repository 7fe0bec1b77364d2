//! A server in a process of its own, which is this same program started again: so that what it costs is not mixed with
//! what its client costs. What it costs is read from `/proc`, which only Linux has.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::{env, fs, io, thread};

use bantam_core::body::sink::Sink;
use bantam_core::body::source::Source;
use bantam_core::service::Service;
use bantam_transport_std::{Config, Server};

/// Set for the server, to the role that it has.
const ROLE: &str = "BANTAM_BENCH_ROLE";

/// The role of this process, when it was started as a server.
#[must_use]
pub fn role() -> Option<String> {
    env::var(ROLE).ok()
}

/// Serves on any port, which it prints, until standard input is closed.
///
/// # Panics
/// When there is no port, or the server fails.
pub fn serve<A, S>(service: &Service<'_, A, S>, config: Config)
where
    A: Sync,
    S: Source<A> + Sink<A> + Send,
{
    let server = Server::bind((Ipv4Addr::UNSPECIFIED, 0), config).expect("a free port");
    println!("{}", server.local_addr().expect("an address").port());
    let shutdown = server.shutdown();
    thread::spawn(move || {
        let _ = io::stdin().read(&mut [0]);
        shutdown.end();
    });
    server.run(service).expect("the server ends well");
}

/// The server, as its client sees it; it ends when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    port: u16,
}

impl Process {
    /// Starts this program again in this role.
    ///
    /// # Panics
    /// When it does not start, or does not say its port.
    #[must_use]
    pub fn start(role: &str) -> Self {
        let program = env::current_exe().expect("this program");
        let mut command = Command::new(program);
        command.env(ROLE, role).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("standard output");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        Self { child, port: line.trim().parse().expect("a port") }
    }

    /// Where it listens, on every address.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kilobytes of resident memory, as the page tables have it: the counters in `status` lag behind.
    ///
    /// # Panics
    /// When the process is gone.
    #[must_use]
    pub fn resident(&self) -> usize {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let rollup = fs::read_to_string(path).expect("the server's memory");
        let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:")).expect("Rss");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Processor time of all its threads so far, in the kernel and outside.
    ///
    /// # Panics
    /// When the process is gone.
    #[must_use]
    pub fn processor_time(&self) -> Duration {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("the server's threads");
        let nanoseconds = threads.map(|thread| {
            let path = thread.expect("a thread").path().join("schedstat");
            let text = fs::read_to_string(path).expect("a thread's time");
            text.split(' ').next().and_then(|text| text.parse::<u64>().ok()).expect("a number")
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// Ends it.
    ///
    /// # Panics
    /// When it does not end well.
    pub fn end(mut self) {
        drop(self.child.stdin.take());
        let status = self.child.wait().expect("the server ends");
        assert!(status.success(), "the server ends with {status}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already unless something failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
