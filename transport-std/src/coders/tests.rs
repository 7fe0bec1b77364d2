//! Every coder keeps the contract of `Coder`, and other readers understand what it writes.

use bantam_core::middleware::compress::{Coded, Coder, Flush};

type Make = fn(u8) -> Box<dyn Coder>;
type Decode = fn(&[u8]) -> Vec<u8>;

/// Coders by name, with a decoder that gives what can be decoded of a front.
fn coders() -> Vec<(&'static str, Make, Decode)> {
    let mut coders: Vec<(&'static str, Make, Decode)> = Vec::new();
    #[cfg(feature = "zlib")]
    coders.push(("zlib", super::gzip::boxed, |coded| front(flate2::read::GzDecoder::new(coded))));
    #[cfg(feature = "brotli")]
    coders.push(("brotli", super::br::boxed, |coded| front(brotli::Decompressor::new(coded, 4_096))));
    #[cfg(feature = "zstd")]
    coders.push(("zstd", super::zst::boxed, |coded| {
        front(zstd::stream::read::Decoder::new(coded).expect("a decoder"))
    }));
    coders
}

/// What a reader gives before it misses something.
fn front(mut reader: impl std::io::Read) -> Vec<u8> {
    let mut content = Vec::new();
    let mut byte = [0; 512];
    while let Ok(length @ 1..) = reader.read(&mut byte) {
        content.extend_from_slice(&byte[..length]);
    }
    content
}

fn run(coder: &mut dyn Coder, mut input: &[u8], window: usize, flush: Flush, output: &mut Vec<u8>) {
    let mut space = vec![0; window];
    for step in 0.. {
        assert!(step < 10_000_000, "no end");
        let Coded { consumed, produced, done } = coder.code(input, &mut space, flush).expect("it works");
        output.extend(&space[..produced]);
        input = &input[consumed..];
        if done || (flush == Flush::None && input.is_empty() && produced < window) {
            assert!(input.is_empty());
            return;
        }
        assert!(consumed + produced > 0, "it stands still");
    }
}

fn contents() -> [(&'static str, Vec<u8>); 5] {
    let text = format!("{:?}", (0..3_000).collect::<Vec<u32>>()).into_bytes();
    let noise = (0..30_000_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 23) as u8).collect();
    [
        ("nothing", vec![]),
        ("a byte", vec![b'a']),
        ("text", text),
        ("zeros", vec![0; 100_000]),
        ("noise", noise),
    ]
}

#[test]
fn what_is_coded_is_decoded() {
    for (coder, make, decode) in coders() {
        for level in [0, 1, 4, 255] {
            let mut used = make(level);
            for (name, content) in contents() {
                for window in [1, 6, 63, 64, 1_000_000] {
                    let mut output = Vec::new();
                    used.reset();
                    run(&mut *used, &content, window, Flush::None, &mut output);
                    run(&mut *used, b"", window, Flush::Finish, &mut output);
                    assert!(decode(&output) == content, "{coder} {level}: {name}, window {window}");
                    if level == 255 && window == 1 {
                        break; // the highest levels are slow
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_flushed_can_be_decoded_at_once() {
    for (coder, make, decode) in coders() {
        for (name, content) in contents() {
            for (piece, window) in [(1, 1), (7, 5), (1_000, 6), (5_000, 70), (50_000, 100_000)] {
                let mut used = make(4);
                let mut output = Vec::new();
                let content = &content[..content.len().min(piece * 20)];
                for (number, part) in content.chunks(piece).enumerate() {
                    run(&mut *used, part, window, Flush::Sync, &mut output);
                    let length = output.len();
                    run(&mut *used, b"", window, Flush::Sync, &mut output);
                    assert_eq!(output.len(), length, "{coder}: a flush of nothing writes nothing");
                    let sent = (number * piece + part.len()).min(content.len());
                    assert!(
                        decode(&output) == content[..sent],
                        "{coder}: {name} by {piece}, window {window}"
                    );
                }
                run(&mut *used, b"", window, Flush::Finish, &mut output);
                assert!(decode(&output) == content, "{coder}: {name} by {piece}, window {window}, ended");
            }
        }
    }
}
