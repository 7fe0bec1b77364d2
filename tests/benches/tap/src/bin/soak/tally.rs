//! How the clients have fared, by their habits.

use std::fmt;

use crate::habit::{Habit, Seen};
use bantam_bench_measure::line::Trouble;

/// Connections and what came of them.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    whole: u64,
    broken: u64,
    refused: u64,
    stalled: u64,
    wrong: u64,
    answers: u64,
    bytes: u64,
}

/// A row for each habit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally([Row; Habit::ALL.len()]);

impl Tally {
    /// A client of this habit has ended.
    pub(crate) fn add(&mut self, habit: Habit, seen: Seen, outcome: &Result<(), Trouble>) {
        let row = &mut self.0[habit as usize];
        row.answers += seen.answers;
        row.bytes += seen.bytes;
        *match outcome {
            Ok(()) => &mut row.whole,
            Err(Trouble::Broken(_)) => &mut row.broken,
            Err(Trouble::Refused) => &mut row.refused,
            Err(Trouble::Stalled(_)) => &mut row.stalled,
            Err(Trouble::Wrong(_)) => &mut row.wrong,
        } += 1;
    }

    fn sum(&self) -> Row {
        self.0.iter().fold(Row::default(), |sum, row| Row {
            whole: sum.whole + row.whole,
            broken: sum.broken + row.broken,
            refused: sum.refused + row.refused,
            stalled: sum.stalled + row.stalled,
            wrong: sum.wrong + row.wrong,
            answers: sum.answers + row.answers,
            bytes: sum.bytes + row.bytes,
        })
    }

    /// In one line.
    pub(crate) fn short(&self) -> String {
        let Row { whole, broken, refused, stalled, wrong, answers, bytes } = self.sum();
        format!(
            "{whole} connections whole, {broken} broken, {refused} refused, {stalled} stalled, {wrong} wrong; \
             {answers} answers, {} MiB compared",
            bytes >> 20
        )
    }

    /// What must not have happened.
    pub(crate) fn faults(&self) -> Vec<String> {
        let sum = self.sum();
        let mut faults = Vec::new();
        let mut never = |count: u64, what: &str| {
            if count > 0 {
                faults.push(format!("{count} {what}"));
            }
        };
        never(sum.wrong, "got wrong bytes");
        never(sum.refused, "were refused although slots were free");
        // Each retransmission doubles the time to the next one, which may pass a deadline of the server's, or the
        // patience of the client.
        let unfinished = sum.broken + sum.stalled;
        if unfinished * 20 > sum.whole {
            faults.push(format!("{unfinished} broken or stalled are more than one in twenty"));
        }
        let idle = Habit::ALL.iter().filter(|habit| self.0[**habit as usize].whole == 0);
        faults.extend(idle.map(|habit| format!("no {} client came through", habit.name())));
        faults
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:14}{:>9}{:>9}{:>9}{:>9}{:>9}{:>10}{:>10}",
            "habit", "whole", "broken", "refused", "stalled", "wrong", "answers", "MiB"
        )?;
        let rows = Habit::ALL.iter().map(|habit| (habit.name(), self.0[*habit as usize]));
        for (name, row) in rows.chain([("all", self.sum())]) {
            let Row { whole, broken, refused, stalled, wrong, answers, bytes } = row;
            let mebibytes = bytes as f64 / 1_048_576.0;
            writeln!(
                f,
                "{name:14}{whole:>9}{broken:>9}{refused:>9}{stalled:>9}{wrong:>9}{answers:>10}{mebibytes:>10.1}"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Habit, Seen, Tally, Trouble};

    #[test]
    fn what_must_not_happen_is_a_fault() {
        let whole = |each: usize| {
            let mut tally = Tally::default();
            for habit in Habit::ALL {
                (0..each).for_each(|_| tally.add(habit, Seen::default(), &Ok(())));
            }
            tally
        };
        let broken = Trouble::Broken("reset".into());
        let stalled = Trouble::Stalled("silence".into());
        let cases = [
            ("nothing but whole ones", whole(2), None, 0, 0),
            ("nobody", Tally::default(), None, 0, 12),
            ("a wrong byte", whole(2), Some(Trouble::Wrong("byte 7".into())), 1, 1),
            ("one refused", whole(2), Some(Trouble::Refused), 1, 1),
            ("one of twenty broken", whole(5), Some(broken.clone()), 3, 0),
            ("more than one of twenty broken", whole(5), Some(broken), 4, 1),
            ("more than one of twenty stalled", whole(5), Some(stalled), 4, 1),
        ];
        for (name, mut tally, trouble, times, expected) in cases {
            let outcome = trouble.map_or(Ok(()), Err);
            (0..times).for_each(|_| tally.add(Habit::Single, Seen::default(), &outcome));
            let faults = tally.faults();
            assert_eq!(faults.len(), expected, "{name}: {faults:?}");
        }
    }
}
