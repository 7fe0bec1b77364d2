//! Whole conversations with the demo and with the tests' application, in memory.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use bantam_core::prelude::*;

use super::dice::{Dice, deliveries};
use super::naive::show;
use crate::answer::{Answer, Read};
use crate::app;
use crate::memory::Memory;
use crate::serves::LAST;

/// Longest input looked at: some more than fits the receive buffer.
const LONGEST: usize = 3_072;
/// Most times that a connection may be waited for before it is over.
const PATIENCE: usize = 5_000;

/// Sends `data` on a connection, in all deliveries, to a peer that takes answers in steps of all sizes.
///
/// # Panics
/// When the answers depend on how the bytes are cut or taken, when they are not what a server may send, when there is
/// not one answer for each request, when something is answered behind the last answer or bytes behind a refused message
/// make a difference, or when the connection does not end: with the peer's close, with time, or when the peer takes
/// nothing more.
pub fn check(data: &[u8]) {
    let data = &data[..data.len().min(LONGEST)];
    check_app(&app::APP, &app::ROUTES, data);
    static DEMO: bantam_demo::App = bantam_demo::App::new();
    check_app(&DEMO, &bantam_demo::ROUTES, data);
}

/// How a conversation ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The peer closes its side.
    Close,
    /// Nothing happens any more.
    Silence,
    /// The peer takes so many bytes of what is sent to it, and then none.
    Stall(usize),
}

fn check_app<A, S, const N: usize>(app: &A, routes: &Router<A, N, S>, data: &[u8])
where
    A: Sync,
    S: Source<A> + Sink<A>,
{
    let (whole, is_closed) = converse(app, routes, &[data], usize::MAX, End::Close);
    let mut dice = Dice::of(data);
    for (how, pieces) in deliveries(data) {
        let step = if how == "byte by byte" { 1 } else { 1 + dice.below(700) };
        let (other, _) = converse(app, routes, &pieces, step, End::Close);
        assert_same(&other, &whole, || format!("{how}, taken by {step}: {}", show(data)));
    }
    if is_closed {
        let (other, _) = converse(app, routes, &[data, LAST.as_bytes()], usize::MAX, End::Close);
        assert_same(&other, &whole, || format!("with a request behind the last: {}", show(data)));
        let joined = [data, LAST.as_bytes()].concat();
        let (other, _) = converse(app, routes, &[&joined], usize::MAX, End::Close);
        assert_same(&other, &whole, || format!("with a request right behind the last: {}", show(data)));
    }
    converse(app, routes, &[data], usize::MAX, End::Silence);
    let window = dice.below(2_000);
    converse(app, routes, &[data], usize::MAX, End::Stall(window));
}

/// What a peer has read.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    /// Final answers that are whole.
    answers: Vec<Answer>,
    /// The status line of one that was cut short.
    cut: Option<String>,
    /// Whether one of the requests expected something.
    has_expectation: bool,
}

impl Heard {
    /// Statuses and contents, and the status line of an answer that was cut short.
    fn said(&self) -> Vec<(String, &[u8])> {
        let whole = self.answers.iter().map(|answer| (answer.status.to_string(), &answer.content[..]));
        whole.chain(self.cut.iter().map(|line| (line.clone(), &b""[..]))).collect()
    }
}

/// Asks that two conversations came to the same. Whether a request that expects 100-continue brings content is told by
/// when its content comes, and so is whether the connection can persist when nobody reads that: then one of them may
/// end earlier, and says so.
fn assert_same(one: &Heard, other: &Heard, message: impl Fn() -> String) {
    if !one.has_expectation {
        assert_eq!(one, other, "{}", message());
        return;
    }
    let (said, other_said) = (one.said(), other.said());
    let shared = said.len().min(other_said.len());
    assert_eq!(said[..shared], other_said[..shared], "{}", message());
    for heard in [one, other] {
        let is_all = heard.said().len() == said.len().max(other_said.len());
        let says_close = heard.answers.last().is_some_and(Answer::says_close);
        assert!(is_all || says_close, "{}: {one:?}, {other:?}", message());
    }
}

/// What the peer has read when all is over, and whether the server closed before the peer did.
fn converse<A, S, const N: usize>(
    app: &A,
    routes: &Router<A, N, S>,
    pieces: &[&[u8]],
    step: usize,
    end: End,
) -> (Heard, bool)
where
    A: Sync,
    S: Source<A> + Sink<A>,
{
    let record = Record::default();
    let chain: [&dyn Middleware<A, S>; 1] = [&record];
    let service = Service::new(app, routes).with_middleware(&chain);
    let mut server = Memory::<_, _, 2_048, 1_024>::new(&service);
    // The buffers hold what another conversation has left there.
    server.deliver(b"GET /plaintext HTTP/1.1\r\nHost: before\r\nContent-Length: 1200\r\n\r\n");
    server.deliver(&[b'\n'; 1_200]);
    server.close();
    server.reconnect();
    record.clear();

    server.step = step;
    if let End::Stall(window) = end {
        server.window = window;
    }
    let mut patience = PATIENCE;
    for piece in pieces {
        let mut rest = *piece;
        while !server.is_closed() {
            rest = server.deliver(rest);
            if rest.is_empty() || patience == 0 {
                break;
            }
            server.pass(server.time_left());
            patience -= 1;
        }
    }
    let is_closed = server.is_closed();
    if end == End::Close {
        server.close();
    }
    while !server.is_over() && patience > 0 {
        server.pass(server.time_left());
        patience -= 1;
    }
    let shown = || show(&pieces.concat());
    assert!(server.is_over(), "{end:?}: the connection does not end: {}", shown());
    let output = server.take_output();
    drop(server);
    let begun = record.begun.into_inner().unwrap_or_else(PoisonError::into_inner);
    let has_expectation = record.has_expectation.into_inner();
    let ended = record.ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(ended, begun.len(), "answers begun {begun:?}, and how many were ended: {}", shown());
    if matches!(end, End::Stall(_)) {
        return (Heard::default(), is_closed); // the output ends anywhere
    }
    let heard = heard(&output, &begun, has_expectation)
        .unwrap_or_else(|error| panic!("{end:?}: {error}: {}", shown()));
    (heard, is_closed)
}

/// Reads the answers to requests of these methods.
fn heard(output: &[u8], methods: &[String], has_expectation: bool) -> Result<Heard, String> {
    let mut heard = Heard { has_expectation, ..Heard::default() };
    let (mut rest, mut is_last) = (output, false);
    while !rest.is_empty() {
        if is_last {
            return Err(format!("more follows the last answer: {}", show(rest)));
        }
        let method =
            methods.get(heard.answers.len()).ok_or_else(|| format!("nobody asked for {}", show(rest)))?;
        match Answer::read(rest, method, true)? {
            Read::Whole(answer, length) => {
                rest = &rest[length..];
                if answer.status >= 200 {
                    is_last = answer.says_close();
                    heard.answers.push(answer);
                } else if answer.status != 100 {
                    return Err(format!("an interim answer: {answer:?}"));
                }
            }
            Read::Unfinished => {
                let line = rest.split(|&byte| byte == b'\r').next().unwrap_or_default();
                heard.cut = Some(show(line));
                break;
            }
        }
    }
    let answered = heard.answers.len() + usize::from(heard.cut.is_some());
    match answered == methods.len() {
        true => Ok(heard),
        false => Err(format!("{answered} answers to {methods:?}")),
    }
}

/// The outermost middleware: notes the methods of all requests, whether one of them expected something, and how many
/// answers have ended.
#[derive(Debug, Default)]
struct Record {
    begun: Mutex<Vec<String>>,
    ended: Mutex<usize>,
    has_expectation: AtomicBool,
}

impl Record {
    fn clear(&self) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).clear();
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = 0;
        self.has_expectation.store(false, Ordering::Relaxed);
    }
}

impl<A, S: Sink<A>> Middleware<A, S> for Record {
    /// Keeps the work within bounds, and panics out: a fuzzer takes every one for a finding.
    fn admit(&self, _: &A, request: &Request<'_>) -> Result<(), Failure> {
        let pattern = request.route().map(|pattern| pattern.to_string()).unwrap_or_default();
        let number = request.path().rsplit('/').next().unwrap_or_default().parse().unwrap_or(u64::MAX);
        let is_too_much = match pattern.as_str() {
            "/slow/:pieces" => number == 0 || number > 8,
            "/fast/:bytes" => number > 10_000,
            pattern => pattern.starts_with("/panic"),
        };
        if is_too_much { Err(Status::NOT_FOUND.into()) } else { Ok(()) }
    }

    fn handle(&self, app: &A, request: &Request<'_>, response: &mut Response<'_, S>, next: Next<'_, A, S>) {
        let method = request.method_name().to_owned();
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).push(method);
        if request.field("Expect").is_some() {
            self.has_expectation.store(true, Ordering::Relaxed);
        }
        next.run(app, request, response);
    }

    fn complete(&self, _: &A, _: &Request<'_>, _: &bantam_core::middleware::Answer) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }
}
