//! The command behind a TAP device: a TCP/IP stack of our own on one side, the kernel's on the other. Every test has a
//! network namespace of its own, in which the command finds no other device; without the right to one it skips itself
//! and says so.

use core::net::IpAddr;

use bantam_tests::namespace::{in_namespace, ip};
use bantam_tests::ping::ping;

use super::*;

mod crowd;
mod dhcp;
mod endings;
mod frames;
mod mistakes;
mod users;

/// The command over both versions of IP.
const BOTH: [&str; 4] = ["--tap", "tap0", "--ip", "10.0.0.2/24,fd00::2/64"];
/// Where it is found: the port that is taken when any will do.
const IPV4: &str = "10.0.0.2:8080";
const IPV6: &str = "[fd00::2]:8080";
const PAGE: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

/// Starts the command on `tap0`, which it makes unless it is there, and gives the kernel addresses in its networks.
fn start(command: &mut Command) -> Served {
    let served = Served::start(command);
    ip("addr replace 10.0.0.1/24 dev tap0");
    ip("addr replace fd00::1/64 dev tap0 nodad");
    served
}

fn demo() -> Command {
    let mut command = bantam(["demo", "-p", "0"]);
    command.args(BOTH);
    command
}

fn connect(address: &str) -> Client {
    Client::connect(address.parse().expect("an address"))
}

fn get(address: &str, target: &str, fields: &str) -> Answer {
    let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
    connect(address).ask(&request)
}

#[test]
fn both_versions_of_ip_are_answered() {
    in_namespace(|| {
        let served = start(&mut demo());
        assert_eq!(served.address.to_string(), IPV4);
        assert_eq!(next(&served.errors), format!("listening on http://{IPV6}"));
        for (address, client) in [(IPV4, "10.0.0.1"), (IPV6, "fd00::1")] {
            assert_eq!(get(address, "/plaintext", "").text(), "Hello, World!");
            assert!(get(address, "/ip", "").text().contains(client), "{client}");
        }
        let log = served.log();
        let clients: Vec<_> = log.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(clients, ["10.0.0.1", "10.0.0.1", "fd00::1", "fd00::1"]);
    });
}

#[test]
fn settings_come_from_the_environment_too() {
    in_namespace(|| {
        let mut command = bantam(["demo"]);
        command.envs([("BANTAM_TAP", "tap0"), ("BANTAM_IP", "10.0.0.2/24"), ("BANTAM_PORT", "8000")]);
        let served = start(&mut command);
        assert_eq!(served.address.to_string(), "10.0.0.2:8000");
        assert_eq!(served.get("/plaintext").text(), "Hello, World!");
    });
}

#[test]
fn files_of_a_folder_are_served() {
    in_namespace(|| {
        let folder = Folder::new();
        let file: Vec<u8> =
            (0..5_000_000u32).flat_map(|at| at.wrapping_mul(0x9e37_79b1).to_le_bytes()).collect();
        folder.write("top/large", &file);
        folder.write("top/b/small.txt", "a file");
        let mut command = bantam(["serve", "-p", "0"]);
        let _served = start(command.args(BOTH).arg(folder.root()));
        for address in [IPV4, IPV6] {
            let whole = get(address, "/large", "");
            assert!(whole.status == 200 && whole.content == file, "{address}: {} bytes", whole.content.len());
            let part = get(address, "/large", "Range: bytes=1000001-3000000\r\n");
            assert!(part.status == 206 && part.content == file[1_000_001..=3_000_000], "{address}");
            let end = get(address, "/large", "Range: bytes=-7\r\n");
            assert!(end.status == 206 && end.content == file[file.len() - 7..], "{address}");
            assert_eq!(get(address, "/large", "Range: bytes=20000000-\r\n").status, 416, "{address}");
            let listing = get(address, "/", "");
            assert!(["large", "b/"].iter().all(|name| listing.text().contains(name)), "{listing:?}");
            assert_eq!(get(address, "/b/small.txt", "").text(), "a file");
            assert!(matches!(get(address, "/../etc/passwd", "").status, 400 | 404), "{address}");
        }
    });
}

#[test]
fn echo_requests_are_answered() {
    in_namespace(|| {
        let _served = start(&mut demo());
        for (address, length) in [("10.0.0.2", 0), ("10.0.0.2", 1_400), ("fd00::2", 0), ("fd00::2", 1_400)] {
            let data: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
            let address: IpAddr = address.parse().expect("an address");
            assert_eq!(ping(address, &data), data, "{address}");
        }
    });
}

#[test]
fn nobody_else_is_answered() {
    in_namespace(|| {
        let _served = start(&mut demo());
        assert_eq!(connect(IPV4).ask(PAGE).status, 200);
        // Another port of the server has nobody who listens, which it says.
        let other = std::net::TcpStream::connect("10.0.0.2:8081").expect_err("refused");
        assert_eq!(other.kind(), std::io::ErrorKind::ConnectionRefused);
    });
}

/// A client beyond a router, on a link that takes smaller packets than ours: `tap0` and one end of a cable are in this
/// namespace, which forwards between them.
#[test]
fn clients_beyond_the_gateway_are_answered() {
    in_namespace(|| {
        let mut command = demo();
        command.args(["--gateway", "10.0.0.1,fd00::1"]);
        let served = start(&mut command);
        assert_eq!(next(&served.errors), format!("listening on http://{IPV6}"));
        // Read by whoever is in the namespace.
        for path in ["/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv6/conf/all/forwarding"] {
            std::fs::write(path, "1").expect("root forwards");
        }
        ip("link add name near type veth peer name far");
        ip("link set near mtu 1280 up");
        ip("addr add 10.1.0.1/24 dev near");
        ip("addr add fd01::1/64 dev near nodad");
        let asked = beyond(|| {
            ip("link set far mtu 1280 up");
            ip("addr add 10.1.0.2/24 dev far");
            ip("addr add fd01::2/64 dev far nodad");
            ip("route add default via 10.1.0.1");
            ip("route add default via fd01::1");
            for address in [IPV4, IPV6] {
                assert_eq!(connect(address).ask(PAGE).text(), "Hello, World!");
                let bytes = get(address, "/range/100000", "");
                assert_eq!((bytes.status, bytes.content.len()), (200, 100_000), "{address}");
            }
        });
        asked.join().expect("all is answered");
        let log = served.log();
        let clients: Vec<_> = log.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(clients, ["10.1.0.2", "10.1.0.2", "fd01::2", "fd01::2"]);
    });
}

/// Runs a client in a second namespace, to which the end `far` of the cable is moved first.
fn beyond(client: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    let (sender, thread_id) = channel();
    let (moved, is_moved) = channel();
    let run = thread::spawn(move || {
        in_namespace(move || {
            let id = rustix::thread::gettid().as_raw_nonzero();
            sender.send(id).expect("the test waits");
            is_moved.recv_timeout(PATIENCE).expect("the cable");
            client();
        });
    });
    let id = thread_id.recv_timeout(PATIENCE).expect("a second namespace");
    ip(&format!("link set far netns {id}"));
    moved.send(()).expect("the client waits");
    run
}
