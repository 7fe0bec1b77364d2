use std::fs::File;
use std::io::Read;
use std::net::{TcpListener, TcpStream};

use rustix::io::Errno;

use super::*;

/// Both ends of a connection; ours does not block.
fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let peer = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
    let (ours, _) = listener.accept().expect("a connection");
    ours.set_nonblocking(true).expect("a socket");
    (ours, peer)
}

/// This program, which is some megabytes long.
fn file() -> (File, u64) {
    let file = File::open("/proc/self/exe").expect("a file");
    let length = file.metadata().expect("a file").len();
    (file, length)
}

#[test]
fn a_head_and_the_bytes_behind_it_arrive_as_one() {
    let (file, _) = file();
    let (ours, mut peer) = pair();
    assert_eq!(send_before(&ours, b"head").expect("room"), 4);
    let mut offset = 1;
    let part = FilePart::new(&file, 0, &mut offset, 4).expect("bytes");
    assert_eq!(send(&ours, &part), Ok(3));
    drop(ours);
    let mut seen = Vec::new();
    peer.read_to_end(&mut seen).expect("all of it");
    assert_eq!(seen, b"headELF");
}

#[test]
fn what_lies_behind_the_end_is_nothing() {
    let (file, length) = file();
    let (ours, _peer) = pair();
    let mut offset = length - 2;
    let part = FilePart::new(&file, 0, &mut offset, length + 10).expect("bytes");
    assert_eq!(send(&ours, &part), Ok(2));
    let mut offset = length;
    let part = FilePart::new(&file, 0, &mut offset, length + 10).expect("bytes");
    assert_eq!(send(&ours, &part), Ok(0));
}

#[test]
fn a_full_socket_is_not_ready() {
    let (file, length) = file();
    let (ours, _peer) = pair();
    let mut outcome = Ok(0);
    // A peer that reads nothing holds some megabytes.
    for _ in 0..10_000 {
        let mut offset = 0;
        let part = FilePart::new(&file, 0, &mut offset, length).expect("bytes");
        outcome = send(&ours, &part);
        match outcome {
            Ok(sent) => assert!((1..=1 << 20).contains(&sent), "others have their turn"),
            Err(_) => break,
        }
    }
    assert_eq!(outcome, Err(Unsent::NotReady));
}

#[test]
fn a_socket_that_is_gone_is_broken() {
    let (file, length) = file();
    let (ours, _peer) = pair();
    ours.shutdown(std::net::Shutdown::Both).expect("a socket");
    let mut offset = 0;
    let part = FilePart::new(&file, 0, &mut offset, length).expect("bytes");
    assert_eq!(send(&ours, &part), Err(Unsent::Broken));
}

#[test]
fn every_error_is_one_of_the_socket_or_of_the_file() {
    for (error, reason) in [
        (Errno::AGAIN, Unsent::NotReady),
        (Errno::INTR, Unsent::Interrupted),
        (Errno::PIPE, Unsent::Broken),
        (Errno::CONNRESET, Unsent::Broken),
        (Errno::TIMEDOUT, Unsent::Broken),
        (Errno::NOTCONN, Unsent::Broken),
        (Errno::IO, Unsent::Unreadable),
        (Errno::NOMEM, Unsent::Unreadable),
        (Errno::STALE, Unsent::Unreadable),
        (Errno::INVAL, Unsent::Unsendable),
        (Errno::NOSYS, Unsent::Unsendable),
        (Errno::OPNOTSUPP, Unsent::Unsendable),
        (Errno::PERM, Unsent::Unsendable),
    ] {
        assert_eq!(Unsent::of(error), reason, "{error}");
    }
}
