//! The hardware address of our side of a TAP device.

use std::fs::File;
use std::io::Read;
use std::vec::Vec;

/// An address that stays the same for this machine and this name of an interface, and differs on the next machine: two
/// servers bridged into one network may both call their device `tap0`. `other` is the kernel's side, which must differ.
pub(super) fn derive(name: &str, other: [u8; 6]) -> [u8; 6] {
    from_seed(&machine(), name, other)
}

/// What tells this machine from others (machine-id(5)); nothing where there is no such file, as in some containers.
fn machine() -> Vec<u8> {
    let mut seed = Vec::new();
    // A file that cannot be read costs the difference between machines, no more.
    let _ = File::open("/etc/machine-id").and_then(|file| file.take(64).read_to_end(&mut seed));
    seed
}

fn from_seed(seed: &[u8], name: &str, other: [u8; 6]) -> [u8; 6] {
    let [.., first, b, c, d, e, last] = hash(seed, name.as_bytes()).to_be_bytes();
    // Locally administered, and of one station (IEEE 802 §8.4).
    let address = [first & 0xfc | 0x02, b, c, d, e, last];
    if address == other { [address[0], b, c, d, e, !last] } else { address }
}

/// FNV-1a with a byte between the two parts, and the high bits folded into the low ones.
fn hash(seed: &[u8], name: &[u8]) -> u64 {
    let bytes = seed.iter().chain(&[0]).chain(name);
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash ^ (hash >> 32)
}

#[cfg(test)]
mod tests;
