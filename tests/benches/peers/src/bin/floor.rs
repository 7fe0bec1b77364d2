//! The bare loop: an epoll, one read and one write for each request. It parses nothing and writes a constant; what the
//! HTTP servers are measured by.
//!
//! Words behind the port and the threads: the bytes of the content, and the text that fills them; then the bytes of a
//! request, or `line` to count blank lines; then `close` to close behind each answer.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;

use bantam_bench_peers::Arguments;
use memchr::memmem;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::net::{SocketFlags, accept_with};

const LISTENER: u64 = u64::MAX;

/// As many answers as leave in one write.
const BATCH: usize = 64;

fn main() {
    let arguments = Arguments::read();
    let [content, text, request, end] = arguments.words.as_slice() else { panic!("four words") };
    let content: usize = content.parse().expect("bytes of content");
    let content: Vec<u8> = text.bytes().cycle().take(content).collect();
    arguments.on_each_thread(|listener| {
        let mut floor = Floor::new(&content, request.parse().ok(), end == "close");
        floor.serve(&listener);
    });
}

struct Floor {
    /// Answers, one behind the other.
    answers: Vec<u8>,
    answer: usize,
    request: Option<usize>,
    close: bool,
    /// By descriptor.
    connections: Vec<Option<Connection>>,
    epoll: OwnedFd,
}

struct Connection {
    stream: TcpStream,
    /// Bytes of a request that has not come whole.
    begun: usize,
    /// Where the write of an answer that did not fit goes on.
    written: Option<usize>,
}

impl Floor {
    fn new(content: &[u8], request: Option<usize>, close: bool) -> Self {
        let end = if close { "Connection: close\r\n" } else { "" };
        let head = format!(
            "HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Tue, 24 Nov 2026 12:00:00 GMT\r\n{end}Content-Type: text/plain\r\n\
             Content-Length: {}\r\n\r\n",
            content.len()
        );
        let mut one = head.into_bytes();
        one.extend(content);
        let count = if content.len() < 4_096 { BATCH } else { 1 };
        Self {
            answers: one.repeat(count),
            answer: one.len(),
            request,
            close,
            connections: Vec::new(),
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC).expect("an epoll"),
        }
    }

    fn serve(&mut self, listener: &TcpListener) {
        epoll::add(&self.epoll, listener, EventData::new_u64(LISTENER), EventFlags::IN)
            .expect("it is watched");
        let mut events = Vec::with_capacity(256);
        let mut space = vec![0; 65_536];
        loop {
            events.clear();
            epoll::wait(&self.epoll, spare_capacity(&mut events), None).expect("events");
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
        self.connections[index] = Some(Connection { stream, begun: 0, written: None });
    }

    fn turn(&mut self, index: usize, space: &mut [u8]) {
        let Some(connection) = &mut self.connections[index] else { return };
        let goes_on = match connection.written {
            Some(written) => write(connection, &self.answers[..self.answer], written, &self.epoll, index),
            None => {
                let requests = match connection.stream.read(space) {
                    Ok(length) if length > 0 => requests(connection, &space[..length], self.request),
                    _ => 0,
                };
                let wanted = (requests * self.answer).min(self.answers.len());
                requests > 0 && write(connection, &self.answers[..wanted], 0, &self.epoll, index)
            }
        };
        if !goes_on || (self.close && connection.written.is_none()) {
            self.connections[index] = None;
        }
    }
}

/// How many requests end in these bytes.
fn requests(connection: &mut Connection, bytes: &[u8], request: Option<usize>) -> usize {
    let Some(request) = request else { return memmem::find_iter(bytes, b"\r\n\r\n").count() };
    let seen = connection.begun + bytes.len();
    connection.begun = seen % request;
    seen / request
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
