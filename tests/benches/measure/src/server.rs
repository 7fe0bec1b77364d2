//! A server as a process of its own: started, asked whether it is there, ended; what processor time it has taken.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// A running server; it is ended when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    told: PathBuf,
}

impl Server {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// The program cannot be started; the text tells why.
    pub fn start(name: &str, command: &mut Command) -> Result<Self, String> {
        let told = std::env::temp_dir().join(format!("bantam-bench-{}-{name}.log", std::process::id()));
        let log =
            File::create(&told).map_err(|error| format!("{} cannot be made: {error}", told.display()))?;
        let child =
            command.stdout(Stdio::null()).stderr(log).spawn().map_err(|error| {
                format!("{} cannot be run: {error}", command.get_program().to_string_lossy())
            })?;
        Ok(Self { child, told })
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard input, once.
    pub fn input(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// Waits until it answers `path` with an answer that ends in `end`.
    ///
    /// # Errors
    ///
    /// It has ended, or does not answer so within ten seconds; the text tells what it said or answered.
    pub fn wait_for(&mut self, address: SocketAddr, path: &str, end: &[u8]) -> Result<(), String> {
        let until = Instant::now() + Duration::from_secs(10);
        let mut answer = String::new();
        while Instant::now() < until {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended with {status}: {}", self.said()));
            }
            match ask(address, path, end) {
                Ok(()) => return Ok(()),
                Err(other) => answer = other,
            }
            sleep(Duration::from_millis(20));
        }
        Err(format!("no right answer to {path} within ten seconds: {answer} {}", self.said()))
    }

    /// Waits until something listens there.
    ///
    /// # Errors
    ///
    /// It has ended, or does not listen within ten seconds; the text tells what it said.
    pub fn wait_to_listen(&mut self, address: SocketAddr) -> Result<(), String> {
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("it ended with {status}: {}", self.said()));
            }
            if TcpStream::connect(address).is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(20));
        }
        Err(format!("it does not listen within ten seconds: {}", self.said()))
    }

    /// Processor time of its threads so far, and of those its own processes have, in microseconds.
    pub fn processor(&self) -> f64 {
        processes(self.child.id()).iter().map(|process| processor_of(*process)).sum()
    }

    /// All that it has said on its standard error.
    pub fn told(&self) -> String {
        std::fs::read_to_string(&self.told).unwrap_or_default()
    }

    /// Sends SIGTERM, and waits for the end.
    ///
    /// # Errors
    ///
    /// It does not end well, or not within this time.
    pub fn terminate(&mut self, longest: Duration) -> Result<(), String> {
        let sent = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        sent.map_err(|error| format!("kill cannot be run: {error}"))?;
        let until = Instant::now() + longest;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) if status.success() => return Ok(()),
                Ok(Some(status)) => {
                    return Err(format!("after SIGTERM it ended with {status}: {}", self.said()));
                }
                _ if Instant::now() > until => {
                    return Err(format!("SIGTERM did not end it within {longest:?}"));
                }
                _ => sleep(Duration::from_millis(20)),
            }
        }
    }

    /// The last line on its standard error.
    fn said(&self) -> String {
        self.told().lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing").to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        for process in processes(self.child.id()).into_iter().rev() {
            let _ = Command::new("kill").args(["-KILL", &process.to_string()]).stderr(Stdio::null()).status();
        }
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.told);
    }
}

/// A command that keeps to a core, if one is given.
pub fn pinned(program: &str, core: Option<usize>) -> Command {
    match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["-c", &core.to_string(), program]);
            command
        }
        None => Command::new(program),
    }
}

/// One request on a connection of its own.
fn ask(address: SocketAddr, path: &str, end: &[u8]) -> Result<(), String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(200))
        .map_err(|error| format!("connect: {error}"))?;
    let patience = Some(Duration::from_millis(500));
    stream
        .set_read_timeout(patience)
        .and_then(|()| stream.set_nodelay(true))
        .map_err(|error| error.to_string())?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(|error| format!("write: {error}"))?;
    let mut answer = Vec::new();
    let mut space = [0; 4_096];
    while !answer.ends_with(end) {
        match stream.read(&mut space) {
            Ok(0) => return Err(format!("closed after {} bytes;", answer.len())),
            Ok(length) => answer.extend_from_slice(&space[..length]),
            Err(error) => return Err(format!("read after {} bytes: {error};", answer.len())),
        }
    }
    if answer.starts_with(b"HTTP/1.1 200") { Ok(()) } else { Err("not a 200;".to_owned()) }
}

/// The process and those it has started, parents first.
fn processes(first: u32) -> Vec<u32> {
    let mut found = vec![first];
    let mut next = 0;
    while let Some(process) = found.get(next) {
        next += 1;
        let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
        found.extend(children.unwrap_or_default().split_whitespace().filter_map(|id| id.parse::<u32>().ok()));
    }
    found
}

fn processor_of(process: u32) -> f64 {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return 0.0 };
    threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok())
        .filter_map(|text| text.split(' ').next()?.parse::<f64>().ok())
        .map(|nanoseconds| nanoseconds / 1e3)
        .sum()
}
