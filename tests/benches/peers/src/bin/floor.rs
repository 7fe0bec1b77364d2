//! The bare loop: an epoll, one read and one write for each request. It parses nothing and writes a constant; what the
//! HTTP servers are measured by.
//!
//! Words behind the port and the threads: those of a [`Constant`], then `busy` to look for events without sleeping
//! as long as there are connections.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;

use bantam_bench_peers::Arguments;
use bantam_bench_peers::constant::{Constant, Seen};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::net::{SocketFlags, accept_with};

const LISTENER: u64 = u64::MAX;

fn main() {
    let arguments = Arguments::read();
    let constant = Constant::read(&arguments.words);
    let is_busy = arguments.words.last().is_some_and(|word| word == "busy");
    arguments.on_each_thread(|listener| Floor::new(&constant, is_busy).serve(&listener));
}

struct Floor<'c> {
    constant: &'c Constant,
    is_busy: bool,
    open: usize,
    /// By descriptor.
    connections: Vec<Option<Connection>>,
    epoll: OwnedFd,
}

struct Connection {
    stream: TcpStream,
    seen: Seen,
    /// Where the write of an answer that did not fit goes on.
    written: Option<usize>,
}

impl<'c> Floor<'c> {
    fn new(constant: &'c Constant, is_busy: bool) -> Self {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("an epoll");
        Self { constant, is_busy, open: 0, connections: Vec::new(), epoll }
    }

    fn serve(&mut self, listener: &TcpListener) {
        epoll::add(&self.epoll, listener, EventData::new_u64(LISTENER), EventFlags::IN)
            .expect("it is watched");
        let mut events = Vec::with_capacity(256);
        let mut space = vec![0; 65_536];
        let at_once = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        loop {
            events.clear();
            let longest = (self.is_busy && self.open > 0).then_some(&at_once);
            epoll::wait(&self.epoll, spare_capacity(&mut events), longest).expect("events");
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept(listener),
                    index => self.turn(index as usize, &mut space),
                }
            }
        }
    }

    fn accept(&mut self, listener: &TcpListener) {
        let Ok(accepted) = accept_with(listener, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC) else {
            return;
        };
        let stream = TcpStream::from(accepted);
        // The client may have gone.
        let _ = stream.set_nodelay(true);
        let index = stream.as_raw_fd() as usize;
        epoll::add(&self.epoll, &stream, EventData::new_u64(index as u64), EventFlags::IN).expect("watched");
        if self.connections.len() <= index {
            self.connections.resize_with(index + 1, || None);
        }
        self.open += 1;
        self.connections[index] = Some(Connection { stream, seen: Seen::default(), written: None });
    }

    fn turn(&mut self, index: usize, space: &mut [u8]) {
        let Some(connection) = &mut self.connections[index] else { return };
        let goes_on = match connection.written {
            Some(written) => write(connection, self.constant.answers(1), written, &self.epoll, index),
            None => {
                let requests = match connection.stream.read(space) {
                    Ok(length) if length > 0 => {
                        self.constant.requests(&mut connection.seen, &space[..length])
                    }
                    _ => 0,
                };
                requests > 0 && write(connection, self.constant.answers(requests), 0, &self.epoll, index)
            }
        };
        if !goes_on || (self.constant.closes && connection.written.is_none()) {
            self.connections[index] = None;
            self.open -= 1;
        }
    }
}

/// Writes, and watches for room if there is none; tells whether the connection goes on.
fn write(connection: &mut Connection, answer: &[u8], from: usize, epoll: &OwnedFd, index: usize) -> bool {
    let written = match connection.stream.write(&answer[from..]) {
        Ok(length) => from + length,
        Err(error) if error.kind() == ErrorKind::WouldBlock => from,
        Err(_) => return false,
    };
    let was_waiting = connection.written.is_some();
    connection.written = (written < answer.len()).then_some(written);
    if was_waiting != connection.written.is_some() {
        let flags = if was_waiting { EventFlags::IN } else { EventFlags::OUT };
        let data = EventData::new_u64(index as u64);
        epoll::modify(epoll, &connection.stream, data, flags).expect("it is watched");
    }
    true
}
