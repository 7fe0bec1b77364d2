//! The example application: an httpbin, what people use to test HTTP clients, and a showcase of what bantam does. The
//! same code runs over sockets, behind a TAP device and on a microcontroller.
//!
//! [`ROUTES`] is the place to start reading.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

mod auth;
mod caching;
mod cookies;
mod describe;
mod generated;
mod gzip;
mod health;
mod json;
mod messages;
mod metrics;
mod noise;
mod number;
mod pace;
mod range;
mod redirects;
mod routes;
mod statics;
mod status;
pub mod streams;
mod time;
mod users;
mod welcome;
mod window;

use bantam_core::handlers::health::{Findings, Nothing};

pub use self::metrics::METRICS;
pub use self::routes::{ROUTES, Routes};
pub use self::streams::Streams;

/// What all handlers share.
pub struct App {
    users: users::Store,
    checks: &'static (dyn Findings + Sync),
    #[cfg(feature = "std")]
    monitor: Option<bantam_core::handlers::health::Monitor>,
    #[cfg(feature = "std")]
    files: Option<bantam_core::handlers::files::Files>,
}

impl App {
    /// The application, with assets of its own under `/static`, and nothing to check.
    #[must_use]
    pub const fn new() -> Self {
        Self::checked(&Nothing)
    }

    /// The application whose probes tell of these checks, such as a device notes down for itself.
    ///
    /// ```
    /// use bantam_core::handlers::health::Checks;
    /// use bantam_demo::App;
    ///
    /// static CHECKS: Checks<1> = Checks::new(["sensor"]);
    /// static APP: App = App::checked(&CHECKS);
    /// ```
    #[must_use]
    pub const fn checked(checks: &'static (dyn Findings + Sync)) -> Self {
        Self {
            users: users::Store::new(),
            checks,
            #[cfg(feature = "std")]
            monitor: None,
            #[cfg(feature = "std")]
            files: None,
        }
    }

    /// With checks that run beside the server, instead.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn with_monitor(mut self, monitor: bantam_core::handlers::health::Monitor) -> Self {
        self.monitor = Some(monitor);
        self
    }

    /// With the files of a folder under `/static`, instead of the assets.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn with_files(mut self, files: bantam_core::handlers::files::Files) -> Self {
        self.files = Some(files);
        self
    }

    fn findings(&self) -> &dyn Findings {
        #[cfg(feature = "std")]
        if let Some(monitor) = &self.monitor {
            return monitor;
        }
        self.checks
    }
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl core::fmt::Debug for App {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("App").field("users", &self.users).finish_non_exhaustive()
    }
}
