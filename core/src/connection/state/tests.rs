//! Every pair of phase and event, against the table that the docs show.

use core::fmt::Write;
use std::string::String;

use super::{Event, Phase, next};

const PHASES: [Phase; 9] = [
    Phase::Idle,
    Phase::ReceiveHead,
    Phase::ReceiveContent,
    Phase::RunHandler,
    Phase::SendResponse,
    Phase::DiscardContent,
    Phase::Flush,
    Phase::Linger,
    Phase::Closed,
];

const EVENTS: [Event; 16] = [
    Event::Received,
    Event::ContentAwaited,
    Event::Ready,
    Event::Refused,
    Event::Answered,
    Event::Completed,
    Event::ContentLeft,
    Event::LastCompleted,
    Event::Cut,
    Event::Discarded,
    Event::Flushed,
    Event::Drained,
    Event::PeerClosed,
    Event::DeadlinePassed,
    Event::ShutDown,
    Event::Broken,
];

fn table() -> String {
    let mut table = String::new();
    for phase in PHASES {
        for event in EVENTS {
            if let Some(to) = next(phase, event) {
                writeln!(table, "{:<15} {:<15} {to:?}", std::format!("{phase:?}"), std::format!("{event:?}"))
                    .unwrap();
            }
        }
    }
    table
}

#[test]
fn the_documented_table_is_the_real_one() {
    let documented: String = include_str!("../mod.rs")
        .lines()
        .skip_while(|line| !line.starts_with("//! phase "))
        .skip(1)
        .take_while(|line| !line.starts_with("//! ```"))
        .map(|line| std::format!("{}\n", line.trim_start_matches("//! ")))
        .collect();
    let real = table();
    assert!(documented == real, "the docs of connection/mod.rs should show:\n{real}");
}

#[test]
fn every_phase_but_closed_ends_when_the_transport_breaks() {
    for phase in PHASES {
        let expected = (phase != Phase::Closed).then_some(Phase::Closed);
        assert_eq!(next(phase, Event::Broken), expected, "{phase:?}");
    }
}

#[test]
fn every_phase_leads_to_the_end_by_deadlines_alone_or_waits_for_the_handler() {
    for start in PHASES {
        let mut phase = start;
        for _ in 0..PHASES.len() {
            phase = match next(phase, Event::DeadlinePassed) {
                Some(Phase::RunHandler) => Phase::Flush, // the handler answers 408, and the connection closes
                Some(to) => to,
                None => break,
            };
        }
        assert_eq!(phase, Phase::Closed, "{start:?} waits for ever");
    }
}

#[test]
fn closed_is_final() {
    assert!(EVENTS.into_iter().all(|event| next(Phase::Closed, event).is_none()));
}
