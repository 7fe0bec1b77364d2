//! Signals, while clients are served behind the device.

use std::io::ErrorKind;
use std::net::TcpStream;

use super::*;

const HALF: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello";

/// A client with half a request, and one that is idle.
fn clients(address: &str) -> (Client, Client) {
    let mut client = connect(address);
    client.send(HALF);
    let mut idle = connect(address);
    assert_eq!(idle.ask(PAGE).status, 200);
    (client, idle)
}

#[test]
fn a_signal_lets_requests_end() {
    in_namespace(|| {
        for signal in [Signal::TERM, Signal::INT] {
            let served = start(&mut demo());
            assert_eq!(next(&served.errors), format!("listening on http://{IPV6}"));
            let (mut client, mut idle) = clients(IPV4);
            let (mut other, mut other_idle) = clients(IPV6);
            let mut slow = connect(IPV4);
            slow.send("GET /drip?duration=1&numbytes=50 HTTP/1.1\r\nHost: a\r\n\r\n");
            assert_eq!(slow.read_for(PATIENCE), None, "the answer begins");
            served.signal(signal);
            for idle in [&mut idle, &mut other_idle] {
                assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));
            }
            for address in [IPV4, IPV6] {
                let error = TcpStream::connect(address).expect_err("it takes no more");
                assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{address}");
            }
            let answer = slow.answer();
            assert_eq!(answer.text(), "*".repeat(50), "{answer:?}");
            for client in [&mut client, &mut other] {
                client.send("world");
                let answer = client.answer_to("POST");
                assert!(answer.text() == "helloworld" && answer.says_close(), "{answer:?}");
            }
            for client in [client, other, slow] {
                assert_eq!(client.end(), End::Closed(Vec::new()));
            }
            drop((idle, other_idle));
            let (status, log, errors) = served.end();
            assert_eq!((status.code(), log.len(), errors), (Some(0), 5, Vec::new()));
        }
    });
}

#[test]
fn a_second_signal_ends_it_at_once() {
    in_namespace(|| {
        let served = start(&mut demo());
        assert_eq!(next(&served.errors), format!("listening on http://{IPV6}"));
        let (client, mut idle) = clients(IPV4);
        served.signal(Signal::TERM);
        assert_eq!(idle.read_to_end(), End::Closed(Vec::new()));
        served.signal(Signal::TERM);
        let (status, log, errors) = served.end();
        assert_eq!((status.code(), errors), (Some(0), Vec::new()));
        assert!(log.iter().any(|line| line.contains("/plaintext")), "{log:?}");
        drop(client);
    });
}

#[test]
fn a_device_that_goes_away_is_said() {
    in_namespace(|| {
        let served = start(&mut demo());
        assert_eq!(next(&served.errors), format!("listening on http://{IPV6}"));
        ip("link del tap0");
        let (status, _, errors) = served.end();
        assert_eq!(status.code(), Some(1), "{errors:?}");
        assert!(errors.len() == 1 && errors[0].contains("tap0 was removed while in use"), "{errors:?}");
    });
}
