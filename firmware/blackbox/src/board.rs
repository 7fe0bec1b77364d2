//! An emulator with the demo, for one test.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};

use crate::client::Client;

/// The program that `firmware/test` has built; `None`, with a line that says so, where it was not called.
pub fn program() -> Option<PathBuf> {
    let program = std::env::var_os("BANTAM_FIRMWARE").map(PathBuf::from);
    if program.is_none() {
        eprintln!("skipped: BANTAM_FIRMWARE names no program; firmware/test builds one");
    }
    program
}

/// A board that is up.
#[derive(Debug)]
pub struct Board {
    emulator: Child,
    address: SocketAddr,
    said: Option<JoinHandle<String>>,
}

impl Board {
    /// Starts the demo, and waits until it listens.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(program: &PathBuf) -> Self {
        let runner = concat!(env!("CARGO_MANIFEST_DIR"), "/../run");
        let mut emulator = Command::new(runner)
            .arg(program)
            .arg("0")
            .env("BANTAM_RAW_LOG", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("firmware/run starts");
        let errors = emulator.stderr.take().expect("it is piped");
        let (tell, told) = channel();
        let said = thread::spawn(move || {
            let mut lines = BufReader::new(errors);
            let mut said = String::new();
            while lines.read_line(&mut said).is_ok_and(|length| length > 0) {
                if let Some(url) =
                    said.lines().last().and_then(|line| line.strip_prefix("listening on http://"))
                {
                    let _ = tell.send(url.parse::<SocketAddr>());
                    break;
                }
            }
            drop(tell);
            let _ = lines.read_to_string(&mut said);
            said
        });
        let address = wait(&told);
        let mut board = Self { emulator, address: SocketAddr::from(([127, 0, 0, 1], 0)), said: Some(said) };
        match address {
            Some(address) => board.address = address,
            None => panic!("the board does not come up: {}", board.stop()),
        }
        board
    }

    /// Where it is found.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A new connection.
    pub fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// What has been promised whatever was sent before: the next good request is answered.
    ///
    /// # Panics
    /// When it is not.
    pub fn assert_serves(&self, after: &str) {
        let answer = self.connect().ask("GET /plaintext HTTP/1.1\r\nHost: board\r\n\r\n");
        assert_eq!((answer.status, &*answer.content), (200, &b"Hello, World!"[..]), "after {after}");
    }

    /// Switches it off; what it said on standard error.
    pub fn stop(&mut self) -> String {
        let _ = self.emulator.kill();
        let _ = self.emulator.wait();
        self.said.take().and_then(|said| said.join().ok()).unwrap_or_default()
    }

    /// Whether it still runs.
    pub fn is_up(&mut self) -> bool {
        matches!(self.emulator.try_wait(), Ok(None))
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let said = self.stop();
        if thread::panicking() {
            eprintln!("the board said: {said}");
        }
    }
}

fn wait(told: &Receiver<Result<SocketAddr, std::net::AddrParseError>>) -> Option<SocketAddr> {
    told.recv().ok().and_then(Result::ok)
}
