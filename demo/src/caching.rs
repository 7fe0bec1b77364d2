//! Answers that may be kept, and the conditions under which they are asked for again.

use bantam_core::message::date::Date;
use bantam_core::message::entity_tag::EntityTag;
use bantam_core::message::percent::Decoded;
use bantam_core::message::precondition::{Preconditions, Validators, Verdict, evaluate};
use bantam_core::prelude::*;

use crate::describe::{self, MEMBERS, Shape};
use crate::json::Object;
use crate::window::Count;
use crate::{App, Streams};

/// `/etag/:etag`: as if what is here had this entity tag.
pub(crate) fn etag(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    const NO_TAG: Failure =
        Failure::new(Status::BAD_REQUEST, "a quote or a blank cannot be in an entity tag");
    let etag = EntityTag::strong(request.param("etag")?).ok_or(NO_TAG)?;
    response.field_display("ETag", etag);
    let preconditions = Preconditions {
        if_match: request.field_values("If-Match"),
        if_none_match: request.field_values("If-None-Match"),
        if_unmodified_since: None,
        if_modified_since: None,
        is_get_or_head: true,
        now: 0,
    };
    match evaluate(&preconditions, &Validators::new(Some(etag), None)) {
        Verdict::Proceed => describe::answer(Shape::Get, request, response),
        Verdict::NotModified => response.status(Status::NOT_MODIFIED).empty(),
        Verdict::PreconditionFailed => Err(Status::PRECONDITION_FAILED.into()),
    }
}

/// When what is at `/cache` was modified, as it says: 23 November 2026.
const MODIFIED: u64 = 1_795_392_000;

/// `/cache`: 304 to everyone who has something, whatever that is.
pub(crate) fn cache(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let modified = request.date().map_or(MODIFIED, |now| MODIFIED.min(now.unix_seconds()));
    response.field("ETag", "\"cache\"").field("Last-Modified", Date::from_unix(modified).as_str());
    let is_asked = |name| request.field_bytes(name).is_some();
    if is_asked("If-None-Match") || is_asked("If-Modified-Since") {
        return response.status(Status::NOT_MODIFIED).empty();
    }
    describe::answer(Shape::Get, request, response)
}

/// `/cache/:n`: may be kept for so many seconds.
pub(crate) fn cache_for(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    response.cache(request.param("n")?);
    describe::answer(Shape::Get, request, response)
}

/// Longest name of a field that is taken from a query.
const NAME: usize = 128;

/// `/response-headers?name=value`: the answer has these fields, and shows them.
pub(crate) fn response_fields(
    _: &App,
    request: &Request<'_>,
    response: &mut Response<'_, Streams>,
) -> Outcome {
    const REFUSED: Failure = Failure::new(Status::BAD_REQUEST, "a field cannot have this name or value");
    const MANY: Failure = Failure::new(Status::BAD_REQUEST, "more than 128 members in a list");
    if request.query_pairs().nth(MEMBERS).is_some() {
        return Err(MANY);
    }
    response.field("Content-Type", "application/json");
    for (name, value) in request.query_pairs() {
        let mut space = [0; NAME];
        response.field_display(name.to_str_in(&mut space).ok_or(REFUSED)?, value);
    }
    if response.error().is_some() {
        return Err(REFUSED);
    }
    // The length is part of what it is the length of: more digits make it longer, and at some number that ends.
    let (mut length, mut before) = (Count::default(), u64::MAX);
    while length.0 != before {
        before = length.0;
        length = Count::default();
        fields(before, request, response.field_value("Content-Type"), &mut length)
            .map_err(|core::fmt::Error| Status::INTERNAL_SERVER_ERROR)?;
    }
    let mut space = [0; NAME];
    let content_type = response.field_value("Content-Type").unwrap_or_default();
    let kept = space.get_mut(..content_type.len()).ok_or(REFUSED)?;
    kept.copy_from_slice(content_type.as_bytes());
    let content_type = core::str::from_utf8(kept).ok();
    let mut out = response.writer("");
    let _ = fields(length.0, request, content_type, &mut out); // what fails is kept
    out.finish()
}

fn fields(
    length: u64,
    request: &Request<'_>,
    content_type: Option<&str>,
    out: &mut dyn core::fmt::Write,
) -> core::fmt::Result {
    let is_other = |name: &Decoded<'_>| !is_same_name(name, &Decoded::new(b"content-type"));
    let mut object = Object::begin(out)?;
    object.text("Content-Length", length)?;
    object.text("Content-Type", content_type.unwrap_or_default())?;
    object.grouped(&request.query_pairs().filter(move |(name, _)| is_other(name)), is_same_name)?;
    object.end()
}

/// Names of fields have no case.
fn is_same_name(one: &Decoded<'_>, other: &Decoded<'_>) -> bool {
    lower(one).eq(lower(other))
}

fn lower<'t>(name: &Decoded<'t>) -> impl Iterator<Item = u8> + use<'t> {
    name.bytes().map(|byte| byte.to_ascii_lowercase())
}
