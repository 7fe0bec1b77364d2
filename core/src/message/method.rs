//! Request methods (RFC 9110 §9 and RFC 5789), and sets of them.

use core::fmt;

/// A request method that a route can answer.
///
/// Methods outside this list are answered 501 (RFC 9110 §9.1) before any route is looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Method {
    /// Transfer a current representation (RFC 9110 §9.3.1).
    Get,
    /// The same as GET without the content (RFC 9110 §9.3.2).
    Head,
    /// Process the request content as the resource sees fit (RFC 9110 §9.3.3).
    Post,
    /// Create or replace the state of the target (RFC 9110 §9.3.4).
    Put,
    /// Remove the target (RFC 9110 §9.3.5).
    Delete,
    /// Open a tunnel to the target (RFC 9110 §9.3.6).
    Connect,
    /// Tell the communication options of the target (RFC 9110 §9.3.7).
    Options,
    /// Loop the request back (RFC 9110 §9.3.8).
    Trace,
    /// Apply a partial change to the target (RFC 5789 §2).
    Patch,
}

impl Method {
    /// Every method, in the order of the enum.
    pub const ALL: [Method; 9] = [
        Method::Get,
        Method::Head,
        Method::Post,
        Method::Put,
        Method::Delete,
        Method::Connect,
        Method::Options,
        Method::Trace,
        Method::Patch,
    ];

    /// The method of this name; names are case-sensitive (RFC 9110 §9.1).
    pub const fn from_bytes(name: &[u8]) -> Option<Method> {
        let mut left: &[Method] = &Self::ALL;
        while let [method, behind @ ..] = left {
            if is_same(method.as_str().as_bytes(), name) {
                return Some(*method);
            }
            left = behind;
        }
        None
    }

    /// The name as it stands in a request line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
            Method::Connect => "CONNECT",
            Method::Options => "OPTIONS",
            Method::Trace => "TRACE",
            Method::Patch => "PATCH",
        }
    }

    /// Whether the client asks for no change of state (RFC 9110 §9.2.1).
    pub const fn is_safe(self) -> bool {
        matches!(self, Method::Get | Method::Head | Method::Options | Method::Trace)
    }

    /// Whether repeating the request has the effect of sending it once (RFC 9110 §9.2.2).
    pub const fn is_idempotent(self) -> bool {
        self.is_safe() || matches!(self, Method::Put | Method::Delete)
    }
}

/// Comparing slices, for what runs in the compiler too.
const fn is_same(mut one: &[u8], mut other: &[u8]) -> bool {
    while let ([first, one_behind @ ..], [second, other_behind @ ..]) = (one, other) {
        if *first != *second {
            return false;
        }
        (one, other) = (one_behind, other_behind);
    }
    one.is_empty() && other.is_empty()
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of methods, such as those a target answers.
///
/// ```
/// use bantam_core::message::method::{Method, MethodSet};
/// let allowed = MethodSet::of(Method::Get).with(Method::Head);
/// assert!(allowed.contains(Method::Get) && !allowed.contains(Method::Put));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub struct MethodSet(u16);

impl MethodSet {
    /// The set without members.
    pub const fn empty() -> Self {
        Self(0)
    }

    /// The set with one member.
    pub const fn of(method: Method) -> Self {
        Self(1_u16.wrapping_shl(method as u32))
    }

    /// The set of all methods.
    pub const fn all() -> Self {
        Self(0x1ff)
    }

    /// This set and `method`.
    #[must_use]
    pub const fn with(self, method: Method) -> Self {
        self.union(Self::of(method))
    }

    /// The members of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `method` is a member.
    pub const fn contains(self, method: Method) -> bool {
        self.intersects(Self::of(method))
    }

    /// Whether the sets share a member.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is no member.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members in the order in which an `Allow` field lists them (RFC 9110 §10.2.1).
    pub fn iter(self) -> impl Iterator<Item = Method> + Clone {
        ALLOW_ORDER.into_iter().filter(move |method| self.contains(*method))
    }
}

/// What people use most stands first.
const ALLOW_ORDER: [Method; 9] = [
    Method::Get,
    Method::Head,
    Method::Post,
    Method::Put,
    Method::Patch,
    Method::Delete,
    Method::Options,
    Method::Trace,
    Method::Connect,
];

#[cfg(test)]
mod tests;
