//! A content coding that is offered: its name, how its coders are made, and the pool that keeps them.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::coder::Coder;

/// A content coding (RFC 9110 §8.4.1) and its pool of coders.
///
/// A coder is expensive: that of gzip has some 315 kB, which take longer to be made than a page to be coded. So
/// they are kept and used again. How many there are at a time is bounded too, since every answer that is coded as
/// it flows holds one until its peer has taken it; past the bound answers are sent as they are.
pub struct Coding {
    name: &'static str,
    level: u8,
    make: fn(u8) -> Box<dyn Coder>,
    kept: usize,
    most: usize,
    pool: OnceLock<Arc<Pool>>,
}

impl Coding {
    /// A coding of this registered name, whose coders `make` makes for the level. Sixteen idle ones are kept, and there
    /// are 64 at most.
    #[must_use]
    pub const fn new(name: &'static str, level: u8, make: fn(u8) -> Box<dyn Coder>) -> Self {
        Self { name, level, make, kept: 16, most: 64, pool: OnceLock::new() }
    }

    /// gzip (RFC 1952) by `miniz_oxide`, at a level of 1 to 9. Level 4 takes half the time of the usual 6, for three
    /// hundredths more bytes; beyond 6 hardly anything is gained.
    #[cfg(feature = "gzip")]
    #[must_use]
    pub const fn gzip(level: u8) -> Self {
        Self::new("gzip", level, super::gzip::Gzip::boxed)
    }

    /// With this many coders at most, and this many of them kept when they are idle.
    #[must_use]
    pub const fn with_coders(mut self, most: usize, kept: usize) -> Self {
        (self.most, self.kept) = (most, kept);
        self
    }

    /// The name that `Accept-Encoding` and `Content-Encoding` know it by.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// A coder of its own, which belongs to no pool: to try out levels.
    #[must_use]
    pub fn coder(&self) -> Box<dyn Coder> {
        (self.make)(self.level)
    }

    /// How many coders are at work, and how many are idle.
    #[must_use]
    pub fn coders(&self) -> (usize, usize) {
        self.pool.get().map_or((0, 0), |pool| (pool.working.load(Ordering::Relaxed), pool.idle().len()))
    }

    /// A coder that is ready, which goes back when it is dropped; `None` when too many are at work.
    pub(super) fn lend(&self) -> Option<Lent> {
        let pool = self.pool.get_or_init(|| {
            let idle = Mutex::new(Vec::with_capacity(self.kept));
            Arc::new(Pool { idle, working: AtomicUsize::new(0), kept: self.kept })
        });
        let more = |working: usize| (working < self.most).then(|| working.saturating_add(1));
        pool.working.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        let pool = Arc::clone(pool);
        let idle = pool.idle().pop();
        // Counted before it is made: a panic of `make` would leave the count too high by one, and no more.
        let engine = match idle {
            Some(mut engine) => {
                engine.coder.reset();
                engine
            }
            None => Engine { coder: self.coder(), space: Vec::new() },
        };
        Some(Lent { engine: Some(engine), pool })
    }
}

impl core::fmt::Debug for Coding {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Coding").field("name", &self.name).field("level", &self.level).finish_non_exhaustive()
    }
}

/// A coder and memory beside it: content that it has not taken yet, or coded content.
pub(super) struct Engine {
    pub(super) coder: Box<dyn Coder>,
    pub(super) space: Vec<u8>,
}

impl Engine {
    /// The coder, and `length` bytes of memory.
    pub(super) fn parts(&mut self, length: usize) -> (&mut dyn Coder, &mut [u8]) {
        if self.space.len() < length {
            self.space.resize(length, 0);
        }
        (&mut *self.coder, self.space.get_mut(..length).unwrap_or_default())
    }
}

struct Pool {
    idle: Mutex<Vec<Engine>>,
    working: AtomicUsize,
    kept: usize,
}

impl Pool {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Engine>> {
        // Nothing panics while it is held.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A coder that goes back to its pool.
pub(super) struct Lent {
    /// There until it is dropped.
    engine: Option<Engine>,
    pool: Arc<Pool>,
}

impl Lent {
    pub(super) fn engine(&mut self) -> Option<&mut Engine> {
        self.engine.as_mut()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Who has panicked with it may have left it in any state.
        if let Some(engine) = self.engine.take().filter(|_| !std::thread::panicking()) {
            let mut idle = self.pool.idle();
            if idle.len() < self.pool.kept {
                idle.push(engine);
            }
        }
        self.pool.working.fetch_sub(1, Ordering::Relaxed);
    }
}
