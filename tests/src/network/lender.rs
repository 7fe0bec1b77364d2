//! A DHCP server, of one address.

use core::net::Ipv4Addr;
use core::time::Duration;

use bantam_transport_smoltcp::smoltcp::phy::ChecksumCapabilities;
use bantam_transport_smoltcp::smoltcp::wire;

use super::peer::{CLIENT, CLIENT_HARDWARE};

/// What a DHCP server lends.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// The address, in a network of 24 bits.
    pub address: Ipv4Addr,
    /// The way out, if there is one.
    pub router: Option<Ipv4Addr>,
    /// For how long.
    pub time: Duration,
}

impl Lease {
    /// The frame that answers one to a DHCP server.
    pub(super) fn answer(&self, frame: &[u8]) -> Option<Vec<u8>> {
        let frame = wire::EthernetFrame::new_checked(frame).ok()?;
        let packet = wire::Ipv4Packet::new_checked(frame.payload()).ok()?;
        let datagram = wire::UdpPacket::new_checked(packet.payload()).ok()?;
        let asked = wire::DhcpPacket::new_checked(datagram.payload()).ok()?;
        let asked = wire::DhcpRepr::parse(&asked).ok()?;
        let message_type = match asked.message_type {
            wire::DhcpMessageType::Discover => wire::DhcpMessageType::Offer,
            wire::DhcpMessageType::Request => wire::DhcpMessageType::Ack,
            _ => return None,
        };
        let message = wire::DhcpRepr {
            message_type,
            transaction_id: asked.transaction_id,
            secs: 0,
            client_hardware_address: asked.client_hardware_address,
            client_ip: Ipv4Addr::UNSPECIFIED,
            your_ip: self.address,
            server_ip: CLIENT,
            router: self.router,
            subnet_mask: Some(Ipv4Addr::new(255, 255, 255, 0)),
            relay_agent_ip: Ipv4Addr::UNSPECIFIED,
            broadcast: false,
            requested_ip: None,
            client_identifier: None,
            server_identifier: Some(CLIENT),
            parameter_request_list: None,
            dns_servers: None,
            max_size: None,
            lease_duration: u32::try_from(self.time.as_secs()).ok(),
            renew_duration: None,
            rebind_duration: None,
            additional_options: &[],
        };
        Some(written(&message, self.address, frame.src_addr()))
    }
}

fn written(message: &wire::DhcpRepr<'_>, address: Ipv4Addr, hardware: wire::EthernetAddress) -> Vec<u8> {
    let ports = wire::UdpRepr { src_port: 67, dst_port: 68 };
    let packet = wire::Ipv4Repr {
        src_addr: CLIENT,
        dst_addr: address,
        next_header: wire::IpProtocol::Udp,
        payload_len: ports.header_len() + message.buffer_len(),
        hop_limit: 64,
    };
    let mut frame = vec![0; 14 + packet.buffer_len() + packet.payload_len];
    let mut ethernet = wire::EthernetFrame::new_unchecked(&mut frame);
    ethernet.set_src_addr(CLIENT_HARDWARE);
    ethernet.set_dst_addr(hardware);
    ethernet.set_ethertype(wire::EthernetProtocol::Ipv4);
    let checksums = ChecksumCapabilities::default();
    let mut ip = wire::Ipv4Packet::new_unchecked(ethernet.payload_mut());
    packet.emit(&mut ip, &checksums);
    let mut udp = wire::UdpPacket::new_unchecked(ip.payload_mut());
    let write = |payload: &mut [u8]| {
        message.emit(&mut wire::DhcpPacket::new_unchecked(payload)).expect("a frame of its size");
    };
    ports.emit(&mut udp, &CLIENT.into(), &address.into(), message.buffer_len(), write, &checksums);
    frame
}
