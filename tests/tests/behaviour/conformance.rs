//! Heads: request lines, targets, versions, field lines, and what they say about the connection (RFC 9112 §2 to §5,
//! RFC 9110 §7, §10.1.1).

use bantam_tests::case::{Case, check_in_memory, check_in_small_steps, check_over_wires};
use bantam_tests::serves::HELLO;

#[test]
fn in_memory_however_the_bytes_are_cut() {
    check_in_memory(&cases());
}

#[test]
fn in_small_steps() {
    check_in_small_steps(&cases());
}

#[test]
fn over_sockets() {
    check_over_wires(&cases());
}

const PAGE: &str = include_str!("../../../demo/assets/welcome.html");

fn cases() -> Vec<Case> {
    [request_lines(), targets(), versions(), field_lines(), connection_options()].concat()
}

/// A request whose first line is this.
fn line(line: &str) -> String {
    format!("{line}\r\nHost: a\r\n\r\n")
}

/// `GET` of this target.
fn target(target: &str) -> String {
    line(&format!("GET {target} HTTP/1.1"))
}

/// A request with these field lines behind `Host`.
fn fields(fields: &str) -> String {
    format!("GET /plaintext HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

fn request_lines() -> Vec<Case> {
    vec![
        Case::good("the plainest request", target("/plaintext"), HELLO),
        Case::good("an empty line before it", format!("\r\n{}", target("/plaintext")), HELLO),
        Case::refused("LF before it", 400, format!("\n{}", target("/plaintext"))),
        Case::refused("CR before it", 400, format!("\r{}", target("/plaintext"))),
        Case::refused("a blank before it", 400, format!(" {}", target("/plaintext"))),
        Case::refused("a blank line before it", 400, format!(" \r\n{}", target("/plaintext"))),
        Case::refused("two blanks before the target", 400, line("GET  /plaintext HTTP/1.1")),
        Case::refused("two blanks behind the target", 400, line("GET /plaintext  HTTP/1.1")),
        Case::refused("a tab before the target", 400, line("GET\t/plaintext HTTP/1.1")),
        Case::refused("a tab behind the target", 400, line("GET /plaintext\tHTTP/1.1")),
        Case::refused("a blank at the end of the line", 400, line("GET /plaintext HTTP/1.1 ")),
        Case::refused("a third blank", 400, line("GET /plain text HTTP/1.1")),
        Case::refused("LF at the end of the line", 400, "GET /plaintext HTTP/1.1\nHost: a\r\n\r\n"),
        Case::refused("only LF", 400, "GET /plaintext HTTP/1.1\nHost: a\n\n"),
        Case::refused("CR at the end of the line", 400, "GET /plaintext HTTP/1.1\rHost: a\r\n\r\n"),
        Case::refused("two CR at the end of the line", 400, "GET /plaintext HTTP/1.1\r\r\nHost: a\r\n\r\n"),
        Case::refused("NUL in the line", 400, line("GET /plain\0text HTTP/1.1")),
        Case::refused("a method alone", 400, line("GET")),
        Case::refused("a method and a blank", 400, line("GET ")),
        Case::refused("no version", 400, line("GET /plaintext")),
        Case::refused("no method", 400, line(" /plaintext HTTP/1.1")),
        Case::refused("a target first", 400, line("/plaintext HTTP/1.1")),
        Case::refused("a method that is no token", 400, line("G(T /plaintext HTTP/1.1")),
        Case::refused("a method of raw UTF-8", 400, line("G\u{c9}T /plaintext HTTP/1.1")),
        Case::refused("a method with a colon", 400, line("GET: /plaintext HTTP/1.1")),
        Case::refused("a method of 33 bytes", 400, line(&format!("{} / HTTP/1.1", "M".repeat(33)))),
        Case::refused_bytes("a TLS handshake", 400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        Case::refused("HTTP/2 with prior knowledge", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Case::declined("an unknown method", 501, line("BREW /plaintext HTTP/1.1")),
        Case::declined("an unknown method of 32 bytes", 501, line(&format!("{} / HTTP/1.1", "M".repeat(32)))),
        Case::declined("a method in lower case", 501, line("get /plaintext HTTP/1.1")),
        Case::refused("a tunnel", 501, line("CONNECT a:443 HTTP/1.1")),
        Case::declined("a method that the route does not have", 405, line("DELETE /plaintext HTTP/1.1")),
        Case::declined("TRACE", 405, line("TRACE /plaintext HTTP/1.1")),
        Case::declined("a path without a route", 404, target("/nothing")),
        Case::declined("a path that differs in case", 404, target("/PLAINTEXT")),
        Case::declined("a path whose letters are encoded", 404, target("/pl%61intext")),
        Case::declined("a slash too many at the end", 404, target("/plaintext/")),
        Case::declined("a slash too many at the start", 404, target("//plaintext")),
    ]
}

fn targets() -> Vec<Case> {
    vec![
        Case::good("a query", target("/plaintext?a=b&c"), HELLO),
        Case::good("a query of all its bytes", target("/plaintext?/?:@!$&'()*+,;=-._~%20"), HELLO),
        Case::good("an empty query", target("/plaintext?"), HELLO),
        Case::good("a parameter that is encoded", target("/users/a%2Fb%3f"), r#"{"id":"a/b?"}"#),
        Case::good("a segment with dots", target("/users/..."), r#"{"id":"..."}"#),
        Case::good(
            "a segment of sub-delimiters",
            target("/users/!$&'()*+,;=:@"),
            r#"{"id":"!$&'()*+,;=:@"}"#,
        ),
        Case::good("absolute form", target("http://a/plaintext"), HELLO),
        Case::good("absolute form in other case", target("HTTP://A/plaintext"), HELLO),
        Case::declined("absolute form of https", 421, target("https://a:443/plaintext")),
        Case::declined("absolute form of https in other case", 421, target("HTTPS://a/nothing")),
        Case::good("absolute form with another Host", target("http://b/plaintext"), HELLO),
        Case::good("absolute form with an IPv6 address", target("http://[::1]:80/plaintext?q"), HELLO),
        Case::good("absolute form without a path", target("http://a"), PAGE),
        Case::good("absolute form with a query alone", target("http://a?q"), PAGE),
        Case::refused("absolute form without a Host", 400, "GET http://a/plaintext HTTP/1.1\r\n\r\n"),
        Case::refused("absolute form with a bad Host", 400, "GET http://a/ HTTP/1.1\r\nHost: a b\r\n\r\n"),
        Case::refused("absolute form with an empty host", 400, target("http:///plaintext")),
        Case::refused("absolute form with nothing", 400, target("http://")),
        Case::refused("absolute form with user information", 400, target("http://u@a/plaintext")),
        Case::refused("absolute form with a password", 400, target("http://u:p@a/plaintext")),
        Case::refused("absolute form with a bad port", 400, target("http://a:b/plaintext")),
        Case::refused("absolute form with a port beyond all", 400, target("http://a:65536/plaintext")),
        Case::refused("absolute form with one slash", 400, target("http:/a/plaintext")),
        Case::refused("absolute form of another scheme", 400, target("ftp://a/plaintext")),
        Case::refused("absolute form with a fragment", 400, target("http://a#b")),
        Case::refused("a relative path", 400, target("plaintext")),
        Case::refused("a query alone", 400, target("?q")),
        Case::refused("an authority with GET", 400, target("a:80")),
        Case::refused("an asterisk with GET", 400, target("*")),
        Case::refused("two asterisks", 400, line("OPTIONS ** HTTP/1.1")),
        Case::refused("an asterisk behind a slash with a fragment", 400, line("OPTIONS /*# HTTP/1.1")),
        Case::refused("CONNECT with a path", 400, line("CONNECT /plaintext HTTP/1.1")),
        Case::refused("CONNECT without a port", 400, line("CONNECT a HTTP/1.1")),
        Case::refused("CONNECT with an asterisk", 400, line("CONNECT * HTTP/1.1")),
        Case::refused("a fragment", 400, target("/plaintext#a")),
        Case::refused("a fragment behind a query", 400, target("/plaintext?a#b")),
        Case::refused("raw UTF-8 in the path", 400, target("/users/J\u{f6}rg")),
        Case::refused("raw UTF-8 in the query", 400, target("/plaintext?\u{f6}")),
        Case::refused("a quote in the path", 400, target("/users/\"")),
        Case::refused("a backslash in the path", 400, target("/users\\1")),
        Case::refused("angle brackets in the path", 400, target("/users/<1>")),
        Case::refused("braces in the path", 400, target("/users/{1}")),
        Case::refused("a caret in the path", 400, target("/users/^")),
        Case::refused("a bar in the path", 400, target("/users/|")),
        Case::refused("a grave accent in the query", 400, target("/plaintext?`")),
        Case::refused("brackets in the path", 400, target("/users/[1]")),
        Case::refused("DEL in the path", 400, target("/users/\u{7f}")),
        Case::refused("a control byte in the path", 400, target("/users/\u{1}")),
        Case::refused("percent alone", 400, target("/users/%")),
        Case::refused("percent with one digit", 400, target("/users/%4")),
        Case::refused("percent with other letters", 400, target("/users/%zz")),
        Case::refused("percent with a sign", 400, target("/users/%+1")),
        Case::refused("percent with NUL", 400, target("/users/%00")),
        Case::refused("percent with NUL in the query", 400, target("/plaintext?a=%00")),
        Case::refused("bad percent in the query", 400, target("/plaintext?a=%x1")),
        Case::refused("a dot segment", 400, target("/./plaintext")),
        Case::refused("a dot segment at the end", 400, target("/users/.")),
        Case::refused("two dots", 400, target("/users/../plaintext")),
        Case::refused("two dots at the end", 400, target("/users/..")),
        Case::refused("two dots at the start", 400, target("/..")),
        Case::refused("an encoded dot", 400, target("/users/%2e")),
        Case::refused("encoded dots", 400, target("/users/%2E%2e/plaintext")),
        Case::refused("dots encoded by half", 400, target("/users/.%2e")),
        Case::refused("two dots in absolute form", 400, target("http://a/users/../plaintext")),
        Case::declined("a parameter that is no UTF-8", 400, target("/users/%ff")),
        Case::declined("an empty parameter", 404, target("/users/")),
    ]
}

fn versions() -> Vec<Case> {
    let version = |version: &str| line(&format!("GET /plaintext {version}"));
    vec![
        Case::good("HTTP/1.2", version("HTTP/1.2"), HELLO),
        Case::good("HTTP/1.9", version("HTTP/1.9"), HELLO),
        Case::last("HTTP/1.0", version("HTTP/1.0"), HELLO),
        Case::last("HTTP/1.0 without Host", "GET /plaintext HTTP/1.0\r\n\r\n", HELLO),
        Case::refused("HTTP/1.2 without Host", 400, "GET /plaintext HTTP/1.2\r\n\r\n"),
        Case::refused("HTTP/2.0", 505, version("HTTP/2.0")),
        Case::refused("HTTP/3.0", 505, version("HTTP/3.0")),
        Case::refused("HTTP/0.9", 505, version("HTTP/0.9")),
        Case::refused("HTTP/9.9", 505, version("HTTP/9.9")),
        Case::refused("another version with a target of its own", 505, line("GET {} HTTP/2.0")),
        Case::refused("http/1.1", 400, version("http/1.1")),
        Case::refused("HTTP/1.10", 400, version("HTTP/1.10")),
        Case::refused("HTTP/01.1", 400, version("HTTP/01.1")),
        Case::refused("HTTP/11", 400, version("HTTP/11")),
        Case::refused("HTTP/1.", 400, version("HTTP/1.")),
        Case::refused("HTTP/1", 400, version("HTTP/1")),
        Case::refused("HTTP/", 400, version("HTTP/")),
        Case::refused("HTTP/1,1", 400, version("HTTP/1,1")),
        Case::refused("HTTP/a.1", 400, version("HTTP/a.1")),
        Case::refused("HTTPS/1.1", 400, version("HTTPS/1.1")),
        Case::refused("HTTP 1.1", 400, version("HTTP 1.1")),
        Case::refused("a request of HTTP/0.9", 400, "GET /plaintext\r\n"),
    ]
}

fn field_lines() -> Vec<Case> {
    vec![
        Case::good("an empty value", fields("X:\r\n"), HELLO),
        Case::good("a value of blanks", fields("X: \t \r\n"), HELLO),
        Case::good("a value with a colon", fields("X: a:b\r\n"), HELLO),
        Case::good("a value with a tab", fields("X: a\tb\r\n"), HELLO),
        Case::good("a value of raw UTF-8", fields("X: J\u{f6}rg\r\n"), HELLO),
        Case::good("a name of all token bytes", fields("!#$%&'*+-.^_`|~09azAZ: a\r\n"), HELLO),
        Case::good("the same name twice", fields("X: a\r\nX: b\r\n"), HELLO),
        Case::refused("a folded line", 400, fields("X: a\r\n b\r\n")),
        Case::refused("a line folded by a tab", 400, fields("X: a\r\n\tb\r\n")),
        Case::refused("a line of a blank", 400, fields("X: a\r\n \r\n")),
        Case::refused("a blank before the first line", 400, "GET /plaintext HTTP/1.1\r\n Host: a\r\n\r\n"),
        Case::refused("a blank before the colon", 400, fields("X : a\r\n")),
        Case::refused("a tab before the colon", 400, fields("X\t: a\r\n")),
        Case::refused("no name", 400, fields(": a\r\n")),
        Case::refused("no colon", 400, fields("X\r\n")),
        Case::refused("no colon but a value", 400, fields("X a\r\n")),
        Case::refused("a name with a blank", 400, fields("X Y: a\r\n")),
        Case::refused("a name with a bracket", 400, fields("X(Y): a\r\n")),
        Case::refused("a name with a slash", 400, fields("X/Y: a\r\n")),
        Case::refused("a name in quotes", 400, fields("\"X\": a\r\n")),
        Case::refused("a name of raw UTF-8", 400, fields("X\u{f6}: a\r\n")),
        Case::refused("a name with NUL", 400, fields("X\0: a\r\n")),
        Case::refused("a name with a control byte", 400, fields("X\u{1}: a\r\n")),
        Case::refused("a name with CR", 400, fields("X\rY: a\r\n")),
        Case::refused("a name with LF", 400, fields("X\nY: a\r\n")),
        Case::refused("a value with NUL", 400, fields("X: a\0b\r\n")),
        Case::refused("a value with a control byte", 400, fields("X: a\u{1b}b\r\n")),
        Case::refused("a value with DEL", 400, fields("X: a\u{7f}\r\n")),
        Case::refused("a value with CR", 400, fields("X: a\rY: b\r\n")),
        Case::refused("a value that ends in CR", 400, fields("X: a\r\r\n")),
        Case::refused("a value with LF", 400, fields("X: a\nY: b\r\n")),
        Case::refused("LF for the empty line", 400, "GET /plaintext HTTP/1.1\r\nHost: a\r\n\n"),
        Case::refused("CR for the empty line", 400, "GET /plaintext HTTP/1.1\r\nHost: a\r\n\rX"),
        Case::refused("two media types", 400, fields("Content-Type: a/b\r\nContent-Type: a/b\r\n")),
    ]
}

fn connection_options() -> Vec<Case> {
    let post = |fields: &str| format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n{fields}\r\nhello");
    let old = |fields: &str| format!("GET /plaintext HTTP/1.0\r\n{fields}\r\n");
    vec![
        Case::last("close", fields("Connection: close\r\n"), HELLO),
        Case::last("close in other case", fields("cOnNeCtIoN: ClOsE\r\n"), HELLO),
        Case::last("close in a list", fields("Connection: foo, close, bar\r\n"), HELLO),
        Case::last("close in a list with empty members", fields("Connection: ,,close ,\r\n"), HELLO),
        Case::last("close on a second line", fields("Connection: foo\r\nConnection: close\r\n"), HELLO),
        Case::last("close and keep-alive", fields("Connection: keep-alive, close\r\n"), HELLO),
        Case::last(
            "keep-alive behind close",
            fields("Connection: close\r\nConnection: keep-alive\r\n"),
            HELLO,
        ),
        Case::last("close behind content", post("Connection: close\r\n"), "hello"),
        Case::last(
            "close on the third line",
            fields("Connection: a\r\nX: y\r\nConnection:\r\nConnection: b,close\r\n"),
            HELLO,
        ),
        Case::last("close between tabs", fields("Connection:\tfoo\t,\tclose\t\r\n"), HELLO),
        Case::good("keep-alive", fields("Connection: keep-alive\r\n"), HELLO),
        Case::good("close as a prefix", fields("Connection: closed\r\n"), HELLO),
        Case::good("close as a suffix", fields("Connection: x-close\r\n"), HELLO),
        Case::good("close in quotes", fields("Connection: \"close\"\r\n"), HELLO),
        Case::good("close with a parameter", fields("Connection: close;a=b\r\n"), HELLO),
        Case::good("an empty list of options", fields("Connection: ,\r\n"), HELLO),
        Case::good(
            "options that are not known",
            fields("Connection: TE, Upgrade\r\nTE: trailers\r\nUpgrade: x\r\n"),
            HELLO,
        ),
        Case::good(
            "Upgrade in HTTP/1.0",
            old("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"),
            HELLO,
        ),
        Case::good(
            "Upgrade to HTTP/2",
            fields(
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            ),
            HELLO,
        ),
        Case::good("close in other words", fields("Connection: not close\r\n"), HELLO),
        Case::good("close in another field", fields("X: close\r\nProxy-Connection: close\r\n"), HELLO),
        Case::good("keep-alive in HTTP/1.0", old("Connection: keep-alive\r\n"), HELLO),
        Case::good("keep-alive in HTTP/1.0, other case", old("Connection: foo, Keep-Alive\r\n"), HELLO),
        Case::last("keep-alive and close in HTTP/1.0", old("Connection: keep-alive, close\r\n"), HELLO),
        Case::last("keep-alive as a prefix in HTTP/1.0", old("Connection: keep-alived\r\n"), HELLO),
        Case::good("100-continue", post("Expect: 100-continue\r\n"), "hello"),
        Case::good("100-continue in other case", post("eXpEcT: 100-CONTINUE\r\n"), "hello"),
        Case::good("100-continue without content", fields("Expect: 100-continue\r\n"), HELLO),
        Case::refused("another expectation", 417, post("Expect: the worst\r\n")),
        Case::refused("another expectation without content", 417, fields("Expect: 200-ok\r\n")),
        Case::refused("an empty expectation", 417, post("Expect:\r\n")),
        Case::good("100-continue twice in a list", post("Expect: 100-continue, 100-Continue\r\n"), "hello"),
        Case::good("100-continue in a list with empty members", post("Expect: ,100-continue,\r\n"), "hello"),
        Case::good(
            "100-continue on two lines",
            post("Expect: 100-continue\r\nExpect: 100-continue\r\n"),
            "hello",
        ),
        Case::refused("an expectation of empty members", 417, post("Expect: ,\r\n")),
        Case::refused("two expectations", 417, post("Expect: 100-continue, the-worst\r\n")),
        Case::refused("100-continue with a parameter", 417, post("Expect: 100-continue;a=b\r\n")),
    ]
}
