//! A stored answer, and when it may be used (RFC 9111 §3, §4.2).

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::directives::{Directives, capped};
use super::key::{Key, Selecting, Target};
use crate::bytes::number::decimal;
use crate::handler::Request;
use crate::message::date::Date;
use crate::message::status::Status;
use crate::parse::list;
use crate::response::Response;
use crate::time::Instant;

/// What the memory around an entry is reckoned to be: the entry itself, its places in the tables, the allocator's.
const OVERHEAD: usize = 512;

/// A stored answer without its content.
#[derive(Clone)]
pub(super) struct Draft {
    pub(super) key: Key,
    pub(super) selecting: Box<[Selecting]>,
    pub(super) status: Status,
    /// Field lines, each with its line end.
    pub(super) lines: Box<[u8]>,
    /// When it was made, as its `Date` says, where there is a clock.
    pub(super) date: Option<Date>,
    /// When it was `initial_age` seconds old.
    base: Instant,
    initial_age: u32,
    /// For how many seconds of its age it is fresh.
    lifetime: u32,
    stale_while_revalidate: u32,
    must_revalidate: bool,
    /// Whether requests with `Authorization` may have it (RFC 9111 §3.5).
    is_for_all: bool,
}

pub(super) struct Entry {
    pub(super) draft: Draft,
    pub(super) content: Arc<[u8]>,
}

/// What may be done with a stored answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usable {
    Yes,
    /// While somebody asks for another (RFC 5861 §3).
    Meanwhile,
    No,
}

impl Draft {
    /// What is to be stored of an answer, but for the lines that `outer` has too: middleware around the cache has added
    /// them and adds them again. None when a shared cache may not store it, or has no use for it.
    pub(super) fn of<S>(request: &Request<'_>, response: &Response<'_, S>, outer: &[u8]) -> Option<Self> {
        let status = response.current_status();
        let is_cacheable = matches!(
            status.code(),
            200 | 203 | 204 | 300 | 301 | 302 | 307 | 308 | 404 | 405 | 410 | 414 | 451 | 501
        );
        if !is_cacheable || response.is_upgrade() || response.error().is_some() {
            return None;
        }
        Self::of_fields(request, response, outer, status)
    }

    /// The same for any status: of a 304 that freshens what is stored.
    pub(super) fn of_fields<S>(
        request: &Request<'_>,
        response: &Response<'_, S>,
        outer: &[u8],
        status: Status,
    ) -> Option<Self> {
        let directives = Directives::parse(response.field_values("Cache-Control"));
        // All statuses above are understood (RFC 9111 §5.2.2.3).
        if (directives.no_store && !directives.must_understand)
            || directives.is_private
            || directives.no_cache
        {
            return None;
        }
        let is_for_all = directives.is_public || directives.must_revalidate || directives.s_maxage.is_some();
        if request.field_bytes("Authorization").is_some() && !is_for_all {
            return None;
        }
        let lines = kept_lines(response.field_lines(), outer);
        if ["Set-Cookie", "Content-Range"].iter().any(|name| value(&lines, name).is_some()) {
            return None;
        }
        let mut selecting = Vec::new();
        for name in response.field_values("Vary").flat_map(list::members) {
            if name == b"*" {
                return None;
            }
            selecting.push(Selecting::of(core::str::from_utf8(name).ok()?, request));
        }
        let now = request.date().map_or(0, Date::unix_seconds);
        let stated = response.field_value("Date").and_then(|date| Date::parse(date.as_bytes(), now));
        let lifetime = lifetime(&directives, response, stated, now)?;
        let initial_age =
            response.field_value("Age").and_then(|age| decimal(age.as_bytes())).map_or(0, capped);
        if lifetime <= initial_age {
            return None;
        }
        Some(Self {
            key: Key::of(&Target::of(request)),
            selecting: selecting.into(),
            status,
            lines,
            date: stated.map(Date::from_unix),
            base: request.now(),
            initial_age,
            lifetime,
            stale_while_revalidate: directives.stale_while_revalidate.unwrap_or(0),
            must_revalidate: directives.must_revalidate
                || directives.proxy_revalidate
                || directives.s_maxage.is_some(),
            is_for_all,
        })
    }

    /// This draft, in which lines of the same name come from `newer` (RFC 9111 §3.2).
    pub(super) fn freshened(&self, newer: Self) -> Self {
        let kept = each_line(&self.lines).filter(|line| value(&newer.lines, name_of(line)).is_none());
        let lines: Vec<u8> = kept.chain(each_line(&newer.lines)).flatten().copied().collect();
        Self { status: self.status, lines: lines.into(), ..newer }
    }

    pub(super) fn size(&self) -> usize {
        let selecting = self.selecting.iter().fold(0_usize, |sum, field| {
            sum.saturating_add(field.name.len()).saturating_add(field.values.len()).saturating_add(64)
        });
        let parts = [self.key.size(), self.lines.len(), selecting, OVERHEAD];
        parts.iter().fold(0, |sum, part| sum.saturating_add(*part))
    }

    pub(super) fn age(&self, now: Instant) -> u32 {
        capped(u64::from(self.initial_age).saturating_add(now.since(self.base).as_secs()))
    }

    /// Seconds for which it stays fresh; negative when it is stale.
    pub(super) fn ttl(&self, now: Instant) -> i64 {
        i64::from(self.lifetime).saturating_sub(i64::from(self.age(now)))
    }

    /// Whether it is an answer to this request at all (RFC 9111 §4.1, §3.5).
    pub(super) fn answers(&self, target: &Target<'_>, request: &Request<'_>) -> bool {
        self.key.is(target)
            && self.selecting.iter().all(|field| field.is_met(request))
            && (self.is_for_all || request.field_bytes("Authorization").is_none())
    }

    /// Whether it may be used now, for a request with these directives.
    pub(super) fn usable(&self, directives: &Directives, now: Instant) -> Usable {
        let age = self.age(now);
        if directives.no_cache || directives.max_age.is_some_and(|longest| age > longest) {
            return Usable::No;
        }
        if age < self.lifetime {
            let left = self.lifetime.saturating_sub(age);
            return if directives.min_fresh.is_some_and(|asked| left < asked) {
                Usable::No
            } else {
                Usable::Yes
            };
        }
        let stale = age.saturating_sub(self.lifetime);
        match directives.max_stale {
            _ if self.must_revalidate || directives.min_fresh.is_some() => Usable::No,
            Some(longest) if stale <= longest => Usable::Yes,
            _ if stale < self.stale_while_revalidate => Usable::Meanwhile,
            _ => Usable::No,
        }
    }

    /// The value of the first line of this name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        value(&self.lines, name)
    }

    /// Names and values.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        each_line(&self.lines).filter_map(split)
    }
}

impl Entry {
    pub(super) fn size(&self) -> usize {
        self.draft.size().saturating_add(self.content.len())
    }
}

/// How long an answer is fresh, where it says so itself: nothing is guessed here (RFC 9111 §4.2.1).
fn lifetime<S>(
    directives: &Directives,
    response: &Response<'_, S>,
    date: Option<u64>,
    now: u64,
) -> Option<u32> {
    if let Some(seconds) = directives.s_maxage.or(directives.max_age) {
        return Some(seconds);
    }
    let mut values = response.field_values("Expires");
    let (expires, is_only) = (values.next()?, values.next().is_none());
    let date = date?;
    // A malformed one, such as 0, lies in the past (RFC 9111 §5.3).
    let expires = Date::parse(expires, now).filter(|_| is_only).unwrap_or(0);
    Some(capped(expires.saturating_sub(date)))
}

/// The lines to be stored: those of one hop are not (RFC 9111 §3.1), and `Date` and `Age` are made for each use.
fn kept_lines(lines: &[u8], outer: &[u8]) -> Box<[u8]> {
    const LEFT: [&str; 10] = [
        "Date",
        "Age",
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authentication-Info",
        "Proxy-Authorization",
        "TE",
        "Upgrade",
        "Server",
    ];
    let is_kept = |line: &&[u8]| {
        !each_line(outer).any(|other| other == *line)
            && !LEFT.iter().any(|name| name_of(line).eq_ignore_ascii_case(name))
    };
    each_line(lines).filter(is_kept).flatten().copied().collect()
}

fn each_line(lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    lines.split_inclusive(|&byte| byte == b'\n')
}

fn split(line: &[u8]) -> Option<(&str, &str)> {
    core::str::from_utf8(line).ok()?.strip_suffix("\r\n")?.split_once(": ")
}

fn name_of(line: &[u8]) -> &str {
    split(line).map_or("", |(name, _)| name)
}

fn value<'l>(lines: &'l [u8], name: &str) -> Option<&'l str> {
    each_line(lines)
        .filter_map(split)
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}
