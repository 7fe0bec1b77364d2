//! One gzip member (RFC 1952) of bytes at hand, the same whenever it is made.

use alloc::vec::Vec;

use miniz_oxide::deflate::compress_to_vec;

/// Compresses as far as the coder goes: it is done once, and read often.
pub(super) fn compress(bytes: &[u8]) -> Vec<u8> {
    // No name, no time, made by the slowest algorithm on an unknown system (§2.3.1).
    let mut member = Vec::from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    member.extend(compress_to_vec(bytes, 10));
    member.extend(crc32(bytes).to_le_bytes());
    member.extend((bytes.len() as u32).to_le_bytes()); // modulo 2^32, as §2.3.1 says
    member
}

/// CRC-32 as in RFC 1952 §8, a bit at a time: a build script has the time.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(!0, byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums() {
        let cases: [(&[u8], u32); 4] =
            [(b"", 0), (b"a", 0xe8b7_be43), (b"123456789", 0xcbf4_3926), (&[0; 32], 0x190a_55ad)];
        for (bytes, crc) in cases {
            assert_eq!(crc32(bytes), crc);
        }
    }

    #[test]
    fn what_is_compressed_can_be_read() {
        for bytes in [&b""[..], b"a", &b"many times ".repeat(1_000)] {
            let member = compress(bytes);
            assert_eq!(member[..3], [0x1f, 0x8b, 8]);
            let (deflated, trailer) = member[10..].split_at(member.len() - 18);
            assert_eq!(miniz_oxide::inflate::decompress_to_vec(deflated).unwrap(), bytes);
            assert_eq!(trailer[..4], crc32(bytes).to_le_bytes());
            assert_eq!(trailer[4..], (bytes.len() as u32).to_le_bytes());
        }
    }
}
