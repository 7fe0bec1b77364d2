//! Who gets a socket that was held by a client who is gone, or never done.

use core::time::Duration;

use bantam_tests::network::{Line, Standing};
use bantam_tests::serves::HELLO;

use super::super::{GET, Net, answers, ask, assert_all_free, service};
use super::{SLOW, SOON, assert_served_within, connect};

#[test]
fn a_connection_that_both_sides_close_ends_without_a_reset() {
    for client_first in [false, true] {
        let service = service();
        let mut network = Net::new(&service);
        let line = connect(&mut network, 1)[0];
        let option = if client_first { "" } else { "Connection: close\r\n" };
        network.send(line, format!("GET /plaintext HTTP/1.1\r\nHost: a\r\n{option}\r\n").as_bytes());
        network.run_for(SOON);
        assert_eq!(answers(&network, line).len(), 1);
        network.close(line);
        network.run_for(SOON);
        assert_eq!(network.standing(line), Standing::Closed);
        assert!(client_first || network.is_gone(line), "the client's FIN is acknowledged at once");
        assert_eq!(network.server().connections(), 0);
        network.run_for(Duration::from_secs(60));
        assert_eq!(network.resets(), 0, "client first: {client_first}");
    }
}

#[test]
fn who_has_lost_a_connection_may_ask_again_from_the_same_port() {
    let service = service();
    let mut network = Net::new(&service);
    let other = connect(&mut network, 1)[0];
    let line = connect(&mut network, 1)[0];
    assert_eq!(ask(&mut network, line, GET).text(), HELLO);
    // The client starts anew: it knows of nothing. A socket in front of the old one is free.
    network.reset(other);
    network.forget(line);
    let again = network.connect_again(line);
    network.send(again, GET.as_bytes());
    network.run_for(Duration::from_secs(40));
    assert_eq!(answers(&network, again).len(), 1, "{:?}", network.server());
}

#[test]
fn clients_that_vanish_in_any_state_leave_their_slot() {
    type Act = fn(&mut Net<'_>, Line);
    let cases: [(&str, Act); 12] = [
        ("before a word", |network, line| network.vanish(line)),
        ("in a head", |network, line| {
            network.send(line, &GET.as_bytes()[..9]);
            network.run_for(SOON);
            network.vanish(line);
        }),
        ("in content", |network, line| {
            network.send(line, b"POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc");
            network.run_for(SOON);
            network.vanish(line);
        }),
        ("while an answer comes", |network, line| {
            network.send(line, SLOW.as_bytes());
            network.run_for(SOON);
            network.vanish(line);
        }),
        ("after an answer", |network, line| {
            assert_eq!(ask(network, line, GET).text(), HELLO);
            network.vanish(line);
        }),
        ("before the last answer is acknowledged", |network, line| {
            network.send(line, b"GET /close HTTP/1.1\r\nHost: a\r\n\r\n");
            network.run_for_until(SOON, |network| network.server().connections() == 1);
            network.run_for(Duration::from_micros(150));
            network.vanish(line);
        }),
        ("never closes its side", |network, line| {
            network.send(line, b"GET /close HTTP/1.1\r\nHost: a\r\n\r\n");
        }),
        ("resets while an answer comes", |network, line| {
            network.send(line, SLOW.as_bytes());
            network.run_for(SOON);
            network.reset(line);
        }),
        ("resets in a head", |network, line| {
            network.send(line, &GET.as_bytes()[..9]);
            network.run_for(SOON);
            network.reset(line);
        }),
        ("closes its side at once", |network, line| network.close(line)),
        ("closes its side behind a request", |network, line| {
            network.send(line, GET.as_bytes());
            network.close(line);
        }),
        ("takes nothing for ever", |network, line| {
            network.take_only(line, 0);
            network.send(line, b"GET /fast/10000000 HTTP/1.1\r\nHost: a\r\n\r\n");
        }),
    ];
    for (name, act) in cases {
        let service = service();
        let mut network = Net::new(&service);
        for _ in 0..2 {
            let lines = connect(&mut network, 8);
            lines.iter().for_each(|line| act(&mut network, *line));
            network.run_for(Duration::from_secs(30));
            assert_eq!(network.server().connections(), 0, "{name}: {:?}", network.server());
            assert_served_within(&mut network, SOON, name);
            network.run_for(Duration::from_secs(20));
            assert_all_free(&mut network);
        }
    }
}

/// Clients of a network that is gone keep nobody out for long: their connections are closed for newcomers, and nothing
/// that they still owe is waited for when it is all that is owed.
#[test]
fn idle_clients_that_are_gone_keep_nobody_out() {
    let service = service();
    let mut network = Net::new(&service);
    let gone = connect(&mut network, 8);
    for line in &gone {
        assert_eq!(ask(&mut network, *line, GET).text(), HELLO);
    }
    // All that they have is acknowledged.
    network.run_for(Duration::from_millis(20));
    gone.iter().for_each(|line| network.vanish(*line));
    for number in 0..10 {
        assert_served_within(&mut network, Duration::from_millis(1_500), &format!("newcomer {number}"));
    }
    assert_eq!(network.resets(), 0);
}

/// A client that was switched off and on takes the port that it took before.
#[test]
fn who_has_lost_a_connection_is_not_kept_waiting() {
    for what in ["idle", "before a word", "in a head", "while an answer comes", "never closes its side"] {
        let service = service();
        let mut network = Net::new(&service);
        let other = connect(&mut network, 1)[0];
        let line = connect(&mut network, 1)[0];
        match what {
            "idle" => assert_eq!(ask(&mut network, line, GET).text(), HELLO),
            "in a head" => network.send(line, &GET.as_bytes()[..9]),
            "while an answer comes" => network.send(line, SLOW.as_bytes()),
            "never closes its side" => network.send(line, b"GET /close HTTP/1.1\r\nHost: a\r\n\r\n"),
            _ => {}
        }
        network.run_for(Duration::from_millis(50));
        network.reset(other);
        network.run_for(SOON);
        network.forget(line);
        let again = network.connect_again(line);
        network.send(again, GET.as_bytes());
        let came =
            network.run_for_until(Duration::from_secs(4), |network| !answers(network, again).is_empty());
        assert!(came, "{what}: {:?}", network.server());
    }
}
