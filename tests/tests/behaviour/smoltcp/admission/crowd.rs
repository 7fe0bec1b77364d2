//! Who gets a socket when more want one than there are.

use core::net::IpAddr;
use core::time::Duration;

use bantam_tests::network::{Standing, Weather};
use bantam_tests::serves::HELLO;

use super::super::{GET, Net, answers, ask, memory, service};
use super::{SILENT, SLOW, SOON, assert_served_within, connect};

#[test]
fn a_browser_opens_six_connections_and_spare_ones() {
    let service = service();
    let mut network = Net::new(&service);
    let lines = connect(&mut network, 10);
    for line in &lines[..6] {
        network.send(*line, GET.as_bytes());
    }
    network.run_for(SOON);
    for line in &lines[..6] {
        assert_eq!(answers(&network, *line)[0].text(), HELLO);
    }
    assert_eq!(network.resets(), 0);
}

/// Handshakes that take long are not given up for a frame that is none of a newcomer.
#[test]
fn clients_from_afar_may_take_every_socket() {
    let service = service();
    let mut network = Net::new(&service);
    let near = network.connect();
    assert_eq!(ask(&mut network, near, GET).text(), HELLO);
    network.set_weather(Weather { latency: Duration::from_millis(150), ..Weather::FAIR });
    let far: Vec<_> = (0..9).map(|_| network.connect()).collect();
    network.run_for(Duration::from_millis(160));
    network.set_weather(Weather::FAIR);
    for _ in 0..5 {
        assert_eq!(ask(&mut network, near, GET).text(), HELLO);
        network.run_for(Duration::from_millis(20));
    }
    network.run_for(Duration::from_millis(500));
    for line in far {
        assert_eq!(ask(&mut network, line, GET).text(), HELLO);
    }
    assert_eq!(network.resets(), 0);
}

#[test]
fn the_connection_that_is_idle_longest_makes_room() {
    let service = service();
    let mut network = Net::new(&service);
    let mut idle = Vec::new();
    for _ in 0..8 {
        let line = network.connect();
        assert_eq!(ask(&mut network, line, GET).text(), HELLO);
        network.run_for(Duration::from_millis(200));
        idle.push(line);
    }
    // The first has been used since, and the second has a request under way.
    assert_eq!(ask(&mut network, idle[0], GET).text(), HELLO);
    network.send(idle[1], &GET.as_bytes()[..20]);
    network.run_for(SOON);
    let mut newcomers = Vec::new();
    for _ in 0..3 {
        newcomers.push(assert_served_within(&mut network, Duration::from_millis(20), "newcomer"));
        network.run_for(SOON);
        let closed = idle.iter().filter(|line| network.standing(**line) == Standing::Closed);
        closed.copied().collect::<Vec<_>>().into_iter().for_each(|line| network.close(line));
        network.run_for(SOON);
    }
    let standing: Vec<_> = idle.iter().map(|line| network.standing(*line)).collect();
    let closed: Vec<_> = (0..8).filter(|index| standing[*index] == Standing::Closed).collect();
    assert_eq!(closed, [2, 3, 4], "{standing:?}");
    network.send(idle[1], &GET.as_bytes()[20..]);
    network.run_for(SOON);
    assert_eq!(answers(&network, idle[1]).len(), 2, "what was under way is answered");
    for line in idle.into_iter().chain(newcomers) {
        network.close(line);
    }
    network.run_for(SOON);
    assert_eq!((network.resets(), network.server().connections()), (0, 0));
}

#[test]
fn newcomers_that_have_not_spoken_yet_are_not_idle() {
    let service = service();
    let mut network = Net::new(&service);
    let lines = connect(&mut network, 10);
    network.run_for(Duration::from_millis(500));
    lines.iter().for_each(|line| assert_eq!(network.standing(*line), Standing::Open));
    // Nobody is idle for a second: the eleventh is overlooked, and comes again.
    let late = network.connect();
    network.send(late, GET.as_bytes());
    network.run_for(Duration::from_millis(400));
    assert_eq!(network.standing(late), Standing::Connecting);
    network.run_until(|network| !answers(network, late).is_empty());
    assert_eq!(network.resets(), 0);
}

#[test]
fn all_busy_is_said_in_an_answer() {
    for request in [SLOW, SILENT] {
        let service = service();
        let mut network = Net::new(&service);
        let busy = connect(&mut network, 8);
        busy.iter().for_each(|line| network.send(*line, request.as_bytes()));
        network.run_for(Duration::from_millis(100));
        for round in 0..20 {
            let line = network.connect();
            network.send(line, GET.as_bytes());
            network.run_for(Duration::from_millis(300));
            let answers = answers(&network, line);
            assert_eq!(answers.len(), 1, "round {round}: {:?}", network.server());
            assert_eq!(answers[0].status, 503, "round {round}");
            assert_eq!(answers[0].field("Retry-After"), Some("1"));
            assert!(answers[0].says_close());
            assert_eq!(network.standing(line), Standing::Closed);
            network.close(line);
            network.run_for(SOON);
            assert_eq!(network.server().connections(), 8, "its socket is free again");
        }
        assert_eq!(network.resets(), 0);
        busy.iter().for_each(|line| network.reset(*line));
        network.run_for(SOON);
        assert_eq!(network.server().connections(), 0);
    }
}

#[test]
fn who_is_overlooked_comes_again_and_is_never_refused() {
    let service = service();
    let mut network = Net::new(&service);
    let lines: Vec<_> = (0..40).map(|_| network.connect()).collect();
    lines.iter().for_each(|line| {
        network.send(*line, b"GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        network.close(*line);
    });
    network.run_for(Duration::from_secs(30));
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(answers(&network, *line).len(), 1, "{number}: {:?}", network.standing(*line));
    }
    assert_eq!((network.resets(), network.server().connections()), (0, 0));
}

/// Memory for a request is free as soon as another is answered, and not a quarter of a second later.
#[test]
fn who_waits_for_memory_gets_it_at_once() {
    // Either may be served first in a turn.
    for (holder, waiter) in [(0, 1), (1, 0)] {
        for turns in 0..10 {
            let service = service();
            let mut memory = memory(8, 2, 4_096, 1);
            let mut network = Net::with(&service, memory.parts(), Weather::FAIR);
            let lines = connect(&mut network, 2);
            // Acknowledgements wake the server: without them it has to think of those who wait by itself.
            lines.iter().for_each(|line| network.set_ack_delay(*line, Some(Duration::from_secs(1))));
            (0..turns).for_each(|_| network.turn());
            network.send(lines[holder], b"GET /slow/5 HTTP/1.1\r\nHost: a\r\n\r\n");
            network.run_for(SOON);
            network.send(lines[waiter], GET.as_bytes());
            network.run_for(Duration::from_millis(120));
            assert_eq!(answers(&network, lines[holder]).len(), 1, "{turns}");
            assert_eq!(answers(&network, lines[waiter]).len(), 1, "{turns}: {:?}", network.server());
            assert_eq!(answers(&network, lines[waiter])[0].text(), HELLO, "{turns}");
        }
    }
}

#[test]
fn a_crowd_of_neighbours_is_answered_without_asking_where_each_of_them_is() {
    for version in ["IPv4", "IPv6"] {
        let address = |host: u8| match version {
            "IPv4" => IpAddr::from([10, 0, 0, host]),
            _ => IpAddr::from([0xfd00, 0, 0, 0, 0, 0, 0, u16::from(host)]),
        };
        let service = service();
        let mut memory = memory(8, 2, 4_096, 8);
        let mut network = Net::with(&service, memory.parts(), Weather::FAIR);
        // None of them has ever been heard of, and none says where it is when it is asked.
        (100..108).for_each(|host| network.send_syn_from(address(host)));
        let (before, _) = network.frames();
        network.run_for(Duration::from_millis(5));
        assert_eq!(network.frames().0 - before, 8, "{version}: one answer each, and no question");
        assert_eq!(network.server().connections(), 8, "{version}");
    }
}
