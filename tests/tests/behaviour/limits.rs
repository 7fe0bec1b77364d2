//! What is just small enough is taken, what is larger is refused by its own status, and what has no end is cut off
//! before that end (RFC 9112 §3, §7.1.1; RFC 9110 §4.1, §5.4; RFC 6585 §5).

use bantam_core::limits::Limits;
use bantam_tests::answer;
use bantam_tests::app::demo;
use bantam_tests::case::{Case, check_every_cut, check_in_memory, check_over_wires};
use bantam_tests::memory::Memory;
use bantam_tests::serves::HELLO;

#[test]
fn in_memory_however_the_bytes_are_cut() {
    check_in_memory(&cases());
}

#[test]
fn over_sockets() {
    check_over_wires(&cases());
}

const REQUEST_LINE: usize = Limits::DEFAULT.request_line as usize;
const FIELD_SECTION: usize = Limits::DEFAULT.field_section as usize;
const FIELD_LINES: usize = Limits::DEFAULT.field_lines as usize;
const EMPTY_LINES: usize = Limits::DEFAULT.empty_lines as usize;
const CHUNK_EXTENSIONS: usize = Limits::DEFAULT.chunk_extensions as usize;
const TRAILER_SECTION: usize = Limits::DEFAULT.trailer_section as usize;

/// A request whose request line has this many bytes.
fn request_line(length: usize) -> String {
    let around = "GET /plaintext? HTTP/1.1".len();
    format!("GET /plaintext?{} HTTP/1.1\r\nHost: a\r\n\r\n", "q".repeat(length - around))
}

/// A request with these field lines behind `Host`.
fn fields(fields: &str) -> String {
    format!("GET /plaintext HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

/// A request whose header section has this many bytes, as far as its lines go.
fn section(length: usize) -> String {
    fields(&format!("X: {}\r\n", "v".repeat(length - "Host: a\r\n".len() - "X: \r\n".len() - "\r\n".len())))
}

fn chunked(body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
}

/// Content whose one chunk has an extension of this many bytes, from the semicolon to before the line end.
fn extension(length: usize) -> String {
    chunked(&format!("5;{}\r\nhello\r\n0\r\n\r\n", "e".repeat(length - 1)))
}

/// Content with a trailer section of this many bytes, as far as its lines go.
fn trailer(length: usize) -> String {
    chunked(&format!("5\r\nhello\r\n0\r\nX: {}\r\n\r\n", "t".repeat(length - "X: \r\n\r\n".len())))
}

fn cases() -> Vec<Case> {
    let empty_lines = |count: usize| "\r\n".repeat(count) + &fields("");
    vec![
        Case::good("a target of 8,000 bytes", request_line("GET  HTTP/1.1".len() + 8_000), HELLO),
        Case::good("a request line of the limit", request_line(REQUEST_LINE), HELLO),
        Case::refused("a request line over the limit", 414, request_line(REQUEST_LINE + 1)),
        Case::refused("a request line without end", 414, format!("GET /{}", "a".repeat(REQUEST_LINE + 100))),
        Case::refused("a method without end", 400, "M".repeat(REQUEST_LINE + 100)),
        Case::good("a field value of 8 kB", fields(&format!("X: {}\r\n", "v".repeat(8_192))), HELLO),
        Case::good("a header section of the limit", section(FIELD_SECTION), HELLO),
        Case::refused("a header section over the limit", 431, section(FIELD_SECTION + 1)),
        Case::refused(
            "a field line without end",
            431,
            format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(FIELD_SECTION + 500)),
        ),
        Case::refused(
            "a field name without end",
            431,
            format!("GET / HTTP/1.1\r\n{}", "a".repeat(FIELD_SECTION + 500)),
        ),
        Case::good("a hundred field lines", fields(&"X: y\r\n".repeat(99)), HELLO),
        Case::good("as many field lines as the limit", fields(&"X: y\r\n".repeat(FIELD_LINES - 1)), HELLO),
        Case::refused("more field lines than the limit", 431, fields(&"X: y\r\n".repeat(FIELD_LINES))),
        Case::good("a name of 255 bytes", fields(&format!("{}: a\r\n", "n".repeat(255))), HELLO),
        Case::refused("a name of 256 bytes", 431, fields(&format!("{}: a\r\n", "n".repeat(256)))),
        Case::good("as many empty lines as the limit", empty_lines(EMPTY_LINES), HELLO),
        Case::refused("more empty lines than the limit", 400, empty_lines(EMPTY_LINES + 1)),
        Case::good("a chunk extension of the limit", extension(CHUNK_EXTENSIONS), "hello"),
        Case::refused("a chunk extension over the limit", 400, extension(CHUNK_EXTENSIONS + 1)),
        Case::refused(
            "a chunk extension without end",
            400,
            chunked(&format!("5;{}", "e".repeat(CHUNK_EXTENSIONS + 100))),
        ),
        Case::refused(
            "chunk extensions that are over the limit together",
            400,
            chunked(&"1;eeeeeee\r\nx\r\n".repeat(CHUNK_EXTENSIONS / 8 + 1)),
        ),
        Case::good("a trailer section of the limit", trailer(TRAILER_SECTION), "hello"),
        Case::refused("a trailer section over the limit", 431, trailer(TRAILER_SECTION + 1)),
        Case::refused(
            "a trailer line without end",
            431,
            chunked(&format!("0\r\nX: {}", "t".repeat(TRAILER_SECTION + 100))),
        ),
        Case::refused(
            "trailer lines without end",
            431,
            chunked(&format!("0\r\n{}", "X: y\r\n".repeat(TRAILER_SECTION / 6 + 20))),
        ),
    ]
}

#[test]
fn what_has_no_end_is_cut_off_at_its_limit() {
    let service = demo(Limits::DEFAULT);
    let head = "GET / HTTP/1.1\r\nHost: a\r\n";
    let (chunks, line, repeated) = (chunked(""), "GET /".to_owned(), String::new());
    for (name, begin, endless, status, limit) in [
        ("request line", &line, "a", 414, REQUEST_LINE),
        ("method", &repeated, "M", 400, REQUEST_LINE),
        ("field line", &format!("{head}X: "), "v", 431, FIELD_SECTION),
        ("field lines", &head.to_owned(), "X: y\r\n", 431, FIELD_LINES * 6),
        ("empty lines", &repeated, "\r\n", 400, EMPTY_LINES * 2 + 2),
        ("chunk size", &chunks, "0", 400, 16),
        ("chunk extension", &format!("{chunks}5;"), "e", 400, CHUNK_EXTENSIONS),
        ("quoted chunk extension", &format!("{chunks}5;e=\""), "e", 400, CHUNK_EXTENSIONS),
        ("trailer line", &format!("{chunks}0\r\nX: "), "t", 431, TRAILER_SECTION),
        ("trailer lines", &format!("{chunks}0\r\n"), "X: y\r\n", 431, TRAILER_SECTION),
    ] {
        let mut server = Memory::<_, _>::new(&service);
        server.deliver(begin.as_bytes());
        let most = begin.len() + limit + endless.len() + 2;
        let mut sent = begin.len();
        for byte in endless.bytes().cycle().take(most) {
            if server.is_closed() {
                break;
            }
            server.deliver(&[byte]);
            sent += 1;
        }
        assert!(server.is_closed() && sent <= most, "{name}: {sent} bytes were taken, and more would be");
        let answers = answer::all(server.output(), &[]);
        assert_eq!(answers.len(), 1, "{name}: {answers:?}");
        assert!(answers[0].status == status && answers[0].says_close(), "{name}: {answers:?}");
    }
}

#[test]
fn a_small_server_has_small_limits() {
    let service = demo(Limits::SMALL);
    let mut server = Memory::<_, _, 4_096, 2_048>::new(&service);
    let limits = Limits::SMALL;
    let small = |limit: u16| usize::from(limit);
    check_every_cut(
        &[
            Case::good("a small request line", request_line(small(limits.request_line)), HELLO),
            Case::refused("a request line over it", 414, request_line(small(limits.request_line) + 1)),
            Case::good("a small header section", section(small(limits.field_section)), HELLO),
            Case::refused("a header section over it", 431, section(small(limits.field_section) + 1)),
            Case::good("few field lines", fields(&"X: y\r\n".repeat(small(limits.field_lines) - 1)), HELLO),
            Case::refused("more field lines", 431, fields(&"X: y\r\n".repeat(small(limits.field_lines)))),
            Case::good("a small trailer section", trailer(small(limits.trailer_section)), "hello"),
            Case::refused("a trailer section over it", 431, trailer(small(limits.trailer_section) + 1)),
        ],
        &mut server,
    );
}
