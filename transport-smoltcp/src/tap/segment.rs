//! TCP segments inside Ethernet frames: where they are, and their checksums. Bytes only, no device.
//!
//! smoltcp can be told to verify TCP checksums in all frames or in none. With offload it is told none, since the kernel
//! leaves most of them uncomputed; whatever the kernel does not vouch for is therefore verified here, before smoltcp
//! sees it. The segment is found by smoltcp's own readers, so that both agree on what is one.

use core::num::NonZeroU16;
use core::ops::Range;

use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, IpAddress, IpProtocol, Ipv4Packet, Ipv6ExtHeader, Ipv6Packet, TcpPacket,
    checksum,
};

use super::header::{Checksum, Cut};

/// Length of the Ethernet header.
pub(super) const ETHERNET: usize = 14;

/// Where the checksum stands in a TCP header (RFC 9293 §3.1).
const CHECKSUM_OFFSET: u16 = 16;

/// A TCP segment within a frame.
struct Segment {
    source: IpAddress,
    destination: IpAddress,
    /// Its bytes, counted from the frame's first: the IP packet's length rules, not the frame's, which may be padded.
    bytes: Range<usize>,
    /// Only a part of it is here (RFC 791 §2.3).
    is_fragment: bool,
}

impl Segment {
    /// The TCP segment that smoltcp would find in this frame, if any.
    fn find(frame: &[u8]) -> Option<Self> {
        let ethernet = EthernetFrame::new_checked(frame).ok()?;
        match ethernet.ethertype() {
            EthernetProtocol::Ipv4 => Self::find_ipv4(ethernet.payload()),
            EthernetProtocol::Ipv6 => Self::find_ipv6(ethernet.payload()),
            _ => None,
        }
    }

    fn find_ipv4(packet: &[u8]) -> Option<Self> {
        let packet = Ipv4Packet::new_checked(packet).ok()?;
        (packet.next_header() == IpProtocol::Tcp).then(|| Self {
            source: packet.src_addr().into(),
            destination: packet.dst_addr().into(),
            bytes: ETHERNET + usize::from(packet.header_len())..ETHERNET + usize::from(packet.total_len()),
            is_fragment: packet.more_frags() || packet.frag_offset() != 0,
        })
    }

    fn find_ipv6(packet: &[u8]) -> Option<Self> {
        let packet = Ipv6Packet::new_checked(packet).ok()?;
        let mut start = ETHERNET + packet.header_len();
        let mut next = packet.next_header();
        // The one extension header that smoltcp looks behind.
        if next == IpProtocol::HopByHop {
            let options = Ipv6ExtHeader::new_checked(packet.payload()).ok()?;
            next = options.next_header();
            start += 2 + options.payload().len();
        }
        (next == IpProtocol::Tcp).then(|| Self {
            source: packet.src_addr().into(),
            destination: packet.dst_addr().into(),
            bytes: start..ETHERNET + packet.total_len(),
            is_fragment: false,
        })
    }

    fn is_right(&self, frame: &[u8]) -> bool {
        let segment = frame.get(self.bytes.clone()).and_then(|bytes| TcpPacket::new_checked(bytes).ok());
        segment.is_some_and(|segment| segment.verify_checksum(&self.source, &self.destination))
    }
}

/// Whether smoltcp may have this frame, of which the kernel says what `known` tells. It may not when its TCP checksum is
/// wrong or cannot be verified. A checksum still to be computed is computed, except where nobody will look at it.
pub(super) fn admit(frame: &mut [u8], known: Checksum) -> bool {
    let segment = Segment::find(frame);
    let Some(segment) = segment else {
        return match known {
            Checksum::Partial { start, offset } => complete(frame, start.into(), offset.into()),
            Checksum::Verified | Checksum::Unknown => true,
        };
    };
    if segment.is_fragment {
        return false;
    }
    match known {
        Checksum::Verified => true,
        // The bytes never left this machine's memory: there is nothing to compare them with.
        Checksum::Partial { start, offset: CHECKSUM_OFFSET } if usize::from(start) == segment.bytes.start => {
            true
        }
        // The sum is that of something else, such as a packet inside a tunnel.
        Checksum::Partial { start, offset } => {
            complete(frame, start.into(), offset.into()) && segment.is_right(frame)
        }
        Checksum::Unknown => segment.is_right(frame),
    }
}

/// Computes a checksum that was left partial. What lies outside the frame makes it `false`, and nothing changes.
fn complete(frame: &mut [u8], start: usize, offset: usize) -> bool {
    let Some(summed) = frame.get_mut(start..) else { return false };
    let sum = !checksum::data(summed);
    // Zero means "none" in UDP (RFC 768); the other zero of ones' complement is right everywhere.
    let sum = if sum == 0 { u16::MAX } else { sum };
    let Some(place) = summed.get_mut(offset..).and_then(|rest| rest.first_chunk_mut()) else { return false };
    *place = sum.to_be_bytes();
    true
}

/// Leaves the checksum of a frame to transmit to the kernel if it is of TCP, and the cutting too if `content` tells the
/// bytes of content per segment. `None` means that it cannot be cut.
pub(super) fn delegate(frame: &mut [u8], content: Option<NonZeroU16>) -> Option<(Checksum, Option<Cut>)> {
    let Some((start, headers, ipv6)) = begin(frame) else {
        return content.is_none().then_some((Checksum::Unknown, None));
    };
    let cut = content
        .filter(|content| frame.len() > usize::from(headers) + usize::from(content.get()))
        .map(|content| Cut { ipv6, headers, content: content.get() });
    Some((Checksum::Partial { start, offset: CHECKSUM_OFFSET }, cut))
}

/// Writes the sum of the pseudo-header (RFC 9293 §3.1) where the kernel continues it. Tells where the segment starts,
/// where its content starts, and whether it goes over IPv6.
fn begin(frame: &mut [u8]) -> Option<(u16, u16, bool)> {
    let segment = Segment::find(frame)?;
    let length = u32::try_from(segment.bytes.len()).ok()?;
    let start = u16::try_from(segment.bytes.start).ok()?;
    let mut packet = TcpPacket::new_checked(frame.get_mut(segment.bytes)?).ok()?;
    let (source, destination) = (&segment.source, &segment.destination);
    packet.set_checksum(checksum::pseudo_header(source, destination, IpProtocol::Tcp, length));
    Some((start, start + u16::from(packet.header_len()), matches!(segment.source, IpAddress::Ipv6(_))))
}

#[cfg(test)]
mod tests;
