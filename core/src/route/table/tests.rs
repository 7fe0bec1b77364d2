use super::*;
use crate::body::source::NoStream;
use crate::handler::{Outcome, Request};
use crate::response::Response;
use crate::route::{any, delete, get, group, head, post, put, route};
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

fn nobody(_: &(), _: &Request<'_>, _: &mut Response<'_>) -> Outcome {
    Ok(())
}

static ROUTES: Router<(), 18> = Router::join(&[
    &[
        get("/", nobody),
        get("/users", nobody),
        get("/users/", nobody),
        get("/users/me", nobody),
        get("/users/:id", nobody).named("user"),
        put("/users/:id", nobody),
        delete("/users/me", nobody),
        get("/users/:id/posts", nobody),
        get("/users/:id/posts/:post", nobody).named("post"),
        get("/users/me/settings", nobody),
        get("/files/*path", nobody).named("file"),
        put("/files/*path", nobody),
        get("/files/index", nobody),
        any("/fall/*rest", nobody),
        head("/fall/:both", nobody),
        get("/fall/:both", nobody),
    ],
    &group("/api", [get("", nobody), post("/:thing/new", nobody)]),
]);

fn found(method: Method, path: &str) -> String {
    let table = ROUTES.table();
    match table.find(method, path.as_bytes()) {
        Found::Route(place) => {
            let route = table.route(place).unwrap();
            let methods: Vec<_> = route.methods().iter().map(Method::as_str).collect();
            format!("{} {}", methods.join("+"), route.pattern())
        }
        Found::OtherMethods(methods) => methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", "),
        Found::Nothing => "-".to_string(),
    }
}

#[test]
fn the_most_specific_pattern_that_has_the_method_answers() {
    use Method::*;
    let cases: &[(&str, Method, &str, &str)] = &[
        ("root", Get, "/", "GET /"),
        ("static", Get, "/users", "GET /users"),
        ("a slash at the end counts", Get, "/users/", "GET /users/"),
        ("a slash at the end counts, nothing there", Get, "/users/me/", "-"),
        ("static beats parameter", Get, "/users/me", "GET /users/me"),
        ("parameter", Get, "/users/42", "GET /users/:id"),
        ("a longer name is another", Get, "/users/mee", "GET /users/:id"),
        ("a shorter name is another", Get, "/users/m", "GET /users/:id"),
        ("case counts", Get, "/Users", "-"),
        ("back from static to parameter", Get, "/users/me/posts", "GET /users/:id/posts"),
        ("two parameters", Get, "/users/me/posts/1", "GET /users/:id/posts/:post"),
        ("static below static", Get, "/users/me/settings", "GET /users/me/settings"),
        ("an empty parameter is none", Get, "/users//posts", "-"),
        ("wildcard", Get, "/files/a/b/c", "GET /files/*path"),
        ("wildcard, empty", Get, "/files/", "GET /files/*path"),
        ("wildcard needs its slash", Get, "/files", "-"),
        ("static beats wildcard", Get, "/files/index", "GET /files/index"),
        ("the method decides: parameter", Put, "/users/me", "PUT /users/:id"),
        ("the method decides: wildcard", Put, "/files/index", "PUT /files/*path"),
        ("an encoded slash splits nothing", Get, "/users/a%2Fposts", "GET /users/:id"),
        ("encoded is not the same as plain", Get, "/%75sers", "-"),
        ("HEAD from GET", Head, "/users/42", "GET /users/:id"),
        ("HEAD of the most specific GET", Head, "/files/index", "GET /files/index"),
        ("its own HEAD", Head, "/fall/a", "HEAD /fall/:both"),
        ("GET beside its own HEAD", Get, "/fall/a", "GET /fall/:both"),
        ("any", Delete, "/fall/a/b", "GET+HEAD+POST+PUT+PATCH+DELETE+OPTIONS /fall/*rest"),
        ("any has no TRACE", Trace, "/fall/a/b", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"),
        ("other methods, of all patterns", Post, "/users/me", "GET, PUT, DELETE"),
        ("other methods", Post, "/users/42", "GET, PUT"),
        ("HEAD where there is no GET", Head, "/api/x/new", "POST"),
        ("group", Get, "/api", "GET /api"),
        ("group and parameter", Post, "/api/x/new", "POST /api/:thing/new"),
        ("group, slash", Get, "/api/", "-"),
        ("nothing", Get, "/nothing", "-"),
        ("double slash", Get, "//", "-"),
    ];
    for (name, method, path, expected) in cases {
        assert_eq!(found(*method, path), *expected, "{name}");
    }
}

#[test]
fn a_more_specific_get_answers_head_before_a_wider_head() {
    let router: Router<(), 2> = Router::new([any("/*rest", nobody), get("/a", nobody)]);
    let Found::Route(place) = router.table().find(Method::Head, b"/a") else { panic!("nothing") };
    assert_eq!(router.table().route(place).unwrap().pattern().to_string(), "/a");
}

#[test]
fn paths_by_name() {
    let table = ROUTES.table();
    let cases: &[(&str, &[(&str, &str)], Option<&str>)] = &[
        ("user", &[("id", "42")], Some("/users/42")),
        ("user", &[("id", "a/b?c#d%e f")], Some("/users/a%2Fb%3Fc%23d%25e%20f")),
        ("user", &[("id", "Jörg")], Some("/users/J%C3%B6rg")),
        ("user", &[("id", "")], None),
        ("user", &[("id", "..")], None),
        ("user", &[("id", ".")], None),
        ("user", &[], None),
        ("post", &[("post", "1"), ("id", "2")], Some("/users/2/posts/1")),
        ("file", &[("path", "a b/c")], Some("/files/a%20b/c")),
        ("file", &[("path", "")], Some("/files/")),
        ("nobody", &[], None),
        ("", &[], None),
    ];
    for (name, params, expected) in cases {
        let path = table.path_for(name, params).map(|path| path.to_string());
        assert_eq!(path.as_deref(), *expected, "{name} {params:?}");
    }
}

#[test]
fn two_groups_nest() {
    let inner = group("/b", [get("/:c", nobody), get("", nobody)]);
    let router: Router<(), 2> = Router::new(group("/a", inner));
    let patterns: Vec<_> = router.table().iter().map(|route| route.pattern().to_string()).collect();
    assert_eq!(patterns, ["/a/b", "/a/b/:c"]);
    assert!(matches!(router.table().find(Method::Get, b"/a/b/x"), Found::Route(1)));
    assert!(matches!(router.table().find(Method::Get, b"/a/b"), Found::Route(0)));
}

/// A pattern matches by this rank, segment by segment; smaller is more specific.
fn naive_match(pattern: &str, path: &str) -> Option<Vec<u8>> {
    let mut ranks = Vec::new();
    let mut segments = path.split('/').skip(1);
    for part in pattern.split('/').skip(1) {
        let segment = segments.next()?;
        if part.starts_with('*') {
            ranks.push(2);
            return Some(ranks);
        }
        if part.starts_with(':') {
            if segment.is_empty() {
                return None;
            }
            ranks.push(1);
        } else if part == segment {
            ranks.push(0);
        } else {
            return None;
        }
    }
    segments.next().is_none().then_some(ranks)
}

fn naive_find(table: Routes<'_, (), NoStream>, method: Method, path: &str) -> Found {
    let mut best: Option<((Vec<u8>, bool), usize)> = None;
    let mut allowed = MethodSet::empty();
    for (place, route) in table.iter().enumerate() {
        let Some(ranks) = naive_match(&route.pattern().to_string(), path) else { continue };
        allowed = allowed.union(route.methods());
        let has_it = route.methods().contains(method);
        if has_it || method == Method::Head && route.methods().contains(Method::Get) {
            let key = (ranks, !has_it);
            if best.as_ref().is_none_or(|(other, _)| key < *other) {
                best = Some((key, place));
            }
        }
    }
    match best {
        Some((_, place)) => Found::Route(u16::try_from(place).unwrap()),
        None if allowed.is_empty() => Found::Nothing,
        None => Found::OtherMethods(allowed),
    }
}

struct Xorshift(u64);

impl Xorshift {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

/// Every pattern of up to three segments out of a few that are hard to tell apart.
fn patterns() -> Vec<&'static str> {
    let middle = ["a", "ab", "b", "", ":p"];
    let mut prefixes = vec![String::new()];
    let mut all = Vec::new();
    for depth in 0..3 {
        for prefix in &prefixes {
            all.push(format!("{prefix}/*w"));
            all.extend(
                middle
                    .iter()
                    .map(|segment| format!("{prefix}/{}", segment.replace('p', &format!("p{depth}")))),
            );
        }
        let longer = all.iter().filter(|pattern| !pattern.contains('*')).cloned();
        prefixes = longer.filter(|pattern| pattern.matches('/').count() == depth + 1).collect();
    }
    all.into_iter().map(|pattern| &*pattern.leak()).collect()
}

/// Of so many routes that shelves have few and many.
#[test]
fn random_tables_agree_with_a_search_one_by_one() {
    let patterns = patterns();
    let mut random = Xorshift(0x9e37_79b9_7f4a_7c15);
    let methods = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Options];
    for round in 0..100 {
        let mut routes: Vec<Route<(), NoStream>> = Vec::new();
        while routes.len() < 40 {
            let pattern = patterns[random.below(patterns.len())];
            let mut set = MethodSet::of(methods[random.below(5)]);
            if random.below(3) == 0 {
                set = set.with(methods[random.below(5)]);
            }
            // Some as two parts, which match as the whole does.
            let slashes: Vec<_> = pattern.match_indices('/').map(|(at, _)| at).collect();
            let (prefix, own) = pattern.split_at(slashes[random.below(slashes.len())]);
            let [made] = match prefix {
                "" => [route(set, own, nobody)],
                prefix => group(prefix, [route(set, own, nobody)]),
            };
            let overlaps =
                |other: &Route<_, _>| other.pieces.order(&made.pieces) == 0 && other.methods.intersects(set);
            if !routes.iter().any(overlaps) {
                routes.push(made);
            }
        }
        let router: Router<(), 40> = Router::new(routes.try_into().unwrap());
        for _ in 0..200 {
            let depth = 1 + random.below(4);
            let segments = ["a", "ab", "b", "", "c", "aa"];
            let path: String = (0..depth).map(|_| format!("/{}", segments[random.below(6)])).collect();
            let method = methods[random.below(5)];
            let expected = naive_find(router.table(), method, &path);
            assert_eq!(
                router.table().find(method, path.as_bytes()),
                expected,
                "round {round}: {method} {path}\n{router:?}"
            );
        }
    }
}
