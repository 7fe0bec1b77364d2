use super::*;
use std::string::{String, ToString};
use std::{format, vec};

const LIMITS: Limits = Limits { content: 64, chunk_extensions: 24, trailer_section: 32, ..Limits::DEFAULT };

/// What became of a body: its content and how many bytes it took, or the content before the mistake and the mistake.
type Outcome = Result<(String, Option<usize>), (String, BodyError)>;

/// Feeds `wire` up to each of `cuts`, over a head of `before` bytes. Content stands right behind the head, and what
/// was not read behind that, as a connection leaves it.
fn feed(length: BodyLength, wire: &[u8], before: usize, cuts: impl Iterator<Item = usize>) -> Outcome {
    let mut decoder = Decoder::new(length);
    let mut buffer = vec![b'#'; before];
    let mut at = Decoded { content_end: before, unread: before };
    let mut fed = 0;
    for cut in cuts {
        buffer.extend_from_slice(&wire[fed..cut]);
        fed = cut;
        let outcome = decoder.decode(&mut buffer, &mut at, &LIMITS);
        let content = || String::from_utf8_lossy(&buffer[before..at.content_end]).to_string();
        assert_eq!(decoder.received(), (at.content_end - before) as u64);
        assert!(at.content_end <= at.unread && at.unread <= buffer.len());
        assert!(buffer[..before].iter().all(|&byte| byte == b'#'));
        if let Err(error) = outcome {
            return Err((content(), error));
        }
        if decoder.is_complete() {
            let left = buffer.len() - at.unread;
            assert_eq!(&buffer[at.unread..], &wire[cut - left..cut], "bytes behind the body");
            return Ok((content(), Some(cut - left)));
        }
        // A connection closes the gap between content and what was not read.
        let unread = buffer.split_off(at.unread);
        buffer.truncate(at.content_end);
        buffer.extend(unread);
        at.unread = at.content_end;
    }
    Ok((String::from_utf8_lossy(&buffer[before..at.content_end]).to_string(), None))
}

/// The one outcome of `wire`, whole, byte by byte, in every split, and with bytes behind it.
fn outcome(name: &str, length: BodyLength, wire: &[u8]) -> Outcome {
    let expected = feed(length, wire, 0, [wire.len()].into_iter());
    let is_unfinished = matches!(expected, Ok((_, None)));
    for behind in [&b""[..], b"GET / HTTP/1.1\r\n\r\n", b"\r\n", b"0\r\n\r\n", b"\xff"] {
        if is_unfinished && !behind.is_empty() {
            continue; // what follows would be part of it
        }
        let wire = [wire, behind].concat();
        for before in [0, 5] {
            assert_eq!(feed(length, &wire, before, 0..=wire.len()), expected, "{name}, byte by byte");
            for cut in 0..=wire.len() {
                let cuts = [cut, wire.len()].into_iter();
                assert_eq!(feed(length, &wire, before, cuts), expected, "{name}, cut at {cut}");
            }
        }
    }
    expected
}

#[test]
fn sized_bodies() {
    assert_eq!(outcome("empty", BodyLength::Empty, b""), Ok((String::new(), Some(0))));
    let found = outcome("five", BodyLength::Sized(5), b"hello");
    assert_eq!(found, Ok(("hello".to_string(), Some(5))));
    assert_eq!(outcome("cut", BodyLength::Sized(6), b"hello"), Ok(("hello".to_string(), None)));
    let found = outcome("too large", BodyLength::Sized(65), &[b'a'; 65]);
    assert_eq!(found, Err(("a".repeat(64), BodyError::ContentTooLarge)));
    assert_eq!(Decoder::new(BodyLength::Sized(9)).left(), Some(9));
    assert_eq!(Decoder::new(BodyLength::Chunked).left(), None);
    assert!(Decoder::new(BodyLength::Sized(0)).is_complete());
}

#[test]
fn chunked_bodies() {
    let cases: &[(&str, &str, &str)] = &[
        ("empty", "0\r\n\r\n", ""),
        ("one chunk", "5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
        (
            "hexadecimal, both cases",
            "a\r\n0123456789\r\nB\r\nabcdefghijk\r\n0\r\n\r\n",
            "0123456789abcdefghijk",
        ),
        ("leading zeros", "0005\r\nhello\r\n000\r\n\r\n", "hello"),
        ("sixteen digits", "0000000000000005\r\nhello\r\n0\r\n\r\n", "hello"),
        ("line ends as data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"),
        ("chunk lines as data", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"),
        ("extension name", "5;a\r\nhello\r\n0\r\n\r\n", "hello"),
        ("extension token", "5;a=b\r\nhello\r\n0;c\r\n\r\n", "hello"),
        ("extensions", "5;a=b;c;d=\"e\"\r\nhello\r\n0\r\n\r\n", "hello"),
        ("quoted", "5;a=\"b;c = \t\"\r\nhello\r\n0\r\n\r\n", "hello"),
        ("quoted, escapes", "5;a=\"\\\"\\\\\\x\"\r\nhello\r\n0\r\n\r\n", "hello"),
        ("quoted, empty", "5;a=\"\"\r\nhello\r\n0\r\n\r\n", "hello"),
        ("quoted obs-text", "5;a=\"\u{e9}\"\r\nhello\r\n0\r\n\r\n", "hello"),
        ("trailer", "5\r\nhello\r\n0\r\nA: b\r\n\r\n", "hello"),
        ("trailers", "0\r\nA: b\r\nC:\r\nContent-Length: 5\r\n\r\n", ""),
    ];
    for (name, wire, content) in cases {
        let found = outcome(name, BodyLength::Chunked, wire.as_bytes());
        assert_eq!(found, Ok((content.to_string(), Some(wire.len()))), "{name}");
        // Every beginning of it is unfinished, and no error.
        for length in 0..wire.len() {
            let found = feed(BodyLength::Chunked, wire.as_bytes(), 3, 0..=length);
            assert!(matches!(found, Ok((_, None))), "{name}, {length} bytes: {found:?}");
        }
    }
}

#[test]
fn refused_chunks() {
    use BodyError::*;
    let cases: &[(&str, &str, BodyError)] = &[
        ("no size", "\r\nhello", ChunkSize),
        ("no digit", "g\r\n", ChunkSize),
        ("blank before", " 5\r\nhello", ChunkSize),
        ("tab before", "\t5\r\nhello", ChunkSize),
        ("blank behind", "5 \r\nhello", ChunkBlank),
        ("tab behind", "5\t\r\nhello", ChunkBlank),
        ("blank before an extension", "5 ;a\r\nhello", ChunkBlank),
        ("plus", "+5\r\nhello", ChunkSize),
        ("minus", "-5\r\nhello", ChunkSize),
        ("0x", "0x5\r\nhello", ChunkSize),
        ("underscore", "1_0\r\n", ChunkSize),
        ("comma", "5,5\r\n", ChunkSize),
        ("fraction", "5.\r\n", ChunkSize),
        ("NUL", "5\0\r\n", ChunkSize),
        ("extension without size", ";a\r\n", ChunkSize),
        ("seventeen digits", "00000000000000005\r\n", ChunkSizeTooLong),
        ("overflow", "10000000000000000\r\n", ChunkSizeTooLong),
        ("LF behind the size", "5\nhello", LineEnd),
        ("LF first", "\n5\r\n", LineEnd),
        ("CR behind the size", "5\rhello", LineEnd),
        ("CR CR LF", "5\r\r\n", LineEnd),
        ("LF behind an extension", "5;a\nhello", ChunkExtension),
        ("LF in an extension value", "5;a=b\nhello", ChunkExtension),
        ("LF in quotes", "5;a=\"b\nc\"\r\n", ChunkExtension),
        ("CR in quotes", "5;a=\"b\r\nc\"\r\n", ChunkExtension),
        ("CR in an extension", "5;a\rb", LineEnd),
        ("empty extension", "5;\r\nhello", ChunkExtension),
        ("two semicolons", "5;;a\r\nhello", ChunkExtension),
        ("semicolon at the end", "5;a;\r\nhello", ChunkExtension),
        ("blank behind the semicolon", "5; a\r\nhello", ChunkBlank),
        ("blank behind a name", "5;a \r\nhello", ChunkBlank),
        ("blank before the value", "5;a= b\r\nhello", ChunkBlank),
        ("blank behind the value", "5;a=b \r\nhello", ChunkBlank),
        ("no value", "5;a=\r\nhello", ChunkExtension),
        ("no value, another", "5;a=;b\r\nhello", ChunkExtension),
        ("no name", "5;=b\r\nhello", ChunkExtension),
        ("two equals", "5;a==b\r\nhello", ChunkExtension),
        ("bytes behind the quotes", "5;a=\"b\"c\r\nhello", ChunkExtension),
        ("quotes behind a token", "5;a=b\"c\"\r\nhello", ChunkExtension),
        ("quotes as a name", "5;\"a\"=b\r\nhello", ChunkExtension),
        ("escaped control", "5;a=\"\\\r\n", ChunkExtension),
        ("DEL in quotes", "5;a=\"\x7f\"\r\n", ChunkExtension),
        ("NUL in quotes", "5;a=\"\0\"\r\n", ChunkExtension),
        ("extension with a bad byte", "5;a[\r\n", ChunkExtension),
        ("extensions too long", "5;abcdefghijklmnopqrstuvwxyz\r\n", ChunkExtensionsTooLong),
    ];
    for (name, wire, error) in cases {
        let found = outcome(name, BodyLength::Chunked, wire.as_bytes());
        assert_eq!(found, Err((String::new(), *error)), "{name}");
        let behind = format!("3\r\nabc\r\n{wire}");
        let found = outcome(name, BodyLength::Chunked, behind.as_bytes());
        assert_eq!(found, Err(("abc".to_string(), *error)), "{name}, second chunk");
    }
}

#[test]
fn refused_line_ends_and_trailers() {
    use BodyError::*;
    use FieldLineError as Line;
    let cases: &[(&str, &str, BodyError)] = &[
        ("data too long", "5\r\nhellox\r\n", LineEnd),
        ("LF behind the data", "5\r\nhello\n0\r\n\r\n", LineEnd),
        ("CR behind the data", "5\r\nhello\r0\r\n\r\n", LineEnd),
        ("nothing behind the data", "5\r\nhello0\r\n\r\n", LineEnd),
        ("data too short", "5\r\nhell\r\n0\r\n\r\n", LineEnd),
        ("LF as the end", "5\r\nhello\r\n0\r\n\n", LineEnd),
        ("LF behind a trailer line", "5\r\nhello\r\n0\r\nA: b\n\r\n", LineEnd),
        ("CR in a trailer line", "5\r\nhello\r\n0\r\nA: b\rc\r\n", Trailer(Line::Value { at: 4 })),
        ("folded trailer", "5\r\nhello\r\n0\r\nA: b\r\n c\r\n", Trailer(Line::Folded)),
        ("trailer without colon", "5\r\nhello\r\n0\r\nA\r\n", Trailer(Line::MissingColon)),
        ("trailer without name", "5\r\nhello\r\n0\r\n: b\r\n", Trailer(Line::EmptyName)),
        ("blank before the colon", "5\r\nhello\r\n0\r\nA : b\r\n", Trailer(Line::BlankInName { at: 1 })),
        ("NUL in a trailer", "5\r\nhello\r\n0\r\nA: \0\r\n", Trailer(Line::Value { at: 3 })),
        ("trailers too large", "5\r\nhello\r\n0\r\nA: 0123456789\r\nB: 01234567890\r\n\r\n", TrailerTooLarge),
        ("trailer line too large", "5\r\nhello\r\n0\r\n012345678901234567890123456789012", TrailerTooLarge),
    ];
    for (name, wire, error) in cases {
        let Err((content, found)) = outcome(name, BodyLength::Chunked, wire.as_bytes()) else {
            panic!("{name}")
        };
        assert_eq!(found, *error, "{name}");
        assert_eq!(content, &wire[3..8], "{name}, what came before");
        let status = if found == TrailerTooLarge { 431 } else { 400 };
        assert_eq!(found.status().code(), status, "{name}");
    }
}

#[test]
fn limits_hold_to_the_byte() {
    let trailer = |length: usize| format!("0\r\nA: {}\r\n\r\n", "b".repeat(length - 7));
    assert!(outcome("fits", BodyLength::Chunked, trailer(32).as_bytes()).is_ok());
    let found = outcome("trailer", BodyLength::Chunked, trailer(33).as_bytes());
    assert_eq!(found, Err((String::new(), BodyError::TrailerTooLarge)));
    let content = |length: usize| format!("1\r\na\r\n{length:x}\r\n{}\r\n0\r\n\r\n", "a".repeat(length));
    assert!(outcome("fits", BodyLength::Chunked, content(63).as_bytes()).is_ok());
    let found = outcome("content", BodyLength::Chunked, content(64).as_bytes());
    assert_eq!(found, Err(("a".repeat(64), BodyError::ContentTooLarge)));
    let found = outcome("largest size", BodyLength::Chunked, b"ffffffffffffffff\r\nabc");
    assert_eq!(found, Ok(("abc".to_string(), None)));
    // Extensions are counted over the whole message.
    let extensions = "1;abcdefghij\r\na\r\n".repeat(3);
    let found = outcome("extensions", BodyLength::Chunked, extensions.as_bytes());
    assert_eq!(found, Err(("aa".to_string(), BodyError::ChunkExtensionsTooLong)));
}

#[test]
fn the_part_that_a_byte_belongs_to() {
    let parts = |length: BodyLength, wire: &[u8]| {
        let (mut decoder, mut buffer) = (Decoder::new(length), wire.to_vec());
        let mut at = Decoded { content_end: 0, unread: 0 };
        let mut parts = vec![decoder.part()];
        for end in 1..=wire.len() {
            decoder.decode(&mut buffer[..end], &mut at, &LIMITS).unwrap();
            parts.push(decoder.part());
        }
        parts
    };
    use Part::*;
    assert_eq!(parts(BodyLength::Empty, b""), [Behind]);
    assert_eq!(parts(BodyLength::Sized(2), b"ab"), [Content { left: 2 }, Content { left: 1 }, Behind]);
    let line = [ChunkSize, ChunkSize, ChunkExtension, ChunkExtension, ChunkLineEnd];
    let data = [ChunkData { left: 2 }, ChunkData { left: 1 }, ChunkDataEnd, ChunkDataEnd];
    let last = [ChunkSize, ChunkSize, ChunkLineEnd, Trailer, Trailer, Behind];
    let all = [&line[..], &data, &last].concat();
    assert_eq!(parts(BodyLength::Chunked, b"2;a\r\nab\r\n0\r\n\r\n"), all);
}
