//! Requests: good ones of every kind, and those that `spoilt` makes of them.

use super::app::FORBIDDEN;
use super::random::Random;
use super::script::Setup;
use super::spoilt::{mutate, outgrow, spoil_fields, spoil_framing, spoil_line};

const PATHS: &[&str] = &[
    "/digest",
    "/digest",
    "/echo",
    "/echo",
    "/chunks",
    "/waits",
    "/stream",
    "/stream",
    "/sized-stream",
    "/sized-stream",
    "/either",
    "/either",
    "/discarded",
    "/unread",
    "/unread-stream",
    "/unread-waits",
    "/sink",
    "/sink",
    "/refusing",
    "/static",
    "/large-static",
    "/nothing",
    "/not-modified",
    "/reset-content",
    "/error",
    "/close",
    "/outgrows",
    "/param/a",
    "/param/a%20b%2Fc",
    "/param/%ff",
    "/param/",
    "/rest/",
    "/rest/a/b%2fc//d",
    "/missing",
    "/",
];
const QUERIES: &[&str] = &["?", "?a=b&c", "?/?:@!$&'()*+,;=-.~%20"];
/// What paths begin with whose routes answer GET alone.
const FOR_GET: &[&str] = &[
    "/static",
    "/large-static",
    "/nothing",
    "/not-modified",
    "/reset-content",
    "/outgrows",
    "/param",
    "/rest",
];
const METHODS: &[&str] = &["GET", "GET", "HEAD", "POST", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// A request before it is written.
pub(super) struct Draft {
    pub(super) before: Vec<u8>,
    pub(super) line: String,
    pub(super) fields: Vec<Vec<u8>>,
    pub(super) body: Vec<u8>,
}

/// One request for this setup. One that `may_be_bad` often is.
pub fn request(random: &mut Random, setup: &Setup, may_be_bad: bool) -> Vec<u8> {
    let mut draft = good(random, setup);
    match random.below(20) {
        _ if !may_be_bad => {}
        0 => spoil_line(random, &mut draft),
        1 => spoil_framing(random, &mut draft),
        2 => spoil_fields(random, &mut draft),
        3 => outgrow(random, setup, &mut draft),
        _ => {}
    }
    let mut bytes = draft.write();
    if may_be_bad && random.once_in(10) {
        mutate(random, &mut bytes);
    }
    bytes
}

impl Draft {
    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = self.before.clone();
        bytes.extend_from_slice(self.line.as_bytes());
        bytes.extend_from_slice(b"\r\n");
        for field in &self.fields {
            bytes.extend_from_slice(field);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub(super) fn field(&mut self, line: impl Into<Vec<u8>>, random: &mut Random) {
        let at = random.below(self.fields.len() + 1);
        self.fields.insert(at, line.into());
    }
}

fn good(random: &mut Random, setup: &Setup) -> Draft {
    let before = if random.once_in(10) { b"\r\n".repeat(random.between(1, 2)) } else { Vec::new() };
    let path = *random.pick(PATHS);
    let mut target = path.to_owned();
    let method = match random.below(40) {
        0 => "BREW",
        1 => "TRACE",
        2..=4 => *random.pick(METHODS),
        _ if path == "/refusing" => "POST",
        _ if path == "/sink" => *random.pick(&["POST", "PUT"]),
        _ if FOR_GET.iter().any(|prefix| path.starts_with(prefix)) => *random.pick(&["GET", "GET", "HEAD"]),
        _ => *random.pick(METHODS),
    };
    match random.below(30) {
        0..=2 => target.push_str(random.pick::<&str>(QUERIES)),
        3 => target.push_str(&format!("?{FORBIDDEN}")),
        4 => target = format!("http://b:80{target}"),
        5 => target = format!("HTTPS://[::1]{target}"),
        6 if method == "OPTIONS" || random.once_in(4) => "*".clone_into(&mut target),
        7 if random.once_in(3) => "http://b".clone_into(&mut target),
        _ => {}
    }
    let mut line = format!("{method} {target} ");
    if random.once_in(60) {
        "CONNECT b:443 ".clone_into(&mut line);
    }
    let is_http10 = random.once_in(12);
    line.push_str(match random.below(20) {
        _ if is_http10 => "HTTP/1.0",
        0 => "HTTP/1.2",
        _ => "HTTP/1.1",
    });
    let mut draft = Draft { before, line, fields: Vec::new(), body: Vec::new() };
    draft.fields.push(random.pick(&["Host: a", "host:a:8080", "HOST:\t[::1]:80 "]).as_bytes().to_vec());
    for _ in 0..random.below(3) {
        let line: &[u8] = random.pick::<&[u8]>(&[
            b"Accept: */*",
            b"X:",
            b"X-Long: the quick brown fox jumps over the lazy dog",
            b"User-Agent:  a\tb ",
            b"X-Bytes: \xe9\xff",
            b"X-Request: GET /poison HTTP/1.1",
            b"Content-Type: text/plain",
            b"X_User: admin",
            b"Content_Length: 5",
            b"Transfer_Encoding: chunked",
            b"Upgrade: websocket",
            b"Upgrade: h2c, WebSocket",
            b"Sec-WebSocket-Version: 13",
        ]);
        draft.field(line, random);
    }
    if is_http10 && random.once_in(2) {
        draft.field("Connection: keep-alive", random);
    } else if random.once_in(16) {
        let options = *random.pick(&[
            "close",
            "Close",
            "x, close",
            "keep-alive",
            "closed",
            ",close,",
            "keep-alive, close",
        ]);
        draft.field(format!("Connection: {options}"), random);
    }
    if random.once_in(30) {
        draft.field("Upgrade: websocket", random);
        draft.field(
            *random.pick(&["Connection: Upgrade", "Connection: x, upgrade", "Connection: upgrades"]),
            random,
        );
        draft.field(
            *random.pick(&[
                "Sec-WebSocket-Version: 8",
                "sec-websocket-version: 13, 8",
                "Sec-WebSocket-Version:",
            ]),
            random,
        );
    }
    if random.once_in(10) {
        draft.field(
            *random.pick(&[
                "Expect: 100-continue",
                "expect:100-Continue",
                "Expect: 100-continue",
                "Expect: 100-continue",
                "Expect: 100-continue",
                "Expect: 100-continue, ,100-CONTINUE",
                "Expect: ,",
                "Expect: x",
            ]),
            random,
        );
    }
    let has_content = random.once_in(if matches!(method, "POST" | "PUT" | "PATCH") { 1 } else { 6 });
    if has_content {
        let head = draft.write().len() + 30;
        let content = content(random, setup.receive.saturating_sub(head));
        if is_http10 || random.once_in(2) {
            draft.field(format!("Content-Length: {}", content.len()), random);
            draft.body = content;
        } else {
            draft.field(*random.pick(&["Transfer-Encoding: chunked", "transfer-encoding:CHUNKED "]), random);
            draft.body = chunked(random, &content);
        }
    }
    draft
}

/// Content that looks like requests and like the end of chunks, of a length that often stands at a bound.
fn content(random: &mut Random, room: usize) -> Vec<u8> {
    let length = match random.below(10) {
        0 => 0,
        1..=5 => random.below(40),
        6 => random.below(400),
        7 => room.saturating_sub(20) + random.below(40),
        8 => *random.pick(&[19, 20, 21, 299, 300, 301, 1_999, 2_000, 2_001]),
        _ => random.below(3_000),
    };
    let mut content = Vec::new();
    while content.len() < length {
        match random.below(8) {
            0 => content.extend_from_slice(b"GET /digest HTTP/1.1\r\nHost: content\r\n\r\n"),
            1 => content.extend_from_slice(b"0\r\n\r\n"),
            2 => content.extend_from_slice(b"\r\n"),
            3 => content.push(random.byte()),
            4 if random.once_in(12) => content.push(b'!'),
            _ => content.extend_from_slice(b"the quick brown fox"),
        }
    }
    content.truncate(length);
    content
}

fn chunked(random: &mut Random, content: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut rest = content;
    let most = *random.pick(&[1, 5, 20, 300, 5_000]);
    let most = most.max(content.len() / 40 + 1);
    while !rest.is_empty() {
        let (chunk, behind) = rest.split_at(random.between(1, most).min(rest.len()));
        let size = chunk.len();
        let size = match random.below(8) {
            0 => format!("{size:X}"),
            1 => format!("{size:05x}"),
            _ => format!("{size:x}"),
        };
        body.extend_from_slice(size.as_bytes());
        if random.once_in(10) {
            body.extend_from_slice(extension(random).as_bytes());
        }
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(chunk);
        body.extend_from_slice(b"\r\n");
        rest = behind;
    }
    body.extend_from_slice(random.pick(&["0", "0", "0", "000"]).as_bytes());
    if random.once_in(10) {
        body.extend_from_slice(extension(random).as_bytes());
    }
    body.extend_from_slice(b"\r\n");
    if random.once_in(5) {
        for _ in 0..random.between(1, 2) {
            let line = *random.pick(&["A: b\r\n", "Content-Length: 5\r\n", "Host: trailer\r\n", "X:\r\n"]);
            body.extend_from_slice(line.as_bytes());
        }
        if random.once_in(6) {
            body.extend_from_slice(format!("Long: {}\r\n", "t".repeat(random.between(30, 500))).as_bytes());
        }
    }
    body.extend_from_slice(b"\r\n");
    body
}

fn extension(random: &mut Random) -> String {
    (*random.pick(&[";a", ";a=b", ";a=\"b;\\\"c\"", ";a=b;c", ";a=\"\""])).to_owned()
        + &if random.once_in(10) { format!(";{}", "x".repeat(random.between(1, 60))) } else { String::new() }
}
