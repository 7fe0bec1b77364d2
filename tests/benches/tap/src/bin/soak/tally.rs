//! How the clients have fared, by their habits.

use std::fmt;

use crate::habit::{Habit, Seen};
use crate::line::Trouble;

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
        // What lies between two losses of the same segment doubles, and may pass a deadline of the server's or of the
        // client's.
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
