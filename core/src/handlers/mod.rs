//! Handlers that applications share.

pub mod assets;
#[cfg(feature = "std")]
pub mod files;

use crate::handler::Request;
use crate::message::date::Date;
use crate::message::method::Method;
use crate::message::precondition::{Preconditions, Validators, Verdict, evaluate};

/// What the preconditions of `request` say to a representation with these validators (RFC 9110 §13.2.2).
pub(crate) fn weigh(request: &Request<'_>, current: &Validators<'_>) -> Verdict {
    let preconditions = Preconditions {
        if_match: request.field_values("If-Match"),
        if_none_match: request.field_values("If-None-Match"),
        if_unmodified_since: request.field("If-Unmodified-Since"),
        if_modified_since: request.field("If-Modified-Since"),
        is_get_or_head: matches!(request.method(), Some(Method::Get | Method::Head)),
        now: request.date().map_or(0, Date::unix_seconds),
    };
    evaluate(&preconditions, current)
}
