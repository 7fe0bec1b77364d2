//! Buckets in fixed memory, shared by all threads without a lock.
//!
//! # Sets
//! A key's hash names one set of the table and a tag within it. A set has seven places and a bucket in common. A place is
//! one word: the tag of its key, and the time at which the key's bucket is full again. A bucket that is full says
//! nothing that a new one would not say, so a place whose time has passed is free, and only such a place is given to
//! another key. When all seven are taken, the keys that have none share the bucket in common.
//!
//! # Threads
//! A request is admitted by one compare-exchange that moves a word on by what the request is worth: from `t` to
//! `t + share`, where `t` is not before now. It has then taken `[t, t + share)` of that word's line of time, which nobody
//! else can take of the same word. Two threads that see the same key for the first time could choose two places. So each
//! looks again after its exchange, and begins anew when another place of its key lies beyond `t`. Suppose two requests of
//! one key were admitted with spans that overlap, on two words, `[t, t + share)` and `[u, u + share)`. The exchanges have
//! an order, since all accesses are sequentially consistent: whichever thread looked again later looked after the other
//! one's exchange, and saw a word at `u + share > t` or `t + share > u`. It was not admitted. So spans do not overlap,
//! they lie between now and `burst` shares ahead, and there are no more of them than the quota allows. (A thread that is
//! held up between its exchange and its second look for longer than a share may find the other place given away.)
//!
//! # Wrapping
//! A word has room for [`TIME_BITS`](super::quota) of time, so a time that has passed would come back as one that lies
//! ahead. Once in each quarter of the full turn, the first request sweeps the table and clears what has passed.

use core::sync::atomic::{AtomicU32, Ordering::SeqCst};

use super::quota::{Moment, TIME_BITS, TURN_BITS};
use super::{Level, Quota, Store, Subject, Unavailable};
use crate::time::Instant;

/// Words of a set: the bucket in common, then the places.
const WORDS: usize = 8;

const TIME_MASK: u32 = (1 << TIME_BITS) - 1;

/// The tag of the bucket in common; it tells a word with a time from one that is clear.
const COMMON: u32 = 1;

/// The buckets of one quota, in a `static`: 32 bytes for each of `N` sets, of seven keys each.
///
/// A key needs its place only from its first request until its bucket is full again. With twice as many sets as there
/// are such keys at once, one new client in 1,000,000 finds its set full.
///
/// ```
/// use bantam_core::middleware::rate_limit::{Quota, Table};
/// static CLIENTS: Table<128> = Table::new(Quota::per_second(10).burst(20)); // 4 KiB
/// ```
/// ```compile_fail
/// # use bantam_core::middleware::rate_limit::{Quota, Table};
/// static NOBODY: Table<0> = Table::new(Quota::per_second(10));
/// ```
///
/// A set has a place for each of seven keys, and a bucket in common for those that find none. A bucket that is full says
/// nothing that a new one would not say; only then is its place given to another key.
///
/// # What an attacker with any number of addresses gains
/// - Nobody's bucket is given away before it is full: a key gets no more than its quota from its place, however many
///   other keys there are.
/// - All keys together get no more than 8 `N` quotas, each bucket being charged like that of one key.
/// - While the set of a key is full, the key may use the bucket in common, whose quota all such keys share. One key can
///   so have its own quota and a part of that one. Who can bring this about has seven other keys in that set already.
///
/// # What others can lose
/// - A client that has a place keeps it until its bucket is full, and nobody else is charged on it, but for keys of the
///   same set and tag. Of requests with ever new keys it is charged one in `4095 N`, and without the seed nobody can aim.
/// - A client whose bucket is full and whose set is taken shares. For `k` active keys (whose buckets are not full) that
///   is the chance that seven or more of them fall into one set: at `k = N` 1 in 12,000, at `2 N` 1 in 220, at `3 N`
///   1 in 30, at `4 N` 1 in 9. To keep a place taken costs its key one admitted request in each share of the quota.
pub struct Table<const N: usize> {
    quota: Quota,
    /// The turn in which the table was swept last; [`Moment::NO_TURN`] before the first time.
    turn: AtomicU32,
    sets: [Set; N],
}

/// Aligned so that no set lies across two cache lines.
#[repr(align(32))]
struct Set([AtomicU32; WORDS]);

/// The word that a key is charged on.
struct Chosen<'t> {
    word: &'t AtomicU32,
    /// What it holds.
    seen: u32,
    /// Its tag, when it is charged.
    tag: u32,
    /// How far ahead of now its bucket is full.
    ahead: u32,
}

impl<const N: usize> Table<N> {
    /// A table in which every bucket is full.
    ///
    /// # Panics
    /// Without a set; in a `static` it does not compile then.
    #[must_use]
    pub const fn new(quota: Quota) -> Self {
        assert!(N > 0, "a table has at least one set");
        let sets = [const { Set([const { AtomicU32::new(0) }; WORDS]) }; N];
        Self { quota, turn: AtomicU32::new(Moment::NO_TURN), sets }
    }

    fn find(&self, subject: &Subject<'_>) -> Option<(&Set, u32)> {
        let hash = subject.hash();
        let place = (hash >> 32).wrapping_mul(N as u64) >> 32;
        let tag = hash as u32 >> TIME_BITS;
        Some((self.sets.get(place as usize)?, tag.max(COMMON)))
    }

    /// Clears what has passed, once a turn, and returns the time of day of the table.
    ///
    /// Between two sweeps lie less than two turns or, if nobody came, more; then all buckets are full, whatever their
    /// words seem to say. A thread that comes late must not clear what others have written since: nobody writes before
    /// the turn was moved on, so what was read before the turn was seen unmoved is old.
    fn sweep(&self, now: Moment) -> u32 {
        let turn = self.turn.load(SeqCst);
        let passed = if turn == Moment::NO_TURN { 2 } else { now.turns_since(turn) };
        if passed <= 0 {
            // Another thread may have read the clock later than this one and come earlier.
            return if passed == 0 { now.at } else { turn << TURN_BITS & TIME_MASK };
        }
        for word in self.sets.iter().flat_map(|set| &set.0) {
            let seen = word.load(SeqCst);
            if seen != 0 && (passed > 1 || ahead(seen, now.at) == 0) {
                if self.turn.load(SeqCst) != turn {
                    break;
                }
                let _ = word.compare_exchange(seen, 0, SeqCst, SeqCst);
            }
        }
        let _ = self.turn.compare_exchange(turn, now.turn, SeqCst, SeqCst);
        now.at
    }
}

impl<const N: usize> Store for Table<N> {
    fn quota(&self) -> &Quota {
        &self.quota
    }

    fn take(&self, subject: &Subject<'_>, now: Instant) -> Result<Level, Unavailable> {
        let now = self.sweep(self.quota.moment(now));
        let (set, tag) = self.find(subject).ok_or(Unavailable)?;
        loop {
            let chosen = set.choose(tag, now);
            if !self.quota.admits(chosen.ahead) {
                return Ok(self.quota.level(chosen.ahead, false));
            }
            let ahead = chosen.ahead.wrapping_add(self.quota.share());
            let charged = chosen.tag << TIME_BITS | now.wrapping_add(ahead) & TIME_MASK;
            let exchanged = chosen.word.compare_exchange(chosen.seen, charged, SeqCst, SeqCst).is_ok();
            if exchanged && !set.has_beyond(chosen.word, tag, now, chosen.ahead) {
                return Ok(self.quota.level(ahead, true));
            }
        }
    }

    fn peek(&self, subject: &Subject<'_>, now: Instant) -> Result<Level, Unavailable> {
        let now = self.sweep(self.quota.moment(now));
        let (set, tag) = self.find(subject).ok_or(Unavailable)?;
        let ahead = set.choose(tag, now).ahead;
        Ok(self.quota.level(ahead, self.quota.admits(ahead)))
    }
}

impl Set {
    /// The key's own place, the one furthest ahead if there are two; else a free one; else the bucket in common.
    fn choose(&self, tag: u32, now: u32) -> Chosen<'_> {
        let [common, places @ ..] = &self.0;
        let seen = common.load(SeqCst);
        let mut chosen = Chosen { word: common, seen, tag: COMMON, ahead: ahead(seen, now) };
        let (mut is_own, mut is_free) = (false, false);
        for word in places {
            let seen = word.load(SeqCst);
            let ahead = ahead(seen, now);
            if seen >> TIME_BITS == tag {
                if !is_own || ahead > chosen.ahead {
                    chosen = Chosen { word, seen, tag, ahead };
                }
                is_own = true;
            } else if ahead == 0 && !is_own && !is_free {
                chosen = Chosen { word, seen, tag, ahead };
                is_free = true;
            }
        }
        chosen
    }

    /// Whether a place of this key other than `charged` lies further ahead than `limit`.
    fn has_beyond(&self, charged: &AtomicU32, tag: u32, now: u32, limit: u32) -> bool {
        let [_, places @ ..] = &self.0;
        places.iter().filter(|word| !core::ptr::eq(*word, charged)).any(|word| {
            let seen = word.load(SeqCst);
            seen >> TIME_BITS == tag && ahead(seen, now) > limit
        })
    }
}

/// How far the time of a word lies ahead of `now`, around the turn; 0 when it has passed, or when there is none.
fn ahead(word: u32, now: u32) -> u32 {
    if word == 0 {
        return 0;
    }
    let spare = u32::BITS.wrapping_sub(TIME_BITS);
    let distance = word.wrapping_sub(now).wrapping_shl(spare).cast_signed().wrapping_shr(spare);
    distance.max(0).cast_unsigned()
}

impl<const N: usize> core::fmt::Debug for Table<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Table").field("quota", &self.quota).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
