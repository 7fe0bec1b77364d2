//! Requests: good ones of every kind, attempts to be framed in two ways, and good ones with bytes changed.

use super::app::FORBIDDEN;
use super::random::Random;
use super::script::Setup;

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
struct Draft {
    before: Vec<u8>,
    line: String,
    fields: Vec<Vec<u8>>,
    body: Vec<u8>,
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
    fn write(&self) -> Vec<u8> {
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

    fn field(&mut self, line: impl Into<Vec<u8>>, random: &mut Random) {
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

/// A request line that no good client sends.
fn spoil_line(random: &mut Random, draft: &mut Draft) {
    let line = *random.pick(&[
        "GET  /digest HTTP/1.1",
        "GET /digest  HTTP/1.1",
        "GET\t/digest HTTP/1.1",
        "GET /digest HTTP/1.1 ",
        " GET /digest HTTP/1.1",
        "GET /digest",
        "GET",
        "",
        "GET /digest HTTP/2.0",
        "GET /digest HTTP/0.9",
        "GET /digest http/1.1",
        "GET /digest HTTP/1.10",
        "GET /digest HTTP/11",
        "GET digest HTTP/1.1",
        "GET /digest#a HTTP/1.1",
        "GET /dig\u{e9}st HTTP/1.1",
        "GET /%zz HTTP/1.1",
        "GET /%00 HTTP/1.1",
        "GET /%4 HTTP/1.1",
        "GET /a/../b HTTP/1.1",
        "GET /a/%2e%2E/b HTTP/1.1",
        "GET /a%2f.. HTTP/1.1",
        "GET /rest/.... HTTP/1.1",
        "GET * HTTP/1.1",
        "GET ftp://a/digest HTTP/1.1",
        "GET http://u@a/digest HTTP/1.1",
        "GET http:///digest HTTP/1.1",
        "GET http://a:99999/digest HTTP/1.1",
        "CONNECT /digest HTTP/1.1",
        "CONNECT a HTTP/1.1",
        "G(T /digest HTTP/1.1",
        "get /digest HTTP/1.1",
        "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / HTTP/1.1",
        "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM / HTTP/1.1",
        "\u{16}\u{3}\u{1}",
    ]);
    line.clone_into(&mut draft.line);
}

/// Lengths and codings in the spellings by which two recipients have been made to differ.
fn spoil_framing(random: &mut Random, draft: &mut Draft) {
    match random.below(4) {
        0 => {
            let (name, length) = (length_name(random), *random.pick(LENGTHS));
            draft.field(format!("{name}{length}"), random);
        }
        1 => {
            let (name, codings) = (coding_name(random), *random.pick(CODINGS));
            draft.field(format!("{name}{codings}"), random);
        }
        2 => {
            draft.fields.retain(|line| !line.to_ascii_lowercase().starts_with(b"content-length"));
            draft.fields.retain(|line| !line.to_ascii_lowercase().starts_with(b"transfer-encoding"));
            draft.body = random.pick(BODIES).as_bytes().to_vec();
            draft.field("Transfer-Encoding: chunked", random);
        }
        _ => {
            draft.fields.retain(|line| !line.to_ascii_lowercase().starts_with(b"content-length"));
            draft.fields.retain(|line| !line.to_ascii_lowercase().starts_with(b"transfer-encoding"));
            draft.body = b"5\r\nhello\r\n0\r\n\r\n".to_vec();
            let (name, codings) = (coding_name(random), *random.pick(CODINGS));
            draft.field(format!("{name}{codings}"), random);
        }
    }
}

fn length_name(random: &mut Random) -> &'static str {
    random.pick::<&str>(&[
        "Content-Length:",
        "content-length: ",
        "Content-Length :",
        "Content-Length\t:",
        " Content-Length: ",
        "Content-Length\r\n:",
    ])
}

fn coding_name(random: &mut Random) -> &'static str {
    random.pick::<&str>(&[
        "Transfer-Encoding:",
        "Transfer-Encoding: ",
        "transfer-encoding: ",
        "Transfer-Encoding : ",
        "\tTransfer-Encoding: ",
        "X: y\r\n Transfer-Encoding: ",
        "X: y\rTransfer-Encoding: ",
        "X: y\nTransfer-Encoding: ",
    ])
}

const LENGTHS: &[&str] = &[
    "5",
    "0",
    "00",
    "05",
    "+5",
    "-5",
    "-0",
    "0x5",
    "5.0",
    "5e0",
    "5;",
    "5 5",
    "5,5",
    "5, 6",
    "5,",
    ",5",
    "\"5\"",
    "",
    " \t",
    "5\u{b}",
    "5\0",
    "\u{ff15}",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999",
    "5\r\nContent-Length: 5",
    "5\r\nContent-Length: 6",
    "5\r\n 5",
    "5\r\nTransfer-Encoding: chunked",
    "9999999",
];

const CODINGS: &[&str] = &[
    "chunked",
    "Chunked",
    "chunked ",
    "xchunked",
    "chunke",
    "identity",
    "gzip",
    "gzip, chunked",
    "gzip;q=\"a\" , chunked",
    "gzip;q=\"a,b\", chunked",
    "chunked, gzip",
    "chunked, chunked",
    "chunked, identity",
    "identity, chunked",
    "chunked;a=b",
    "\"chunked\"",
    ",chunked",
    "chunked,",
    "",
    "chunk ed",
    "\u{b}chunked",
    "chunked\0",
    "chunked\r\nTransfer-Encoding: chunked",
    "chunked\r\nTransfer-Encoding: identity",
    "gzip\r\nTransfer-Encoding: chunked",
    "chunked\r\nContent-Length: 5",
    "\r\n chunked",
];

const BODIES: &[&str] = &[
    "5\r\nhello\r\n0\r\n\r\n",
    "5\r\nhelloo\r\n0\r\n\r\n",
    "5\r\nhell\r\n0\r\n\r\n",
    "5\r\nhelloXX0\r\n\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "5\r\nhello\r0\r\n\r\n",
    "5\nhello\r\n0\r\n\r\n",
    "5\rhello\r\n0\r\n\r\n",
    "5\r\nhello0\r\n\r\n",
    "+5\r\nhello\r\n0\r\n\r\n",
    "-5\r\nhello\r\n0\r\n\r\n",
    "0x5\r\nhello\r\n0\r\n\r\n",
    " 5\r\nhello\r\n0\r\n\r\n",
    "5 \r\nhello\r\n0\r\n\r\n",
    "5;\r\nhello\r\n0\r\n\r\n",
    "5; a\r\nhello\r\n0\r\n\r\n",
    "5 ;a\r\nhello\r\n0\r\n\r\n",
    "5;a =b\r\nhello\r\n0\r\n\r\n",
    "5;a=\r\nhello\r\n0\r\n\r\n",
    "5;a=\"b\r\nhello\r\n0\r\n\r\n",
    "5;a=\"b\\\n\"\r\nhello\r\n0\r\n\r\n",
    "5;a\nhello\r\n0\r\n\r\n",
    "5,5\r\nhello\r\n0\r\n\r\n",
    "5_\r\nhello\r\n0\r\n\r\n",
    "\r\nhello\r\n0\r\n\r\n",
    "g\r\nhello\r\n0\r\n\r\n",
    "00000000000000005\r\nhello\r\n0\r\n\r\n",
    "0000000000000005\r\nhello\r\n0\r\n\r\n",
    "10000000000000005\r\nhello\r\n0\r\n\r\n",
    "ffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "5\r\nhello\r\n0\r\n\n",
    "5\r\nhello\r\n0\n\r\n",
    "5\r\nhello\r\n-0\r\n\r\n",
    "5\r\nhello\r\n0\r\nA b\r\n\r\n",
    "5\r\nhello\r\n0\r\nA : b\r\n\r\n",
    "5\r\nhello\r\n0\r\n A: b\r\n\r\n",
    "5\r\nhello\r\n0\r\nA: b\n\r\n",
    "5\r\nhello\r\n0\r\nA: \0\r\n\r\n",
    "5\r\nhello\r\n\r\n",
    "0\r\n\r\n",
];

/// Field lines that no good client sends.
fn spoil_fields(random: &mut Random, draft: &mut Draft) {
    match random.below(4) {
        0 => {
            draft.fields.retain(|line| !line.to_ascii_lowercase().starts_with(b"host"));
            let host = *random.pick(&[
                "X: y",
                "Host:",
                "Host: a, b",
                "Host: u@a",
                "Host: a/b",
                "Host: a:x",
                "Host: a:99999",
                "Host: a:000001",
                "Host: [::1",
                "Host: [::1]a",
                "Host: [1::2::3]",
                "Host: a%41",
                "Host: a b",
                "Host: a:",
                "Host: [::1.2.3.4]:8",
            ]);
            draft.field(host, random);
        }
        1 => draft.field("Host: b", random),
        2 => {
            draft.fields.push(b"Content-Type: a/b".to_vec());
            draft.field("content-type: a/b", random);
        }
        _ => {
            let line: &[u8] = random.pick::<&[u8]>(&[
                b" folded: line",
                b"\tfolded",
                b"no colon",
                b": no name",
                b"sp ace: a",
                b"blank : a",
                b"NUL\0: a",
                b"A: \0",
                b"A: b\x7f",
                b"A: b\rc",
                b"A: b\nc",
                b"\xe9: a",
                b"(A): b",
                b"\r",
                b"A: b\r",
                b"A: \x0b",
            ]);
            draft.field(line, random);
        }
    }
}

/// A request that passes a limit, or just does not.
fn outgrow(random: &mut Random, setup: &Setup, draft: &mut Draft) {
    let near = |random: &mut Random, bound: usize| bound.saturating_sub(8) + random.below(16);
    let length = match random.below(3) {
        0 => near(random, usize::from(setup.limits.request_line).min(setup.receive)),
        1 => near(random, setup.receive),
        _ => near(random, usize::from(setup.limits.field_section).min(setup.receive)),
    };
    match random.below(6) {
        0 => {
            let target = "a".repeat(length.saturating_sub(14));
            draft.line = format!("GET /{target} HTTP/1.1");
        }
        1 => draft.line = format!("GET /param/{} HTTP/1.1", "%41".repeat(length / 3)),
        2 => {
            draft.field(format!("X: {}", "x".repeat(length.saturating_sub(draft.write().len() / 2))), random)
        }
        3 => {
            let many = near(random, usize::from(setup.limits.field_lines).min(setup.lines));
            (0..many).for_each(|_| draft.field("A:", random));
        }
        4 => draft.before = b"\r\n".repeat(random.between(1, 6)),
        _ => draft.field(format!("{}: a", "n".repeat(random.between(253, 258))), random),
    }
}

/// Changes, leaves out, doubles or inserts a few bytes.
fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..random.between(1, 3) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        let end = at + random.below((bytes.len() - at).min(6) + 1);
        match random.below(6) {
            0 => bytes[at] = random.byte(),
            1 => bytes[at] ^= 1 << random.below(8),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let doubled = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, doubled));
            }
            4 => {
                let piece: &[u8] = random.pick::<&[u8]>(&[
                    b"\r\n",
                    b"\n",
                    b"\r",
                    b"\r\n\r\n",
                    b" ",
                    b":",
                    b";",
                    b"0",
                    b"5",
                    b"f",
                    b"%",
                    b"\0",
                    b",",
                    b"\t",
                    b"\xe9",
                ]);
                drop(bytes.splice(at..at, piece.iter().copied()));
            }
            _ => {
                let piece: &[u8] = random.pick::<&[u8]>(&[b"\n", b"\r", b" ", b":", b"0", b"1", b"-"]);
                drop(bytes.splice(at..=at, piece.iter().copied()));
            }
        }
    }
}
