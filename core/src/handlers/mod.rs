//! Ready-made handlers.

pub mod assets;
#[cfg(feature = "std")]
pub mod files;
