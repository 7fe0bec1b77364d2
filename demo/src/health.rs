//! Probes: is the process alive, does it want requests, how is it.

use bantam_core::prelude::*;
use serde::Serialize;

use crate::{App, Streams, time};

#[derive(Serialize)]
struct Health {
    status: &'static str,
    uptime_seconds: u64,
    checks: Checks,
}

#[derive(Serialize)]
struct Checks {
    accepting: Check,
}

#[derive(Serialize)]
struct Check {
    status: &'static str,
}

#[derive(Serialize)]
struct Probe {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Everything that is checked; 503 while something is not well.
pub(crate) fn full(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    let is_well = !request.is_draining();
    let status = if is_well { "healthy" } else { "unhealthy" };
    let uptime_seconds = time::uptime_seconds(request);
    response.status(if is_well { Status::OK } else { Status::SERVICE_UNAVAILABLE });
    response.no_store().json(&Health {
        status,
        uptime_seconds,
        checks: Checks { accepting: Check { status } },
    })
}

/// Whether the process lives: if this answers, it does.
pub(crate) fn live(_: &App, _: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    response.no_store().json(&Probe { status: "alive", reason: None })
}

/// Whether requests should be sent here; no longer once a shutdown has begun.
pub(crate) fn ready(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    if request.is_draining() {
        response.status(Status::SERVICE_UNAVAILABLE);
        return response.no_store().json(&Probe { status: "not ready", reason: Some("shutting down") });
    }
    response.no_store().json(&Probe { status: "ready", reason: None })
}
