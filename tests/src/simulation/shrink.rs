//! Makes a failing script small: what can be left out without the failure going away is left out.

use super::script::{Pace, Script, Step};

/// Most scripts that are tried.
const TRIES: usize = 4_000;

/// The smallest script found that still fails, as `fails` says.
pub fn shrink(script: Script, mut fails: impl FnMut(&Script) -> bool) -> Script {
    let mut smallest = script;
    let mut tries = 0;
    loop {
        let mut is_smaller = false;
        for change in changes(&smallest) {
            // An earlier change of this round may have taken away what this one is about.
            let Some(candidate) = change.apply(&smallest) else { continue };
            tries += 1;
            if tries > TRIES {
                return smallest;
            }
            if fails(&candidate) {
                smallest = candidate;
                is_smaller = true;
            }
        }
        if !is_smaller {
            return smallest;
        }
    }
}

/// One way of making a script smaller.
#[derive(Clone, Copy, Debug)]
enum Change {
    DropRequest(usize),
    DropSteps(usize, usize),
    MergeDeliveries(usize),
    PlainPace,
    DropBytes(usize, usize, usize),
}

/// Ways that promise most stand first.
fn changes(script: &Script) -> Vec<Change> {
    let mut changes = vec![Change::PlainPace];
    changes.extend((0..script.requests.len()).rev().map(Change::DropRequest));
    let mut length = script.steps.len();
    while length > 0 {
        changes.extend((0..script.steps.len()).step_by(length).rev().map(|at| Change::DropSteps(at, length)));
        length /= 2;
    }
    changes.extend((0..script.steps.len()).rev().map(Change::MergeDeliveries));
    for (number, request) in script.requests.iter().enumerate() {
        let mut length = request.len() / 2;
        while length > 0 {
            changes.extend(
                (0..request.len()).step_by(length).rev().map(|at| Change::DropBytes(number, at, length)),
            );
            length /= 3;
        }
    }
    changes
}

impl Change {
    fn apply(self, script: &Script) -> Option<Script> {
        let mut script = script.clone();
        match self {
            Self::DropRequest(at) if at < script.requests.len() => drop(script.requests.remove(at)),
            Self::DropSteps(at, length) if at < script.steps.len() => {
                let end = script.steps.len().min(at + length);
                drop(script.steps.drain(at..end));
            }
            Self::MergeDeliveries(at) => match script.steps.get(at..at + 2)? {
                [Step::Deliver(one), Step::Deliver(other)] => {
                    script.steps[at] = Step::Deliver(one.saturating_add(*other));
                    script.steps.remove(at + 1);
                }
                _ => return None,
            },
            Self::PlainPace if script.pace != Pace::WHOLE => script.pace = Pace::WHOLE,
            Self::DropBytes(number, at, length) if at < script.requests.get(number)?.len() => {
                let request = &mut script.requests[number];
                let end = request.len().min(at + length);
                drop(request.drain(at..end));
            }
            _ => return None,
        }
        Some(script)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_left_out() {
        let fails = |script: &Script| {
            script.bytes().contains(&b'H') && script.steps.iter().any(|step| matches!(step, Step::Deliver(_)))
        };
        let script = (0..).map(Script::new).find(|script| script.requests.len() > 3 && fails(script));
        let smallest = shrink(script.expect("there is one"), fails);
        assert_eq!(smallest.bytes(), b"H");
        assert!(matches!(smallest.steps[..], [Step::Deliver(_)]), "{smallest}");
    }
}
