use std::vec::Vec;

use super::newcomer;

/// An Ethernet frame with a TCP segment to port 80 that has these flags.
fn ipv4(options: usize, protocol: u8, flags: u8) -> Vec<u8> {
    let mut frame = vec_of(12, 1);
    frame.extend([0x08, 0x00]);
    let words = u8::try_from(5 + options / 4).expect("few options");
    frame.push(0x40 | words);
    frame.extend(vec_of(8, 0));
    frame.push(protocol);
    frame.extend(vec_of(10 + options, 0));
    frame.extend(segment(flags));
    frame
}

fn ipv6(next: u8, flags: u8) -> Vec<u8> {
    let mut frame = vec_of(12, 1);
    frame.extend([0x86, 0xdd]);
    frame.extend([0x60, 0, 0, 0, 0, 20, next, 64]);
    frame.extend(vec_of(32, 0));
    frame.extend(segment(flags));
    frame
}

fn segment(flags: u8) -> Vec<u8> {
    let mut segment = std::vec![0xc0, 0x00, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags];
    segment.extend([0; 6]);
    segment
}

fn vec_of(length: usize, byte: u8) -> Vec<u8> {
    std::vec![byte; length]
}

#[test]
fn only_what_opens_a_connection_to_the_port_is_found() {
    let cases = [
        ("SYN", ipv4(0, 6, 0x02), true),
        ("SYN with options of IP", ipv4(12, 6, 0x02), true),
        ("SYN with ECN", ipv4(0, 6, 0xc2), true),
        ("SYN of IPv6", ipv6(6, 0x02), cfg!(feature = "ipv6")),
        ("SYN and ACK", ipv4(0, 6, 0x12), false),
        ("ACK", ipv4(0, 6, 0x10), false),
        ("RST", ipv4(0, 6, 0x04), false),
        ("UDP", ipv4(0, 17, 0x02), false),
        ("UDP of IPv6", ipv6(17, 0x02), false),
        ("an extension between", ipv6(0, 0x02), false),
        ("nothing", Vec::new(), false),
    ];
    for (name, frame, expected) in &cases {
        assert_eq!(newcomer(frame, 80).is_some(), *expected, "{name}");
        assert!(newcomer(frame, 81).is_none(), "{name}, another port");
    }
}

#[test]
fn frames_that_are_cut_short_open_nothing() {
    let mut frames = std::vec![ipv4(0, 6, 0x02), ipv4(40, 6, 0x02)];
    frames.extend(cfg!(feature = "ipv6").then(|| ipv6(6, 0x02)));
    for frame in frames {
        let flags = frame.len() - 7;
        for length in 0..=flags {
            assert!(newcomer(&frame[..length], 80).is_none(), "{length} of {}", frame.len());
        }
        assert!(newcomer(&frame[..=flags], 80).is_some());
    }
}

#[test]
fn it_is_told_who_asks_whom() {
    let mut frame = ipv4(8, 6, 0x02);
    frame[26..34].copy_from_slice(&[10, 0, 0, 2, 10, 0, 0, 1]);
    let ends = newcomer(&frame, 80).expect("somebody asks");
    assert_eq!(ends.peer, (smoltcp::wire::IpAddress::v4(10, 0, 0, 2), 0xc000).into());
    assert_eq!(ends.own, smoltcp::wire::IpAddress::v4(10, 0, 0, 1));
}
