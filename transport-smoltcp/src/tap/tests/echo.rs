//! A mebibyte through smoltcp and back.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Instant as Clock;
use std::vec::Vec;
use std::{panic, vec};

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr};

use super::Tap;

const PORT: u16 = 7;
pub(super) const LENGTH: usize = 1 << 20;
/// Far more than a mebibyte takes; a stall ends the test rather than the patience of whoever waits for it.
const LONGEST: Duration = Duration::from_secs(10);

/// Bytes in which a lost, doubled or exchanged piece of any length shows.
pub(super) fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at ^ at >> 8 ^ at >> 16).wrapping_mul(0x9e37).to_le_bytes()[1]).collect()
}

/// smoltcp on a device, with one TCP socket.
pub(super) struct Stack<'a> {
    tap: &'a mut Tap,
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
    began: Clock,
}

impl<'a> Stack<'a> {
    pub(super) fn new(tap: &'a mut Tap, address: IpAddr) -> Self {
        let mut config = Config::new(EthernetAddress(tap.hardware_address()).into());
        config.random_seed = 5;
        let mut interface = Interface::new(config, tap, Instant::ZERO);
        let length = if address.is_ipv4() { 24 } else { 64 };
        interface.update_ip_addrs(|all| all.push(IpCidr::new(address.into(), length)).expect("room for one"));
        let buffer = || tcp::SocketBuffer::new(vec![0; 1 << 18]);
        let mut sockets = SocketSet::new(vec![]);
        let socket = sockets.add(tcp::Socket::new(buffer(), buffer()));
        Self { tap, interface, sockets, socket, began: Clock::now() }
    }

    /// Runs the stack until `step`, called after each turn, says that it is done.
    pub(super) fn run(
        &mut self,
        mut step: impl FnMut(&mut tcp::Socket<'_>, &mut smoltcp::iface::Context) -> bool,
    ) {
        while self.began.elapsed() < LONGEST {
            let now =
                Instant::from_micros(i64::try_from(self.began.elapsed().as_micros()).expect("a minute fits"));
            self.interface.poll(now, self.tap, &mut self.sockets);
            let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.socket);
            if step(socket, self.interface.context()) {
                self.interface.poll(now, self.tap, &mut self.sockets);
                return;
            }
            let pause = self.interface.poll_delay(now, &self.sockets).map(Into::into);
            self.tap.wait(pause.map_or(Some(LONGEST), Some), None).expect("the device stays");
        }
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.socket);
        let state = (socket.state(), socket.recv_queue(), socket.send_queue());
        panic!("no end after {LONGEST:?}: {state:?} {:?}", self.tap.counters());
    }
}

/// smoltcp gives back what it gets; the kernel's TCP on the other side sends and compares.
pub(super) fn through_the_kernel(tap: &mut Tap, from: IpAddr, to: IpAddr) {
    let mut stack = Stack::new(tap, to);
    let kernel = thread::spawn(move || exchange(SocketAddr::new(from, 0), SocketAddr::new(to, PORT)));
    let mut connected = false;
    stack.run(|socket, _| {
        connected |= socket.is_active();
        if !socket.is_open() {
            if connected {
                return true;
            }
            socket.listen(PORT).expect("it is closed");
        }
        while socket.can_recv() && socket.can_send() {
            let space = socket.send_capacity() - socket.send_queue();
            let mut held = vec![0; space];
            let length = socket.recv_slice(&mut held).expect("it can");
            assert_eq!(socket.send_slice(&held[..length]), Ok(length));
        }
        if socket.state() == tcp::State::CloseWait && !socket.can_recv() {
            socket.close();
        }
        false
    });
    kernel.join().expect("the kernel's side is content");
}

fn exchange(_from: SocketAddr, to: SocketAddr) {
    let stream = TcpStream::connect_timeout(&to, LONGEST).expect("smoltcp listens");
    stream.set_read_timeout(Some(LONGEST)).expect("no zero");
    stream.set_write_timeout(Some(LONGEST)).expect("no zero");
    let sent = pattern(LENGTH);
    let mut received = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            (&stream).write_all(&sent).expect("smoltcp takes it");
            stream.shutdown(Shutdown::Write).expect("it is open");
        });
        (&stream).read_to_end(&mut received).expect("smoltcp gives it back");
    });
    let first = sent.iter().zip(&received).position(|(sent, received)| sent != received);
    assert_eq!((received.len(), first), (sent.len(), None), "length, and where the first wrong byte is");
}
