//! What scripts met: a simulator that never sees a 431 or a cut chunk is no simulator.

use core::fmt;
use std::collections::BTreeMap;

use super::check::Heard;
use super::reference::{Closes, Expected, Said};
use super::run::Played;
use super::script::Script;

/// How often something was met.
#[derive(Clone, Debug, Default)]
pub struct Counts(BTreeMap<String, u64>);

/// What must be met by a hundred thousand scripts.
pub const KINDS: &[&str] = &[
    "script Calm",
    "script Brink",
    "script Rough",
    "pipelined",
    "answer cut",
    "answer in chunks",
    "chunked request",
    "delivery cuts a chunked body",
    "delivery cuts a head",
    "100 Continue",
    "100 Continue waited for",
    "HTTP/1.0 persists",
    "closed perhaps",
    "reset",
    "shut down",
    "deadline passed",
    "answer not taken",
    "request not read",
    "half-closed",
    "buffers exchanged",
    "status 200",
    "status 204",
    "status 205",
    "status 304",
    "status 400",
    "status 403",
    "status 404",
    "status 405",
    "status 408",
    "status 409",
    "status 413",
    "status 414",
    "status 417",
    "status 421",
    "status 422",
    "status 426",
    "status 431",
    "status 500",
    "status 501",
    "status 505",
    "refused 400",
    "refused 408",
    "refused 413",
    "refused 414",
    "refused 417",
    "refused 422",
    "refused 431",
    "refused 501",
    "refused 505",
];

impl Counts {
    fn add(&mut self, what: impl Into<String>, often: bool) {
        if often {
            *self.0.entry(what.into()).or_default() += 1;
        }
    }

    /// Counts what a script met when it was played by its own steps.
    pub fn count(&mut self, script: &Script, played: &Played, expected: &[Expected], heard: &[Heard]) {
        let incidents = &played.incidents;
        self.add(format!("script {:?}", script.timing), true);
        self.add("pipelined", heard.len() > 1);
        self.add("reset", incidents.is_reset);
        self.add("shut down", incidents.shut_down_at.is_some());
        self.add("deadline passed", incidents.is_late);
        self.add("answer not taken", incidents.is_left);
        self.add("request not read", incidents.is_unread);
        self.add("half-closed", incidents.is_half_closed);
        self.add("buffers exchanged", played.exchanged > 0);
        for heard in heard {
            let status = heard.answer.status;
            self.add(format!("status {status}"), status >= 200);
            self.add("100 Continue", status == 100);
            self.add("answer in chunks", heard.answer.field("Transfer-Encoding").is_some());
            self.add("HTTP/1.0 persists", heard.answer.field("Connection") == Some("keep-alive"));
        }
        for expected in expected {
            let (start, end) = expected.head_span;
            let has_cut = |from, to| played.cuts.iter().any(|cut| (from..to).contains(cut));
            self.add(format!("refused {}", expected.status), expected.is_refused);
            self.add("answer cut", matches!(expected.content, Said::Cut(_)));
            self.add("closed perhaps", expected.closes == Closes::Perhaps);
            self.add("chunked request", expected.chunked_to.is_some());
            self.add("delivery cuts a head", has_cut(start + 1, end));
            self.add(
                "delivery cuts a chunked body",
                expected.chunked_to.is_some_and(|to| has_cut(end + 1, to)),
            );
        }
    }

    /// Counts a client that waited for `100 Continue`.
    pub fn count_waited(&mut self, played: &Played) {
        self.add("100 Continue waited for", !played.waited.is_empty());
    }

    /// Adds what others counted.
    pub fn join(&mut self, other: &Self) {
        for (what, often) in &other.0 {
            *self.0.entry(what.clone()).or_default() += often;
        }
    }

    /// What should have been met and was not.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        KINDS.iter().copied().filter(|kind| !self.0.contains_key(*kind)).collect()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(what, often)| writeln!(f, "{often:>10} {what}"))
    }
}
