//! What clients do with their connections.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use bantam_bench_measure::ask::Ask;
use bantam_bench_measure::line::{Line, Pace, Trouble, trouble};
use bantam_bench_measure::noise::{Content, Dice};
use socket2::{Domain, Socket, Type};

use crate::files::{FILES, TEXT};

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

/// What a client has seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    /// Answers that were whole and right.
    pub(crate) answers: u64,
    /// Bytes of content that were right.
    pub(crate) bytes: u64,
}

impl Habit {
    /// Does it. `seen` gets the answers and bytes that were compared, whatever happens then.
    pub(crate) fn live(self, server: SocketAddr, dice: &mut Dice, seen: &mut Seen) -> Result<(), Trouble> {
        let mut pace = Pace::default();
        if self == Self::Slow {
            pace = Pace { piece: 8_192, pause: Duration::from_millis(5 + dice.below(20)) };
        }
        let mut line = connect(server, pace)?;
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
            Self::Ranges => several(dice, |dice| seen.range(line, dice)),
            Self::Pipelining | Self::HalfClosing => {
                let asks: Vec<Ask> = (0..=dice.below(9)).map(|_| small(dice)).collect();
                line.send(&asks.iter().flat_map(|ask| ask.bytes.clone()).collect::<Vec<u8>>())?;
                if self == Self::HalfClosing {
                    line.close_write()?;
                }
                asks.iter().try_for_each(|ask| seen.answer(line, ask))?;
                if self == Self::HalfClosing { line.end() } else { Ok(()) }
            }
            Self::Chunking | Self::Uploading => {
                several(dice, |dice| seen.ask(line, &Ask::upload(dice, self == Self::Chunking, false)))
            }
            Self::Asking => several(dice, |dice| seen.bare(line, dice)),
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
                seen.ask(line, &small(dice))
            }
            Self::Slow => seen.ask(line, &Ask::download(dice, 1 << 20, false)),
            Self::Aborting => {
                let ask = Ask::download(dice, 4 << 20, false);
                line.send(&ask.bytes)?;
                line.answer(ask.content, dice.below(ask.content.length() as u64) as usize)
            }
            Self::Dropping => {
                let is_chunked = dice.happens(50);
                let ask = Ask::upload(dice, is_chunked, false);
                line.send(&ask.bytes[..dice.below(ask.bytes.len() as u64) as usize])
            }
            Self::Idle => {
                sleep(Duration::from_millis(200 + dice.below(2_000)));
                seen.ask(line, &small(dice))
            }
        }
    }
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

    /// A part of the file of letters, which looks like a shorter one when it begins with an `a`.
    fn range(&mut self, line: &mut Line, dice: &mut Dice) -> Result<(), Trouble> {
        let start = dice.below(TEXT.1.length() as u64 / 26) * 26;
        let length = dice.below(TEXT.1.length() as u64 - start) + 1;
        let part = format!("Range: bytes={start}-{}\r\n", start + length - 1);
        line.send(&with("GET", &format!("/static/{}", TEXT.0), &part))?;
        line.answer_of(206, Content::Letters { length: length as usize }, usize::MAX)?;
        self.answers += 1;
        Ok(())
    }

    /// An answer without content, and one behind it that shows that none has come.
    fn bare(&mut self, line: &mut Line, dice: &mut Dice) -> Result<(), Trouble> {
        let (request, status) = match dice.below(3) {
            0 => (with("HEAD", "/static/large.bin", ""), 200),
            1 => (with("GET", "/etag/soak", "If-None-Match: \"soak\"\r\n"), 304),
            _ => (with("GET", "/status/204", ""), 204),
        };
        line.send(&request)?;
        line.bare_answer(status)?;
        self.answers += 1;
        self.ask(line, &small(dice))
    }
}

fn several(dice: &mut Dice, mut ask: impl FnMut(&mut Dice) -> Result<(), Trouble>) -> Result<(), Trouble> {
    (0..=dice.below(8)).try_for_each(|_| ask(dice))
}

/// Little enough that several can be sent before anything is read.
fn small(dice: &mut Dice) -> Ask {
    match dice.below(3) {
        0 => Ask::get("/plaintext", Content::Greeting, false),
        1 => Ask::download(dice, 1 << 16, false),
        _ => Ask::streamed(dice, false),
    }
}

fn with(method: &str, target: &str, fields: &str) -> Vec<u8> {
    format!("{method} {target} HTTP/1.1\r\nHost: soak\r\n{fields}\r\n").into_bytes()
}

fn connect(server: SocketAddr, pace: Pace) -> Result<Line, Trouble> {
    let told = |error: std::io::Error| trouble("connecting", &error);
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None).map_err(told)?;
    if pace.piece > 0 {
        // The window is soon full.
        socket.set_recv_buffer_size(8_192).map_err(told)?;
    }
    socket.connect_timeout(&server.into(), Duration::from_secs(10)).map_err(told)?;
    Line::over(socket.into(), pace)
}

/// What is in a member without optional fields (RFC 1952 §2.3).
fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
    let wrong = || Trouble::Wrong("no gzip where it was asked for".to_owned());
    let rest = bytes.strip_prefix(&[0x1f, 0x8b, 8, 0]).and_then(|rest| rest.get(6..)).ok_or_else(wrong)?;
    miniz_oxide::inflate::decompress_to_vec(rest).map_err(|_| wrong())
}
