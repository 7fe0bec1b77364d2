//! Files of a folder, beneath which the kernel keeps every request.
//!
//! ```text
//! raw path ──path──► name beneath the root ──root──► regular file ──coded──► plain, .br, .zst or .gz
//!             │                               │                                 │
//!             │                               │            cache ──► answer ◄───┘  200, 206, 304, 412, 416
//!             └─► 404                         ├────► folder ──► 301 to its slash, index, listing
//!                  │                          └────► anything else, and whatever leads outside: 404
//!                  └──pages──► fallback or error page                                         │
//!                                  ▲──────────────────────────────────────────────────────────┘
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
//!
//! What it serves and how is said once, when it is made:
//!
//! ```no_run
//! use bantam_core::handlers::files::{CacheRule, Files};
//! use bantam_core::message::status::Status;
//!
//! # fn site() -> std::io::Result<Files> {
//! Ok(Files::open("dist")?
//!     .with_precompressed(true)
//!     .with_cache_rules(vec![CacheRule::new("/assets/*", "public, max-age=31536000, immutable")])
//!     .with_fallback("index.html")
//!     .with_error_page(Status::NOT_FOUND, "404.html"))
//! # }
//! ```

mod accept;
mod answer;
mod cache;
mod coded;
mod entries;
mod fault;
mod json;
mod list;
mod listing;
mod opened;
mod options;
mod order;
mod pages;
mod path;
mod recent;
mod root;
mod stream;
mod validators;

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;
use std::io;
use std::path::Path;

pub use self::cache::CacheRule;
use self::opened::Opened;
use self::pages::Fallback;
use self::path::{PATH_MAX, RelativePath};
use self::recent::Recent;
use self::root::{Node, Root, Unopened};
pub use self::stream::FileStream;
use crate::handler::{Failure, Outcome, Request};
use crate::handlers::redirect_to_slash;
use crate::message::status::Status;
use crate::response::Response;
use crate::time::Instant;

/// Text that is part of the program or was made while it runs.
type Text = Cow<'static, str>;

/// A folder that is served. Threads share it; serving a file, or one range of it, asks nothing of the heap.
#[derive(Debug)]
pub struct Files {
    root: Root,
    has_listing: bool,
    has_hidden_files: bool,
    has_precompressed: bool,
    index_names: Vec<Text>,
    /// Extensions without a dot, and the media types of files that have them.
    media_types: Vec<(Text, Text)>,
    cache_control: Text,
    cache_rules: Cow<'static, [CacheRule]>,
    fallback: Option<Fallback>,
    error_pages: Vec<(Status, Text)>,
    recent: Option<Recent>,
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
            has_precompressed: false,
            index_names: vec![Cow::Borrowed("index.html")],
            media_types: Vec::new(),
            cache_control: Cow::Borrowed("no-cache"),
            cache_rules: Cow::Borrowed(&[]),
            fallback: None,
            error_pages: Vec::new(),
            recent: None,
        })
    }

    /// Answers `request`, a GET or HEAD, with what `path` names: the path below the root as it was sent, still
    /// percent-encoded and without a slash before it, which is what [`Request::raw_param`] gives for a wildcard.
    ///
    /// # Errors
    /// 404 for what is not there or may not be known to be; 403 for what the operating system keeps from us; 503 when
    /// file descriptors or memory run out, and 500 when the disk fails. A 412, a 416, and a failure that has a page of
    /// its own are answers, and no errors.
    pub fn serve<S: From<FileStream>>(
        &self,
        path: &str,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) -> Outcome {
        let outcome = self.find(path, request, response);
        match self.error_pages.is_empty() {
            true => outcome,
            false => self.replace_failure(outcome, request, response),
        }
    }

    fn find<S: From<FileStream>>(
        &self,
        path: &str,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) -> Outcome {
        let mut space = [0; PATH_MAX];
        let mut name = RelativePath::decode(path, &mut space, self.has_hidden_files).ok_or(NOT_FOUND)?;
        let names_folder = if path.is_empty() { request.path() } else { path }.ends_with('/');
        if !names_folder {
            return match self.open_node(&mut name, request.now()) {
                Ok(Node::File(opened)) => self.send(opened, &mut name, None, request, response),
                Ok(Node::Directory(_)) => redirect_to_slash(request, response),
                Err(Unopened::Absent) => self.fall_back(name, request, response),
                Err(error) => Err(error.into()),
            };
        }
        for index in &self.index_names {
            let Some(mut index) = name.child(index.as_bytes()) else { continue };
            if let Some(opened) = self.open_file(&mut index, request.now())? {
                return self.send(opened, &mut index, None, request, response);
            }
        }
        match self.open_node(&mut name, request.now()) {
            Ok(Node::Directory(folder)) if self.has_listing => {
                self.list(folder, path, name, request, response)
            }
            Ok(_) | Err(Unopened::Absent) => self.fall_back(name, request, response),
            Err(error) => Err(error.into()),
        }
    }

    /// The file of this name, when it is a regular file.
    fn open_file(&self, name: &mut RelativePath<'_>, now: Instant) -> Result<Option<Opened>, Unopened> {
        match self.open_node(name, now) {
            Ok(Node::File(opened)) => Ok(Some(opened)),
            Ok(Node::Directory(_)) | Err(Unopened::Absent) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What `name` names, as it was found a moment ago where that is kept.
    fn open_node(&self, name: &mut RelativePath<'_>, now: Instant) -> Result<Node, Unopened> {
        match &self.recent {
            Some(recent) => recent.open_node(&self.root, name, now),
            None => self.root.open_node(name),
        }
    }
}

const NOT_FOUND: Failure = Failure::new(Status::NOT_FOUND, "");
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
