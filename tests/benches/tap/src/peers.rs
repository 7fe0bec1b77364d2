//! Which servers there are, and how each is started.

use std::env;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;

use bantam_bench_measure::server::{Server, pinned};
use bantam_bench_tap::{PORT, bantam};

use crate::files::Folder;
use crate::network::{self, TAP};

/// A server to be measured.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    /// What it is measured by.
    pub(crate) base: Option<&'static str>,
    kind: Kind,
}

enum Kind {
    /// A program of this bench, with bytes of a ring and a word of its own.
    Here(&'static str, &'static str, &'static str),
    /// bantam's command line with the demo, which computes its downloads byte by byte.
    Demo,
    /// The same with a folder, in which downloads are files.
    Files,
    /// The kernel's TCP, behind a pair of devices, which writes a constant: the most that files can reach there too.
    Kernel,
}

const SMALL: &str = "4096";
const LARGE: &str = "65536";
/// As bantam's command has it.
const HUGE: &str = "262144";
const RAW_SMALL: Option<&str> = Some("raw-4k");
const RAW_LARGE: Option<&str> = Some("raw-64k");
const RAW_HUGE: Option<&str> = Some("raw-256k");

pub(crate) const PEERS: [Peer; 14] = [
    Peer { name: "raw-4k", base: RAW_SMALL, kind: Kind::Here("raw", SMALL, "") },
    Peer { name: "raw-64k", base: RAW_LARGE, kind: Kind::Here("raw", LARGE, "") },
    Peer { name: "raw-256k", base: RAW_HUGE, kind: Kind::Here("raw", HUGE, "") },
    Peer { name: "bantam-4k", base: RAW_SMALL, kind: Kind::Here("library", SMALL, "") },
    Peer { name: "bantam-64k", base: RAW_LARGE, kind: Kind::Here("library", LARGE, "") },
    Peer { name: "bantam-256k", base: RAW_HUGE, kind: Kind::Here("library", HUGE, "") },
    Peer { name: "bantam", base: RAW_HUGE, kind: Kind::Demo },
    Peer { name: "bantam-files", base: RAW_HUGE, kind: Kind::Files },
    Peer { name: "picoserve-4k", base: RAW_SMALL, kind: Kind::Here("picoserve", SMALL, "") },
    Peer { name: "picoserve-64k", base: RAW_LARGE, kind: Kind::Here("picoserve", LARGE, "") },
    Peer { name: "picoserve-tuned-4k", base: RAW_SMALL, kind: Kind::Here("picoserve", SMALL, "tuned") },
    Peer { name: "picoserve-tuned-64k", base: RAW_LARGE, kind: Kind::Here("picoserve", LARGE, "tuned") },
    Peer { name: "edge-http-64k", base: RAW_LARGE, kind: Kind::Here("edge", LARGE, "") },
    Peer { name: "kernel-veth", base: RAW_LARGE, kind: Kind::Kernel },
];

/// A server that answers.
pub(crate) struct Running {
    pub(crate) server: Server,
    pub(crate) address: SocketAddr,
    /// What it serves, where that is files.
    _folder: Option<Folder>,
}

impl Running {
    /// Starts it on a new device, and waits until it answers as it should.
    pub(crate) fn start(peer: &Peer, core: Option<usize>) -> Result<Self, String> {
        let mut running = match peer.kind {
            Kind::Kernel => Self::start_behind_pair(peer, core)?,
            _ => Self::start_on_tap(peer, core)?,
        };
        running.server.wait_for(running.address, "/plaintext", b"\r\n\r\nHello, World!")?;
        Ok(running)
    }

    fn start_on_tap(peer: &Peer, core: Option<usize>) -> Result<Self, String> {
        network::make_tap()?;
        let mut command;
        let mut folder = None;
        if let Kind::Here(program, ring, word) = peer.kind {
            command = pinned(&beside(program), core);
            command.args([TAP, "10.73.0.2/24", ring, word]);
        } else {
            command = pinned(&bantam(), core);
            match peer.kind {
                Kind::Files => {
                    let files = folder.insert(Folder::new()?);
                    command.arg("serve").arg(files.path());
                }
                _ => _ = command.arg("demo"),
            }
            command.args(["--tap", TAP, "--ip", "10.73.0.2/24", "--log-format", "off"]);
            command.args(["--port", &PORT.to_string()]);
        }
        let server = Server::start(peer.name, &mut command)?;
        Ok(Self { server, address: SocketAddr::from(([10, 73, 0, 2], PORT)), _folder: folder })
    }

    fn start_behind_pair(peer: &Peer, core: Option<usize>) -> Result<Self, String> {
        let mut command = pinned("unshare", core);
        command
            .args([
                "--net",
                "sh",
                "-c",
                "read -r go && ip addr add 10.74.0.2/24 dev veth0 && ip link set veth0 up && exec \"$0\"",
            ])
            .arg(beside("kernel"))
            .stdin(Stdio::piped());
        let mut server = Server::start(peer.name, &mut command)?;
        network::make_pair(server.id())?;
        let told = server.input().map(|mut input| input.write_all(b"go\n"));
        match told {
            Some(Ok(())) => {
                Ok(Self { server, address: SocketAddr::from(([10, 74, 0, 2], PORT)), _folder: None })
            }
            _ => Err("it does not read its standard input".to_owned()),
        }
    }
}

/// A program that was built with this one.
fn beside(name: &str) -> String {
    let own = env::current_exe().expect("this program has a path");
    own.with_file_name(name).to_string_lossy().into_owned()
}
