//! Both versions of IP.

use core::net::IpAddr;
use core::time::Duration;

use bantam_tests::network::{self, Standing, Weather};
use bantam_tests::serves::HELLO;

use super::{GET, Net, answers, ask, memory, service};

#[test]
fn the_same_conversation_over_either() {
    let service = service();
    let mut network = Net::new(&service);
    let lines = [network.connect(), network.connect_by_ipv6(), network.connect(), network.connect_by_ipv6()];
    for _ in 0..3 {
        lines.iter().for_each(|line| assert_eq!(ask(&mut network, *line, GET).text(), HELLO));
    }
    for line in lines {
        network.send(line, b"GET /fast/100000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }
    network.run_until(|network| lines.iter().all(|line| network.standing(*line) == Standing::Closed));
    for line in lines {
        let answers = answers(&network, line);
        assert_eq!((answers.len(), answers[3].content.len()), (4, 100_000));
        network.close(line);
    }
    network.run_for(Duration::from_millis(5));
    assert_eq!((network.server().connections(), network.resets()), (0, 0));
}

/// There may be no address of IPv4 at all.
#[test]
fn a_server_may_have_one_version_alone() {
    let addresses = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([0xfd00, 0, 0, 0, 0, 0, 0, 1])];
    for (own, other) in [(addresses[0], addresses[1]), (addresses[1], addresses[0])] {
        let service = service();
        let mut memory = memory(2, 1, 4_096, 2);
        let config = network::config().with_address(own, if own.is_ipv4() { 24 } else { 64 });
        let mut network = Net::with_config(&service, memory.parts(), Weather::FAIR, &config);
        let line = network.connect_with(own, 65_535);
        assert_eq!(ask(&mut network, line, GET).text(), HELLO, "{own}");
        let nowhere = network.connect_with(other, 65_535);
        network.run_for(Duration::from_secs(5));
        assert_eq!(network.standing(nowhere), Standing::Connecting, "{other}");
    }
}

#[test]
fn newcomers_of_ipv6_are_overlooked_as_others_are() {
    let service = service();
    let mut network = Net::new(&service);
    let lines: Vec<_> = (0..30).map(|_| network.connect_by_ipv6()).collect();
    for line in &lines {
        network.send(*line, b"GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        network.close(*line);
    }
    network.run_for(Duration::from_secs(30));
    lines.iter().for_each(|line| assert_eq!(answers(&network, *line).len(), 1));
    assert_eq!(network.resets(), 0);
}
