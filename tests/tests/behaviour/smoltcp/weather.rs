//! Seeded runs in bad weather: segments are lost, come twice, late, out of order and damaged. No wrong byte ever; every
//! request is answered, or its connection visibly broken; and no slot is lost.
//!
//! Clients send no keep-alive segments: those of this stack carry a byte that is taken for content when what they follow
//! was lost.
//!
//! `BANTAM_WEATHER_RUNS=10000` makes a long run of it, `BANTAM_WEATHER_SEED=7` begins at another seed.

use core::time::Duration;
use std::env;
use std::thread;

use bantam_core::limits::{Limits, Rate};
use bantam_demo::{App, Streams};
use bantam_tests::answer::{Answer, Read};
use bantam_tests::app::demo;
use bantam_tests::memory::Memory as Reference;
use bantam_tests::network::{Network, Standing, Weather};
use bantam_tests::serves::{LAST, Serves as _};
use bantam_transport_smoltcp::{HeapMemory, Memory, Message, Parts, Rings};

/// Runs of an ordinary test.
const RUNS: u64 = 300;

/// Every deadline. The stack doubles its patience up to a minute each time a segment is lost, and loses many here.
const PATIENCE: Duration = Duration::from_secs(150);

/// Rings of the least sizes.
type Tiny<'m> =
    Memory<'m, [Rings<64, 256>; 3], [Rings<64, 256>; 1], [Message<Streams, 2_048, 4_096, 64>; 4], 4>;

/// Numbers that follow from a seed.
struct Dice(u64);

impl Dice {
    /// One below `end`.
    fn roll(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.roll(from.len() as u64)).expect("an index")]
    }

    fn bytes(&mut self, length: u64) -> Vec<u8> {
        (0..length).map(|_| u8::try_from(self.roll(256)).expect("a byte")).collect()
    }
}

/// What a client asks for on a connection, and is to get.
struct Script {
    bytes: Vec<u8>,
    expected: Vec<(u16, Vec<u8>)>,
}

impl Script {
    fn new(dice: &mut Dice, largest: u64, reference: &mut Reference<'_, App, Streams>) -> Self {
        let mut script = Self { bytes: Vec::new(), expected: Vec::new() };
        for _ in 0..1 + dice.roll(5) {
            let (size, seed) = (dice.roll(largest) + 1, dice.roll(1_000));
            let request = match dice.roll(6) {
                0 => format!("GET /bytes/{size}?seed={seed} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes(),
                1 => format!("GET /stream-bytes/{size}?seed={seed} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes(),
                2 => upload(dice, size, false),
                3 => upload(dice, size, true),
                4 => b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
                _ => format!("GET /nothing/{seed} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes(),
            };
            let answer = reference.ask(&request);
            script.expected.push((answer.status, answer.content));
            script.bytes.extend(request);
        }
        script.bytes.extend(LAST.as_bytes());
        script.expected.push((200, b"Hello, World!".to_vec()));
        script
    }
}

/// A request whose content comes back.
fn upload(dice: &mut Dice, size: u64, chunked: bool) -> Vec<u8> {
    let content = dice.bytes(size);
    let field =
        if chunked { "Transfer-Encoding: chunked".to_owned() } else { format!("Content-Length: {size}") };
    let mut request = format!("POST / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n").into_bytes();
    if !chunked {
        request.extend(content);
        return request;
    }
    let mut rest = &content[..];
    while !rest.is_empty() {
        let length = usize::try_from(dice.roll(2_000) + 1).expect("a length").min(rest.len());
        request.extend(format!("{length:x}\r\n").into_bytes());
        request.extend(&rest[..length]);
        request.extend(b"\r\n");
        rest = &rest[length..];
    }
    request.extend(b"0\r\n\r\n");
    request
}

fn weather(dice: &mut Dice, seed: u64) -> Weather {
    Weather {
        loss: dice.pick(&[0, 20, 50, 100, 200]),
        duplication: dice.pick(&[0, 10, 100]),
        reordering: dice.pick(&[0, 50, 200]),
        corruption: dice.pick(&[0, 10, 50]),
        latency: Duration::from_micros(dice.pick(&[100, 1_000, 10_000, 50_000, 200_000])),
        seed,
    }
}

/// What came of a run.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    answered: usize,
    broken: usize,
}

fn run(seed: u64) -> Outcome {
    let mut dice = Dice(seed);
    let rate = Rate { grace: PATIENCE, bytes_per_second: 0 };
    let service = demo(Limits {
        head: PATIENCE,
        idle: PATIENCE,
        content_rate: rate,
        transmit_rate: rate,
        source: PATIENCE,
        ..Limits::DEFAULT
    });
    let ring = dice.pick(&[64, 256, 1_024, 4_096, 16_384, 65_536]);
    if ring == 64 {
        let mut memory = Tiny::new();
        return play(seed, &mut dice, &service, memory.parts(), 4_000);
    }
    let largest = if ring < 4_096 { 20_000 } else { 200_000 };
    let mut memory = HeapMemory::new(3, 1, ring).with_messages(4, 4_096, dice.pick(&[8_192, 32_768]), 64);
    play(seed, &mut dice, &service, memory.parts(), largest)
}

fn play<'s>(
    seed: u64,
    dice: &mut Dice,
    service: &'s bantam_core::prelude::Service<'static, App, Streams>,
    parts: Parts<'s, Streams>,
    largest: u64,
) -> Outcome {
    let mut reference = Reference::new(service);
    let weather = weather(dice, seed);
    let mut network = Network::with(service, parts, weather);
    if dice.roll(3) == 0 {
        // A frame is damaged once at most: a checksum of sixteen bits cannot tell some pairs of flipped bits.
        let damaged = if weather.corruption == 0 { dice.pick(&[0, 1, 5]) } else { 0 };
        network.inject_faults(dice.pick(&[1, 5, 10]), damaged);
    }
    let count = 1 + dice.roll(4);
    let mut lines = Vec::new();
    for _ in 0..count {
        let script = Script::new(dice, largest, &mut reference);
        let line = network.connect_with([10, 0, 0, 1], dice.pick(&[600, 4_096, 65_535]));
        network.set_ack_delay(
            line,
            dice.pick(&[None, Some(Duration::from_millis(10)), Some(Duration::from_millis(40))]),
        );
        network.send(line, &script.bytes);
        lines.push((line, script));
    }
    // Whoever is not answered is given up by a deadline.
    let ended = network.run_for_until(Duration::from_secs(72_000), |network| {
        let mut lines = lines.iter().map(|(line, _)| network.standing(*line));
        lines.all(|standing| standing != Standing::Connecting) && network.server().connections() == 0
    });
    assert!(ended, "seed {seed}: neither answered nor ended: {:?}", network.server());
    // In better weather, nothing of it is left.
    network.set_weather(Weather::FAIR);
    network.inject_faults(0, 0);
    network.run_for(PATIENCE);
    let mut outcome = Outcome::default();
    for (number, (line, script)) in lines.iter().enumerate() {
        let name = format!("seed {seed}, connection {number}");
        let answered = check(&name, network.received(*line), script);
        let is_whole = answered == script.expected.len();
        outcome.answered += usize::from(is_whole);
        outcome.broken += usize::from(!is_whole);
        // The reset may have been lost: then whoever says something learns of the end. One whose own stack waits for a
        // window for ever cannot.
        let can_say = network.has_sent(*line);
        network.send(*line, b"\r\n");
        network.close(*line);
        network.run_for(PATIENCE);
        assert!(
            is_whole || !can_say || network.standing(*line) != Standing::Open,
            "{name}: not visibly broken"
        );
    }
    assert_eq!(network.server().connections(), 0, "seed {seed}: {:?}", network.server());
    let line = network.connect();
    network.send(line, LAST.as_bytes());
    let came =
        network.run_for_until(Duration::from_secs(1), |network| network.standing(line) == Standing::Closed);
    assert!(
        came && network.received(line).ends_with(b"Hello, World!"),
        "seed {seed}: nobody is served after it"
    );
    outcome
}

/// How many answers have come whole; none may be another than was asked for.
fn check(name: &str, received: &[u8], script: &Script) -> usize {
    let mut rest = received;
    for (number, (status, content)) in script.expected.iter().enumerate() {
        match Answer::read(rest, "GET", false) {
            Ok(Read::Whole(answer, _)) if matches!(answer.status, 408 | 503) && answer.says_close() => {
                return number;
            }
            Ok(Read::Whole(answer, length)) => {
                assert_eq!(answer.status, *status, "{name}, answer {number}");
                assert!(answer.content == *content, "{name}, answer {number}: a wrong byte");
                rest = &rest[length..];
            }
            Ok(Read::Unfinished) => return number,
            Err(error) => panic!("{name}, answer {number}: {error}"),
        }
    }
    assert_eq!(rest, b"", "{name}: more than was asked for");
    script.expected.len()
}

#[test]
fn no_byte_is_wrong_in_any_weather() {
    let first = variable("BANTAM_WEATHER_SEED").unwrap_or(0);
    let runs = variable("BANTAM_WEATHER_RUNS").unwrap_or(RUNS);
    let workers = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let outcomes = thread::scope(|scope| {
        let worker = |number| {
            let seeds =
                (number..runs).step_by(workers as usize).map(move |offset| first.wrapping_add(offset));
            scope.spawn(move || seeds.map(run).collect::<Vec<_>>())
        };
        let workers: Vec<_> = (0..workers).map(worker).collect();
        let outcomes = workers.into_iter().map(|worker| worker.join().expect("a good run"));
        outcomes.flatten().collect::<Vec<_>>()
    });
    let answered: usize = outcomes.iter().map(|outcome| outcome.answered).sum();
    let broken: usize = outcomes.iter().map(|outcome| outcome.broken).sum();
    println!("{runs} runs from seed {first} on: {answered} connections answered whole, {broken} broken");
    assert!(answered > broken * 4, "{answered} answered whole, {broken} broken");
}

fn variable(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text:?}")))
}
