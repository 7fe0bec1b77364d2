//! Small drivers for byte streams that are not sockets of an operating system: a serial line, a TLS session, an
//! `embassy-net` socket. Each is the loop of [`connection`](crate::connection) over one of the embedded-io trait pairs.

pub mod asynchronous;
pub mod blocking;

#[cfg(test)]
mod tests;
