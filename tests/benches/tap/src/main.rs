//! Runs the servers over a TAP device in turn, puts load on each, and prints one table. `run`, beside this, builds all
//! of it and calls this inside a network namespace of its own.
#![forbid(unsafe_code)]

mod files;
mod load;
mod network;
mod peers;

use std::process::exit;

use bantam_bench_measure::choice::Choice;
use bantam_bench_measure::table::{Column, Table};
use bantam_bench_tap::namespace;

use load::{Load, Seen};
use peers::{PEERS, Peer, Running};

const ABOUT: &str =
    "HTTP over a TAP device, side by side. Ratios are to raw smoltcp, which writes a constant.";

/// One load on a server.
struct Cell {
    connections: usize,
    path: &'static str,
    /// The column of what it reached, and whether that is MiB a second.
    title: &'static str,
    bulk: bool,
    /// Among few.
    quick: bool,
}

const CELLS: [Cell; 7] = [
    requests(1, "1 conn, req/s", true),
    requests(4, "4 conn", false),
    requests(8, "8 conn", true),
    download(1, "/bytes/1048576", "1 MiB x1, MiB/s", false),
    download(4, "/bytes/1048576", "1 MiB x4", false),
    download(1, "/bytes/10485760", "10 MiB x1", true),
    download(4, "/bytes/10485760", "10 MiB x4", false),
];

/// The columns that come from the load with the most connections.
const MOST: usize = 8;
const P99: &str = "p99 ms";
const PROCESSOR: &str = "CPU us/req";

fn main() {
    let names: Vec<&str> = PEERS.iter().map(|peer| peer.name).collect();
    let choice = Choice::from_arguments(ABOUT, 4, 3, &names);
    if let Err(reason) = namespace::prepare("run") {
        eprintln!("{reason}");
        exit(1);
    }
    let cells: Vec<&Cell> = CELLS.iter().filter(|cell| cell.quick || !choice.quick).collect();
    let mut table = Table::new(columns(&cells));
    let mut peers: Vec<&Peer> = PEERS.iter().filter(|peer| choice.includes(peer.name)).collect();
    for peer in &peers {
        table.row(peer.name, peer.base);
    }
    let mut remarks = Vec::new();
    for round in 0..choice.rounds {
        peers.retain(|peer| {
            eprintln!("round {} of {}: {}", round + 1, choice.rounds, peer.name);
            match measure(peer, &cells, &choice, |title, value| table.add(round, peer.name, title, value)) {
                Ok(trouble) => {
                    remarks.extend(trouble);
                    true
                }
                Err(reason) => {
                    remarks.push(format!("{} is left out: {reason}", peer.name));
                    false
                }
            }
        });
    }
    println!("{}", table.text());
    println!(
        "medians of {} rounds of {} s; p99 and processor time with {MOST} connections; {}",
        choice.rounds,
        choice.seconds,
        if choice.pinned { "the server has one core, the load the other" } else { "not pinned" },
    );
    for remark in remarks {
        println!("{remark}");
    }
}

/// All loads on one server, in one round; remarks are what went wrong without ending it.
fn measure(
    peer: &Peer,
    cells: &[&Cell],
    choice: &Choice,
    mut add: impl FnMut(&str, f64),
) -> Result<Vec<String>, String> {
    let running = Running::start(peer, choice.server_core())?;
    let mut remarks = Vec::new();
    for cell in cells {
        let before = running.server.processor();
        let seen = load(cell, &running, choice).run()?;
        let spent = running.server.processor() - before;
        add(cell.title, if cell.bulk { seen.mebibytes() } else { seen.rate() });
        if cell.connections == MOST {
            add(P99, seen.p99);
            add(PROCESSOR, spent / seen.answers as f64);
        }
        remarks.extend(trouble(&seen).map(|trouble| format!("{}, {}: {trouble}", peer.name, cell.title)));
    }
    Ok(remarks)
}

fn load(cell: &Cell, running: &Running, choice: &Choice) -> Load {
    Load {
        url: format!("http://{}{}", running.address, cell.path),
        connections: cell.connections,
        seconds: choice.seconds,
        core: choice.load_core(),
    }
}

fn trouble(seen: &Seen) -> Option<String> {
    (seen.refused + seen.failures > 0)
        .then(|| format!("{} answers were errors, {} failed", seen.refused, seen.failures))
}

fn columns(cells: &[&Cell]) -> Vec<Column> {
    let column = |title: &str, digits, ratio| Column { title: title.to_owned(), digits, ratio };
    let mut columns = Vec::new();
    for cell in cells {
        columns.push(column(cell.title, 0, true));
        if cell.connections == MOST {
            columns.push(column(P99, 2, false));
            columns.push(column(PROCESSOR, 1, true));
        }
    }
    columns
}

const fn requests(connections: usize, title: &'static str, quick: bool) -> Cell {
    Cell { connections, path: "/plaintext", title, bulk: false, quick }
}

const fn download(connections: usize, path: &'static str, title: &'static str, quick: bool) -> Cell {
    Cell { connections, path, title, bulk: true, quick }
}
