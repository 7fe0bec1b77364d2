//! `Cache-Control` of a request or a response (RFC 9111 §5.2).

use crate::bytes::number::decimal;
use crate::parse::list;

/// The directives that a shared cache knows. Times are in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    pub(super) max_age: Option<u32>,
    pub(super) s_maxage: Option<u32>,
    pub(super) min_fresh: Option<u32>,
    /// However stale, where no time was given.
    pub(super) max_stale: Option<u32>,
    /// RFC 5861 §3.
    pub(super) stale_while_revalidate: Option<u32>,
    pub(super) no_store: bool,
    pub(super) no_cache: bool,
    pub(super) only_if_cached: bool,
    pub(super) is_private: bool,
    pub(super) is_public: bool,
    /// What is stale must not be used.
    pub(super) must_revalidate: bool,
    /// The same for shared caches alone; unlike the other it lets nobody share what has credentials (RFC 9111 §3.5).
    pub(super) proxy_revalidate: bool,
    pub(super) must_understand: bool,
}

/// "Infinity": what larger numbers count as (RFC 9111 §1.2.2).
pub(super) const LONGEST: u32 = 1 << 31;

impl Directives {
    /// Reads the values of all `Cache-Control` lines. Of a directive that stands twice the first counts, and a
    /// malformed lifetime is none (RFC 9111 §4.2.1).
    pub(super) fn parse<'v>(lines: impl Iterator<Item = &'v [u8]>) -> Self {
        let mut all = Self::default();
        for directive in lines.flat_map(directives) {
            let (name, value) = halves(directive);
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            let seconds = value.and_then(decimal).map(capped);
            let or_none = seconds.unwrap_or(0);
            match name.len() {
                6 if is("public") => all.is_public = true,
                // Of both the form with field names restricts less; it is taken as if it had none.
                7 if is("private") => all.is_private = true,
                8 if is("no-cache") => all.no_cache = true,
                8 if is("no-store") => all.no_store = true,
                7 if is("max-age") => _ = all.max_age.get_or_insert(or_none),
                8 if is("s-maxage") => _ = all.s_maxage.get_or_insert(or_none),
                9 if is("min-fresh") => all.min_fresh = all.min_fresh.or(seconds),
                9 if is("max-stale") && value.is_none() => _ = all.max_stale.get_or_insert(u32::MAX),
                9 if is("max-stale") => all.max_stale = all.max_stale.or(seconds),
                14 if is("only-if-cached") => all.only_if_cached = true,
                15 if is("must-revalidate") => all.must_revalidate = true,
                15 if is("must-understand") => all.must_understand = true,
                16 if is("proxy-revalidate") => all.proxy_revalidate = true,
                22 if is("stale-while-revalidate") => _ = all.stale_while_revalidate.get_or_insert(or_none),
                _ => {}
            }
        }
        all
    }
}

/// Seconds, as far as they count.
pub(super) fn capped(seconds: u64) -> u32 {
    u32::try_from(seconds).map_or(LONGEST, |seconds| seconds.min(LONGEST))
}

/// The members of a list whose values may be quoted strings with commas.
pub(super) fn directives(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let members = line.split(move |&byte| {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            _ => {}
        }
        byte == b',' && !is_quoted
    });
    members.map(list::trim).filter(|member| !member.is_empty())
}

/// `token [ "=" ( token / quoted-string ) ]`; both forms of a value are taken, whichever the directive has.
fn halves(directive: &[u8]) -> (&[u8], Option<&[u8]>) {
    let mut halves = directive.splitn(2, |&byte| byte == b'=');
    let name = halves.next().unwrap_or_default();
    let value = halves.next().map(|value| match value {
        [b'"', inner @ .., b'"'] => inner,
        other => other,
    });
    (name, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_by_their_grammar() {
        let none = Directives::default();
        let cases: &[(&str, &[&str], Directives)] = &[
            ("none", &[], none),
            ("empty", &["", " , ,"], none),
            ("unknown", &["foo, bar=5, max-ages=1, x-max-age=2"], none),
            ("lifetime", &["max-age=60"], Directives { max_age: Some(60), ..none }),
            ("any case", &["Max-Age=60, PUBLIC"], Directives { max_age: Some(60), is_public: true, ..none }),
            ("quoted", &["max-age=\"60\""], Directives { max_age: Some(60), ..none }),
            (
                "signed",
                &["max-age=-1, s-maxage=+5"],
                Directives { max_age: Some(0), s_maxage: Some(0), ..none },
            ),
            ("no number", &["max-age"], Directives { max_age: Some(0), ..none }),
            ("blanks", &["max-age = 5"], none),
            (
                "the first counts",
                &["max-age=1, max-age=2", "max-age=3"],
                Directives { max_age: Some(1), ..none },
            ),
            ("infinity", &["max-age=99999999999"], Directives { max_age: Some(LONGEST), ..none }),
            ("beyond 64 bits", &["max-age=99999999999999999999"], Directives { max_age: Some(0), ..none }),
            (
                "fields named",
                &["private=\"a, no-store\", no-cache=\"b\""],
                Directives { is_private: true, no_cache: true, ..none },
            ),
            ("escaped", &["x=\"a\\\", no-store\", public"], Directives { is_public: true, ..none }),
            ("unended", &["x=\"a, no-store"], none),
            ("stale", &["max-stale"], Directives { max_stale: Some(u32::MAX), ..none }),
            (
                "stale for",
                &["max-stale=5, min-fresh=7"],
                Directives { max_stale: Some(5), min_fresh: Some(7), ..none },
            ),
            ("stale for nonsense", &["max-stale=x, min-fresh=x"], none),
            (
                "shared",
                &["s-maxage=9, proxy-revalidate"],
                Directives { s_maxage: Some(9), proxy_revalidate: true, ..none },
            ),
            (
                "the rest",
                &[
                    "no-store,no-cache,only-if-cached",
                    "must-understand, must-revalidate, stale-while-revalidate=30",
                ],
                Directives {
                    no_store: true,
                    no_cache: true,
                    only_if_cached: true,
                    must_understand: true,
                    must_revalidate: true,
                    stale_while_revalidate: Some(30),
                    ..none
                },
            ),
        ];
        for (name, lines, expected) in cases {
            let found = Directives::parse(lines.iter().map(|line| line.as_bytes()));
            assert_eq!(found, *expected, "{name}");
        }
    }
}
