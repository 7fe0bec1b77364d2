//! Rate limits: so many requests in so much time for each client, refused before their content is read.

mod fields;
mod key;
mod quota;
mod store;
mod table;

pub use self::key::{Key, Subject};
pub use self::quota::Quota;
pub use self::store::{Fallback, Level, Store, Unavailable};
pub use self::table::Table;

use self::fields::is_name;
use super::{Middleware, Next};
use crate::body::sink::Sink;
use crate::bytes::number::{Decimal, decimal};
use crate::handler::{Failure, Request};
use crate::message::status::Status;
use crate::response::Response;

/// A limit on the rate of requests: 429 with `Retry-After` for those beyond a quota (RFC 6585 §4), and on every answer
/// `RateLimit-Policy` and `RateLimit`, which tell the quota and what is left of it
/// (draft-ietf-httpapi-ratelimit-headers).
///
/// ```
/// use bantam_core::middleware::rate_limit::{Quota, RateLimit, Table};
/// use bantam_core::prelude::*;
///
/// static CLIENTS: Table<128> = Table::new(Quota::per_second(10).burst(20));
/// static LIMIT: RateLimit = RateLimit::new(&CLIENTS)
///     .skip(|request| request.route().is_some_and(|route| route.starts_with("/health/")));
///
/// static CHAIN: [&dyn Middleware<()>; 1] = [&LIMIT];
/// ```
///
/// Each request is charged once, when its head has been read: a refusal costs neither its content nor a `100 Continue`.
/// What the middleware before it in the chain does not admit is not charged, so it stands before the one that checks
/// passwords. A request that is refused for its grammar is not charged either, because middleware is asked only about
/// requests that could be read; its connection is closed. Charged are requests for what is not there, too.
///
/// Several limits may stand in one chain, each with a table of its own and a [name](RateLimit::named).
#[derive(Clone, Copy)]
pub struct RateLimit<'s> {
    store: &'s dyn Store,
    name: &'s str,
    key: Option<KeyOf>,
    skip: Option<fn(&Request<'_>) -> bool>,
    prefix: u8,
    by_route: bool,
    is_strict: bool,
}

/// Finds the key of a request; `None` when it has none, and is counted by its address.
pub type KeyOf = for<'r> fn(&Request<'r>) -> Option<Key<'r>>;

impl<'s> RateLimit<'s> {
    /// A limit for each client address, of which the first 64 bits count where it is an IPv6 address. Requests without an
    /// address, as on a serial line, count as those of one client.
    #[must_use]
    pub const fn new(store: &'s dyn Store) -> Self {
        let name = "default";
        Self { store, name, key: None, skip: None, prefix: 64, by_route: false, is_strict: false }
    }

    /// With this name of the policy in the fields: letters, digits, `-` and `_`, at most 32.
    ///
    /// # Panics
    /// When it is another; in a `static` it does not compile then.
    #[must_use]
    pub const fn named(mut self, name: &'s str) -> Self {
        assert!(is_name(name), "a policy's name is 1 to 32 letters, digits, `-` and `_`");
        self.name = name;
        self
    }

    /// For each key that `key` finds, and for each address where it finds none. The key must be one that a client cannot
    /// change at will: see [`Key`].
    ///
    /// ```
    /// use bantam_core::middleware::rate_limit::{Key, Quota, RateLimit, Table};
    /// static CLIENTS: Table<16> = Table::new(Quota::per_minute(100));
    /// // Behind a gateway that has checked the token and written the name.
    /// static LIMIT: RateLimit = RateLimit::new(&CLIENTS).by_key(|request| request.field("X-User").map(Key::from));
    /// ```
    #[must_use]
    pub const fn by_key(mut self, key: KeyOf) -> Self {
        self.key = Some(key);
        self
    }

    /// For each route apart. What matches no route counts as one more.
    #[must_use]
    pub const fn by_route(mut self) -> Self {
        self.by_route = true;
        self
    }

    /// With so many bits of an IPv6 address that count. A network of a home has 56 or 48, a host in it 64.
    ///
    /// # Panics
    /// Above 128; in a `static` it does not compile then.
    #[must_use]
    pub const fn ipv6_prefix(mut self, bits: u8) -> Self {
        assert!(bits <= 128, "an IPv6 address has 128 bits");
        self.prefix = bits;
        self
    }

    /// Without requests of which `skip` says so, such as probes: they are not charged, and have no fields.
    #[must_use]
    pub const fn skip(mut self, skip: fn(&Request<'_>) -> bool) -> Self {
        self.skip = Some(skip);
        self
    }

    /// Refuses requests with 503 while the store is unavailable; otherwise they pass. A [`Table`] always is available.
    #[must_use]
    pub const fn strict(mut self) -> Self {
        self.is_strict = true;
        self
    }

    /// Whose bucket the request is charged on.
    fn subject<'r>(&self, request: &Request<'r>) -> Option<Subject<'r>> {
        if self.skip.is_some_and(|skip| skip(request)) {
            return None;
        }
        let address = || request.peer().map_or(Key::Bytes(&[]), |peer| Key::Address(peer.ip()));
        let key = self.key.and_then(|key| key(request)).unwrap_or_else(address);
        let place = self.by_route.then(|| request.route_place().unwrap_or(usize::MAX));
        Some(Subject::new(key, place, self.prefix, request.seed()))
    }
}

impl<A, S: Sink<A>> Middleware<A, S> for RateLimit<'_> {
    fn admit(&self, _: &A, request: &Request<'_>) -> Result<(), Failure> {
        const BEYOND: Failure =
            Failure::new(Status::TOO_MANY_REQUESTS, "try again after the time in Retry-After");
        const UNKNOWN: Failure = Failure::new(Status::SERVICE_UNAVAILABLE, "");
        let Some(subject) = self.subject(request) else { return Ok(()) };
        match self.store.take(&subject, request.now()) {
            Ok(level) if level.admitted => Ok(()),
            Ok(_) => Err(BEYOND),
            Err(Unavailable) if self.is_strict => Err(UNKNOWN),
            Err(Unavailable) => Ok(()),
        }
    }

    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        let subject = self.subject(request);
        let level = subject.and_then(|subject| self.store.peek(&subject, request.now()).ok());
        let Some(level) = level else { return next.run(app, request, response) };
        // Before, so that content which fills the buffer leaves room for them, and error answers keep them.
        response.field("RateLimit-Policy", fields::policy(self.name, self.store.quota()).as_str());
        response.field("RateLimit", fields::limit(self.name, &level).as_str());
        next.run(app, request, response);
        if response.current_status() == Status::TOO_MANY_REQUESTS {
            // Another limit, or the handler, may have refused it, and asks for a longer time.
            let asked = response.field_value("Retry-After").and_then(|value| decimal(value.as_bytes()));
            let seconds = if level.remaining == 0 { level.seconds.max(1) } else { 1 };
            if response.field_value("Retry-After").is_none()
                || asked.is_some_and(|asked| asked < seconds.into())
            {
                response.set_field("Retry-After", Decimal::new(seconds.into()).as_str());
            }
        }
    }
}

impl core::fmt::Debug for RateLimit<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RateLimit").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
