use super::Verdict::{NotModified, PreconditionFailed, Proceed};
use super::*;

/// Sun, 06 Nov 1994 08:49:37 GMT.
const MODIFIED: u64 = 784_111_777;
const SAME: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const LATER: &str = "Sunday, 06-Nov-94 08:49:38 GMT";
const NOW: u64 = 1_795_433_605;

const STRONG: Validators = Validators::new(EntityTag::strong("v1"), Some(MODIFIED));
const WEAK: Validators = Validators::new(EntityTag::weak("v1"), Some(MODIFIED));
const BARE: Validators = Validators::new(None, None);

type Lines<'l> = core::iter::Copied<core::slice::Iter<'l, &'static str>>;

/// A request that asks for nothing; each case adds what it is about.
fn unconditional() -> Preconditions<'static, Lines<'static>> {
    Preconditions {
        if_match: [].iter().copied(),
        if_none_match: [].iter().copied(),
        if_unmodified_since: None,
        if_modified_since: None,
        is_get_or_head: true,
        now: NOW,
    }
}

fn if_match(lines: &'static [&'static str]) -> Preconditions<'static, Lines<'static>> {
    Preconditions { if_match: lines.iter().copied(), ..unconditional() }
}

fn if_none_match(lines: &'static [&'static str]) -> Preconditions<'static, Lines<'static>> {
    Preconditions { if_none_match: lines.iter().copied(), ..unconditional() }
}

#[test]
fn no_condition_proceeds() {
    for current in [STRONG, WEAK, BARE, Validators::ABSENT] {
        assert_eq!(evaluate(&unconditional(), &current), Proceed);
    }
}

/// RFC 9110 §13.1.1.
#[test]
fn if_match_compares_strongly() {
    let cases: &[(&str, &[&str], Validators, Verdict)] = &[
        ("the same", &["\"v1\""], STRONG, Proceed),
        ("another", &["\"v2\""], STRONG, PreconditionFailed),
        ("in a list", &["\"v0\", \"v1\""], STRONG, Proceed),
        ("in the second line", &["\"v0\"", "\"v1\""], STRONG, Proceed),
        ("weak in the request", &["W/\"v1\""], STRONG, PreconditionFailed),
        ("weak in the target", &["\"v1\""], WEAK, PreconditionFailed),
        ("weak in both", &["W/\"v1\""], WEAK, PreconditionFailed),
        ("target without tag", &["\"v1\""], BARE, PreconditionFailed),
        ("no target", &["\"v1\""], Validators::ABSENT, PreconditionFailed),
        ("star", &["*"], STRONG, Proceed),
        ("star with blanks", &[" * "], STRONG, Proceed),
        ("star, target without tag", &["*"], BARE, Proceed),
        ("star, no target", &["*"], Validators::ABSENT, PreconditionFailed),
        ("star in a list is no star", &["*, \"v2\""], STRONG, PreconditionFailed),
        ("star beside a tag is no star", &["*", "\"v2\""], STRONG, PreconditionFailed),
        ("empty", &[""], STRONG, PreconditionFailed),
        ("bare word", &["v1"], STRONG, PreconditionFailed),
        ("bare word, then the same", &["v1, \"v1\""], STRONG, Proceed),
    ];
    for (name, lines, current, verdict) in cases {
        for is_get_or_head in [true, false] {
            let conditions = Preconditions { is_get_or_head, ..if_match(lines) };
            assert_eq!(evaluate(&conditions, current), *verdict, "{name}");
        }
    }
}

/// RFC 9110 §13.1.2.
#[test]
fn if_none_match_compares_weakly() {
    let cases: &[(&str, &[&str], Validators, bool)] = &[
        ("the same", &["\"v1\""], STRONG, true),
        ("another", &["\"v2\""], STRONG, false),
        ("in a list", &["\"v0\", W/\"a,b\", \"v1\""], STRONG, true),
        ("in the second line", &["\"v0\"", "\"v1\""], STRONG, true),
        ("weak in the request", &["W/\"v1\""], STRONG, true),
        ("weak in the target", &["\"v1\""], WEAK, true),
        ("target without tag", &["\"v1\""], BARE, false),
        ("no target", &["\"v1\""], Validators::ABSENT, false),
        ("star", &["*"], STRONG, true),
        ("star, target without tag", &["*"], BARE, true),
        ("star, no target", &["*"], Validators::ABSENT, false),
        ("part of a tag with a comma", &["\"v0,v1\""], STRONG, false),
        ("empty", &[""], STRONG, false),
        ("bare word", &["v1"], STRONG, false),
    ];
    for (name, lines, current, matches) in cases {
        let (get, put) = match matches {
            true => (NotModified, PreconditionFailed),
            false => (Proceed, Proceed),
        };
        let conditions = if_none_match(lines);
        assert_eq!(evaluate(&conditions, current), get, "{name}, GET");
        assert_eq!(
            evaluate(&Preconditions { is_get_or_head: false, ..conditions }, current),
            put,
            "{name}, PUT"
        );
    }
}

/// RFC 9110 §13.1.3 and §13.1.4.
#[test]
fn dates_count_where_they_can_be_read() {
    let no_date = Validators::new(EntityTag::strong("v1"), None);
    let cases = [
        ("the same", SAME, STRONG, NotModified, Proceed),
        ("earlier", EARLIER, STRONG, Proceed, PreconditionFailed),
        ("later", LATER, STRONG, NotModified, Proceed),
        ("malformed", "yesterday", STRONG, Proceed, Proceed),
        (
            "two dates",
            "Sun, 06 Nov 1994 08:49:36 GMT, Sun, 06 Nov 1994 08:49:36 GMT",
            STRONG,
            Proceed,
            Proceed,
        ),
        ("target without date", EARLIER, no_date, Proceed, Proceed),
        ("no target", EARLIER, Validators::ABSENT, Proceed, Proceed),
    ];
    for (name, date, current, modified_since, unmodified_since) in cases {
        let conditions = Preconditions { if_modified_since: Some(date), ..unconditional() };
        assert_eq!(evaluate(&conditions, &current), modified_since, "{name}, If-Modified-Since");
        let conditions = Preconditions { is_get_or_head: false, ..conditions };
        assert_eq!(evaluate(&conditions, &current), Proceed, "{name}, If-Modified-Since with POST");
        for is_get_or_head in [true, false] {
            let conditions =
                Preconditions { if_unmodified_since: Some(date), is_get_or_head, ..unconditional() };
            assert_eq!(evaluate(&conditions, &current), unmodified_since, "{name}, If-Unmodified-Since");
        }
    }
}

/// RFC 9110 §13.2.2.
#[test]
fn precedence_follows_the_steps() {
    let cases = [
        (
            "If-Match hides If-Unmodified-Since",
            Preconditions { if_unmodified_since: Some(EARLIER), ..if_match(&["\"v1\""]) },
            Proceed,
        ),
        (
            "If-None-Match hides If-Modified-Since",
            Preconditions { if_modified_since: Some(LATER), ..if_none_match(&["\"v2\""]) },
            Proceed,
        ),
        (
            "a malformed If-None-Match hides it as well",
            Preconditions { if_modified_since: Some(LATER), ..if_none_match(&["v1"]) },
            Proceed,
        ),
        (
            "If-None-Match matches though the date differs",
            Preconditions { if_modified_since: Some(EARLIER), ..if_none_match(&["\"v1\""]) },
            NotModified,
        ),
        (
            "a failed If-Match comes before If-None-Match",
            Preconditions { if_none_match: ["\"v1\""].iter().copied(), ..if_match(&["\"v2\""]) },
            PreconditionFailed,
        ),
        (
            "a true If-Match leads on to If-None-Match",
            Preconditions { if_none_match: ["\"v1\""].iter().copied(), ..if_match(&["\"v1\""]) },
            NotModified,
        ),
        (
            "a true If-Unmodified-Since leads on to If-Modified-Since",
            Preconditions {
                if_unmodified_since: Some(SAME),
                if_modified_since: Some(SAME),
                ..unconditional()
            },
            NotModified,
        ),
        (
            "a failed If-Unmodified-Since comes before If-None-Match",
            Preconditions { if_unmodified_since: Some(EARLIER), ..if_none_match(&["\"v1\""]) },
            PreconditionFailed,
        ),
    ];
    for (name, conditions, verdict) in cases {
        assert_eq!(evaluate(&conditions, &STRONG), verdict, "{name}");
    }
}
