//! Log lines, by their level. Each level is a feature; a line of one that is not compiled in costs nothing.

/// Something is broken, and stays so.
macro_rules! log_error {
    ($($line:tt)*) => {{
        #[cfg(feature = "log-error")]
        defmt::error!($($line)*);
    }};
}

/// Something was lost, and it goes on.
macro_rules! log_warn {
    ($($line:tt)*) => {{
        #[cfg(feature = "log-warn")]
        defmt::warn!($($line)*);
    }};
}

/// What somebody who runs the board wants to know.
macro_rules! log_info {
    ($($line:tt)*) => {{
        #[cfg(feature = "log-info")]
        defmt::info!($($line)*);
    }};
}

/// What somebody who looks for a mistake wants to know.
macro_rules! log_debug {
    ($($line:tt)*) => {{
        #[cfg(feature = "log-debug")]
        defmt::debug!($($line)*);
    }};
}

/// Everything that happens.
macro_rules! log_trace {
    ($($line:tt)*) => {{
        #[cfg(feature = "log-trace")]
        defmt::trace!($($line)*);
    }};
}
