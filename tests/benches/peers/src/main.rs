//! Runs HTTP servers over the kernel's sockets in turn, puts load on each, and prints what a request costs them in
//! processor time. `run`, beside this, builds all of it and calls this inside a network namespace of its own.
#![forbid(unsafe_code)]

mod kinds;
mod load;
mod peers;
mod shared;

use std::process::exit;
use std::time::Duration;

use bantam_bench_measure::choice::Choice;
use bantam_bench_measure::table::{Column, Table};

use kinds::{KINDS, Kind};
use load::{Load, Seen};
use peers::{FLOOR, Folder, PEERS, Peer, Place};

const ABOUT: &str = "Processor time of a request, in microseconds, for HTTP servers side by side. Ratios are to a bare \
                     epoll loop, which parses nothing and writes a constant.";

/// What is printed of files.
const SPEED: &str = "GB/s";

fn main() {
    if let Some("shared") = std::env::args().nth(1).as_deref() {
        return shared::main();
    }
    let choice = Choice::from_arguments(ABOUT, 7, 3, &PEERS);
    if let Err(reason) = compare(&choice) {
        eprintln!("{reason}");
        exit(1);
    }
}

/// The servers that were asked for, started.
fn start(choice: &Choice, kinds: &[&Kind], place: &Place<'_>, remarks: &mut Vec<String>) -> Vec<Peer> {
    let mut peers = Vec::new();
    let mut port = 0;
    for name in PEERS.into_iter().filter(|name| *name == FLOOR || choice.includes(name)) {
        match Peer::start(name, kinds, place, &mut port) {
            Ok(peer) => peers.push(peer),
            Err(reason) => remarks.push(format!("{name} is left out: {reason}")),
        }
    }
    peers
}

fn compare(choice: &Choice) -> Result<(), String> {
    let folder = Folder::new()?;
    let threads = if choice.pinned { 1 } else { std::thread::available_parallelism().map_or(1, usize::from) };
    let place = Place { folder: &folder, core: choice.server_core(), threads };
    let kinds: Vec<&Kind> = KINDS.iter().filter(|kind| kind.quick || !choice.quick).collect();
    let mut remarks = Vec::new();
    let peers = start(choice, &kinds, &place, &mut remarks);
    let requests: Vec<&&Kind> = kinds.iter().filter(|kind| !kind.file).collect();
    let files: Vec<&&Kind> = kinds.iter().filter(|kind| kind.file).collect();
    let mut tables = [
        table(&peers, &requests, |kind| vec![microseconds(kind.title)]),
        table(&peers, &files, |kind| {
            let speed = Column { title: format!("{}, {SPEED}", kind.title), digits: 2, ratio: true };
            if kind.is_large() {
                vec![microseconds(kind.title), speed]
            } else {
                vec![microseconds(kind.title)]
            }
        }),
    ];
    for round in 0..choice.rounds {
        eprintln!("round {} of {}", round + 1, choice.rounds);
        for kind in &kinds {
            for peer in &peers {
                match ask(peer, kind, choice) {
                    None => {}
                    Some(Ok(seen)) => {
                        note(&mut tables[usize::from(kind.file)], round, peer, kind, &seen, &mut remarks)
                    }
                    Some(Err(reason)) => remarks.push(format!("{}, {}: {reason}", peer.name, kind.title)),
                }
            }
        }
    }
    report(choice, &tables, &mut remarks);
    Ok(())
}

/// One load on one server, unless it does not serve such a thing.
fn ask(peer: &Peer, kind: &Kind, choice: &Choice) -> Option<Result<Seen, String>> {
    let (server, address) = peer.side(kind)?;
    let content = kind.content.bytes();
    let load = Load::learn(address, &kind.request(), &content, kind.batch, kind.connections, kind.closes);
    let time = Duration::from_millis(u64::from(choice.seconds) * 500);
    let run = |load: Load| {
        load.run(time, choice.load_core(), || server.processor()).map_err(|error| error.to_string())
    };
    Some(load.and_then(run))
}

fn note(table: &mut Table, round: usize, peer: &Peer, kind: &Kind, seen: &Seen, remarks: &mut Vec<String>) {
    if seen.wrong > 0 {
        remarks
            .push(format!("{}, {}: {} of {} answers wrong", peer.name, kind.title, seen.wrong, seen.answers));
    }
    // A large file may not have come whole in the time.
    let answers =
        if kind.file { seen.bytes as f64 / kind.content.length() as f64 } else { seen.answers as f64 };
    if answers == 0.0 {
        remarks.push(format!("{}, {}: no answer", peer.name, kind.title));
        return;
    }
    table.add(round, peer.name, kind.title, seen.processor / answers);
    if kind.is_large() {
        table.add(
            round,
            peer.name,
            &format!("{}, {SPEED}", kind.title),
            seen.bytes as f64 / seen.seconds / 1e9,
        );
    }
}

fn table(peers: &[Peer], kinds: &[&&Kind], columns: impl Fn(&Kind) -> Vec<Column>) -> Table {
    let mut table = Table::new(kinds.iter().flat_map(|kind| columns(kind)).collect());
    for peer in peers {
        if kinds.iter().any(|kind| peer.side(kind).is_some()) {
            table.row(peer.name, Some(FLOOR));
        }
    }
    table
}

fn microseconds(title: &str) -> Column {
    Column { title: title.to_owned(), digits: 2, ratio: true }
}

fn report(choice: &Choice, tables: &[Table], remarks: &mut Vec<String>) {
    for table in tables.iter().filter(|table| table.has_columns()) {
        println!("{}", table.text());
    }
    println!(
        "microseconds of the server's processor time for each request, medians of {} rounds; {}",
        choice.rounds,
        if choice.pinned { "one server core, the load on another" } else { "not pinned" },
    );
    remarks.sort();
    remarks.dedup();
    for remark in remarks {
        println!("{remark}");
    }
}
