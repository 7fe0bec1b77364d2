//! Metrics: plain counters in a `static`, a middleware that counts, and a page that a Prometheus server reads.
//!
//! ```text
//! metric                                  labels
//! http_server_request_duration_seconds    http_route, http_request_method, le    histogram
//! http_server_requests_total              http_route, http_request_method, http_response_status_code = 2xx … 5xx
//! bantam_received_content_bytes_total     http_route, http_request_method
//! bantam_sent_content_bytes_total         http_route, http_request_method
//! http_server_active_requests
//! bantam_refusals_total                   reason: a word of Cause::LABELS
//! bantam_cut_answers_total
//! bantam_dropped_log_lines_total
//! bantam_connections                      state: idle, receiving, answering, lingering
//! bantam_accepted_connections_total
//! bantam_closed_connections_total
//! ```
//! Names and bounds are those of OpenTelemetry's conventions where these have one. Labels come from the route table,
//! never from a request, so that no peer can make a series: requests that no route answers are counted together, as
//! `http_route="unmatched"`. The method is the route's: HEAD is counted with the GET route that answers it.
//!
//! A request costs some six additions to atomics, and no lock. Where a processor has no atomics of 64 bits, counters
//! have 32 and begin again at 0 when they are full, which a Prometheus server takes for a restart.

mod connections;
mod serve;
mod text;

#[cfg(not(target_has_atomic = "64"))]
use core::sync::atomic::AtomicU32 as Cell;
#[cfg(target_has_atomic = "64")]
use core::sync::atomic::AtomicU64 as Cell;
use core::sync::atomic::Ordering::Relaxed;

pub use self::connections::{Connections, State};
pub use self::serve::serve;
pub use self::text::MetricsText;
use super::{Answer, Middleware, Next};
use crate::body::sink::Sink;
use crate::connection::Cause;
use crate::handler::Request;
use crate::response::Response;

/// A number that many threads count.
#[derive(Debug, Default)]
pub struct Counter(Cell);

impl Counter {
    /// Nothing counted.
    #[must_use]
    pub const fn new() -> Self {
        Self(Cell::new(0))
    }

    /// Counts `number` more.
    pub fn add(&self, number: u64) {
        // Where counters are smaller they wrap, and so may what is added.
        self.0.fetch_add(number as _, Relaxed);
    }

    fn subtract(&self, number: u64) {
        self.0.fetch_sub(number as _, Relaxed);
    }

    /// What has been counted.
    #[must_use]
    pub fn get(&self) -> u64 {
        #[allow(clippy::useless_conversion)] // not where they are smaller
        u64::from(self.0.load(Relaxed))
    }
}

/// Upper bounds of the buckets of durations, inclusive, in microseconds and as they are written in seconds: those of
/// OpenTelemetry's `http.server.request.duration`.
const BOUNDS: [(u32, &str); 14] = [
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (50_000, "0.05"),
    (75_000, "0.075"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (500_000, "0.5"),
    (750_000, "0.75"),
    (1_000_000, "1.0"),
    (2_500_000, "2.5"),
    (5_000_000, "5.0"),
    (7_500_000, "7.5"),
    (10_000_000, "10.0"),
];

/// What is counted for one route.
#[derive(Debug)]
pub(crate) struct Row {
    /// Answers by duration, not cumulated; the last bucket has no bound.
    buckets: [Counter; 15],
    /// Durations together, in microseconds.
    micros: Counter,
    /// Answers by the first digit of their status, from 1.
    classes: [Counter; 5],
    received: Counter,
    sent: Counter,
}

/// What is counted for all.
#[derive(Debug)]
pub(crate) struct Common {
    /// Requests whose handler runs.
    running: Counter,
    refusals: [Counter; Cause::LABELS.len()],
    cut: Counter,
    log_dropped: Counter,
    connections: Connections,
}

/// The counters of a server with `ROUTES` routes, to be placed in a `static` and in the chain: around what it is to
/// count, so that only what should not be counted stands before it.
///
/// ```
/// use bantam_core::middleware::metrics::{self, Metrics, MetricsText};
/// use bantam_core::prelude::*;
///
/// static METRICS: Metrics<1> = Metrics::new();
/// static ROUTES: Router<(), 1, MetricsText> = Router::new([get("/metrics", page)]);
/// static CHAIN: [&dyn Middleware<(), MetricsText>; 1] = [&METRICS];
///
/// fn page(_: &(), request: &Request<'_>, response: &mut Response<'_, MetricsText>) -> Outcome {
///     metrics::serve(&METRICS, &ROUTES, request, response)
/// }
///
/// let service = Service::new(&(), &ROUTES).with_middleware(&CHAIN).with_connections(METRICS.connections());
/// ```
#[derive(Debug)]
pub struct Metrics<const ROUTES: usize> {
    rows: [Row; ROUTES],
    /// Requests that no route answers.
    unmatched: Row,
    common: Common,
}

impl Row {
    const fn new() -> Self {
        Self {
            buckets: [const { Counter::new() }; 15],
            micros: Counter::new(),
            classes: [const { Counter::new() }; 5],
            received: Counter::new(),
            sent: Counter::new(),
        }
    }

    fn count(&self, answer: &Answer) {
        let micros = answer.duration.as_secs().saturating_mul(1_000_000);
        let micros = micros.saturating_add(u64::from(answer.duration.subsec_micros()));
        let bucket = BOUNDS.iter().position(|(bound, _)| micros <= u64::from(*bound)).unwrap_or(BOUNDS.len());
        let class = usize::from(answer.status.code() / 100).saturating_sub(1);
        for (counters, place) in [(&self.buckets[..], bucket), (&self.classes[..], class)] {
            if let Some(counter) = counters.get(place) {
                counter.add(1);
            }
        }
        // Most answers have no content of requests, some none of their own: nothing is not counted.
        for (counter, number) in [
            (&self.micros, micros),
            (&self.received, answer.content_received),
            (&self.sent, answer.content_sent),
        ] {
            if number > 0 {
                counter.add(number);
            }
        }
    }
}

impl<const ROUTES: usize> Metrics<ROUTES> {
    /// Counters at nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rows: [const { Row::new() }; ROUTES],
            unmatched: Row::new(),
            common: Common {
                running: Counter::new(),
                refusals: [const { Counter::new() }; Cause::LABELS.len()],
                cut: Counter::new(),
                log_dropped: Counter::new(),
                connections: Connections::new(),
            },
        }
    }

    /// Where the transport counts connections: see [`Service::with_connections`](crate::service::Service::with_connections).
    #[must_use]
    pub const fn connections(&self) -> &Connections {
        &self.common.connections
    }

    /// Where a log counts the lines that it drops.
    #[must_use]
    pub const fn log_dropped(&self) -> &Counter {
        &self.common.log_dropped
    }

    /// Requests in flight: those whose handler runs, and, where a transport counts connections, those whose answer is
    /// on its way out. Neither can drift: the first count is taken back when the handler returns or panics, the second
    /// when the connection goes on or ends, however it ends.
    #[must_use]
    pub fn active(&self) -> u64 {
        self.common.active()
    }
}

impl Common {
    fn active(&self) -> u64 {
        self.running.get().saturating_add(self.connections.count(State::Answering))
    }
}

impl<const ROUTES: usize> Default for Metrics<ROUTES> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A, S: Sink<A>, const ROUTES: usize> Middleware<A, S> for Metrics<ROUTES> {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        let _running = Running::begin(&self.common.running);
        next.run(app, request, response);
    }

    fn complete(&self, _: &A, request: &Request<'_>, answer: &Answer) {
        let row = request.route_place().and_then(|place| self.rows.get(place));
        row.unwrap_or(&self.unmatched).count(answer);
        if let Some(counter) = answer.refused.and_then(|cause| self.common.refusals.get(cause.place())) {
            counter.add(1);
        }
        if answer.is_cut {
            self.common.cut.add(1);
        }
    }
}

/// Counts a handler while it runs, also when it panics.
struct Running<'c>(&'c Counter);

impl<'c> Running<'c> {
    fn begin(counter: &'c Counter) -> Self {
        counter.add(1);
        Self(counter)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.subtract(1);
    }
}

#[cfg(test)]
mod tests;
