//! What clients do with their connections.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use bantam_bench_measure::ask::Ask;
use bantam_bench_measure::line::{Line, Pace, Trouble};
use bantam_bench_measure::noise::{Content, Dice};
use bantam_bench_measure::soak::seen::Seen;

use crate::weather::Sky;
use crate::{ADDRESS, TO_CONNECT};

/// A kind of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Asks again and again, with pauses.
    Persisting,
    /// A connection for each request.
    Single,
    /// Sends several requests at once.
    Pipelining,
    /// Sends its request a few bytes at a time.
    Trickling,
    /// Uploads in chunks, and reads them back.
    Chunking,
    /// Uploads with a length, and reads it back.
    Uploading,
    /// Takes a large answer slowly, through a small window.
    Slow,
    /// Closes its side behind its requests.
    HalfClosing,
    /// Resets the connection in the middle of an answer.
    Aborting,
    /// Is gone from one moment to the next: nothing comes from it any more, not even a reset.
    Vanishing,
    /// Sends half a head, and waits for 408.
    Halting,
    /// Says nothing, and waits for the end.
    Silent,
}

/// All of them.
pub(crate) const HABITS: [(Habit, &str); 12] = [
    (Habit::Persisting, "persisting"),
    (Habit::Single, "single"),
    (Habit::Pipelining, "pipelining"),
    (Habit::Trickling, "trickling"),
    (Habit::Chunking, "chunking"),
    (Habit::Uploading, "uploading"),
    (Habit::Slow, "slow"),
    (Habit::HalfClosing, "half-closing"),
    (Habit::Aborting, "aborting"),
    (Habit::Vanishing, "vanishing"),
    (Habit::Halting, "halting"),
    (Habit::Silent, "silent"),
];

impl Habit {
    /// Does it, from this port. `seen` gets the answers and bytes that were compared, whatever happens then.
    pub(crate) fn live(self, port: u16, sky: &Sky, dice: &mut Dice, seen: &mut Seen) -> Result<(), Trouble> {
        let mut pace = Pace::default();
        if self == Self::Slow {
            pace = Pace { piece: 4_096, pause: Duration::from_millis(20 + dice.below(80)) };
        }
        let from = SocketAddr::from(([10, 75, 0, 1], port));
        let mut line = Line::connect(ADDRESS, Some(from), pace, TO_CONNECT)?;
        let outcome = self.converse(&mut line, dice, seen);
        seen.bytes += line.compared;
        match self {
            Self::Vanishing => {
                sky.silence(port);
                line.reset();
            }
            Self::Aborting => line.reset(),
            _ => {}
        }
        outcome
    }

    fn converse(self, line: &mut Line, dice: &mut Dice, seen: &mut Seen) -> Result<(), Trouble> {
        match self {
            Self::Persisting => {
                let (last, says_close) = (dice.below(8), dice.happens(50));
                for number in 0..=last {
                    if number > 0 {
                        sleep(Duration::from_millis(dice.below(400)));
                    }
                    seen.ask(line, &Ask::any(dice, says_close && number == last))?;
                }
                if says_close { line.end() } else { Ok(()) }
            }
            Self::Single => {
                seen.ask(line, &Ask::any(dice, true))?;
                line.end()
            }
            Self::Pipelining => seen.pipeline(line, dice),
            Self::HalfClosing => seen.half_close(line, dice),
            Self::Trickling => {
                let ask = Ask::get("/plaintext", Content::Greeting, true);
                let mut rest = &ask.bytes[..];
                while !rest.is_empty() {
                    let (piece, others) = rest.split_at((dice.below(7) as usize + 1).min(rest.len()));
                    line.send(piece)?;
                    sleep(Duration::from_millis(dice.below(5)));
                    rest = others;
                }
                seen.answer(line, &ask)?;
                line.end()
            }
            Self::Chunking | Self::Uploading => {
                let is_last = dice.happens(50);
                seen.ask(line, &Ask::upload(dice, self == Self::Chunking, is_last))?;
                if is_last { line.end() } else { Ok(()) }
            }
            Self::Slow => seen.ask(line, &Ask::download(dice, 1 << 19, false)),
            Self::Aborting => seen.begin(line, dice, 1 << 20),
            Self::Vanishing => {
                for _ in 0..=dice.below(2) {
                    line.send(&Ask::any(dice, false).bytes)?;
                }
                sleep(Duration::from_millis(dice.below(60)));
                Ok(())
            }
            Self::Halting => {
                line.send(b"GET /plaintext HTTP/1.1\r\nHost: ")?;
                line.error_answer(408)?;
                line.end()
            }
            Self::Silent => line.end(),
        }
    }
}
