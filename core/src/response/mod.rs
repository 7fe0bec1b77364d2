//! The answer: what a handler fills, and how it is written in front of its content.

mod assembly;
mod builder;
mod canned;
mod error;
mod head;
mod writer;

pub(crate) use self::builder::Outgoing;
pub use self::builder::{Body, Response};
pub use self::error::ResponseError;
pub(crate) use self::head::{ConnectionOption, Framing, Length};
pub use self::writer::BodyWriter;
