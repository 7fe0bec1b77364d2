//! Content that flows: the variants that a connection may have to keep.

use bantam_core::prelude::*;

use crate::App;

/// Every source of the demo.
#[derive(Debug)]
pub enum Streams {
    /// The request's own content.
    Echo,
    /// A file, or the listing of a folder.
    #[cfg(feature = "std")]
    File(bantam_core::handlers::files::FileStream),
}

impl Source<App> for Streams {
    fn pull(&mut self, app: &App, pull: &mut Pull<'_>) -> Pulled {
        let _ = app;
        match self {
            Self::Echo => pull.echo(),
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
