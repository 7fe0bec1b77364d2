//! Facts about a connection as JSON, one object a line; [`KEYS`] says what the keys mean.

use bantam_core::explain::{AnswerFraming, Continue, Fact, Fate, Place};
use bantam_core::framing::BodyLength;
use bantam_core::parse::field_line::Known;
use bantam_core::parse::target::Form;
use serde_json::Value;

use super::escape::escaped;
use super::text::spoken;
use super::view::View;

/// What the help says of the keys.
pub(crate) const KEYS: &str = "\
JSON: every object has `kind`; `start` and `end` are offsets in the input, and
`bytes` is what lies there (of parts of a body, what it begins with) in the
escapes of the text form; `section` is the rule, where there is one. Moreover:

  piece           (with --split) bytes that arrive at once
  request         number
  request-line    method, known, target, form, version
  field-line      name, value, meaning; ignored: true where the target names
                  the host; hidden: true where the application does not see it
  empty-lines, head-end, chunk-end, trailer-line
  body            framing: none, sized or chunked; length where it is sized
  continue        sent; reason where it is not
  content         missing: bytes that should have followed
  chunk-size      size, extension_start, extension_end
  chunk-data      missing
  last-chunk      size, extension_start, extension_end
  body-end        content: bytes of content in all
  refusal         status, reason, answered; at where one byte is at fault;
                  stricter: true where `section` would allow the message
  answer          status, framing: none, sized, chunked or until-close; length
                  where it is sized
  fate            persists; reason where it does not
  cut             an answer that could not be completed
  input-end       at
  over            unread: how many bytes were not interpreted";

/// Writes the object of `fact` and a line end; nothing where there is nothing to say.
pub(super) fn write(out: &mut String, fact: &Fact<'_>, view: View) {
    if !view.has(fact) {
        return;
    }
    let object = match *fact {
        Fact::Piece { place } => Object::new("piece").place(place),
        Fact::Request { number } => Object::new("request").with("number", number),
        Fact::EmptyLines { place, bytes } => Object::new("empty-lines").part(place, bytes),
        Fact::RequestLine { place, bytes, method, method_name, target, form, version } => {
            Object::new("request-line")
                .part(place, bytes)
                .with("method", method_name)
                .with("known", method.is_some())
                .with("target", target)
                .with("form", form_name(form))
                .with("version", spoken(version))
        }
        Fact::FieldLine { place, bytes, name, value, known } => Object::new("field-line")
            .part(place, bytes)
            .with("name", name)
            .with("value", escaped(value))
            .with("meaning", meaning(known))
            .when("ignored", view.ignores(fact))
            .when("hidden", view.hides(fact)),
        Fact::HeadEnd { place, bytes } => Object::new("head-end").part(place, bytes),
        Fact::Body { length } => match length {
            BodyLength::Empty => Object::new("body").with("framing", "none"),
            BodyLength::Sized(length) => Object::new("body").with("framing", "sized").with("length", length),
            BodyLength::Chunked => Object::new("body").with("framing", "chunked"),
        },
        Fact::Continue(what) => {
            let object = Object::new("continue").with("sent", what == Continue::Sent);
            match what {
                Continue::Sent => object,
                Continue::ContentCame => object.with("reason", "content-came"),
                Continue::NoContent => object.with("reason", "no-content"),
                Continue::Http10 => object.with("reason", "http-1.0"),
                Continue::Unread => object.with("reason", "unread"),
            }
        }
        Fact::Content { place, bytes, missing } => {
            Object::new("content").part(place, bytes).with("missing", missing)
        }
        Fact::ChunkSize { place, bytes, size, extension } => {
            Object::new("chunk-size").part(place, bytes).chunk(size, extension)
        }
        Fact::ChunkData { place, bytes, missing } => {
            Object::new("chunk-data").part(place, bytes).with("missing", missing)
        }
        Fact::ChunkEnd { place, bytes } => Object::new("chunk-end").part(place, bytes),
        Fact::LastChunk { place, bytes, extension } => {
            Object::new("last-chunk").part(place, bytes).chunk(0, extension)
        }
        Fact::TrailerLine { place, bytes } => Object::new("trailer-line").part(place, bytes),
        Fact::BodyEnd { place, bytes, content } => {
            Object::new("body-end").part(place, bytes).with("content", content)
        }
        Fact::Refusal(refusal) => {
            let failure = refusal.cause.failure();
            let object = Object::new("refusal").part(refusal.place, refusal.bytes);
            let object = match refusal.at {
                Some(at) => object.with("at", at),
                None => object,
            };
            object
                .with("status", failure.status().code())
                .with("reason", failure.reason())
                .with("answered", refusal.is_answered)
                .when("stricter", refusal.cause.is_stricter())
        }
        Fact::Answer { status, framing } => {
            let object = Object::new("answer").with("status", status.code());
            match framing {
                AnswerFraming::NoContent => object.with("framing", "none"),
                AnswerFraming::Sized(length) => object.with("framing", "sized").with("length", length),
                AnswerFraming::Chunked => object.with("framing", "chunked"),
                AnswerFraming::UntilClose => object.with("framing", "until-close"),
            }
        }
        Fact::Fate(Fate::Persists) => Object::new("fate").with("persists", true),
        Fact::Fate(Fate::Closes(closing)) => {
            Object::new("fate").with("persists", false).with("reason", closing.as_str())
        }
        Fact::Cut => Object::new("cut"),
        Fact::PeerClosed { at } => Object::new("input-end").with("at", at),
        Fact::Over { unread } => Object::new("over").place(unread).with("unread", unread.len()),
        _ => return,
    };
    let section = view.section(fact);
    let object = if section.is_empty() { object } else { object.with("section", section) };
    out.push_str(&object.0);
    out.push_str("}\n");
}

/// An object whose keys stand in the order in which they were added.
struct Object(String);

impl Object {
    fn new(kind: &str) -> Self {
        Self(format!("{{\"kind\":{}", Value::from(kind)))
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.push_str(&format!(",{}:{}", Value::from(key), value.into()));
        self
    }

    /// With a key that is there only where it is true.
    fn when(self, key: &str, holds: bool) -> Self {
        if holds { self.with(key, true) } else { self }
    }

    fn place(self, place: Place) -> Self {
        self.with("start", place.start).with("end", place.end)
    }

    fn part(self, place: Place, bytes: &[u8]) -> Self {
        self.place(place).with("bytes", escaped(bytes))
    }

    fn chunk(self, size: u64, extension: Place) -> Self {
        let object = self.with("size", size);
        object.with("extension_start", extension.start).with("extension_end", extension.end)
    }
}

fn form_name(form: Form) -> &'static str {
    match form {
        Form::Origin => "origin",
        Form::Absolute => "absolute",
        Form::Authority => "authority",
        Form::Asterisk => "asterisk",
    }
}

fn meaning(known: Known) -> &'static str {
    match known {
        Known::Host => "host",
        Known::ContentLength => "content-length",
        Known::TransferEncoding => "transfer-encoding",
        Known::Connection => "connection",
        Known::Expect => "expect",
        Known::ContentType => "content-type",
        Known::Upgrade => "upgrade",
        Known::WebSocketVersion => "websocket-version",
        Known::Underscored => "underscored",
        _ => "other",
    }
}
