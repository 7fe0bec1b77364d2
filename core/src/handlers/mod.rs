//! Handlers that applications share.
//!
//! | module | answers with | ranges |
//! |---|---|---|
//! | [`representation`] | what an application's own handler holds, by its validators and its length | one, or several |
//! | [`assets`] | files in the program's image, sent from where they are | one |
//! | `files` (feature `std`) | the files of a folder | several |

pub mod assets;
#[cfg(feature = "std")]
pub mod files;
pub mod health;
pub mod multipart;
pub mod representation;

use crate::handler::{Failure, Outcome, Request};
use crate::message::status::Status;
use crate::response::Response;

/// Sends the client to the same path with a slash, so that the links of the page there lead below it.
pub(crate) fn redirect_to_slash<S>(request: &Request<'_>, response: &mut Response<'_, S>) -> Outcome {
    let path = request.path();
    // `//host/folder/` would be a reference to another host (RFC 3986 §4.2).
    if !path.starts_with('/') || path.starts_with("//") {
        return Err(Failure::new(Status::NOT_FOUND, ""));
    }
    let (mark, query) = request.query().map_or(("", ""), |query| ("?", query));
    response.status(Status::MOVED_PERMANENTLY).remove_field("Location");
    response.field_parts("Location", &[path, "/", mark, query]).empty()
}
