//! What a stored answer answers: the target, and the request's fields that its `Vary` names (RFC 9111 §2, §4.1).

use alloc::boxed::Box;
use core::hash::{BuildHasher, Hasher};

use crate::handler::Request;

/// The target of a request. Without the authority one site would get what is stored of another.
#[derive(Clone, Copy)]
pub(super) struct Target<'r> {
    host: &'r str,
    path: &'r str,
    query: Option<&'r str>,
}

impl<'r> Target<'r> {
    pub(super) fn of(request: &Request<'r>) -> Self {
        Self { host: request.host().unwrap_or_default(), path: request.path(), query: request.query() }
    }

    /// Another target of the same authority: a reference that begins with one slash.
    pub(super) fn at(&self, reference: &'r str) -> Option<Self> {
        if !reference.starts_with('/') || reference.starts_with("//") {
            return None;
        }
        let reference = reference.split('#').next().unwrap_or_default();
        let mut halves = reference.splitn(2, '?');
        Some(Self { host: self.host, path: halves.next().unwrap_or_default(), query: halves.next() })
    }

    pub(super) fn hash(&self, keys: &impl BuildHasher) -> u64 {
        let mut hasher = keys.build_hasher();
        self.host.bytes().for_each(|byte| hasher.write_u8(byte.to_ascii_lowercase()));
        hasher.write_u8(0);
        hasher.write(self.path.as_bytes());
        if let Some(query) = self.query {
            hasher.write_u8(b'?');
            hasher.write(query.as_bytes());
        }
        hasher.finish()
    }
}

/// The same, kept.
#[derive(Clone)]
pub(super) struct Key {
    host: Box<str>,
    path: Box<str>,
    query: Option<Box<str>>,
}

impl Key {
    pub(super) fn of(target: &Target<'_>) -> Self {
        Self { host: target.host.into(), path: target.path.into(), query: target.query.map(Box::from) }
    }

    pub(super) fn is(&self, target: &Target<'_>) -> bool {
        self.host.eq_ignore_ascii_case(target.host)
            && *self.path == *target.path
            && self.query.as_deref() == target.query
    }

    pub(super) fn target(&self) -> Target<'_> {
        Target { host: &self.host, path: &self.path, query: self.query.as_deref() }
    }

    pub(super) fn size(&self) -> usize {
        let query = self.query.as_deref().map_or(0, str::len);
        self.host.len().saturating_add(self.path.len()).saturating_add(query)
    }
}

/// A field that `Vary` names, and what the request had there: the values of all lines, each with a line feed, which can
/// stand in none; nothing when there was no line.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Selecting {
    pub(super) name: Box<str>,
    pub(super) values: Box<[u8]>,
}

impl Selecting {
    pub(super) fn of(name: &str, request: &Request<'_>) -> Self {
        let mut values = alloc::vec::Vec::new();
        for value in values_of(name, request) {
            values.extend_from_slice(value);
            values.push(b'\n');
        }
        Self { name: name.into(), values: values.into() }
    }

    pub(super) fn is_met(&self, request: &Request<'_>) -> bool {
        let mut rest = &*self.values;
        for value in values_of(&self.name, request) {
            match rest.strip_prefix(value).and_then(|rest| rest.strip_prefix(b"\n")) {
                Some(behind) => rest = behind,
                None => return false,
            }
        }
        rest.is_empty()
    }
}

/// The values of all lines of a field, also those that are not UTF-8.
fn values_of<'r>(name: &str, request: &Request<'r>) -> impl Iterator<Item = &'r [u8]> {
    request.fields().filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
