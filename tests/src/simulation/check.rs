//! Holds what a connection sent, and what its middleware saw, against the reading of the reference.

use super::app::Event;
use super::reference::{Closes, Expected, Said};
use super::run::Played;
use super::script::Script;
use crate::answer::{Answer, Read, find};

/// An answer, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The answer, or the part of it that came.
    pub answer: Answer,
    /// Whether all of it came.
    pub is_whole: bool,
    /// Offset of its first byte.
    start: usize,
}

/// Answers of a connection that has ended, the last perhaps cut, to requests of these methods.
///
/// # Errors
/// What no server may send.
pub fn hear(output: &[u8], methods: &[&str]) -> Result<Vec<Heard>, String> {
    let mut heard: Vec<Heard> = Vec::new();
    let (mut at, mut finals) = (0, 0);
    while at < output.len() {
        let rest = &output[at..];
        let method = methods.get(finals).copied().unwrap_or("GET");
        let (answer, length, is_whole) = match Answer::read(rest, method, false)? {
            Read::Whole(answer, length) => (answer, length, true),
            Read::Unfinished => match unfinished(rest)? {
                Some(answer) => {
                    let is_whole = answer.field("Content-Length").is_none()
                        && answer.field("Transfer-Encoding").is_none();
                    (answer, rest.len(), is_whole)
                }
                None => return Ok(heard), // not even a head
            },
        };
        finals += usize::from(!answer.is_interim());
        heard.push(Heard { answer, is_whole, start: at });
        at += length;
    }
    Ok(heard)
}

/// The part of an answer that came before its end; `None` when that is not even its head.
fn unfinished(bytes: &[u8]) -> Result<Option<Answer>, String> {
    let Read::Whole(mut answer, head) = Answer::read(bytes, "HEAD", false)? else { return Ok(None) };
    let mut rest = &bytes[head..];
    if answer.field("Transfer-Encoding").is_none() {
        answer.content = rest.to_vec();
        return Ok(Some(answer));
    }
    while let Some(line) = find(rest, b"\r\n") {
        let digits = core::str::from_utf8(&rest[..line]).unwrap_or_default();
        let size = usize::from_str_radix(digits, 16).map_err(|_| format!("a chunk size of {digits:?}"))?;
        let data = &rest[line + 2..];
        answer.content.extend_from_slice(&data[..size.min(data.len())]);
        rest = data.get(size + 2..).unwrap_or_default();
    }
    Ok(Some(answer))
}

/// Checks a script that was played to its end; `is_exact` when nothing but the bytes can have decided what came of it.
///
/// # Errors
/// The first thing that is not as it should be.
pub fn check(
    script: &Script,
    played: &Played,
    expected: &[Expected],
    is_exact: bool,
) -> Result<Vec<Heard>, String> {
    let methods: Vec<&str> = match is_exact {
        true => expected.iter().map(|expected| expected.method.as_str()).collect(),
        // How far the request line came before its time was over, only the connection knows.
        false => played.events.iter().filter_map(method).collect(),
    };
    let heard =
        hear(&played.output, &methods).map_err(|error| format!("no strict client reads this: {error}"))?;
    let mut finals = 0;
    let mut interims = 0;
    let mut is_last = false;
    for heard in &heard {
        if is_last {
            return Err(format!("an answer behind the last: {}", describe(&heard.answer)));
        }
        let Some(expected) = expected.get(finals) else {
            return Err(format!("an answer that nothing asked for: {}", describe(&heard.answer)));
        };
        if heard.answer.is_interim() {
            interims += 1;
            check_interim(heard, expected, interims, played)?;
            continue;
        }
        let is_late = !is_exact && heard.answer.status == 408;
        is_last = check_final(heard, expected, is_exact, is_late, played)?;
        if is_exact && expected.is_owed_continue && interims == 0 {
            let waited = played.waited.iter().any(|(at, _)| *at == expected.head_span.1);
            if waited {
                return Err("a client that waits for 100 Continue gets none".to_owned());
            }
        }
        finals += 1;
        interims = 0;
    }
    // Only a client that was not told to go on may be left with the rest of its requests.
    let may_stop = is_last && finals > 0 && expected[finals - 1].closes == Closes::Perhaps;
    if is_exact && finals < expected.len() && !may_stop {
        return Err(format!(
            "{finals} answers, but {} messages: {} is not answered",
            expected.len(),
            expected[finals]
        ));
    }
    check_events(script, played, expected, &heard, is_exact)?;
    Ok(heard)
}

/// An answer, in a line that can be read.
fn describe(Answer { status, reason, fields, content }: &Answer) -> String {
    format!("{status} {reason} {fields:?} b\"{}\"", content.escape_ascii())
}

/// The method of a request that passed the chain.
fn method(event: &Event) -> Option<&str> {
    let Event::Passed(head, _) = event else { return None };
    core::str::from_utf8(head.split(|&byte| byte == b' ').next()?).ok()
}

fn check_interim(heard: &Heard, expected: &Expected, interims: usize, played: &Played) -> Result<(), String> {
    if heard.answer.status != 100
        || !heard.answer.fields.is_empty()
        || interims > 1
        || !expected.expects_continue
    {
        return Err(format!("an interim answer that is not awaited: {:?}", heard.answer));
    }
    let delivered =
        played.marks.iter().find(|(produced, _)| *produced > heard.start).map(|(_, delivered)| *delivered);
    if delivered.is_none_or(|delivered| delivered > expected.head_span.1) {
        return Err("100 Continue after content has begun".to_owned());
    }
    Ok(())
}

/// Checks a final answer; true when none may follow.
fn check_final(
    heard: &Heard,
    expected: &Expected,
    is_exact: bool,
    is_late: bool,
    played: &Played,
) -> Result<bool, String> {
    let answer = &heard.answer;
    let wrong = |what: &str| Err(format!("{what}: {} instead of {expected}", describe(answer)));
    if answer.field("Date").is_none() || answer.field("Server").is_none() {
        return wrong("no Date or no Server");
    }
    let is_refusal = expected.is_refused || is_late;
    if is_refusal && (answer.field("Content-Length").is_none() || !answer.says_close()) {
        return wrong("a refusal without Content-Length or close");
    }
    if is_late {
        return Ok(true);
    }
    if answer.status != expected.status {
        return wrong("the status is another");
    }
    let said = &answer.content;
    match &expected.content {
        Said::Whole(content) if heard.is_whole && said == content => {}
        Said::Cut(content) if said == content => {}
        Said::Whole(content) | Said::Cut(content) if !is_exact && content.starts_with(said) => {}
        Said::Reason if expected.method == "HEAD" && said.is_empty() => {}
        Said::Reason if !heard.is_whole && !is_exact => {}
        Said::Reason if heard.is_whole && said.starts_with(format!("{} ", answer.status).as_bytes()) => {}
        _ => return wrong("the content is another"),
    }
    let closes = answer.says_close();
    let is_last = !is_exact && played.incidents.shut_down_at.is_some();
    if !closes && played.incidents.shut_down_at.is_some_and(|produced| heard.start >= produced) {
        return wrong("it does not close, though the server shuts down");
    }
    let may_close = expected.closes != Closes::No || is_last;
    if closes && !may_close {
        return wrong("it closes");
    }
    if !closes && expected.closes == Closes::Yes {
        return wrong("it does not close");
    }
    let is_old = expected.head.as_ref().is_some_and(|head| {
        head.split(|&byte| byte == b'\n').next().is_some_and(|line| line.ends_with(b" 1.0"))
    });
    if is_old && !closes && answer.field("Connection") != Some("keep-alive") {
        return wrong("HTTP/1.0 persists without a word");
    }
    if is_old && answer.field("Transfer-Encoding").is_some() {
        return wrong("HTTP/1.0 is answered in chunks");
    }
    Ok(closes || !heard.is_whole || matches!(expected.content, Said::Cut(_)))
}

/// Every request passes the chain once and is completed once.
fn check_events(
    script: &Script,
    played: &Played,
    expected: &[Expected],
    heard: &[Heard],
    is_exact: bool,
) -> Result<(), String> {
    let finals: Vec<&Heard> = heard.iter().filter(|heard| !heard.answer.is_interim()).collect();
    let mut number = 0;
    let mut admitted = 0;
    let mut events = played.events.iter();
    while let Some(event) = events.next() {
        let (head, status) = match event {
            Event::Admitted => {
                admitted += 1;
                continue;
            }
            Event::Passed(head, status) => (head, *status),
            Event::Completed(answer) => {
                return Err(format!("completed without a pass, or twice: {answer:?}"));
            }
        };
        let Some(Event::Completed(completed)) = events.next() else {
            return Err(format!("passed and not completed: {:?}", head.escape_ascii().to_string()));
        };
        if admitted > 1 {
            return Err("admitted twice".to_owned());
        }
        admitted = 0;
        let Some(expected) = expected.get(number) else {
            return Err(format!("passed, but nothing asked for it: {}", head.escape_ascii()));
        };
        let is_late = !is_exact && status == 408;
        if expected.head.as_ref().is_some_and(|expected| expected != head) && !is_late {
            return Err(format!("the head is another: {} instead of {expected:?}", head.escape_ascii()));
        }
        if completed.status.code() != status || (!is_late && status != expected.status) {
            return Err(format!("the middleware saw {status} and {completed:?} instead of {expected}"));
        }
        if completed.content_received > script.requests.iter().map(Vec::len).sum::<usize>() as u64 {
            return Err(format!("more content than bytes: {completed:?}"));
        }
        if let Some(heard) = finals.get(number) {
            let sent = heard.answer.content.len() as u64;
            // Content up to the close may lack its end where a deadline has passed.
            let is_framed =
                ["Content-Length", "Transfer-Encoding"].map(|name| heard.answer.field(name)) != [None; 2];
            let is_there = heard.is_whole && (is_framed || is_exact);
            if is_there && !completed.is_cut && completed.content_sent != sent {
                return Err(format!("{sent} bytes of content were sent, but {completed:?}"));
            }
        }
        if is_exact && completed.is_cut != matches!(expected.content, Said::Cut(_)) {
            return Err(format!("cut or not: {completed:?} instead of {expected}"));
        }
        number += 1;
    }
    if number < finals.len() || (is_exact && number != finals.len()) {
        return Err(format!("{number} passes of the chain, but {} answers", finals.len()));
    }
    Ok(())
}
