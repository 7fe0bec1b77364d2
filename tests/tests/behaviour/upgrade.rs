//! What becomes of an offer to go on in another protocol (RFC 9110 §7.8, RFC 6455 §4.2): what is not spoken here is
//! passed over, and a handshake for another WebSocket than version 13 is told which there is.

use bantam_core::limits::Limits;
use bantam_tests::answer::Answer;
use bantam_tests::app::demo;
use bantam_tests::case::{Case, check_in_memory, check_over_wires};
use bantam_tests::memory::Memory;
use bantam_tests::serves::{HELLO, LAST, Serves};

#[test]
fn in_memory_however_the_bytes_are_cut() {
    check_in_memory(&cases());
}

#[test]
fn over_sockets() {
    check_over_wires(&cases());
}

/// A handshake with these fields instead of those of version 13.
fn handshake(fields: &str) -> String {
    format!(
        "GET /plaintext HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{fields}\r\n"
    )
}

fn version(version: &str) -> String {
    handshake(&format!("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version:{version}\r\n"))
}

fn cases() -> Vec<Case> {
    let post = |fields: &str| {
        format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: Upgrade\r\n{fields}\r\nhello")
    };
    let old = |fields: &str| format!("GET /plaintext HTTP/1.0\r\nConnection: Upgrade\r\n{fields}\r\n");
    vec![
        // Nothing here speaks WebSocket yet: the answer is the one without it.
        Case::good("version 13", version(" 13"), HELLO),
        Case::good("version 13 without a blank", version("13"), HELLO),
        Case::good(
            "a handshake without a version",
            handshake("Upgrade: websocket\r\nConnection: Upgrade\r\n"),
            HELLO,
        ),
        Case::declined("version 8", 426, version(" 8")),
        Case::declined("version 0", 426, version(" 0")),
        Case::declined("version 99", 426, version(" 99")),
        Case::declined("version 013", 426, version(" 013")),
        Case::declined("version +13", 426, version(" +13")),
        Case::declined("an empty version", 426, version("")),
        Case::declined("a list of versions", 426, version(" 13, 8")),
        Case::declined("two versions", 426, version(" 13\r\nSec-WebSocket-Version: 8")),
        Case::declined(
            "version 8 in other case, among other protocols and options",
            426,
            handshake("uPGRADE: h2c, WebSocket\r\nCONNECTION: foo, UPGRADE\r\nsec-websocket-version: 8\r\n"),
        ),
        Case::good(
            "version 8 of another protocol",
            handshake("Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"),
            HELLO,
        ),
        Case::good(
            "version 8 without the connection option",
            handshake("Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"),
            HELLO,
        ),
        Case::good(
            "version 8 with an option that only begins like it",
            handshake("Upgrade: websocket\r\nConnection: upgrades\r\nSec-WebSocket-Version: 8\r\n"),
            HELLO,
        ),
        Case::good(
            "version 8 without Upgrade",
            handshake("Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"),
            HELLO,
        ),
        Case::good(
            "version 8 in a POST",
            post("Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"),
            "hello",
        ),
        Case::last("version 8 in HTTP/1.0", old("Upgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"), HELLO),
        Case::declined(
            "version 8 where there is no route",
            404,
            version(" 8").replace("/plaintext", "/nothing"),
        ),
        Case::good("another protocol", handshake("Upgrade: foo/2\r\nConnection: Upgrade\r\n"), HELLO),
        Case::good("several protocols", handshake("Upgrade: a, b\r\nConnection: Upgrade\r\n"), HELLO),
        Case::good("HTTP/2 in a POST", post("Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP\r\n"), "hello"),
        Case::good("a newer HTTP", handshake("Upgrade: HTTP/3.0\r\nConnection: Upgrade\r\n"), HELLO),
    ]
}

fn assert_names_version_13(answer: &Answer) {
    assert_eq!(answer.status, 426, "{answer:?}");
    assert_eq!(answer.field("Sec-WebSocket-Version"), Some("13"), "{answer:?}");
    assert_eq!(answer.field("Upgrade"), Some("websocket"), "{answer:?}");
}

#[test]
fn an_answer_that_names_a_protocol_says_so_in_connection() {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::<_, _>::new(&service);
    let answer = server.ask(version(" 8").as_bytes());
    assert_names_version_13(&answer);
    assert_eq!(answer.field("Connection"), Some("upgrade"), "{answer:?}");
    // HEAD is answered alike (RFC 9110 §9.3.2).
    let head = server.ask(version(" 8").replace("GET", "HEAD").as_bytes());
    assert_eq!((&head.fields, &head.content[..]), (&answer.fields, &b""[..]));
    // And in one that closes as well.
    let last = version(" 8").replace("Connection: Upgrade", "Connection: close, Upgrade");
    let bytes = server.converse(&[last.as_bytes(), LAST.as_bytes()], false);
    let answers = bantam_tests::answer::finals(&bytes, &["GET"]);
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_names_version_13(&answers[0]);
    assert_eq!(answers[0].field("Connection"), Some("close, upgrade"), "{:?}", answers[0]);
}
