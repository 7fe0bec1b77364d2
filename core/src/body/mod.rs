//! Message bodies: pulled from a source, pushed to a sink, read from and written to their transfer coding.

pub mod decode;
pub mod encode;
#[cfg(feature = "std")]
pub mod file;
pub mod sink;
pub mod source;
