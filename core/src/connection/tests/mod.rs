//! The machine as a transport drives it, in memory and with a virtual clock.

mod answers;
mod app;
mod blocking;
mod chain;
mod content;
mod deadlines;
mod driver;
mod endings;
mod every_cut;
#[cfg(feature = "explain")]
mod explain;
mod fill;
mod gateways;
