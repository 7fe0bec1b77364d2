//! A simulator: random scripts of requests, cuts, windows, pauses and failures, all from a seed, played on a connection
//! and held against a slow reading of RFC 9112 that is written for this alone.
//!
//! ```text
//!            seed ──► script ──► run: whole ──────────┐
//!                       │   ├──► run: byte by byte ───┤
//!                       │   ├──► run: its own steps ──┼──► check ──► fault ──► shrink ──► the smallest script
//!                       │   └──► run: waits for 100 ──┤
//!                       └──────► reference ───────────┘
//! ```
//!
//! | file | question it answers |
//! |---|---|
//! | `random` | which numbers follow from a seed? |
//! | `script` | what is a script? |
//! | `requests` | what do good clients send? |
//! | `spoilt` | what do bad ones? |
//! | `app` | which application tells what it saw? |
//! | `reference` | what ought to come of a stream of bytes? |
//! | `run` | how is a script played? |
//! | `check` | did what came of it ought to come? |
//! | `counts` | what was met? |
//! | `panics` | how does a panic become a message? |
//! | `shrink` | what is the smallest script that fails? |
//!
//! # What must hold
//!
//! 1. The answers do not depend on how bytes are cut on their way in and out, nor on what the buffers held before.
//! 2. They are those of the reference: how many, which status, what the handlers saw, which content.
//! 3. Nothing behind a refused message is interpreted: no handler, no middleware, no answer.
//! 4. What lies in a buffer behind the bytes that were written matters nowhere.
//! 5. Every wait has a deadline, none acts before its time, and one that passes moves the connection.
//! 6. Every connection ends, in a bounded number of steps.
//! 7. A strict client can read every answer; `100 Continue` goes to who awaits it, and not after content has begun;
//!    refusals have a length and say that they are the last.
//! 8. Each request passes the middleware once, and is completed once.
//!
//! Scripts in which deadlines pass, connections break or the server shuts down are held to a weaker second rule: their
//! answers are the first of the reference's, behind which one 408 may come.
//!
//! # That it can fail
//!
//! Mistakes that were put into the core by hand, and that an ordinary run has found:
//!
//! - a byte behind those that were received is read
//! - no deadline for content
//! - a head is moved in its buffer, and its parser is not told
//! - sized content ends a byte early
//! - the connection persists behind a refused message
//! - `100 Continue` for content that came with its head
//! - trailer fields are not checked
//! - `close` is not found in a list of connection options
//! - chunk data need not end in CRLF
//! - `Content-Length` may start with 0
//! - `100 Continue` although content has come while it waited for room
//!
//! A test plants mistakes in the reference instead, and reads the report.
//!
//! # Long runs
//!
//! ```text
//! BANTAM_SIMULATION_SEED=1000000 BANTAM_SIMULATION_SCRIPTS=10000000 \
//!     cargo test -p bantam-tests --test simulation -- --nocapture
//! ```
//!
//! The first is the first seed, the second how many scripts follow from it and its successors.

pub mod app;
pub mod check;
pub mod counts;
pub mod panics;
pub mod random;
pub mod reference;
pub mod requests;
pub mod run;
pub mod script;
pub mod shrink;
mod spoilt;

use self::check::{Heard, check};
use self::counts::Counts;
use self::reference::{Expected, Planted};
use self::run::{BufferPair, Mode, Played, play};
use self::script::{Pace, Script, Timing};

/// The bytes of a request that nobody sends: where the buffers should hold nothing, they hold this.
const POISON: &[u8] = b"\r\n\r\nGET /poison HTTP/1.1\r\nHost: poison\r\n\r\n";

/// What is wrong with a script's run, if anything is.
///
/// # Errors
/// The mode in which it was played, and what came out wrong.
pub fn fault(
    script: &Script,
    planted: Planted,
    buffers: &mut BufferPair,
    counts: &mut Counts,
) -> Result<(), String> {
    panics::catch(|| play_all(script, planted, buffers, counts)).unwrap_or_else(Err)
}

fn play_all(
    script: &Script,
    planted: Planted,
    buffers: &mut BufferPair,
    counts: &mut Counts,
) -> Result<(), String> {
    let expected = reference::read(&script.bytes(), script.end, &script.setup, planted);
    let whole = Mode { name: "whole", steps: &[], pace: Pace::WHOLE, waits_at: &[], poison: &[0; 64] };
    let space = 300 * usize::from(script.seed.is_multiple_of(3));
    let bytes = Pace { piece: 1, window: 3, reads_first: script.seed.is_multiple_of(2), space };
    let bytes = Mode { name: "byte by byte", pace: bytes, poison: POISON, ..whole };
    let steps =
        Mode { name: "by its steps", steps: &script.steps, pace: script.pace, poison: &[b'0'; 64], ..whole };
    let first = play_one(script, &whole, &expected, buffers)?;
    let second = play_one(script, &bytes, &expected, buffers)?;
    same(&first, &second, &expected, bytes.name)?;
    let third = play_one(script, &steps, &expected, buffers)?;
    if script.timing != Timing::Rough {
        same(&first, &third, &expected, steps.name)?;
    }
    counts.count(script, &third.0, &expected, &third.1);
    let waits_at: Vec<usize> = expected
        .iter()
        .filter(|expected| expected.is_owed_continue)
        .map(|expected| expected.head_span.1)
        .collect();
    if !waits_at.is_empty() {
        let waits = Mode { name: "waiting for 100 Continue", waits_at: &waits_at, ..whole };
        counts.count_waited(&play_one(script, &waits, &expected, buffers)?.0);
    }
    Ok(())
}

fn play_one(
    script: &Script,
    mode: &Mode<'_>,
    expected: &[Expected],
    buffers: &mut BufferPair,
) -> Result<(Played, Vec<Heard>), String> {
    let is_exact = mode.steps.is_empty() || script.timing != Timing::Rough;
    let played = play(script, mode, buffers).map_err(|error| format!("{}: {error}", mode.name))?;
    let heard =
        check(script, &played, expected, is_exact).map_err(|error| format!("{}: {error}", mode.name))?;
    Ok((played, heard))
}

/// Whether two runs came to the same. Chunks follow the bytes as they come, and `100 Continue` the content.
fn same(
    (one, one_heard): &(Played, Vec<Heard>),
    (other, other_heard): &(Played, Vec<Heard>),
    expected: &[Expected],
    name: &str,
) -> Result<(), String> {
    if expected.iter().any(|expected| expected.expects_continue) {
        return Ok(());
    }
    let is_chunked = one_heard.iter().any(|heard| heard.answer.field("Transfer-Encoding").is_some());
    let is_same = match is_chunked {
        true => {
            let answers =
                |heard: &[Heard]| heard.iter().map(|heard| heard.answer.clone()).collect::<Vec<_>>();
            answers(one_heard) == answers(other_heard)
        }
        false => one.output == other.output,
    };
    match is_same {
        true => Ok(()),
        false => Err(format!(
            "{name}: another outcome than whole: {} instead of {}",
            other.output.escape_ascii(),
            one.output.escape_ascii()
        )),
    }
}

/// What is to be told of a script that fails: the failure, and the smallest script that fails in the same way.
#[must_use]
pub fn report(script: Script, planted: Planted, buffers: &mut BufferPair) -> String {
    let first = fault(&script, planted, buffers, &mut Counts::default()).err().unwrap_or_default();
    // Up to the second colon it says how, not what; numbers may change.
    let kind = |error: &str| -> String {
        let words: String = error.splitn(3, ':').take(2).collect();
        words.chars().filter(|char| !char.is_ascii_digit()).collect()
    };
    let smallest = shrink::shrink(script, |candidate| {
        let error = fault(candidate, planted, buffers, &mut Counts::default()).err();
        error.is_some_and(|error| kind(&error) == kind(&first))
    });
    let error = fault(&smallest, planted, buffers, &mut Counts::default()).err().unwrap_or_default();
    format!("{error}\n\n{smallest}")
}
