use core::sync::atomic::AtomicUsize;

use super::*;

static TOLD: AtomicUsize = AtomicUsize::new(0);

#[test]
fn one_warning_a_second_and_the_first_at_once() {
    let warnings = Warnings::new(|_| {
        TOLD.fetch_add(1, Ordering::SeqCst);
    });
    for (millis, told) in
        [(0, 1), (1, 1), (999, 1), (1_000, 2), (1_001, 2), (1_999, 2), (9_000, 3), (8_000, 3), (10_000, 4)]
    {
        warnings.tell(Instant::from_millis(millis), format_args!("trouble"));
        assert_eq!(TOLD.load(Ordering::SeqCst), told, "at {millis} ms");
    }
}
