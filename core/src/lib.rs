//! A small HTTP/1.1 server without I/O.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::arithmetic_side_effects)
)]

#[cfg(any(feature = "std", test))]
extern crate std;

pub mod bytes;
pub mod message;
