//! What a request asks for, with as little reading as can be: the blank line is looked for, and two bytes at known
//! places tell the three requests of this bench apart. This is no parser, and is not meant to be one.

/// Where in the stream of requests a connection is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// Bytes of the request so far.
    seen: usize,
    /// The last four of them.
    last: u32,
    /// `p` of `/plaintext`, or `b` of `/bytes/`.
    sixth: u8,
    /// The blank behind `/bytes/1048576`, or another digit.
    nineteenth: u8,
}

const BLANK_LINE: u32 = u32::from_be_bytes(*b"\r\n\r\n");

impl Asked {
    /// Takes bytes up to the end of a request: how many, and the bytes of content it asks for, 0 for the plain text.
    /// Without an end in them all are taken.
    pub fn take(&mut self, bytes: &[u8]) -> (usize, Option<u64>) {
        for (at, byte) in bytes.iter().enumerate() {
            match self.seen {
                5 => self.sixth = *byte,
                18 => self.nineteenth = *byte,
                _ => {}
            }
            self.seen += 1;
            self.last = self.last << 8 | u32::from(*byte);
            if self.last == BLANK_LINE {
                let content = match (self.sixth, self.nineteenth) {
                    (b'b', b' ') => 1_048_576,
                    (b'b', _) => 10_485_760,
                    _ => 0,
                };
                *self = Self::default();
                return (at + 1, Some(content));
            }
        }
        (bytes.len(), None)
    }
}

/// The head of an answer with so much content.
pub fn head(content: u64) -> &'static [u8] {
    match content {
        1_048_576 => {
            b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 1048576\r\n\r\n"
        }
        _ => b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 10485760\r\n\r\n",
    }
}
