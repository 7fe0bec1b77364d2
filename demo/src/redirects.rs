//! Redirections: a chain that counts down, and one to any place.

use bantam_core::prelude::*;

use crate::{App, Streams};

/// `/redirect/:n`: after `n` of them the client is at `/get`.
pub(crate) fn chain(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    const NONE: Failure = Failure::new(Status::BAD_REQUEST, "the number of redirections is not positive");
    match request.param::<u32>("n")? {
        0 => Err(NONE),
        1 => response.redirect(Status::FOUND, "/get"),
        n => {
            let next = n.saturating_sub(1);
            response.status(Status::FOUND).field_display("Location", format_args!("/redirect/{next}")).empty()
        }
    }
}

/// `/redirect-to?url=…&status_code=…`: 302 where no status is given.
pub(crate) fn to(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    const MISSING: Failure = Failure::new(Status::BAD_REQUEST, "the query has no url");
    const MALFORMED: Failure = Failure::new(Status::BAD_REQUEST, "the url cannot stand in a Location field");
    const NO_REDIRECTION: Failure =
        Failure::new(Status::BAD_REQUEST, "the status_code is none of 301, 302, 303, 307 and 308");
    let status = match request.query_number("status_code")? {
        None => Status::FOUND,
        Some(code @ (301..=303 | 307 | 308)) => crate::status::from_code(code)?,
        Some(_) => return Err(NO_REDIRECTION),
    };
    let url = request.query_value("url").filter(|url| !url.raw().is_empty()).ok_or(MISSING)?;
    // A blank or a byte outside ASCII is for the client to encode: a URI has neither.
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(MALFORMED);
    }
    response.status(status).field_display("Location", url).empty().map_err(|_| MALFORMED)
}
