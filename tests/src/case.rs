//! Tables of requests. Each is fed whole, byte by byte, cut in two at every offset, and with another request behind it:
//! how bytes arrive must not change what comes of them.

use std::borrow::Cow;
use std::collections::BTreeSet;

use bantam_core::limits::Limits;

use crate::answer::{self, Answer};
use crate::app::demo;
use crate::memory::Memory;
use crate::network::Network;
use crate::running::Running;
use crate::serves::{HELLO, LAST, Serves, Sockets};

/// A request, and what is to come of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it shows.
    pub name: &'static str,
    /// Its bytes.
    pub request: Cow<'static, [u8]>,
    /// What comes of it.
    pub outcome: Outcome,
}

/// What comes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This status and content; the connection persists.
    Answered(u16, Cow<'static, [u8]>),
    /// This status and content; the connection closes.
    Last(u16, Cow<'static, [u8]>),
    /// An error of this status, and the connection persists: only this request is refused.
    Declined(u16),
    /// An error of this status; the connection closes, and nothing behind the request is interpreted.
    Refused(u16),
}

impl Case {
    /// A request that is answered 200.
    pub fn good(
        name: &'static str,
        request: impl Into<Cow<'static, str>>,
        content: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(name, bytes(request), Outcome::Answered(200, bytes(content)))
    }

    /// A request that is answered with this status and without an error.
    pub fn answered(
        name: &'static str,
        status: u16,
        request: impl Into<Cow<'static, str>>,
        content: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(name, bytes(request), Outcome::Answered(status, bytes(content)))
    }

    /// A request that is answered 200, after which the connection closes.
    pub fn last(
        name: &'static str,
        request: impl Into<Cow<'static, str>>,
        content: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(name, bytes(request), Outcome::Last(200, bytes(content)))
    }

    /// A request that is answered with an error on a connection that persists.
    pub fn declined(name: &'static str, status: u16, request: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name, bytes(request), Outcome::Declined(status))
    }

    /// A request that is answered with an error and the close.
    pub fn refused(name: &'static str, status: u16, request: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name, bytes(request), Outcome::Refused(status))
    }

    /// A request of bytes that are not text.
    pub fn refused_bytes(name: &'static str, status: u16, request: &'static [u8]) -> Self {
        Self::new(name, request.into(), Outcome::Refused(status))
    }

    fn new(name: &'static str, request: Cow<'static, [u8]>, outcome: Outcome) -> Self {
        Self { name, request, outcome }
    }

    fn status(&self) -> u16 {
        match self.outcome {
            Outcome::Answered(status, _) | Outcome::Last(status, _) => status,
            Outcome::Declined(status) | Outcome::Refused(status) => status,
        }
    }

    fn persists(&self) -> bool {
        matches!(self.outcome, Outcome::Answered(..) | Outcome::Declined(_))
    }

    fn method(&self) -> String {
        let first = self.request.split(|&byte| byte == b' ').next().unwrap_or_default();
        String::from_utf8_lossy(first).into_owned()
    }

    /// Sends the request in these pieces with another behind it, and checks what comes of both.
    fn check(&self, server: &mut dyn Serves, pieces: &[&[u8]], how: &str) -> Answer {
        let message = format!("{}, {}, {how}", self.name, server.name());
        let bytes = server.converse(pieces, false);
        let method = self.method();
        let mut answers = answer::finals(&bytes, &[&method, "GET"]);
        let expected = if self.persists() { 2 } else { 1 };
        let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses.len(), expected, "{message}: answers {statuses:?}");
        assert_eq!(statuses[0], self.status(), "{message}: {:?}", answers[0]);
        let first = answers.swap_remove(0);
        assert_eq!(first.says_close(), !self.persists(), "{message}: {first:?}");
        assert!(first.field("Date").is_some(), "{message}: no Date in {first:?}");
        match &self.outcome {
            Outcome::Answered(_, content) | Outcome::Last(_, content) => {
                assert_eq!(first.content, **content, "{message}");
            }
            Outcome::Declined(status) | Outcome::Refused(status) => {
                let length = first.field("Content-Length").map(str::parse);
                assert_eq!(length, Some(Ok(first.content.len())), "{message}: {first:?}");
                let begins = format!("{status} {}", first.reason);
                assert!(first.text().starts_with(&begins), "{message}: {first:?}");
            }
        }
        if let Some(last) = answers.first() {
            assert!(last.text() == HELLO && last.says_close(), "{message}: {last:?}");
        }
        first
    }
}

/// Runs all cases against the demo in memory, in every way of cutting them.
///
/// # Panics
/// When a case does not come out as it should.
pub fn check_in_memory(cases: &[Case]) {
    let service = demo(Limits::DEFAULT);
    check_every_cut(cases, &mut Memory::<_, _>::new(&service));
}

/// The same with a small receive buffer and a peer that takes a few bytes at a time, for cases that fit.
///
/// # Panics
/// When a case does not come out as it should.
pub fn check_in_small_steps(cases: &[Case]) {
    let service = demo(Limits::DEFAULT);
    let mut server = Memory::<_, _, 1_024, 512>::new(&service);
    server.step = 7;
    let small: Vec<_> = cases.iter().filter(|case| case.request.len() < 256).cloned().collect();
    check_every_cut(&small, &mut server);
}

/// Runs all cases against the demo over sockets and over smoltcp: whole, and some byte by byte. Where the variable
/// `BANTAM_SERVER` has the address of another server with the demo, such as a device, that one is asked instead, without the
/// cases that outgrow its buffers.
///
/// # Panics
/// When a case does not come out as it should.
pub fn check_over_wires(cases: &[Case]) {
    if let Ok(address) = std::env::var("BANTAM_SERVER") {
        let small: Vec<_> = cases.iter().filter(|case| case.request.len() <= 1_024).cloned().collect();
        return check_over_wire(&small, &mut Sockets(address.parse().expect("an address and a port")));
    }
    check_over_wire(cases, &mut Running::start(demo(Limits::DEFAULT)));
    let service = demo(Limits::DEFAULT);
    check_over_wire(cases, &mut Network::new(&service));
}

/// Runs all cases in every way of cutting them, and asks that none makes a difference. For servers without a wire.
///
/// # Panics
/// When a case does not come out as it should.
pub fn check_every_cut(cases: &[Case], server: &mut dyn Serves) {
    check_names(cases);
    for case in cases {
        let request = &*case.request;
        let whole = case.check(server, &[request, LAST.as_bytes()], "whole");
        let bytes: Vec<_> = request.chunks(1).chain(LAST.as_bytes().chunks(1)).collect();
        assert_eq!(case.check(server, &bytes, "byte by byte"), whole, "{}: byte by byte", case.name);
        let all = [request, LAST.as_bytes()].concat();
        assert_eq!(case.check(server, &[&all], "in one piece"), whole, "{}: in one piece", case.name);
        // Long requests are cut at every offset near their ends, and at some between.
        let is_chosen =
            |at: usize| request.len() < 512 || at < 64 || at + 64 > request.len() || at.is_multiple_of(509);
        for at in (1..request.len()).filter(|&at| is_chosen(at)) {
            let (front, back) = all.split_at(at);
            let how = format!("cut at {at}");
            assert_eq!(case.check(server, &[front, back], &how), whole, "{}: {how}", case.name);
        }
    }
}

fn check_over_wire(cases: &[Case], server: &mut dyn Serves) {
    for (number, case) in cases.iter().enumerate() {
        let request = &*case.request;
        case.check(server, &[request, LAST.as_bytes()], "whole");
        if number % 4 == 0 && request.len() < 512 {
            let bytes: Vec<_> = request.chunks(1).chain([LAST.as_bytes()]).collect();
            case.check(server, &bytes, "byte by byte");
        }
    }
}

fn check_names(cases: &[Case]) {
    let mut names = BTreeSet::new();
    cases.iter().for_each(|case| assert!(names.insert(case.name), "two cases are called {:?}", case.name));
}

fn bytes(text: impl Into<Cow<'static, str>>) -> Cow<'static, [u8]> {
    match text.into() {
        Cow::Borrowed(text) => text.as_bytes().into(),
        Cow::Owned(text) => text.into_bytes().into(),
    }
}
