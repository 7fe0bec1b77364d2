//! Content that flows: the variants that a connection may have to keep.

use bantam_core::prelude::*;

use crate::App;
pub use crate::describe::{Description, Lines};
pub use crate::generated::{Bytes, Drip};

/// Every source of the demo.
#[derive(Debug)]
pub enum Streams {
    /// The request's own content.
    Echo,
    /// What is said of the request.
    Description(Description),
    /// The same, over and over.
    Lines(Lines),
    /// Bytes that look random.
    Bytes(Bytes),
    /// Bytes that come one by one.
    Drip(Drip),
    /// A file, or the listing of a folder.
    #[cfg(feature = "std")]
    File(bantam_core::handlers::files::FileStream),
}

impl Source<App> for Streams {
    fn pull(&mut self, app: &App, pull: &mut Pull<'_>) -> Pulled {
        let _ = app;
        match self {
            Self::Echo => pull.echo(),
            Self::Description(description) => description.pull(pull),
            Self::Lines(lines) => lines.pull(pull),
            Self::Bytes(bytes) => bytes.pull(pull),
            Self::Drip(drip) => drip.pull(pull),
            #[cfg(feature = "std")]
            Self::File(file) => file.pull(app, pull),
        }
    }

    fn reads_content(&self) -> bool {
        matches!(self, Self::Echo)
    }
}

impl Sink<App> for Streams {}

#[cfg(feature = "std")]
impl From<bantam_core::handlers::files::FileStream> for Streams {
    fn from(file: bantam_core::handlers::files::FileStream) -> Self {
        Self::File(file)
    }
}
