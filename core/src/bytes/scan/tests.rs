use super::*;
use std::vec;

#[test]
fn every_byte_at_every_place_is_judged_as_by_the_naive_reading() {
    for length in [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 150, 230] {
        let mut bytes = vec![b'a'; length];
        assert_eq!(from_control(&bytes).len(), 0);
        for place in 0..length {
            for byte in 0..=255u8 {
                bytes[place] = byte;
                assert_eq!(from_control(&bytes), naive(&bytes), "{byte:#x} at {place} of {length}");
            }
            bytes[place] = b'a';
        }
    }
}

#[test]
fn neighbours_of_a_control_byte_do_not_hide_or_move_it() {
    for first in 0..=255u8 {
        for second in 0..=255u8 {
            let mut bytes = vec![0xff; 120];
            for place in [0, 3, 6, 7, 15, 30, 31, 40, 63, 71, 111, 118] {
                (bytes[place], bytes[place + 1]) = (first, second);
                assert_eq!(from_control(&bytes), naive(&bytes), "{first:#x} {second:#x} at {place}");
                (bytes[place], bytes[place + 1]) = (0xff, 0xff);
            }
        }
    }
}

#[test]
fn words_and_blocks_agree() {
    for first in 0..=255u8 {
        for second in 0..=255u8 {
            let mut lanes = [0xff; word::LANES];
            (lanes[2], lanes[3]) = (first, second);
            let expected = lanes.iter().position(|&byte| is_control(byte));
            assert_eq!(word::first_control(&lanes), expected, "{first:#x} {second:#x}, word");
            let mut lanes = [0xff; block::LANES];
            (lanes[2], lanes[3]) = (first, second);
            assert_eq!(block::first_control(&lanes), expected, "{first:#x} {second:#x}, block");
        }
    }
}

#[test]
fn nothing_unusual_is_passed_over() {
    use crate::bytes::class::{PATH, PLAIN_NAME};
    for byte in 0..=255u8 {
        for place in 0..40 {
            let mut bytes = [b'a'; 40];
            bytes[place] = byte;
            let in_name = &bytes[..bytes.len() - from_unusual::<false>(&bytes).len()];
            assert!(PLAIN_NAME.has_all(in_name), "{byte:#x} at {place} of a name");
            let in_path = &bytes[..bytes.len() - from_unusual::<true>(&bytes).len()];
            assert!(PATH.has_all(in_path), "{byte:#x} at {place} of a path");
        }
    }
}
