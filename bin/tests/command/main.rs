//! The command line as programs and people use it: what it prints where, what it answers, and how it ends.
#![cfg(unix)]

mod around;
#[cfg(target_os = "linux")]
mod clock;
mod crowd;
mod endings;
mod explain;
mod gateways;
mod listeners;
mod load;
mod logs;
mod mistakes;
mod shutdown;
mod systemd;
#[cfg(target_os = "linux")]
mod tap;

use core::net::SocketAddr;
use core::time::Duration;
use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use bantam_tests::answer::Answer;
use bantam_tests::client::{Client, End, PATIENCE};
use bantam_tests::folder::Folder;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The command, with nothing of this process's settings.
fn bantam<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bantam"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("BANTAM_") {
            command.env_remove(name);
        }
    }
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A server that was started; it is killed when this is dropped.
struct Served {
    child: Child,
    address: SocketAddr,
    /// Standard error up to the line that says where it listens, and that line.
    banner: Vec<String>,
    /// Further lines of standard error, and what standard output says until it is closed.
    errors: Receiver<String>,
    output: Receiver<String>,
}

impl Served {
    fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().expect("the command starts");
        let errors = lines(child.stderr.take().expect("standard error"));
        let output = match child.stdout.take() {
            Some(stdout) => lines(stdout),
            None => channel().1,
        };
        let mut banner = Vec::new();
        let address = loop {
            let line =
                errors.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("it does not listen: {banner:?}"));
            banner.push(line);
            if let Some(address) = banner.last().and_then(|line| line.strip_prefix("listening on http://")) {
                break address.parse().expect("an address");
            }
        };
        Self { child, address, banner, errors, output }
    }

    fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    fn get(&self, target: &str) -> Answer {
        self.connect().ask(&format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }

    /// Waits for its end. Standard error is closed by then.
    fn end(mut self) -> (ExitStatus, Vec<String>, Vec<String>) {
        let errors = rest(&self.errors);
        let output = rest(&self.output);
        (self.child.wait().expect("an end"), output, errors)
    }

    /// Ends it, and returns the access log.
    fn log(self) -> Vec<String> {
        self.signal(Signal::TERM);
        let (status, output, errors) = self.end();
        assert!(status.success() && errors.is_empty(), "{status}: {errors:?}");
        output
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a pipe, read by a thread of their own so that a test never waits for ever.
fn lines(pipe: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// The lines that come until the pipe is closed.
fn rest(lines: &Receiver<String>) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => all.push(line),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return all,
            Err(error) => panic!("the pipe stays open ({error}) after {all:?}"),
        }
    }
}

/// Most memory that a process has had at a time, in kB; nothing where the system does not tell.
fn memory(process: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// The next line.
fn next(lines: &Receiver<String>) -> String {
    lines.recv_timeout(PATIENCE).expect("a line")
}

#[test]
fn demo_serves_the_demo() {
    let served = Served::start(&mut bantam(["demo", "--port", "0"]));
    assert_eq!(served.get("/plaintext").text(), "Hello, World!");
    assert_eq!(served.get("/static/hello.txt").status, 200);
    let server = served.get("/").field("Server").map(str::to_owned);
    assert_eq!(server.as_deref(), Some(concat!("bantam/", env!("CARGO_PKG_VERSION"))));
    assert!(served.get("/").field("X-Request-ID").is_some_and(|id| id.len() == 32));
    for route in ["/users/:id", "/static/*path", "/health"] {
        assert!(served.banner.iter().any(|line| line.contains(route)), "{route}: {:?}", served.banner);
    }
}

#[test]
fn the_listening_line_stands_alone_and_has_the_real_port() {
    let served = Served::start(&mut bantam(["demo", "-p", "0"]));
    assert!(served.address.port() != 0 && served.address.ip().is_loopback());
    let listening: Vec<_> = served.banner.iter().filter(|line| line.contains("listening on")).collect();
    assert_eq!(listening, [&format!("listening on http://{}", served.address)]);
    assert_eq!(served.banner.last(), Some(listening[0]), "it is the last to be said");
}

#[test]
fn demo_serves_the_files_of_a_folder_under_static() {
    let folder = Folder::new();
    folder.write("top/a.txt", "a file");
    let root = folder.root();
    let served = Served::start(bantam(["demo", "-p", "0", "--root"]).arg(&root));
    assert_eq!(served.get("/static/a.txt").text(), "a file");
    assert_eq!(served.get("/static/hello.txt").status, 404);
    assert!(served.get("/static/").text().contains("a.txt"));
    let mut by_variable = bantam(["demo", "-p", "0"]);
    let served = Served::start(by_variable.env("BANTAM_ROOT", &root));
    assert_eq!(served.get("/static/a.txt").text(), "a file");
}

#[test]
fn serve_serves_a_folder() {
    let folder = Folder::new();
    folder.write("top/a.txt", "a file");
    folder.write("top/b/index.html", "<p>b");
    let root = folder.root();
    for command in [
        bantam(["serve", "-p", "0"]).arg(&root),
        bantam(["-p", "0", "serve"]).arg(&root),
        bantam(["serve", "-p", "0"]).env("BANTAM_ROOT", &root),
        bantam(["serve", "-p", "0"]).current_dir(&root),
        bantam(["-p", "0"]).current_dir(&root),
        bantam(["-p", "0"]).env("BANTAM_ROOT", &root),
        bantam([""; 0]).current_dir(&root).env("BANTAM_PORT", "0"),
    ] {
        let served = Served::start(command);
        let answer = served.get("/a.txt");
        assert_eq!(
            (answer.text(), answer.field("Content-Type")),
            ("a file", Some("text/plain; charset=utf-8"))
        );
        assert_eq!(served.get("/b/").text(), "<p>b");
        let redirect = served.get("/b");
        assert_eq!((redirect.status, redirect.field("Location")), (301, Some("/b/")));
        assert!(served.get("/").text().contains("a.txt"));
        assert_eq!(served.get("/nothing").status, 404);
    }
}

#[test]
fn a_flag_wins_over_its_variable() {
    let served = Served::start(bantam(["demo", "--log-format", "json", "-p", "0"]).envs([
        ("BANTAM_LOG_FORMAT", "off"),
        ("BANTAM_PORT", "1"),
        ("BANTAM_MAX_REQUESTS", "1"),
    ]));
    let answer = served.connect().ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(answer.says_close(), "the variable without a flag counts");
    let log = served.log();
    assert!(log.len() == 1 && log[0].starts_with('{'), "{log:?}");
}

#[test]
fn underscored_fields_are_shown_on_demand() {
    let shown = |command: &mut Command| {
        let request = "GET /echo HTTP/1.1\r\nHost: a\r\nX_User: b\r\nConnection: close\r\n\r\n";
        Served::start(command).connect().ask(request).text().contains("X_User: b")
    };
    assert!(!shown(&mut bantam(["demo", "-p", "0"])));
    assert!(shown(&mut bantam(["demo", "-p", "0", "--underscored-fields"])));
    assert!(shown(bantam(["demo", "-p", "0"]).env("BANTAM_UNDERSCORED_FIELDS", "true")));
    let mut by_flag = bantam(["demo", "-p", "0", "--underscored-fields=false"]);
    assert!(!shown(by_flag.env("BANTAM_UNDERSCORED_FIELDS", "true")));
}

#[test]
fn limits_are_taken_from_the_command_line() {
    let arguments =
        ["demo", "-p", "0", "--max-content", "10", "--head-timeout", "0.1", "--idle-timeout", "0.2"];
    let served = Served::start(&mut bantam(arguments));
    let answer = served.connect().ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901");
    assert_eq!(answer.status, 413);
    let mut slow = served.connect();
    slow.send("GET");
    assert_eq!(slow.answer().status, 408);
    assert_eq!(served.connect().end(), End::Closed(Vec::new()));
}

#[test]
fn help_and_version_are_answers() {
    for (argument, said) in [("--help", "Usage"), ("-h", "Usage"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let output = bantam([argument]).output().expect("the command runs");
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(said), "{output:?}");
    }
}

#[test]
fn ipv6() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("skipped: this machine has no IPv6");
        return;
    }
    for host in ["::1", "[::1]"] {
        let served = Served::start(&mut bantam(["demo", "-p", "0", "--host", host]));
        assert!(served.address.is_ipv6());
        assert_eq!(served.get("/plaintext").status, 200);
        let log = served.log();
        assert!(log.len() == 1 && log[0].starts_with("::1 - - "), "{log:?}");
    }
}

#[test]
fn a_host_may_be_a_name() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--host", "localhost"]));
    assert!(served.address.ip().is_loopback());
    assert_eq!(served.get("/plaintext").status, 200);
}

#[test]
fn content_of_many_megabytes_passes_through_in_constant_memory() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "-w", "2"]));
    assert_eq!(served.get("/plaintext").status, 200);
    let before = memory(&served.child);
    let client = served.connect();
    let (mut reader, mut writer) =
        (client.stream().try_clone().expect("a handle"), client.stream().try_clone().expect("a handle"));
    const LENGTH: usize = 50_000_000;
    thread::scope(|scope| {
        scope.spawn(move || {
            use std::io::Write as _;
            let head = format!(
                "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {LENGTH}\r\n\r\n"
            );
            writer.write_all(head.as_bytes()).expect("the head is taken");
            let piece = vec![b'x'; 100_000];
            for _ in 0..LENGTH / piece.len() {
                writer.write_all(&piece).expect("content is taken");
            }
        });
        let (mut space, mut length) = (vec![0; 100_000], 0);
        loop {
            match reader.read(&mut space).expect("content comes back") {
                0 => break,
                read => length += read,
            }
        }
        assert!((LENGTH..LENGTH + 1_000).contains(&length), "{length} bytes");
    });
    let grown = memory(&served.child) - before;
    println!("{LENGTH} bytes passed through with {grown} kB more of memory");
    assert!(grown < 2_000, "{grown} kB more");
}

#[test]
fn no_path_leaves_the_folder() {
    let folder = Folder::new();
    folder.write("secret", "not for you");
    folder.write("top/a.txt", "a file");
    folder.write("top/.hidden", "not for you");
    folder.link("top/out", "../secret");
    folder.link("top/far-out", folder.path().join("secret"));
    folder.link("top/parent", "..");
    folder.link("top/top", "/");
    let mut commands =
        [("", bantam(["serve", "-p", "0"])), ("/static", bantam(["demo", "-p", "0", "--root"]))];
    for (prefix, command) in &mut commands {
        let served = Served::start(command.arg(folder.root()));
        assert_eq!(served.get(&format!("{prefix}/a.txt")).text(), "a file");
        for path in [
            "/../secret",
            "/../../../../../../../../etc/passwd",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/%2e%2e%2fsecret",
            "/%252e%252e%252fsecret",
            "/..%5csecret",
            "//etc/passwd",
            "/%2fetc%2fpasswd",
            "/a.txt%00",
            "/..%00/secret",
            "/a.txt/../../secret",
            "/out",
            "/far-out",
            "/parent/secret",
            "/parent/",
            "/top/etc/passwd",
            "/.hidden",
            "/%2ehidden",
            "/%c0%ae%c0%ae/secret",
        ] {
            let answer = served.get(&format!("{prefix}{path}"));
            assert!(matches!(answer.status, 400 | 404), "{prefix}{path}: {answer:?}");
            assert!(!answer.text().contains("not for you") && !answer.text().contains("root:"), "{path}");
        }
    }
}
