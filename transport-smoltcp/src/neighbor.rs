//! Where a newcomer is on the link. The stack would ask for it before it answers, but not more than once a second for all
//! of them together, so that a crowd of neighbours would wait for each other. The frame that the newcomer has sent says
//! it already; the stack is told so in the words in which a neighbour tells it.
//!
//! Who forges such frames can as well forge those words: on a link with strangers neither is believed with reason.

#[cfg(feature = "ipv6")]
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol, IpAddress,
};
#[cfg(feature = "ipv6")]
use smoltcp::wire::{
    Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv6Packet, Ipv6Repr, NdiscNeighborFlags, NdiscRepr,
};

use crate::slots::Ends;

/// Bytes of the longest announcement: Ethernet's header, that of IPv6, and an advertisement (RFC 4861 §4.4) with one option.
pub(crate) const LONGEST: usize = 14 + 40 + 24 + 8;

/// Writes the announcement that the peer has the hardware address `source`, to us who have `own`: an ARP reply (RFC 826)
/// or a neighbour advertisement. Its length in bytes; 0 when the ends are of different versions.
pub(crate) fn announce(
    ends: Ends,
    source: EthernetAddress,
    own: EthernetAddress,
    frame: &mut [u8; LONGEST],
) -> usize {
    let mut ethernet = EthernetFrame::new_unchecked(&mut frame[..]);
    ethernet.set_src_addr(source);
    ethernet.set_dst_addr(own);
    match (ends.peer.addr, ends.own) {
        (IpAddress::Ipv4(peer), IpAddress::Ipv4(address)) => {
            let reply = ArpRepr::EthernetIpv4 {
                operation: ArpOperation::Reply,
                source_hardware_addr: source,
                source_protocol_addr: peer,
                target_hardware_addr: own,
                target_protocol_addr: address,
            };
            ethernet.set_ethertype(EthernetProtocol::Arp);
            reply.emit(&mut ArpPacket::new_unchecked(ethernet.payload_mut()));
            EthernetFrame::<&[u8]>::buffer_len(reply.buffer_len())
        }
        #[cfg(feature = "ipv6")]
        (IpAddress::Ipv6(peer), IpAddress::Ipv6(address)) => {
            // Without the flag that overrides what is known.
            let advertisement = Icmpv6Repr::Ndisc(NdiscRepr::NeighborAdvert {
                flags: NdiscNeighborFlags::empty(),
                target_addr: peer,
                lladdr: Some(source.into()),
            });
            let packet = Ipv6Repr {
                src_addr: peer,
                dst_addr: address,
                next_header: IpProtocol::Icmpv6,
                payload_len: advertisement.buffer_len(),
                hop_limit: 255,
            };
            ethernet.set_ethertype(EthernetProtocol::Ipv6);
            let mut ip = Ipv6Packet::new_unchecked(ethernet.payload_mut());
            packet.emit(&mut ip);
            let mut icmp = Icmpv6Packet::new_unchecked(ip.payload_mut());
            advertisement.emit(&peer, &address, &mut icmp, &ChecksumCapabilities::default());
            EthernetFrame::<&[u8]>::buffer_len(packet.buffer_len() + advertisement.buffer_len())
        }
        #[allow(unreachable_patterns, reason = "without IPv6 there is one version")]
        _ => 0,
    }
}
