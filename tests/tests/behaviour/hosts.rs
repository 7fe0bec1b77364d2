//! `Host`: there once in HTTP/1.1, and nothing but a host with perhaps a port (RFC 9110 §7.2, RFC 9112 §3.2,
//! RFC 3986 §3.2.2).

use bantam_tests::case::{Case, check_in_memory, check_over_wires};
use bantam_tests::serves::HELLO;

#[test]
fn in_memory_however_the_bytes_are_cut() {
    check_in_memory(&cases());
}

#[test]
fn over_sockets() {
    check_over_wires(&cases());
}

/// A request whose only field lines are these.
fn bare(fields: &str) -> String {
    format!("GET /plaintext HTTP/1.1\r\n{fields}\r\n")
}

fn cases() -> Vec<Case> {
    let host = |host: &str| bare(&format!("Host:{host}\r\n"));
    vec![
        Case::good("a host with a port", host(" a.example:8080"), HELLO),
        Case::good("a host with an empty port", host(" a:"), HELLO),
        Case::good("an IPv4 address", host(" 127.0.0.1:80"), HELLO),
        Case::good("an IPv6 address", host(" [::1]"), HELLO),
        Case::good("an IPv6 address with a port", host(" [2001:db8::7]:80"), HELLO),
        Case::good("an IPv6 address with an IPv4 address in it", host(" [::ffff:127.0.0.1]"), HELLO),
        Case::good("a host between blanks", host(" \t a \t"), HELLO),
        Case::good("a host with an underscore", host(" a_b-c~d"), HELLO),
        Case::good("Host in other case", bare("hOsT: a\r\n"), HELLO),
        Case::good("Host behind another field", bare("X: y\r\nHost: a\r\n"), HELLO),
        Case::refused("no Host", 400, bare("")),
        Case::refused("no Host but another field", 400, bare("X-Host: a\r\n")),
        Case::refused("two Hosts", 400, bare("Host: a\r\nHost: b\r\n")),
        Case::refused("two equal Hosts", 400, bare("Host: a\r\nX: y\r\nhost: a\r\n")),
        Case::refused("two Hosts in HTTP/1.0", 400, "GET /plaintext HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        Case::refused("a bad Host in HTTP/1.0", 400, "GET /plaintext HTTP/1.0\r\nHost: a b\r\n\r\n"),
        Case::refused("an empty Host", 400, host("")),
        Case::refused("a blank Host", 400, host("  ")),
        Case::refused("a list of hosts", 400, host(" a, b")),
        Case::refused("a list of hosts without a blank", 400, host(" a,b")),
        Case::refused("two hosts with a blank", 400, host(" a b")),
        Case::refused("user information", 400, host(" u@a")),
        Case::refused("a path", 400, host(" a/b")),
        Case::refused("a query in Host", 400, host(" a?b")),
        Case::refused("a fragment in Host", 400, host(" a#b")),
        Case::refused("a whole URL", 400, host(" http://a")),
        Case::refused("a port alone", 400, host(" :80")),
        Case::refused("a port of letters", 400, host(" a:b")),
        Case::refused("a port beyond all", 400, host(" a:65536")),
        Case::refused("a port with a sign", 400, host(" a:+80")),
        Case::refused("a port with a blank", 400, host(" a: 80")),
        Case::refused("two ports", 400, host(" a:80:80")),
        Case::refused("an IPv6 address without brackets", 400, host(" ::1")),
        Case::refused("an IPv6 address without its end", 400, host(" [::1")),
        Case::refused("an IPv6 address without its start", 400, host(" ::1]")),
        Case::refused("an IPv6 address and more", 400, host(" [::1]a")),
        Case::refused("an IPv6 address with a bad port", 400, host(" [::1]:x")),
        Case::refused("an IPv6 address of nine groups", 400, host(" [1:2:3:4:5:6:7:8:9]")),
        Case::refused("an IPv6 address of other letters", 400, host(" [::g]")),
        Case::refused("an IPv6 address with a zone", 400, host(" [fe80::1%25eth0]")),
        Case::refused("empty brackets", 400, host(" []")),
        Case::refused("an address of a version to come", 400, host(" [v1.a]")),
        Case::refused("a backslash in Host", 400, host(" a\\b")),
        Case::refused("raw UTF-8 in Host", 400, host(" \u{f6}")),
        Case::refused("percent alone in Host", 400, host(" a%")),
        Case::refused("NUL encoded in Host", 400, host(" a%00")),
        Case::refused("a quote in Host", 400, host(" \"a\"")),
        Case::refused("a tab in Host", 400, host(" a\tb")),
        Case::refused("NUL in Host", 400, host(" a\0")),
        Case::refused("angle brackets in Host", 400, host(" <a>")),
        Case::refused("a port of six digits", 400, host(" a:000080")),
        Case::refused("a port in hexadecimal", 400, host(" a:0x50")),
        Case::refused("a negative port", 400, host(" a:-1")),
        Case::refused("a colon alone", 400, host(" :")),
        Case::refused("a comma alone", 400, host(" ,")),
        Case::refused("an at sign alone", 400, host(" @")),
        Case::refused("a scheme without slashes", 400, host(" http:a")),
        Case::refused("an IPv6 address of seven groups", 400, host(" [1:2:3:4:5:6:7]")),
        Case::refused("an IPv6 address with two elisions", 400, host(" [1::2::3]")),
        Case::refused("an IPv6 address with three colons", 400, host(" [:::1]")),
        Case::refused("an IPv6 address of five digits", 400, host(" [::12345]")),
        Case::refused("an IPv6 address with a blank", 400, host(" [::1 ]")),
        Case::refused("an IPv6 address in two pairs of brackets", 400, host(" [[::1]]")),
        Case::refused("an IPv6 address with a raw zone", 400, host(" [fe80::1%eth0]")),
        Case::refused("an IPv6 address with a large IPv4 address in it", 400, host(" [::ffff:256.0.0.1]")),
        Case::refused("an IPv4 address in brackets", 400, host(" [127.0.0.1]")),
        Case::refused("user information before an IPv6 address", 400, host(" u@[::1]")),
        Case::refused("a second Host that is empty", 400, bare("Host: a\r\nHost:\r\n")),
        Case::refused("a first Host that is empty", 400, bare("Host:\r\nHost: a\r\n")),
        Case::refused("a Host that is folded", 400, bare("Host: a\r\n b\r\n")),
        Case::refused("a blank before the colon of Host", 400, bare("Host : a\r\n")),
        Case::good("a host of sub-delimiters", host(" a!$&'()*+;="), HELLO),
        Case::good("a host in upper case with a dot at its end", host(" A.EXAMPLE."), HELLO),
        Case::good("an IPv6 address with an empty port", host(" [::]:"), HELLO),
        Case::good(
            "HTTP/1.0 with an IPv6 host",
            "GET /plaintext HTTP/1.0\r\nHost: [::1]:80\r\nConnection: keep-alive\r\n\r\n",
            HELLO,
        ),
    ]
}
