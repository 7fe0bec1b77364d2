//! The board: what the demo needs of QEMU's `mps2-an385`, a Cortex-M3 with an Ethernet controller, and nothing else.
//!
//! | file | question it answers | another board |
//! |---|---|---|
//! | `registers` | where are the devices? | replaces it |
//! | [`clock`] | how much time has passed? | replaces it |
//! | [`sleep`] | how does the processor wait? | replaces the timer |
//! | [`lan9118`] | how do frames get in and out? | replaces it, or takes a driver there is |
//! | [`board`] | what does the transport need to know? | writes its addresses |
//! | [`debugger`] | what does only the host know? | asks its own clock and noise |
//! | `log` | which log lines are compiled in? | keeps it |
//! | [`stack`] | how much of the stack was used? | keeps it |
//! | [`sample`] | what is measured? | |
//! | `panic`, `fault` | what happens when nothing goes on? | resets itself |
#![no_std]

#[macro_use]
mod log;

pub mod board;
pub mod clock;
pub mod debugger;
mod fault;
pub mod lan9118;
mod panic;
mod registers;
pub mod sample;
pub mod sleep;
pub mod stack;

#[cfg(feature = "log-error")]
use defmt_semihosting as _; // where log lines go
