//! The nouns of HTTP: methods, statuses, dates, media types, cookies. No parsing loops over a connection here.

pub mod content_coding;
pub mod cookie;
pub mod date;
pub mod entity_tag;
pub mod forwarded;
pub mod media_type;
pub mod method;
pub mod percent;
pub mod precondition;
pub mod range;
pub mod status;
