//! The route table: sorted and checked while the program compiles; when a request comes, one of its shelves is searched.

use super::params::{self, Read};
use super::pattern::{Standing, Way};
use super::shelf::{self, Shelves};
use super::{Endpoint, Route};
use crate::message::method::{Method, MethodSet};

/// The routes of an application, in a `static`.
///
/// Their order in the source does not matter. A static segment beats a parameter, a parameter beats a wildcard; among
/// the patterns that match a path, the most specific one that has the method answers. Two routes for the same method
/// and paths do not compile, and neither does a malformed pattern:
///
/// ```
/// use bantam_core::prelude::*;
/// # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
/// static ROUTES: Router<(), 3> = Router::new([get("/", hello), get("/users/:id", hello), get("/users/me", hello)]);
/// ```
/// ```compile_fail
/// use bantam_core::prelude::*;
/// # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
/// static ROUTES: Router<(), 2> = Router::new([get("/users/:id", hello), get("/users/:name", hello)]);
/// ```
/// ```compile_fail
/// use bantam_core::prelude::*;
/// # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
/// static ROUTES: Router<(), 1> = Router::new([get("users", hello)]); // no slash
/// ```
/// ```compile_fail
/// use bantam_core::prelude::*;
/// # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
/// static ROUTES: Router<(), 1> = Router::new([get("/*rest/edit", hello)]); // a wildcard in the middle
/// ```
/// ```compile_fail
/// use bantam_core::prelude::*;
/// # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
/// static ROUTES: Router<(), 1> = Router::new([get("/:id/posts/:id", hello)]); // one name twice
/// ```
/// ```compile_fail
/// use bantam_core::prelude::*;
/// # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
/// static ROUTES: Router<(), 1> = Router::new([get("/users/:", hello)]); // a parameter without a name
/// ```
/// ```compile_fail
/// use bantam_core::prelude::*;
/// # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
/// static ROUTES: Router<(), 1> = Router::new([get("/a b", hello)]); // a byte that no path has
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Router<A, const N: usize, S = crate::body::source::NoStream> {
    routes: [Route<A, S>; N],
    shelves: Shelves,
    named: Option<Named<A, S>>,
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
impl<A, S, const N: usize> Router<A, N, S> {
    /// A table of these routes.
    ///
    /// # Panics
    /// While compiling, when a pattern is malformed or two routes overlap.
    #[must_use]
    pub const fn new(mut routes: [Route<A, S>; N]) -> Self {
        assert!(N <= 65_535, "a table has up to 65,535 routes");
        let mut shelves = Shelves::EMPTY;
        let mut has_named = false;
        let mut at = 0;
        while at < N {
            routes[at].pieces.check();
            has_named |= !routes[at].pieces.is_static();
            shelves.add(routes[at].pieces.shelf());
            let mut to = at;
            while to > 0 && stands_before(&routes[to], &routes[to - 1]) {
                let route = routes[to];
                routes[to] = routes[to - 1];
                routes[to - 1] = route;
                to -= 1;
            }
            at += 1;
        }
        // Routes for the same paths are now neighbours.
        let mut one = 0;
        while one < N {
            let mut other = one + 1;
            while other < N && routes[one].pieces.order(&routes[other].pieces) == 0 {
                assert!(
                    !routes[one].methods.intersects(routes[other].methods),
                    "two routes have the same method and match the same paths"
                );
                other += 1;
            }
            one += 1;
        }
        let named = if has_named { Some(Named { descend, params: params::read }) } else { None };
        Self { routes, shelves, named }
    }

    /// A table of several lists of routes, such as groups: `N` is how many they are in all.
    ///
    /// ```
    /// use bantam_core::prelude::*;
    /// # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
    /// static ROUTES: Router<(), 3> = Router::join(&[
    ///     &[get("/", hello)],
    ///     &group("/api/users", [get("", hello), get("/:id", hello)]),
    /// ]);
    /// ```
    ///
    /// # Panics
    /// While compiling, as [`Router::new`] does, and when there are not exactly `N` routes.
    #[must_use]
    pub const fn join(lists: &[&[Route<A, S>]]) -> Self {
        let mut first = 0;
        while lists[first].is_empty() {
            first += 1;
        }
        let mut routes = [lists[first][0]; N];
        let mut count = 0;
        let mut list = 0;
        while list < lists.len() {
            let mut at = 0;
            while at < lists[list].len() {
                assert!(count < N, "the table has fewer places than there are routes");
                routes[count] = lists[list][at];
                count += 1;
                at += 1;
            }
            list += 1;
        }
        assert!(count == N, "the table has more places than there are routes");
        Self::new(routes)
    }

    /// The table, whatever its length.
    #[must_use]
    pub const fn table(&self) -> Routes<'_, A, S> {
        Routes { routes: &self.routes, shelves: &self.shelves, named: self.named }
    }
}

/// A route table of any length, as a connection searches it.
#[derive(Debug)]
pub struct Routes<'t, A, S = crate::body::source::NoStream> {
    routes: &'t [Route<A, S>],
    shelves: &'t Shelves,
    named: Option<Named<A, S>>,
}

/// What patterns with parameters and wildcards need. As pointers, so that a table without such patterns does not carry it.
#[derive(Debug)]
pub(crate) struct Named<A, S> {
    descend: Descend<A, S>,
    pub(crate) params: Read,
}

impl<A, S> Clone for Named<A, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, S> Copy for Named<A, S> {}

type Descend<A, S> =
    fn(&[Route<A, S>], usize, Way, Option<&[u8]>, &mut dyn FnMut(&Route<A, S>) -> bool) -> Option<usize>;

impl<A, S> Clone for Routes<'_, A, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A, S> Copy for Routes<'_, A, S> {}

/// What a table says of a method and a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// The route at this place of the table.
    Route(u16),
    /// Routes match the path, but with these methods only.
    OtherMethods(MethodSet),
    /// No route matches the path.
    Nothing,
}

impl<'t, A, S> Routes<'t, A, S> {
    /// All routes, in the table's order.
    pub fn iter(&self) -> impl Iterator<Item = &'t Route<A, S>> + use<'t, A, S> {
        self.routes.iter()
    }

    /// The path of the route that was [named](Route::named) `name`, with its parameters filled in; `None` when there
    /// is no such route, or a parameter is missing or is a dot segment, which no encoding keeps. Values are
    /// percent-encoded, so that what was one segment stays one.
    pub fn path_for<'n>(&self, name: &str, params: &'n [(&'n str, &'n str)]) -> Option<super::PathFor<'n>> {
        let route = self.routes.iter().find(|route| route.name == name && !name.is_empty())?;
        super::PathFor::new(route.pieces, params)
    }

    pub(crate) fn route(&self, place: u16) -> Option<&'t Route<A, S>> {
        self.routes.get(usize::from(place))
    }

    /// What finds the parameters of a route, where a route has any.
    pub(crate) fn named(&self) -> Option<Named<A, S>> {
        self.named
    }

    /// What answers `method` on `path`. A GET route answers HEAD too (RFC 9110 §9.3.2), unless its pattern has a HEAD
    /// route of its own, which then stands before it.
    pub(crate) fn find(&self, method: Method, path: &[u8]) -> Found {
        let wanted = match method {
            Method::Head => MethodSet::of(Method::Head).with(Method::Get),
            _ => MethodSet::of(method),
        };
        let mut allowed = MethodSet::empty();
        let found = self.search(path, &mut |route| {
            allowed = allowed.union(route.methods);
            route.methods.intersects(wanted)
        });
        match found {
            Some(place) => Found::Route(place),
            None if allowed.is_empty() => Found::Nothing,
            None => Found::OtherMethods(allowed),
        }
    }

    /// The methods of all routes, for `OPTIONS *`.
    pub(crate) fn all_methods(&self) -> MethodSet {
        self.routes.iter().fold(MethodSet::empty(), |methods, route| methods.union(route.methods))
    }

    /// The place of the most specific route that matches `path` and that `accept` takes.
    fn search(&self, path: &[u8], accept: &mut impl FnMut(&Route<A, S>) -> bool) -> Option<u16> {
        let (place, routes) = self.shelf(shelf::of_path(path));
        if let Some(at) = routes.iter().position(|route| route.pieces.is(path) && accept(route)) {
            return u16::try_from(place.saturating_add(at)).ok();
        }
        let descend = self.named?.descend;
        let rest = path.get(1..)?;
        let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
        let shelves = [shelf::of_segment(rest.get(..end)?), shelf::OPEN];
        let place = shelves.into_iter().find_map(|shelf| {
            let (place, routes) = self.shelf(shelf);
            descend(routes, place, Way::START, Some(rest), accept)
        });
        u16::try_from(place?).ok()
    }

    /// A shelf, and where it starts in the table.
    fn shelf(&self, shelf: usize) -> (usize, &'t [Route<A, S>]) {
        let range = self.shelves.range(shelf);
        (range.start, self.routes.get(range).unwrap_or_default())
    }
}

/// The order of the table: by pattern, and for one pattern the route with HEAD before that with GET.
const fn stands_before<A, S>(one: &Route<A, S>, other: &Route<A, S>) -> bool {
    match one.pieces.order(&other.pieces) {
        0 => one.methods.contains(Method::Head) && !other.methods.contains(Method::Head),
        order => order < 0,
    }
}

/// So many routes are tried one by one: that takes less than to find halves of them.
const FEW: usize = 4;

/// Among `routes`, which agree with the path as far as `way` and stand from `place` on, the first that matches what is
/// left of the path and is accepted. `rest` is `None` behind the last segment.
fn descend<A, S>(
    routes: &[Route<A, S>],
    place: usize,
    way: Way,
    rest: Option<&[u8]>,
    accept: &mut dyn FnMut(&Route<A, S>) -> bool,
) -> Option<usize> {
    let matches = |route: &&Route<A, S>| route.pieces.matches(way, rest);
    let is_many = routes.len() > FEW;
    let Some(rest) = rest.filter(|_| is_many) else {
        // Patterns that end here come first.
        let ended = if is_many { routes.partition_point(|route| matches(&route)) } else { routes.len() };
        let mut tried = routes.get(..ended).unwrap_or_default().iter();
        return tried.position(|route| matches(&route) && accept(route)).map(|at| place.saturating_add(at));
    };
    let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
    let segment = rest.get(..end).unwrap_or_default();
    let after = rest.get(end.saturating_add(1)..);
    let from = |least| routes.partition_point(|route| route.pieces.standing(way, segment) < least);
    for (least, most, next) in [
        (Standing::Same, Standing::Behind, way.behind_static(segment)),
        (Standing::Param, Standing::Wildcard, way.behind_param()),
    ] {
        let start = from(least);
        let some = routes.get(start..from(most)).unwrap_or_default();
        let found = descend(some, place.saturating_add(start), next, after, accept);
        if found.is_some() {
            return found;
        }
    }
    let start = from(Standing::Wildcard);
    let mut wildcards = routes.get(start..).unwrap_or_default().iter();
    wildcards.position(accept).map(|at| place.saturating_add(start).saturating_add(at))
}

impl<A, S> Route<A, S> {
    pub(crate) fn endpoint(&self) -> Endpoint<A, S> {
        self.endpoint
    }
}

#[cfg(test)]
mod tests;
