//! Message bodies: pulled from a source, pushed to a sink, read from and written to their transfer coding.

pub mod decode;
pub mod encode;
#[cfg(feature = "std")]
pub mod file;
pub mod sink;
pub mod source;

#[cfg(not(feature = "content"))]
mod none;

/// What reads the content of requests, where any is taken.
#[cfg(feature = "content")]
pub(crate) use self::decode::Decoder as Reader;
#[cfg(not(feature = "content"))]
pub(crate) use self::none::Reader;
