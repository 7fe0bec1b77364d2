//! Frames are put together by hand, and judged by smoltcp's own readers.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::num::NonZeroU16;
use std::vec;
use std::vec::Vec;

use smoltcp::wire::{IpAddress, Ipv4Packet, TcpPacket};

use super::{Segment, admit, complete, delegate};
use crate::tap::header::{Checksum, Cut};

const SOURCE_4: [u8; 4] = [10, 0, 0, 1];
const DESTINATION_4: [u8; 4] = [10, 0, 0, 2];
const SOURCE_6: [u8; 16] = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const DESTINATION_6: [u8; 16] = [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
const TCP: u8 = 6;
const UDP: u8 = 17;
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
/// A hop-by-hop header of eight bytes, padding only, with TCP behind it.
const PADDING: [u8; 8] = [TCP, 0, 1, 4, 0, 0, 0, 0];

/// An Ethernet frame of this type.
fn ethernet(kind: u16, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    frame.extend(kind.to_be_bytes());
    frame.extend(content);
    frame
}

/// An IPv4 frame with so many bytes of options.
fn ipv4(protocol: u8, options: usize, flags: u16, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + options + content.len()).unwrap();
    let mut packet = vec![0x45 + u8::try_from(options / 4).unwrap(), 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0, 0]);
    packet.extend(flags.to_be_bytes());
    packet.extend([64, protocol, 0, 0]);
    packet.extend(SOURCE_4.iter().chain(&DESTINATION_4));
    packet.resize(20 + options, 1);
    packet.extend(content);
    Ipv4Packet::new_unchecked(&mut packet[..]).fill_checksum();
    ethernet(0x0800, &packet)
}

/// An IPv6 frame.
fn ipv6(next: u8, content: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
    packet.extend([next, 64]);
    packet.extend(SOURCE_6.iter().chain(&DESTINATION_6));
    packet.extend(content);
    ethernet(0x86dd, &packet)
}

/// A TCP segment without a checksum, with so many bytes of options and of content.
fn tcp(options: usize, content: usize) -> Vec<u8> {
    let mut segment = vec![0x80, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1];
    segment.extend([u8::try_from(5 + options / 4).unwrap() << 4, 0x18, 1, 0, 0, 0, 0, 0]);
    segment.resize(20 + options, 1);
    segment.extend((0..content).map(|at| at.to_le_bytes()[0] ^ 0x5a));
    segment
}

fn addresses(is_ipv4: bool) -> (IpAddress, IpAddress) {
    if is_ipv4 {
        (Ipv4Addr::from(SOURCE_4).into(), Ipv4Addr::from(DESTINATION_4).into())
    } else {
        (Ipv6Addr::from(SOURCE_6).into(), Ipv6Addr::from(DESTINATION_6).into())
    }
}

/// The same segment with the checksum that smoltcp computes.
fn summed(is_ipv4: bool, mut segment: Vec<u8>) -> Vec<u8> {
    let (source, destination) = addresses(is_ipv4);
    TcpPacket::new_unchecked(&mut segment[..]).fill_checksum(&source, &destination);
    segment
}

fn is_right(is_ipv4: bool, segment: &[u8]) -> bool {
    let (source, destination) = addresses(is_ipv4);
    TcpPacket::new_checked(segment).unwrap().verify_checksum(&source, &destination)
}

fn padded(mut frame: Vec<u8>) -> Vec<u8> {
    frame.resize(frame.len() + 6, 0xee);
    frame
}

/// Frames with a TCP segment whose checksum is right, by name, and where the segment starts.
fn frames() -> Vec<(&'static str, Vec<u8>, usize)> {
    let four = |options, content| summed(true, tcp(options, content));
    let six = |options, content| summed(false, tcp(options, content));
    vec![
        ("ipv4, no content", ipv4(TCP, 0, 0, &four(0, 0)), 34),
        ("ipv4, one byte", ipv4(TCP, 0, 0, &four(0, 1)), 34),
        ("ipv4, odd length", ipv4(TCP, 0, 0x4000, &four(12, 1447)), 34),
        ("ipv4, even length", ipv4(TCP, 0, 0x4000, &four(12, 1448)), 34),
        ("ipv4, longest options of both", ipv4(TCP, 40, 0, &four(40, 100)), 74),
        ("ipv4, padded", padded(ipv4(TCP, 0, 0, &four(0, 0))), 34),
        ("ipv4, the longest packet", ipv4(TCP, 0, 0, &four(0, 65_535 - 40)), 34),
        ("ipv6, no content", ipv6(TCP, &six(0, 0)), 54),
        ("ipv6, odd length", ipv6(TCP, &six(12, 1427)), 54),
        ("ipv6, padded", padded(ipv6(TCP, &six(0, 3))), 54),
        ("ipv6, the longest packet", ipv6(TCP, &six(0, 65_535 - 20)), 54),
        ("ipv6, behind hop-by-hop options", ipv6(HOP_BY_HOP, &[&PADDING[..], &six(0, 9)].concat()), 62),
    ]
}

#[test]
fn a_right_checksum_is_admitted_and_each_flipped_bit_is_not() {
    for (name, frame, start) in frames() {
        let mut admitted = frame.clone();
        assert!(admit(&mut admitted, Checksum::Unknown), "{name}");
        assert!(admitted == frame, "{name}: changed");
        // Ports, sequence number, checksum, content, and the last byte of the segment.
        let end = Segment::find(&frame).unwrap().bytes.end;
        for at in [start, start + 3, start + 7, start + 16, start + 19, end - 1] {
            let mut damaged = frame.clone();
            damaged[at] ^= 0x10;
            assert!(!admit(&mut damaged, Checksum::Unknown), "{name}: byte {at}");
        }
        // An address is part of the sum as well.
        let mut damaged = frame.clone();
        damaged[29] ^= 0x10;
        assert!(!admit(&mut damaged, Checksum::Unknown), "{name}: address");
    }
}

#[test]
fn what_the_kernel_vouches_for_is_admitted_unchanged() {
    for (name, mut frame, start) in frames() {
        frame[start + 16..start + 18].copy_from_slice(&[0xde, 0xad]);
        let untouched = frame.clone();
        let start = u16::try_from(start).unwrap();
        for known in [Checksum::Verified, Checksum::Partial { start, offset: 16 }] {
            assert!(admit(&mut frame, known), "{name}: {known:?}");
            assert!(frame == untouched, "{name}: {known:?}: changed");
        }
    }
}

#[test]
fn a_partial_sum_of_something_else_does_not_vouch() {
    for (name, frame, start) in frames() {
        let start = u16::try_from(start).unwrap();
        for (start, offset) in [(start + 1, 16), (start, 18), (start, 6), (0, 16), (14, 10)] {
            let mut damaged = frame.clone();
            let sequence = Segment::find(&frame).unwrap().bytes.start + 5;
            damaged[sequence] ^= 1;
            // Should the sum mend the segment by chance, it is right; what may not be is that nobody looked.
            let known = Checksum::Partial { start, offset };
            if admit(&mut damaged, known) {
                let segment = Segment::find(&damaged).unwrap();
                assert!(
                    is_right(
                        segment.source.version() == smoltcp::wire::IpVersion::Ipv4,
                        &damaged[segment.bytes]
                    ),
                    "{name}: {known:?}"
                );
            }
        }
        // Where the sum is said to lie outside.
        for (start, offset) in
            [(65_535, 65_535), (65_535, 0), (u16::try_from(frame.len().min(65_000)).unwrap(), 65_535)]
        {
            assert!(
                !admit(&mut frame.clone(), Checksum::Partial { start, offset }),
                "{name}: {start} {offset}"
            );
        }
    }
}

#[test]
fn parts_of_segments_are_refused_whatever_is_said() {
    for (name, flags) in [("first", 0x2000), ("middle", 0x2010), ("last", 0x0010)] {
        let frame = ipv4(TCP, 0, flags, &summed(true, tcp(0, 8)));
        for known in [Checksum::Unknown, Checksum::Verified, Checksum::Partial { start: 34, offset: 16 }] {
            assert!(!admit(&mut frame.clone(), known), "{name}: {known:?}");
        }
    }
}

#[test]
fn what_is_no_tcp_is_left_to_the_stack() {
    let segment = summed(true, tcp(0, 8));
    let mut wrong = segment.clone();
    wrong[16] ^= 1;
    let tagged = [&[0, 5, 8, 0][..], &ipv4(TCP, 0, 0, &wrong)[14..]].concat();
    for (name, mut frame) in [
        ("nothing", vec![]),
        ("shorter than Ethernet", vec![0; 13]),
        ("Ethernet only", ethernet(0x0800, &[])),
        ("ARP", ethernet(0x0806, &[0; 28])),
        ("a VLAN tag", ethernet(0x8100, &tagged)),
        ("UDP", ipv4(UDP, 0, 0, &wrong)),
        ("ipv4, cut off in its header", ipv4(TCP, 0, 0, &wrong)[..33].to_vec()),
        ("ipv4, shorter than it says", ipv4(TCP, 0, 0, &wrong)[..50].to_vec()),
        ("ipv6, cut off in its header", ipv6(TCP, &wrong)[..53].to_vec()),
        ("ipv6, shorter than it says", ipv6(TCP, &wrong)[..60].to_vec()),
        ("ipv6, behind a routing header", ipv6(ROUTING, &[&PADDING[..], &wrong].concat())),
        ("ipv6, hop-by-hop options longer than the packet", ipv6(HOP_BY_HOP, &[TCP, 255, 1, 4, 0, 0, 0, 0])),
        ("ipv6, hop-by-hop options cut off", ipv6(HOP_BY_HOP, &[TCP])),
        (
            "ipv6, options before options",
            ipv6(HOP_BY_HOP, &[&[HOP_BY_HOP, 0, 1, 4, 0, 0, 0, 0], &PADDING[..], &wrong].concat()),
        ),
    ] {
        let untouched = frame.clone();
        assert!(admit(&mut frame, Checksum::Unknown), "{name}");
        assert!(frame == untouched, "{name}: changed");
        assert_eq!(delegate(&mut frame, None), Some((Checksum::Unknown, None)), "{name}");
        assert_eq!(delegate(&mut frame, NonZeroU16::new(1)), None, "{name}: it cannot be cut");
        assert!(frame == untouched, "{name}: changed");
    }
}

#[test]
fn tcp_too_short_for_its_header_is_refused() {
    for (name, mut frame) in [
        ("ipv4, nothing", ipv4(TCP, 0, 0, &[])),
        ("ipv4, 19 bytes", ipv4(TCP, 0, 0, &tcp(0, 0)[..19])),
        ("ipv4, options missing", ipv4(TCP, 0, 0, &tcp(40, 0)[..30])),
        ("ipv6, nothing", ipv6(TCP, &[])),
        ("ipv6, 19 bytes", ipv6(TCP, &tcp(0, 0)[..19])),
        ("ipv6, nothing behind hop-by-hop options", ipv6(HOP_BY_HOP, &PADDING)),
    ] {
        assert!(!admit(&mut frame, Checksum::Unknown), "{name}");
        assert_eq!(delegate(&mut frame, None), Some((Checksum::Unknown, None)), "{name}");
    }
}

#[test]
fn a_checksum_left_to_the_kernel_comes_out_right() {
    for (name, frame, start) in frames() {
        // The kernel sums to the end of the frame, and smoltcp never pads.
        if name.ends_with("padded") {
            continue;
        }
        let mut sent = frame.clone();
        sent[start + 16..start + 18].fill(0);
        let partial = Checksum::Partial { start: u16::try_from(start).unwrap(), offset: 16 };
        assert_eq!(delegate(&mut sent, None), Some((partial, None)), "{name}");
        // As the kernel would.
        assert!(complete(&mut sent, start, 16), "{name}");
        assert!(sent == frame, "{name}");
    }
}

#[test]
fn frames_to_cut_tell_their_headers() {
    let cut = |ipv6, headers, content| Some(Cut { ipv6, headers, content });
    let four = |options, content| ipv4(TCP, 0, 0, &tcp(options, content));
    let six = |options, content| ipv6(TCP, &tcp(options, content));
    for (name, mut frame, content, expected) in [
        ("two segments", four(0, 2920), 1460, cut(false, 54, 1460)),
        ("one byte more than one", four(0, 1461), 1460, cut(false, 54, 1460)),
        ("exactly one", four(0, 1460), 1460, None),
        ("less than one", four(0, 1), 1460, None),
        ("no content", four(0, 0), 1, None),
        ("with options", four(12, 60_000), 1448, cut(false, 66, 1448)),
        ("with options of IP", ipv4(TCP, 8, 0, &tcp(12, 3000)), 1448, cut(false, 74, 1448)),
        ("the longest", four(0, 65_495), 65_494, cut(false, 54, 65_494)),
        ("ipv6", six(12, 60_000), 1428, cut(true, 86, 1428)),
        ("ipv6, exactly one", six(12, 1428), 1428, None),
    ] {
        let (_, cut) = delegate(&mut frame, NonZeroU16::new(content)).unwrap();
        assert_eq!(cut, expected, "{name}");
    }
}

#[test]
fn sums_are_completed_in_place_or_not_at_all() {
    // RFC 1071 §3: these words sum to 0xddf2.
    let words = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
    for (name, frame, start, offset, expected) in [
        ("at the end", [&words[..], &[0, 0]].concat(), 0, 8, Some((8, [0x22, 0x0d]))),
        (
            "what stands before is not summed",
            [&[9, 9, 9], &words[..], &[0, 0]].concat(),
            3,
            8,
            Some((11, [0x22, 0x0d])),
        ),
        ("an odd last byte", [&words[..], &[0, 0, 1]].concat(), 0, 8, Some((8, [0x21, 0x0d]))),
        ("zero becomes the other zero", vec![0xff, 0xff, 0, 0], 0, 2, Some((2, [0xff, 0xff]))),
        ("half outside", words.to_vec(), 0, 7, None),
        ("outside", words.to_vec(), 0, 8, None),
        ("start at the end", words.to_vec(), 8, 0, None),
        ("start outside", words.to_vec(), 9, 0, None),
        ("nothing", vec![], 0, 0, None),
    ] {
        let mut completed = frame.clone();
        assert_eq!(complete(&mut completed, start, offset), expected.is_some(), "{name}");
        let mut right = frame;
        if let Some((at, sum)) = expected {
            right[at..at + 2].copy_from_slice(&sum);
        }
        assert_eq!(completed, right, "{name}");
    }
}

#[test]
fn udp_of_this_machine_gets_the_checksum_that_the_stack_verifies() {
    let mut datagram = vec![0, 67, 0, 68, 0, 11, 0, 0, 1, 2, 3];
    let (source, destination) = addresses(true);
    let sum =
        smoltcp::wire::checksum::pseudo_header(&source, &destination, smoltcp::wire::IpProtocol::Udp, 11);
    datagram[6..8].copy_from_slice(&sum.to_be_bytes());
    let mut frame = ipv4(UDP, 0, 0, &datagram);
    assert!(admit(&mut frame, Checksum::Partial { start: 34, offset: 6 }));
    let whole = smoltcp::wire::checksum::combine(&[sum, smoltcp::wire::checksum::data(&frame[34..])]);
    assert_eq!(whole, 0xffff);
}

#[test]
fn no_bytes_panic() {
    let known = [Checksum::Unknown, Checksum::Verified, Checksum::Partial { start: 34, offset: 16 }];
    for (name, frame, _) in frames() {
        let head = frame.len().min(90);
        for length in (0..head).chain([frame.len()]) {
            for known in known {
                admit(&mut frame[..length].to_vec(), known);
            }
            delegate(&mut frame[..length].to_vec(), NonZeroU16::new(1));
        }
        // Every byte of the headers with every value.
        for at in 12..head {
            for value in 0..=255 {
                let mut changed = frame[..head].to_vec();
                changed[at] = value;
                for known in known {
                    admit(&mut changed.clone(), known);
                }
                delegate(&mut changed, NonZeroU16::new(u16::from(value) + 1));
            }
        }
        assert!(head > 0, "{name}");
    }
}
