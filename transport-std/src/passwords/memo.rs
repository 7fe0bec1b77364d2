//! What was right before is right again, for a while, without another run of bcrypt.

use core::hash::BuildHasher;
use core::time::Duration;
use std::hash::RandomState;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use bantam_core::middleware::auth::compare::is_same;

/// Makes marks of credentials, by keys that nobody knows.
///
/// A mark is 128 bits of `SipHash` under two keys that the system drew. `SipHash` was made to resist who chooses the input
/// and does not know the key, and marks are shown to nobody: what can be learnt of one is whether a guess was
/// right. A user has one mark at a time, so that a guess is right by chance once in 2^128 (and were the keys of no
/// more worth than one, in 2^64, at a guess a request). A slow hash guards what lies on a disk to be stolen; marks lie
/// in memory only, for a while, as the passwords themselves do while they are verified.
#[derive(Debug, Default)]
pub(super) struct Marker {
    keys: [RandomState; 2],
}

pub(super) type Mark = [[u8; 8]; 2];

impl Marker {
    /// The mark of a password that was found to fit this stored hash. Lengths are hashed too, so that no two triples
    /// are spelt alike.
    pub(super) fn mark(&self, user: &str, password: &[u8], stored: &str) -> Mark {
        self.keys.each_ref().map(|key| key.hash_one((user, password, stored)).to_ne_bytes())
    }
}

/// The one password of a user that was right last, by its mark.
#[derive(Debug, Default)]
pub(super) struct Memo {
    last: Mutex<Option<(Mark, Instant)>>,
}

impl Memo {
    /// Whether this mark was remembered less than `span` ago.
    pub(super) fn knows(&self, mark: &Mark, now: Instant, span: Duration) -> bool {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|(known, since)| {
            now.saturating_duration_since(since) < span && is_same(known.as_flattened(), mark.as_flattened())
        })
    }

    pub(super) fn remember(&self, mark: Mark, now: Instant) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((mark, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Duration = Duration::from_secs(10);

    #[test]
    fn a_mark_is_of_one_user_one_password_and_one_hash() {
        let marker = Marker::default();
        let mark = marker.mark("ann", b"secret", "hash");
        assert_eq!(mark, marker.mark("ann", b"secret", "hash"));
        for (name, user, password, stored) in [
            ("user", "bob", "secret", "hash"),
            ("password", "ann", "secreT", "hash"),
            ("hash", "ann", "secret", "hash2"),
            ("a letter over, from user to password", "an", "nsecret", "hash"),
            ("a letter over, from password to hash", "ann", "secre", "thash"),
            ("no user", "", "annsecret", "hash"),
        ] {
            assert_ne!(marker.mark(user, password.as_bytes(), stored), mark, "{name}");
        }
        assert_ne!(mark[0], mark[1], "two keys");
        assert_ne!(Marker::default().mark("ann", b"secret", "hash"), mark, "keys of its own");
    }

    #[test]
    fn a_memo_ends() {
        let (memo, now) = (Memo::default(), Instant::now());
        let [one, other] = [[[1; 8]; 2], [[2; 8]; 2]];
        assert!(!memo.knows(&one, now, SPAN));
        memo.remember(one, now);
        assert!(memo.knows(&one, now, SPAN) && !memo.knows(&other, now, SPAN));
        assert!(memo.knows(&one, now + SPAN - Duration::from_nanos(1), SPAN));
        assert!(!memo.knows(&one, now + SPAN, SPAN));
        assert!(!memo.knows(&one, now, Duration::ZERO), "nothing is remembered for no time");
        memo.remember(other, now);
        assert!(!memo.knows(&one, now, SPAN) && memo.knows(&other, now, SPAN));
    }
}
