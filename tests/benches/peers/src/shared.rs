//! How long answers are waited for on cores that have other work: as many threads as there are cores spin all the while,
//! and every server has as many workers.

use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bantam_bench_measure::choice::Choice;
use bantam_bench_measure::table::{Column, Table};

use crate::kinds::{KINDS, Kind};
use crate::load::Load;
use crate::peers::{FLOOR, Folder, PEERS, Peer, Place};

const ABOUT: &str = "How long an answer is waited for, in milliseconds, while every core has other work. Ratios are to a \
                     bare epoll loop.";

/// Parts of all answers that have come by then.
const PARTS: [(&str, f64); 3] = [("half, ms", 0.5), ("99 %, ms", 0.99), ("99.9 %, ms", 0.999)];

const RATE: &str = "answers/s";

pub(crate) fn main() {
    let arguments = std::env::args().skip(2);
    let choice = Choice::from(arguments, ABOUT, 7, 3, &PEERS);
    if let Err(reason) = compare(&choice) {
        eprintln!("{reason}");
        exit(1);
    }
}

fn compare(choice: &Choice) -> Result<(), String> {
    let folder = Folder::new()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let place = Place { folder: &folder, core: None, threads: cores };
    let kind = &KINDS[0];
    let mut remarks = Vec::new();
    let peers = crate::start(choice, &[kind], &place, &mut remarks);
    let columns = PARTS.iter().map(|(title, _)| (*title, 2)).chain([(RATE, 0)]);
    let columns = columns.map(|(title, digits)| Column { title: title.to_owned(), digits, ratio: true });
    let mut table = Table::new(columns.collect());
    peers.iter().for_each(|peer| table.row(peer.name, Some(FLOOR)));
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        for round in 0..choice.rounds {
            eprintln!("round {} of {}", round + 1, choice.rounds);
            for peer in &peers {
                if let Err(reason) = ask(peer, kind, choice, round, &mut table) {
                    remarks.push(format!("{}: {reason}", peer.name));
                }
            }
        }
        is_over.store(true, Ordering::Relaxed);
    });
    println!("{}", table.text());
    println!("{} connections, {}; medians of {} rounds", kind.connections, kind.line, choice.rounds);
    println!("{cores} cores, as many workers and as many other threads; no one has a core of its own");
    remarks.iter().for_each(|remark| println!("{remark}"));
    Ok(())
}

fn ask(peer: &Peer, kind: &Kind, choice: &Choice, round: usize, table: &mut Table) -> Result<(), String> {
    let (server, address) = peer.side(kind).ok_or("it does not serve that")?;
    let load = Load::learn(
        address,
        &kind.request(),
        &kind.content.bytes(),
        kind.batch,
        kind.connections,
        kind.closes,
    )?;
    let mut waits = Vec::new();
    let time = Duration::from_secs(choice.seconds.into());
    let seen = load.run_observed(time, None, || server.processor(), |took| waits.push(took));
    let seen = seen.map_err(|error| error.to_string())?;
    if seen.wrong > 0 {
        return Err(format!("{} of {} answers wrong", seen.wrong, seen.answers));
    }
    waits.sort_unstable();
    for (title, part) in PARTS {
        let place = (waits.len() as f64 * part) as usize;
        let wait = waits.get(place).ok_or("no answer")?;
        table.add(round, peer.name, title, wait.as_secs_f64() * 1e3);
    }
    table.add(round, peer.name, RATE, seen.answers as f64 / seen.seconds);
    Ok(())
}
