use super::{is_prefix, path_is_under, pattern_is_under};
use crate::route::{Route, get, group};

#[test]
fn a_path_prefix_covers_every_spelling() {
    #[rustfmt::skip]
    let cases = [
        ("itself", "/admin", "/admin", true),
        ("a slash behind", "/admin/", "/admin", true),
        ("beneath", "/admin/x/y", "/admin", true),
        ("an encoded letter", "/%61dmin/x", "/admin", true),
        ("every letter encoded", "/%61%64%6D%69%6e", "/admin", true),
        ("an encoded letter beneath", "/admin/%61", "/admin", true),
        ("an empty segment in front", "//admin", "/admin", true),
        ("empty segments", "///admin//", "/admin", true),
        ("an encoded slash behind", "/admin%2Fx", "/admin", true),
        ("an encoded slash in front", "/%2fadmin", "/admin", true),
        ("an encoded backslash", "/%5Cadmin%5cx", "/admin", true),
        ("another case", "/ADMIN/x", "/admin", true),
        ("another case, encoded", "/%41dmin/x", "/admin", true),
        ("two segments", "/a/b/c", "/a/b", true),
        ("two segments in one", "/a%2Fb", "/a/b", true),
        ("two segments, one empty between", "/a//b", "/a/b", true),
        ("a space", "/my%20files/x", "/my files", true),
        ("a longer segment", "/administrator", "/admin", false),
        ("a shorter segment", "/admi", "/admin", false),
        ("with a parameter of its own", "/admin;v=1", "/admin", false),
        ("a dot behind", "/admin.", "/admin", false),
        ("encoded twice", "/%2561dmin", "/admin", false),
        ("the first of two", "/a", "/a/b", false),
        ("somewhere else", "/x/admin", "/admin", false),
        ("the root", "/", "/admin", false),
        ("none", "", "/admin", false),
    ];
    for (name, path, prefix, is_covered) in cases {
        assert_eq!(path_is_under(path, prefix, false), is_covered, "{name}: {path}");
    }
}

#[test]
fn a_route_prefix_matches_paths_like_a_pattern() {
    let cases = [
        ("a parameter", "/users/7", "/users/:id", true),
        ("beneath a parameter", "/users/7/posts", "/users/:id", true),
        ("an empty parameter", "/users/", "/users/:id", false),
        ("a parameter too few", "/users", "/users/:id", false),
        ("behind a parameter", "/users/7/posts", "/users/:id/posts", true),
        ("something else behind it", "/users/7/likes", "/users/:id/posts", false),
        ("a wildcard", "/files/a/b", "/files/*path", true),
        ("an empty wildcard", "/files", "/files/*path", true),
        ("static", "/admin/nothing", "/admin", true),
        ("a longer segment", "/administrator", "/admin", false),
    ];
    for (name, path, prefix, is_covered) in cases {
        assert_eq!(path_is_under(path, prefix, true), is_covered, "{name}: {path}");
    }
}

#[test]
fn a_route_prefix_ends_where_a_segment_ends() {
    let own: Route<()> = get("/admin/users/:id", |(), _, _| Ok(()));
    let [grouped]: [Route<()>; 1] = group("/admin", [get("/users/:id", |(), _, _| Ok(()))]);
    for pattern in [own.pattern(), grouped.pattern()] {
        let cases = [
            ("/admin", true),
            ("/admin/users", true),
            ("/admin/users/:id", true),
            ("/adm", false),
            ("/admin/user", false),
            ("/admin/users/:i", false),
            ("/admin/users/:id/posts", false),
            ("/users", false),
        ];
        for (prefix, is_covered) in cases {
            assert_eq!(pattern_is_under(pattern, prefix), is_covered, "{prefix}");
        }
    }
}

#[test]
fn what_a_prefix_can_be() {
    #[rustfmt::skip]
    let cases = [
        ("everything", "/", true, true),
        ("one segment", "/a", true, true),
        ("several", "/a/b.c/-_~", true, true),
        ("dots that are no dot segment", "/.../.a/a.", true, true),
        ("a space", "/a b", true, false),
        ("a parameter", "/a/:b", false, true),
        ("a wildcard", "/a/*b", false, true),
        ("a colon within", "/a:b", true, true),
        ("nothing", "", false, false),
        ("no slash", "a", false, false),
        ("a slash behind", "/a/", false, false),
        ("an empty segment", "/a//b", false, false),
        ("nothing but slashes", "//", false, false),
        ("a dot segment", "/a/.", false, false),
        ("two dots", "/../a", false, false),
        ("a percent sign", "/%61", false, false),
        ("a backslash", "/a\\b", false, false),
        ("a control byte", "/a\n", false, false),
        ("not ASCII", "/\u{e9}", false, false),
    ];
    for (name, prefix, is_path, is_pattern) in cases {
        assert_eq!((is_prefix(prefix, false), is_prefix(prefix, true)), (is_path, is_pattern), "{name}");
    }
}
