//! An hour in which one frame in twenty is lost, and clients come and go as they do: some ask and leave, some stay silent,
//! some vanish in the middle. At the end every slot is free.

use bantam_tests::answer::{Answer, Read};
use bantam_tests::app::APP;
use bantam_tests::network::Weather;
use bantam_tests::serves::HELLO;

use core::time::Duration;

use bantam_core::time::Instant;

use super::*;

/// The time that it takes, of the clock that stands still until something is due.
const HOUR: Duration = Duration::from_secs(3_600);

/// What a client does with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    /// It reads all answers, and closes.
    Polite,
    /// It asks for a last answer, and lets the server close.
    Last,
    /// It says nothing.
    Silent,
    /// It sends half a head.
    Halting,
    /// It resets the connection when some of the answer is there.
    Hasty,
    /// It is gone from one moment to the next.
    Vanishing,
}

const HABITS: [Habit; 10] = [
    Habit::Polite,
    Habit::Polite,
    Habit::Polite,
    Habit::Last,
    Habit::Last,
    Habit::Last,
    Habit::Silent,
    Habit::Halting,
    Habit::Hasty,
    Habit::Vanishing,
];

struct Client {
    line: Line,
    habit: Habit,
    asked: usize,
    /// When it is given up.
    until: Instant,
}

#[test]
fn an_hour_with_loss_ends_with_every_slot_free() {
    let limits = Limits { idle: Duration::from_secs(30), ..Limits::DEFAULT };
    let service = Service::new(&APP, &app::ROUTES).with_limits(limits);
    let mut memory = memory(8, 2, 4_096, 8);
    let weather = Weather { loss: 50, latency: Duration::from_millis(5), seed: 11, ..Weather::FAIR };
    let mut network = Network::with(&service, memory.parts(), weather);
    let end = network.now().after(HOUR);
    let (mut clients, mut dice, mut answered, mut broken) = (Vec::<Client>::new(), 5_u64, 0_usize, 0_usize);
    let mut roll = |end: u64| {
        // A linear congruential generator: only its upper bits are random.
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % end
    };
    while network.now() < end {
        if clients.len() < 8 {
            clients.push(client(&mut network, &mut roll));
        }
        network.run_for(Duration::from_millis(roll(400)));
        let now = network.now();
        clients.retain(|client| {
            let over = now >= client.until
                || matches!(network.standing(client.line), Standing::Closed | Standing::Reset);
            if client.habit == Habit::Hasty && !network.received(client.line).is_empty() {
                network.reset(client.line);
            } else if !over && whole(network.received(client.line)) < client.asked {
                return true;
            }
            match client.habit {
                Habit::Polite | Habit::Last if whole(network.received(client.line)) == client.asked => {
                    answered += 1
                }
                Habit::Polite | Habit::Last => broken += 1,
                _ => {}
            }
            if client.habit == Habit::Polite {
                network.close(client.line);
            }
            network.run_for(Duration::from_millis(50));
            network.leave(client.line);
            false
        });
    }
    clients.iter().for_each(|client| network.vanish(client.line));
    assert!(answered > 2_000 && answered > broken * 20, "{answered} answered whole, {broken} not");
    // Within the longest deadline all are gone.
    network.run_for(Duration::from_secs(120));
    assert_eq!(network.server().connections(), 0, "{:?}", network.server());
    network.set_weather(Weather::FAIR);
    let lines: Vec<_> = (0..10).map(|_| network.connect()).collect();
    for line in lines {
        assert_eq!(ask(&mut network, line, GET).text(), HELLO);
    }
}

/// A client that begins.
fn client(network: &mut Net<'_>, roll: &mut impl FnMut(u64) -> u64) -> Client {
    let habit = HABITS[usize::try_from(roll(HABITS.len() as u64)).expect("an index")];
    let line = network.connect();
    let mut asked = 0;
    let mut request = |network: &mut Net<'_>, text: &str| {
        network.send(line, text.as_bytes());
        asked += 1;
    };
    match habit {
        Habit::Silent => {}
        Habit::Halting => network.send(line, b"GET /plaintext HTTP/1.1\r\nHost: "),
        _ => {
            for _ in 0..=roll(3) {
                match roll(3) {
                    0 => request(network, GET),
                    1 => request(
                        network,
                        &format!("GET /fast/{} HTTP/1.1\r\nHost: a\r\n\r\n", roll(40_000) + 1),
                    ),
                    _ => {
                        let length = usize::try_from(roll(9_000)).expect("a length");
                        let content = "x".repeat(length);
                        request(
                            network,
                            &format!(
                                "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{content}"
                            ),
                        );
                    }
                }
            }
        }
    }
    if habit == Habit::Last {
        request(network, bantam_tests::serves::LAST);
    }
    if habit == Habit::Vanishing {
        network.run_for(Duration::from_millis(roll(60)));
        network.vanish(line);
    }
    let patience = if matches!(habit, Habit::Polite | Habit::Last) { 90 } else { 20 };
    Client {
        line,
        habit,
        asked: asked.max(usize::from(habit == Habit::Silent)),
        until: network.now().after(Duration::from_secs(patience)),
    }
}

/// How many whole answers there are.
fn whole(mut received: &[u8]) -> usize {
    let mut count = 0;
    while let Ok(Read::Whole(answer, length)) = Answer::read(received, "GET", false) {
        if length == 0 {
            break;
        }
        assert!(matches!(answer.status, 200 | 408 | 503), "{answer:?}");
        count += usize::from(answer.status == 200);
        received = &received[length..];
    }
    count
}
