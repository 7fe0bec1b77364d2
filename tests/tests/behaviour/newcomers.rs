//! How connections come in: more than there are places for, ones that are gone at once, and a port that is taken.

use std::io::ErrorKind;
use std::net::Shutdown;

use bantam_core::limits::Limits;
use bantam_tests::app::demo;
use bantam_tests::running::Running;
use bantam_tests::serves::HELLO;
use bantam_transport_std::{Config, Server};

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn those_beyond_the_cap_wait_and_are_served_later() {
    let server = Running::start_with(demo(Limits::DEFAULT), Config { connections: 2, ..Config::default() });
    let mut first = [server.connect(), server.connect()];
    for client in &mut first {
        assert_eq!(client.ask(GET).text(), HELLO);
    }
    let mut waiting: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut waiting {
        client.send(GET);
    }
    // Those who have a place lose nothing by it.
    for _ in 0..50 {
        for client in &mut first {
            assert_eq!(client.ask(GET).text(), HELLO);
        }
    }
    for client in &waiting {
        client.stream().set_nonblocking(true).expect("a mode");
        let answer = client.stream().peek(&mut [0]).expect_err("nobody has accepted it");
        assert_eq!(answer.kind(), ErrorKind::WouldBlock);
        client.stream().set_nonblocking(false).expect("a mode");
    }
    drop(first);
    for mut client in waiting {
        assert_eq!(client.answer().text(), HELLO, "one that waited");
    }
    assert_eq!(server.connect().ask(GET).text(), HELLO, "a newcomer");
}

#[test]
fn those_who_are_gone_at_once_harm_nobody() {
    let server = Running::start(demo(Limits::DEFAULT));
    for round in 0..100 {
        let mut client = server.connect();
        match round % 4 {
            0 => {}
            1 => client.send(&GET[..9]),
            // The answer comes to nobody, which resets the connection.
            2 => client.send(GET.repeat(50)),
            _ => client.stream().shutdown(Shutdown::Both).expect("an end"),
        }
    }
    assert_eq!(server.connect().ask(GET).text(), HELLO);
}

#[test]
fn a_port_has_one_server() {
    let server = Server::bind("127.0.0.1:0", Config::default()).expect("a free port");
    let address = server.local_addr().expect("an address");
    let second = Server::bind(address, Config::default()).expect_err("the port is taken");
    assert_eq!(second.kind(), ErrorKind::AddrInUse);
    drop(server);
    assert!(Server::bind(address, Config::default()).is_ok(), "it is free at once");
}
