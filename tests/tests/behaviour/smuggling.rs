//! No request that hides in another is ever answered: every spelling of the two framing fields, in both orders, with a
//! request where a wrong reading would find one (RFC 9112 §6.1, §6.3, §11.2).

use bantam_core::limits::Limits;
use bantam_tests::answer;
use bantam_tests::app::demo;
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;
use bantam_tests::serves::{HELLO, HIDDEN, LAST, Serves};

/// How a field of lengths may be spelt, and whether it is one length that all readers agree on. Each is the length of
/// the whole body that is sent.
fn lengths(length: usize) -> Vec<(String, bool)> {
    let mut spellings = vec![(String::new(), true)];
    for (line, is_sound) in [
        ("Content-Length: N", true),
        ("content-length:\tN\t", true),
        ("Content-Length: 0N", false),
        ("Content-Length: +N", false),
        ("Content-Length: -N", false),
        ("Content-Length: N,N", false),
        ("Content-Length: N\r\nContent-Length: N", false),
        ("Content-Length: N\r\nContent-Length: 0", false),
        ("Content-Length: 0\r\nContent-Length: N", false),
        ("Content-Length: N,", false),
        ("Content-Length: \"N\"", false),
        ("Content-Length: N.0", false),
        ("Content-Length: N\u{a0}", false),
        ("Content-Length: \u{b}N", false),
        ("Content-Length: N\u{c}", false),
        ("Content-Length: N\0", false),
        ("Content-Length:\r\n N", false),
        ("Content-Length : N", false),
        ("Content-Length: 99999999999999999999999", false),
    ] {
        spellings.push((line.replace('N', &length.to_string()) + "\r\n", is_sound));
    }
    spellings
}

/// How a field of codings may be spelt, and whether it is chunked and nothing else.
fn codings() -> Vec<(String, bool)> {
    let mut spellings = vec![(String::new(), true)];
    for (line, is_sound) in [
        ("Transfer-Encoding: chunked", true),
        ("tRANSFER-eNCODING:\tCHUNKED\t", true),
        ("Transfer-Encoding: chunked,", false),
        ("Transfer-Encoding: ,chunked", false),
        ("Transfer-Encoding: chunked, chunked", false),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", false),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", false),
        ("Transfer-Encoding: identity", false),
        ("Transfer-Encoding: identity, chunked", false),
        ("Transfer-Encoding: chunked, identity", false),
        ("Transfer-Encoding: x-chunked", false),
        ("Transfer-Encoding: xchunked", false),
        ("Transfer-Encoding: chunkedx", false),
        ("Transfer-Encoding: \"chunked\"", false),
        ("Transfer-Encoding: chunked;q=1", false),
        ("Transfer-Encoding: gzip;q=1, chunked", false),
        ("Transfer-Encoding: chunked\u{a0}", false),
        ("Transfer-Encoding: \u{b}chunked", false),
        ("Transfer-Encoding: chunked\u{c}", false),
        ("Transfer-Encoding: chunked\0", false),
        ("Transfer-Encoding:\r\n chunked", false),
        ("Transfer-Encoding:", false),
        ("Transfer-Encoding : chunked", false),
        ("X: y\nTransfer-Encoding: chunked", false),
        ("X: y\rTransfer-Encoding: chunked", false),
    ] {
        spellings.push((format!("{line}\r\n"), is_sound));
    }
    spellings
}

/// A request with all of its bytes, and whether it is framed soundly.
struct Attempt {
    bytes: String,
    is_sound: bool,
}

fn attempts(method: &str, version: &str) -> Vec<Attempt> {
    // Read as chunks this ends at once, and the hidden request follows; read by its length it is all content.
    let body = format!("0\r\n\r\n{HIDDEN}");
    let mut attempts = Vec::new();
    for (length, is_length) in lengths(body.len()) {
        for (coding, is_coding) in codings() {
            let both = !length.is_empty() && !coding.is_empty();
            let is_coded = !coding.is_empty();
            let is_sound = is_length && is_coding && !both && !(is_coded && version == "HTTP/1.0");
            let is_chunked = is_coded && is_sound;
            if length.is_empty() && coding.is_empty() {
                continue; // what follows is then a request, for every reader
            }
            for fields in [format!("{length}{coding}"), format!("{coding}{length}")] {
                // Soundly chunked content ends before the hidden request, which is then none.
                let body = if is_chunked { "0\r\n\r\n" } else { &*body };
                let option = if version == "HTTP/1.0" { "Connection: keep-alive\r\n" } else { "" };
                let bytes = format!("{method} /plaintext {version}\r\nHost: a\r\n{option}{fields}\r\n{body}");
                attempts.push(Attempt { bytes, is_sound });
            }
        }
    }
    attempts
}

fn check(server: &mut dyn Serves, attempt: &Attempt, method: &str, pieces: &[&[u8]]) {
    let bytes = server.converse(pieces, false);
    let answers = answer::finals(&bytes, &[method, "GET"]);
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    let name = format!("{}: {:?}: {statuses:?}", server.name(), attempt.bytes);
    assert!(answers.iter().all(|answer| !answer.text().contains("smuggled")), "{name}");
    if attempt.is_sound {
        assert!(answers.len() == 2 && answers[1].text() == HELLO, "{name}");
    } else {
        assert!(answers.len() == 1 && matches!(statuses[0], 400 | 501), "{name}");
        assert!(answers[0].says_close(), "{name}");
    }
}

#[test]
fn no_spelling_hides_a_request_in_memory() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    for method in ["GET", "POST", "HEAD", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        for version in ["HTTP/1.1", "HTTP/1.0"] {
            for attempt in attempts(method, version) {
                let all = attempt.bytes.clone() + LAST;
                check(&mut server, &attempt, method, &[all.as_bytes()]);
                let pieces: Vec<_> = all.as_bytes().chunks(7).collect();
                check(&mut server, &attempt, method, &pieces);
                let head = attempt.bytes.find("\r\n\r\n").map_or(0, |at| at + 4);
                let (head, rest) = all.as_bytes().split_at(head);
                check(&mut server, &attempt, method, &[head, rest]);
            }
        }
    }
}

#[test]
fn no_spelling_hides_a_request_over_sockets() {
    let mut server = Running::start(demo(Limits::DEFAULT));
    for (method, version) in [("POST", "HTTP/1.1"), ("GET", "HTTP/1.0")] {
        for attempt in attempts(method, version).iter().step_by(3) {
            check(&mut server, attempt, method, &[attempt.bytes.as_bytes(), LAST.as_bytes()]);
        }
    }
}
