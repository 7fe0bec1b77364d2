extern crate std;

use core::fmt::Write as _;
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::{BLOCK, Plain};
use crate::window::Window;

/// The member for a text in these pieces, given in windows of this length.
fn member_in_windows(pieces: &[&str], length: usize) -> Vec<u8> {
    let mut plain = Plain::default();
    pieces.iter().try_for_each(|piece| plain.write_str(piece)).expect("it takes all");
    let mut member = Vec::new();
    loop {
        let mut space = vec![0; length];
        let mut window = Window::new(member.len() as u64, &mut space);
        let outcome =
            plain.write_member(&mut window, |out| pieces.iter().try_for_each(|piece| out.write_str(piece)));
        let written = window.written();
        member.extend_from_slice(&space[..written]);
        if outcome.is_ok() {
            assert_eq!(member.len() as u64, plain.member_length());
            return member;
        }
        assert_eq!(written, length, "a window that is full");
    }
}

/// The text of a member, read by the letter of RFC 1951 and 1952, without its checksum.
fn text_of(member: &[u8]) -> Vec<u8> {
    assert_eq!(member[..4], [0x1f, 0x8b, 8, 0]);
    let (mut at, mut text) = (10, Vec::new());
    loop {
        let is_last = member[at] == 1;
        let length = u16::from_le_bytes([member[at + 1], member[at + 2]]);
        assert_eq!(!length, u16::from_le_bytes([member[at + 3], member[at + 4]]));
        text.extend_from_slice(&member[at + 5..at + 5 + usize::from(length)]);
        at += 5 + usize::from(length);
        if is_last {
            assert_eq!(member[at + 4..], u32::try_from(text.len()).expect("short").to_le_bytes());
            return text;
        }
        assert_eq!(member[at] & 0xfe, 0);
    }
}

#[test]
fn every_length_around_a_block() {
    let block = usize::try_from(BLOCK).expect("a small number");
    for length in [0, 1, 5, block - 1, block, block + 1, 2 * block, 2 * block + 1] {
        let text: String = ('a'..='z').cycle().take(length).collect();
        let (front, back) = text.split_at(length / 3);
        let member = member_in_windows(&[front, "", back], 1_000_000);
        assert!(text_of(&member) == text.as_bytes(), "{length}");
        assert!(member_in_windows(&[&text], 30_000) == member, "{length}: other pieces, other windows");
    }
}

#[test]
fn every_window_shows_its_part() {
    let pieces = ["ab", "c\u{e9}", "", "d"];
    let whole = member_in_windows(&pieces, 100);
    for length in 1..40 {
        assert_eq!(member_in_windows(&pieces, length), whole, "{length}");
    }
}

#[test]
fn the_checksum_is_that_of_gzip() {
    // The check value of CRC-32/ISO-HDLC, and those of few bytes.
    for (text, checksum) in [("123456789", 0xcbf4_3926_u32), ("", 0), ("a", 0xe8b7_be43)] {
        let member = member_in_windows(&[text], 100);
        assert_eq!(member[member.len() - 8..member.len() - 4], checksum.to_le_bytes(), "{text}");
    }
}

#[test]
fn a_text_that_grew_is_not_written() {
    let plain = Plain::default();
    let mut space = [0; 100];
    let mut window = Window::new(0, &mut space);
    assert!(plain.write_member(&mut window, |out| out.write_str("more")).is_err());
}
