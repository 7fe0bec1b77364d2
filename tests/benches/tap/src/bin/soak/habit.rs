//! What clients do with their connections.

use std::thread::sleep;
use std::time::Duration;

use crate::dial;
use crate::weather::Sky;
use bantam_bench_measure::ask::Ask;
use bantam_bench_measure::line::{Line, Pace, Trouble};
use bantam_bench_measure::noise::{Content, Dice};

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

impl Habit {
    /// All of them.
    pub(crate) const ALL: [Self; 12] = [
        Self::Persisting,
        Self::Single,
        Self::Pipelining,
        Self::Trickling,
        Self::Chunking,
        Self::Uploading,
        Self::Slow,
        Self::HalfClosing,
        Self::Aborting,
        Self::Vanishing,
        Self::Halting,
        Self::Silent,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Persisting => "persisting",
            Self::Single => "single",
            Self::Pipelining => "pipelining",
            Self::Trickling => "trickling",
            Self::Chunking => "chunking",
            Self::Uploading => "uploading",
            Self::Slow => "slow",
            Self::HalfClosing => "half-closing",
            Self::Aborting => "aborting",
            Self::Vanishing => "vanishing",
            Self::Halting => "halting",
            Self::Silent => "silent",
        }
    }

    /// Does it, from this port. `seen` gets the answers and bytes that were compared, whatever happens then.
    pub(crate) fn live(self, port: u16, sky: &Sky, dice: &mut Dice, seen: &mut Seen) -> Result<(), Trouble> {
        let mut pace = Pace::default();
        if self == Self::Slow {
            pace = Pace { piece: 4_096, pause: Duration::from_millis(20 + dice.below(80)) };
        }
        let mut line = dial::connect(port, pace)?;
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
            Self::Pipelining | Self::HalfClosing => self.ask_at_once(line, dice, seen),
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
            Self::Aborting => {
                let ask = Ask::download(dice, 1 << 20, false);
                line.send(&ask.bytes)?;
                line.answer(ask.content, dice.below(ask.content.length() as u64) as usize)
            }
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

    fn ask_at_once(self, line: &mut Line, dice: &mut Dice, seen: &mut Seen) -> Result<(), Trouble> {
        // Little enough that all can be sent before anything is read.
        let asks: Vec<Ask> = (0..=dice.below(6))
            .map(|_| match dice.below(3) {
                0 => Ask::get("/plaintext", Content::Greeting, false),
                1 => Ask::download(dice, 1 << 18, false),
                _ => Ask::streamed(dice, false),
            })
            .collect();
        line.send(&asks.iter().flat_map(|ask| ask.bytes.clone()).collect::<Vec<u8>>())?;
        if self == Self::HalfClosing {
            line.close_write()?;
        }
        asks.iter().try_for_each(|ask| seen.answer(line, ask))?;
        if self == Self::HalfClosing { line.end() } else { Ok(()) }
    }
}

/// What a client has seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Answers that were whole and right.
    pub(crate) answers: u64,
    /// Bytes of content that were right.
    pub(crate) bytes: u64,
}

impl Seen {
    fn ask(&mut self, line: &mut Line, ask: &Ask) -> Result<(), Trouble> {
        line.send(&ask.bytes)?;
        self.answer(line, ask)
    }

    fn answer(&mut self, line: &mut Line, ask: &Ask) -> Result<(), Trouble> {
        line.answer(ask.content, usize::MAX)?;
        self.answers += 1;
        Ok(())
    }
}
