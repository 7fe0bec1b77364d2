//! Routes: which handler answers which method and path, and how the handler wants the request's content.

pub mod params;
pub(crate) mod pattern;
pub(crate) mod shelf;
pub mod table;

use core::fmt;

use self::pattern::{Pieces, Segment};
use crate::body::source::NoStream;
use crate::handler::{Failure, Handler, Request};
use crate::message::method::{Method, MethodSet};
use crate::message::percent::Encoded;
use crate::time::Duration;

/// Opens a sink for the content of a request whose head has been read, or refuses the request before its content.
pub type Open<A, S> = fn(&A, &Request<'_>) -> Result<S, Failure>;

/// One route: methods, a pattern, and what answers.
pub struct Route<A, S = NoStream> {
    pub(crate) methods: MethodSet,
    pub(crate) pieces: Pieces,
    pub(crate) endpoint: Endpoint<A, S>,
    pub(crate) delivery: Delivery,
    pub(crate) is_blocking: bool,
    pub(crate) name: &'static str,
    /// A reference, because most routes have none, and a table lies in flash.
    pub(crate) limits: Option<&'static RouteLimits>,
}

/// What a route accepts beside the [`Limits`](crate::limits::Limits) of all; the stricter of both counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteLimits {
    /// Most content of one request, in bytes after decoding; more is answered 413, at once where it is announced.
    pub content: u64,
    /// Longest time from the first byte of a request to the last of its answer that is handed to the transport. Passed
    /// while content is awaited, the answer is 408; passed while a source gives, the answer is cut short. A handler is
    /// a plain function, and is not interrupted.
    pub time: Duration,
}

impl RouteLimits {
    /// Neither.
    pub const NONE: Self = Self { content: u64::MAX, time: Duration::MAX };
}

/// What answers a route.
#[derive(Debug)]
pub(crate) enum Endpoint<A, S> {
    Handler(Handler<A, S>),
    Sink(Open<A, S>),
}

/// How a route wants the content of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// Whole, in the receive buffer; content that outgrows it is answered 413. The default.
    #[default]
    Whole,
    /// Whole when it fits the receive buffer; otherwise the handler runs when the buffer is full, and streams the rest.
    WholeOrStreamed,
    /// Streamed: the handler runs as soon as the head has been read.
    Streamed,
    /// Read and thrown away before the handler runs.
    Discarded,
}

/// A route for these methods.
#[must_use]
pub const fn route<A, S>(methods: MethodSet, pattern: &'static str, handler: Handler<A, S>) -> Route<A, S> {
    Route {
        methods,
        pieces: Pieces::new(pattern),
        endpoint: Endpoint::Handler(handler),
        delivery: Delivery::Whole,
        is_blocking: false,
        name: "",
        limits: None,
    }
}

/// A route whose request content goes to a [`Sink`](crate::body::sink::Sink), which then answers.
#[must_use]
pub const fn sink<A, S>(method: Method, pattern: &'static str, open: Open<A, S>) -> Route<A, S> {
    Route {
        methods: MethodSet::of(method),
        pieces: Pieces::new(pattern),
        endpoint: Endpoint::Sink(open),
        delivery: Delivery::Streamed,
        is_blocking: false,
        name: "",
        limits: None,
    }
}

macro_rules! methods {
    ($($name:ident $method:ident),*) => {$(
        #[doc = concat!("A route for ", stringify!($method), ".")]
        #[must_use]
        pub const fn $name<A, S>(pattern: &'static str, handler: Handler<A, S>) -> Route<A, S> {
            route(MethodSet::of(Method::$method), pattern, handler)
        }
    )*};
}
methods!(get Get, head Head, post Post, put Put, patch Patch, delete Delete, options Options);

/// A route for every method but CONNECT, which asks for a tunnel, and TRACE, which would show a peer's fields to others.
#[must_use]
pub const fn any<A, S>(pattern: &'static str, handler: Handler<A, S>) -> Route<A, S> {
    let methods = MethodSet::of(Method::Get).with(Method::Head).with(Method::Post).with(Method::Put);
    let methods = methods.with(Method::Patch).with(Method::Delete).with(Method::Options);
    route(methods, pattern, handler)
}

/// These routes behind a prefix, which is put before their patterns as it stands. Groups nest two deep.
#[must_use]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
pub const fn group<A, S, const N: usize>(
    prefix: &'static str,
    mut routes: [Route<A, S>; N],
) -> [Route<A, S>; N] {
    let mut at = 0;
    while at < N {
        routes[at].pieces = routes[at].pieces.behind(prefix);
        at += 1;
    }
    routes
}

impl<A, S> Route<A, S> {
    /// This route with another way of delivering content.
    #[must_use]
    pub const fn content(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// This route with limits of its own.
    ///
    /// ```
    /// use bantam_core::prelude::*;
    /// # fn rename(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
    /// static SMALL: RouteLimits = RouteLimits { content: 1_024, time: Duration::from_secs(5) };
    /// static ROUTES: Router<(), 1> = Router::new([put("/name", rename).limits(&SMALL)]);
    /// ```
    #[must_use]
    pub const fn limits(mut self, limits: &'static RouteLimits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// This route with a handler that may wait, for a disk, a database or another server: a transport that has threads
    /// runs it, and the middleware around it, on one that serves nobody else meanwhile, and answers 503 at once when
    /// too many requests wait for one. A transport without threads runs it as it runs any other, and whoever else it
    /// serves waits too; [`Request::may_wait`] tells the handler which it is.
    ///
    /// A sink is opened and fed beside the other connections, and only its answer may wait. So may no source: it says
    /// that it waits.
    ///
    /// ```
    /// use bantam_core::prelude::*;
    /// # fn report(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
    /// static ROUTES: Router<(), 1> = Router::new([get("/report", report).blocking()]);
    /// ```
    #[must_use]
    pub const fn blocking(mut self) -> Self {
        self.is_blocking = true;
        self
    }

    /// Whether its handler may wait.
    #[must_use]
    pub const fn is_blocking(&self) -> bool {
        self.is_blocking
    }

    /// This route under a name, by which [`Routes::path_for`](table::Routes::path_for) finds it.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// The methods it answers; GET answers HEAD too.
    #[must_use]
    pub const fn methods(&self) -> MethodSet {
        self.methods
    }

    /// Its pattern, with the prefixes of its groups.
    #[must_use]
    pub const fn pattern(&self) -> Pattern {
        Pattern(self.pieces)
    }
}

/// The pattern of a route as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern(Pieces);

impl Pattern {
    pub(crate) const fn pieces(self) -> Pieces {
        self.0
    }

    /// Whether the pattern begins with `prefix`, as it is written: `/admin/` covers `/admin/users/:id`.
    #[must_use]
    pub fn starts_with(&self, prefix: &str) -> bool {
        let mut bytes = self.0.parts().iter().flat_map(|part| part.bytes());
        prefix.bytes().all(|wanted| bytes.next() == Some(wanted))
    }
}

impl PartialEq<str> for Pattern {
    fn eq(&self, text: &str) -> bool {
        self.0.parts().iter().flat_map(|part| part.bytes()).eq(text.bytes())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.parts().iter().try_for_each(|part| f.write_str(part))
    }
}

/// A path made from a route's pattern and values for its parameters.
#[derive(Clone, Copy, Debug)]
pub struct PathFor<'n> {
    pieces: Pieces,
    params: &'n [(&'n str, &'n str)],
}

impl<'n> PathFor<'n> {
    fn new(pieces: Pieces, params: &'n [(&'n str, &'n str)]) -> Option<Self> {
        let path = Self { pieces, params };
        let complete = pieces.segments().all(|segment| match segment {
            Segment::Static(_) => true,
            Segment::Param(name) => path.value(name).is_some_and(|value| !matches!(value, "" | "." | "..")),
            Segment::Wildcard(name) => path.value(name).is_some_and(|value| {
                !value.starts_with('/') && !value.split('/').any(|segment| matches!(segment, "." | ".."))
            }),
        });
        complete.then_some(path)
    }

    fn value(&self, name: &[u8]) -> Option<&'n str> {
        self.params.iter().find(|(candidate, _)| candidate.as_bytes() == name).map(|(_, value)| *value)
    }
}

impl fmt::Display for PathFor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pieces.segments().try_for_each(|segment| match segment {
            Segment::Static(text) => write!(f, "/{}", core::str::from_utf8(text).unwrap_or_default()),
            Segment::Param(name) => {
                write!(f, "/{}", Encoded::segment(self.value(name).unwrap_or_default().as_bytes()))
            }
            Segment::Wildcard(name) => {
                write!(f, "/{}", Encoded::path(self.value(name).unwrap_or_default().as_bytes()))
            }
        })
    }
}

// By hand, because a derive would ask the same of `A` and `S`, which a route only names.
impl<A, S> Clone for Route<A, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, S> Copy for Route<A, S> {}

impl<A, S> Clone for Endpoint<A, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, S> Copy for Endpoint<A, S> {}

impl<A, S> fmt::Debug for Route<A, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Route").field(&self.pieces).finish_non_exhaustive()
    }
}
