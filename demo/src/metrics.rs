//! `/metrics`: what a Prometheus server reads.

use bantam_core::middleware::metrics::{self, Metrics};
use bantam_core::prelude::*;

use crate::routes::ROUTE_COUNT;
use crate::{App, ROUTES, Streams};

/// What `/metrics` shows. It counts where it stands in the chain of middleware, and connections where the service is
/// told to:
///
/// ```
/// use bantam_core::prelude::*;
/// use bantam_demo::{App, METRICS, ROUTES, Streams};
///
/// static APP: App = App::new();
/// static CHAIN: [&dyn Middleware<App, Streams>; 1] = [&METRICS];
///
/// let service = Service::new(&APP, &ROUTES).with_middleware(&CHAIN).with_connections(METRICS.connections());
/// ```
pub static METRICS: Metrics<ROUTE_COUNT> = Metrics::new();

pub(crate) fn page(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    metrics::serve(&METRICS, &ROUTES, request, response)
}
