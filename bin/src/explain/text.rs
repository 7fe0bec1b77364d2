//! Facts about a connection as lines for people: where, what, and what it means.

use core::fmt::Write as _;

use bantam_core::connection::Cause;
use bantam_core::explain::{AnswerFraming, Closing, Continue, Fact, Fate, Place, Refusal};
use bantam_core::framing::BodyLength;
use bantam_core::parse::field_line::Known;
use bantam_core::parse::list;
use bantam_core::parse::request_line::Version;
use bantam_core::parse::target::{self, Form};
use bantam_core::prelude::*;

use super::escape::{escaped, shortened};
use super::view::View;

/// Characters for the bytes in a line.
const WIDTH: usize = 36;

/// Writes the lines of `fact`, each with its end; nothing where there is nothing to say.
pub(crate) fn write(out: &mut String, fact: &Fact<'_>, view: View) {
    if !view.has(fact) {
        return;
    }
    let section = view.section(fact);
    let line = match fact {
        Fact::Piece { place } => {
            format!("bytes {}..{} arrive", place.start, place.end)
        }
        Fact::Route { pattern, delivery } => {
            format!("  route {pattern}, content {}", delivered(*delivery))
        }
        Fact::Request { number } => format!("request {number}"),
        Fact::EmptyLines { place, bytes } => row(*place, bytes, "empty lines, skipped", section),
        Fact::RequestLine { place, bytes, .. } => row(*place, bytes, &request_line(fact), section),
        Fact::FieldLine { place, bytes, .. } if view.ignores(fact) => {
            row(*place, bytes, "not the host that is asked: the target names it", section)
        }
        Fact::FieldLine { place, bytes, .. } if view.hides(fact) => {
            row(*place, bytes, "hidden from the application: gateways take `_` for `-`", section)
        }
        Fact::FieldLine { place, bytes, known, value, .. } => {
            row(*place, bytes, &field(*known, value), section)
        }
        Fact::HeadEnd { place, bytes } => row(*place, bytes, "end of the head", section),
        Fact::Body { length } => format!("  body: {} ({section})", body(*length)),
        Fact::Continue(what) => format!("  {} ({section})", interim(*what)),
        Fact::Content { place, bytes, missing } => {
            row(*place, bytes, &data("content", *place, *missing), section)
        }
        Fact::ChunkSize { place, bytes, size, extension } => {
            row(*place, bytes, &format!("chunk of {}{}", count(*size), ignored(*extension)), section)
        }
        Fact::ChunkData { place, bytes, missing } => {
            row(*place, bytes, &data("chunk data", *place, *missing), section)
        }
        Fact::ChunkEnd { place, bytes } => row(*place, bytes, "end of the chunk", section),
        Fact::LastChunk { place, bytes, extension } => {
            row(*place, bytes, &format!("last chunk{}", ignored(*extension)), section)
        }
        Fact::TrailerLine { place, bytes } => {
            row(*place, bytes, "trailer field, checked and dropped", section)
        }
        // The content of a sized body has said so.
        Fact::BodyEnd { place, .. } if place.is_empty() => return,
        Fact::BodyEnd { place, bytes, content } => {
            let meaning = format!("end of the body, {} of content", count(*content));
            row(*place, bytes, &meaning, section)
        }
        Fact::Refusal(refusal) => refused(refusal),
        Fact::Answer { status, framing } => format!("  answer: {status}, {} ({section})", ends(*framing)),
        Fact::Fate(Fate::Persists) => format!("  the connection persists ({section})"),
        Fact::Fate(Fate::Closes(closing)) => {
            format!("  the connection closes: {} ({section})", because(*closing))
        }
        Fact::Cut => "  the answer is cut short, and the close tells".to_owned(),
        Fact::PeerClosed { at } => format!("the input ends at byte {at}"),
        Fact::Over { unread } if unread.is_empty() => return,
        Fact::Over { unread } => {
            format!("  {} from byte {} on are not interpreted", count(unread.len()), unread.start)
        }
        _ => format!("  {fact:?}"),
    };
    out.push_str(&line);
    out.push('\n');
}

/// A line about bytes.
fn row(place: Place, bytes: &[u8], meaning: &str, section: &str) -> String {
    let shown = shortened(bytes, place.len() > bytes.len() as u64, WIDTH);
    let Place { start, end } = place;
    let mut line = format!("{start:>7}..{end:<7} {shown:<WIDTH$}  {meaning}");
    if !section.is_empty() {
        // Writing to a string does not fail.
        let _ = write!(line, " ({section})");
    }
    line
}

fn request_line(fact: &Fact<'_>) -> String {
    let Fact::RequestLine { method, method_name, target, form, version, .. } = fact else {
        return String::new();
    };
    let unknown = if method.is_none() { ", which is not known here" } else { "" };
    let form = match form {
        Form::Origin => "origin form".to_owned(),
        Form::Absolute => format!("absolute form that asks the host {}", authority(*method, target)),
        Form::Authority => "authority form".to_owned(),
        Form::Asterisk => "asterisk form".to_owned(),
    };
    format!("request line: {method_name}{unknown}, {form}, {}", spoken(*version))
}

/// The host that a target in absolute form names.
fn authority(method: Option<Method>, target: &str) -> String {
    let parts = target::parse(method, target.as_bytes(), 0).unwrap_or_default();
    shortened(parts.authority.of(target.as_bytes()), false, 60)
}

/// The version as it counts here.
pub(super) fn spoken(version: Version) -> &'static str {
    match version {
        Version::Http10 => "HTTP/1.0",
        Version::Http11 => "HTTP/1.1",
    }
}

fn field(known: Known, value: &[u8]) -> String {
    match known {
        Known::Host => format!("the host that is asked: {}", shortened(value, false, 60)),
        Known::ContentLength => "how long the body is".to_owned(),
        Known::TransferEncoding => "how the body is coded for the transfer".to_owned(),
        Known::Connection => connection(value),
        Known::Expect => "the peer would wait with its content".to_owned(),
        Known::ContentType => "the media type of the content".to_owned(),
        Known::Upgrade => "another protocol that the peer would go on with".to_owned(),
        Known::WebSocketVersion => "the version of WebSocket that the peer speaks".to_owned(),
        Known::Underscored => "shown to the application, though gateways take `_` for `-`".to_owned(),
        _ => "for the application".to_owned(),
    }
}

fn connection(value: &[u8]) -> String {
    let has = |wanted: &[u8]| list::members(value).any(|option| option.eq_ignore_ascii_case(wanted));
    let fate = match (has(b"close"), has(b"keep-alive")) {
        (true, _) => "the connection is to close after the answer",
        (false, true) => "the connection is to persist",
        (false, false) => "",
    };
    let upgrade = if has(b"upgrade") { "the peer would go on with another protocol" } else { "" };
    match (fate, upgrade) {
        ("", "") => "connection options, none that is known here".to_owned(),
        (fate, "") => fate.to_owned(),
        ("", upgrade) => upgrade.to_owned(),
        (fate, upgrade) => format!("{fate}, and {upgrade}"),
    }
}

fn body(length: BodyLength) -> String {
    match length {
        BodyLength::Empty => "none, because neither field announces one".to_owned(),
        BodyLength::Sized(length) => format!("{}, by Content-Length", count(length)),
        BodyLength::Chunked => "chunked, up to the last chunk and the trailer section".to_owned(),
    }
}

fn interim(what: Continue) -> &'static str {
    match what {
        Continue::Sent => "100 Continue is sent, because content is waited for",
        Continue::ContentCame => "no 100 Continue, because content has come without it",
        Continue::NoContent => "no 100 Continue, because there is no content to wait for",
        Continue::Http10 => "no 100 Continue, because HTTP/1.0 has no interim answers",
        Continue::Unread => "no 100 Continue, because the answer does without the content",
    }
}

fn delivered(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Whole => "whole",
        Delivery::WholeOrStreamed => "whole where it fits, else streamed",
        Delivery::Streamed => "streamed",
        Delivery::Discarded => "thrown away",
    }
}

fn data(what: &str, place: Place, missing: u64) -> String {
    match missing {
        0 => what.to_owned(),
        missing => format!("{what}: {} of {}", place.len(), count(place.len().saturating_add(missing))),
    }
}

fn ignored(extension: Place) -> &'static str {
    if extension.is_empty() { "" } else { ", its extension means nothing here" }
}

fn refused(refusal: &Refusal<'_>) -> String {
    let Refusal { cause, at, place, bytes, is_answered } = refusal;
    let mut lines = String::new();
    if !place.is_empty() {
        // The end is where the fault is, so the beginning is what is left out.
        let mut kept = *bytes;
        let mut shown = escaped(kept);
        while shown.len() > WIDTH {
            kept = kept.get(1..).unwrap_or_default();
            shown = format!("…{}", escaped(kept));
        }
        let Place { start, end } = place;
        // Nothing is wrong with bytes that more could still have followed.
        let fault = match cause {
            Cause::EndsInHead | Cause::EndsInContent => "cut short",
            _ => "cannot be accepted",
        };
        let _ = writeln!(lines, "{start:>7}..{end:<7} {shown:<WIDTH$}  {fault}");
    }
    let failure = cause.failure();
    match is_answered {
        true => {
            let _ = write!(lines, "refused with {}", failure.status());
        }
        false => lines.push_str("refused when an answer had begun, so that only the close can tell"),
    }
    if let Some(at) = at {
        let _ = write!(lines, " at byte {at}");
    }
    let reason = if failure.reason().is_empty() { "nothing is here" } else { failure.reason() };
    let _ = write!(lines, ": {reason}");
    if !cause.section().is_empty() {
        let relation = if cause.is_stricter() { "stricter than " } else { "" };
        let _ = write!(lines, " ({relation}{})", cause.section());
    }
    lines
}

fn ends(framing: AnswerFraming) -> String {
    match framing {
        AnswerFraming::NoContent => "without content".to_owned(),
        AnswerFraming::Sized(length) => format!("{} by Content-Length", count(length)),
        AnswerFraming::Chunked => "chunked".to_owned(),
        AnswerFraming::UntilClose => "up to the close".to_owned(),
    }
}

fn because(closing: Closing) -> &'static str {
    match closing {
        Closing::Refusal => "a refused message ends the connection",
        Closing::CloseOption => "the peer sent the option close",
        Closing::Http10 => "HTTP/1.0 without the option keep-alive",
        Closing::Application => "the application wants it",
        Closing::Panic => "the application has failed",
        Closing::Draining => "the server is shutting down",
        Closing::UnreadContent => "content is left that nobody reads",
        Closing::UntilClose => "nothing else ends the answer",
        Closing::RequestLimit => "it was the last request that is allowed",
        Closing::Age => "the connection is old",
    }
}

fn count(bytes: u64) -> String {
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}
