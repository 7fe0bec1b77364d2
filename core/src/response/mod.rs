//! The answer: what a handler fills, and how it is written in front of its content.

mod builder;
mod canned;
mod head;

pub use self::builder::{Body, BodyWriter, Response, ResponseError};
pub(crate) use self::builder::{Outgoing, RESERVE};
pub(crate) use self::head::{ConnectionOption, Framing, Length};
