//! How clients have fared, by their habits.

use std::fmt;

use super::seen::Seen;
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
#[derive(Clone, Debug)]
pub struct Tally(Vec<(&'static str, Row)>);

impl Tally {
    /// Nobody of these habits yet.
    pub fn new(habits: &[&'static str]) -> Self {
        Self(habits.iter().map(|name| (*name, Row::default())).collect())
    }

    /// The name of the habit at this place.
    pub fn name(&self, habit: usize) -> &'static str {
        self.0[habit].0
    }

    /// A client of the habit at this place has ended.
    pub fn add(&mut self, habit: usize, seen: Seen, outcome: &Result<(), Trouble>) {
        let (_, row) = &mut self.0[habit];
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
        self.0.iter().fold(Row::default(), |sum, (_, row)| Row {
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
    pub fn short(&self) -> String {
        let Row { whole, broken, refused, stalled, wrong, answers, bytes } = self.sum();
        format!(
            "{whole} connections whole, {broken} broken, {refused} refused, {stalled} stalled, {wrong} wrong; \
             {answers} answers, {} MiB compared",
            bytes >> 20
        )
    }

    /// What must not have happened. For each hundred connections that were whole, so many may be `unfinished`: broken or
    /// stalled.
    pub fn faults(&self, unfinished: u64) -> Vec<String> {
        let sum = self.sum();
        let mut faults = Vec::new();
        let mut never = |count: u64, what: &str| {
            if count > 0 {
                faults.push(format!("{count} {what}"));
            }
        };
        never(sum.wrong, "got wrong bytes");
        never(sum.refused, "were refused although there was room");
        let found = sum.broken + sum.stalled;
        if found * 100 > sum.whole * unfinished {
            faults.push(format!("{found} broken or stalled are more than {unfinished} in a hundred"));
        }
        let idle = self.0.iter().filter(|(_, row)| row.whole == 0);
        faults.extend(idle.map(|(name, _)| format!("no {name} client came through")));
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
        for (name, row) in self.0.iter().copied().chain([("all", self.sum())]) {
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
    use super::{Seen, Tally, Trouble};

    const HABITS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

    #[test]
    fn what_must_not_happen_is_a_fault() {
        let whole = |each: usize| {
            let mut tally = Tally::new(&HABITS);
            for habit in 0..HABITS.len() {
                (0..each).for_each(|_| tally.add(habit, Seen::default(), &Ok(())));
            }
            tally
        };
        let broken = Trouble::Broken("reset".into());
        let stalled = Trouble::Stalled("silence".into());
        let cases = [
            ("nothing but whole ones", whole(2), None, 0, 5, 0),
            ("nobody", whole(0), None, 0, 5, 12),
            ("a wrong byte", whole(2), Some(Trouble::Wrong("byte 7".into())), 1, 5, 1),
            ("one refused", whole(2), Some(Trouble::Refused), 1, 5, 1),
            ("one of twenty broken", whole(5), Some(broken.clone()), 3, 5, 0),
            ("more than one of twenty broken", whole(5), Some(broken.clone()), 4, 5, 1),
            ("more than one of twenty stalled", whole(5), Some(stalled), 4, 5, 1),
            ("one broken where none may be", whole(5), Some(broken), 1, 0, 1),
        ];
        for (name, mut tally, trouble, times, unfinished, expected) in cases {
            let outcome = trouble.map_or(Ok(()), Err);
            (0..times).for_each(|_| tally.add(1, Seen::default(), &outcome));
            let faults = tally.faults(unfinished);
            assert_eq!(faults.len(), expected, "{name}: {faults:?}");
        }
    }
}
