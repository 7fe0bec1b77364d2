//! What a handler is: a plain function over shared state, a request to read and a response to fill.

mod form;
#[cfg(feature = "json")]
mod json;

use core::net::SocketAddr;

use crate::bytes::number::decimal;
use crate::connection::{Asked, Cause, Connection};
use crate::message::cookie;
use crate::message::date::Date;
use crate::message::method::Method;
use crate::message::percent::{Decoded, Pairs};
use crate::message::status::Status;
use crate::parse::field_line::{FieldLine, Known};
use crate::parse::head::Head;
use crate::parse::list;
use crate::parse::request_line::Version;
use crate::parse::target::Form;
use crate::response::Response;
use crate::route::Pattern;
use crate::route::params::{FromParam, Params};
use crate::time::Instant;

/// A handler: it reads the request, fills the response, and may fail with a status.
pub type Handler<A, S> = fn(&A, &Request<'_>, &mut Response<'_, S>) -> Outcome;

/// How a handler ended. A [`Failure`] becomes its error answer inside the middleware chain.
pub type Outcome = Result<(), Failure>;

/// Why a request is answered with an error: a status, and a reason that the client may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    status: Status,
    reason: &'static str,
    at: Option<u32>,
}

impl Failure {
    /// An error answer with this status and this reason, which is sent to the client: no secrets.
    #[must_use]
    pub const fn new(status: Status, reason: &'static str) -> Self {
        Self { status, reason, at: None }
    }

    /// The same for a reason of ours, which is only told with the feature `reasons`.
    pub(crate) const fn by_rule(status: Status, reason: &'static str) -> Self {
        Self::new(status, if cfg!(feature = "reasons") { reason } else { "" })
    }

    /// The same about the byte `at` of the request's content, counted from 0.
    #[must_use]
    pub const fn at(mut self, at: u32) -> Self {
        self.at = Some(at);
        self
    }

    /// The byte of the request's content that it is about.
    #[must_use]
    pub const fn position(&self) -> Option<u32> {
        self.at
    }

    /// The status answered.
    #[must_use]
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Why, for the client; may be empty.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::new(status, "")
    }
}

/// A request, as handlers and middleware see it: a view of the receive buffer.
///
/// A request that is refused has no parameters; one that was refused before its head was read whole has the parts that
/// were read, and no fields.
#[derive(Clone, Copy)]
pub struct Request<'r> {
    pub(crate) buffer: &'r [u8],
    pub(crate) head: &'r Head,
    pub(crate) lines: &'r [FieldLine],
    pub(crate) params: Params<'r>,
    pub(crate) route: Option<(u16, Pattern)>,
    pub(crate) content: Content<'r>,
    pub(crate) around: Circumstances<'r>,
}

/// What is known of a request beside its bytes.
#[derive(Clone, Copy)]
pub(crate) struct Circumstances<'r> {
    pub(crate) connection: &'r Connection,
    pub(crate) asked: &'r Asked,
    pub(crate) secured: bool,
    pub(crate) now: Instant,
    pub(crate) date: Option<&'r Date>,
    pub(crate) seed: u64,
    pub(crate) draining: bool,
    pub(crate) may_wait: bool,
    /// Whether fields with an underscore in their name are shown.
    pub(crate) underscored: bool,
    pub(crate) refused: Option<Cause>,
}

/// The content of a request, as it is at hand when the handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'r> {
    /// All of it; empty when the request has none.
    Whole(&'r [u8]),
    /// It is still arriving: a source reads it while it answers. The length is known where the request announced it.
    Streamed {
        /// Bytes of content in all.
        length: Option<u64>,
    },
}

impl<'r> Request<'r> {
    /// The method; `None` for one that this server does not know, and for a request line that could not be read so far.
    #[must_use]
    pub fn method(&self) -> Option<Method> {
        self.head.line.method
    }

    /// The method as sent; empty when the request line could not be read.
    #[must_use]
    pub fn method_name(&self) -> &'r str {
        self.head.line.method_name.str_of(self.buffer)
    }

    /// The request target as sent; empty when the request line could not be read.
    #[must_use]
    pub fn target(&self) -> &'r str {
        self.head.line.target.whole.str_of(self.buffer)
    }

    /// The path, percent-encoded as sent; `/` where an absolute target has none.
    #[must_use]
    pub fn path(&self) -> &'r str {
        core::str::from_utf8(self.path_bytes()).unwrap_or_default()
    }

    pub(crate) fn path_bytes(&self) -> &'r [u8] {
        match self.head.line.target.path.of(self.buffer) {
            [] if self.head.line.target.form == Form::Absolute => b"/",
            path => path,
        }
    }

    /// The query behind `?`, percent-encoded as sent.
    #[must_use]
    pub fn query(&self) -> Option<&'r str> {
        self.head.line.target.query.map(|query| query.str_of(self.buffer))
    }

    /// The protocol version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.head.line.version
    }

    /// The authority asked for: that of an absolute target, which wins (RFC 9112 §3.2.2), or of `Host`.
    #[must_use]
    pub fn host(&self) -> Option<&'r str> {
        match self.head.line.target.authority {
            authority if !authority.is_empty() => Some(authority.str_of(self.buffer)),
            _ => self.field("Host"),
        }
    }

    /// All field lines in the order they came: name as sent, value without the white space around it. As everywhere
    /// here, those with an underscore in their name are left out; see [`Service::with_underscored_fields`].
    ///
    /// [`Service::with_underscored_fields`]: crate::service::Service::with_underscored_fields
    pub fn fields(&self) -> impl Iterator<Item = (&'r str, &'r [u8])> + use<'r> {
        let buffer = self.buffer;
        self.lines().map(move |line| (line.name(buffer), line.value(buffer)))
    }

    fn lines(&self) -> impl Iterator<Item = &'r FieldLine> + Clone + use<'r> {
        let underscored = self.around.underscored;
        self.lines.iter().filter(move |line| underscored || line.known() != Known::Underscored)
    }

    /// The value of the first field line of this name, in any case; `None` when there is none or it is not UTF-8.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'r str> {
        self.field_bytes(name).and_then(|value| core::str::from_utf8(value).ok())
    }

    /// The value of the first field line of this name, in any case, which may have bytes outside ASCII.
    #[must_use]
    pub fn field_bytes(&self, name: &str) -> Option<&'r [u8]> {
        let line = self.lines().find(|line| line.is_named(name, self.buffer));
        line.map(|line| line.value(self.buffer))
    }

    /// The values of all field lines of this name, which may have bytes outside ASCII.
    pub fn field_lines<'n>(&self, name: &'n str) -> impl Iterator<Item = &'r [u8]> + Clone + use<'r, 'n> {
        let buffer = self.buffer;
        let named = self.lines().filter(move |line| line.is_named(name, buffer));
        named.map(move |line| line.value(buffer))
    }

    /// The values of all field lines of this name, those that are not UTF-8 left out.
    pub fn field_values<'n>(&self, name: &'n str) -> impl Iterator<Item = &'r str> + Clone + use<'r, 'n> {
        let buffer = self.buffer;
        let named = self.lines().filter(move |line| line.is_named(name, buffer));
        named.filter_map(move |line| core::str::from_utf8(line.value(buffer)).ok())
    }

    /// The members of a list field, over all its lines (RFC 9110 §5.6.1). Not for values with quoted strings.
    pub fn field_members<'n>(&self, name: &'n str) -> impl Iterator<Item = &'r str> + use<'r, 'n> {
        let members = self.field_values(name).flat_map(|value| list::members(value.as_bytes()));
        members.filter_map(|member| core::str::from_utf8(member).ok())
    }

    /// The cookies of all `Cookie` field lines, as name and value (RFC 6265 §4.2).
    pub fn cookies(&self) -> impl Iterator<Item = (&'r str, &'r str)> + use<'r> {
        self.field_values("Cookie").flat_map(cookie::pairs)
    }

    /// The value of the first cookie of this name; cookie names are case-sensitive.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'r str> {
        self.cookies().find(|(candidate, _)| *candidate == name).map(|(_, value)| value)
    }

    /// The path parameter `name` of the route, percent-decoded and read as a `T`.
    ///
    /// # Errors
    /// 400 when it cannot be read as a `T`, or is not UTF-8; 500 when the route's pattern has no such parameter.
    pub fn param<T: FromParam<'r>>(&self, name: &str) -> Result<T, Failure> {
        const ABSENT: Failure =
            Failure::new(Status::INTERNAL_SERVER_ERROR, "the route has no such parameter");
        const UNREADABLE: Failure = Failure::new(Status::BAD_REQUEST, "a path parameter cannot be read");
        let value = self.params.get(name).ok_or(ABSENT)?;
        core::str::from_utf8(value).ok().and_then(T::from_param).ok_or(UNREADABLE)
    }

    /// The path parameter `name` as sent, still percent-encoded: for handlers to which `a%2Fb` and `a/b` differ.
    /// `None` when the route's pattern has no such parameter.
    #[must_use]
    pub fn raw_param(&self, name: &str) -> Option<&'r str> {
        self.params.get_raw(name).and_then(|value| core::str::from_utf8(value).ok())
    }

    /// The pairs of the query, decoded as they are read; `+` means a space there.
    #[must_use]
    pub fn query_pairs(&self) -> Pairs<'r> {
        Pairs::new(self.query().unwrap_or_default().as_bytes())
    }

    /// The first value of `name` in the query.
    #[must_use]
    pub fn query_value(&self, name: &str) -> Option<Decoded<'r>> {
        self.query_pairs().value(name)
    }

    /// The first value of `name` in the query as a number; `None` when it is not there.
    ///
    /// # Errors
    /// 400 when it is there and is not a decimal number below 2^64.
    pub fn query_number(&self, name: &str) -> Result<Option<u64>, Failure> {
        const UNREADABLE: Failure = Failure::new(Status::BAD_REQUEST, "a query parameter is not a number");
        let Some(value) = self.query_value(name) else { return Ok(None) };
        let mut digits = [0; 20];
        let text = value.to_str_in(&mut digits).ok_or(UNREADABLE)?;
        decimal(text.as_bytes()).map(Some).ok_or(UNREADABLE)
    }

    /// The content, as it is at hand when the handler runs.
    #[must_use]
    pub fn content(&self) -> Content<'r> {
        self.content
    }

    /// The whole content; empty when there is none or when it is streamed.
    #[must_use]
    pub fn body(&self) -> &'r [u8] {
        match self.content {
            Content::Whole(bytes) => bytes,
            Content::Streamed { .. } => &[],
        }
    }

    /// The client's address: the peer's, where the transport has addresses; or that which a gateway tells, by the PROXY
    /// protocol or, if it is one of [`Service::with_gateways`], by a field: then the port is 0 unless it is told too. Of a
    /// request whose head could not be read it is the peer's.
    ///
    /// [`Service::with_gateways`]: crate::service::Service::with_gateways
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        self.around.asked.client_address().or(self.around.connection.peer())
    }

    /// Whether the client is connected by https: all are ([`Service::with_secured`]), or a gateway says so of this one.
    ///
    /// [`Service::with_secured`]: crate::service::Service::with_secured
    #[must_use]
    pub fn is_secured(&self) -> bool {
        self.around.secured
    }

    /// The monotonic time at which this step of the request began.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.around.now
    }

    /// When the request began: when its first byte arrived, or when the answer before it was complete.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.around.connection.started()
    }

    /// The wall clock, where the transport has one.
    #[must_use]
    pub fn date(&self) -> Option<&'r Date> {
        self.around.date
    }

    /// Whether the handler may wait for something, a second or a minute: its route is a [blocking] one, and the transport
    /// has given it a thread on which nobody else waits. Where it may not, it says so by a source, or fails.
    ///
    /// [blocking]: crate::route::Route::blocking
    #[must_use]
    pub fn may_wait(&self) -> bool {
        self.around.may_wait
    }

    /// Whether the server is shutting down: readiness probes fail then.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.around.draining
    }

    /// The pattern of the route that was found, such as `/users/:id`, for logs and metrics.
    #[must_use]
    pub fn route(&self) -> Option<Pattern> {
        self.route.map(|(_, pattern)| pattern)
    }

    /// The place of that route among [`Routes::iter`](crate::route::table::Routes::iter), for tables beside it.
    #[must_use]
    pub fn route_place(&self) -> Option<usize> {
        self.route.map(|(place, _)| usize::from(place))
    }

    /// Why the request is refused, if it is: also where nothing answers its path. Middleware that answers itself lets a
    /// refusal through, by running what is next.
    #[must_use]
    pub fn refused(&self) -> Option<Cause> {
        self.around.refused
    }

    /// The connection's number in its transport, and the request's number on the connection, both from 0.
    #[must_use]
    pub fn ordinal(&self) -> (u64, u32) {
        (self.around.connection.number(), self.around.connection.requests().saturating_sub(1))
    }

    pub(crate) fn seed(&self) -> u64 {
        self.around.seed
    }
}
