//! A chunked body: where it ends and what its content is, however it is cut; and what we encode, decoded.

use bantam_core::body::decode::{BodyError, Decoded, Decoder};
use bantam_core::body::encode::Encoder;
use bantam_core::framing::BodyLength;
use bantam_core::limits::Limits;

use super::dice::{Dice, deliveries};
use super::naive::{self, show};
use crate::answer::{Answer, Read};

/// Longest input looked at; the limits of [`WIDE`] are beyond it.
const LONGEST: usize = 4_096;

const WIDE: Limits = Limits { chunk_extensions: u16::MAX, trailer_section: u16::MAX, ..Limits::DEFAULT };
const TIGHT: Limits = Limits { chunk_extensions: 16, trailer_section: 32, content: 24, ..Limits::DEFAULT };

/// Decodes `data` as a chunked body, as a sized one, and encodes it as content.
///
/// # Panics
/// When the outcome depends on how the bytes are cut, when a naive reader comes to another content or another end,
/// when bytes behind the body are touched, when a limit is passed, or when what is encoded does not decode to itself.
pub fn check(data: &[u8]) {
    let data = &data[..data.len().min(LONGEST)];
    check_chunked(data);
    check_sized(data);
    check_encoded(data);
}

/// What came of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    content: Vec<u8>,
    consumed: usize,
    result: Result<bool, BodyError>,
}

fn check_chunked(data: &[u8]) {
    for limits in [&WIDE, &TIGHT] {
        let whole = decoded(BodyLength::Chunked, &[data], false, limits);
        for (how, pieces) in deliveries(data) {
            for moves in [false, true] {
                let other = decoded(BodyLength::Chunked, &pieces, moves, limits);
                assert_eq!(other, whole, "{how}, content moved out: {moves}: {}", show(data));
            }
        }
        assert!(whole.content.len() as u64 <= limits.content, "content over its limit: {}", show(data));
        assert!(whole.content.len() <= whole.consumed, "more content than bytes: {}", show(data));
        if let Err(error) = whole.result {
            assert!(matches!(error.status().code(), 400 | 413 | 431), "{error:?}");
        }
    }
    let outcome = decoded(BodyLength::Chunked, &[data], false, &WIDE);
    let mut reader = Reader { rest: data, content: Vec::new() };
    let naive = reader.body();
    match (outcome.result, naive) {
        (Ok(true), Ok(())) => {
            assert_eq!(outcome.consumed, data.len() - reader.rest.len(), "end of {}", show(data));
        }
        (Ok(false), Err(Stop::Incomplete)) | (Err(_), Err(Stop::Refused)) => {}
        (result, naive) => panic!("{result:?}, read naively {naive:?}: {}", show(data)),
    }
    assert_eq!(outcome.content, reader.content, "content of {}", show(data));
}

fn check_sized(data: &[u8]) {
    let length = Dice::of(data).below(data.len() + 8);
    let expected = length.min(data.len());
    for (how, pieces) in deliveries(data) {
        let outcome = decoded(BodyLength::Sized(length as u64), &pieces, false, &WIDE);
        assert_eq!(outcome.content, data[..expected], "{length} bytes {how}: {}", show(data));
        assert_eq!(outcome.consumed, expected, "{length} bytes {how}: {}", show(data));
        assert_eq!(outcome.result, Ok(length <= data.len()), "{length} bytes {how}: {}", show(data));
    }
}

/// Decodes pieces as they come into a buffer. With `moves`, content leaves the buffer after each piece, as a sink takes
/// it; otherwise it gathers there.
fn decoded(length: BodyLength, pieces: &[&[u8]], moves: bool, limits: &Limits) -> Outcome {
    let mut decoder = Decoder::new(length);
    let (mut buffer, mut content) = (Vec::new(), Vec::new());
    let (mut given, mut consumed) = (0, 0);
    let mut at = Decoded { content_end: 0, unread: 0 };
    let mut result = Ok(());
    for piece in pieces {
        if result.is_err() || decoder.is_complete() {
            break;
        }
        buffer.extend_from_slice(piece);
        given += piece.len();
        let (before, unread) = (buffer.clone(), at.unread);
        result = decoder.decode(&mut buffer, &mut at, limits);
        assert!(at.content_end <= at.unread && at.unread <= buffer.len(), "{at:?} in {}", buffer.len());
        assert_eq!(buffer[at.unread..], before[at.unread..], "bytes behind what was read have changed");
        consumed += at.unread - unread;
        assert!(consumed <= given, "more consumed than given");
        if moves {
            content.extend_from_slice(&buffer[..at.content_end]);
            buffer.drain(..at.unread);
            at = Decoded { content_end: 0, unread: 0 };
        }
    }
    content.extend_from_slice(&buffer[..at.content_end]);
    assert_eq!(decoder.received(), content.len() as u64, "bytes received");
    Outcome { content, consumed, result: result.map(|()| decoder.is_complete()) }
}

fn check_encoded(content: &[u8]) {
    let mut dice = Dice::of(content);
    let body = encoded(Encoder::Chunked, content, &mut dice);
    let behind = b"GET / HTTP/1.1\r\n";
    let outcome = decoded(BodyLength::Chunked, &[&body, behind], false, &WIDE);
    let expected = Outcome { content: content.to_vec(), consumed: body.len(), result: Ok(true) };
    assert_eq!(outcome, expected, "encoded as {}", show(&body));
    let answer = [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &body[..]].concat();
    match Answer::read(&answer, "GET", false) {
        Ok(Read::Whole(read, length)) => {
            assert_eq!((&read.content[..], length), (content, answer.len()), "encoded as {}", show(&body));
        }
        read => panic!("{read:?}: encoded as {}", show(&body)),
    }
    assert_eq!(encoded(Encoder::Sized(content.len() as u64), content, &mut dice), content);
    assert_eq!(encoded(Encoder::UntilClose, content, &mut dice), content);
}

/// Encodes content into spaces of drawn sizes, and fills each as far as is drawn.
fn encoded(mut encoder: Encoder, content: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut body = Vec::new();
    let mut rest = content;
    loop {
        let mut space = vec![b'#'; 14 + dice.below(64)];
        let is_sized = matches!(encoder, Encoder::Sized(_));
        let Some(room) = encoder.content_space(&mut space) else {
            assert!(is_sized && rest.is_empty(), "no space for content");
            return body;
        };
        let length = if rest.is_empty() { 0 } else { 1 + dice.below(room.len().min(rest.len())) };
        room[..length].copy_from_slice(&rest[..length]);
        rest = &rest[length..];
        let last = rest.is_empty() && dice.below(2) == 0; // else the end comes alone
        let used = encoder.frame(&mut space, length, last);
        body.extend_from_slice(&space[..used]);
        assert_eq!(encoder.owes_content(), is_sized && !rest.is_empty(), "content owed");
        if last {
            return body;
        }
    }
}

#[derive(Debug)]
enum Stop {
    Incomplete,
    Refused,
}

/// RFC 9112 §7.1, a byte at a time.
struct Reader<'d> {
    rest: &'d [u8],
    content: Vec<u8>,
}

impl Reader<'_> {
    fn body(&mut self) -> Result<(), Stop> {
        loop {
            match self.chunk_size_line()? {
                0 => break,
                size => {
                    for _ in 0..size {
                        let byte = self.byte()?;
                        self.content.push(byte);
                    }
                }
            }
            self.expect(b'\r')?;
            self.expect(b'\n')?;
        }
        loop {
            let end = naive::find(self.rest, b'\n').ok_or(Stop::Incomplete)?;
            let [line @ .., b'\r'] = &self.rest[..end] else { return Err(Stop::Refused) };
            self.rest = &self.rest[end + 1..];
            if line.is_empty() {
                return Ok(());
            }
            naive::field_line(line).ok_or(Stop::Refused)?;
        }
    }

    fn chunk_size_line(&mut self) -> Result<u128, Stop> {
        let mut digits = String::new();
        let mut byte = self.byte()?;
        while byte.is_ascii_hexdigit() {
            digits.push(char::from(byte));
            if digits.len() > 16 {
                return Err(Stop::Refused);
            }
            byte = self.byte()?;
        }
        if digits.is_empty() {
            return Err(Stop::Refused);
        }
        while byte == b';' {
            byte = self.extension()?;
        }
        if byte != b'\r' {
            return Err(Stop::Refused);
        }
        self.expect(b'\n')?;
        u128::from_str_radix(&digits, 16).map_err(|_| Stop::Refused)
    }

    /// An extension behind its semicolon; returns the byte behind it.
    fn extension(&mut self) -> Result<u8, Stop> {
        let byte = self.token()?;
        if byte != b'=' {
            return Ok(byte);
        }
        if self.rest.first() != Some(&b'"') {
            return self.token();
        }
        self.byte()?;
        loop {
            match self.byte()? {
                b'"' => return self.byte(),
                b'\\' => {
                    if !naive::is_field_value(&[self.byte()?]) {
                        return Err(Stop::Refused);
                    }
                }
                byte if naive::is_field_value(&[byte]) => {}
                _ => return Err(Stop::Refused),
            }
        }
    }

    /// A token; returns the byte behind it.
    fn token(&mut self) -> Result<u8, Stop> {
        let mut length = 0;
        loop {
            let byte = self.byte()?;
            if !naive::is_token(&[byte]) {
                return if length == 0 { Err(Stop::Refused) } else { Ok(byte) };
            }
            length += 1;
        }
    }

    fn byte(&mut self) -> Result<u8, Stop> {
        let (&byte, rest) = self.rest.split_first().ok_or(Stop::Incomplete)?;
        self.rest = rest;
        Ok(byte)
    }

    fn expect(&mut self, expected: u8) -> Result<(), Stop> {
        if self.byte()? == expected { Ok(()) } else { Err(Stop::Refused) }
    }
}
