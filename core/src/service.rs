//! What all connections of a server share: the application, its routes and middleware, limits, and the drain flag.

use core::sync::atomic::{AtomicBool, Ordering};

use crate::body::source::NoStream;
#[cfg(feature = "gateways")]
use crate::gateways::Gateways;
use crate::limits::Limits;
use crate::middleware::Middleware;
#[cfg(target_has_atomic = "32")]
use crate::middleware::metrics::Connections;
use crate::route::table::{Router, Routes};
use crate::time::Duration;

/// An application with all that a connection needs to serve it.
///
/// ```
/// use bantam_core::prelude::*;
/// # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
/// static ROUTES: Router<(), 1> = Router::new([get("/", hello)]);
/// let service = Service::new(&(), &ROUTES).with_limits(Limits::SMALL);
/// ```
pub struct Service<'a, A, S = NoStream> {
    pub(crate) app: &'a A,
    pub(crate) routes: Routes<'a, A, S>,
    #[cfg(feature = "middleware")]
    chain: &'a [&'a dyn Middleware<A, S>],
    pub(crate) limits: Limits,
    pub(crate) server: &'a str,
    pub(crate) seed: u64,
    pub(crate) underscored: bool,
    pub(crate) secured: bool,
    #[cfg(feature = "gateways")]
    pub(crate) gateways: Option<&'a dyn Gateways>,
    #[cfg(all(target_has_atomic = "32", feature = "middleware"))]
    connections: Option<&'a Connections>,
    #[cfg(feature = "explain")]
    pub(crate) watch: Option<&'a dyn crate::explain::Watch>,
    draining: AtomicBool,
    crowded: AtomicBool,
}

impl<'a, A, S> Service<'a, A, S> {
    /// A service with the default limits, no middleware, and `Server: bantam`.
    #[must_use]
    pub fn new<const N: usize>(app: &'a A, router: &'a Router<A, N, S>) -> Self {
        Self {
            app,
            routes: router.table(),
            #[cfg(feature = "middleware")]
            chain: &[],
            limits: Limits::DEFAULT,
            server: "bantam",
            seed: 0,
            underscored: false,
            secured: false,
            #[cfg(feature = "gateways")]
            gateways: None,
            #[cfg(all(target_has_atomic = "32", feature = "middleware"))]
            connections: None,
            #[cfg(feature = "explain")]
            watch: None,
            draining: AtomicBool::new(false),
            crowded: AtomicBool::new(false),
        }
    }

    /// With this middleware around every handler, the first outermost.
    #[cfg(feature = "middleware")]
    #[must_use]
    pub fn with_middleware(mut self, chain: &'a [&'a dyn Middleware<A, S>]) -> Self {
        self.chain = chain;
        self
    }

    /// With these limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With this `Server` field (RFC 9110 §10.2.4); none when empty, longer than 64 bytes, or not visible ASCII and spaces.
    #[must_use]
    pub fn with_server(mut self, server: &'a str) -> Self {
        let fits = server.len() <= 64 && server.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        self.server = if fits { server } else { "" };
        self
    }

    /// With a seed for request ids, which ought to differ each time the server starts.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether handlers and middleware see fields with an underscore in their name; they do not otherwise. Gateways that
    /// hand fields on as variables write `-` as `_`, so that `X_User` passes for the `X-User` which they guard.
    #[must_use]
    pub fn with_underscored_fields(mut self, shown: bool) -> Self {
        self.underscored = shown;
        self
    }

    /// Whether all connections come secured: through a gateway that is trusted to have ended TLS. Targets of https are
    /// answered then like those of http; without, they are answered 421, as RFC 9110 §7.4 demands.
    #[must_use]
    pub fn with_secured(mut self, secured: bool) -> Self {
        self.secured = secured;
        self
    }

    /// With gateways that are believed in what they say of clients; see [`gateways`](crate::gateways).
    #[cfg(feature = "gateways")]
    #[must_use]
    pub fn with_gateways(mut self, gateways: &'a dyn Gateways) -> Self {
        self.gateways = Some(gateways);
        self
    }

    /// With these counters of connections, which a transport keeps: those of a [`Metrics`] as a rule.
    ///
    /// [`Metrics`]: crate::middleware::metrics::Metrics
    #[cfg(all(target_has_atomic = "32", feature = "middleware"))]
    #[must_use]
    pub fn with_connections(mut self, connections: &'a Connections) -> Self {
        self.connections = Some(connections);
        self
    }

    /// Where the transport counts connections, if anywhere.
    #[cfg(target_has_atomic = "32")]
    #[must_use]
    pub const fn connections(&self) -> Option<&'a Connections> {
        #[cfg(feature = "middleware")]
        return self.connections;
        #[cfg(not(feature = "middleware"))]
        None
    }

    /// With a watcher that is told all that connections make of the bytes they receive.
    #[cfg(feature = "explain")]
    #[must_use]
    pub fn with_watch(mut self, watch: &'a dyn crate::explain::Watch) -> Self {
        self.watch = Some(watch);
        self
    }

    /// The middleware around every handler.
    pub(crate) const fn chain(&self) -> &'a [&'a dyn Middleware<A, S>] {
        #[cfg(feature = "middleware")]
        return self.chain;
        #[cfg(not(feature = "middleware"))]
        &[]
    }

    /// The application.
    #[must_use]
    pub fn app(&self) -> &'a A {
        self.app
    }

    /// The route table.
    #[must_use]
    pub fn routes(&self) -> Routes<'a, A, S> {
        self.routes
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// From now on every answer says `Connection: close`, and readiness probes fail.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Tells whether most of the transport's places for connections are taken: silence between requests is bounded by
    /// [`Limits::idle_crowded`] then.
    pub fn set_crowded(&self, crowded: bool) {
        self.crowded.store(crowded, Ordering::Relaxed);
    }

    /// Whether most places are taken.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.crowded.load(Ordering::Relaxed)
    }

    /// Longest silence of a connection between two requests, as things are.
    #[must_use]
    pub fn idle(&self) -> Duration {
        match self.is_crowded() {
            true => self.limits.idle.min(self.limits.idle_crowded),
            false => self.limits.idle,
        }
    }

    /// Whether the server is shutting down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
