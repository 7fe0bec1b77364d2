//! Image for `size`: smoltcp alone. Four sockets of one kilobyte each way write a constant to whoever sends anything.
#![no_std]
#![no_main]

use bantam_core::drivers::Clock;
use bantam_firmware::board::{ADDRESS, Board, GATEWAY, HARDWARE, PREFIX};
use bantam_firmware::debugger;
use bantam_firmware::lan9118::Lan9118;
use bantam_transport_smoltcp::Host;
use cortex_m_rt::entry;
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::socket::{Socket, tcp};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpCidr, Ipv4Address};

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";

#[entry]
fn main() -> ! {
    static mut RINGS: [([u8; 1024], [u8; 1024]); 4] = [([0; 1024], [0; 1024]); 4];
    static mut SOCKETS: [SocketStorage<'static>; 4] = [SocketStorage::EMPTY; 4];
    static mut ETHERNET: Lan9118 = Lan9118::new();

    let mut board = Board::start();
    if ETHERNET.start(HARDWARE).is_err() {
        panic!();
    }
    let mut config = Config::new(HardwareAddress::Ethernet(EthernetAddress(HARDWARE)));
    config.random_seed = debugger::seed();
    let mut interface = Interface::new(config, ETHERNET, now(&board));
    interface.update_ip_addrs(|addresses| {
        let _ = addresses.push(IpCidr::new(Ipv4Address::from(ADDRESS).into(), PREFIX));
    });
    let _ = interface.routes_mut().add_default_ipv4_route(Ipv4Address::from(GATEWAY));
    let mut sockets = SocketSet::new(&mut SOCKETS[..]);
    for (receive, transmit) in RINGS {
        let rings = (tcp::SocketBuffer::new(&mut receive[..]), tcp::SocketBuffer::new(&mut transmit[..]));
        sockets.add(tcp::Socket::new(rings.0, rings.1));
    }
    debugger::announce();
    loop {
        interface.poll(now(&board), ETHERNET, &mut sockets);
        for (_, socket) in sockets.iter_mut() {
            let Socket::Tcp(socket) = socket;
            serve(socket);
        }
        interface.poll_egress(now(&board), ETHERNET, &mut sockets);
        let until = interface.poll_at(now(&board), &sockets);
        board.wait(
            ETHERNET,
            until.map(|at| bantam_core::time::Instant::from_micros(at.total_micros().unsigned_abs())),
        );
    }
}

fn serve(socket: &mut tcp::Socket<'_>) {
    if !socket.is_open() {
        let _ = socket.listen(80);
    }
    let mut has_come = false;
    while socket.can_recv() {
        has_come |= socket.recv(|bytes| (bytes.len(), bytes.len())).is_ok();
    }
    if has_come {
        let _ = socket.send_slice(ANSWER);
    }
    if socket.may_send() && !socket.may_recv() {
        socket.close();
    }
}

fn now(board: &Board) -> Instant {
    Instant::from_micros(board.now().as_micros().cast_signed())
}
