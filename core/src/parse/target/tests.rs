use super::*;
use std::vec;

type Parts<'p> = (Form, &'p str, Option<&'p str>, &'p str);

fn check(method: Option<Method>, bytes: &[u8]) -> Result<Parts<'_>, TargetError> {
    let mut buffer = vec![b'#'; 5];
    buffer.extend_from_slice(bytes);
    let target = parse(method, bytes, 0)?;
    let shifted = parse(method, bytes, 5)?;
    assert_eq!(shifted.whole.of(&buffer), bytes);
    assert_eq!(shifted.path.of(&buffer), target.path.of(bytes));
    assert_eq!(shifted.query.map(|query| query.of(&buffer)), target.query.map(|query| query.of(bytes)));
    assert_eq!(shifted.authority.of(&buffer), target.authority.of(bytes));
    let query = target.query.map(|query| query.str_of(bytes));
    Ok((target.form, target.path.str_of(bytes), query, target.authority.str_of(bytes)))
}

#[test]
fn the_four_forms() {
    use Form::*;
    let (get, options, connect) = (Some(Method::Get), Some(Method::Options), Some(Method::Connect));
    let cases: &[(&str, Option<Method>, &[u8], Parts<'_>)] = &[
        ("root", get, b"/", (Origin, "/", None, "")),
        ("path", get, b"/a/b", (Origin, "/a/b", None, "")),
        ("query", get, b"/a?b=c&d", (Origin, "/a", Some("b=c&d"), "")),
        ("empty query", get, b"/a?", (Origin, "/a", Some(""), "")),
        ("question marks and slashes in a query", get, b"/a?b?/c", (Origin, "/a", Some("b?/c"), "")),
        ("double slash", get, b"//a//", (Origin, "//a//", None, "")),
        ("encoded", get, b"/J%C3%B6rg%2F", (Origin, "/J%C3%B6rg%2F", None, "")),
        ("dots in names", get, b"/.a/a./...", (Origin, "/.a/a./...", None, "")),
        ("dot segment in a query", get, b"/a?/../", (Origin, "/a", Some("/../"), "")),
        ("sub-delims", get, b"/a!$&'()*+,;=:@-._~", (Origin, "/a!$&'()*+,;=:@-._~", None, "")),
        ("unknown method", None, b"/a", (Origin, "/a", None, "")),
        ("absolute", get, b"http://a/b?c", (Absolute, "/b", Some("c"), "a")),
        ("absolute, scheme in capitals", get, b"HTTPS://a:1/b", (Absolute, "/b", None, "a:1")),
        ("absolute without path", get, b"http://a", (Absolute, "", None, "a")),
        ("absolute without path, query", get, b"http://a?b", (Absolute, "", Some("b"), "a")),
        ("absolute, IPv6", get, b"http://[::1]:80/", (Absolute, "/", None, "[::1]:80")),
        ("asterisk", options, b"*", (Asterisk, "", None, "")),
        ("OPTIONS of a path", options, b"/a", (Origin, "/a", None, "")),
        ("authority", connect, b"a:443", (Authority, "", None, "a:443")),
    ];
    for (name, method, bytes, parts) in cases {
        assert_eq!(check(*method, bytes), Ok(*parts), "{name}");
    }
}

#[test]
fn refused_targets() {
    use TargetError::*;
    let (get, options, connect) = (Some(Method::Get), Some(Method::Options), Some(Method::Connect));
    let cases: &[(&str, Option<Method>, &[u8], TargetError)] = &[
        ("nothing", get, b"", Empty),
        ("fragment", get, b"/a#b", Byte { at: 2 }),
        ("fragment behind a query", get, b"/a?b#c", Byte { at: 4 }),
        ("blank", get, b"/a b", Byte { at: 2 }),
        ("tab", get, b"/a\tb", Byte { at: 2 }),
        ("NUL", get, b"/a\0", Byte { at: 2 }),
        ("CR", get, b"/a\r", Byte { at: 2 }),
        ("DEL", get, b"/\x7f", Byte { at: 1 }),
        ("non-ASCII path", get, b"/\xc3\xa9", Byte { at: 1 }),
        ("non-ASCII query", get, b"/?\xc3\xa9", Byte { at: 2 }),
        ("quote", get, b"/\"", Byte { at: 1 }),
        ("angle brackets", get, b"/<a>", Byte { at: 1 }),
        ("backslash", get, b"/a\\b", Byte { at: 2 }),
        ("braces", get, b"/{a}", Byte { at: 1 }),
        ("square brackets", get, b"/a[0]", Byte { at: 2 }),
        ("bar", get, b"/?a|b", Byte { at: 3 }),
        ("bad encoding", get, b"/%zz", PercentEncoding { at: 1 }),
        ("half an encoding", get, b"/a%4", PercentEncoding { at: 2 }),
        ("percent at the end", get, b"/a%", PercentEncoding { at: 2 }),
        ("encoded NUL", get, b"/a%00", Nul { at: 2 }),
        ("encoded NUL in a query", get, b"/?%00", Nul { at: 2 }),
        ("bad encoding in a query", get, b"/?%4x", PercentEncoding { at: 2 }),
        ("dot", get, b"/.", DotSegment),
        ("dot inside", get, b"/a/./b", DotSegment),
        ("two dots", get, b"/a/..", DotSegment),
        ("two dots before a query", get, b"/..?a", DotSegment),
        ("encoded dot", get, b"/%2e", DotSegment),
        ("encoded dots", get, b"/a/%2E%2e/b", DotSegment),
        ("half encoded dots", get, b"/.%2e/", DotSegment),
        ("dots behind an encoded slash", get, b"/a%2F../b", DotSegment),
        ("dots before an encoded slash", get, b"/..%2fa", DotSegment),
        ("all of it encoded", get, b"/%2e%2e%2f%2e%2e", DotSegment),
        ("absolute with dots", get, b"http://a/../b", DotSegment),
        ("asterisk for GET", get, b"*", Form),
        ("asterisk and more", options, b"*/", Form),
        ("no slash", get, b"a", Form),
        ("no scheme", get, b"://a/", Form),
        ("other scheme", get, b"ftp://a/", Form),
        ("one slash", get, b"http:/a", Form),
        ("authority for GET", get, b"a:443", Form),
        ("user information", get, b"http://u@a/", Authority),
        ("empty authority", get, b"http:///a", Authority),
        ("bad port", get, b"http://a:x/", Authority),
        ("fragment behind the authority", get, b"http://a#b", Byte { at: 8 }),
        ("path for CONNECT", connect, b"/a", Form),
        ("CONNECT without port", connect, b"a", Form),
        ("CONNECT with user information", connect, b"u@a:1", Form),
        ("absolute for CONNECT", connect, b"http://a:1/", Form),
    ];
    for (name, method, bytes, error) in cases {
        assert_eq!(check(*method, bytes), Err(*error), "{name}");
    }
}
