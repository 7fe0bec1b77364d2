use std::vec;
use std::vec::Vec;

use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::*;

/// What the front of a gzip member decodes to, and how many bytes of DEFLATE that took.
fn decoded(coded: &[u8]) -> (Vec<u8>, usize) {
    let deflate = coded.strip_prefix(&HEADER).expect("a header");
    let mut content = vec![0; 1 << 20];
    let flags = TINFL_FLAG_HAS_MORE_INPUT | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, consumed, produced) =
        decompress(&mut DecompressorOxide::new(), deflate, &mut content, 0, flags);
    assert!(status as i8 >= 0, "{status:?}");
    content.truncate(produced);
    (content, consumed)
}

/// Whole content of a whole member, its trailer checked.
fn whole(coded: &[u8]) -> Vec<u8> {
    let (content, consumed) = decoded(coded);
    let trailer = &coded[HEADER.len() + consumed..];
    let mut crc = Crc32::NEW;
    content.iter().for_each(|byte| crc.update(&[*byte]));
    let expected = [crc.value().to_le_bytes(), (content.len() as u32).to_le_bytes()].concat();
    assert_eq!(trailer, expected);
    content
}

/// Puts pieces through a coder in windows of this size, `flush` behind every piece and the end behind all.
fn coded(coder: &mut dyn Coder, pieces: &[&[u8]], window: usize, flush: Flush) -> Vec<u8> {
    let mut output = Vec::new();
    for piece in pieces {
        run(coder, piece, window, flush, &mut output);
        if flush == Flush::Sync {
            let (content, consumed) = decoded(&output);
            assert_eq!(consumed + HEADER.len(), output.len(), "nothing is written behind the mark");
            assert!(content.ends_with(piece), "what was flushed can be decoded");
        }
    }
    run(coder, b"", window, Flush::Finish, &mut output);
    output
}

fn run(coder: &mut dyn Coder, mut input: &[u8], window: usize, flush: Flush, output: &mut Vec<u8>) {
    let mut space = vec![0; window];
    for step in 0.. {
        assert!(step < 10_000_000, "no end");
        let Coded { consumed, produced, done } = coder.code(input, &mut space, flush).unwrap();
        output.extend(&space[..produced]);
        input = &input[consumed..];
        if done || (flush == Flush::None && input.is_empty() && produced < window) {
            assert!(input.is_empty());
            return;
        }
        assert!(consumed + produced > 0, "it stands still");
    }
}

/// Text that codes well, and bytes that do not.
fn contents() -> Vec<(&'static str, Vec<u8>)> {
    let mut seed = 7_u32;
    let mut noise = |length: usize| -> Vec<u8> {
        let bytes = (0..length).map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24) as u8
        });
        bytes.collect()
    };
    let text = std::format!("{:?}", (0..4_000).collect::<Vec<u32>>()).into_bytes();
    vec![
        ("nothing", vec![]),
        ("a byte", b"a".to_vec()),
        ("text", text.clone()),
        ("zeros", vec![0; 300_000]),
        ("noise", noise(100_000)),
        ("both", [text.clone(), noise(5_000), text].concat()),
    ]
}

#[test]
fn what_is_coded_is_decoded() {
    for level in [0, 1, 6, 9, 255] {
        for (name, content) in contents() {
            for window in [1, 2, 3, 7, 512, 1 << 20] {
                let output = coded(&mut *Gzip::boxed(level), &[&content], window, Flush::None);
                assert_eq!(whole(&output), content, "{name}, level {level}, window {window}");
            }
        }
    }
}

#[test]
fn what_is_flushed_can_be_decoded_at_once() {
    for (name, content) in contents() {
        for (piece, window) in
            [(1, 1), (1, 1_024), (100, 5), (1_000, 4), (1_000, 6), (65_536, 9), (50_000, 1 << 20)]
        {
            let content = &content[..content.len().min(piece * 50)];
            let pieces: Vec<_> = content.chunks(piece).collect();
            let output = coded(&mut *Gzip::boxed(6), &pieces, window, Flush::Sync);
            assert_eq!(whole(&output), content, "{name} in pieces of {piece}, window {window}");
        }
    }
}

#[test]
fn a_flush_with_nothing_new_writes_nothing() {
    let mut coder = Gzip::boxed(6);
    let mut output = Vec::new();
    run(&mut *coder, b"content", 1_000, Flush::Sync, &mut output);
    let length = output.len();
    for _ in 0..3 {
        run(&mut *coder, b"", 1_000, Flush::Sync, &mut output);
    }
    assert_eq!(output.len(), length);
}

#[test]
fn a_coder_that_was_reset_is_as_good_as_new() {
    let mut used = Gzip::boxed(6);
    for (name, content) in contents() {
        let expected = coded(&mut *Gzip::boxed(6), &[&content], 1_000, Flush::None);
        // In the middle of other content, and at its end.
        used.code(b"something else", &mut [0; 20], Flush::None).unwrap();
        used.reset();
        for _ in 0..2 {
            assert_eq!(coded(&mut *used, &[&content], 1_000, Flush::None), expected, "{name}");
            used.reset();
        }
    }
}
