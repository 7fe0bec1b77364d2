use core::num::NonZeroUsize;
use core::time::Duration;

use super::*;

fn pool(min: usize, max: usize, waiting: usize, idle: Duration) -> Pool {
    let count = |count| NonZeroUsize::new(count).expect("one at least");
    Pool::new(&Blocking { min: count(min), max: count(max), waiting, idle }, |_| ())
}

const LONG: Duration = Duration::from_secs(3_600);

/// Counts a thread that this test plays.
fn begin(pool: &Pool) {
    lock(&pool.state).threads += 1;
}

#[test]
fn so_many_are_admitted_as_have_a_thread_or_may_wait_for_one() {
    for (min, max, waiting, most) in [(1, 1, 0, 1), (1, 2, 3, 5), (3, 2, 0, 3), (1, 1, usize::MAX, 100)] {
        let pool = pool(min, max, waiting, LONG);
        let admitted = (0..100).filter(|_| pool.admit()).count();
        assert_eq!(admitted, most, "{min} to {max}, {waiting} waiting");
    }
    let pool = pool(1, 1, 0, LONG);
    assert!(pool.admit() && !pool.admit());
    pool.pass_on(7);
    pool.give_back(7);
    assert!(pool.admit() && !pool.admit(), "an answer makes room for one");
}

#[test]
fn slots_come_in_order_and_whoever_leaves_nobody_waiting_starts_another() {
    let pool = pool(1, 3, 9, LONG);
    begin(&pool);
    for slot in [4, 5, 6, 7] {
        assert!(pool.admit());
        pool.pass_on(slot);
    }
    let tasks: Vec<_> = (0..4).filter_map(|_| pool.next()).map(|task| (task.slot, task.grows)).collect();
    assert_eq!(tasks, [(4, true), (5, true), (6, false), (7, false)]);
    assert_eq!(lock(&pool.state).threads, 3);
}

#[test]
fn nobody_is_started_while_somebody_waits() {
    let pool = pool(1, 3, 9, LONG);
    begin(&pool);
    lock(&pool.state).idle = 1;
    pool.pass_on(1);
    assert_eq!(pool.next(), Some(Task { slot: 1, grows: false }));
}

#[test]
fn an_idle_thread_ends_unless_it_is_one_of_the_least_or_the_last_that_is_idle() {
    let moment = Duration::from_millis(1);
    for (threads, others_idle, ends) in
        [(3, 1, true), (3, 2, true), (2, 1, false), (1, 0, false), (3, 0, false)]
    {
        let pool = pool(2, 4, 9, moment);
        *lock(&pool.state) = State { threads, idle: others_idle, ..State::default() };
        thread::scope(|scope| {
            let thread = scope.spawn(|| pool.next());
            if ends {
                assert_eq!(thread.join().expect("no panic"), None);
                assert_eq!(lock(&pool.state).threads, threads - 1);
            } else {
                // Whether its time passes before this comes or not, it is there for it.
                pool.pass_on(1);
                let task = thread.join().expect("no panic");
                assert_eq!(task.map(|task| task.slot), Some(1), "{threads} threads, {others_idle} idle");
            }
        });
    }
}

#[test]
fn at_the_end_all_leave_and_nothing_more_is_begun() {
    let pool = pool(1, 4, 9, LONG);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..3).map(|_| scope.spawn(|| pool.next())).collect();
        pool.end();
        for thread in threads {
            assert_eq!(thread.join().expect("no panic"), None);
        }
    });
    pool.pass_on(1);
    assert_eq!(pool.next(), None);
}

#[test]
fn slots_are_taken_back_once() {
    let pool = pool(1, 1, 1, LONG);
    for slot in [1, 2] {
        assert!(pool.admit());
        pool.give_back(slot);
    }
    let mut slots = Turns::new(4);
    slots.add(9);
    pool.take_back(&mut slots);
    pool.take_back(&mut slots);
    assert_eq!(core::iter::from_fn(|| slots.next()).collect::<Vec<_>>(), [9, 1, 2]);
}
