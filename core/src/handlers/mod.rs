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

use crate::handler::Request;
use crate::message::date::Date;
use crate::message::method::Method;
use crate::message::precondition::{Preconditions, Validators, Verdict, evaluate};

/// What the preconditions of `request` say to a representation with these validators (RFC 9110 §13.2.2).
pub(crate) fn weigh(request: &Request<'_>, current: &Validators<'_>) -> Verdict {
    let preconditions = Preconditions {
        if_match: request.field_values("If-Match"),
        if_none_match: request.field_values("If-None-Match"),
        if_unmodified_since: the_only(request, "If-Unmodified-Since"),
        if_modified_since: the_only(request, "If-Modified-Since"),
        is_get_or_head: matches!(request.method(), Some(Method::Get | Method::Head)),
        now: request.date().map_or(0, Date::unix_seconds),
    };
    evaluate(&preconditions, current)
}

/// The value of a field that stands once. Several lines are a list of dates, which is as good as none (RFC 9110 §13.1.3
/// and §13.1.4).
fn the_only<'r>(request: &Request<'r>, name: &str) -> Option<&'r str> {
    let mut values = request.field_values(name);
    values.next().filter(|_| values.next().is_none())
}
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
