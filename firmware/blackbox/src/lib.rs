//! The emulated board, and a client that speaks bytes.

mod board;
mod client;
mod damage;
mod steps;

pub use board::{Board, program};
pub use client::{Answer, Client};
pub use damage::{Dice, damaged};
pub use steps::is_stepped;
