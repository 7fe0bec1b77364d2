//! The command line of the servers: device, address, size of rings, and words of their own.

use std::net::Ipv4Addr;

/// `DEVICE ADDRESS/LENGTH RING [WORD]...`, as the runner gives them.
#[derive(Clone, Debug)]
pub struct Arguments {
    /// Name of the TAP device.
    pub device: String,
    /// The server's own address.
    pub address: Ipv4Addr,
    /// Length of its prefix.
    pub prefix: u8,
    /// Bytes of each ring: one to receive, one to send, for each connection.
    pub ring: usize,
    words: Vec<String>,
}

impl Arguments {
    /// Reads them.
    ///
    /// # Panics
    ///
    /// They are missing: the runner is to blame.
    pub fn read() -> Self {
        let mut arguments = std::env::args().skip(1);
        let mut next = || arguments.next().expect("usage: DEVICE ADDRESS/LENGTH RING [WORD]...");
        let (device, address, ring) = (next(), next(), next());
        let (address, prefix) = address.split_once('/').expect("ADDRESS/LENGTH");
        Self {
            device,
            address: address.parse().expect("an IPv4 address"),
            prefix: prefix.parse().expect("a prefix length"),
            ring: ring.parse().expect("bytes of a ring"),
            words: arguments.collect(),
        }
    }

    /// Whether this word was given.
    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|given| given == word)
    }
}
