//! The access log: one line for each answer, with every control byte escaped.

use core::fmt::{self, Write};

use super::{Answer, Middleware, Next};
use crate::body::sink::Sink;
use crate::handler::Request;
use crate::message::date;
use crate::message::status::Status;
use crate::parse::request_line::Version;
use crate::response::Response;

/// Where log lines go. Implementations must not block a request: what cannot be kept is dropped and counted.
pub trait Lines: Sync {
    /// Adds the line that `write` writes; it ends with a line feed.
    fn add(&self, write: &mut dyn FnMut(&mut dyn Write) -> fmt::Result);
}

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// The Common Log Format: `client - - [time] "request line" status bytes`.
    #[default]
    Common,
    /// The same, with `Referer` and `User-Agent`.
    Combined,
    /// One JSON object a line.
    Json,
}

/// Writes a line for each answer when it has ended: also for refusals and for answers that were cut short.
pub struct AccessLog<'l> {
    format: Format,
    lines: &'l dyn Lines,
}

impl<'l> AccessLog<'l> {
    /// A log in this format to these lines.
    #[must_use]
    pub const fn new(format: Format, lines: &'l dyn Lines) -> Self {
        Self { format, lines }
    }
}

impl<A, S: Sink<A>> Middleware<A, S> for AccessLog<'_> {
    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        next.run(app, request, response);
    }

    fn complete(&self, _: &A, request: &Request<'_>, answer: &Answer) {
        self.lines.add(&mut |out| match self.format {
            Format::Common => {
                common(out, request, answer)?;
                out.write_str("\n")
            }
            Format::Combined => {
                common(out, request, answer)?;
                for name in ["Referer", "User-Agent"] {
                    out.write_str(" \"")?;
                    quote(out, request.field(name).unwrap_or("-"))?;
                    out.write_str("\"")?;
                }
                out.write_str("\n")
            }
            Format::Json => json(out, request, answer),
        });
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
            out.write_str(method)?;
            out.write_str(" ")?;
            quote(out, request.target())?;
            out.write_str(" ")?;
            out.write_str(version(request))?;
        }
    }
    out.write_str("\" ")?;
    status(out, answer.status)?;
    match answer.content_sent {
        0 => out.write_str(" -"),
        bytes => write!(out, " {bytes}"),
    }
}

fn json(out: &mut dyn Write, request: &Request<'_>, answer: &Answer) -> fmt::Result {
    out.write_str("{")?;
    if let Some(now) = request.date() {
        write!(out, "\"time\":\"{}\",", ascii(&date::rfc3339(now.unix_seconds())))?;
    }
    out.write_str("\"request_id\":\"")?;
    escape(out, request.id().as_str())?;
    out.write_str("\",\"client\":\"")?;
    client(out, request)?;
    out.write_str("\",\"method\":\"")?;
    escape(out, request.method_name())?;
    out.write_str("\",\"target\":\"")?;
    escape(out, request.target())?;
    out.write_str("\",\"version\":\"")?;
    out.write_str(version(request))?;
    match request.route() {
        Some(route) => {
            // A pattern's bytes were checked by the compiler: none needs an escape.
            write!(out, "\",\"route\":\"{route}\"")?;
        }
        None => out.write_str("\",\"route\":null")?,
    }
    out.write_str(",\"status\":")?;
    status(out, answer.status)?;
    let micros = answer.duration.as_micros();
    write!(out, ",\"bytes_in\":{},\"bytes_out\":{}", answer.content_received, answer.content_sent)?;
    writeln!(out, ",\"duration_us\":{micros},\"cut\":{}}}", answer.is_cut)
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

fn status(out: &mut dyn Write, status: Status) -> fmt::Result {
    out.write_str(ascii(&status.digits()))
}

fn ascii(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

/// Text inside the quotes of a log line: control bytes, quotes and backslashes as `\xNN`.
fn quote(out: &mut dyn Write, text: &str) -> fmt::Result {
    pieces(text, |out, odd| write!(out, "\\x{odd:02X}"), out)
}

/// Text inside a JSON string (RFC 8259 §7).
fn escape(out: &mut dyn Write, text: &str) -> fmt::Result {
    pieces(text, |out, odd| write!(out, "\\u{odd:04x}"), out)
}

/// Writes `text` as it is, and each character that is a control, a quote or a backslash by `odd`.
fn pieces(text: &str, odd: fn(&mut dyn Write, u32) -> fmt::Result, out: &mut dyn Write) -> fmt::Result {
    let is_odd = |character: char| character.is_control() || matches!(character, '"' | '\\');
    for piece in text.split_inclusive(is_odd) {
        match piece.char_indices().next_back() {
            Some((at, last)) if is_odd(last) => {
                out.write_str(piece.get(..at).unwrap_or_default())?;
                odd(out, u32::from(last))?;
            }
            _ => out.write_str(piece)?,
        }
    }
    Ok(())
}
