//! The bare loop on io_uring: one call for all that a turn sends and awaits. It parses nothing and writes a constant. Its
//! words are those of `floor`.
//!
//! The kernel is handed addresses, which takes `unsafe`: no buffer is freed or moved while the program runs.

use std::net::TcpListener;
use std::os::fd::AsRawFd as _;

use bantam_bench_peers::Arguments;
use bantam_bench_peers::constant::{Constant, Seen};
use io_uring::{IoUring, cqueue, opcode, squeue, types};
use rustix::net::RecvFlags;

/// Requests that come at once fit in it many times.
const SPACE: usize = 1 << 14;
const ENTRIES: u32 = 1_024;

/// What an operation was for, in the lowest bits of what comes back; above them is the descriptor.
const ACCEPT: u64 = 0;
const RECEIVE: u64 = 1;
const SEND: u64 = 2;
const CLOSE: u64 = 3;

fn main() {
    let arguments = Arguments::read();
    let constant = Constant::read(&arguments.words);
    arguments.on_each_thread(|listener| Loop::new(&constant).serve(&listener));
}

struct Loop<'c> {
    ring: IoUring,
    constant: &'c Constant,
    /// By descriptor.
    connections: Vec<Connection>,
}

#[derive(Default)]
struct Connection {
    space: Box<[u8]>,
    seen: Seen,
}

impl<'c> Loop<'c> {
    fn new(constant: &'c Constant) -> Self {
        let ring = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .build(ENTRIES)
            .unwrap_or_else(|error| panic!("the kernel gives no io_uring: {error}"));
        Self { ring, constant, connections: Vec::new() }
    }

    fn serve(&mut self, listener: &TcpListener) {
        let accept = opcode::AcceptMulti::new(types::Fd(listener.as_raw_fd())).build().user_data(ACCEPT);
        self.push(accept.clone());
        let mut done = Vec::with_capacity(ENTRIES as usize);
        loop {
            self.ring.submit_and_wait(1).expect("completions");
            done.extend(self.ring.completion());
            for entry in done.drain(..) {
                let (index, what) = ((entry.user_data() >> 2) as usize, entry.user_data() & 3);
                match what {
                    ACCEPT => {
                        if entry.result() >= 0 {
                            self.begin(entry.result() as usize);
                        }
                        if !cqueue::more(entry.flags()) {
                            self.push(accept.clone());
                        }
                    }
                    RECEIVE => self.answer(index, usize::try_from(entry.result()).unwrap_or(0)),
                    _ => {}
                }
            }
        }
    }

    fn begin(&mut self, index: usize) {
        if self.connections.len() <= index {
            self.connections.resize_with(index + 1, Connection::default);
        }
        let connection = &mut self.connections[index];
        connection.seen = Seen::default();
        if connection.space.is_empty() {
            connection.space = vec![0; SPACE].into_boxed_slice();
        }
        self.receive(index);
    }

    fn receive(&mut self, index: usize) {
        let space = &mut self.connections[index].space;
        let receive = opcode::Recv::new(types::Fd(index as i32), space.as_mut_ptr(), SPACE as u32);
        self.push(receive.build().user_data((index as u64) << 2 | RECEIVE));
    }

    fn answer(&mut self, index: usize, received: usize) {
        let descriptor = types::Fd(index as i32);
        let close = opcode::Close::new(descriptor).build().user_data((index as u64) << 2 | CLOSE);
        if received == 0 {
            return self.push(close);
        }
        let connection = &mut self.connections[index];
        let requests = self.constant.requests(&mut connection.seen, &connection.space[..received]);
        if requests == 0 {
            return self.receive(index);
        }
        let answers = self.constant.answers(requests);
        let send = opcode::Send::new(descriptor, answers.as_ptr(), answers.len() as u32)
            .flags(RecvFlags::WAITALL.bits().cast_signed())
            .build()
            .user_data((index as u64) << 2 | SEND);
        if self.constant.closes {
            self.push(send.flags(squeue::Flags::IO_LINK));
            return self.push(close);
        }
        self.push(send);
        self.receive(index);
    }

    fn push(&mut self, entry: squeue::Entry) {
        // SAFETY: the spaces of connections lie on the heap, are written by one operation at a time, and are never freed;
        // the constant outlives the loop, which does not end.
        while unsafe { self.ring.submission().push(&entry) }.is_err() {
            self.ring.submit().expect("room");
        }
    }
}
