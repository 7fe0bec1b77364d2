//! The slow, obviously right reading of what a client sends: all bytes at once, no state between them, nothing shared
//! with the parser, the framing or the decoder that it judges, nor with the naive reader of the fuzz targets: the two are
//! witnesses of their own.

mod asked;
mod body;
mod head;
mod routes;

use core::fmt;

use self::asked::Asked;
use self::body::{Keeping, Length};
use self::head::{Head, Stop};
use self::routes::{Delivery, Route, route};
use super::app::{FORBIDDEN, INDIGESTIBLE, digest};
use super::script::{End, Setup};

/// What is expected of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The method, as far as it decides how the answer is framed.
    pub method: String,
    /// The status.
    pub status: u16,
    /// The head as a handler sees it, where it was read to its end.
    pub head: Option<Vec<u8>>,
    /// What the answer says.
    pub content: Said,
    /// Whether the connection closes after it.
    pub closes: Closes,
    /// Whether the message itself is refused.
    pub is_refused: bool,
    /// Where the message begins and its head ends, in the stream.
    pub head_span: (usize, usize),
    /// Whether the client waits for `100 Continue`.
    pub expects_continue: bool,
    /// Whether it must get one if it sends no content before.
    pub is_owed_continue: bool,
    /// Whether the body is chunked, and where it ends.
    pub chunked_to: Option<usize>,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// This.
    Whole(Vec<u8>),
    /// This, and then the connection closes in the middle.
    Cut(Vec<u8>),
    /// Why there is no other answer.
    Reason,
}

/// Whether a connection closes after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closes {
    /// It persists.
    No,
    /// It closes, and the answer says so.
    Yes,
    /// It closes unless content had come when the answer was begun: nobody can tell what a client does that was not
    /// told to go on.
    Perhaps,
}

/// A mistake that is made on purpose, so that a test can see it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// None.
    Nothing,
    /// Content is one byte longer than it says.
    OffByOne,
    /// What stands behind a refused message is read.
    ReadsOn,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.head.as_deref().unwrap_or_default().escape_ascii();
        write!(f, "{} to b\"{head}\", closes: {:?}, ", self.status, self.closes)?;
        match &self.content {
            Said::Whole(content) => write!(f, "b\"{}\"", content.escape_ascii()),
            Said::Cut(content) => write!(f, "b\"{}\" and a cut", content.escape_ascii()),
            Said::Reason => f.write_str("a reason"),
        }
    }
}

/// Reads the stream `bytes`, which ends so.
#[must_use]
pub fn read(bytes: &[u8], end: End, setup: &Setup, planted: Planted) -> Vec<Expected> {
    let mut all = Vec::new();
    let mut at = 0;
    loop {
        let number = all.len() + 1;
        let mut message = Message { bytes, start: at, end, setup, planted, number };
        let Some((expected, next)) = message.read() else { return all };
        let is_refused = expected.is_refused;
        all.push(expected);
        match next {
            Some(next) => at = next,
            None if is_refused && planted == Planted::ReadsOn => {
                match bytes[at..].iter().position(|&byte| byte == b'\n') {
                    Some(line) => at += line + 1,
                    None => return all,
                }
            }
            None => return all,
        }
    }
}

struct Message<'b> {
    bytes: &'b [u8],
    start: usize,
    end: End,
    setup: &'b Setup,
    planted: Planted,
    number: usize,
}

impl Message<'_> {
    /// What is expected, and where the next message starts if there may be one.
    fn read(&mut self) -> Option<(Expected, Option<usize>)> {
        let rest = &self.bytes[self.start..];
        let mut method = String::new();
        let (head, length) = match head::read(rest, self.setup, &mut method) {
            Ok(read) => read,
            Err(Stop::Refused(status)) => return Some((Expected { method, ..self.refusal(status) }, None)),
            // Nothing was asked as long as only empty lines came.
            Err(Stop::Incomplete) if rest.iter().all(|byte| b"\r\n".contains(byte)) => return None,
            Err(Stop::Incomplete) => {
                return Some((Expected { method, ..self.refusal(self.incomplete()) }, None));
            }
        };
        let is_refused = |status| {
            let mut expected = self.refusal(status);
            expected.method.clone_from(&head.method);
            expected.head = Some(seen(&head));
            expected.head_span.1 = self.start + length;
            Some((expected, None))
        };
        match Asked::of(&head) {
            Ok(asked) => Some(self.answer(&head, length, &asked)),
            Err(status) => is_refused(status),
        }
    }

    /// RFC 9112 §8: an incomplete request is answered 400, one that does not come to its end in time 408.
    fn incomplete(&self) -> u16 {
        match self.end {
            End::Closed => 400,
            End::Silence => 408,
        }
    }

    fn refusal(&self, status: u16) -> Expected {
        Expected {
            method: String::new(),
            status,
            head: None,
            content: Said::Reason,
            closes: Closes::Yes,
            is_refused: true,
            head_span: (self.start, self.start),
            expects_continue: false,
            is_owed_continue: false,
            chunked_to: None,
        }
    }

    fn answer(&self, head: &Head, head_length: usize, asked: &Asked) -> (Expected, Option<usize>) {
        let limits = &self.setup.limits;
        let room = self.setup.receive - head_length;
        let head_end = self.start + head_length;
        let rest = &self.bytes[head_end..];
        let read_in = |room, keeping| {
            let length = match (asked.length, self.planted) {
                (Length::Sized(length), Planted::OffByOne) if length > 0 => Length::Sized(length + 1),
                (length, _) => length,
            };
            body::read(rest, length, keeping, room, self.setup)
        };
        let read = |keeping| read_in(room, keeping);
        let is_empty = asked.length == Length::Sized(0);
        let chunked_to = (asked.length == Length::Chunked).then(|| match read(Keeping::No).end {
            Ok(length) => head_end + length,
            Err(_) => self.bytes.len(),
        });
        let mut expected = Expected {
            method: head.method.clone(),
            head: Some(seen(head)),
            head_span: (self.start, head_end),
            expects_continue: asked.expects_continue,
            chunked_to,
            is_refused: false,
            closes: if asked.closes { Closes::Yes } else { Closes::No },
            ..self.refusal(0)
        };
        if limits.requests > 0 && self.number >= limits.requests as usize {
            expected.closes = Closes::Yes;
        }

        // Who answers.
        let is_forbidden = head.target.query.as_deref() == Some(FORBIDDEN);
        let mut found = if is_forbidden { Err(403) } else { route(head, self.setup) };
        if found.is_ok() && asked.is_other_websocket {
            found = Err(426);
        }
        if head.method == "CONNECT" {
            expected.closes = Closes::Yes; // RFC 9110 §9.3.6: what follows may be meant for the tunnel
        }
        // What is too large is refused before it comes.
        if let Ok((_, delivery, _)) = &found {
            let most = match delivery {
                Delivery::Whole => limits.content.min(room as u64),
                _ => limits.content,
            };
            if room == 0 && !is_empty {
                found = Err(431);
            } else if matches!(asked.length, Length::Sized(length) if length > most) {
                found = Err(413);
            } else if head.target.path == "/refusing" {
                found = Err(403);
            }
        }
        let (answer, delivery, closes) = match found {
            Ok((route, delivery, closes)) => (route, delivery, closes),
            Err(204) => (Route::Fixed(204, b""), Delivery::Left, false),
            Err(status) => (Route::Fails(status), Delivery::Left, false),
        };
        if closes {
            expected.closes = Closes::Yes;
        }

        // What comes of the content before the answer.
        let mut text = seen(head);
        let mut next = Some(head_end);
        let mut is_left = false;
        let mut cut = false;
        let mut is_unsized = !matches!(asked.length, Length::Sized(_));
        let fits = matches!(asked.length, Length::Sized(length) if length <= room as u64);
        let keeping = match delivery {
            Delivery::Whole => Keeping::Whole,
            Delivery::WhileItFits if is_unsized || fits => Keeping::WhileItFits,
            _ => Keeping::No,
        };
        expected.is_owed_continue = asked.expects_continue
            && !is_empty
            && match delivery {
                Delivery::Discarded | Delivery::Sink => true,
                Delivery::Streamed => head.method != "HEAD",
                _ => keeping != Keeping::No,
            };
        let refuse = |mut expected: Expected, status| {
            expected.status = status;
            expected.content = Said::Reason;
            expected.closes = Closes::Yes;
            expected.is_refused = true;
            (expected, None)
        };
        let is_head = head.method == "HEAD";
        match delivery {
            _ if is_empty => {}
            Delivery::Whole | Delivery::WhileItFits | Delivery::Discarded | Delivery::Sink => {
                let body = read(keeping);
                let streams = body.overflows || (delivery == Delivery::WhileItFits && keeping == Keeping::No);
                if delivery == Delivery::Sink && body.content.contains(&INDIGESTIBLE) {
                    return refuse(expected, 422);
                }
                match body.end {
                    Ok(length) => next = Some(head_end + length),
                    Err(_) if streams => cut = true,
                    Err(Stop::Refused(status)) => return refuse(expected, status),
                    Err(Stop::Incomplete) => return refuse(expected, self.incomplete()),
                }
                is_left = streams && is_head;
                cut &= !is_left;
                is_unsized |= delivery == Delivery::WhileItFits && keeping == Keeping::No;
                if delivery != Delivery::Discarded {
                    text.extend_from_slice(&body.content);
                }
            }
            Delivery::Streamed if is_head => is_left = true,
            Delivery::Streamed => {
                let body = read(Keeping::No);
                text.extend_from_slice(&body.content);
                match body.end {
                    Ok(length) => next = Some(head_end + length),
                    Err(_) => cut = true,
                }
            }
            Delivery::LeftBySource | Delivery::Left => is_left = true,
        }

        let (status, content) = match answer {
            Route::Digest => (200, Said::Whole(digest(&text).into_bytes())),
            Route::Text if cut => (200, Said::Cut(text)),
            Route::Text => (200, Said::Whole(text)),
            Route::Fixed(status, content) => (status, Said::Whole(content.to_vec())),
            Route::Fails(status) => (status, Said::Reason),
            Route::Param(value) => match decode(&value) {
                Some(value) => {
                    let text = [value.as_bytes(), b"\n", &text].concat();
                    (200, Said::Whole(digest(&text).into_bytes()))
                }
                None => (400, Said::Reason),
            },
        };
        expected.status = status;
        let has_content = !is_head && !matches!(status, 204 | 205 | 304);
        expected.content = if has_content { content } else { Said::Whole(Vec::new()) };
        // A length that nobody knows goes to the close where there is no chunked coding.
        let is_text_unsized = match head.target.path.as_str() {
            "/chunks" | "/waits" | "/stream" | "/either" | "/unread-stream" | "/unread-waits" => true,
            "/sized-stream" => is_unsized,
            _ => false,
        };
        if head.is_http10
            && has_content
            && is_text_unsized
            && matches!(expected.content, Said::Whole(_) | Said::Cut(_))
            && status == 200
        {
            expected.closes = Closes::Yes;
        }
        if cut {
            return (expected, None);
        }
        if is_left {
            // Unread content is read up to a bound, or the connection closes.
            let is_too_long = matches!(asked.length, Length::Sized(length) if length > limits.discard);
            if is_too_long {
                expected.closes = Closes::Yes;
            } else if asked.expects_continue && expected.closes == Closes::No {
                expected.closes = Closes::Perhaps;
            }
            // The head is no longer needed, so that all of the buffer is room.
            let body = read_in(self.setup.receive, Keeping::No);
            next = match body.end {
                Ok(length) if body.content.len() as u64 <= limits.discard => Some(head_end + length),
                _ => None,
            };
        }
        if expected.closes == Closes::Yes {
            next = None;
        }
        (expected, next)
    }
}

/// A head as the handlers of the application write it.
fn seen(head: &Head) -> Vec<u8> {
    let version = if head.is_http10 { "1.0" } else { "1.1" };
    let mut text = format!("{} {} {version}\n", head.method, head.target.whole).into_bytes();
    // What gateways confuse is hidden.
    for (name, value) in head.fields.iter().filter(|(name, _)| !name.contains('_')) {
        text.extend_from_slice(&[name.as_bytes(), b": ", value, b"\n"].concat());
    }
    text.push(b'\n');
    text
}

/// Percent-decoded text (RFC 3986 §2.1); `None` when it is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        if first == b'%' {
            let digits = core::str::from_utf8(&behind[..2]).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &behind[2..];
        } else {
            bytes.push(first);
        }
    }
    String::from_utf8(bytes).ok()
}
