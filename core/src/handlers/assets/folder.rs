//! Many assets, as a folder: found by path, with an index.

use core::cmp::Ordering;

use super::Asset;
use crate::handler::{Failure, Outcome, Request};
use crate::handlers::redirect_to_slash;
use crate::message::status::Status;
use crate::response::Response;

/// A folder in the program's image. Paths have no slash at their start: `index.html`, `images/logo.svg`.
///
/// A build script makes one of a folder of files, with hashes, media types and compressed variants (feature `embed`, in
/// `[build-dependencies]` alone):
///
/// ```text
/// fn main() { bantam_core::embed::folder("assets").write("assets.rs").unwrap() }            // build.rs
/// static ASSETS: Folder = include!(concat!(env!("OUT_DIR"), "/assets.rs"));                  // the program
/// ```
/// By hand:
///
/// ```
/// use bantam_core::handlers::assets::{Asset, Folder};
/// use bantam_core::prelude::*;
///
/// static SITE: Folder = Folder::new(&[
///     Asset::undated("about/index.html", "text/html; charset=utf-8", b"<p>about"),
///     Asset::undated("index.html", "text/html; charset=utf-8", b"<p>welcome"),
/// ]);
///
/// fn page(_: &(), request: &Request<'_>, response: &mut Response<'_>) -> Outcome {
///     SITE.serve(request.param("path")?, request, response)
/// }
/// static ROUTES: Router<(), 1> = Router::new([get("/*path", page)]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Folder {
    assets: &'static [Asset],
    index: &'static str,
}

impl Folder {
    /// A folder of assets that are sorted by name, byte by byte, each name once: anything else does not compile.
    ///
    /// # Panics
    /// When they are not, and this is called by the running program.
    #[must_use]
    #[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
    pub const fn new(assets: &'static [Asset]) -> Self {
        let mut at = 1;
        while at < assets.len() {
            let (one, next) = (assets[at - 1].name.as_bytes(), assets[at].name.as_bytes());
            assert!(
                is_less(one, next),
                "the assets of a folder are sorted by name, and no name stands twice"
            );
            at += 1;
        }
        Self { assets, index: "index.html" }
    }

    /// What stands for a folder; `index.html` unless said otherwise.
    #[must_use]
    pub const fn with_index(mut self, name: &'static str) -> Self {
        self.index = name;
        self
    }

    /// The asset of this path.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&'static Asset> {
        self.search([path, "", ""])
    }

    /// All assets, sorted by name.
    pub fn iter(&self) -> core::slice::Iter<'static, Asset> {
        self.assets.iter()
    }

    /// Answers with the asset that `path` names, decoded and without a slash before it; with the index where it is empty
    /// or ends in a slash; with a redirection where only the slash is missing.
    ///
    /// # Errors
    /// 404 when there is none, and as [`Asset::serve`].
    pub fn serve<S>(&self, path: &str, request: &Request<'_>, response: &mut Response<'_, S>) -> Outcome {
        let found = match path {
            "" => self.find(self.index),
            path if path.ends_with('/') => self.search([path, self.index, ""]),
            path => self.find(path),
        };
        match found {
            Some(asset) => asset.serve(request, response),
            None if self.search([path, "/", self.index]).is_some() => redirect_to_slash(request, response),
            None => Err(Failure::new(Status::NOT_FOUND, "")),
        }
    }

    /// The asset whose name is these three in a row.
    fn search(&self, name: [&str; 3]) -> Option<&'static Asset> {
        let compare =
            |asset: &Asset| -> Ordering { asset.name.bytes().cmp(name.iter().flat_map(|part| part.bytes())) };
        self.assets.binary_search_by(compare).ok().and_then(|at| self.assets.get(at))
    }
}

impl IntoIterator for &Folder {
    type Item = &'static Asset;
    type IntoIter = core::slice::Iter<'static, Asset>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

const fn is_less(mut one: &[u8], mut other: &[u8]) -> bool {
    loop {
        match (one.split_first(), other.split_first()) {
            (_, None) => return false,
            (None, Some(_)) => return true,
            (Some((a, rest)), Some((b, more))) => {
                if *a != *b {
                    return *a < *b;
                }
                (one, other) = (rest, more);
            }
        }
    }
}
