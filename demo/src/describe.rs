//! What is said of a request, in the shapes of httpbin. A description is written piece by piece: into the transmit
//! buffer where it fits there, else as a stream of windows on it, so that no buffer bounds what can be described.

use core::fmt::{self, Write};

use bantam_core::message::percent::{Decoded, Pairs};
use bantam_core::prelude::*;

use crate::json::{self, Data, Lossy, Object, check::check};
use crate::messages::COPIED;
use crate::window::{Count, Window};
use crate::{App, Streams};

/// Most members of a query, a form or a list of cookies that are described. For each, those before it are looked at
/// again, which a long list of short members would make expensive.
pub(crate) const MEMBERS: usize = 128;

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Query, fields, origin and URL.
    Get,
    /// The same with an ordinal number, as a line.
    Line(u64),
    /// The same as `Get`, and the content: as text, form and JSON.
    Content,
    /// The same without JSON.
    Delayed,
    /// The same as `Content`, and the method.
    Anything,
    /// The fields.
    Headers,
    /// The cookies.
    Cookies,
    /// Where the request comes from.
    Ip,
    /// The field of this name.
    UserAgent,
    /// That it is gzipped, and the fields, the method and the origin.
    Gzipped,
}

/// A description under way.
#[derive(Debug)]
pub struct Description {
    shape: Shape,
    is_json: bool,
    /// Bytes that were given.
    at: u64,
    /// When it may begin.
    begins: Instant,
}

impl Description {
    /// A description of this request.
    ///
    /// # Errors
    /// 400 when a list has more than [`MEMBERS`] members, or a form is malformed.
    fn of(shape: Shape, request: &Request<'_>) -> Result<Self, Failure> {
        const MANY: Failure = Failure::new(Status::BAD_REQUEST, "more than 128 members in a list");
        let is_too_long = |members: &mut dyn Iterator<Item = ()>| members.nth(MEMBERS).is_some();
        let mut is_json = false;
        let is_long = match shape {
            Shape::Headers | Shape::Ip | Shape::UserAgent | Shape::Gzipped => false,
            Shape::Cookies => is_too_long(&mut request.cookies().map(drop)),
            Shape::Get | Shape::Line(_) => is_too_long(&mut request.query_pairs().map(drop)),
            Shape::Content | Shape::Delayed | Shape::Anything => {
                let is_form = is_form(request);
                is_json = shape != Shape::Delayed && !is_form && check(request.body()).is_ok();
                is_too_long(&mut request.query_pairs().map(drop))
                    || (is_form && is_too_long(&mut request.form()?.map(drop)))
            }
        };
        let (at, begins) = (0, Instant::ZERO);
        if is_long { Err(MANY) } else { Ok(Self { shape, is_json, at, begins }) }
    }

    pub(crate) fn pull(&mut self, pull: &mut Pull<'_>) -> Pulled {
        if pull.now() < self.begins {
            return Pulled::Wait(Some(self.begins));
        }
        let Some(request) = pull.request() else { return Pulled::Failed };
        let content = pull.content();
        let mut window = Window::new(self.at, pull.space());
        let outcome = write(self.shape, self.is_json, &request, content, &mut window);
        let written = window.written();
        self.at = self.at.saturating_add(written as u64);
        match outcome {
            Ok(()) => Pulled::Last(written),
            Err(fmt::Error) => Pulled::Bytes(written),
        }
    }
}

/// Answers with a description of the request.
pub(crate) fn answer(shape: Shape, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    answer_at(Instant::ZERO, shape, request, response)
}

/// The same, whose content begins at this instant.
pub(crate) fn answer_at(
    begins: Instant,
    shape: Shape,
    request: &Request<'_>,
    response: &mut Response<'_, Streams>,
) -> Outcome {
    let description = Description { begins, ..Description::of(shape, request)? };
    let mut count = Count::default();
    let counted = write(shape, description.is_json, request, request.body(), &mut count);
    counted.map_err(|fmt::Error| Status::INTERNAL_SERVER_ERROR)?;
    let mut out = response.writer("application/json");
    // Half of what is free stays for fields that middleware adds.
    let fits = count.0 <= COPIED as u64 && count.0 <= (out.space().len() / 2) as u64;
    if fits && begins <= request.now() {
        let _ = write(shape, description.is_json, request, request.body(), &mut out); // what fails is kept
        return out.finish();
    }
    response.stream("application/json", Some(count.0), Streams::Description(description))
}

/// Lines of JSON, each a description of the request and its own number.
#[derive(Debug)]
pub struct Lines {
    id: u64,
    count: u64,
    /// Bytes that were given of the line at hand.
    at: u64,
}

impl Lines {
    /// So many lines about this request.
    ///
    /// # Errors
    /// As [`Description::of`].
    pub(crate) fn of(count: u64, request: &Request<'_>) -> Result<Self, Failure> {
        Description::of(Shape::Line(0), request).map(|_| Self { id: 0, count, at: 0 })
    }

    pub(crate) fn pull(&mut self, pull: &mut Pull<'_>) -> Pulled {
        let Some(request) = pull.request() else { return Pulled::Failed };
        let space = pull.space();
        let mut written = 0_usize;
        while self.id < self.count {
            let mut window = Window::new(self.at, space.get_mut(written..).unwrap_or_default());
            let outcome = write(Shape::Line(self.id), false, &request, &[], &mut window);
            let length = window.written();
            written = written.saturating_add(length);
            if outcome.is_err() {
                self.at = self.at.saturating_add(length as u64);
                return Pulled::Bytes(written);
            }
            (self.id, self.at) = (self.id.saturating_add(1), 0);
        }
        Pulled::Last(written)
    }
}

/// A query's names are compared as they are meant, and not as they are encoded.
pub(crate) fn is_same(one: &Decoded<'_>, other: &Decoded<'_>) -> bool {
    one.bytes().eq(other.bytes())
}

fn is_form(request: &Request<'_>) -> bool {
    request.has_content_type("application/x-www-form-urlencoded")
}

/// Writes the whole description, up to where `out` refuses to take it.
pub(crate) fn write(
    shape: Shape,
    is_json: bool,
    request: &Request<'_>,
    content: &[u8],
    out: &mut dyn Write,
) -> fmt::Result {
    let mut object = Object::begin(out)?;
    match shape {
        Shape::Headers => fields(object.member("headers")?, request)?,
        Shape::Cookies => cookies(object.member("cookies")?, request)?,
        Shape::Ip => origin(object.member("origin")?, request)?,
        Shape::UserAgent => {
            let out = object.member("user-agent")?;
            match request.field_bytes("User-Agent") {
                Some(name) => json::string(out, Lossy(name))?,
                None => out.write_str("null")?,
            }
        }
        Shape::Gzipped => {
            object.member("gzipped")?.write_str("true")?;
            fields(object.member("headers")?, request)?;
            object.text("method", method(request))?;
            origin(object.member("origin")?, request)?;
        }
        Shape::Get | Shape::Line(_) | Shape::Content | Shape::Delayed | Shape::Anything => {
            pairs(object.member("args")?, request.query_pairs())?;
            if let Shape::Content | Shape::Delayed | Shape::Anything = shape {
                let (data, form) = if is_form(request) { (&[][..], content) } else { (content, &[][..]) };
                object.text("data", Data(data))?;
                object.member("files")?.write_str("{}")?;
                pairs(object.member("form")?, Pairs::new(form))?;
            }
            fields(object.member("headers")?, request)?;
            match shape {
                Shape::Line(id) => write!(object.member("id")?, "{id}")?,
                Shape::Content | Shape::Anything => {
                    let json = core::str::from_utf8(content).ok().filter(|_| is_json);
                    object.member("json")?.write_str(json.unwrap_or("null"))?;
                }
                _ => {}
            }
            if shape == Shape::Anything {
                object.text("method", method(request))?;
            }
            origin(object.member("origin")?, request)?;
            object.text("url", Url(request))?;
        }
    }
    object.end()?;
    if let Shape::Line(_) = shape { out.write_str("\n") } else { Ok(()) }
}

fn pairs(out: &mut dyn Write, pairs: Pairs<'_>) -> fmt::Result {
    let mut object = Object::begin(out)?;
    object.grouped(&pairs, is_same)?;
    object.end()
}

/// HEAD is told what GET would be, since the fields of both have to agree (RFC 9110 §9.3.2).
fn method<'r>(request: &Request<'r>) -> &'r str {
    if request.method() == Some(Method::Head) { "GET" } else { request.method_name() }
}

/// Every field once, its lines joined by commas (RFC 9110 §5.3).
fn fields(out: &mut dyn Write, request: &Request<'_>) -> fmt::Result {
    let mut object = Object::begin(out)?;
    for (at, (name, _)) in request.fields().enumerate() {
        if !request.fields().take(at).any(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) {
            object.text(name, Joined { request, name })?;
        }
    }
    object.end()
}

/// Every cookie once: of several with one name, browsers send the one of the longest path first.
fn cookies(out: &mut dyn Write, request: &Request<'_>) -> fmt::Result {
    let mut object = Object::begin(out)?;
    for (at, (name, value)) in request.cookies().enumerate() {
        if !request.cookies().take(at).any(|(earlier, _)| earlier == name) {
            object.text(name, value)?;
        }
    }
    object.end()
}

/// The client's address: what a field claims of another origin counts where the server trusts who has set it.
fn origin(out: &mut dyn Write, request: &Request<'_>) -> fmt::Result {
    match request.peer() {
        Some(peer) => json::string(out, peer.ip().to_canonical()),
        None => out.write_str("null"),
    }
}

/// The values of all lines of a field.
struct Joined<'r> {
    request: &'r Request<'r>,
    name: &'r str,
}

impl fmt::Display for Joined<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.request.fields().filter(|(name, _)| name.eq_ignore_ascii_case(self.name));
        lines.enumerate().try_for_each(|(at, (_, value))| {
            f.write_str(if at > 0 { "," } else { "" })?;
            Lossy(value).fmt(f)
        })
    }
}

/// What the client has asked for, as far as a server can tell: whether a proxy was asked by another scheme it sees only
/// where it trusts it.
struct Url<'r>(&'r Request<'r>);

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.0.target();
        if let Some(host) = self.0.host().filter(|_| target.starts_with('/')) {
            f.write_str(if self.0.is_secured() { "https://" } else { "http://" })?;
            f.write_str(host)?;
        }
        f.write_str(target)
    }
}

pub(crate) fn get(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    answer(Shape::Get, request, response)
}

pub(crate) fn content(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    answer(Shape::Content, request, response)
}

pub(crate) fn anything(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    answer(Shape::Anything, request, response)
}

pub(crate) fn headers(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    answer(Shape::Headers, request, response)
}

pub(crate) fn ip(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    answer(Shape::Ip, request, response)
}

pub(crate) fn user_agent(_: &App, request: &Request<'_>, response: &mut Response<'_, Streams>) -> Outcome {
    answer(Shape::UserAgent, request, response)
}
