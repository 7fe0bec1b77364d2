//! Who gets a socket while handshakes that come to nothing hold others.

use core::time::Duration;

use bantam_tests::network::{Origin, Standing, Weather};
use bantam_tests::serves::HELLO;

use super::super::{GET, Net, answers, ask, memory, service};
use super::{SOON, assert_served_within, connect};

#[test]
fn lone_syns_keep_nobody_out() {
    for origin in [Origin::Silent, Origin::Nobody, Origin::Refusing] {
        let service = service();
        let mut network = Net::new(&service);
        let line = network.connect();
        assert_eq!(ask(&mut network, line, GET).text(), HELLO);
        network.send_lone_syns(1_000, origin);
        network.run_for(Duration::from_millis(20));
        // One that has a connection does not notice.
        network.send(line, GET.as_bytes());
        let came = network.run_for_until(SOON, |network| answers(network, line).len() == 2);
        assert!(came, "{origin:?}");
        let name = format!("{origin:?}");
        for _ in 0..12 {
            let line = assert_served_within(&mut network, Duration::from_millis(20), &name);
            network.close(line);
            network.run_for(Duration::from_millis(1));
        }
        network.close(line);
        network.run_for(Duration::from_secs(10));
        assert_eq!(network.server().connections(), 0, "{origin:?}: {:?}", network.server());
    }
}

#[test]
fn a_newcomer_is_served_while_syns_come_all_the_time() {
    for origin in [Origin::Silent, Origin::Nobody, Origin::Refusing] {
        let service = service();
        let mut network = Net::new(&service);
        let old = network.connect();
        assert_eq!(ask(&mut network, old, GET).text(), HELLO);
        let name = format!("{origin:?}");
        for _ in 0..20 {
            network.send_lone_syns(20, origin);
            network.run_for(Duration::from_millis(5));
            assert_eq!(ask(&mut network, old, GET).text(), HELLO);
            network.send_lone_syns(20, origin);
            network.run_for(Duration::from_millis(5));
            // Overlooked once or twice perhaps, never refused.
            let line = network.connect();
            network.send(line, GET.as_bytes());
            for _ in 0..400 {
                network.send_lone_syns(8, origin);
                network.run_for(Duration::from_millis(10));
                if !answers(&network, line).is_empty() {
                    break;
                }
            }
            assert_eq!(answers(&network, line).len(), 1, "{name}: {:?}", network.server());
            assert_eq!(network.standing(line), Standing::Open, "{name}");
            network.close(line);
        }
    }
}

/// A segment that asks for a connection may come twice, and the second one late.
#[test]
fn a_late_copy_of_a_syn_does_not_disturb_the_connection() {
    let service = service();
    let mut network = Net::new(&service);
    let first = connect(&mut network, 1)[0];
    let second = connect(&mut network, 1)[0];
    // The socket in front of the second's is free again.
    network.reset(first);
    network.run_for(SOON);
    assert_eq!(network.server().connections(), 1);
    network.repeat_syn(second);
    network.run_for(SOON);
    assert_eq!(ask(&mut network, second, GET).text(), HELLO);
    assert_eq!(network.standing(second), Standing::Open);
    assert_eq!(network.resets(), 0);
    network.close(second);
    network.run_for(SOON);
    assert_eq!(network.server().connections(), 0, "{:?}", network.server());
}

#[test]
fn half_open_connections_are_given_up_after_five_seconds() {
    let service = service();
    let mut network = Net::new(&service);
    network.send_lone_syns(3, Origin::Silent);
    network.run_for(Duration::from_millis(4_900));
    assert_eq!(network.server().connections(), 3);
    network.run_for(Duration::from_millis(200));
    assert_eq!(network.server().connections(), 0);
}

/// Whoever has lost our answers asks again, and is not to be told in between that nobody listens.
#[test]
fn a_client_that_hears_nothing_for_five_seconds_is_not_refused() {
    let service = service();
    let mut network = Net::new(&service);
    // So that both know where the other is.
    connect(&mut network, 1);
    let (_, sent) = network.frames();
    let line = network.connect();
    network.send(line, GET.as_bytes());
    network.run_until(|network| network.frames().1 > sent);
    network.set_weather(Weather { loss: 1_000, ..Weather::FAIR });
    network.run_for(Duration::from_millis(4_500));
    network.set_weather(Weather::FAIR);
    network.run_for(Duration::from_secs(5));
    assert_eq!(network.standing(line), Standing::Open, "{:?}", network.server());
    assert_eq!(answers(&network, line)[0].text(), HELLO);
    assert_eq!(network.resets(), 0);
}

/// Requests for connections with others, which a bridge or a hub passes on, take no place away.
#[test]
fn requests_to_others_make_no_room() {
    let service = service();
    let mut memory = memory(2, 1, 4_096, 2);
    let mut network = Net::with(&service, memory.parts(), Weather::FAIR);
    // All sockets are in handshakes of which the network has lost the last segment.
    network.send_lone_syns(64, Origin::Silent);
    network.run_for(Duration::from_millis(50));
    let before = network.server().connections();
    let held = format!("{:?}", network.server());
    network.send_lone_syns_to([10, 0, 0, 200].into(), 64, Origin::Silent);
    network.run_for(SOON);
    assert_eq!(network.server().connections(), before);
    assert_eq!(format!("{:?}", network.server()), held);
}

/// One turn may bring the end of a handshake and a newcomer who gets the same socket: he has all the time for his own.
#[test]
fn a_handshake_that_takes_the_place_of_another_has_a_time_of_its_own() {
    let after = |latency| Weather { latency, ..Weather::FAIR };
    let service = service();
    let mut network = Net::new(&service);
    let tick = Weather::FAIR.latency;
    // From now on the client knows where the server is.
    connect(&mut network, 1);
    // It knows nothing of this request, and its reset takes four seconds.
    network.send_lone_syns(1, Origin::Refusing);
    network.run_for(tick * 3 / 2);
    network.set_weather(after(Duration::from_secs(4)));
    network.run_for(Duration::from_secs(4) - tick / 2);
    // Frames that mean nothing, after which many are expected in one turn, and then a newcomer beside the reset.
    network.set_weather(after(tick / 2));
    network.send_lone_syns_to([10, 0, 0, 200].into(), 60, Origin::Silent);
    network.set_weather(after(tick));
    let line = network.connect();
    network.run_for_until(tick * 2, |network| network.waiting() == 2);
    assert_eq!(network.waiting(), 2, "the reset, and the newcomer");
    // His handshake ends two seconds later, when the first one's time has long been over.
    network.set_weather(after(Duration::from_secs(1)));
    network.turn();
    assert_eq!((network.waiting(), network.server().connections()), (0, 2), "in one turn");
    network.run_for(Duration::from_secs(3));
    network.set_weather(Weather::FAIR);
    assert_eq!(ask(&mut network, line, GET).text(), HELLO);
    assert_eq!((network.resets(), network.server().connections()), (0, 2));
}
