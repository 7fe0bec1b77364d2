use super::*;
use crate::limits::Limits;
use crate::parse::head::{HeadParser, Progress};
use std::format;
use std::string::String;

fn frame(version: &str, fields: &[&str]) -> Result<BodyLength, FramingError> {
    let fields: String = fields.iter().map(|line| format!("{line}\r\n")).collect();
    let head = format!("POST / HTTP/{version}\r\n{fields}\r\n");
    let mut lines = [FieldLine::EMPTY; 8];
    let found = HeadParser::at(0).parse(head.as_bytes(), &mut lines, &Limits::DEFAULT).unwrap();
    let Progress::Complete(head_read) = found else { panic!("incomplete") };
    body_length(head_read.line.version, &lines[..usize::from(head_read.field_lines)], head.as_bytes())
}

#[test]
fn one_field_line() {
    use FramingError::*;
    let cases: &[(&str, &str, Result<BodyLength, FramingError>)] = &[
        ("none", "A: b", Ok(BodyLength::Empty)),
        ("zero", "Content-Length: 0", Ok(BodyLength::Sized(0))),
        ("number", "content-length:\t42 ", Ok(BodyLength::Sized(42))),
        ("largest", "Content-Length: 18446744073709551615", Ok(BodyLength::Sized(u64::MAX))),
        ("overflow", "Content-Length: 18446744073709551616", Err(LengthTooLarge)),
        ("empty length", "Content-Length:", Err(BadLength)),
        ("plus", "Content-Length: +5", Err(BadLength)),
        ("minus", "Content-Length: -5", Err(BadLength)),
        ("hexadecimal", "Content-Length: 0x5", Err(BadLength)),
        ("leading zero", "Content-Length: 05", Err(LeadingZeros)),
        ("two zeros", "Content-Length: 00", Err(LeadingZeros)),
        ("inner blank", "Content-Length: 5 5", Err(BadLength)),
        ("underscore", "Content-Length: 1_0", Err(BadLength)),
        ("quotes", "Content-Length: \"5\"", Err(BadLength)),
        ("fraction", "Content-Length: 5.0", Err(BadLength)),
        ("non-ASCII digit", "Content-Length: \u{663}", Err(BadLength)),
        ("list of equals", "Content-Length: 5, 5", Err(RepeatedLength)),
        ("list of differing", "Content-Length: 5,6", Err(SeveralLengths)),
        ("list with an empty member", "Content-Length: 5,", Err(SeveralLengths)),
        ("chunked", "Transfer-Encoding: chunked", Ok(BodyLength::Chunked)),
        ("any case", "tRANSFER-eNCODING: ChUnKeD", Ok(BodyLength::Chunked)),
        ("blanks around", "Transfer-Encoding:\t chunked \t", Ok(BodyLength::Chunked)),
        ("no coding", "Transfer-Encoding:", Err(EmptyCoding)),
        ("another coding alone", "Transfer-Encoding: gzip", Err(NotChunkedLast)),
        ("identity", "Transfer-Encoding: identity", Err(NotChunkedLast)),
        ("another coding before", "Transfer-Encoding: gzip, chunked", Err(UnknownCoding)),
        ("with a parameter", "Transfer-Encoding: gzip;q=1, chunked", Err(UnknownCoding)),
        ("two others", "Transfer-Encoding: a, b, chunked", Err(UnknownCoding)),
        ("chunked not last", "Transfer-Encoding: chunked, gzip", Err(NotChunkedLast)),
        ("chunked twice", "Transfer-Encoding: chunked, chunked", Err(NotChunkedLast)),
        ("chunked twice, one in the middle", "Transfer-Encoding: chunked, a, chunked", Err(NotChunkedLast)),
        ("identity behind", "Transfer-Encoding: chunked, identity", Err(NotChunkedLast)),
        ("parameter of chunked", "Transfer-Encoding: chunked;a=b", Err(MalformedCoding)),
        ("bare parameter of chunked", "Transfer-Encoding: chunked;", Err(MalformedCoding)),
        ("blank and parameter", "Transfer-Encoding: chunked ;a", Err(MalformedCoding)),
        ("quotes", "Transfer-Encoding: \"chunked\"", Err(MalformedCoding)),
        ("single quotes", "Transfer-Encoding: 'chunked'", Err(NotChunkedLast)),
        ("prefix", "Transfer-Encoding: xchunked", Err(NotChunkedLast)),
        ("suffix", "Transfer-Encoding: chunkedx", Err(NotChunkedLast)),
        ("inner blank", "Transfer-Encoding: chun ked", Err(MalformedCoding)),
        ("two words", "Transfer-Encoding: gzip chunked", Err(MalformedCoding)),
        ("empty member before", "Transfer-Encoding: , chunked", Err(EmptyCoding)),
        ("empty member behind", "Transfer-Encoding: chunked,", Err(EmptyCoding)),
        ("empty member between", "Transfer-Encoding: gzip,,chunked", Err(EmptyCoding)),
        ("obs-text", "Transfer-Encoding: chunked\u{a0}", Err(MalformedCoding)),
        ("semicolon instead of comma", "Transfer-Encoding: gzip; chunked", Err(MalformedCoding)),
    ];
    for (name, line, expected) in cases {
        assert_eq!(frame("1.1", &[line]), *expected, "{name}");
        assert_eq!(frame("1.1", &["X: y", line, "Z:"]), *expected, "{name}, between others");
    }
}

#[test]
fn several_field_lines() {
    use FramingError::*;
    let length = "Content-Length: 5";
    let chunked = "Transfer-Encoding: chunked";
    let gzip = "Transfer-Encoding: gzip";
    let cases: &[(&str, &[&str], Result<BodyLength, FramingError>)] = &[
        ("equal lengths", &[length, length], Err(RepeatedLength)),
        ("differing lengths", &[length, "content-length: 6"], Err(SeveralLengths)),
        ("an empty length", &[length, "Content-Length:"], Err(SeveralLengths)),
        ("coding and length", &[chunked, length], Err(CodingAndLength)),
        ("length and coding", &[length, chunked], Err(CodingAndLength)),
        ("length zero and coding", &["Content-Length: 0", chunked], Err(CodingAndLength)),
        ("bad length and coding", &["Content-Length: x", chunked], Err(CodingAndLength)),
        ("length between codings", &[gzip, length, chunked], Err(CodingAndLength)),
        ("codings over two lines", &[gzip, chunked], Err(UnknownCoding)),
        ("codings in the wrong order", &[chunked, gzip], Err(NotChunkedLast)),
        ("chunked twice", &[chunked, chunked], Err(NotChunkedLast)),
        ("an empty line behind", &[chunked, "Transfer-Encoding:"], Err(EmptyCoding)),
        ("an empty line before", &["Transfer-Encoding:", chunked], Err(EmptyCoding)),
        (
            "other names do not count",
            &["Content_Length: 5", "X-Transfer-Encoding: chunked"],
            Ok(BodyLength::Empty),
        ),
    ];
    for (name, lines, expected) in cases {
        assert_eq!(frame("1.1", lines), *expected, "{name}");
        if let Err(error) = expected {
            assert_eq!(error.status().code(), if *error == UnknownCoding { 501 } else { 400 }, "{name}");
        }
    }
}

#[test]
fn http_1_0_has_no_codings() {
    assert_eq!(frame("1.0", &["Transfer-Encoding: chunked"]), Err(FramingError::CodingInHttp10));
    assert_eq!(frame("1.0", &["Transfer-Encoding: gzip, chunked"]), Err(FramingError::CodingInHttp10));
    let both = frame("1.0", &["Transfer-Encoding: chunked", "Content-Length: 5"]);
    assert_eq!(both, Err(FramingError::CodingInHttp10));
    assert_eq!(frame("1.0", &["Content-Length: 5"]), Ok(BodyLength::Sized(5)));
    assert_eq!(frame("1.0", &[]), Ok(BodyLength::Empty));
}

#[test]
fn every_error_names_its_section() {
    for error in [
        FramingError::CodingAndLength,
        FramingError::CodingInHttp10,
        FramingError::BadLength,
        FramingError::SeveralLengths,
        FramingError::LeadingZeros,
        FramingError::LengthTooLarge,
        FramingError::RepeatedLength,
        FramingError::NotChunkedLast,
        FramingError::MalformedCoding,
        FramingError::EmptyCoding,
        FramingError::UnknownCoding,
    ] {
        assert!(error.section().starts_with("RFC 91"), "{error:?}");
    }
}
