//! Panics as messages: a script that panics fails like any other, thousands of times while it is shrunk, and without
//! thousands of backtraces.

use core::cell::{Cell, RefCell};
use core::panic::AssertUnwindSafe;
use std::panic;
use std::sync::Once;

thread_local! {
    static IS_CATCHING: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What `act` gives.
///
/// # Errors
/// What it panicked over, and where.
pub fn catch<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |info| match IS_CATCHING.get() {
            true => MESSAGE.set(info.to_string()),
            false => others(info),
        }));
    });
    IS_CATCHING.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(act));
    IS_CATCHING.set(false);
    outcome.map_err(|_| MESSAGE.take())
}

#[cfg(test)]
mod tests {
    use super::catch;

    #[test]
    fn a_panic_tells_what_and_where() {
        assert_eq!(catch(|| 5), Ok(5));
        let error = catch(|| panic!("on purpose")).expect_err("it panics");
        assert!(error.contains("on purpose") && error.contains("panics.rs"), "{error}");
    }
}
