//! Where tests make the system refuse what files are served by. In a program nothing is left of this.

/// What the system is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// To open a file or folder, or to tell of one.
    Open,
    /// To read a part of a file.
    Read,
}

/// Asked before each call; an error takes the call's place.
#[cfg(not(all(test, target_os = "linux")))]
#[inline(always)]
pub(super) fn before<E>(_: Call) -> Result<(), E> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
pub(super) use self::plan::before;

#[cfg(all(test, target_os = "linux"))]
pub(super) mod plan {
    use core::cell::Cell;
    use core::ops::Range;

    use rustix::io::Errno;

    use super::Call;

    std::thread_local! {
        static PLAN: Cell<Option<(Call, Range<u32>, Errno)>> = const { Cell::new(None) };
        static MADE: Cell<u32> = const { Cell::new(0) };
    }

    /// Lets those calls of one kind fail, counted from here on, for as long as `run` runs. How many were made.
    pub(in super::super) fn while_failing<R>(
        call: Call,
        which: Range<u32>,
        error: Errno,
        run: impl FnOnce() -> R,
    ) -> (R, u32) {
        PLAN.set(Some((call, which, error)));
        MADE.set(0);
        let outcome = run();
        PLAN.set(None);
        (outcome, MADE.get())
    }

    pub(in super::super) fn before<E: From<Errno>>(call: Call) -> Result<(), E> {
        let plan = PLAN.take();
        PLAN.set(plan.clone());
        match plan {
            Some((planned, which, error)) if planned == call => {
                let number = MADE.replace(MADE.get() + 1);
                if which.contains(&number) { Err(error.into()) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }
}
