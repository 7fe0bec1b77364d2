//! Handlers that applications share.

pub mod assets;
