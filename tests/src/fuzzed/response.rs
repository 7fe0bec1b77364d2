//! A response: whatever a handler puts into it, a client reads that and nothing else.

use bantam_core::prelude::*;
use bantam_core::response::ResponseError;
use std::sync::Mutex;

use super::naive::{self, show};
use crate::answer::{Answer, Read};
use crate::memory::Memory;

/// Longest input looked at: what is made of it fits the transmit buffer.
const LONGEST: usize = 2_048;

/// Content in the program's image: below and above the size that is copied behind the head.
static SHORT: [u8; 100] = [b's'; 100];
static LONG: [u8; 5_000] = [b'l'; 5_000];

/// Builds the response that `data` describes, and reads it back.
///
/// ```text
/// 200 GET HTTP/1.1 chunked        status, method, version, and the kind of body
/// Name: value                     Response::field
/// =Name: value                    Response::set_field
/// ~Name: value                    Response::field_display
/// -Name                           Response::remove_field
///                                 an empty line; the rest is content
/// ```
/// Names and values are percent-decoded, so that they can hold line ends. Kinds of body are `bytes`, `short`, `long`,
/// `sized`, `chunked`, `writer`, `empty` and `redirect`, whose location is the content.
///
/// # Panics
/// When a client would read another status, other fields or other content than were put in, or when a mistake in them
/// is not answered 500.
pub fn check(data: &[u8]) {
    let Some(script) = Script::read(&data[..data.len().min(LONGEST)]) else { return };
    let service = Service::new(&script, &ROUTES).with_server("bantam");
    let mut server = Memory::<_, _, 512, 8_192>::new(&service);
    let request = format!("{} / {}\r\nHost: a\r\n\r\n", script.method, script.version);
    server.deliver(request.as_bytes());
    server.close();
    assert!(server.is_over(), "the connection stays open");
    let output = server.take_output();
    let answer = match Answer::read(&output, script.method, true) {
        Ok(Read::Whole(answer, length)) => {
            assert_eq!(length, output.len(), "bytes behind the answer: {}", show(&output));
            answer
        }
        read => panic!("{read:?}: {}", show(&output)),
    };
    check_head(&answer, &output);
    let error = script.error.lock().expect("no panic").take();
    let expected = script.expected();
    assert_eq!(error.is_some(), expected.is_none(), "{error:?} of {script:?}");
    let Some(expected) = expected else { return check_mistake(&answer, &script) };

    assert_eq!(answer.status, expected.status, "{answer:?}");
    let is_framing = |name: &str| {
        ["Connection", "Content-Length", "Transfer-Encoding"]
            .iter()
            .any(|framing| name.eq_ignore_ascii_case(framing))
    };
    let fields: Vec<_> = answer.fields.iter().filter(|(name, _)| !is_framing(name)).cloned().collect();
    assert_eq!(fields, expected.fields, "{}", show(&output));
    let has_none = script.method == "HEAD" || matches!(expected.status, 204 | 205 | 304);
    let content = if has_none { &[][..] } else { &expected.content };
    assert_eq!(answer.content, content, "{answer:?}");
    if has_none {
        assert!(output.ends_with(b"\r\n\r\n"), "content where there is none: {}", show(&output));
    }
}

/// The head, as `httparse` reads it.
fn check_head(answer: &Answer, output: &[u8]) {
    let mut lines = [httparse::EMPTY_HEADER; 512];
    let mut response = httparse::Response::new(&mut lines);
    let outcome = response.parse(output);
    assert!(matches!(outcome, Ok(httparse::Status::Complete(_))), "{outcome:?}: {}", show(output));
    assert_eq!((response.version, response.code), (Some(1), Some(answer.status)), "{}", show(output));
    assert_eq!(response.reason, Some(&answer.reason[..]), "{}", show(output));
    let seen = response.headers.iter().map(|line| (line.name.to_owned(), line.value.to_vec()));
    let fields = answer.fields.iter();
    let fields = fields.map(|(name, value)| (name.clone(), naive::trim(value.as_bytes())));
    assert!(seen.eq(fields), "httparse sees {:?}: {}", response.headers, show(output));
}

/// A mistake of the handler shows nothing of what it has built.
fn check_mistake(answer: &Answer, script: &Script) {
    assert_eq!(answer.status, 500, "{answer:?} of {script:?}");
    for (name, value) in &answer.fields {
        let expected = match name.as_str() {
            "Date" => "Mon, 23 Nov 2026 12:00:00 GMT",
            "Server" => "bantam",
            "Content-Type" => "text/plain; charset=utf-8",
            "Connection" if script.version == "HTTP/1.0" => "close",
            "Content-Length" => continue,
            _ => panic!("a field of a response that failed: {name}: {value}"),
        };
        assert_eq!(value, expected, "{name}");
    }
}

/// What a handler does.
#[derive(Debug)]
struct Script {
    status: Status,
    method: &'static str,
    version: &'static str,
    kind: &'static str,
    steps: Vec<(Step, String, String)>,
    content: Vec<u8>,
    /// What the response said of it.
    error: Mutex<Option<ResponseError>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Add,
    Set,
    Display,
    Remove,
}

const CONTENT_TYPE: &str = "application/x-fuzzed";

impl Script {
    fn read(data: &[u8]) -> Option<Self> {
        let line_end = naive::find(data, b'\n')?;
        let first = core::str::from_utf8(&data[..line_end]).ok()?;
        let words: Vec<&str> = first.split(' ').collect();
        let [status, method, version, kind] = words[..] else { return None };
        let one_of =
            |words: &[&'static str], word: &str| words.iter().find(|candidate| **candidate == word).copied();
        let kinds = ["bytes", "short", "long", "sized", "chunked", "writer", "empty", "redirect"];
        let mut script = Self {
            status: Status::new(status.parse().ok()?)?,
            method: one_of(&["GET", "HEAD", "POST"], method)?,
            version: one_of(&["HTTP/1.1", "HTTP/1.0"], version)?,
            kind: one_of(&kinds, kind)?,
            steps: Vec::new(),
            content: Vec::new(),
            error: Mutex::default(),
        };
        let mut rest = &data[line_end + 1..];
        while let Some(end) = naive::find(rest, b'\n') {
            let line = &rest[..end];
            rest = &rest[end + 1..];
            let (step, line) = match line {
                [] => break,
                [b'=', line @ ..] => (Step::Set, line),
                [b'~', line @ ..] => (Step::Display, line),
                [b'-', line @ ..] => (Step::Remove, line),
                line => (Step::Add, line),
            };
            let colon = line.windows(2).position(|pair| pair == b": ");
            let (name, value) = colon.map_or((line, &b""[..]), |colon| (&line[..colon], &line[colon + 2..]));
            let text = |part| String::from_utf8(naive::percent_decoded(part)?).ok();
            script.steps.push((step, text(name)?, text(value)?));
        }
        script.content = rest.to_vec();
        Some(script)
    }

    /// The fields, content and status that a client is to read; `None` when there is a mistake in them.
    fn expected(&self) -> Option<Expected> {
        let mut fields = Fields(vec![
            ("Date".into(), "Mon, 23 Nov 2026 12:00:00 GMT".into()),
            ("Server".into(), "bantam".into()),
        ]);
        let mut is_good = self.status.code() >= 200;
        for (step, name, value) in &self.steps {
            if *step != Step::Add && *step != Step::Display {
                fields.remove(name);
            }
            if *step != Step::Remove {
                is_good &= fields.add(name, value);
            }
        }
        let content = match self.kind {
            "short" => SHORT.to_vec(),
            "long" => LONG.to_vec(),
            "empty" | "redirect" => Vec::new(),
            _ => self.content.clone(),
        };
        match self.kind {
            "empty" => fields.remove("Content-Type"),
            "redirect" => {
                let location = String::from_utf8_lossy(&self.content).into_owned();
                is_good &= location.bytes().all(|byte| byte.is_ascii_graphic());
                is_good &= matches!(self.status.code(), 301 | 302 | 303 | 307 | 308);
                fields.remove("Location");
                is_good &= fields.add("Location", &location);
                fields.remove("Content-Type");
            }
            _ => is_good &= fields.add("Content-Type", CONTENT_TYPE),
        }
        is_good.then_some(Expected { status: self.status.code(), fields: fields.0, content })
    }
}

struct Expected {
    status: u16,
    fields: Vec<(String, String)>,
    content: Vec<u8>,
}

struct Fields(Vec<(String, String)>);

impl Fields {
    fn remove(&mut self, name: &str) {
        self.0.retain(|(candidate, _)| !candidate.eq_ignore_ascii_case(name));
    }

    /// False when there can be no such field.
    fn add(&mut self, name: &str, value: &str) -> bool {
        let lower = name.to_lowercase();
        if matches!(&lower[..], "date" | "server" | "content-type") {
            self.remove(name);
        }
        self.0.push((name.to_owned(), value.to_owned()));
        naive::is_token(name.as_bytes())
            && naive::is_field_value(value.as_bytes())
            && !matches!(&lower[..], "connection" | "content-length" | "transfer-encoding")
    }
}

static ROUTES: Router<Script, 2, Content> = Router::new([get("/", answer), post("/", answer)]);

fn answer(script: &Script, _: &Request<'_>, response: &mut Response<'_, Content>) -> Outcome {
    response.status(script.status);
    for (step, name, value) in &script.steps {
        match step {
            Step::Add => response.field(name, value),
            Step::Set => response.set_field(name, value),
            Step::Display => response.field_display(name, value),
            Step::Remove => response.remove_field(name),
        };
    }
    let content = &script.content[..];
    let outcome = match script.kind {
        "bytes" => response.bytes(CONTENT_TYPE, content),
        "short" => response.static_bytes(CONTENT_TYPE, &SHORT),
        "long" => response.static_bytes(CONTENT_TYPE, &LONG),
        "sized" => response.stream(CONTENT_TYPE, Some(content.len() as u64), Content(0)),
        "chunked" => response.stream(CONTENT_TYPE, None, Content(0)),
        "writer" => {
            let mut writer = response.writer(CONTENT_TYPE);
            content.chunks(7).for_each(|piece| {
                writer.write_bytes(piece);
            });
            writer.finish()
        }
        "empty" => response.empty(),
        _ => response.redirect(script.status, &String::from_utf8_lossy(content)),
    };
    assert_eq!(outcome.is_err(), response.error().is_some(), "a mistake is told at the end of the chain");
    let is_interim = script.status.is_informational().then_some(ResponseError::Status);
    *script.error.lock().expect("no panic") = response.error().or(is_interim);
    outcome
}

/// The script's content from this offset on, in pieces of up to a hundred bytes.
#[derive(Debug)]
struct Content(usize);

impl Source<Script> for Content {
    fn pull(&mut self, script: &Script, pull: &mut Pull<'_>) -> Pulled {
        let rest = &script.content[self.0..];
        let length = rest.len().min(pull.space().len()).min(100);
        pull.space()[..length].copy_from_slice(&rest[..length]);
        self.0 += length;
        if length == rest.len() { Pulled::Last(length) } else { Pulled::Bytes(length) }
    }
}

impl Sink<Script> for Content {}
