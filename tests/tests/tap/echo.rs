//! A mebibyte through smoltcp and back.

use core::net::{IpAddr, SocketAddr};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Instant as Clock;

use bantam_transport_smoltcp::smoltcp::iface::{Config, Context, Interface, SocketHandle, SocketSet};
use bantam_transport_smoltcp::smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use bantam_transport_smoltcp::smoltcp::time::Instant;
use bantam_transport_smoltcp::smoltcp::wire::{EthernetAddress, IpCidr};
use bantam_transport_smoltcp::tap::Tap;
use rustix::fd::{AsFd, BorrowedFd};

use super::LONG;

const PORT: u16 = 7;
const LENGTH: usize = 1 << 20;

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
        let buffer = || SocketBuffer::new(vec![0; 1 << 18]);
        let mut sockets = SocketSet::new(vec![]);
        let socket = sockets.add(Socket::new(buffer(), buffer()));
        Self { tap, interface, sockets, socket, began: Clock::now() }
    }

    /// Runs the stack until `step`, called after each turn, says that it is done, or until `wake` can be read.
    pub(super) fn run(
        &mut self,
        wake: Option<BorrowedFd<'_>>,
        mut step: impl FnMut(&mut Socket<'_>, &mut Context) -> bool,
    ) {
        // Before the first frame: it may ask for a connection.
        step(self.sockets.get_mut(self.socket), self.interface.context());
        while self.began.elapsed() < LONG {
            let now =
                Instant::from_micros(i64::try_from(self.began.elapsed().as_micros()).expect("a minute fits"));
            self.interface.poll(now, self.tap, &mut self.sockets);
            if step(self.sockets.get_mut(self.socket), self.interface.context()) {
                self.interface.poll(now, self.tap, &mut self.sockets);
                return;
            }
            let pause = self.interface.poll_delay(now, &self.sockets).map_or(LONG, Into::into);
            if self.tap.wait(Some(pause), wake).expect("the device stays").wake {
                return;
            }
        }
        let socket = self.sockets.get::<Socket<'_>>(self.socket);
        let (state, queues) = (socket.state(), (socket.recv_queue(), socket.send_queue()));
        panic!("no end after {LONG:?}: {state:?} {queues:?} {:?}", self.tap.counters());
    }
}

/// smoltcp gives back what it gets; the kernel's TCP on the other side sends and compares.
pub(super) fn with_the_kernel(tap: &mut Tap, address: IpAddr) {
    let (wake, sleeper) = UnixStream::pair().expect("a pair");
    thread::scope(|scope| {
        scope.spawn(move || {
            // Dropped at the end, and on a panic, which wakes the stack.
            let _wake = wake;
            exchange(SocketAddr::new(address, PORT));
        });
        Stack::new(tap, address).run(Some(sleeper.as_fd()), echo);
    });
}

/// As above, with smoltcp on both sides.
pub(super) fn between(client: &mut Tap, from: IpAddr, server: &mut Tap, to: IpAddr) {
    let (wake, sleeper) = UnixStream::pair().expect("a pair");
    thread::scope(|scope| {
        scope.spawn(move || {
            let _wake = wake;
            let (sent, mut received) = (pattern(), Vec::new());
            let mut at = 0;
            Stack::new(client, from).run(None, |socket, context| {
                if at == 0 && !socket.is_open() {
                    socket.connect(context, (to, PORT), 49_152).expect("it is closed");
                }
                while socket.can_send() && at < sent.len() {
                    at += socket.send_slice(&sent[at..]).expect("it can");
                }
                while socket.can_recv() {
                    socket.recv(|some| (some.len(), received.extend_from_slice(some))).expect("it can");
                }
                received.len() >= sent.len()
            });
            compare(&sent, &received);
        });
        Stack::new(server, to).run(Some(sleeper.as_fd()), echo);
    });
}

fn echo(socket: &mut Socket<'_>, _: &mut Context) -> bool {
    if !socket.is_open() {
        socket.listen(PORT).expect("it is closed");
    }
    while socket.can_recv() && socket.can_send() {
        let mut held = vec![0; socket.send_capacity() - socket.send_queue()];
        let length = socket.recv_slice(&mut held).expect("it can");
        assert_eq!(socket.send_slice(&held[..length]), Ok(length));
    }
    if socket.state() == State::CloseWait && !socket.can_recv() {
        socket.close();
    }
    false
}

fn exchange(to: SocketAddr) {
    let stream = TcpStream::connect_timeout(&to, LONG).expect("smoltcp listens");
    stream.set_read_timeout(Some(LONG)).expect("no zero");
    stream.set_write_timeout(Some(LONG)).expect("no zero");
    let sent = pattern();
    let mut received = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            (&stream).write_all(&sent).expect("smoltcp takes it");
            stream.shutdown(Shutdown::Write).expect("it is open");
        });
        (&stream).read_to_end(&mut received).expect("smoltcp gives it back");
    });
    compare(&sent, &received);
}

/// Bytes in which a lost, doubled or exchanged piece of any length shows.
fn pattern() -> Vec<u8> {
    (0..LENGTH).map(|at| (at ^ at >> 8 ^ at >> 16).wrapping_mul(0x9e37).to_le_bytes()[1]).collect()
}

fn compare(sent: &[u8], received: &[u8]) {
    let first = sent.iter().zip(received).position(|(sent, received)| sent != received);
    assert_eq!((received.len(), first), (sent.len(), None), "length, and where the first wrong byte is");
}
