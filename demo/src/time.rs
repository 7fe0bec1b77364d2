//! The time, as JSON.

use bantam_core::message::date;
use bantam_core::prelude::*;
use serde::Serialize;

use crate::{App, Streams};

#[derive(Serialize)]
struct Now<'t> {
    /// RFC 3339, in UTC; absent where there is no wall clock.
    time: Option<&'t str>,
    unix: Option<u64>,
    uptime_seconds: u64,
}

pub(crate) fn now(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let unix = request.date().map(date::Date::unix_seconds);
    let text = unix.map(date::rfc3339);
    let time = text.as_ref().and_then(|text| core::str::from_utf8(text).ok());
    let uptime_seconds = request.now().as_micros() / 1_000_000; // since the transport's clock started
    response.no_store().json(&Now { time, unix, uptime_seconds })
}
