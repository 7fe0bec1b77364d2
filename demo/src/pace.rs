//! When the bytes of an answer are due that takes its time.

use bantam_core::prelude::*;

/// Shortest pause between two pieces: a clock that is asked more often only costs.
const PAUSE: Duration = Duration::from_millis(10);

/// Bytes that become due piece by piece, evenly over some time. The first piece is due when it begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) begins: Instant,
    /// What all of them take. With this and `count` in bounds of a minute and 2^32, products stay below 2^58.
    pub(crate) duration: Duration,
    pub(crate) count: u64,
    /// Bytes that become due together, at least one.
    pub(crate) piece: u64,
}

impl Pace {
    /// How many bytes may follow the first `sent`, of which not all are sent yet: at least one.
    ///
    /// # Errors
    /// When there will be some, if there are none yet.
    pub(crate) fn due(&self, sent: u64, now: Instant) -> Result<u64, Instant> {
        if now < self.begins {
            return Err(self.begins);
        }
        let elapsed = micros(now.since(self.begins).min(self.duration));
        let due = elapsed.saturating_mul(self.count).checked_div(micros(self.duration));
        let due = due.map_or(self.count, |due| due.saturating_add(1));
        let due = due.div_ceil(self.piece).saturating_mul(self.piece).min(self.count);
        match due.saturating_sub(sent) {
            0 => Err(self.begins.after(self.after(sent)).max(now.after(PAUSE))),
            due => Ok(due),
        }
    }

    /// How long after the first byte the one behind `sent` of them is due.
    fn after(&self, sent: u64) -> Duration {
        let product = sent.saturating_mul(micros(self.duration));
        Duration::from_micros(product.div_ceil(self.count.max(1)))
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: Instant = Instant::from_millis(1_000);

    #[test]
    fn pieces_are_due_one_after_the_other() {
        let pace = Pace { begins: BEGIN, duration: Duration::from_secs(5), count: 10, piece: 4 };
        let at = |millis: u64| Instant::from_millis(1_000 + millis);
        for (sent, millis, due) in [
            (0, 0, Ok(4)),
            (3, 0, Ok(1)),
            (4, 0, Err(at(2_000))),
            (4, 1_999, Err(at(2_009))),
            (4, 2_000, Ok(4)),
            (8, 2_000, Err(at(4_000))),
            (8, 4_000, Ok(2)),
            (0, 9_000, Ok(10)),
        ] {
            assert_eq!(pace.due(sent, at(millis)), due, "{sent} sent, {millis} ms");
        }
        assert_eq!(pace.due(0, Instant::ZERO), Err(BEGIN));
    }

    #[test]
    fn the_extremes_do_not_overflow() {
        let (duration, count) = (Duration::from_secs(60), 1 << 32);
        for piece in [1, 7, u64::MAX] {
            let pace = Pace { begins: BEGIN, duration, count, piece };
            assert_eq!(pace.due(0, BEGIN), Ok(piece.min(count)));
            assert_eq!(pace.due(count - 1, BEGIN.after(duration)), Ok(1));
        }
        let at_once = Pace { begins: BEGIN, duration: Duration::ZERO, count, piece: 1 };
        assert_eq!(at_once.due(0, BEGIN), Ok(count));
    }
}
