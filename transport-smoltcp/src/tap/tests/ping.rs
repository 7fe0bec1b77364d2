//! Echo requests of the kernel's side (RFC 792, RFC 4443 §4.1).

use core::net::{IpAddr, SocketAddr};
use std::net::UdpSocket;
use std::vec;
use std::vec::Vec;

use rustix::net::{AddressFamily, SocketType, ipproto, socket};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{Icmpv4Packet, Icmpv4Repr, Icmpv6Packet};

use super::LONG;

const IDENTIFIER: u16 = 0x0bad;

/// Sends echo requests of several sizes and waits for their answers.
pub(super) fn ping(to: IpAddr) {
    let (family, protocol) = if to.is_ipv4() {
        (AddressFamily::INET, ipproto::ICMP)
    } else {
        (AddressFamily::INET6, ipproto::ICMPV6)
    };
    let raw = socket(family, SocketType::RAW, Some(protocol)).expect("root may");
    // A raw socket has no ports, and is otherwise used in the same way.
    let raw = UdpSocket::from(raw);
    raw.set_read_timeout(Some(LONG)).expect("no zero");
    for (sequence, length) in [(1, 0), (2, 1), (3, 56), (4, 1000)] {
        let content = vec![0x5a; length];
        raw.send_to(&request(to.is_ipv4(), sequence, &content), SocketAddr::new(to, 0)).expect("it is up");
        let mut answer = [0; 2048];
        // Other messages, of neighbours for one, arrive here too.
        loop {
            let length = raw.recv(&mut answer).expect("an answer");
            if is_answer(to.is_ipv4(), &answer[..length], sequence, &content) {
                break;
            }
        }
    }
}

fn request(is_ipv4: bool, sequence: u16, content: &[u8]) -> Vec<u8> {
    if is_ipv4 {
        let request = Icmpv4Repr::EchoRequest { ident: IDENTIFIER, seq_no: sequence, data: content };
        let mut message = vec![0; request.buffer_len()];
        request.emit(&mut Icmpv4Packet::new_unchecked(&mut message), &ChecksumCapabilities::default());
        return message;
    }
    // The kernel computes this checksum.
    let mut message = vec![128, 0, 0, 0];
    message.extend(IDENTIFIER.to_be_bytes().iter().chain(&sequence.to_be_bytes()));
    message.extend(content);
    message
}

fn is_answer(is_ipv4: bool, message: &[u8], sequence: u16, content: &[u8]) -> bool {
    // Over IPv4 the kernel leaves the IP header before it, which has no options here.
    let message = if is_ipv4 { &message[20..] } else { message };
    let (is_reply, identifier, number) = if is_ipv4 {
        let packet = Icmpv4Packet::new_unchecked(message);
        (message[0] == 0, packet.echo_ident(), packet.echo_seq_no())
    } else {
        let packet = Icmpv6Packet::new_unchecked(message);
        (message[0] == 129, packet.echo_ident(), packet.echo_seq_no())
    };
    is_reply && (identifier, number, &message[8..]) == (IDENTIFIER, sequence, content)
}
