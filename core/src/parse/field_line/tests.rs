use super::*;
use crate::bytes::class::FIELD;
use std::vec;
use std::vec::Vec;

fn read(line: &[u8]) -> Result<(Vec<u8>, Vec<u8>), FieldLineError> {
    // At a start that is not zero, so that offsets count.
    let mut buffer = vec![b'#'; 11];
    buffer.extend_from_slice(line);
    buffer.extend_from_slice(b"\r\n");
    let found = parse(line, 11)?;
    assert_eq!(parse(line, 0)?.value(line), found.value(&buffer));
    Ok((found.name(&buffer).into(), found.value(&buffer).into()))
}

#[test]
fn well_formed_lines() {
    let cases: &[(&str, &[u8], &str, &[u8])] = &[
        ("plain", b"Host: a", "Host", b"a"),
        ("no blank", b"Host:a", "Host", b"a"),
        ("blanks around", b"a: \t b \t ", "a", b"b"),
        ("empty value", b"a:", "a", b""),
        ("blank value", b"a: \t ", "a", b""),
        ("colon in value", b"a: b:c", "a", b"b:c"),
        ("inner blanks", b"a: b \t c", "a", b"b \t c"),
        ("every kind of tchar", b"!#$%&'*+-.^_`|~09azAZ: v", "!#$%&'*+-.^_`|~09azAZ", b"v"),
        ("obs-text", b"a: \x80\xff", "a", b"\x80\xff"),
        ("one byte each", b"a:b", "a", b"b"),
    ];
    for (name, line, field, value) in cases {
        assert_eq!(read(line), Ok((field.as_bytes().into(), (*value).into())), "{name}");
    }
}

#[test]
fn refused_lines() {
    use FieldLineError::*;
    let cases: &[(&str, &[u8], FieldLineError)] = &[
        ("folded with a blank", b" a: b", Folded),
        ("folded with a tab", b"\ta: b", Folded),
        ("no colon", b"abc", MissingColon),
        ("no colon but other bytes", b"a=b", Name { at: 1 }),
        ("empty name", b": a", EmptyName),
        ("blank before the colon", b"a : b", BlankInName { at: 1 }),
        ("tab before the colon", b"ab\t: c", BlankInName { at: 2 }),
        ("blank in the name", b"a b: c", BlankInName { at: 1 }),
        ("bracket in the name", b"a[: c", Name { at: 1 }),
        ("non-ASCII name", b"\xc3\xa9: c", Name { at: 0 }),
        ("NUL in the name", b"a\0: c", Name { at: 1 }),
        ("NUL in the value", b"a: b\0c", Value { at: 4 }),
        ("CR in the value", b"a: b\rc", Value { at: 4 }),
        ("CR at the end", b"a: b\r", Value { at: 4 }),
        ("CR at the start", b"a:\rb", Value { at: 2 }),
        ("vertical tab", b"a: \x0b", Value { at: 3 }),
        ("DEL", b"a: \x7f", Value { at: 3 }),
        ("escape", b"a: \x1b[1m", Value { at: 3 }),
        ("a single CR", b"\r", MissingColon),
    ];
    for (name, line, error) in cases {
        assert_eq!(read(line), Err(*error), "{name}");
    }
}

#[test]
fn every_byte_is_judged() {
    for byte in 0..=255u8 {
        let value = read(&[b'a', b':', b'x', byte, b'x']).is_ok();
        assert_eq!(value, byte == b'\t' || (byte >= 0x20 && byte != 0x7f), "value byte {byte:#x}");
        let name = read(&[b'a', byte, b'a', b':', b'x']).is_ok();
        let token = byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        assert_eq!(name, token || byte == b':', "name byte {byte:#x}");
    }
}

#[test]
fn names_are_bounded_by_their_offset() {
    let line = |length: usize| [vec![b'a'; length], b": v".to_vec()].concat();
    assert!(read(&line(255)).is_ok());
    assert_eq!(read(&line(256)), Err(FieldLineError::NameTooLong));
}

#[test]
fn fields_of_the_connection_are_known_in_any_case() {
    let cases: &[(&[u8], Known)] = &[
        (b"hOsT: a", Known::Host),
        (b"CONTENT-LENGTH: a", Known::ContentLength),
        (b"transfer-Encoding: a", Known::TransferEncoding),
        (b"connection: a", Known::Connection),
        (b"Expect: a", Known::Expect),
        (b"content-type: a", Known::ContentType),
        (b"Hosts: a", Known::Other),
        (b"Most: a", Known::Other),
        (b"upGrade: a", Known::Upgrade),
        (b"sec-websocket-version: 8", Known::WebSocketVersion),
        (b"Content_Length: 1", Known::Underscored),
        (b"_: 1", Known::Underscored),
        (b"a__b_: 1", Known::Underscored),
    ];
    for (line, known) in cases {
        assert_eq!(parse(line, 0).unwrap().known(), *known, "{}", line.escape_ascii());
    }
}

#[test]
fn nothing_else_is_taken_for_a_field_of_the_connection() {
    let names: [&[u8]; 8] = [
        b"host",
        b"expect",
        b"upgrade",
        b"connection",
        b"content-type",
        b"content-length",
        b"transfer-encoding",
        b"sec-websocket-version",
    ];
    for name in names {
        let known = parse(&[name, b": a"].concat(), 0).unwrap().known();
        assert_ne!(known, Known::Other, "{}", name.escape_ascii());
        for at in 0..name.len() {
            for byte in (0..=255u8).filter(|&byte| crate::bytes::class::TOKEN.has(byte)) {
                let mut other = name.to_vec();
                other[at] = byte;
                let is_same = other.eq_ignore_ascii_case(name);
                let found = parse(&[&other[..], b": a"].concat(), 0).unwrap().known();
                assert_eq!(found == known, is_same, "{}", other.escape_ascii());
            }
        }
        assert_eq!(parse(&[name, b"s: a"].concat(), 0).unwrap().known(), Known::Other);
        assert_eq!(parse(&[&name[1..], b": a"].concat(), 0).unwrap().known(), Known::Other);
    }
}

#[test]
fn a_value_has_the_bytes_of_its_class_at_every_place() {
    for byte in 0..=u8::MAX {
        for place in [0, 1, 15, 16, 40, 69] {
            let mut value = [b'\t'; 70];
            value[30..].fill(b'a');
            value[place] = byte;
            assert_eq!(is_value(&value), FIELD.has(byte), "{byte:#04x} at {place}");
        }
    }
    assert!(is_value(b""));
}
