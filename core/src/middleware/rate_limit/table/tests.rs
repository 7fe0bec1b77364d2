use core::num::NonZeroU32;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::collections::HashMap;
use std::thread;
use std::vec::Vec;

use governor::clock::FakeRelativeClock;
use governor::{Quota as OtherQuota, RateLimiter};

use super::*;
use crate::middleware::rate_limit::Key;
use crate::time::Duration;

/// SplitMix64: any seed will do.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % bound
    }
}

fn take(table: &dyn Store, client: u64, now: u64) -> Level {
    asked(client, |subject| table.take(subject, Instant::from_micros(now)).unwrap())
}

fn peek(table: &dyn Store, client: u64, now: u64) -> Level {
    asked(client, |subject| table.peek(subject, Instant::from_micros(now)).unwrap())
}

fn asked(client: u64, ask: impl FnOnce(&Subject<'_>) -> Level) -> Level {
    let bytes = client.to_le_bytes();
    ask(&Subject::new(Key::from(&bytes[..]), None, 64, 0x5eed))
}

/// How many of `times` requests at one moment are admitted.
fn admitted(table: &dyn Store, client: u64, now: u64, times: u32) -> u32 {
    (0..times).map(|_| u32::from(take(table, client, now).admitted)).sum()
}

const SECOND: u64 = 1_000_000;
/// A clock that does not begin at zero, nor at a boundary of anything.
const START: u64 = 98_765_432_123;

/// Requests, seconds and burst: whole, odd and large shares, the fastest, the slowest, the largest burst.
const QUOTAS: [(u32, u32, u32); 12] = [
    (1, 1, 1),
    (10, 1, 20),
    (3, 1, 3),
    (7, 1, 100),
    (100, 60, 100),
    (1_000, 3_600, 50),
    (1, 86_400, 4),
    (999, 1, 1),
    (50_000, 1, 300),
    (1_000_000, 1, 1_000),
    (20_000, 1, 65_536),
    (77, 86_400, 257),
];

fn quota((requests, seconds, burst): (u32, u32, u32)) -> Quota {
    Quota::new(requests, seconds, burst).unwrap()
}

/// A unit of time, in microseconds, rounded up.
fn unit(quota: &Quota) -> u64 {
    let share = u64::from(quota.period()) * SECOND;
    share.div_ceil(u64::from(quota.requests()) * u64::from(quota.share()))
}

/// The same bucket without any rounding: times are in microseconds times the number of requests in a period.
struct Exact {
    requests: u128,
    share: u128,
    tolerance: u128,
    full: u128,
}

impl Exact {
    fn new(quota: &Quota) -> Self {
        let share = u128::from(quota.period()) * u128::from(SECOND);
        let tolerance = share * u128::from(quota.most_at_once() - 1);
        Self { requests: quota.requests().into(), share, tolerance, full: 0 }
    }

    /// Whether a request is admitted, and how far it is from being judged otherwise, in microseconds.
    fn judge(&self, now: u64) -> (bool, u128) {
        let now = u128::from(now) * self.requests;
        let (least, most) = (self.full, now + self.tolerance);
        (least <= most, least.abs_diff(most) / self.requests)
    }

    fn charge(&mut self, now: u64) {
        self.full = self.full.max(u128::from(now) * self.requests) + self.share;
    }
}

/// Arrivals of every kind: at once, in bursts, at the rate, slower, after long silence; the last two seldom, so that
/// bursts are used up.
fn pause(random: &mut Random, share: u64, burst: u32) -> u64 {
    let kind = if random.below(4 * u64::from(burst.min(500))) == 0 {
        13 + random.below(3)
    } else {
        random.below(13)
    };
    match kind {
        0..=6 => 0,
        7..=9 => random.below(share / 4 + 1),
        10..=12 => random.below(2 * share + 2),
        13 | 14 => random.below(share * u64::from(burst.min(50)) + 2),
        _ => random.below(share * u64::from(burst) * 5 + 2),
    }
}

#[test]
fn it_decides_as_governor_does() {
    for (index, numbers) in QUOTAS.into_iter().enumerate() {
        let (quota, clock) = (quota(numbers), FakeRelativeClock::default());
        let table: Table<4> = Table::new(quota);
        let period = Duration::from_nanos(u64::from(numbers.1) * 1_000_000_000 / u64::from(numbers.0));
        let other = OtherQuota::with_period(period).unwrap().allow_burst(NonZeroU32::new(numbers.2).unwrap());
        let other = RateLimiter::direct_with_clock(other, clock.clone());
        let mut exact = Exact::new(&quota);
        let mut random = Random(index as u64);
        let share = u64::from(numbers.1) * SECOND / u64::from(numbers.0);
        let (mut now, mut compared, mut refused) = (START, 0_u32, 0_u32);
        // Its share is cut to nanoseconds, which adds up while a burst is used.
        let is_cut = u64::from(numbers.1) * 1_000_000_000 % u64::from(numbers.0) > 0;
        let drift = if is_cut { u128::from(numbers.2) / 1_000 + 1 } else { 0 };
        for _ in 0..20_000 {
            let pause = pause(&mut random, share, numbers.2);
            now += pause;
            clock.advance(Duration::from_micros(pause));
            let (is_admitted, distance) = exact.judge(now);
            if distance <= u128::from(unit(&quota)) + drift {
                continue; // the roundings of both may differ here, and only here
            }
            compared += 1;
            refused += u32::from(!is_admitted);
            assert_eq!(other.check().is_ok(), is_admitted, "{numbers:?}: governor at {now}");
            assert_eq!(take(&table, 1, now).admitted, is_admitted, "{numbers:?} at {now}");
            if is_admitted {
                exact.charge(now);
            }
        }
        assert!(compared > 2_000, "{numbers:?}: only {compared} were compared");
        // A share of one microsecond is all rounding, and the largest burst is never used up here.
        let is_reached = share > 1 && numbers.2 < 60_000;
        assert!(refused > 1_000 || !is_reached, "{numbers:?}: only {refused} were refused");
    }
}

#[test]
fn no_span_of_time_has_more_than_its_quota() {
    for (index, numbers) in QUOTAS.into_iter().enumerate() {
        let quota = quota(numbers);
        let table: Table<1> = Table::new(quota);
        let mut random = Random(100 + index as u64);
        let share = u64::from(numbers.1) * SECOND / u64::from(numbers.0);
        let mut now = START;
        let mut times = Vec::new();
        for _ in 0..6_000 {
            now += pause(&mut random, share, numbers.2) / 4;
            if take(&table, 1, now).admitted {
                times.push(now);
            }
        }
        let (rate, period) = (u128::from(numbers.0), u128::from(numbers.1) * u128::from(SECOND));
        for (at, first) in times.iter().enumerate() {
            for (more, last) in times[at..].iter().enumerate().step_by(1 + times.len() / 500) {
                let span = u128::from(last - first + unit(&quota)) * rate;
                let most = u128::from(numbers.2) + span / period;
                assert!((more as u128) < most, "{numbers:?}: {} from {first} to {last}", more + 1);
            }
        }
    }
}

#[test]
fn a_burst_then_one_for_each_share() {
    let table: Table<1> = Table::new(Quota::per_second(10).burst(3));
    let levels: Vec<_> = (0..4).map(|_| take(&table, 1, START)).collect();
    let level = |admitted, remaining, seconds| Level { admitted, remaining, seconds };
    assert_eq!(levels, [level(true, 2, 1), level(true, 1, 1), level(true, 0, 1), level(false, 0, 1)]);
    let step = SECOND / 10;
    let unit = unit(&table.quota);
    for (name, after, expected) in [
        ("just before", step - unit, 0),
        ("just after", step + unit, 1),
        ("again", step + unit, 0),
        ("two later", 3 * step + 2 * unit, 2),
        ("long after", 60 * SECOND, 3),
    ] {
        assert_eq!(admitted(&table, 1, START + after, 5), expected, "{name}");
    }
}

#[test]
fn looking_takes_nothing() {
    let table: Table<1> = Table::new(Quota::per_minute(2));
    for _ in 0..10 {
        assert_eq!(peek(&table, 1, START), Level { admitted: true, remaining: 2, seconds: 0 });
    }
    take(&table, 1, START);
    for _ in 0..10 {
        assert_eq!(peek(&table, 1, START), Level { admitted: true, remaining: 1, seconds: 30 });
    }
    take(&table, 1, START);
    for _ in 0..10 {
        assert_eq!(take(&table, 1, START), Level { admitted: false, remaining: 0, seconds: 30 });
        assert_eq!(peek(&table, 1, START), Level { admitted: false, remaining: 0, seconds: 30 });
    }
    assert_eq!(peek(&table, 1, START + 59 * SECOND), Level { admitted: true, remaining: 1, seconds: 1 });
}

#[test]
fn a_bucket_is_full_after_any_silence() {
    for numbers in QUOTAS {
        let quota = quota(numbers);
        let turn = (1_u64 << TURN_BITS) * u64::from(numbers.1) * SECOND
            / (u64::from(numbers.0) * u64::from(quota.share()));
        let fill = u64::from(numbers.1) * SECOND * u64::from(numbers.2) / u64::from(numbers.0);
        let around = (1..=9).flat_map(|turns| [turns * turn - 1, turns * turn, turns * turn + 1]);
        let part = (1..40).map(|part| turn / 7 * part);
        let long = [1_000, 1 << 20, (1 << 30) - 4].map(|turns: u64| turns.saturating_mul(turn));
        let times = numbers.2.min(2_000);
        let mut now = START;
        // Alone in the table, and beside one that keeps coming.
        for is_busy in [false, true] {
            let table: Table<1> = Table::new(quota);
            for silence in around.clone().chain(part.clone()).chain(long) {
                let silence = silence.max(fill + unit(&quota) + 1);
                if silence > u64::MAX / 64 {
                    continue;
                }
                admitted(&table, 1, now, times);
                if is_busy {
                    for part in 1..=20 {
                        take(&table, 2, now + silence / 20 * part);
                    }
                }
                now += silence;
                let level = peek(&table, 1, now);
                assert_eq!((level.remaining, level.seconds), (numbers.2, 0), "{numbers:?}: {silence}");
                assert_eq!(admitted(&table, 1, now, times), times, "{numbers:?}: {silence}");
            }
        }
    }
}

#[test]
fn the_clock_may_begin_and_end_anywhere() {
    for start in [0, 1, u64::from(u32::MAX), u64::MAX / 2, u64::MAX - 10 * SECOND] {
        let table: Table<1> = Table::new(Quota::per_second(2));
        assert_eq!(admitted(&table, 1, start, 5), 2, "{start}");
        assert_eq!(admitted(&table, 1, start + 5 * SECOND, 5), 2, "{start}");
    }
}

#[test]
fn a_thread_that_is_late_changes_nothing_for_the_others() {
    let table: Table<1> = Table::new(Quota::per_second(10).burst(2));
    let turn = (1_u64 << TURN_BITS) * unit(&table.quota);
    let now = START + 100 * turn;
    assert_eq!(admitted(&table, 1, now, 5), 2);
    for late in [1, SECOND, turn, 2 * turn, 5 * turn, 50 * turn] {
        assert_eq!(admitted(&table, 1, now - late, 5), 0, "late by {late}");
        assert!(admitted(&table, 2, now - late, 5) <= 2, "late by {late}");
        assert_eq!(admitted(&table, 1, now, 5), 0, "late by {late}");
    }
}

/// The places of a set whose key is `client`'s.
fn places<const N: usize>(table: &Table<N>, client: u64) -> usize {
    let bytes = client.to_le_bytes();
    let (set, tag) = table.find(&Subject::new(Key::from(&bytes[..]), None, 64, 0x5eed)).unwrap();
    set.0[1..].iter().filter(|word| word.load(SeqCst) >> TIME_BITS == tag).count()
}

#[test]
fn a_full_set_is_shared_by_those_who_have_no_place() {
    let table: Table<1> = Table::new(Quota::per_second(1).burst(3));
    for client in 1..=7 {
        assert_eq!(admitted(&table, client, START, 1), 1);
        assert_eq!(places(&table, client), 1);
    }
    // The eighth and all others together get one quota.
    assert_eq!(admitted(&table, 8, START, 2), 2);
    assert_eq!(admitted(&table, 9, START, 2), 1);
    assert_eq!((8..100).map(|client| admitted(&table, client, START, 3)).sum::<u32>(), 0);
    // Those who have a place lose nothing by it.
    for client in 1..=7 {
        assert_eq!(admitted(&table, client, START, 5), 2, "client {client}");
    }
    // When their buckets are full again, their places are free.
    let later = START + 3 * SECOND + 1;
    assert_eq!(admitted(&table, 9, later, 5), 3);
    assert_eq!(places(&table, 9), 1);
}

#[test]
fn nobody_is_forgotten_before_the_bucket_is_full() {
    let table: Table<4> = Table::new(Quota::per_minute(6).burst(3));
    assert_eq!(admitted(&table, 0, START, 9), 3);
    for second in 0..29 {
        let now = START + second * SECOND;
        let expected = u32::from(second == 10 || second == 20);
        // Enough to fill every place, and too few for one to have the tag of another by chance.
        for other in 0..200 {
            take(&table, 1_000 + second * 200 + other, now);
        }
        assert_eq!(admitted(&table, 0, now + 1_000, 9), expected, "after {second} s");
    }
}

#[test]
fn rotating_keys_gain_no_more_than_what_the_table_holds() {
    const N: usize = 4;
    for keys in [1, 3, 20, 100, 5_000, u64::MAX] {
        let table: Table<N> = Table::new(Quota::per_second(10).burst(5));
        let mut random = Random(keys);
        let mut each: HashMap<u64, u64> = HashMap::new();
        let (mut now, mut all) = (START, 0_u64);
        for _ in 0..60_000 {
            now += random.below(100);
            let key = random.below(keys);
            if take(&table, key, now).admitted {
                *each.entry(key).or_default() += 1;
                all += 1;
            }
        }
        let one = 5 + (now - START) * 10 / SECOND + 1;
        assert!(all <= 8 * N as u64 * one, "{keys} keys: {all} of {one} each");
        let most = each.values().max().copied().unwrap_or_default();
        assert!(most <= 2 * one, "{keys} keys: one of them {most} of {one}");
        if keys <= 3 {
            assert_eq!(most, one - 1, "{keys} keys");
        }
    }
}

#[test]
fn an_innocent_client_keeps_what_it_has_while_others_flood() {
    let table: Table<64> = Table::new(Quota::per_second(1).burst(10));
    let mut random = Random(5);
    let clients: Vec<u64> = (0..20).collect();
    for client in &clients {
        assert_eq!(admitted(&table, *client, START, 1), 1);
    }
    for _ in 0..20_000 {
        take(&table, 1_000_000 + random.below(1 << 40), START);
    }
    let left: u32 = clients.iter().map(|client| admitted(&table, *client, START, 20)).sum();
    // One in 262,080 of these requests is charged on a given client: of all 180, one or two are to be expected.
    assert!((176..=180).contains(&left), "{left} of 180 are left");
}

/// Threads that ask at the same time, each with a clock of its own that another thread may have read later.
fn race(
    table: &dyn Store,
    threads: u64,
    rounds: u64,
    step: u64,
    client: fn(u64) -> u64,
) -> HashMap<u64, u64> {
    let clock = AtomicU64::new(START);
    let mut counts: HashMap<u64, u64> = HashMap::new();
    thread::scope(|scope| {
        let race = |thread: u64| {
            let clock = &clock;
            move || {
                let mut counts: HashMap<u64, u64> = HashMap::new();
                for round in 0..rounds {
                    let now = clock.fetch_add(step, Ordering::Relaxed);
                    let client = client(thread * rounds + round);
                    *counts.entry(client).or_default() += u64::from(take(table, client, now).admitted);
                }
                counts
            }
        };
        let threads: Vec<_> = (0..threads).map(|thread| scope.spawn(race(thread))).collect();
        for thread in threads {
            for (client, count) in thread.join().unwrap() {
                *counts.entry(client).or_default() += count;
            }
        }
    });
    counts
}

#[test]
fn threads_at_one_moment_share_exactly_one_burst() {
    for round in 0..200 {
        let table: Table<1> = Table::new(Quota::per_second(1).burst(50));
        let counts = race(&table, 8, 20, 0, |_| 1);
        assert_eq!(counts[&1], 50, "round {round}");
    }
}

#[test]
fn threads_over_time_are_never_admitted_more_than_the_quota() {
    // A place is freed and taken again all the time: a share is 100 microseconds, and so is a burst.
    for (burst, client) in [(1, (|_| 1) as fn(u64) -> u64), (1, |at| at % 3), (4, |at| at % 11)] {
        for round in 0..40 {
            let table: Table<1> = Table::new(Quota::per_second(10_000).burst(burst));
            let counts = race(&table, 4, 2_000, 7, client);
            let one = u64::from(burst) + (4 * 2_000 * 7) / 100 + 1;
            for (client, count) in &counts {
                // Eleven keys have seven places: who has none also uses the bucket in common.
                let most = if counts.len() > 7 { 2 * one } else { one };
                assert!(*count <= most, "client {client} in round {round}: {count} of {most}");
            }
            assert!(counts.values().sum::<u64>() <= 8 * one);
        }
    }
}

#[test]
fn the_first_requests_of_a_key_take_one_place_or_are_counted_in_both() {
    let sum = AtomicU32::new(0);
    for round in 0..2_000_u64 {
        let table: Table<1> = Table::new(Quota::per_second(1_000).burst(2));
        // Places that come free one after another between the clocks of the threads.
        for client in 10..17 {
            take(&table, client, START + 100 * (client - 10));
        }
        let counts = race(&table, 3, 2, 0, |_| 1);
        assert!(counts[&1] <= 2, "round {round}: {}", counts[&1]);
        sum.fetch_add(counts[&1] as u32, Ordering::Relaxed);
    }
    assert!(sum.into_inner() >= 4_000, "requests are refused for nothing");
}

/// Two threads, the second with a later clock, see a key for the first time and choose different places. In whatever
/// order their exchanges and their second looks come, at most one is admitted without beginning anew.
#[test]
fn two_places_of_one_key_are_seen_by_whoever_looks_last() {
    type Step = fn(&mut Two<'_>);
    struct Two<'t> {
        set: &'t Set,
        tag: u32,
        share: u32,
        now: [u32; 2],
        chosen: [Chosen<'t>; 2],
        admitted: u32,
    }
    impl Two<'_> {
        fn exchange(&mut self, thread: usize) {
            let Chosen { word, seen, tag, ahead } = self.chosen[thread];
            let charged = tag << TIME_BITS | (self.now[thread] + ahead + self.share) & TIME_MASK;
            word.compare_exchange(seen, charged, SeqCst, SeqCst).unwrap();
        }

        fn look(&mut self, thread: usize) {
            let Chosen { word, ahead, .. } = self.chosen[thread];
            self.admitted += u32::from(!self.set.has_beyond(word, self.tag, self.now[thread], ahead));
        }
    }
    let steps: [Step; 4] =
        [|two| two.exchange(0), |two| two.look(0), |two| two.exchange(1), |two| two.look(1)];
    for (order, most) in [
        ([0, 1, 2, 3], 1),
        ([0, 2, 1, 3], 0),
        ([0, 2, 3, 1], 0),
        ([2, 0, 1, 3], 0),
        ([2, 0, 3, 1], 0),
        ([2, 3, 0, 1], 1),
    ] {
        let table: Table<1> = Table::new(Quota::per_second(1_000).burst(4));
        for client in 10..17 {
            take(&table, client, START + 100 * (client - 10));
        }
        let bytes = 1_u64.to_le_bytes();
        let (set, tag) = table.find(&Subject::new(Key::from(&bytes[..]), None, 64, 0x5eed)).unwrap();
        // The first place has been free for the first thread, the second for the second: an order that only clocks
        // which differ can bring about.
        let now = [START + 1_010, START + 1_110].map(|now| table.quota.moment(Instant::from_micros(now)).at);
        let chosen = [set.choose(tag, now[0]), Chosen { word: &set.0[2], ..set.choose(tag, now[1]) }];
        let chosen = chosen.map(|chosen| Chosen { seen: chosen.word.load(SeqCst), ..chosen });
        assert!(!core::ptr::eq(chosen[0].word, chosen[1].word));
        let mut two = Two { set, tag, share: table.quota.share(), now, chosen, admitted: 0 };
        for step in order {
            steps[step](&mut two);
        }
        assert_eq!(two.admitted, most, "{order:?}");
        // Whoever comes next is charged beyond both.
        let furthest = set.choose(tag, now[1]).ahead;
        take(&table, 1, START + 1_110);
        assert_eq!(set.choose(tag, now[1]).ahead, furthest + two.share, "{order:?}");
    }
}

#[test]
fn a_word_ahead_is_told_from_one_that_has_passed() {
    let (tag, turn) = (7 << TIME_BITS, 1 << TURN_BITS);
    for now in [0, 1, turn, 2 * turn, 3 * turn, TIME_MASK] {
        for distance in [1, 2, turn - 1, turn, 2 * turn - 1] {
            let word = |time: u32| tag | time & TIME_MASK;
            assert_eq!(ahead(word(now.wrapping_add(distance)), now), distance, "{now} + {distance}");
            assert_eq!(ahead(word(now.wrapping_sub(distance)), now), 0, "{now} - {distance}");
        }
        assert_eq!(ahead(tag | now, now), 0);
        assert_eq!(ahead(0, now), 0, "an empty word");
    }
}
