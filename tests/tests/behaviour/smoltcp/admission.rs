//! Who gets a socket: bursts, floods, clients that are silent, gone or never done.

use core::net::IpAddr;
use core::time::Duration;

use bantam_tests::network::{Line, Origin, Standing, Weather};
use bantam_tests::serves::HELLO;

use super::{GET, Net, answers, ask, assert_all_free, memory, service};

const SLOW: &str = "GET /slow/500 HTTP/1.1\r\nHost: a\r\n\r\n";
const SILENT: &str = "GET /silent HTTP/1.1\r\nHost: a\r\n\r\n";

/// Some round trips.
const SOON: Duration = Duration::from_millis(5);

fn connect(network: &mut Net<'_>, count: usize) -> Vec<Line> {
    let lines: Vec<_> = (0..count).map(|_| network.connect()).collect();
    network.run_for(SOON);
    lines.iter().for_each(|line| assert_eq!(network.standing(*line), Standing::Open));
    lines
}

/// Connects and is answered, within this time.
fn assert_served_within(network: &mut Net<'_>, time: Duration, why: &str) -> Line {
    let line = network.connect();
    network.send(line, GET.as_bytes());
    let came = network.run_for_until(time, |network| !answers(network, line).is_empty());
    assert!(came, "{why}: not served within {time:?}: {:?}", network.server());
    assert_eq!(answers(network, line)[0].text(), HELLO, "{why}");
    line
}

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
