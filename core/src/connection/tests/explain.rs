//! What a watcher is told: the same however bytes are cut, without a gap, and what is then answered.

use std::format;
use std::string::String;
use std::sync::Mutex;
use std::vec::Vec;

use super::app::{chunked, get_request, sized};
use super::driver::{Driver, read_answers, service};
use super::every_cut::scripts;
use crate::explain::{Continue, Fact, Fate, Place, Watch};

/// What was told, written down.
#[derive(Default)]
struct Told(Mutex<Notes>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Notes {
    /// What came in.
    read: Vec<String>,
    /// What became of it.
    answers: Vec<String>,
    statuses: Vec<u16>,
    refusals: Vec<u16>,
    continues: Vec<Continue>,
    /// Where the next part must start.
    end: u64,
    pieces_end: u64,
}

impl Watch for Told {
    fn see(&self, connection: u64, fact: &Fact<'_>) {
        assert_eq!(connection, 7);
        let mut notes = self.0.lock().unwrap();
        let mut joins = |place: Place| {
            assert_eq!(place.start, notes.end, "{fact:?} after {:#?}", notes.read);
            assert!(place.end >= place.start && place.end <= notes.pieces_end, "{fact:?}");
            notes.end = place.end;
        };
        match *fact {
            Fact::EmptyLines { place, .. }
            | Fact::RequestLine { place, .. }
            | Fact::FieldLine { place, .. }
            | Fact::HeadEnd { place, .. }
            | Fact::Content { place, .. }
            | Fact::ChunkSize { place, .. }
            | Fact::ChunkData { place, .. }
            | Fact::ChunkEnd { place, .. }
            | Fact::LastChunk { place, .. }
            | Fact::TrailerLine { place, .. }
            | Fact::BodyEnd { place, .. } => joins(place),
            Fact::Refusal(refusal) if !refusal.place.is_empty() => joins(refusal.place),
            _ => {}
        }
        match fact {
            Fact::Piece { place } => {
                assert_eq!(place.start, notes.pieces_end);
                notes.pieces_end = place.end;
            }
            Fact::Continue(what) => notes.continues.push(*what),
            Fact::Answer { status, .. } => {
                notes.statuses.push(status.code());
                notes.answers.push(format!("{fact:?}"));
            }
            Fact::Fate(_) | Fact::Cut => notes.answers.push(format!("{fact:?}")),
            // How much was received when it ended depends on when it was received.
            Fact::Over { unread } => {
                assert_eq!(
                    unread.start, notes.end,
                    "what is neither told nor unread, after {:#?}",
                    notes.read
                );
                notes.answers.push(format!("unread from {}", unread.start));
            }
            Fact::Refusal(refusal) => {
                if refusal.is_answered {
                    notes.refusals.push(refusal.cause.failure().status().code());
                }
                assert!(refusal.cause.section().starts_with("RFC "), "{fact:?}");
                notes.read.push(format!("{fact:?}"));
            }
            _ => notes.read.push(format!("{fact:?}")),
        }
    }
}

/// What is told of a script that comes in these pieces, and what is sent.
fn told(text: &str, cuts: &[usize]) -> (Notes, Vec<u8>) {
    let told = Told::default();
    let service = service().with_watch(&told);
    let mut driver = Driver::new(&service);
    let bytes = text.as_bytes();
    let mut taken = 0;
    for &cut in cuts {
        taken = cut - driver.feed(&bytes[taken..cut]).len();
    }
    while driver.next_deadline() {
        taken = bytes.len() - driver.feed(&bytes[taken..]).len();
    }
    let sent = driver.sent;
    (told.0.into_inner().unwrap(), sent)
}

/// Without what may depend on how bytes were cut.
fn comparable(notes: &Notes) -> (Vec<String>, Vec<String>, Vec<u16>) {
    (notes.read.clone(), notes.answers.clone(), notes.refusals.clone())
}

/// Asks that what is told of `text` is the same however it is cut.
fn check_cuts(text: &str, step: usize) {
    let (whole, _) = told(text, &[text.len()]);
    // A sink that refuses content does so when it is pushed, and content that nobody reads is thrown away until it was
    // too much: both in the pieces in which it came.
    if text.contains('!') || whole.answers.iter().any(|answer| answer.contains("UnreadContent")) {
        return;
    }
    let every: Vec<usize> = (1..=text.len()).collect();
    let (bytes, _) = told(text, &every);
    assert_eq!(comparable(&bytes), comparable(&whole), "byte by byte: {}", text.escape_default());
    for cut in (0..text.len()).step_by(step) {
        let (cut_in_two, _) = told(text, &[cut, text.len()]);
        assert_eq!(comparable(&cut_in_two), comparable(&whole), "at {cut}: {}", text.escape_default());
    }
}

#[test]
fn what_is_told_does_not_depend_on_cuts() {
    for script in scripts() {
        check_cuts(&script.text, 1 + script.text.len() / 50);
    }
}

/// A byte of each script in turn is left out, or becomes another that means something.
#[test]
fn what_is_told_of_spoilt_scripts_does_not_depend_on_cuts_either() {
    for script in scripts().iter().filter(|script| script.text.len() < 200) {
        for (at, _) in script.text.char_indices() {
            let spoils = ["", "\n", "\r", "\r\n", " ", ":", ";", "\0", "0", "f", "%", "#"];
            let spoil = spoils[at % spoils.len()];
            let mut text = script.text.clone();
            text.replace_range(at..=at, spoil);
            check_cuts(&text, 1 + text.len() / 3);
        }
    }
}

#[test]
fn what_is_told_is_what_is_answered() {
    for script in scripts() {
        if script.text.contains("HEAD ") {
            continue; // the answers cannot be told apart without knowing the requests
        }
        let (notes, sent) = told(&script.text, &[script.text.len()]);
        let heard = read_answers(&sent, false).into_iter().map(|answer| answer.status);
        let finals: Vec<u16> = heard.filter(|&status| status != 100).collect();
        assert_eq!(notes.statuses, finals, "{}", script.text.escape_default());
        let mut statuses = notes.statuses.iter();
        for refusal in &notes.refusals {
            assert!(statuses.any(|status| status == refusal), "{notes:#?}");
        }
    }
}

#[test]
fn a_watcher_changes_nothing() {
    for script in scripts() {
        let (_, watched) = told(&script.text, &[script.text.len()]);
        let service = service();
        let mut driver = Driver::new(&service);
        driver.feed(script.text.as_bytes());
        while driver.next_deadline() {}
        assert_eq!(
            String::from_utf8_lossy(&watched),
            String::from_utf8_lossy(&driver.sent),
            "{}",
            script.text.escape_default()
        );
    }
}

#[test]
fn continue_and_why_not() {
    let expecting = |request: String| request.replace("Host: a", "Host: a\r\nExpect: 100-continue");
    let request = expecting(sized("/echo", "hello"));
    let head = request.len() - 5;
    for (text, cuts, expected) in [
        (request.clone(), &[head, head + 5][..], Continue::Sent),
        (request.clone(), &[head + 5], Continue::ContentCame),
        (request.replace("HTTP/1.1", "HTTP/1.0"), &[head, head + 5], Continue::Http10),
        (expecting(get_request("/")), &[head], Continue::NoContent),
        (expecting(sized("/unread", "hello")), &[head + 2], Continue::Unread),
    ] {
        let cuts: Vec<usize> = cuts.iter().map(|&cut| cut.min(text.len())).collect();
        let (notes, _) = told(&text, &cuts);
        assert_eq!(notes.continues, [expected], "{}", text.escape_default());
    }
}

#[test]
fn places_are_those_of_the_stream() {
    let get = get_request("/");
    let start = get.len() as u64;
    let body = chunked("/echo", "hello", 5).replace("5\r\n", "5;a=b\r\n").replace("0\r\n", "0\r\nX: y\r\n");
    let end = body.len() as u64 + start;
    let text = format!("{get}{body}{get}GET / HTTP/1.1\nHost: a\r\n\r\n");
    let (notes, _) = told(&text, &[30, 80, 111, text.len()]);
    let has = |text: &str| assert!(notes.read.iter().any(|fact| fact.contains(text)), "{text}: {notes:#?}");
    has(&format!("BodyEnd {{ place: Place {{ start: {}, end: {end} }}", end - 2));
    has(&format!("TrailerLine {{ place: Place {{ start: {}, end: {} }}", end - 8, end - 2));
    let at = end + start + 14;
    has(&format!(
        "cause: Head(BareLineFeed {{ at: 14 }}), at: Some({at}), place: Place {{ start: {}, end: {} }}",
        end + start,
        at + 1
    ));
    assert_eq!(notes.answers.last(), Some(&format!("unread from {}", at + 1)));
    assert!(notes.answers.contains(&format!("{:?}", Fact::Fate(Fate::Persists))));
}
