//! How a line is written, in each format.

use core::fmt::{self, Write};

use super::escape::{Escape, Escaped};
use super::{AccessLog, Format};
use crate::bytes::number::Decimal;
use crate::connection::{Cause, Closing};
use crate::handler::Request;
use crate::message::date::{self, Date};
use crate::middleware::Answer;
use crate::middleware::trace::TraceParent;
use crate::parse::request_line::Version;

impl AccessLog<'_> {
    /// Writes the line for an answer, with its line feed.
    pub(super) fn line(&self, out: &mut dyn Write, request: &Request<'_>, answer: &Answer) -> fmt::Result {
        match self.format {
            Format::Json => self.json(out, request, answer)?,
            format => {
                common(out, request, answer)?;
                if format == Format::Combined {
                    quoted(out, request.field_bytes("Referer"))?;
                    quoted(out, request.field_bytes("User-Agent"))?;
                }
                for (_, write) in self.fields() {
                    out.write_str(" \"")?;
                    let mut value = Escaped::new(out, Escape::Text);
                    let _ = write(request, answer, &mut value); // a value that fails ends where it is
                    value.finish()?;
                    out.write_str("\"")?;
                }
            }
        }
        out.write_str("\n")
    }

    fn json(&self, out: &mut dyn Write, request: &Request<'_>, answer: &Answer) -> fmt::Result {
        let id = request.id();
        let trace = request.trace();
        let span = trace.map(|_| request.span_id());
        let mut object = Object { out, is_begun: false };
        self.time(&mut object, request.date())?;
        object.text("request_id", Some(id.as_str().as_bytes()))?;
        object.text("trace_id", trace.as_ref().map(TraceParent::trace_id).map(str::as_bytes))?;
        object.key("span_id")?;
        match span {
            Some(span) => write!(object.out, "\"{span:016x}\"")?,
            None => object.out.write_str("null")?,
        }
        object.key("client")?;
        object.out.write_str("\"")?;
        client(object.out, request)?;
        object.out.write_str("\"")?;
        object.text("method", Some(request.method_name().as_bytes()))?;
        object.text("target", Some(request.target().as_bytes()))?;
        object.text("version", Some(version(request).as_bytes()))?;
        object.key("route")?;
        match request.route() {
            // A pattern's bytes were checked by the compiler: none needs an escape.
            Some(route) => {
                object.out.write_str("\"")?;
                route.pieces().parts().iter().try_for_each(|part| object.out.write_str(part))?;
                object.out.write_str("\"")?;
            }
            None => object.out.write_str("null")?,
        }
        object.key("status")?;
        object.out.write_str(ascii(&answer.status.digits()))?;
        object.number("bytes_in", answer.content_received)?;
        object.number("bytes_out", answer.content_sent)?;
        object.number("duration_us", micros(answer))?;
        object.key("cut")?;
        object.out.write_str(if answer.is_cut { "true" } else { "false" })?;
        object.text("closing", answer.closing.map(Closing::as_str).map(str::as_bytes))?;
        object.text("refusal", answer.refused.map(Cause::label).map(str::as_bytes))?;
        object.text("referer", request.field_bytes("Referer"))?;
        object.text("user_agent", request.field_bytes("User-Agent"))?;
        for (name, write) in self.fields() {
            object.key(name)?;
            object.out.write_str("\"")?;
            let mut value = Escaped::new(object.out, Escape::Json);
            let _ = write(request, answer, &mut value); // as above
            value.finish()?;
            object.out.write_str("\"")?;
        }
        object.out.write_str("}")
    }

    fn time(&self, object: &mut Object<'_>, date: Option<&Date>) -> fmt::Result {
        let (seconds, millis) = match (self.clock, date) {
            (Some(clock), _) => {
                let millis = clock();
                (millis / 1_000, Some(millis % 1_000))
            }
            (None, Some(date)) => (date.unix_seconds(), None),
            (None, None) => return Ok(()),
        };
        object.key("time")?;
        let text = date::rfc3339(seconds);
        let whole = ascii(&text).strip_suffix('Z').unwrap_or_default();
        object.out.write_str("\"")?;
        object.out.write_str(whole)?;
        if let Some(millis) = millis {
            object.out.write_str(match millis {
                0..10 => ".00",
                10..100 => ".0",
                _ => ".",
            })?;
            object.out.write_str(Decimal::new(millis).as_str())?;
        }
        object.out.write_str("Z\"")
    }
}

/// A JSON object in the making.
struct Object<'o> {
    out: &'o mut dyn Write,
    is_begun: bool,
}

impl Object<'_> {
    fn key(&mut self, name: &str) -> fmt::Result {
        self.out.write_str(if core::mem::replace(&mut self.is_begun, true) { ",\"" } else { "{\"" })?;
        Escape::Json.write(self.out, name.as_bytes())?;
        self.out.write_str("\":")
    }

    fn text(&mut self, name: &str, value: Option<&[u8]>) -> fmt::Result {
        self.key(name)?;
        let Some(value) = value else { return self.out.write_str("null") };
        self.out.write_str("\"")?;
        Escape::Json.write(self.out, value)?;
        self.out.write_str("\"")
    }

    fn number(&mut self, name: &str, value: u64) -> fmt::Result {
        self.key(name)?;
        self.out.write_str(Decimal::new(value).as_str())
    }
}

fn common(out: &mut dyn Write, request: &Request<'_>, answer: &Answer) -> fmt::Result {
    client(out, request)?;
    out.write_str(" - - [")?;
    match request.date() {
        Some(now) => out.write_str(ascii(&date::clf(now.unix_seconds())))?,
        None => out.write_str("-")?,
    }
    out.write_str("] \"")?;
    match request.method_name() {
        "" => out.write_str("-")?,
        method => {
            Escape::Text.write(out, method.as_bytes())?;
            out.write_str(" ")?;
            Escape::Text.write(out, request.target().as_bytes())?;
            out.write_str(" ")?;
            out.write_str(version(request))?;
        }
    }
    out.write_str("\" ")?;
    out.write_str(ascii(&answer.status.digits()))?;
    out.write_str(" ")?;
    match answer.content_sent {
        0 => out.write_str("-"),
        bytes => out.write_str(Decimal::new(bytes).as_str()),
    }
}

/// A field value behind a blank, in quotes.
fn quoted(out: &mut dyn Write, value: Option<&[u8]>) -> fmt::Result {
    out.write_str(" \"")?;
    Escape::Text.write(out, value.unwrap_or(b"-"))?;
    out.write_str("\"")
}

fn client(out: &mut dyn Write, request: &Request<'_>) -> fmt::Result {
    match request.peer() {
        Some(address) => write!(out, "{}", address.ip().to_canonical()),
        None => out.write_str("-"),
    }
}

fn version(request: &Request<'_>) -> &'static str {
    match request.version() {
        Version::Http10 => "HTTP/1.0",
        Version::Http11 => "HTTP/1.1",
    }
}

/// What the answer took, in microseconds.
fn micros(answer: &Answer) -> u64 {
    let seconds = answer.duration.as_secs().saturating_mul(1_000_000);
    seconds.saturating_add(u64::from(answer.duration.subsec_micros()))
}

fn ascii(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}
