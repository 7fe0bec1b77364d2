//! A small HTTP/1.1 server without I/O.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects,
        clippy::std_instead_of_alloc,
        clippy::type_complexity
    )
)]

#[cfg(any(feature = "std", test))]
extern crate std;

pub mod body;
pub mod bytes;
pub mod connection;
pub mod framing;
pub mod handler;
pub mod limits;
pub mod message;
pub mod middleware;
pub mod parse;
pub mod prelude;
pub mod response;
pub mod route;
pub mod service;
pub mod time;
