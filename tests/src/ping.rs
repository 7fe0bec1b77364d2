//! An echo request (RFC 792, RFC 4443 §4.1), and its answer.

use core::net::{IpAddr, SocketAddr};

use bantam_transport_smoltcp::smoltcp::phy::ChecksumCapabilities;
use bantam_transport_smoltcp::smoltcp::wire::{Icmpv4Packet, Icmpv4Repr, Icmpv6Message, Icmpv6Packet};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketType, ipproto, recvfrom, sendto, socket};

use crate::client::PATIENCE;

const IDENTIFIER: u16 = 0x4241;
const SEQUENCE: u16 = 7;

/// Sends `data` to the address, and returns what comes back. It takes the right to raw sockets.
///
/// # Panics
/// When nothing comes back.
pub fn ping(address: IpAddr, data: &[u8]) -> Vec<u8> {
    let (family, protocol) = match address {
        IpAddr::V4(_) => (AddressFamily::INET, ipproto::ICMP),
        IpAddr::V6(_) => (AddressFamily::INET6, ipproto::ICMPV6),
    };
    let socket = socket(family, SocketType::RAW, Some(protocol)).expect("root may");
    set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE)).expect("a timeout");
    let request = request(address, data);
    sendto(&socket, &request, SendFlags::empty(), &SocketAddr::new(address, 0)).expect("it leaves");
    // Whatever else comes meanwhile, such as what is asked of neighbours.
    for _ in 0..100 {
        let mut space = vec![0; 65_536];
        let (length, _, _) = recvfrom(&socket, &mut space[..], RecvFlags::empty()).expect("an answer");
        if let Some(answer) = answer(address, &space[..length]) {
            return answer;
        }
    }
    panic!("no answer among what came");
}

fn request(address: IpAddr, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 8 + data.len()];
    if address.is_ipv4() {
        let request = Icmpv4Repr::EchoRequest { ident: IDENTIFIER, seq_no: SEQUENCE, data };
        request.emit(&mut Icmpv4Packet::new_unchecked(&mut bytes[..]), &ChecksumCapabilities::default());
    } else {
        let mut packet = Icmpv6Packet::new_unchecked(&mut bytes[..]);
        packet.set_msg_type(Icmpv6Message::EchoRequest);
        packet.set_echo_ident(IDENTIFIER);
        packet.set_echo_seq_no(SEQUENCE);
        packet.payload_mut().copy_from_slice(data);
        // Its checksum is the kernel's.
    }
    bytes
}

fn answer(address: IpAddr, bytes: &[u8]) -> Option<Vec<u8>> {
    if address.is_ipv4() {
        // The kernel hands it over with its IP header, which has no options.
        let packet = Icmpv4Packet::new_checked(bytes.get(20..)?).ok()?;
        match Icmpv4Repr::parse(&packet, &ChecksumCapabilities::default()).ok()? {
            Icmpv4Repr::EchoReply { ident: IDENTIFIER, seq_no: SEQUENCE, data } => Some(data.to_vec()),
            _ => None,
        }
    } else {
        let packet = Icmpv6Packet::new_checked(bytes).ok()?;
        let is_meant = packet.msg_type() == Icmpv6Message::EchoReply
            && (packet.echo_ident(), packet.echo_seq_no()) == (IDENTIFIER, SEQUENCE);
        is_meant.then(|| packet.payload().to_vec())
    }
}
