//! smoltcp alone: a constant for each blank line. What an HTTP server over the same stack is measured by.

use bantam_bench_tap::arguments::Arguments;
use bantam_bench_tap::asked::{self, Asked};
use bantam_bench_tap::{CONNECTIONS, CONTENT, PLAINTEXT, PORT, device};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{EthernetAddress, IpCidr};

fn main() {
    let arguments = Arguments::read();
    let mut device = device::open(&arguments.device);
    let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 2]).into());
    config.random_seed = u64::from(std::process::id());
    let mut interface = Interface::new(config, &mut device, Instant::now());
    interface.update_ip_addrs(|addresses| {
        let own = IpCidr::new(arguments.address.into(), arguments.prefix);
        addresses.push(own).expect("there is room for one");
    });
    let mut sockets = SocketSet::new(Vec::new());
    let mut slots: Vec<Slot> =
        (0..CONNECTIONS).map(|_| Slot::new(sockets.add(socket(arguments.ring)))).collect();
    loop {
        let now = Instant::now();
        interface.poll(now, &mut device, &mut sockets);
        let mut wrote = false;
        for slot in &mut slots {
            wrote |= slot.serve(sockets.get_mut(slot.handle));
        }
        if wrote {
            interface.poll(now, &mut device, &mut sockets);
        }
        // Room that acknowledgements have made is used at once.
        let more = slots.iter().any(|slot| slot.owes() && sockets.get::<Socket>(slot.handle).can_send());
        if !more {
            match interface.poll_delay(now, &sockets) {
                Some(Duration::ZERO) => {}
                delay => device::wait(&device, delay.map(Into::into)),
            }
        }
    }
}

fn socket(ring: usize) -> Socket<'static> {
    let ring = || SocketBuffer::new(vec![0; ring]);
    let mut socket = Socket::new(ring(), ring());
    socket.set_nagle_enabled(false);
    socket
}

/// A connection.
struct Slot {
    handle: SocketHandle,
    asked: Asked,
    /// What is left of the head.
    head: &'static [u8],
    /// Bytes left of the content.
    content: u64,
}

impl Slot {
    fn new(handle: SocketHandle) -> Self {
        Self { handle, asked: Asked::default(), head: &[], content: 0 }
    }

    fn owes(&self) -> bool {
        !self.head.is_empty() || self.content > 0
    }

    /// Reads and answers as far as the rings allow, across their wrap; tells whether anything was written.
    fn serve(&mut self, socket: &mut Socket) -> bool {
        if !socket.is_open() {
            (self.asked, self.head, self.content) = (Asked::default(), &[], 0);
            socket.listen(PORT).expect("the port is no zero");
            return false;
        }
        let mut wrote = self.write(socket);
        while !self.owes() && socket.can_recv() {
            let asked = &mut self.asked;
            let whole = socket.recv(|bytes| asked.take(bytes)).expect("it can receive");
            if let Some(content) = whole {
                (self.head, self.content) = match content {
                    0 => (PLAINTEXT, 0),
                    length => (asked::head(length), length),
                };
                wrote |= self.write(socket);
            }
        }
        if socket.state() == State::CloseWait && !self.owes() {
            socket.close();
            wrote = true;
        }
        wrote
    }

    fn write(&mut self, socket: &mut Socket) -> bool {
        let mut wrote = false;
        while self.owes() && socket.can_send() {
            wrote = true;
            if self.head.is_empty() {
                let part = self.content.min(CONTENT.len() as u64) as usize;
                self.content -= socket.send_slice(&CONTENT[..part]).expect("it can send") as u64;
            } else {
                let sent = socket.send_slice(self.head).expect("it can send");
                self.head = &self.head[sent..];
            }
        }
        wrote
    }
}
