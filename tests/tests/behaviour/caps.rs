//! Bounds on connections: how many, how many from one address, how long they live and how long they may be silent.
//! Those that wait for a place are in `newcomers`.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::num::{NonZeroU32, NonZeroUsize};
use core::time::Duration;
use std::time::Instant as Clock;

use bantam_core::limits::Limits;
use bantam_tests::answer::Answer;
use bantam_tests::app::demo;
use bantam_tests::client::{Client, End};
use bantam_tests::running::Running;
use bantam_tests::serves::HELLO;
use bantam_transport_std::{Config, Listener, OverCap, Server, Shutdown};

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
const HOUR: Duration = Duration::from_secs(3_600);

/// One worker, which does one thing after the other.
fn config() -> Config {
    Config { workers: NonZeroUsize::MIN, ..Config::default() }
}

fn assert_turned_away(answer: &Answer, mut client: Client) {
    assert_eq!((answer.status, answer.field("Retry-After")), (503, Some("1")), "{answer:?}");
    assert!(answer.says_close() && answer.text().starts_with("503 Service Unavailable: "), "{answer:?}");
    let (End::Closed(bytes) | End::Reset(bytes)) = client.read_to_end();
    assert_eq!(bytes, b"");
}

/// Ends a connection, and waits until the server has ended it too.
fn leave(mut client: Client) {
    client.close_write();
    assert_eq!(client.read_to_end(), End::Closed(Vec::new()));
}

#[test]
fn those_beyond_the_cap_are_refused_at_once_where_that_is_wanted() {
    let over_cap = OverCap::Refuse;
    let server = Running::start_with(demo(Limits::DEFAULT), Config { connections: 2, over_cap, ..config() });
    let mut first = [server.connect(), server.connect()];
    for client in &mut first {
        assert_eq!(client.ask(GET).text(), HELLO);
    }
    for round in 0..100 {
        let mut client = server.connect();
        if round % 2 == 0 {
            client.try_send(GET.as_bytes()); // what was sent before does not cost the answer
        }
        assert_turned_away(&client.answer(), client);
        // Those who have a place lose nothing by it.
        for client in &mut first {
            assert_eq!(client.ask(GET).text(), HELLO);
        }
    }
    let [one, mut other] = first;
    leave(one);
    assert_eq!(server.connect().ask(GET).text(), HELLO, "there is a place again");
    assert_eq!(other.ask(GET).text(), HELLO);
}

#[test]
fn nobody_takes_more_places_than_an_address_may() {
    let per_address = NonZeroU32::new(2);
    let server = Running::start_with(demo(Limits::DEFAULT), Config { per_address, ..config() });
    for _ in 0..3 {
        let mut first = [server.connect(), server.connect()];
        for client in &mut first {
            assert_eq!(client.ask(GET).text(), HELLO);
        }
        for _ in 0..20 {
            let mut client = server.connect();
            assert_turned_away(&client.answer(), client);
        }
        for client in &mut first {
            assert_eq!(client.ask(GET).text(), HELLO);
        }
        let [one, other] = first;
        leave(one);
        let mut third = server.connect();
        assert_eq!(third.ask(GET).text(), HELLO, "there is room for one");
        leave(third);
        leave(other);
    }
}

/// All of 127.0.0.0/8 is this machine, on Linux.
#[cfg(target_os = "linux")]
#[test]
fn other_addresses_have_their_own_places() {
    let per_address = NonZeroU32::new(1);
    let server = Running::start_with(demo(Limits::DEFAULT), Config { per_address, ..config() });
    let connect = |last: u8| {
        let from = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), 0);
        Client::connect_from(from, server.address())
    };
    let mut clients: Vec<_> = (2..20).map(connect).collect();
    for client in &mut clients {
        assert_eq!(client.ask(GET).text(), HELLO);
    }
    let mut again = connect(7);
    assert_turned_away(&again.answer(), again);
}

/// Ends a server when it goes, also when a test fails.
struct Ends(Shutdown);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.end();
    }
}

#[test]
fn clients_of_a_gateway_share_no_places() {
    let listener = Listener::bind("127.0.0.1:0").expect("a free port").with_proxy_header(true);
    let per_address = NonZeroU32::new(1);
    let server = Server::listen(vec![listener], Config { per_address, ..config() }).expect("a server");
    let (address, shutdown) = (server.local_addr().expect("an address"), server.shutdown());
    let service = demo(Limits::DEFAULT);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| server.run(&service));
        let ends = Ends(shutdown);
        // What goes must not be counted as if it had been counted when it came, either.
        for _ in 0..3 {
            let mut clients: Vec<_> = (0..4).map(|_| Client::connect(address)).collect();
            for client in &mut clients {
                client.send("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n");
                assert_eq!(client.ask(GET).text(), HELLO);
            }
            clients.into_iter().for_each(leave);
        }
        drop(ends);
        running.join().expect("no panic").expect("it ends well");
    });
}

#[test]
fn a_connection_serves_so_many_requests() {
    let server = Running::start_with(demo(Limits { requests: 3, ..Limits::DEFAULT }), config());
    let mut client = server.connect();
    client.send(GET.repeat(5));
    for number in 1..=3 {
        let answer = client.answer();
        assert_eq!((answer.text(), answer.says_close()), (HELLO, number == 3));
    }
    assert_eq!(client.end(), End::Closed(Vec::new()));
}

#[test]
fn a_busy_connection_grows_old() {
    const AGE: Duration = Duration::from_millis(100);
    let server = Running::start_with(demo(Limits { age: AGE, ..Limits::DEFAULT }), config());
    let began = Clock::now();
    let mut client = server.connect();
    let mut answers = 0;
    loop {
        if !client.try_send(GET.as_bytes()) {
            break;
        }
        match client.answer_or_end() {
            Ok(answer) if answer.says_close() => {
                assert_eq!(client.end(), End::Closed(Vec::new()));
                break;
            }
            Ok(_) => answers += 1,
            // This thread was slow, and the connection silent when its time had come.
            Err(End::Closed(bytes) | End::Reset(bytes)) => {
                assert_eq!(bytes, b"", "no answer is cut");
                break;
            }
        }
    }
    assert!(answers > 0, "it is not born old");
    assert!(began.elapsed() >= AGE * 3 / 4, "nor is it ended before its time");
}

#[test]
fn a_silent_connection_ends_when_it_is_old() {
    let limits = Limits { age: Duration::from_millis(50), idle: HOUR, ..Limits::DEFAULT };
    let server = Running::start_with(demo(limits), config());
    assert_eq!(server.connect().end(), End::Closed(Vec::new()));
}

#[test]
fn silence_is_shorter_once_most_places_are_taken() {
    let limits = Limits { idle: HOUR, idle_crowded: Duration::from_millis(20), ..Limits::DEFAULT };
    let server = Running::start_with(demo(limits), Config { connections: 10, ..config() });
    let mut busy = server.connect();
    busy.send(&GET[..20]);
    let mut silent: Vec<_> = (0..7).map(|_| server.connect()).collect();
    for client in &mut silent {
        assert_eq!(client.ask(GET).text(), HELLO);
    }
    // Nine of ten places are taken now. Those go who have been silent longest, until a few are free.
    let last = server.connect();
    let staying = silent.split_off(4);
    for client in silent {
        assert_eq!(client.end(), End::Closed(Vec::new()));
    }
    for mut client in staying.into_iter().chain([last]) {
        assert_eq!(client.ask(GET).text(), HELLO, "there is room for it");
    }
    busy.send(&GET[20..]);
    assert_eq!(busy.answer().text(), HELLO, "who says something keeps its place");
}
