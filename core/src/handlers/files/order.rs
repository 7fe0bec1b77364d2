//! The order in which a listing shows its entries, by its query: `?sort=size&order=desc`.

use super::entries::Entry;
use crate::handler::Request;

/// An order of entries. Folders always come before files, and what is alike is in the order of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) key: Key,
    pub(super) is_descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Name,
    Size,
    Modified,
}

impl Key {
    pub(super) const ALL: [Self; 3] = [Self::Name, Self::Size, Self::Modified];

    /// As it stands in a query.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Size => "size",
            Self::Modified => "modified",
        }
    }
}

impl Order {
    /// By name, ascending, where the query does not say otherwise in words that are known.
    pub(super) fn of(request: &Request<'_>) -> Self {
        let key = Key::ALL.into_iter().find(|key| is_said(request, "sort", key.word()));
        Self { key: key.unwrap_or(Key::Name), is_descending: is_said(request, "order", "desc") }
    }

    /// Puts entries, which are in the order of their names, in this order.
    pub(super) fn sort(self, entries: &mut [Entry]) {
        let directed = |ascending: core::cmp::Ordering| match self.is_descending {
            true => ascending.reverse(),
            false => ascending,
        };
        match self.key {
            Key::Name if self.is_descending => entries.reverse(),
            Key::Name => return,
            Key::Size => entries.sort_by(|one, other| directed(one.size.cmp(&other.size))),
            Key::Modified => entries.sort_by(|one, other| directed(one.modified.cmp(&other.modified))),
        }
        entries.sort_by_key(|entry| entry.size.is_some());
    }
}

/// Whether the query gives `name` this value.
pub(super) fn is_said(request: &Request<'_>, name: &str, value: &str) -> bool {
    let mut space = [0; 8];
    request.query_value(name).and_then(|said| said.to_str_in(&mut space)).is_some_and(|said| said == value)
}
