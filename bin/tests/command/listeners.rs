//! Several addresses, and Unix sockets.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use bantam_tests::answer;

use super::mistakes::refusal;
use super::*;

const LAST: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// All that comes back on a new connection to the socket at `path`.
pub(super) fn converse(path: &Path, request: &str) -> Vec<Answer> {
    let mut stream = UnixStream::connect(path).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.write_all(request.as_bytes()).expect("it takes this");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an end");
    answer::all(&bytes, &[])
}

/// A place for a socket.
pub(super) fn socket(folder: &Folder) -> PathBuf {
    folder.write("top/kept", "");
    folder.root().join("socket")
}

fn address(line: &str) -> SocketAddr {
    line.strip_prefix("listening on http://").expect("an address").parse().expect("an address")
}

/// Whether this machine has IPv6.
fn has_ipv6() -> bool {
    let there = TcpListener::bind("[::1]:0").is_ok();
    if !there {
        println!("skipped: there is no IPv6 here");
    }
    there
}

#[test]
fn several_addresses_each_have_their_line_and_their_port() {
    let lists: [&[&str]; 2] = [
        &["demo", "--listen", "127.0.0.1:0", "--listen=127.0.0.1:0,localhost:0"],
        &["demo", "--listen", "127.0.0.1:0,127.0.0.1:0", "--listen", "localhost:0", "--port", "1"],
    ];
    for arguments in lists {
        let served = Served::start(&mut bantam(arguments));
        let mut addresses = vec![served.address];
        addresses.extend((0..2).map(|_| address(&next(&served.errors))));
        for (at, address) in addresses.iter().enumerate() {
            assert!(address.port() != 0 && !addresses[..at].contains(address), "{addresses:?}");
            // More connections than are accepted in a turn.
            let mut clients: Vec<_> = (0..20).map(|_| Client::connect(*address)).collect();
            for client in &mut clients {
                assert_eq!(client.ask(LAST).text(), "Hello, World!", "{address}");
            }
        }
        served.signal(Signal::TERM);
        let (status, log, errors) = served.end();
        assert!(status.success() && errors.is_empty() && log.len() == 60, "{status}: {errors:?}");
        for address in addresses {
            assert!(std::net::TcpStream::connect(address).is_err(), "{address} is closed");
        }
    }
}

#[test]
fn ipv6_takes_ipv4_too_and_both_can_be_told_apart() {
    if !has_ipv6() {
        return;
    }
    let served = Served::start(&mut bantam(["demo", "--listen", "[::]:0"]));
    let port = served.address.port();
    for (host, seen) in [("127.0.0.1", "127.0.0.1"), ("::1", "::1")] {
        let address = SocketAddr::new(host.parse().expect("an address"), port);
        let origin = Client::connect(address).ask("GET /ip HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert_eq!(origin.text().trim(), format!("{{\"origin\":\"{seen}\"}}"));
    }
    assert!(served.log().iter().all(|line| line.starts_with("127.0.0.1 ") || line.starts_with("::1 ")));
    // A port that is free for both a moment ago is nearly always free for both.
    let port = (0..20).map(|_| TcpListener::bind("[::]:0").expect("a port")).find_map(|free| {
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let pair = format!("[::]:{port},0.0.0.0:{port}");
        let mut child = bantam(["demo", "--listen", &pair]).spawn().expect("the command starts");
        let errors = lines(child.stderr.take().expect("standard error"));
        let mut said = Vec::new();
        while !said.iter().any(|line: &String| line.contains("0.0.0.0") || line.starts_with("bantam: ")) {
            said.push(next(&errors));
        }
        let _ = child.kill();
        let _ = child.wait();
        said.contains(&format!("listening on http://[::]:{port}")).then_some(port)
    });
    assert!(port.is_some(), "both are listened on");
}

#[test]
fn a_unix_socket_serves_who_may_connect_and_goes_at_the_end() {
    let folder = Folder::new();
    let path = socket(&folder);
    let listen = format!("127.0.0.1:0,unix:{}", path.display());
    let mut command = bantam(["demo", "--listen", &listen, "--unix-mode", "0600", "--rate-limit", "1000"]);
    let served = Served::start(&mut command);
    assert_eq!(next(&served.errors), format!("listening on unix:{}", path.display()));
    let metadata = fs::metadata(&path).expect("a socket");
    assert!(metadata.file_type().is_socket() && metadata.permissions().mode() & 0o777 == 0o600);
    for _ in 0..20 {
        assert_eq!(converse(&path, LAST)[0].text(), "Hello, World!");
    }
    // Nobody has an address there: `/ip` says so, the log too, and one quota is for all of them.
    let answers = converse(&path, "GET /ip HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(answers[0].text().trim(), "{\"origin\":null}");
    let left = answers[0].field("RateLimit").expect("a quota").to_owned();
    assert_ne!(served.get("/ip").field("RateLimit"), Some(&*left), "another quota");
    served.signal(Signal::TERM);
    let (status, log, errors) = served.end();
    assert!(status.success() && errors.is_empty(), "{status}: {errors:?}");
    assert_eq!(log.iter().filter(|line| line.starts_with("- - - [")).count(), 21, "{log:?}");
    assert!(!path.exists(), "it is removed");
}

#[test]
fn a_socket_that_was_left_behind_is_replaced_and_one_in_use_is_not() {
    let folder = Folder::new();
    let path = socket(&folder);
    let listen = format!("unix:{},127.0.0.1:0", path.display());
    let first = Served::start(&mut bantam(["demo", "--listen", &listen]));
    let line = refusal(&mut bantam(["demo", "--listen", &listen]));
    assert!(line.contains(&format!("a server answers at unix:{}", path.display())), "{line}");
    assert_eq!(converse(&path, LAST)[0].text(), "Hello, World!", "it lives on");
    first.signal(Signal::KILL);
    let (status, ..) = first.end();
    assert!(!status.success() && path.exists(), "{status}");
    let second = Served::start(&mut bantam(["demo", "--listen", &listen]));
    assert_eq!(converse(&path, LAST)[0].text(), "Hello, World!");
    drop(second);
}

#[test]
fn mistakes_about_addresses_are_one_line() {
    let folder = Folder::new();
    folder.write("top/file", "kept");
    let file = format!("unix:{}", folder.root().join("file").display());
    let long = format!("unix:/{}", "long".repeat(40));
    let busy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let busy = format!("127.0.0.1:0,{}", busy.local_addr().expect("an address"));
    for (arguments, said) in [
        (["demo", "--listen", "80"], "ADDRESS:PORT or unix:PATH is wanted"),
        (["demo", "--listen", "::1:80"], "ADDRESS:PORT or unix:PATH is wanted"),
        (["demo", "--listen", "192.0.2.1:0"], "192.0.2.1 is no address of this machine: see --listen"),
        (["demo", "--listen", "no-host.invalid:0"], "no-host.invalid"),
        (["demo", "--listen", &busy], "is in use: stop what uses it, or choose another with --listen"),
        (["demo", "--listen", &file], "is there, and is no socket"),
        (
            ["demo", "--listen", "unix:/no/folder/at/all"],
            "cannot listen on unix:/no/folder/at/all: No such file",
        ),
        (["demo", "--listen", &long], "cannot listen on unix:/long"),
        (["demo", "--unix-mode", "888"], "permissions such as 660 are wanted"),
        (["demo", "--shutdown-delay", "soon"], "0, or 0.001 to 86400 seconds are wanted"),
        (["demo", "--tap=bantam9", "--listen=a:1"], "--listen is for sockets"),
    ] {
        let line = refusal(&mut bantam(arguments));
        assert!(line.contains(said), "{arguments:?}: {line}");
    }
    assert_eq!(fs::read_to_string(folder.root().join("file")).ok().as_deref(), Some("kept"));
}
