//! What the bare loops answer: a constant, whatever is asked.

use memchr::memmem;

/// As many answers as leave in one write.
const BATCH: usize = 64;

/// The answers, and how requests are counted.
#[derive(Debug)]
pub struct Constant {
    /// One behind the other.
    answers: Vec<u8>,
    answer: usize,
    request: Option<usize>,
    /// Whether a connection ends behind its answer.
    pub closes: bool,
}

/// What has come on a connection of a request that is not whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    begun: usize,
}

impl Constant {
    /// Of these words: the bytes of the content, and the text that fills them; then the bytes of a request, or `line` to
    /// count blank lines; then `close` to close behind each answer.
    ///
    /// # Panics
    ///
    /// They are missing: the runner is to blame.
    pub fn read(words: &[String]) -> Self {
        let [content, text, request, end, ..] = words else { panic!("four words") };
        let content: usize = content.parse().expect("bytes of content");
        let content: Vec<u8> = text.bytes().cycle().take(content).collect();
        let closes = end == "close";
        let end = if closes { "Connection: close\r\n" } else { "" };
        let head = format!(
            "HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\n{end}Content-Type: text/plain\r\n\
             Content-Length: {}\r\n\r\n",
            content.len()
        );
        let mut one = head.into_bytes();
        one.extend(&content);
        let count = if content.len() < 4_096 { BATCH } else { 1 };
        Self { answers: one.repeat(count), answer: one.len(), request: request.parse().ok(), closes }
    }

    /// How many requests end in these bytes of a connection.
    pub fn requests(&self, seen: &mut Seen, bytes: &[u8]) -> usize {
        let Some(request) = self.request else { return memmem::find_iter(bytes, b"\r\n\r\n").count() };
        let all = seen.begun + bytes.len();
        seen.begun = all % request;
        all / request
    }

    /// The answers to so many requests, as far as they leave in one write.
    pub fn answers(&self, requests: usize) -> &[u8] {
        &self.answers[..(requests * self.answer).min(self.answers.len())]
    }
}
