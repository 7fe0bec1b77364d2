use super::*;

#[test]
fn a_host_has_a_name_and_perhaps_a_port() {
    let cases: &[(&str, &[u8], bool)] = &[
        ("name", b"example.org", true),
        ("name and port", b"example.org:8080", true),
        ("empty port", b"example.org:", true),
        ("largest port", b"a:65535", true),
        ("port with zeros", b"a:00080", true),
        ("IPv4", b"127.0.0.1:80", true),
        ("IPv6", b"[::1]", true),
        ("IPv6 and port", b"[2001:db8::1]:8080", true),
        ("IPv6 and empty port", b"[::1]:", true),
        ("IPv4 in IPv6", b"[::ffff:1.2.3.4]", true),
        ("underscore", b"my_host", true),
        ("encoded", b"caf%C3%A9.example", false),
        ("empty", b"", false),
        ("port alone", b":80", false),
        ("port too large", b"a:65536", false),
        ("port too long", b"a:000080", false),
        ("port with sign", b"a:+80", false),
        ("port with letters", b"a:80x", false),
        ("two ports", b"a:80:80", false),
        ("list", b"a,b", false),
        ("list with blank", b"a, b", false),
        ("blank inside", b"a b", false),
        ("user information", b"user@a", false),
        ("user information and password", b"user:pass@a", false),
        ("path", b"a/b", false),
        ("query", b"a?b", false),
        ("fragment", b"a#b", false),
        ("backslash", b"a\\b", false),
        ("non-ASCII", b"caf\xc3\xa9", false),
        ("bad encoding", b"a%zz", false),
        ("cut encoding", b"a%4", false),
        ("encoded NUL", b"a%00", false),
        ("encoded line feed", b"a%0a", false),
        ("encoded DEL", b"a%7F", false),
        ("bracket not closed", b"[::1", false),
        ("bracket not opened", b"::1]", false),
        ("IPv6 without brackets", b"::1", false),
        ("brackets around a name", b"[a]", false),
        ("empty brackets", b"[]", false),
        ("zone", b"[fe80::1%25eth0]", false),
        ("IPvFuture", b"[v1.a]", false),
        ("bytes behind the bracket", b"[::1]a", false),
        ("bad port behind the bracket", b"[::1]:x", false),
    ];
    for (name, value, expected) in cases {
        assert_eq!(is_valid(value), *expected, "{name}");
    }
}

#[test]
fn connect_asks_for_a_port() {
    let cases: &[(&[u8], bool)] = &[
        (b"a:443", true),
        (b"[::1]:443", true),
        (b"a", false),
        (b"a:", false),
        (b"1.2.3.4", false),
        (b"[::1]", false),
        (b"[::1]:", false),
        (b"", false),
    ];
    for (value, expected) in cases {
        assert_eq!(is_valid_with_port(value), *expected, "{}", value.escape_ascii());
    }
}
