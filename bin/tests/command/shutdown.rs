//! SIGTERM while clients are at work: nothing that was accepted is lost, round after round.

use core::sync::atomic::{AtomicBool, Ordering};
use std::net::TcpStream;
use std::time::Instant;

use bantam_tests::answer;

use super::*;

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
/// Long enough to be cut, were it cut.
const LONG: &str = "GET /bytes/200000?seed=1 HTTP/1.1\r\nHost: a\r\n\r\n";

/// How often the server is ended; more often where this variable says so.
fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(20)
}

/// What a client has seen.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    answers: usize,
    /// Whether its last request on a connection was not answered: it came when the server had closed that.
    is_late: bool,
}

/// Asks on one connection until the server closes it. Whatever is answered is answered whole.
fn keep_asking(address: SocketAddr, request: &str, begun: &dyn Fn()) -> Seen {
    let mut client = Client::connect(address);
    let mut seen = Seen::default();
    loop {
        let is_sent = client.try_send(request.as_bytes());
        match client.answer_or_end() {
            Ok(answer) => {
                assert!(is_sent && answer.status == 200, "{answer:?}");
                seen.answers += 1;
                if seen.answers == 5 {
                    begun();
                }
                if answer.says_close() {
                    assert_eq!(client.end(), End::Closed(Vec::new()), "nothing follows the last answer");
                    return seen;
                }
            }
            // Whoever sends to a closed connection is reset; it has been answered before.
            Err(End::Closed(bytes) | End::Reset(bytes)) => {
                assert_eq!(bytes, b"", "an answer was cut");
                return Seen { is_late: true, ..seen };
            }
        }
    }
}

/// Connects anew for each request, and closes its own side behind it.
fn keep_connecting(address: SocketAddr, is_ending: &AtomicBool, begun: &dyn Fn()) -> Seen {
    let mut seen = Seen::default();
    loop {
        let Ok(stream) = TcpStream::connect(address) else {
            assert!(is_ending.load(Ordering::SeqCst), "nobody accepts");
            return seen;
        };
        let mut client = Client::over(stream);
        let _ = client.try_send(GET.as_bytes());
        client.close_write();
        let (End::Closed(bytes) | End::Reset(bytes)) = client.end();
        if bytes.is_empty() {
            assert!(is_ending.load(Ordering::SeqCst), "a request was lost");
            continue; // it was not accepted any more
        }
        let answers = answer::all(&bytes, &[]);
        assert!(answers.len() == 1 && answers[0].text() == "Hello, World!", "an answer was cut: {bytes:?}");
        seen.answers += 1;
        if seen.answers == 5 {
            begun();
        }
    }
}

/// Requests that are in the server's sockets before the signal is sent: over loopback, a send is a delivery.
fn send_before(address: SocketAddr) -> Vec<Client> {
    let clients = (0..12).map(|number| {
        let mut client = Client::connect(address);
        client.send(if number % 3 == 0 { LONG } else { GET });
        if number % 2 == 0 {
            client.close_write();
        }
        client
    });
    clients.collect()
}

#[test]
fn nothing_is_lost_round_after_round() {
    for round in 0..rounds() {
        let served = Served::start(&mut bantam(["demo", "-p", "0"]));
        let (address, is_ending) = (served.address, AtomicBool::new(false));
        let (sender, begun) = channel();
        let answers: usize = thread::scope(|scope| {
            let mut clients = Vec::new();
            for number in 0..12 {
                let (sender, is_ending) = (sender.clone(), &is_ending);
                clients.push(scope.spawn(move || {
                    let begun = || sender.send(()).expect("the test listens");
                    match number % 3 {
                        0 => keep_asking(address, GET, &begun),
                        1 => keep_asking(address, LONG, &begun),
                        _ => keep_connecting(address, is_ending, &begun),
                    }
                }));
            }
            for _ in &clients {
                begun.recv_timeout(PATIENCE).expect("answers");
            }
            let before = send_before(address);
            is_ending.store(true, Ordering::SeqCst);
            served.signal(Signal::TERM);
            let sent_before = before.len();
            for mut client in before {
                let answer = client.answer();
                assert_eq!(answer.status, 200, "round {round}");
                assert_eq!(client.end(), End::Closed(Vec::new()), "round {round}");
            }
            let seen = clients.into_iter().map(|client| client.join().expect("no answer is cut").answers);
            sent_before + seen.sum::<usize>()
        });
        let (status, log, errors) = served.end();
        assert!(status.success() && errors.is_empty(), "round {round}: {status}: {errors:?}");
        // Whatever the server has answered has come to somebody.
        assert_eq!(log.len(), answers, "round {round}");
    }
}

#[test]
fn with_a_delay_no_request_on_an_open_connection_is_late() {
    for round in 0..rounds().div_ceil(10) {
        let served = Served::start(&mut bantam(["demo", "-p", "0", "--shutdown-delay", "1"]));
        let (sender, begun) = channel();
        let address = served.address;
        thread::scope(|scope| {
            let clients: Vec<_> = (0..8)
                .map(|number| {
                    let sender = sender.clone();
                    let request = if number % 2 == 0 { GET } else { LONG };
                    let begun = move || sender.send(()).expect("the test listens");
                    scope.spawn(move || keep_asking(address, request, &begun))
                })
                .collect();
            for _ in &clients {
                begun.recv_timeout(PATIENCE).expect("answers");
            }
            served.signal(Signal::TERM);
            for client in clients {
                assert!(!client.join().expect("no answer is cut").is_late, "round {round}");
            }
        });
        let (status, _, errors) = served.end();
        assert!(status.success() && errors.is_empty(), "round {round}: {status}: {errors:?}");
    }
}

/// Asks until an answer says that the server is about to close.
fn wait_for_the_drain(served: &Served) {
    let began = Instant::now();
    while !served.connect().ask(GET).says_close() {
        assert!(began.elapsed() < PATIENCE, "the signal does nothing");
    }
}

#[test]
fn in_the_delay_readiness_fails_and_everybody_is_served() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--shutdown-delay", "3600"]));
    let (mut idle, mut silent) = (served.connect(), served.connect());
    assert!(!idle.ask(GET).says_close());
    assert_eq!(served.get("/health/ready").status, 200);
    served.signal(Signal::TERM);
    wait_for_the_drain(&served);
    for _ in 0..3 {
        let answer = served.connect().ask("GET /health/ready HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(answer.status == 503 && answer.says_close(), "{answer:?}");
        let answer = served.connect().ask("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
        assert!(answer.status == 200 && answer.says_close(), "{answer:?}");
    }
    for client in [&mut idle, &mut silent] {
        let answer = client.ask(GET);
        assert!(answer.status == 200 && answer.says_close(), "it was not closed: {answer:?}");
        assert_eq!(client.read_to_end(), End::Closed(Vec::new()));
    }
    // In pieces too: nobody is taken for idle who has just come.
    let mut slow = served.connect();
    slow.send(&GET[..10]);
    assert_eq!(served.connect().ask(GET).status, 200);
    slow.send(&GET[10..]);
    assert!(slow.answer().says_close());
    served.signal(Signal::TERM);
    let (status, _, errors) = served.end();
    assert!(status.success() && errors.is_empty(), "a second signal ends it: {status}: {errors:?}");
}

#[test]
fn behind_the_delay_the_server_ends_as_without_one() {
    let served = Served::start(&mut bantam(["demo", "-p", "0", "--shutdown-delay", "0.3"]));
    let mut idle = served.connect();
    assert_eq!(idle.ask(GET).status, 200);
    let began = Instant::now();
    served.signal(Signal::TERM);
    assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));
    assert!(began.elapsed() >= Duration::from_millis(300), "not before");
    drop(idle);
    assert!(served.end().0.success());
}
