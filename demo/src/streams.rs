//! Content that flows: the variants that a connection may have to keep.

#[cfg(feature = "std")]
use bantam_core::body::file::FilePart;
#[cfg(feature = "std")]
use bantam_core::handlers::files::FileStream;
#[cfg(feature = "std")]
use bantam_core::middleware::cache::Cached;
#[cfg(feature = "std")]
use bantam_core::middleware::compress::Compressed;
use bantam_core::middleware::metrics::MetricsText;
use bantam_core::prelude::*;

use crate::App;
pub use crate::describe::{Description, Lines};
pub use crate::generated::{Bytes, Drip};
pub use crate::gzip::Gzipped;
pub use crate::range::Letters;

/// Every source of the demo.
#[derive(Debug)]
pub enum Streams {
    /// The request's own content.
    Echo,
    /// What is said of the request.
    Description(Description),
    /// The same, over and over.
    Lines(Lines),
    /// What is said of the request, in gzip.
    Gzipped(Gzipped),
    /// Bytes that look random.
    Bytes(Bytes),
    /// Bytes that come one by one.
    Drip(Drip),
    /// The alphabet, over and over.
    Letters(Letters),
    /// What has been counted.
    Metrics(MetricsText),
    /// A file, or the listing of a folder.
    #[cfg(feature = "std")]
    File(FileStream),
    /// What another of these gives, compressed: for a chain with `Compress`.
    #[cfg(feature = "std")]
    Compressed(Compressed<Streams>),
    /// What another of these gives, kept, or what was kept before: for a chain with `Cache`.
    #[cfg(feature = "std")]
    Cached(Cached<Streams>),
}

impl Source<App> for Streams {
    fn pull(&mut self, app: &App, pull: &mut Pull<'_>) -> Pulled {
        match self {
            Self::Echo => pull.echo(),
            Self::Description(description) => description.pull(pull),
            Self::Lines(lines) => lines.pull(pull),
            Self::Gzipped(gzipped) => gzipped.pull(pull),
            Self::Bytes(bytes) => bytes.pull(pull),
            Self::Drip(drip) => drip.pull(pull),
            Self::Letters(letters) => letters.pull(pull),
            Self::Metrics(text) => text.pull(app, pull),
            #[cfg(feature = "std")]
            Self::File(file) => file.pull(app, pull),
            #[cfg(feature = "std")]
            Self::Compressed(compressed) => compressed.pull(app, pull),
            #[cfg(feature = "std")]
            Self::Cached(cached) => cached.pull(app, pull),
        }
    }

    fn reads_content(&self) -> bool {
        match self {
            Self::Echo => true,
            #[cfg(feature = "std")]
            Self::Compressed(compressed) => Source::<App>::reads_content(compressed),
            #[cfg(feature = "std")]
            Self::Cached(cached) => Source::<App>::reads_content(cached),
            _ => false,
        }
    }

    #[cfg(feature = "std")]
    fn file(&mut self) -> Option<FilePart<'_>> {
        match self {
            Self::File(file) => Source::<App>::file(file),
            _ => None,
        }
    }
}

impl Sink<App> for Streams {}

impl From<MetricsText> for Streams {
    fn from(text: MetricsText) -> Self {
        Self::Metrics(text)
    }
}

#[cfg(feature = "std")]
impl From<FileStream> for Streams {
    fn from(file: FileStream) -> Self {
        Self::File(file)
    }
}

#[cfg(feature = "std")]
impl From<Compressed<Streams>> for Streams {
    fn from(compressed: Compressed<Streams>) -> Self {
        Self::Compressed(compressed)
    }
}

#[cfg(feature = "std")]
impl From<Cached<Streams>> for Streams {
    fn from(cached: Cached<Streams>) -> Self {
        Self::Cached(cached)
    }
}
