//! How a server ends: what it has accepted is answered whole, what it has not is not begun.

use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use bantam_core::limits::Limits;
use bantam_core::prelude::{Middleware, Next, Request, Response, Sink};
use bantam_tests::answer::{self, Answer};
use bantam_tests::app::{self, PIECE};
use bantam_tests::client::{Client, End};
use bantam_tests::running::Running;
use bantam_tests::serves::HELLO;
use bantam_transport_std::Config;

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

fn start() -> Running {
    Running::start(app::service(Limits::DEFAULT))
}

/// Whether a new connection comes to nothing. The kernel may complete one just before the listener goes.
fn is_refused(server: &Running) -> bool {
    match TcpStream::connect(server.address()) {
        Ok(_) => {
            let mut client = server.connect();
            client.try_send(GET.as_bytes());
            matches!(client.end(), End::Closed(bytes) | End::Reset(bytes) if bytes.is_empty())
        }
        Err(error) => error.kind() == ErrorKind::ConnectionRefused,
    }
}

#[test]
fn idle_connections_are_closed_and_the_server_ends() {
    let server = start();
    let mut fresh = server.connect();
    let mut used = server.connect();
    assert_eq!(used.ask(GET).status, 200);
    // A connection that was accepted after the others proves that they were.
    assert_eq!(server.connect().ask(GET).status, 200);
    server.shutdown().begin();
    assert_eq!(fresh.read_to_end(), End::Closed(Vec::new()));
    assert_eq!(used.read_to_end(), End::Closed(Vec::new()));
    assert!(is_refused(&server));
    drop((fresh, used));
    server.join();
}

#[test]
fn a_slow_answer_is_finished() {
    let server = start();
    let mut client = server.connect();
    client.send("GET /slow/20 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.read_for(Duration::from_secs(10)), None, "the answer begins");
    server.shutdown().begin();
    let answer = client.answer();
    assert_eq!(answer.content, PIECE.repeat(20));
    assert_eq!(client.end(), End::Closed(Vec::new()));
    server.join();
}

#[test]
fn a_request_that_has_begun_is_answered_and_told_to_be_the_last() {
    let server = start();
    let mut client = server.connect();
    let mut other = server.connect();
    let mut probe = server.connect();
    client.send(&GET[..20]);
    other.send("POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
    probe.send("GET /ready HTTP/1.1\r\n");
    assert_eq!(server.connect().ask(GET).status, 200);
    // Three connections have asked for something; a fourth, idle one shows when the drain has come.
    let mut idle = server.connect();
    assert_eq!(idle.ask(GET).status, 200);
    server.shutdown().begin();
    assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));

    client.send(&GET[20..]);
    let answer = client.answer();
    assert!(answer.text() == HELLO && answer.says_close(), "{answer:?}");
    other.send("llo");
    let answer = other.answer_to("POST");
    assert!(answer.text() == "hello" && answer.says_close(), "{answer:?}");
    probe.send("Host: a\r\n\r\n");
    let answer = probe.answer();
    assert!(answer.status == 503 && answer.says_close(), "readiness fails: {answer:?}");
    for client in [client, other, probe] {
        assert_eq!(client.end(), End::Closed(Vec::new()));
    }
    drop(idle);
    server.join();
}

#[test]
fn a_second_call_ends_at_once() {
    let server = start();
    let mut client = server.connect();
    client.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.read_for(Duration::from_secs(10)), None, "the answer begins");
    server.shutdown().begin();
    assert_eq!(client.read_for(Duration::from_millis(100)), None, "it is waited for");
    server.shutdown().begin();
    server.join();
    let (End::Closed(bytes) | End::Reset(bytes)) = client.end();
    assert!(!bytes.ends_with(b"0\r\n\r\n"), "the answer does not look complete");
}

#[test]
fn the_drain_has_an_end_of_its_own() {
    let config = Config { drain: Duration::from_millis(200), ..Config::default() };
    let server = Running::start_with(app::service(Limits::DEFAULT), config);
    let mut client = server.connect();
    client.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.read_for(Duration::from_secs(10)), None, "the answer begins");
    server.shutdown().begin();
    server.join();
}

#[test]
fn requests_that_were_sent_before_are_all_answered() {
    // Where the workers are when the drain begins is chance: many drains meet them in many places.
    for _ in 0..20 {
        let server = start();
        let mut clients: Vec<Client> = (0..20).map(|_| server.connect()).collect();
        for client in &mut clients {
            assert_eq!(client.ask(GET).status, 200);
            client.send(GET.repeat(3));
        }
        // The bytes are in the server's sockets: over loopback, a send is a delivery.
        server.shutdown().begin();
        for client in clients {
            let End::Closed(bytes) = client.end() else { panic!("reset") };
            let answers = answer::all(&bytes, &[]);
            // The first that is answered while draining is the last; those behind it were not accepted.
            assert!(!answers.is_empty(), "a request was lost");
            assert!(answers.iter().all(|answer| answer.text() == HELLO));
            assert!(answers.len() == 3 || answers.last().is_some_and(Answer::says_close), "{answers:?}");
        }
        server.join();
    }
}

/// Its request may be on its way, and who sent it does not expect that nobody reads it.
#[test]
fn who_has_just_come_is_left_for_a_first_request() {
    let outcomes = (0..20).map(|_| {
        let server = start();
        let (mut used, mut newcomer) = (server.connect(), server.connect());
        assert_eq!(used.ask(GET).status, 200);
        assert_eq!(server.connect().ask(GET).status, 200, "accepted after the others");
        server.shutdown().begin();
        assert_eq!(used.read_to_end(), End::Closed(Vec::new()), "it drains");
        newcomer.send(GET);
        let outcome = newcomer.answer_or_end();
        if let Ok(answer) = &outcome {
            assert!(answer.status == 200 && answer.says_close(), "{answer:?}");
        }
        drop((used, newcomer));
        server.join();
        outcome
    });
    // A machine that sleeps for a second in between is seldom met twenty times.
    let answered = outcomes.filter(Result::is_ok).count();
    assert!(answered > 10, "{answered} of 20");
}

#[test]
fn connections_in_the_backlog_are_answered() {
    let server = start();
    let mut clients: Vec<Client> = (0..50).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(GET);
    }
    server.shutdown().begin();
    for client in clients {
        let End::Closed(bytes) = client.end() else { panic!("reset") };
        assert_eq!(answer::all(&bytes, &[]).len(), 1, "a request was lost");
    }
    server.join();
}

/// Asks as fast as it is answered, until the server closes. Says how many whole answers came.
fn load(mut client: Client, begun: &Sender<()>) -> usize {
    let mut answers = 0;
    loop {
        if !client.try_send(GET.as_bytes()) {
            return answers;
        }
        match client.answer_or_end() {
            Ok(answer) => {
                assert_eq!(answer.text(), HELLO);
                answers += 1;
                if answers == 20 {
                    begun.send(()).expect("the test listens");
                }
                if answer.says_close() {
                    assert_eq!(client.end(), End::Closed(Vec::new()), "nothing follows the last answer");
                    return answers;
                }
            }
            Err(End::Closed(bytes)) => {
                assert_eq!(bytes, b"", "an answer was cut");
                return answers;
            }
            Err(End::Reset(bytes)) => panic!("reset after {bytes:?}"),
        }
    }
}

#[test]
fn no_answer_is_cut_under_load() {
    let server = start();
    let (begun, has_begun) = channel();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..50)
            .map(|_| {
                let (client, begun) = (server.connect(), begun.clone());
                scope.spawn(move || load(client, &begun))
            })
            .collect();
        // All of them are under way.
        for _ in 0..50 {
            has_begun.recv_timeout(Duration::from_secs(10)).expect("answers");
        }
        server.shutdown().begin();
        for client in clients {
            assert!(client.join().expect("no answer is cut") >= 20);
        }
    });
    server.join();
}

/// Counts answers that were cut.
struct Cut(AtomicU32);

impl<A, S: Sink<A>> Middleware<A, S> for Cut {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        next.run(app, request, response);
    }

    fn complete(&self, _: &A, _: &Request<'_>, answer: &bantam_core::middleware::Answer) {
        self.0.fetch_add(u32::from(answer.is_cut), Ordering::Relaxed);
    }
}

#[test]
fn middleware_learns_of_answers_that_the_end_cuts() {
    static CUT: Cut = Cut(AtomicU32::new(0));
    static CHAIN: [&dyn Middleware<app::App, app::Streams>; 1] = [&CUT];
    let config = Config { drain: Duration::from_millis(100), ..Config::default() };
    let server = Running::start_with(app::service(Limits::DEFAULT).with_middleware(&CHAIN), config);
    let mut clients: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for client in &mut clients {
        assert_eq!(client.read_for(Duration::from_secs(10)), None, "the answer begins");
    }
    server.shutdown().begin();
    server.join();
    assert_eq!(CUT.0.load(Ordering::Relaxed), 3);
}
