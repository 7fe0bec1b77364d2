//! Both versions of IP.

use core::time::Duration;

use bantam_tests::network::Standing;
use bantam_tests::serves::HELLO;

use super::{GET, Net, answers, ask, service};

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
