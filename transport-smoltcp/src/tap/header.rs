//! The virtio-net header that stands before every frame, in its shortest form of ten bytes (`struct virtio_net_hdr`,
//! virtio 1.2 §5.1.6). Its numbers are in the machine's order, as the tun module has them unless told otherwise.
//!
//! ```text
//!  0      1         2              4          6            8             10
//!  flags  gso_type  hdr_len        gso_size   csum_start   csum_offset   frame
//! ```

/// Length of the header, in bytes. Ten rather than twelve, so that behind an Ethernet header the IP header is aligned.
pub(super) const HEADER: usize = 10;

const NEEDS_CHECKSUM: u8 = 1;
const DATA_VALID: u8 = 2;
const NOT_CUT: u8 = 0;
const TCP_IPV4: u8 = 1;
const TCP_IPV6: u8 = 4;

/// What is known of the checksum of TCP or UDP in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checksum {
    /// Nothing: it stands in the frame and is still to be verified.
    Unknown,
    /// The kernel or the hardware found it right.
    Verified,
    /// It is still to be computed: the sum from `start` to the frame's end belongs `offset` bytes behind `start`.
    Partial {
        /// Where the sum begins, in bytes from the frame's first.
        start: u16,
        /// Where its place is, in bytes from `start`.
        offset: u16,
    },
}

/// How a frame that holds several TCP segments is to be cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Whether the segments go over IPv6.
    pub ipv6: bool,
    /// Bytes of headers that each segment repeats: Ethernet, IP and TCP.
    pub headers: u16,
    /// Most bytes of TCP content in one segment.
    pub content: u16,
}

impl Checksum {
    /// Reads what the kernel says of a frame's checksum.
    pub(super) const fn read(header: &[u8; HEADER]) -> Self {
        let [flags, _, _, _, _, _, start_0, start_1, offset_0, offset_1] = *header;
        if flags & NEEDS_CHECKSUM != 0 {
            Self::Partial {
                start: u16::from_ne_bytes([start_0, start_1]),
                offset: u16::from_ne_bytes([offset_0, offset_1]),
            }
        } else if flags & DATA_VALID != 0 {
            Self::Verified
        } else {
            Self::Unknown
        }
    }
}

/// The header of a frame to transmit. A frame to be cut needs a partial checksum, or the kernel refuses it.
pub(super) fn write(checksum: Checksum, cut: Option<Cut>) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    if let Checksum::Partial { start, offset } = checksum {
        header[0] = NEEDS_CHECKSUM;
        header[6..8].copy_from_slice(&start.to_ne_bytes());
        header[8..10].copy_from_slice(&offset.to_ne_bytes());
    }
    header[1] = match cut {
        None => NOT_CUT,
        Some(Cut { ipv6: false, .. }) => TCP_IPV4,
        Some(Cut { ipv6: true, .. }) => TCP_IPV6,
    };
    if let Some(cut) = cut {
        header[2..4].copy_from_slice(&cut.headers.to_ne_bytes());
        header[4..6].copy_from_slice(&cut.content.to_ne_bytes());
    }
    header
}

#[cfg(test)]
mod tests;
