use std::string::String;
use std::vec;
use std::vec::Vec;

use super::*;
use crate::message::range::{Asked, several};

const LENGTH: u64 = 5_000_000_000;

/// Parts at both ends of a representation of more than 4 GiB; the request has nothing to do with it.
fn parts(set: &str) -> Multipart<String> {
    let Asked::Ranges(spans) = several(set.as_bytes(), LENGTH) else { panic!("{set} is served") };
    let mut media_type = [b'b'; MEDIA_TYPE.len() + BOUNDARY];
    media_type[..MEDIA_TYPE.len()].copy_from_slice(MEDIA_TYPE);
    Multipart {
        spans,
        media_type,
        content_type: String::from("text/plain"),
        complete_length: LENGTH,
        part: 0,
        is_in_lines: true,
        offset: 0,
    }
}

fn byte_at(place: u64) -> u8 {
    (place % 251) as u8
}

/// Fills at most `most` bytes at a time.
fn read(most: usize) -> impl FnMut(u64, &mut [u8]) -> Option<usize> {
    move |place, space| {
        let length = space.len().min(most);
        space[..length].iter_mut().zip(place..).for_each(|(byte, place)| *byte = byte_at(place));
        Some(length)
    }
}

fn pulled(mut parts: Multipart<String>, room: usize, most: usize) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let mut space = vec![b'!'; room];
        match parts.pull(&mut space, read(most)) {
            Pulled::Bytes(length) => {
                assert!(length > 0, "room was given");
                content.extend_from_slice(&space[..length]);
            }
            Pulled::Last(length) => {
                content.extend_from_slice(&space[..length]);
                return content;
            }
            other => panic!("{other:?}"),
        }
        assert!(content.len() < 100_000, "it ends");
    }
}

#[test]
fn content_does_not_depend_on_the_room_it_is_given() {
    let set = "bytes=0-99,4294967290-4294967299,-3";
    let expected = {
        let mut expected = Vec::new();
        for (at, (start, end)) in
            [(0, 100), (4_294_967_290, 4_294_967_300), (LENGTH - 3, LENGTH)].into_iter().enumerate()
        {
            expected.extend_from_slice(if at > 0 { b"\r\n" } else { b"" });
            let lines = std::format!(
                "--bbbbbbbbbbbbbbbb\r\nContent-Type: text/plain\r\nContent-Range: bytes {start}-{}/{LENGTH}\r\n\r\n",
                end - 1
            );
            expected.extend_from_slice(lines.as_bytes());
            expected.extend((start..end).map(byte_at));
        }
        expected.extend_from_slice(b"\r\n--bbbbbbbbbbbbbbbb--\r\n");
        expected
    };
    assert_eq!(parts(set).len(), expected.len() as u64);
    for room in (1..200).chain([expected.len() - 1, expected.len(), expected.len() + 1, 65_536]) {
        for most in [1, 7, usize::MAX] {
            assert_eq!(pulled(parts(set), room, most), expected, "room of {room}, reads of {most}");
        }
    }
}

#[test]
fn parts_without_a_type_have_no_line_for_it() {
    let parts = parts("bytes=0-0,-1").map(|_| String::new());
    let length = parts.len();
    let content = pulled(parts, 1_000, 1_000);
    assert!(
        content.starts_with(b"--bbbbbbbbbbbbbbbb\r\nContent-Range: bytes 0-0/5000000000\r\n\r\n\0\r\n--")
    );
    assert_eq!(content.len() as u64, length);
}

#[test]
fn a_reader_that_fails_or_lies_ends_it() {
    type Read = fn(u64, &mut [u8]) -> Option<usize>;
    let readers: [Read; 3] = [|_, _| None, |_, _| Some(0), |_, space| Some(space.len() + 1)];
    for read in readers {
        let mut space = [0; 1_000];
        let mut parts = parts("bytes=0-99,-3");
        let Pulled::Bytes(length) = parts.pull(&mut space, read) else { panic!("the lines go out") };
        assert!(space[..length].ends_with(b"/5000000000\r\n\r\n"));
        assert_eq!(parts.pull(&mut space, read), Pulled::Failed);
    }
}

#[test]
fn no_room_is_no_end() {
    let mut parts = parts("bytes=0-99,-3");
    assert_eq!(parts.pull(&mut [], read(1)), Pulled::Bytes(0));
    assert_eq!(parts.media_type(), "multipart/byteranges; boundary=bbbbbbbbbbbbbbbb");
    assert_eq!(parts.spans().len(), 2);
}
