//! The emulated board, and a client that speaks bytes.

mod board;
mod client;

pub use board::{Board, program};
pub use client::{Answer, Client};
