//! Handlers that applications share.

pub mod assets;
#[cfg(feature = "std")]
pub mod files;
