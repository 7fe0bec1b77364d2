//! What stands around every handler, in flash; counters and the table of clients in static memory.

#[cfg(feature = "log-info")]
use bantam_core::middleware::access_log::{AccessLog, DefmtLines, Format};
use bantam_core::middleware::auth::basic::Basic;
use bantam_core::middleware::auth::compare::is_same;
use bantam_core::middleware::cors::Cors;
use bantam_core::middleware::rate_limit::{Quota, RateLimit, Table};
use bantam_core::middleware::request_id::RequestIds;
use bantam_core::middleware::scope::Only;
use bantam_core::middleware::security_fields::SecurityFields;
use bantam_core::prelude::*;
use bantam_demo::{App, METRICS, Streams};

/// The first is the outermost.
pub(crate) static CHAIN: &[&dyn Middleware<App, Streams>] = &[
    #[cfg(feature = "log-info")]
    &LOG,
    &METRICS,
    &RequestIds,
    &SecurityFields::USUAL,
    &CORS,
    &LIMIT,
    &Only::path("/metrics", RateLimit::new(&GUESSES).named("guesses")),
    &Only::path("/metrics", Basic::new("metrics", is_scraper)),
];

#[cfg(feature = "log-info")]
static LOG: AccessLog<'_> = AccessLog::new(Format::Common, &DefmtLines::<192>).skip(&["/health/live"]);

static CORS: Cors<'_> = Cors::any().max_age(600);

/// Behind QEMU's user network all clients have one address.
static CLIENTS: Table<16> = Table::new(Quota::per_second(500).burst(2_000));

static LIMIT: RateLimit<'_> = RateLimit::new(&CLIENTS)
    .skip(|request| request.route().is_some_and(|route| route.starts_with("/health")));

/// Who guesses the password may do so once in three seconds, and twenty times at once.
static GUESSES: Table<4> = Table::new(Quota::per_minute(20).burst(20));

/// Numbers are for who knows `metrics` and `bantam`: a device of yours has a password of its own.
fn is_scraper(_: &App, user: &str, password: &[u8]) -> bool {
    is_same(user.as_bytes(), b"metrics") & is_same(password, b"bantam")
}
