//! Files of a folder, beneath which the kernel keeps every request.
//!
//! ```text
//! raw path ──path──► name beneath the root ──root──► regular file ──validators──► 200 (stream), 304, 412
//!             │                               │
//!             └─► 404                         ├────► folder ──► 301 to its slash, index.html, listing
//!                                             └────► anything else, and whatever leads outside: 404
//! ```
//!
//! An application keeps a [`Files`] in its state, and passes it the rest of the path as it was sent:
//!
//! ```
//! use bantam_core::handlers::files::{FileStream, Files};
//! use bantam_core::prelude::*;
//!
//! struct App {
//!     files: Files,
//! }
//!
//! static ROUTES: Router<App, 1, FileStream> = Router::new([get("/static/*path", file)]);
//!
//! fn file(app: &App, request: &Request<'_>, response: &mut Response<'_, FileStream>) -> Outcome {
//!     app.files.serve(request.raw_param("path").unwrap_or_default(), request, response)
//! }
//! ```

mod entries;
mod listing;
mod path;
mod root;
mod stream;
mod validators;

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use self::path::{PATH_MAX, RelativePath};
use self::root::{Directory, Node, Root, Unopened};
pub use self::stream::FileStream;
use self::validators::Version;
use crate::handler::{Failure, Outcome, Request};
use crate::handlers::redirect_to_slash;
use crate::handlers::representation::weigh;
use crate::message::date::Date;
use crate::message::media_type;
use crate::message::method::Method;
use crate::message::precondition::{Validators, Verdict};
use crate::message::status::Status;
use crate::response::Response;

/// A folder that is served. Threads share it; serving a file asks nothing of the heap.
#[derive(Debug)]
pub struct Files {
    root: Root,
    has_listing: bool,
    has_hidden_files: bool,
    cache_control: &'static str,
}

impl Files {
    /// Serves the folder `root`, and keeps serving the same one when its path comes to name another.
    ///
    /// # Errors
    /// When `root` is not there, is no folder, or cannot be opened.
    pub fn open(root: impl AsRef<Path>) -> io::Result<Self> {
        Ok(Self {
            root: Root::open(root.as_ref())?,
            has_listing: true,
            has_hidden_files: false,
            cache_control: "no-cache",
        })
    }

    /// Whether a folder without `index.html` is listed, which is so unless said otherwise, or answered 404.
    #[must_use]
    pub fn with_listing(mut self, has_listing: bool) -> Self {
        self.has_listing = has_listing;
        self
    }

    /// Whether names that start with a dot are served and listed; they are not unless said otherwise.
    #[must_use]
    pub fn with_hidden_files(mut self, has_hidden_files: bool) -> Self {
        self.has_hidden_files = has_hidden_files;
        self
    }

    /// The `Cache-Control` field of files (RFC 9111 §5.2); none when empty. It is `no-cache` unless said otherwise:
    /// caches may keep a file, and ask each time whether it is still current.
    #[must_use]
    pub fn with_cache_control(mut self, value: &'static str) -> Self {
        self.cache_control = value;
        self
    }

    /// Answers `request`, a GET or HEAD, with what `path` names: the path below the root as it was sent, still
    /// percent-encoded and without a slash before it, which is what [`Request::raw_param`] gives for a wildcard.
    ///
    /// # Errors
    /// 404 for what is not there or may not be known to be; 403 for what the operating system keeps from us; 412; 503
    /// when file descriptors or memory run out, and 500 when the disk fails.
    pub fn serve<S: From<FileStream>>(
        &self,
        path: &str,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) -> Outcome {
        let mut space = [0; PATH_MAX];
        let mut name = RelativePath::decode(path, &mut space, self.has_hidden_files).ok_or(NOT_FOUND)?;
        let names_folder = if path.is_empty() { request.path() } else { path }.ends_with('/');
        if !names_folder {
            return match self.root.open_node(&mut name)? {
                Node::File(file, metadata) => self.send(file, &metadata, name.as_bytes(), request, response),
                Node::Directory(_) => redirect_to_slash(request, response),
            };
        }
        if let Some((file, metadata)) = self.open_index(&mut name)? {
            return self.send(file, &metadata, INDEX, request, response);
        }
        match self.root.open_node(&mut name)? {
            Node::Directory(folder) if self.has_listing => self.list(folder, path, name, request, response),
            _ => Err(NOT_FOUND),
        }
    }

    /// The index of the folder `name`, when it is a regular file.
    fn open_index(&self, name: &mut RelativePath<'_>) -> Result<Option<(File, Metadata)>, Unopened> {
        let Some(mut index) = name.child(INDEX) else { return Ok(None) };
        match self.root.open_node(&mut index) {
            Ok(Node::File(file, metadata)) => Ok(Some((file, metadata))),
            Ok(Node::Directory(_)) | Err(Unopened::Absent) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn send<S: From<FileStream>>(
        &self,
        file: File,
        metadata: &Metadata,
        name: &[u8],
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) -> Outcome {
        let version = Version::of(metadata);
        // RFC 9110 §8.8.2.1: Last-Modified is not later than Date.
        let modified =
            request.date().map_or(version.modified(), |now| version.modified().min(now.unix_seconds()));
        let verdict = weigh(request, &Validators::new(version.entity_tag(), Some(modified)));
        if verdict == Verdict::PreconditionFailed {
            return Err(PRECONDITION_FAILED);
        }
        if let Some(etag) = version.entity_tag() {
            response.field_display("ETag", etag);
        }
        response.field("Last-Modified", Date::from_unix(modified).as_str());
        if !self.cache_control.is_empty() {
            response.set_field("Cache-Control", self.cache_control);
        }
        if verdict == Verdict::NotModified {
            return response.status(Status::NOT_MODIFIED).empty();
        }
        response.set_field("X-Content-Type-Options", "nosniff");

        let media_type = media_type::by_extension(name);
        let length = metadata.len();
        if length <= COPIED && request.method() != Some(Method::Head) {
            let mut writer = response.writer(media_type);
            let length = length as usize;
            if let Some((space, free)) = writer.space().split_at_mut_checked(length)
                && free.len() >= KEPT_FREE
            {
                if !stream::fill(&file, space) {
                    return Err(UNREADABLE);
                }
                writer.advance(length);
                return writer.finish();
            }
        }
        response.stream(media_type, Some(length), FileStream::file(file, length))
    }

    fn list<S: From<FileStream>>(
        &self,
        folder: Directory,
        path: &str,
        mut name: RelativePath<'_>,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) -> Outcome {
        let entries = entries::read(&self.root, folder, &mut name, self.has_hidden_files)?;
        match weigh(request, &Validators::new(None, None)) {
            Verdict::PreconditionFailed => return Err(PRECONDITION_FAILED),
            Verdict::NotModified => return response.status(Status::NOT_MODIFIED).empty(),
            Verdict::Proceed => {}
        }
        response
            .no_store()
            .set_field("X-Content-Type-Options", "nosniff")
            .set_field("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
        let page = listing::page(request.path(), path, &entries).into_bytes();
        let length = page.len();
        let mut writer = response.writer(HTML);
        if writer.space().len() >= length.saturating_add(KEPT_FREE) {
            writer.write_bytes(&page);
            return writer.finish();
        }
        response.stream(HTML, Some(length as u64), FileStream::memory(page))
    }
}

const INDEX: &[u8] = b"index.html";
const HTML: &str = "text/html; charset=utf-8";

/// Files up to this size are read at once, in bytes: the answer is then known to be whole before it begins, and
/// middleware can see it.
const COPIED: u64 = 4_096;
/// Bytes of the transmit buffer that such a file leaves to the field lines that middleware may add behind it.
const KEPT_FREE: usize = 256;

const NOT_FOUND: Failure = Failure::new(Status::NOT_FOUND, "");
const PRECONDITION_FAILED: Failure = Failure::new(Status::PRECONDITION_FAILED, "");
const UNREADABLE: Failure = Failure::new(Status::INTERNAL_SERVER_ERROR, "the file cannot be read to its end");

impl From<Unopened> for Failure {
    fn from(reason: Unopened) -> Self {
        match reason {
            Unopened::Absent => NOT_FOUND,
            Unopened::Forbidden => Self::new(Status::FORBIDDEN, ""),
            Unopened::Exhausted => {
                Self::new(Status::SERVICE_UNAVAILABLE, "no file can be opened at the moment")
            }
            Unopened::Broken => Self::new(Status::INTERNAL_SERVER_ERROR, "the file cannot be opened"),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
