//! What systemd passes and is told. A shell stands in for it: it hands on sockets under the numbers that are agreed upon.
#![cfg(target_os = "linux")]

use std::fs;
use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixDatagram, UnixListener};

use super::listeners::{converse, socket};
use super::mistakes::refusal;
use super::*;

const LAST: &str = "GET /ip HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// The command with these sockets: the first comes as standard input, the second as standard output.
fn with_sockets(sockets: Vec<OwnedFd>, names: &str, arguments: &[&str]) -> Command {
    let pass = match sockets.len() {
        1 => "exec 3<&0 </dev/null",
        _ => "exec 3<&0 4<&1 </dev/null >/dev/null",
    };
    let script = format!("{pass}; LISTEN_PID=$$ LISTEN_FDS={} exec \"$0\" \"$@\"", sockets.len());
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_bantam")]).args(arguments);
    command.env("LISTEN_FDNAMES", names).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut sockets = sockets.into_iter();
    command.stdin(sockets.next().expect("a socket"));
    if let Some(second) = sockets.next() {
        command.stdout(second);
    }
    command
}

fn origin(answer: &Answer) -> String {
    let value: Value = serde_json::from_slice(&answer.content).expect("JSON");
    value["origin"].as_str().unwrap_or("nobody").to_owned()
}

#[test]
fn sockets_that_are_passed_take_the_place_of_host_and_port() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let Ok(socket) = TcpListener::bind(address) else {
            println!("skipped: {address} cannot be bound here");
            continue;
        };
        let address = socket.local_addr().expect("an address");
        // A client that has come before the server does.
        let mut early = Client::connect(address);
        early.send(LAST);
        let served = Served::start(&mut with_sockets(vec![socket.into()], "web", &["demo", "--port", "1"]));
        assert_eq!(served.address, address);
        assert_eq!(early.answer().status, 200);
        for _ in 0..20 {
            assert_eq!(served.connect().ask(LAST).status, 200);
        }
        assert_eq!(served.log().len(), 21);
    }
}

#[test]
fn a_unix_socket_that_is_passed_stays_and_names_tell_of_gateways() {
    let folder = Folder::new();
    let path = socket(&folder);
    let unix = UnixListener::bind(&path).expect("a socket");
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    let sockets = vec![OwnedFd::from(tcp), OwnedFd::from(unix)];
    let served = Served::start(&mut with_sockets(sockets, "web:proxy", &["demo", "--listen", "127.0.0.1:0"]));
    assert_eq!(next(&served.errors), format!("listening on unix:{}", path.display()));
    assert!(
        next(&served.errors).starts_with("listening on http://127.0.0.1:"),
        "--listen counts beside them"
    );
    assert_eq!(origin(&served.connect().ask(LAST)), "127.0.0.1");
    let request = ["PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", LAST].concat();
    assert_eq!(origin(&converse(&path, &request)[0]), "192.0.2.1");
    served.signal(Signal::TERM);
    assert!(served.end().0.success());
    assert!(path.exists(), "it is not ours to remove");
}

#[test]
fn sockets_of_another_kind_are_refused_in_one_line() {
    let udp = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let datagram = UnixDatagram::unbound().expect("a socket");
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let connected =
        std::net::TcpStream::connect(busy.local_addr().expect("an address")).expect("a connection");
    let folder = Folder::new();
    folder.write("top/file", "");
    let file = fs::File::open(folder.root().join("file")).expect("a file");
    for (fd, said) in [
        (OwnedFd::from(udp), "it is no stream socket of IPv4, IPv6 or Unix"),
        (OwnedFd::from(datagram), "it is no stream socket of IPv4, IPv6 or Unix"),
        (OwnedFd::from(file), "it is no stream socket of IPv4, IPv6 or Unix"),
        (OwnedFd::from(connected), "it does not listen; its unit wants Accept=no"),
    ] {
        let line = refusal(&mut with_sockets(vec![fd], "web", &["demo", "-p", "0"]));
        assert!(
            line.contains("cannot listen on what systemd passes: socket 1 (web): ") && line.contains(said),
            "{line}"
        );
    }
    let line =
        refusal(&mut with_sockets(vec![OwnedFd::from(busy)], "", &["demo", "--listen", "192.0.2.1:0"]));
    assert!(line.contains("192.0.2.1 is no address of this machine"), "{line}");
}

#[test]
fn sockets_for_another_process_are_left_alone() {
    let mut command = bantam(["demo", "-p", "0"]);
    let served = Served::start(command.env("LISTEN_PID", "1").env("LISTEN_FDS", "1"));
    assert_eq!(served.connect().ask(LAST).status, 200);
    let mut command = Command::new("sh");
    command.args(["-c", "LISTEN_PID=$$ LISTEN_FDS=many exec \"$0\" demo -p 0", env!("CARGO_BIN_EXE_bantam")]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let line = refusal(&mut command);
    assert!(line.contains("LISTEN_FDS=many is no number of sockets"), "{line}");
}

/// What the service manager is told next.
fn told(manager: &UnixDatagram) -> String {
    let mut space = [0; 256];
    let length = manager.recv(&mut space).expect("it is told something");
    String::from_utf8_lossy(&space[..length]).trim().to_owned()
}

#[test]
fn the_service_manager_is_told_when_it_is_ready_lives_and_stops() {
    let folder = Folder::new();
    let path = socket(&folder);
    let manager = UnixDatagram::bind(&path).expect("a socket");
    manager.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut command = bantam(["demo", "-p", "0", "--shutdown-delay", "3600"]);
    let served = Served::start(command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "100000"));
    assert_eq!(told(&manager), "READY=1");
    for _ in 0..3 {
        assert_eq!(told(&manager), "WATCHDOG=1");
    }
    assert_eq!(served.connect().ask(LAST).status, 200);
    served.signal(Signal::TERM);
    let mut after = Vec::new();
    while after.len() < 200 && after.iter().filter(|line| *line == "WATCHDOG=1").count() < 40 {
        after.push(told(&manager));
        if after.contains(&"STOPPING=1".to_owned()) && after.last().is_some_and(|line| line == "WATCHDOG=1") {
            break; // it goes on living while it stops
        }
    }
    assert_eq!(after.iter().filter(|line| *line == "STOPPING=1").count(), 1, "{after:?}");
    served.signal(Signal::TERM);
    let (status, _, errors) = served.end();
    assert!(status.success() && errors.is_empty(), "{status}: {errors:?}");
}

#[test]
fn a_service_manager_that_is_gone_stops_nothing() {
    let mut command = bantam(["demo", "-p", "0"]);
    let served = Served::start(command.env("NOTIFY_SOCKET", "/no/manager/at/all"));
    assert!(next(&served.errors).starts_with("bantam: cannot tell the service manager: "));
    assert_eq!(served.connect().ask(LAST).status, 200);
    let served = Served::start(bantam(["demo", "-p", "0"]).env("WATCHDOG_USEC", "1000000"));
    assert_eq!(served.connect().ask(LAST).status, 200);
    served.log();
}
