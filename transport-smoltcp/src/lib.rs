//! bantam over smoltcp: the same application without an operating system's sockets, in memory that is fixed when it is
//! compiled.
#![no_std]

#[cfg(feature = "tap")]
extern crate std;
