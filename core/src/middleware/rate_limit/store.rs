//! Where buckets are kept: a table in this program, or whatever an application shares between several.

use super::{Quota, Subject};
use crate::time::Instant;

/// How a bucket stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Whether the request is within the quota.
    pub admitted: bool,
    /// Requests that are left now.
    pub remaining: u32,
    /// Seconds, rounded up, until there is one more; 0 when the bucket is full.
    pub seconds: u32,
}

/// The store cannot be asked now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

/// Keeps the buckets of one quota: [`Table`](super::Table), or one that servers share, such as a database's.
///
/// It is called from every thread that serves requests, and must not block for longer than a request may wait.
pub trait Store: Sync {
    /// The quota, for the fields of answers.
    fn quota(&self) -> &Quota;

    /// Takes one request out of a bucket if it is there. What is refused takes nothing.
    ///
    /// # Errors
    /// When nobody can tell; [`RateLimit`](super::RateLimit) then does what the application has chosen.
    fn take(&self, subject: &Subject<'_>, now: Instant) -> Result<Level, Unavailable>;

    /// How a bucket stands, without taking anything.
    ///
    /// # Errors
    /// When nobody can tell; the answer then has no fields.
    fn peek(&self, subject: &Subject<'_>, now: Instant) -> Result<Level, Unavailable>;
}

/// A store, and another one for as long as the first is unavailable: one that servers share, and a table of this one.
#[derive(Clone, Copy)]
pub struct Fallback<'s> {
    first: &'s dyn Store,
    second: &'s dyn Store,
}

impl<'s> Fallback<'s> {
    /// The first of these, or else the second. Answers tell the quota of the first.
    #[must_use]
    pub const fn new(first: &'s dyn Store, second: &'s dyn Store) -> Self {
        Self { first, second }
    }
}

impl Store for Fallback<'_> {
    fn quota(&self) -> &Quota {
        self.first.quota()
    }

    fn take(&self, subject: &Subject<'_>, now: Instant) -> Result<Level, Unavailable> {
        self.first.take(subject, now).or_else(|Unavailable| self.second.take(subject, now))
    }

    fn peek(&self, subject: &Subject<'_>, now: Instant) -> Result<Level, Unavailable> {
        self.first.peek(subject, now).or_else(|Unavailable| self.second.peek(subject, now))
    }
}

impl core::fmt::Debug for Fallback<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Fallback").finish_non_exhaustive()
    }
}
