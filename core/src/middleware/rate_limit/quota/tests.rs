use std::vec::Vec;

use super::*;

const QUOTAS: [(u32, u32, u32); 10] = [
    (1, 1, 1),
    (3, 1, 7),
    (10, 1, 20),
    (100, 60, 100),
    (7, 86_400, 1),
    (1, 86_400, 65_536),
    (999_999, 1, 3),
    (1_000_000, 1, 65_536),
    (4_294_967_295, 86_400, 100),
    (333, 7, 257),
];

#[test]
fn what_cannot_be_counted_is_no_quota() {
    for (name, requests, seconds, burst) in [
        ("no request", 0, 1, 1),
        ("no time", 1, 0, 1),
        ("no burst", 1, 1, 0),
        ("finer than the clock", 1_000_001, 1, 1),
        ("longer than a day", 1, 86_401, 1),
        ("more at once than there are bits", 1, 1, 65_537),
        ("nothing at all", 0, 0, 0),
    ] {
        assert_eq!(Quota::new(requests, seconds, burst), None, "{name}");
    }
    for (requests, seconds, burst) in QUOTAS {
        let quota = Quota::new(requests, seconds, burst).unwrap();
        assert_eq!((quota.requests(), quota.period(), quota.most_at_once()), (requests, seconds, burst));
    }
}

#[test]
#[should_panic = "a quota is at least one request"]
fn zero_made_at_run_time_is_told_at_once() {
    let _ = Quota::per_second(core::hint::black_box(0));
}

#[test]
fn a_quota_is_what_it_says() {
    for (quota, requests, seconds, burst) in [
        (Quota::per_second(10), 10, 1, 10),
        (Quota::per_minute(10).burst(3), 10, 60, 3),
        (Quota::per_hour(1), 1, 3_600, 1),
        (Quota::per_second(1_000_000), 1_000_000, 1, 65_536),
        (Quota::per_hour(3_600_000_000).burst(2), 3_600_000_000, 3_600, 2),
        (Quota::per_second(5).burst(9).burst(2), 5, 1, 2),
    ] {
        assert_eq!(Some(quota), Quota::new(requests, seconds, burst));
    }
}

#[test]
fn a_quota_fits_the_bits_of_a_time() {
    for (requests, seconds, burst) in QUOTAS {
        let quota = Quota::new(requests, seconds, burst).unwrap();
        assert!(quota.capacity() <= 1 << TURN_BITS, "{quota:?}");
        let finest = u64::from(seconds) * 1_000_000 / u64::from(requests);
        assert!(u64::from(quota.share()) <= finest, "no finer than the clock: {quota:?}");
        let is_fine = quota.share() >= 4 || finest < 8;
        assert!(is_fine, "{quota:?}");
    }
    assert_eq!(Quota::per_second(10).burst(256).share(), 1_024);
    assert_eq!(Quota::per_second(10).burst(257).share(), 512);
    assert_eq!(Quota::per_second(10).burst(65_536).share(), 4);
}

#[test]
fn time_is_rounded_down_to_units_and_to_nothing_else() {
    let times = [0, 1, 999_999, 1_000_000, 86_400_000_000, u64::from(u32::MAX), 1 << 32, 1 << 52];
    for (requests, seconds, burst) in QUOTAS {
        let quota = Quota::new(requests, seconds, burst).unwrap();
        for micros in times.into_iter().flat_map(|time: u64| [time, time + 1, time + 123_456_789]) {
            let share = u128::from(quota.share());
            let exact = u128::from(micros) * u128::from(requests) * share / (u128::from(seconds) * 1_000_000);
            let units = u128::from(quota.units.of_micros(micros));
            assert!(units <= exact && exact - units <= 1 + (exact >> 31), "{quota:?}: {micros}");
            let moment = quota.moment(Instant::from_micros(micros));
            assert_eq!(u128::from(moment.at), units % (1 << TIME_BITS), "{quota:?}: {micros}");
            assert_eq!(u128::from(moment.turn), (units >> TURN_BITS) % (1 << 31), "{quota:?}: {micros}");
        }
        // The end of time wraps like any other time.
        assert!(quota.moment(Instant::NEVER).at < 1 << TIME_BITS);
    }
}

#[test]
fn time_never_steps_back_and_never_leaps() {
    for (requests, seconds, burst) in QUOTAS {
        let quota = Quota::new(requests, seconds, burst).unwrap();
        let step = u64::from(seconds) * 1_000_000 / u64::from(requests);
        let units: Vec<u64> =
            (0..5_000).map(|at| quota.units.of_micros((1 << 40) + at * step / 16)).collect();
        let most = u64::from(quota.share()).div_ceil(16) + 1;
        assert!(units.windows(2).all(|pair| pair[0] <= pair[1] && pair[1] - pair[0] <= most), "{quota:?}");
    }
}

#[test]
fn what_the_policy_says() {
    for (name, quota, policy) in [
        ("all at once in a minute", Quota::per_minute(100), (100, 60)),
        ("all at once in a second", Quota::per_second(10), (10, 1)),
        ("twice as many at once", Quota::per_second(10).burst(20), (20, 2)),
        ("a tenth at once", Quota::per_minute(100).burst(10), (10, 6)),
        ("full again in less than a second", Quota::per_second(100).burst(20), (100, 1)),
        ("full again in 2.3 seconds", Quota::per_second(3).burst(7), (9, 3)),
        ("one an hour", Quota::per_hour(1), (1, 3_600)),
        ("the most", Quota::new(1, 86_400, 65_536).unwrap(), (65_536, 86_400 * 65_536)),
    ] {
        assert_eq!(quota.policy(), policy, "{name}");
    }
}

#[test]
fn levels_are_whole_requests_and_whole_seconds() {
    let quota = Quota::per_minute(60).burst(3); // one a second
    let share = quota.share();
    for (name, ahead, remaining, seconds) in [
        ("full", 0, 3, 0),
        ("all but full", 1, 2, 1),
        ("one is missing", share, 2, 1),
        ("a little more than one", share + 1, 1, 1),
        ("two are missing", 2 * share, 1, 1),
        ("empty", 3 * share, 0, 1),
        ("emptier than empty", 3 * share + 1, 0, 2),
        ("as far as a late thread can see", 10 * share, 0, 8),
    ] {
        let level = quota.level(ahead, true);
        assert_eq!((level.remaining, level.seconds), (remaining, seconds), "{name}");
        assert_eq!(quota.admits(ahead), remaining > 0, "{name}");
    }
    let slow = Quota::new(1, 86_400, 1).unwrap();
    assert_eq!(slow.level(slow.share(), false).seconds, 86_400);
    let days = Quota::new(3, 86_400, 1).unwrap();
    assert_eq!(days.level(days.share(), false).seconds, 28_800);
}
