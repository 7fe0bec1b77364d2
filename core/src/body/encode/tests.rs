use super::*;
use crate::body::decode::{Decoded, Decoder};
use crate::framing::BodyLength;
use crate::limits::Limits;
use std::string::ToString;
use std::vec;
use std::vec::Vec;

/// Encodes `content` through spaces of `size` bytes, at most `step` bytes of content at a time; `None` when the space
/// is too small for any.
fn encode(mut encoder: Encoder, content: &[u8], size: usize, step: usize) -> Option<Vec<u8>> {
    let mut wire = Vec::new();
    let mut rest = content;
    loop {
        let mut space = vec![b'#'; size];
        let length = match encoder.content_space(&mut space) {
            Some(room) => {
                let length = room.len().min(step).min(rest.len());
                room[..length].copy_from_slice(&rest[..length]);
                length
            }
            None if encoder == Encoder::Sized(0) => return Some(wire),
            None => return None,
        };
        rest = &rest[length..];
        let used = encoder.frame(&mut space, length, rest.is_empty());
        wire.extend_from_slice(&space[..used]);
        assert!(used <= size);
        if rest.is_empty() {
            return Some(wire);
        }
    }
}

fn decode(wire: &[u8]) -> Vec<u8> {
    let mut buffer = wire.to_vec();
    let mut decoder = Decoder::new(BodyLength::Chunked);
    let mut at = Decoded { content_end: 0, unread: 0 };
    decoder.decode(&mut buffer, &mut at, &Limits::DEFAULT).unwrap();
    assert!(decoder.is_complete());
    assert_eq!(at.unread, wire.len());
    buffer.truncate(at.content_end);
    buffer
}

#[test]
fn what_is_chunked_decodes_to_the_same() {
    let content: Vec<u8> = (0..600).map(|at| (at % 251) as u8).collect();
    for size in 0..300 {
        for length in [0, 1, 2, 15, 16, 17, 255, 256, 257, 600] {
            for step in [1, 3, 16, 1_000] {
                match encode(Encoder::Chunked, &content[..length], size, step) {
                    Some(wire) => assert_eq!(decode(&wire), content[..length], "{size} {length} {step}"),
                    None => assert!(size < CHUNK_SIZE_LINE + 1 + 2 + 5, "{size} bytes hold a chunk"),
                }
            }
        }
    }
}

#[test]
fn a_chunk_is_never_larger_than_its_size_line() {
    let content = vec![7; 200_000];
    let wire = encode(Encoder::Chunked, &content, 150_000, usize::MAX).unwrap();
    assert_eq!(decode(&wire), content);
}

#[test]
fn the_wire_form_of_chunks() {
    let wire = encode(Encoder::Chunked, b"hello world", 18, 5).unwrap();
    assert_eq!(wire.escape_ascii().to_string(), r"5\r\nhello\r\n5\r\n worl\r\n1\r\nd\r\n0\r\n\r\n");
    assert_eq!(encode(Encoder::Chunked, b"", 64, 5).unwrap(), b"0\r\n\r\n");
}

#[test]
fn sized_content_keeps_to_its_size() {
    let mut encoder = Encoder::Sized(5);
    let mut space = [0; 16];
    assert_eq!(encoder.content_space(&mut space).unwrap().len(), 5);
    assert_eq!(encoder.frame(&mut space, 3, false), 3);
    assert!(encoder.owes_content());
    assert_eq!(encoder.content_space(&mut space).unwrap().len(), 2);
    assert_eq!(encoder.frame(&mut space, 2, false), 2);
    assert!(!encoder.owes_content());
    assert!(encoder.content_space(&mut space).is_none());
    assert!(Encoder::Sized(u64::MAX).content_space(&mut space).is_some_and(|room| room.len() == 16));
}

#[test]
fn content_until_the_close_stands_as_it_is() {
    assert_eq!(encode(Encoder::UntilClose, b"hello", 2, 9).unwrap(), b"hello");
    assert!(!Encoder::UntilClose.owes_content() && !Encoder::Chunked.owes_content());
}
