//! A cache of answers to GET and HEAD, in front of handlers that take long to answer: a shared cache as RFC 9111 has it.
//!
//! ```
//! use bantam_core::middleware::cache::{Cache, Cached};
//! use bantam_core::prelude::*;
//!
//! /// Eight megabytes in a thousand entries.
//! static CACHE: Cache = Cache::new(8 << 20, 1_000);
//!
//! /// The application's streams have one variant more.
//! enum Streams {
//!     Cached(Cached<Streams>),
//! }
//!
//! impl From<Cached<Streams>> for Streams {
//!     fn from(cached: Cached<Streams>) -> Self {
//!         Self::Cached(cached)
//!     }
//! }
//!
//! impl Source<()> for Streams {
//!     fn pull(&mut self, app: &(), pull: &mut Pull<'_>) -> Pulled {
//!         match self {
//!             Self::Cached(cached) => cached.pull(app, pull),
//!         }
//!     }
//! }
//!
//! impl Sink<()> for Streams {}
//!
//! static CHAIN: [&dyn Middleware<(), Streams>; 1] = [&CACHE];
//!
//! fn report(_: &(), _: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
//!     response.cache(60).text("what took long to find out")
//! }
//! ```
//!
//! # What is stored
//!
//! Answers to GET of statuses that are cacheable, which say how long they are fresh: by `s-maxage`, `max-age` or `Expires`.
//! Not those with `no-store`, `private`, `no-cache`, `Set-Cookie` or `Vary: *`; not those to requests with `Authorization`,
//! unless they say `public`, `must-revalidate` or `s-maxage` (RFC 9111 §3.5), and only such are given to requests with it.
//! An answer is found by authority, path and query as they were sent, and by the request's fields that its `Vary` names. A
//! handler whose answers depend on a field, cookies among them, must say so by `Vary` or `private`: a cache believes it.
//! Content that flows is stored while it does.
//!
//! # What is done with it
//!
//! A stored answer is given with its own `Date` and its `Age`. Conditional requests are answered from the validators stored
//! with it (RFC 9111 §4.3.2), HEAD from what is stored of GET. `Cache-Control` of the request is obeyed: `no-cache`,
//! `no-store`, `max-age`, `min-fresh`, `max-stale`, `only-if-cached` (504). Requests with a range, `If-Match` or
//! `If-Unmodified-Since` go to the handler. So does what is stale, and its answer replaces what is stored, or freshens it when
//! it is a 304 with the same strong entity tag. Successful requests with unsafe methods remove their target, and what their
//! `Location` and `Content-Location` name as a path (RFC 9111 §4.4).
//!
//! While one request fills the cache, others for the same target wait for it, for a second at most, and then ask the handler
//! themselves. That cannot lock up: none waits while it fills, and none for longer than that. But it takes the time of the
//! thread that serves it, so handlers that are slow for long deserve a shorter wait. With `stale-while-revalidate` (RFC 5861) they get the stale answer at once, and the one that fills waits for
//! its own.
//!
//! # Where it stands
//!
//! A stored answer is given without asking what stands behind it in the chain. Middleware that decides who may have an
//! answer must stand before it, or refuse by [`Middleware::admit`]: a request that was refused is never answered from the
//! store. Fields that middleware before it adds are not stored, and are added to stored answers too. Before
//! [`compress`](super::compress) it stores coded answers, a variant for each `Accept-Encoding`; behind it plain ones.

mod directives;
mod entry;
mod key;
mod shared;
mod source;
mod store;

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::OnceLock;

pub use self::source::Cached;

use self::directives::Directives;
use self::entry::{Draft, Entry};
use self::key::Target;
use self::shared::{Filling, Found, Shared};
use self::store::Store;
use super::{End, Middleware, Next};
use crate::body::sink::Sink;
use crate::bytes::number::Decimal;
use crate::handler::{Content, Request};
use crate::handlers::representation::weigh;
use crate::message::date::Date;
use crate::message::entity_tag::EntityTag;
use crate::message::method::Method;
use crate::message::precondition::{Validators, Verdict};
use crate::message::status::Status;
use crate::response::{Body, Response};

/// Fields of which a second line would contradict the first.
const ONCE: [&str; 7] = [
    "Cache-Control",
    "Content-Encoding",
    "Content-Location",
    "Content-Type",
    "ETag",
    "Expires",
    "Last-Modified",
];

/// Room left for fields when stored content is put into the transmit buffer.
const FIELD_ROOM: usize = 1_024;

/// Stores answers and gives them again. The module's page tells the rules.
pub struct Cache {
    most_bytes: usize,
    most_entries: usize,
    most_content: usize,
    wait: Duration,
    name: Option<&'static str>,
    is_obedient: bool,
    shared: OnceLock<Arc<Shared>>,
}

impl Cache {
    /// A cache of so many bytes, in so many entries. Beside them it keeps a quarter of those bytes at most of answers
    /// that are flowing, and what is being sent lives until it was.
    #[must_use]
    pub const fn new(bytes: usize, entries: usize) -> Self {
        Self {
            most_bytes: bytes,
            most_entries: entries,
            most_content: bytes / 8,
            wait: Duration::from_secs(1),
            name: None,
            is_obedient: true,
            shared: OnceLock::new(),
        }
    }

    /// Stores content of up to so many bytes; an eighth of the cache otherwise.
    #[must_use]
    pub const fn with_content(mut self, bytes: usize) -> Self {
        self.most_content = bytes;
        self
    }

    /// Lets requests wait so long for another that fills the same target; a second otherwise. Zero lets none wait.
    #[must_use]
    pub const fn with_wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Says what was done in a `Cache-Status` field, under this name, a token (RFC 9211).
    #[must_use]
    pub const fn with_status(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Whether `Cache-Control` of requests is obeyed; it is otherwise. One that faces strangers may not want to give them
    /// the means to reach its handlers at will (RFC 9111 §5.2.1 makes these directives advice).
    #[must_use]
    pub const fn with_obedience(mut self, is_obedient: bool) -> Self {
        self.is_obedient = is_obedient;
        self
    }

    /// How many entries there are, and how many bytes they take.
    #[must_use]
    pub fn sizes(&self) -> (usize, usize) {
        self.shared.get().map_or((0, 0), |shared| shared.sizes())
    }

    fn shared(&self) -> &Arc<Shared> {
        self.shared.get_or_init(|| {
            Arc::new(Shared::new(Store::new(self.most_bytes, self.most_entries), self.most_bytes / 4))
        })
    }

    /// Removes what an unsafe request has changed.
    fn invalidate<S>(&self, request: &Request<'_>, response: &Response<'_, S>) {
        if !matches!(response.current_status().code(), 200..=399) {
            return;
        }
        let target = Target::of(request);
        self.shared().invalidate(&target);
        for name in ["Location", "Content-Location"] {
            if let Some(other) = response.field_value(name).and_then(|reference| target.at(reference)) {
                self.shared().invalidate(&other);
            }
        }
    }

    /// Answers with a stored entry.
    fn give<S: From<Cached<S>>>(
        &self,
        entry: &Arc<Entry>,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
    ) {
        let draft = &entry.draft;
        let is_not_modified = draft.status == Status::OK && is_current(draft, request);
        for (name, value) in draft.fields() {
            let is_of_content = ["Content-Type", "Content-Encoding", "Content-Language"];
            // A 304 says nothing of content that it does not have (RFC 9110 §15.4.5).
            if !(is_not_modified
                && is_of_content.iter().any(|of_content| name.eq_ignore_ascii_case(of_content)))
            {
                // What stands once is the handler's, as it was when the answer was made.
                match ONCE.iter().any(|once| name.eq_ignore_ascii_case(once)) {
                    true => response.set_field(name, value),
                    false => response.field(name, value),
                };
            }
        }
        if let Some(date) = &draft.date {
            response.field("Date", date.as_str());
        }
        let age = Decimal::new(draft.age(request.now()).into());
        response.set_field("Age", core::str::from_utf8(age.as_bytes()).unwrap_or_default());
        response.status(if is_not_modified { Status::NOT_MODIFIED } else { draft.status });
        if !is_not_modified {
            match entry.content.len() <= response.content_room().saturating_sub(FIELD_ROOM) {
                true => response.replace_body(&entry.content),
                false => response
                    .replace_stream(Some(entry.content.len() as u64), Cached::stored(Arc::clone(entry))),
            };
        }
        if let Some(name) = self.name {
            let ttl = draft.ttl(request.now());
            response.field_display("Cache-Status", format_args!("{name}; hit; ttl={ttl}"));
        }
    }

    /// Stores an answer of the handler, or puts a source around it that will. Says whether it is stored.
    fn store<S: From<Cached<S>>>(
        &self,
        request: &Request<'_>,
        response: &mut Response<'_, S>,
        outer: &[u8],
        stale: Option<&Entry>,
        filling: Filling,
    ) -> bool {
        let entry = match response.current_status() {
            Status::NOT_MODIFIED => stale.and_then(|stale| freshened(stale, request, response, outer)),
            _ => {
                let Some(draft) = Draft::of(request, response, outer) else {
                    filling.pass();
                    return false;
                };
                let length = response.content_length();
                if length.is_some_and(|length| length > self.most_content as u64) {
                    filling.pass();
                    return false;
                }
                if let Some((source, length)) = response.take_stream() {
                    filling.stream();
                    let captured = Cached::capture(source, length, self.most_content, filling, draft);
                    response.replace_stream(length, captured);
                    return false; // not yet
                }
                match response.body() {
                    Body::Buffered(content) | Body::Static(content) => {
                        Some(Entry { draft, content: content.into() })
                    }
                    Body::Streamed(_) => None,
                }
            }
        };
        match entry {
            Some(entry) => filling.store(entry),
            None => {
                filling.pass();
                false
            }
        }
    }
}

impl core::fmt::Debug for Cache {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (entries, bytes) = self.sizes();
        f.debug_struct("Cache").field("entries", &entries).field("bytes", &bytes).finish_non_exhaustive()
    }
}

impl<A, S: Sink<A> + From<Cached<S>>> Middleware<A, S> for Cache {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        let forwarded = |response: &mut Response<'_, S>, why: &str| {
            if let Some(name) = self.name {
                response.field_display("Cache-Status", format_args!("{name}; fwd={why}"));
            }
        };
        // Refusals and the like are made at once, and must not be answered by what is stored for others.
        if !matches!(next.end, End::Handler(_) | End::Sink(_)) {
            next.run(app, request, response);
            return forwarded(response, "bypass");
        }
        if !matches!(request.method(), Some(Method::Get | Method::Head)) {
            next.run(app, request, response);
            if !request.method().is_some_and(Method::is_safe) {
                self.invalidate(request, response);
            }
            return forwarded(response, "method");
        }
        let is_special = ["Range", "If-Range", "If-Match", "If-Unmodified-Since"];
        if request.content() != Content::Whole(&[])
            || is_special.iter().any(|name| request.field_bytes(name).is_some())
        {
            next.run(app, request, response);
            return forwarded(response, "bypass");
        }
        let directives = match self.is_obedient {
            true => {
                let lines = request.fields().filter(|(name, _)| name.eq_ignore_ascii_case("Cache-Control"));
                Directives::parse(lines.map(|(_, value)| value))
            }
            false => Directives::default(),
        };
        let fills = request.method() == Some(Method::Get) && !directives.no_store;
        let (stale, filling) = match self.shared().find(request, &directives, fills, self.wait) {
            Found::Stored(entry) => return self.give(&entry, request, response),
            Found::Nothing { stale, filling } => (stale, filling),
        };
        if directives.only_if_cached {
            let _ = response.status(Status::GATEWAY_TIMEOUT).text("504 Gateway Timeout: nothing is stored\n");
            return forwarded(response, "request; detail=only-if-cached");
        }
        let why = match &stale {
            Some(_) if directives.no_cache => "request",
            Some(stale) if stale.draft.ttl(request.now()) > 0 => "request",
            Some(_) => "stale",
            None => "miss",
        };
        let Some(filling) = filling else {
            next.run(app, request, response);
            return forwarded(response, why);
        };
        let outer = response.field_lines().to_vec();
        next.run(app, request, response);
        let is_stored = self.store(request, response, &outer, stale.as_deref(), filling);
        if let (true, Some(name)) = (is_stored, self.name) {
            response.field_display("Cache-Status", format_args!("{name}; fwd={why}; stored"));
        } else {
            forwarded(response, why);
        }
    }
}

/// Whether the client's copy is the stored one (RFC 9111 §4.3.2).
fn is_current(draft: &Draft, request: &Request<'_>) -> bool {
    let conditions = ["If-None-Match", "If-Modified-Since"];
    if !conditions.iter().any(|name| request.field_bytes(name).is_some()) {
        return false;
    }
    let now = request.date().map_or(0, Date::unix_seconds);
    let modified = draft.value("Last-Modified").and_then(|date| Date::parse(date.as_bytes(), now));
    let validators = Validators::new(draft.value("ETag").and_then(EntityTag::parse), modified);
    weigh(request, &validators) == Verdict::NotModified
}

/// A stale entry that a 304 of the handler has made fresh: both have the same strong entity tag (RFC 9111 §4.3.4).
fn freshened<S>(
    stale: &Entry,
    request: &Request<'_>,
    response: &Response<'_, S>,
    outer: &[u8],
) -> Option<Entry> {
    let stored = stale.draft.value("ETag").and_then(EntityTag::parse)?;
    let confirmed = response.field_value("ETag").and_then(EntityTag::parse)?;
    if !stored.strong_eq(&confirmed) {
        return None;
    }
    let newer = Draft::of_fields(request, response, outer, stale.draft.status)?;
    // Of another variant the 304 says nothing.
    let draft = stale.draft.freshened(newer);
    (draft.selecting == stale.draft.selecting).then(|| Entry { draft, content: Arc::clone(&stale.content) })
}
