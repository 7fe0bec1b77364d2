//! What is done to a good request so that it is one no longer: the spellings by which recipients have been made to
//! differ, what passes a limit, and changed bytes.

use super::random::Random;
use super::requests::Draft;
use super::script::Setup;

/// A request line that no good client sends.
pub(super) fn spoil_line(random: &mut Random, draft: &mut Draft) {
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
pub(super) fn spoil_framing(random: &mut Random, draft: &mut Draft) {
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
pub(super) fn spoil_fields(random: &mut Random, draft: &mut Draft) {
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
pub(super) fn outgrow(random: &mut Random, setup: &Setup, draft: &mut Draft) {
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
pub(super) fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
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
