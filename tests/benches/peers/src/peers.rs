//! Which servers there are, and how each is started.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use bantam_bench_measure::server::{Server, pinned};

use crate::kinds::{KINDS, Kind};

/// What all others are measured by.
pub(crate) const FLOOR: &str = "floor";

/// The same, which looks for events without sleeping; and on io_uring.
const BUSY: &str = "floor-busy";
const URING: &str = "floor-uring";

/// bantam's command line: `demo`, and `serve` for files, with what it sets around every answer unasked.
const COMMAND: &str = "bantam-command";

/// Names of the servers, in the order of rows.
pub(crate) const PEERS: [&str; 12] = [
    FLOOR,
    BUSY,
    URING,
    "bantam",
    COMMAND,
    "may_minihttp",
    "hyper",
    "nginx",
    "actix-web",
    "ntex",
    "axum",
    "tiny_http",
];

/// The first port; each process has the next.
const PORT: u16 = 9_100;

/// Files to serve, and what servers write; gone when this is dropped.
pub(crate) struct Folder(PathBuf);

/// Where servers run.
pub(crate) struct Place<'p> {
    pub(crate) folder: &'p Folder,
    pub(crate) core: Option<usize>,
    pub(crate) threads: usize,
}

/// A server, with a process for each of its sides.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    processes: Vec<Process>,
}

struct Process {
    /// What it is asked for; all but files when none.
    kinds: Option<Vec<&'static str>>,
    server: Server,
    address: SocketAddr,
}

impl Folder {
    pub(crate) fn new() -> Result<Self, String> {
        let path = env::temp_dir().join(format!("bantam-bench-{}", std::process::id()));
        let folder = Self(path.clone());
        let write = |path: PathBuf, bytes: &[u8]| {
            fs::write(&path, bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))
        };
        for name in ["files", "nginx"] {
            fs::create_dir_all(path.join(name)).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        for kind in KINDS.iter().filter(|kind| kind.file) {
            write(path.join("files").join(kind.line.trim_start_matches("GET /")), &kind.content.bytes())?;
        }
        Ok(folder)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It lies in the folder of temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Peer {
    /// Starts the processes that these kinds of load need.
    pub(crate) fn start(
        name: &'static str,
        kinds: &[&Kind],
        place: &Place<'_>,
        next_port: &mut u16,
    ) -> Result<Self, String> {
        let mut peer = Self { name, processes: Vec::new() };
        let mut port = || {
            *next_port += 1;
            PORT + *next_port
        };
        let files = kinds.iter().any(|kind| kind.file);
        match name {
            // Its constants differ.
            FLOOR | BUSY | URING => {
                for kind in kinds {
                    let port = port();
                    peer.add(Some(vec![kind.title]), port, floor(name, kind, place, port))?;
                }
            }
            COMMAND => {
                let number = port();
                peer.add(None, number, command_line(place, number, &["demo"]))?;
                if files {
                    let port = port();
                    let folder = place.folder.path().join("files").to_string_lossy().into_owned();
                    peer.add(Some(titles_of_files()), port, command_line(place, port, &["serve", &folder]))?;
                }
            }
            "nginx" => {
                let port = port();
                let command = nginx(place, port)?;
                let mut titles = titles_of_files();
                titles.extend(["keep-alive", "16 pipelined", "JSON", "parameter", "new connection"]);
                peer.add(Some(titles), port, command)?;
            }
            _ => {
                let port = port();
                let program = name.split(['-', '_']).next().expect("a first word");
                let mut command = pinned(&beside(program), place.core);
                command.args([port.to_string(), place.threads.to_string()]);
                peer.add(None, port, command)?;
            }
        }
        Ok(peer)
    }

    fn add(
        &mut self,
        kinds: Option<Vec<&'static str>>,
        port: u16,
        mut command: Command,
    ) -> Result<(), String> {
        let name = format!("{}-{}", self.name, self.processes.len());
        let mut server = Server::start(&name, &mut command)?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        server.wait_to_listen(address)?;
        self.processes.push(Process { kinds, server, address });
        Ok(())
    }

    /// The process that is asked for this, if any can be.
    pub(crate) fn side(&self, kind: &Kind) -> Option<(&Server, SocketAddr)> {
        let fits = |process: &&Process| match &process.kinds {
            Some(titles) => titles.contains(&kind.title),
            None => !kind.file,
        };
        self.processes.iter().find(fits).map(|process| (&process.server, process.address))
    }
}

fn titles_of_files() -> Vec<&'static str> {
    KINDS.iter().filter(|kind| kind.file).map(|kind| kind.title).collect()
}

fn floor(name: &str, kind: &Kind, place: &Place<'_>, port: u16) -> Command {
    let program = if name == URING { "uring" } else { "floor" };
    let mut command = pinned(&beside(program), place.core);
    let request = match kind.content {
        crate::kinds::Content::Echo(_) => kind.request().len().to_string(),
        _ => "line".to_owned(),
    };
    let end = if kind.closes { "close" } else { "stay" };
    command.args([port.to_string(), place.threads.to_string(), kind.content.length().to_string()]);
    command.args([kind.content.text(), &request, end]);
    command.args((name == BUSY).then_some("busy"));
    command
}

fn command_line(place: &Place<'_>, port: u16, words: &[&str]) -> Command {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../target/release/bantam");
    let program = env::var("BANTAM").unwrap_or_else(|_| built.to_owned());
    let mut command = pinned(&program, place.core);
    command.args(words).args(["--log-format", "off", "--workers", &place.threads.to_string()]);
    command.args(["--port", &port.to_string()]);
    command
}

fn nginx(place: &Place<'_>, port: u16) -> Result<Command, String> {
    let folder = place.folder.path();
    let files = folder.join("files");
    let text = format!(
        "user root;\nworker_processes {threads};\npid {folder}/nginx/pid;\nerror_log stderr error;\ndaemon off;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n\
         access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_timeout 60;\n\
         keepalive_requests 1000000000; default_type text/plain; open_file_cache max=100 inactive=60s;\n\
         client_body_temp_path {folder}/nginx/body; proxy_temp_path {folder}/nginx/proxy;\n\
         fastcgi_temp_path {folder}/nginx/fastcgi; uwsgi_temp_path {folder}/nginx/uwsgi;\n\
         scgi_temp_path {folder}/nginx/scgi;\n\
         server {{\n\
         listen 127.0.0.1:{port} reuseport backlog=4096;\n\
         root {files};\n\
         location = /plaintext {{ return 200 'Hello, World!'; }}\n\
         location = /json {{ return 200 '{{\"message\":\"Hello, World!\"}}'; }}\n\
         location ~ ^/users/([^/]+)$ {{ return 200 '{{\"id\":\"$1\"}}'; }}\n\
         }}\n}}\n",
        threads = place.threads,
        folder = folder.display(),
        files = files.display(),
    );
    let path = folder.join("nginx/nginx.conf");
    fs::write(&path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    let mut command = pinned("nginx", place.core);
    command.args(["-c", &path.to_string_lossy()]);
    Ok(command)
}

/// A program that was built with this one.
fn beside(name: &str) -> String {
    let own = env::current_exe().expect("this program has a path");
    own.with_file_name(name).to_string_lossy().into_owned()
}
