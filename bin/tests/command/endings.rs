//! Signals, and a standard output that is closed.

use super::*;

#[test]
fn signals_end_it_well() {
    for signal in [Signal::TERM, Signal::INT] {
        let served = Served::start(&mut bantam(["demo", "-p", "0"]));
        let mut idle = served.connect();
        assert_eq!(idle.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
        served.signal(signal);
        assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));
        drop(idle);
        let (status, log, errors) = served.end();
        assert_eq!(status.code(), Some(0), "{errors:?}");
        assert_eq!((log.len(), errors), (1, Vec::new()), "the log is written to its end");
    }
}

#[test]
fn a_signal_lets_a_request_end() {
    let served = Served::start(&mut bantam(["demo", "-p", "0"]));
    let mut client = served.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    // Another connection shows that this one has been read, and then that the drain has begun.
    let mut idle = served.connect();
    assert_eq!(idle.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    served.signal(Signal::TERM);
    assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));
    client.send("world");
    let answer = client.answer_to("POST");
    assert!(answer.text() == "helloworld" && answer.says_close(), "{answer:?}");
    drop((client, idle));
    let (status, log, _) = served.end();
    assert!(status.success() && log.len() == 2, "{status}: {log:?}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let served = Served::start(&mut bantam(["demo", "-p", "0"]));
    let mut client = served.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    let mut idle = served.connect();
    assert_eq!(idle.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    served.signal(Signal::TERM);
    assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));
    served.signal(Signal::TERM);
    let (status, _, _) = served.end();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn a_closed_standard_output_disturbs_nothing() {
    let mut child = bantam(["demo", "-p", "0"]).spawn().expect("the command starts");
    drop(child.stdout.take());
    let errors = lines(child.stderr.take().expect("standard error"));
    let address = loop {
        if let Some(address) = next(&errors).strip_prefix("listening on http://") {
            break address.parse().expect("an address");
        }
    };
    let (_, output) = channel();
    let served = Served { child, address, banner: Vec::new(), errors, output };
    let mut client = served.connect();
    // The log is carried out some times a second: enough requests for several of these.
    let report = loop {
        assert_eq!(client.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").text(), "Hello, World!");
        if let Ok(line) = served.errors.recv_timeout(Duration::from_millis(20)) {
            break line;
        }
    };
    assert!(report.contains("log lines were dropped"), "{report}");
    assert_eq!(client.ask("GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n").text(), "Hello, World!");
    drop(client);
    served.signal(Signal::TERM);
    let (status, ..) = served.end();
    assert_eq!(status.code(), Some(0));
}
