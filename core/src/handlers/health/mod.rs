//! Health: is the process alive, does it want requests, how is it.
//!
//! ```text
//! live    200 {"status":"alive"}
//! ready   200 {"status":"ready"}              503 {"status":"not ready","reason":"shutting down"}
//! full    200 {"status":"healthy","uptime_seconds":42,"checks":{"accepting":{"status":"healthy"},
//!         "database":{"status":"healthy"}}}   503 {"status":"unhealthy",…}
//! ```
//! An answer tells strangers what is checked and whether it is well, and nothing else: no host, no version, no text of
//! an error. [`full_in_detail`] adds ages and reasons, for a route that is guarded.
//!
//! Checks are never run by a request. A device, or whoever has a loop of its own, notes how things are in [`Checks`];
//! on `std` a `Monitor` runs them, each on a thread of its own. Both keep the last result with its age.

mod checks;
#[cfg(feature = "std")]
mod monitor;

use core::fmt::{self, Write};

pub use self::checks::Checks;
#[cfg(feature = "std")]
pub use self::monitor::{Check, Monitor};
use crate::bytes::number::Decimal;
use crate::handler::{Outcome, Request};
use crate::message::status::Status;
use crate::middleware::access_log::escape::Escape;
use crate::response::Response;
use crate::time::{Duration, Instant};

/// What was found out about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding<'f> {
    /// Whether it is well.
    pub is_well: bool,
    /// How long ago that was found out; `None` when it never was.
    pub age: Option<Duration>,
    /// Why it is not well, for those who may know; may be empty.
    pub reason: &'f str,
}

/// Things that are checked, with the last finding about each.
pub trait Findings {
    /// Calls `each` with the name of each check and its finding, at the time `now` of the request.
    fn for_each(&self, now: Instant, each: &mut dyn FnMut(&str, &Finding<'_>));
}

/// Nothing to check: what answers is well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nothing;

impl Findings for Nothing {
    fn for_each(&self, _: Instant, _: &mut dyn FnMut(&str, &Finding<'_>)) {}
}

/// Whether the process lives: if this answers, it does. It is a handler as it stands.
///
/// ```
/// use bantam_core::handlers::health;
/// use bantam_core::prelude::*;
/// static ROUTES: Router<(), 1> = Router::new([get("/health/live", health::live)]);
/// ```
///
/// # Errors
/// As [`Response::text`].
pub fn live<A, S>(_: &A, _: &Request<'_>, response: &mut Response<'_, S>) -> Outcome {
    response.no_store().bytes("application/json", br#"{"status":"alive"}"#)
}

/// Whether requests should be sent here: no longer once a shutdown has begun, and not while something is not well or
/// was never checked.
///
/// # Errors
/// As [`Response::text`].
pub fn ready<S>(findings: &dyn Findings, request: &Request<'_>, response: &mut Response<'_, S>) -> Outcome {
    let mut is_well = true;
    findings.for_each(request.now(), &mut |_, finding| is_well &= finding.is_well);
    let content: &[u8] = match (request.is_draining(), is_well) {
        (true, _) => br#"{"status":"not ready","reason":"shutting down"}"#,
        (_, false) => br#"{"status":"not ready","reason":"a check fails"}"#,
        _ => br#"{"status":"ready"}"#,
    };
    answer(is_well && !request.is_draining(), response).bytes("application/json", content)
}

/// Everything that is checked; 503 while something is not well or the server is shutting down. Uptime is the time of the
/// request, which transports count from their start.
///
/// ```
/// use bantam_core::handlers::health::{self, Checks};
/// use bantam_core::prelude::*;
///
/// static CHECKS: Checks<1> = Checks::new(["sensor"]).stale_after(Duration::from_secs(60));
/// static ROUTES: Router<(), 2> = Router::new([
///     get("/health", |_, request, response| health::full(&CHECKS, request, response)),
///     get("/health/ready", |_, request, response| health::ready(&CHECKS, request, response)),
/// ]);
///
/// // In the device's loop, whenever it has read the sensor:
/// # let now = Instant::ZERO;
/// CHECKS.set("sensor", true, now);
/// ```
///
/// # Errors
/// As [`Response::text`].
pub fn full<S>(findings: &dyn Findings, request: &Request<'_>, response: &mut Response<'_, S>) -> Outcome {
    report(findings, request, response, false)
}

/// As [`full`], and each check's `age_seconds` and `reason` where there are such: for those who may know.
///
/// # Errors
/// As [`Response::text`].
pub fn full_in_detail<S>(
    findings: &dyn Findings,
    request: &Request<'_>,
    response: &mut Response<'_, S>,
) -> Outcome {
    report(findings, request, response, true)
}

fn report<S>(
    findings: &dyn Findings,
    request: &Request<'_>,
    response: &mut Response<'_, S>,
    in_detail: bool,
) -> Outcome {
    let is_accepting = !request.is_draining();
    let mut is_well = is_accepting;
    // Twice, because what is told first is known last. A finding that changes in between is in the next report.
    findings.for_each(request.now(), &mut |_, finding| is_well &= finding.is_well);
    let mut writer = answer(is_well, response).writer("application/json");
    // What does not fit is remembered by the response.
    let _ = write_report(&mut writer, findings, request.now(), is_well, is_accepting, in_detail);
    response.outcome()
}

fn write_report(
    out: &mut dyn Write,
    findings: &dyn Findings,
    now: Instant,
    is_well: bool,
    is_accepting: bool,
    in_detail: bool,
) -> fmt::Result {
    out.write_str("{\"status\":\"")?;
    out.write_str(word(is_well))?;
    out.write_str("\",\"uptime_seconds\":")?;
    out.write_str(Decimal::new(now.since(Instant::ZERO).as_secs()).as_str())?;
    out.write_str(",\"checks\":{\"accepting\":{\"status\":\"")?;
    out.write_str(word(is_accepting))?;
    out.write_str("\"}")?;
    let mut outcome = Ok(());
    findings.for_each(now, &mut |name, finding| {
        outcome = outcome.and_then(|()| write_finding(out, name, finding, in_detail));
    });
    outcome?;
    out.write_str("}}")
}

fn write_finding(out: &mut dyn Write, name: &str, finding: &Finding<'_>, in_detail: bool) -> fmt::Result {
    out.write_str(",\"")?;
    Escape::Json.write(out, name.as_bytes())?;
    out.write_str("\":{\"status\":\"")?;
    out.write_str(word(finding.is_well))?;
    out.write_str("\"")?;
    if in_detail {
        if let Some(age) = finding.age {
            out.write_str(",\"age_seconds\":")?;
            out.write_str(Decimal::new(age.as_secs()).as_str())?;
        }
        if !finding.reason.is_empty() {
            out.write_str(",\"reason\":\"")?;
            Escape::Json.write(out, finding.reason.as_bytes())?;
            out.write_str("\"")?;
        }
    }
    out.write_str("}")
}

fn word(is_well: bool) -> &'static str {
    if is_well { "healthy" } else { "unhealthy" }
}

fn answer<'s, 'r, S>(is_well: bool, response: &'s mut Response<'r, S>) -> &'s mut Response<'r, S> {
    response.status(if is_well { Status::OK } else { Status::SERVICE_UNAVAILABLE }).no_store()
}

#[cfg(test)]
mod tests;
