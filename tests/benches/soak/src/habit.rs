//! What clients do with their connections.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use bantam_bench_measure::ask::Ask;
use bantam_bench_measure::line::{Line, Pace, Trouble};
use bantam_bench_measure::noise::{Content, Dice};
use bantam_bench_measure::soak::seen::Seen;

use crate::files::{FILES, TEXT};

/// Longest wait for a connection.
const TO_CONNECT: Duration = Duration::from_secs(10);

/// A kind of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Habit {
    /// Asks for anything again and again.
    Persisting,
    /// Takes files, small and large.
    Files,
    /// Takes parts of files.
    Ranges,
    /// Sends several requests at once.
    Pipelining,
    /// Uploads in chunks, and reads them back.
    Chunking,
    /// Uploads with a length, and reads it back.
    Uploading,
    /// Asks for heads, and for what it has already.
    Asking,
    /// Takes a compressed file.
    Compressed,
    /// Lets a handler wait.
    Blocking,
    /// Takes a large answer slowly, through a small window.
    Slow,
    /// Closes its side behind its requests.
    HalfClosing,
    /// Resets the connection in the middle of an answer.
    Aborting,
    /// Resets the connection in the middle of its request.
    Dropping,
    /// Says nothing for a while.
    Idle,
}

/// All of them.
pub(crate) const HABITS: [(Habit, &str); 14] = [
    (Habit::Persisting, "persisting"),
    (Habit::Files, "files"),
    (Habit::Ranges, "ranges"),
    (Habit::Pipelining, "pipelining"),
    (Habit::Chunking, "chunking"),
    (Habit::Uploading, "uploading"),
    (Habit::Asking, "asking"),
    (Habit::Compressed, "compressed"),
    (Habit::Blocking, "blocking"),
    (Habit::Slow, "slow"),
    (Habit::HalfClosing, "half-closing"),
    (Habit::Aborting, "aborting"),
    (Habit::Dropping, "dropping"),
    (Habit::Idle, "idle"),
];

impl Habit {
    /// Does it. `seen` gets the answers and bytes that were compared, whatever happens then.
    pub(crate) fn live(self, server: SocketAddr, dice: &mut Dice, seen: &mut Seen) -> Result<(), Trouble> {
        let mut pace = Pace::default();
        if self == Self::Slow {
            pace = Pace { piece: 8_192, pause: Duration::from_millis(5 + dice.below(20)) };
        }
        let mut line = Line::connect(server, None, pace, TO_CONNECT)?;
        let outcome = self.converse(&mut line, dice, seen);
        seen.bytes += line.compared;
        if matches!(self, Self::Aborting | Self::Dropping) {
            line.reset();
        }
        outcome
    }

    fn converse(self, line: &mut Line, dice: &mut Dice, seen: &mut Seen) -> Result<(), Trouble> {
        match self {
            Self::Persisting => several(dice, |dice| seen.ask(line, &Ask::any(dice, false))),
            Self::Files => several(dice, |dice| {
                let (name, content) = FILES[dice.below(FILES.len() as u64) as usize];
                seen.ask(line, &Ask::get(&format!("/static/{name}"), content, false))
            }),
            Self::Ranges => several(dice, |dice| range(seen, line, dice)),
            Self::Pipelining => seen.pipeline(line, dice),
            Self::HalfClosing => seen.half_close(line, dice),
            Self::Chunking | Self::Uploading => {
                several(dice, |dice| seen.ask(line, &Ask::upload(dice, self == Self::Chunking, false)))
            }
            Self::Asking => several(dice, |dice| bare(seen, line, dice)),
            Self::Compressed => {
                line.send(&with("GET", &format!("/static/{}", TEXT.0), "Accept-Encoding: gzip\r\n"))?;
                let found = gunzip(&line.content()?)?;
                if let Some(place) = TEXT.1.differs(0, &found) {
                    return Err(Trouble::Wrong(format!("byte {place} of a compressed file")));
                }
                if found.len() != TEXT.1.length() {
                    return Err(Trouble::Wrong(format!("{} bytes of a compressed file", found.len())));
                }
                seen.answers += 1;
                seen.bytes += found.len() as u64;
                Ok(())
            }
            Self::Blocking => {
                line.send(&with("GET", "/delay/0.05", ""))?;
                line.content()?;
                seen.answers += 1;
                seen.ask(line, &Ask::small(dice))
            }
            Self::Slow => seen.ask(line, &Ask::download(dice, 1 << 20, false)),
            Self::Aborting => seen.begin(line, dice, 4 << 20),
            Self::Dropping => {
                let is_chunked = dice.happens(50);
                let ask = Ask::upload(dice, is_chunked, false);
                line.send(&ask.bytes[..dice.below(ask.bytes.len() as u64) as usize])
            }
            Self::Idle => {
                sleep(Duration::from_millis(200 + dice.below(2_000)));
                seen.ask(line, &Ask::small(dice))
            }
        }
    }
}

/// A part of the file of letters, which looks like a shorter one when it begins with an `a`.
fn range(seen: &mut Seen, line: &mut Line, dice: &mut Dice) -> Result<(), Trouble> {
    let start = dice.below(TEXT.1.length() as u64 / 26) * 26;
    let length = dice.below(TEXT.1.length() as u64 - start) + 1;
    let part = format!("Range: bytes={start}-{}\r\n", start + length - 1);
    line.send(&with("GET", &format!("/static/{}", TEXT.0), &part))?;
    line.answer_of(206, Content::Letters { length: length as usize }, usize::MAX)?;
    seen.answers += 1;
    Ok(())
}

/// An answer without content, and one behind it that shows that none has come.
fn bare(seen: &mut Seen, line: &mut Line, dice: &mut Dice) -> Result<(), Trouble> {
    let (request, status) = match dice.below(3) {
        0 => (with("HEAD", "/static/large.bin", ""), 200),
        1 => (with("GET", "/etag/soak", "If-None-Match: \"soak\"\r\n"), 304),
        _ => (with("GET", "/status/204", ""), 204),
    };
    line.send(&request)?;
    line.bare_answer(status)?;
    seen.answers += 1;
    seen.ask(line, &Ask::small(dice))
}

fn several(dice: &mut Dice, mut ask: impl FnMut(&mut Dice) -> Result<(), Trouble>) -> Result<(), Trouble> {
    (0..=dice.below(8)).try_for_each(|_| ask(dice))
}

fn with(method: &str, target: &str, fields: &str) -> Vec<u8> {
    format!("{method} {target} HTTP/1.1\r\nHost: soak\r\n{fields}\r\n").into_bytes()
}

/// What is in a member without optional fields (RFC 1952 §2.3).
fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
    let wrong = || Trouble::Wrong("no gzip where it was asked for".to_owned());
    let rest = bytes.strip_prefix(&[0x1f, 0x8b, 8, 0]).and_then(|rest| rest.get(6..)).ok_or_else(wrong)?;
    miniz_oxide::inflate::decompress_to_vec(rest).map_err(|_| wrong())
}
