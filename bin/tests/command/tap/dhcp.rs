//! An address from a DHCP server (RFC 2131) behind the device.

use core::net::Ipv4Addr;
use core::time::Duration;
use std::net::UdpSocket;
use std::sync::mpsc::{Sender, TryRecvError};

use bantam_transport_smoltcp::smoltcp::wire::{DhcpMessageType, DhcpPacket, DhcpRepr};

use super::*;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const LEASED: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 77);

/// A DHCP server with one address to give, which runs until this is dropped.
struct Dhcp {
    _ends: Sender<()>,
    /// What it was asked, a message each.
    asked: Receiver<DhcpMessageType>,
}

fn dhcp() -> Dhcp {
    let socket = UdpSocket::bind("0.0.0.0:67").expect("root may");
    socket.set_broadcast(true).expect("it may");
    // As often as this it looks whether it is still wanted.
    socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a timeout");
    let (ends, is_over) = channel::<()>();
    let (sender, asked) = channel();
    thread::spawn(move || {
        let mut space = [0; 1_500];
        while is_over.try_recv() == Err(TryRecvError::Empty) {
            let Ok((length, _)) = socket.recv_from(&mut space) else { continue };
            let packet = DhcpPacket::new_checked(&space[..length]).expect("a message");
            let message = DhcpRepr::parse(&packet).expect("a message");
            let kind = match message.message_type {
                DhcpMessageType::Discover => DhcpMessageType::Offer,
                DhcpMessageType::Request => {
                    assert_eq!(message.requested_ip, Some(LEASED));
                    DhcpMessageType::Ack
                }
                kind => panic!("{kind:?}"),
            };
            let answer = answer(&message, kind);
            socket.send_to(&answer, "255.255.255.255:68").expect("it leaves");
            let _ = sender.send(message.message_type);
        }
    });
    Dhcp { _ends: ends, asked }
}

fn answer(message: &DhcpRepr<'_>, kind: DhcpMessageType) -> Vec<u8> {
    let answer = DhcpRepr {
        message_type: kind,
        transaction_id: message.transaction_id,
        secs: 0,
        client_hardware_address: message.client_hardware_address,
        client_ip: Ipv4Addr::UNSPECIFIED,
        your_ip: LEASED,
        server_ip: SERVER,
        router: Some(SERVER),
        subnet_mask: Some(Ipv4Addr::new(255, 255, 255, 0)),
        relay_agent_ip: Ipv4Addr::UNSPECIFIED,
        broadcast: true,
        requested_ip: None,
        client_identifier: None,
        server_identifier: Some(SERVER),
        parameter_request_list: None,
        dns_servers: None,
        max_size: None,
        lease_duration: Some(3_600),
        renew_duration: None,
        rebind_duration: None,
        additional_options: &[],
    };
    let mut bytes = vec![0; answer.buffer_len()];
    answer.emit(&mut DhcpPacket::new_unchecked(&mut bytes[..])).expect("room");
    bytes
}

/// The device with the kernel's side of it, before there is a server that asks.
fn device() {
    ip("tuntap add dev tap0 mode tap");
    ip("addr add 10.0.0.1/24 dev tap0");
    ip("link set tap0 up");
    ip("route add 255.255.255.255 dev tap0");
}

#[test]
fn an_address_is_leased_and_said() {
    in_namespace(|| {
        device();
        let dhcp = dhcp();
        let served = Served::start(&mut bantam(["demo", "-p", "0", "--tap", "tap0", "--dhcp"]));
        assert_eq!(served.address.to_string(), "10.0.0.77:8080");
        assert_eq!(served.get("/plaintext").text(), "Hello, World!");
        let asked: Vec<_> = dhcp.asked.try_iter().collect();
        assert_eq!(asked, [DhcpMessageType::Discover, DhcpMessageType::Request]);

        // The router that it was told of leads to clients elsewhere.
        ip("addr add 10.7.0.1/32 dev lo");
        ip("route add 10.0.0.77 dev tap0 src 10.7.0.1");
        assert!(served.get("/ip").text().contains("10.7.0.1"));
        assert_eq!(served.log().len(), 2);
    });
}

#[test]
fn addresses_that_were_given_are_there_beside_it() {
    in_namespace(|| {
        device();
        let _dhcp = dhcp();
        let mut command = bantam(["demo", "-p", "0", "--tap", "tap0", "--dhcp", "--ip", "10.0.0.2/24"]);
        let served = Served::start(&mut command);
        assert_eq!(served.address.to_string(), IPV4);
        assert_eq!(next(&served.errors), "listening on http://10.0.0.77:8080");
        for address in [IPV4, "10.0.0.77:8080"] {
            assert_eq!(get(address, "/plaintext", "").text(), "Hello, World!");
        }
    });
}
