//! Which call of a thread fails, and how.

use core::cell::RefCell;
use core::sync::atomic::{AtomicU32, Ordering};
use std::io;
use std::sync::Arc;

use super::Call;

/// Lets calls of one kind fail: those from the `first` on, `times` of them.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) call: Call,
    pub(crate) first: u32,
    pub(crate) times: u32,
    /// The error, by its number.
    pub(crate) error: i32,
    /// Calls of this kind so far.
    made: AtomicU32,
}

thread_local! {
    static PLANS: RefCell<Vec<Arc<Plan>>> = const { RefCell::new(Vec::new()) };
}

impl Plan {
    pub(crate) fn new(call: Call, first: u32, times: u32, error: i32) -> Arc<Self> {
        Arc::new(Self { call, first, times, error, made: AtomicU32::new(0) })
    }

    /// Adds it to those of this thread.
    pub(crate) fn begin(self: Arc<Self>) {
        PLANS.with_borrow_mut(|plans| plans.push(self));
    }

    /// Whether as many calls were made as were to fail.
    pub(crate) fn is_done(&self) -> bool {
        self.made.load(Ordering::SeqCst) >= self.first + self.times
    }
}

pub(crate) fn before(call: Call) -> io::Result<()> {
    PLANS.with_borrow(|plans| {
        let Some(plan) = plans.iter().find(|plan| plan.call == call) else { return Ok(()) };
        let number = plan.made.fetch_add(1, Ordering::SeqCst);
        match (plan.first..plan.first + plan.times).contains(&number) {
            true => Err(io::Error::from_raw_os_error(plan.error)),
            false => Ok(()),
        }
    })
}
