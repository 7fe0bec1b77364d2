//! The command line as programs and people use it: what it prints where, what it answers, and how it ends.
#![cfg(unix)]

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
fn the_common_log() {
    let served = Served::start(&mut bantam(["demo", "-p", "0"]));
    served.get("/plaintext?q=1");
    served.get("/nothing");
    served.connect().ask("BREW /pot%22 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    let mut client = served.connect();
    client.send("GET /\u{1b}[31m HTTP/1.1\r\n\r\n");
    assert!(matches!(client.end(), End::Closed(_)));
    let log = served.log();
    assert_eq!(log.len(), 4, "{log:?}");
    assert!(
        log[0].starts_with("127.0.0.1 - - [") && log[0].ends_with("\"GET /plaintext?q=1 HTTP/1.1\" 200 13"),
        "{}",
        log[0]
    );
    assert!(log[1].ends_with("\"GET /nothing HTTP/1.1\" 404 14"), "{}", log[1]);
    assert!(log[2].contains("\"BREW /pot%22 HTTP/1.1\" 501 "), "{}", log[2]);
    assert!(log[3].contains("\"-\" 400 "), "{}", log[3]);
    assert!(log.iter().all(|line| !line.bytes().any(|byte| byte < b' ')), "{log:?}");
}

#[test]
fn the_combined_log() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--log-format", "combined"]));
    let fields = "Referer: http://b/\r\nUser-Agent: \"te\\st\"\tx\r\nConnection: close\r\n";
    served.connect().ask(&format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    let log = served.log();
    assert_eq!(log.len(), 1, "{log:?}");
    assert!(log[0].ends_with(r#" "http://b/" "\x22te\x5Cst\x22\x09x""#), "{}", log[0]);
}

#[test]
fn the_json_log() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--log-format", "json"]));
    let request = "POST /users/\" HTTP/1.1\r\n\r\n";
    let mut client = served.connect();
    client.send(request);
    assert!(matches!(client.end(), End::Closed(_)));
    let content = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nX-Request-ID: mine-1\r\nConnection: close\r\n\r\nhello";
    assert_eq!(served.connect().ask(content).text(), "hello");
    served.get("/users/42?a=b");
    let log: Vec<Value> =
        served.log().iter().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert_eq!(log.len(), 3, "{log:?}");
    assert_eq!(log[0]["status"], 400);
    let line = &log[1];
    for (name, value) in [
        ("method", "POST"),
        ("target", "/"),
        ("version", "HTTP/1.1"),
        ("route", "/"),
        ("client", "127.0.0.1"),
        ("request_id", "mine-1"),
    ] {
        assert_eq!(line[name], value, "{line}");
    }
    assert_eq!((&line["status"], &line["bytes_in"], &line["bytes_out"]), (&200.into(), &5.into(), &5.into()));
    assert!(line["time"].is_string() && line["duration_us"].is_u64() && line["cut"] == false, "{line}");
    assert_eq!((&log[2]["route"], &log[2]["target"]), (&"/users/:id".into(), &"/users/42?a=b".into()));
}

#[test]
fn no_log() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--log-format", "off"]));
    served.get("/");
    assert_eq!(served.log(), [""; 0]);
    let served = Served::start(bantam(["demo", "-p", "0"]).env("BANTAM_LOG_FORMAT", "off"));
    served.get("/");
    assert_eq!(served.log(), [""; 0]);
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

/// Runs to the end, which must be a refusal: exit code 2, one line on standard error, nothing on standard output.
fn refusal(command: &mut Command) -> String {
    let mut child = command.spawn().expect("the command starts");
    let errors = lines(child.stderr.take().expect("standard error"));
    let output = lines(child.stdout.take().expect("standard output"));
    // A server that starts after all would keep its pipes open: it is ended, and the test fails.
    let first = errors.recv_timeout(PATIENCE);
    let _ = first.as_ref().is_ok_and(|line| !line.starts_with("bantam: ")).then(|| child.kill());
    let mut errors = rest(&errors);
    errors.insert(0, first.expect("a line"));
    assert_eq!(child.wait().expect("an end").code(), Some(2), "{errors:?}");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(rest(&output), [""; 0]);
    assert!(errors[0].starts_with("bantam: ") && errors[0].len() > 20, "{errors:?}");
    errors.remove(0)
}

#[test]
fn mistakes_are_one_line_and_exit_code_2() {
    let folder = Folder::new();
    folder.write("top/file", "");
    let (file, missing) = (folder.root().join("file"), folder.root().join("missing"));
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = busy.local_addr().expect("an address").port().to_string();
    for (mut command, said) in [
        (bantam(["--nope"]), "--nope"),
        (bantam(["demo", "--nope"]), "--nope"),
        (bantam(["nothing"]), "nothing"),
        (bantam(["demo", "extra"]), "extra"),
        (bantam(["demo", "--port"]), "--port"),
        (bantam(["demo", "--port", "x"]), "x"),
        (bantam(["demo", "--port", "65536"]), "65536"),
        (bantam(["demo", "--port", "-1"]), "-1"),
        (bantam(["demo", "--port", ""]), "port"),
        (bantam(["demo", "--workers", "0"]), "0"),
        (bantam(["demo", "--log-format", "xml"]), "xml"),
        (bantam(["demo", "--head-timeout", "-1"]), "-1"),
        (bantam(["demo", "--idle-timeout", "soon"]), "soon"),
        (bantam(["demo", "--max-connections", "0"]), "0"),
        (bantam(["demo", "--max-content", "1k"]), "1k"),
        (bantam(["demo", "--port", &port]), &port),
        (bantam(["demo", "-p", "0", "--host", "192.0.2.1"]), "192.0.2.1"),
        (bantam(["demo", "-p", "0", "--host", "no host"]), "no host"),
        (bantam(["demo", "-p", "0", "--host", ""]), "cannot listen"),
        (bantam(["demo", "-p", "0", "--host", "[::1"]), "[::1"),
        (bantam(["serve", "-p", "0", &missing.to_string_lossy()]), "missing"),
        (bantam(["serve", "-p", "0", &file.to_string_lossy()]), "file"),
        (bantam(["demo", "-p", "0", "--root", &missing.to_string_lossy()]), "missing"),
        (bantam(["demo", "-p", "0", "--root", &file.to_string_lossy()]), "file"),
    ] {
        let line = refusal(&mut command);
        assert!(line.contains(said), "{command:?}: {line}");
    }
    for (name, value) in [
        ("BANTAM_PORT", "x"),
        ("BANTAM_WORKERS", "many"),
        ("BANTAM_LOG_FORMAT", "xml"),
        ("BANTAM_HEAD_TIMEOUT", "0"),
        ("BANTAM_ROOT", "/nowhere/at/all"),
    ] {
        let line = refusal(bantam(["serve"]).env("BANTAM_PORT", "0").env(name, value));
        assert!(line.contains(value), "{name}: {line}");
        if name == "BANTAM_ROOT" {
            refusal(bantam(["-p", "0"]).env(name, value));
        }
    }
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
fn signals_end_it_well() {
    for signal in [Signal::TERM, Signal::INT] {
        let served = Served::start(&mut bantam(["demo", "-p", "0"]));
        let mut idle = served.connect();
        assert_eq!(idle.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
        served.signal(signal);
        assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));
        drop(idle);
        let (status, log, errors) = served.end();
        assert_eq!(status.code(), Some(0), "{errors:?}");
        assert_eq!((log.len(), errors), (1, Vec::new()), "the log is written to its end");
    }
}

#[test]
fn a_signal_lets_a_request_end() {
    let served = Served::start(&mut bantam(["demo", "-p", "0"]));
    let mut client = served.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    // Another connection shows that this one has been read, and then that the drain has begun.
    let mut idle = served.connect();
    assert_eq!(idle.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    served.signal(Signal::TERM);
    assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));
    client.send("world");
    let answer = client.answer_to("POST");
    assert!(answer.text() == "helloworld" && answer.says_close(), "{answer:?}");
    drop((client, idle));
    let (status, log, _) = served.end();
    assert!(status.success() && log.len() == 2, "{status}: {log:?}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let served = Served::start(&mut bantam(["demo", "-p", "0"]));
    let mut client = served.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    let mut idle = served.connect();
    assert_eq!(idle.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    served.signal(Signal::TERM);
    assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));
    served.signal(Signal::TERM);
    let (status, _, _) = served.end();
    assert_eq!(status.code(), Some(0));
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
fn a_closed_standard_output_disturbs_nothing() {
    let mut child = bantam(["demo", "-p", "0"]).spawn().expect("the command starts");
    drop(child.stdout.take());
    let errors = lines(child.stderr.take().expect("standard error"));
    let address = loop {
        if let Some(address) = next(&errors).strip_prefix("listening on http://") {
            break address.parse().expect("an address");
        }
    };
    let (_, output) = channel();
    let served = Served { child, address, banner: Vec::new(), errors, output };
    let mut client = served.connect();
    // The log is carried out some times a second: enough requests for several of these.
    let report = loop {
        assert_eq!(client.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").text(), "Hello, World!");
        if let Ok(line) = served.errors.recv_timeout(Duration::from_millis(20)) {
            break line;
        }
    };
    assert!(report.contains("log lines were dropped"), "{report}");
    assert_eq!(client.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").text(), "Hello, World!");
    drop(client);
    served.signal(Signal::TERM);
    let (status, ..) = served.end();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn content_of_many_megabytes_passes_through_in_constant_memory() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "-w", "2"]));
    let resident = || -> u64 {
        let path = format!("/proc/{}/status", served.child.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    };
    assert_eq!(served.get("/plaintext").status, 200);
    let before = resident();
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
    let grown = resident() - before;
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
