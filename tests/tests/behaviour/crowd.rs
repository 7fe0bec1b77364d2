//! More connections than workers: whoever says something is answered, whatever the others do.

use bantam_core::limits::Limits;
use bantam_tests::app::demo;
use bantam_tests::running::Running;
use bantam_tests::serves::HELLO;

const GET: &str = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn idle_connections_keep_no_worker() {
    let server = Running::start(demo(Limits::DEFAULT));
    let mut idle: Vec<_> = (0..200).map(|_| server.connect()).collect();
    for client in &mut idle {
        assert_eq!(client.ask(GET).text(), HELLO);
    }
    assert_eq!(server.connect().ask(GET).text(), HELLO, "a newcomer");
    for client in idle.iter_mut().rev() {
        assert_eq!(client.ask(GET).text(), HELLO, "one that was idle");
    }
}

#[test]
fn half_a_request_keeps_no_worker() {
    let server = Running::start(demo(Limits::DEFAULT));
    let mut slow: Vec<_> = (0..50).map(|_| server.connect()).collect();
    for client in &mut slow {
        client.send(&GET[..20]);
    }
    assert_eq!(server.connect().ask(GET).text(), HELLO, "a newcomer");
    for client in &mut slow {
        client.send(&GET[20..]);
        assert_eq!(client.answer().text(), HELLO, "one that was slow");
    }
}
