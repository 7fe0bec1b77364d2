//! The example application: an httpbin, what people use to test HTTP clients, and a showcase of what bantam does. The
//! same code runs over sockets, behind a TAP device and on a microcontroller.
//!
//! [`ROUTES`] is the place to start reading.
#![no_std]
#![forbid(unsafe_code)]

mod auth;
mod caching;
mod cookies;
mod describe;
mod generated;
mod health;
mod json;
mod messages;
mod noise;
mod number;
mod redirects;
mod routes;
mod statics;
mod status;
pub mod streams;
mod time;
mod users;
mod welcome;
mod window;

pub use self::routes::{ROUTES, Routes};
pub use self::streams::Streams;

/// What all handlers share.
#[derive(Debug, Default)]
pub struct App {
    users: users::Store,
    #[cfg(feature = "std")]
    files: Option<bantam_core::handlers::files::Files>,
}

impl App {
    /// The application, with assets of its own under `/static`.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            users: users::Store::new(),
            #[cfg(feature = "std")]
            files: None,
        }
    }

    /// With the files of a folder under `/static` instead.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn with_files(mut self, files: bantam_core::handlers::files::Files) -> Self {
        self.files = Some(files);
        self
    }
}
