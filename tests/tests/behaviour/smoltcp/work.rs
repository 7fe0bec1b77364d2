//! How much is done in one turn: a flood of frames, or of requests, keeps nobody else out.

use core::time::Duration;

use bantam_tests::network::Origin;
use bantam_tests::serves::HELLO;

use super::{GET, Net, answers, ask, service};

/// Most frames that a turn takes in, as the transport has it.
const FRAMES: usize = 64;

#[test]
fn a_turn_takes_in_so_many_frames_and_ends() {
    let service = service();
    let mut network = Net::new(&service);
    let line = network.connect();
    assert_eq!(ask(&mut network, line, GET).text(), HELLO);
    network.send_lone_syns(10_000, Origin::Silent);
    // A request stands behind them all.
    network.send(line, GET.as_bytes());
    network.run_for_until(Duration::from_millis(1), |network| network.waiting() >= 10_000);
    let mut turns = 0;
    while network.waiting() > 0 {
        let waiting = network.waiting();
        network.turn();
        let taken = waiting - network.waiting();
        assert!((1..=FRAMES).contains(&taken), "{taken} frames in a turn");
        turns += 1;
    }
    assert!(turns >= 10_000 / FRAMES, "{turns} turns");
    network.run_for(Duration::from_millis(1));
    assert_eq!(answers(&network, line).len(), 2);
}

#[test]
fn greedy_connections_share() {
    let service = service();
    let mut network = Net::new(&service);
    let greedy: Vec<_> = (0..4).map(|_| network.connect()).collect();
    for line in &greedy {
        network.send(*line, b"GET /fast/1000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    let modest = network.connect();
    network.run_for(Duration::from_millis(10));
    for _ in 0..20 {
        let began = network.now();
        ask(&mut network, modest, GET);
        assert!(
            network.now().since(began) < Duration::from_millis(1),
            "a small request waits for large ones"
        );
    }
    let lengths: Vec<_> = greedy.iter().map(|line| network.received(*line).len()).collect();
    let (least, most) = (lengths.iter().min(), lengths.iter().max());
    let (least, most) = (least.copied().unwrap_or(0), most.copied().unwrap_or(0));
    assert!(least > 10_000 && most < least * 5 / 4, "{lengths:?}");
}

#[test]
fn one_that_asks_without_end_does_not_keep_another_waiting() {
    let service = service();
    let mut network = Net::new(&service);
    let (greedy, modest) = (network.connect(), network.connect());
    network.send(greedy, GET.repeat(20_000).as_bytes());
    network.run_for(Duration::from_millis(5));
    for _ in 0..20 {
        let began = network.now();
        ask(&mut network, modest, GET);
        assert!(network.now().since(began) < Duration::from_millis(1));
    }
    let length = GET.len();
    assert!(network.received(greedy).len() > 100 * length, "and it is answered itself");
    assert!(answers(&network, modest).len() == 20);
}
