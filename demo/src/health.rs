//! Probes, over what the application has to check.

use bantam_core::handlers::health;
use bantam_core::prelude::*;

use crate::{App, Streams};

/// Everything that is checked; 503 while something is not well.
pub(crate) fn full(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    health::full(app.findings(), request, response)
}

/// Whether requests should be sent here; no longer once a shutdown has begun.
pub(crate) fn ready(app: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    health::ready(app.findings(), request, response)
}
