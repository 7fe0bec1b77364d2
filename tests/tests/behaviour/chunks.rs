//! The chunked coding to the letter of its grammar: sizes, extensions, data, line ends, trailers (RFC 9112 §7.1).

use bantam_tests::case::{Case, check_in_memory, check_in_small_steps, check_over_wires};

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

fn cases() -> Vec<Case> {
    [chunks(), extensions(), trailers()].concat()
}

/// `POST /`, which answers with the content that it was sent.
fn chunked(body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
}

/// Content of one chunk whose size line is this.
fn one(line: &str) -> String {
    chunked(&format!("{line}\r\nhello\r\n0\r\n\r\n"))
}

fn chunks() -> Vec<Case> {
    vec![
        Case::good("no chunk", chunked("0\r\n\r\n"), ""),
        Case::good("two chunks", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), "hello"),
        Case::good("a size in upper case", chunked("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789"),
        Case::good("a size in lower case", chunked("a\r\n0123456789\r\n0\r\n\r\n"), "0123456789"),
        Case::good("a size with leading zeros", one("0000005"), "hello"),
        Case::good("a size of sixteen digits", one("0000000000000005"), "hello"),
        Case::good("a last chunk of several zeros", chunked("5\r\nhello\r\n000\r\n\r\n"), "hello"),
        Case::good("chunk data of line ends", chunked("4\r\n\r\n\r\n\r\n0\r\n\r\n"), "\r\n\r\n"),
        Case::good("chunk data like a last chunk", chunked("5\r\n0\r\n\r\n\r\n0\r\n\r\n"), "0\r\n\r\n"),
        Case::refused("size +5", 400, one("+5")),
        Case::refused("size -5", 400, one("-5")),
        Case::refused("size 0x5", 400, one("0x5")),
        Case::refused("size 5h", 400, one("5h")),
        Case::refused("size g", 400, one("g")),
        Case::refused("an empty size", 400, one("")),
        Case::refused("a blank before the size", 400, one(" 5")),
        Case::refused("a tab before the size", 400, one("\t5")),
        Case::refused("a blank behind the size", 400, one("5 ")),
        Case::refused("a tab behind the size", 400, one("5\t")),
        Case::refused("a comma behind the size", 400, one("5,")),
        Case::refused("a size of seventeen digits", 400, one("00000000000000005")),
        Case::refused("a size that is 5 beyond 2^64", 400, one("10000000000000005")),
        Case::refused("an extension without a name, with a value", 400, one("5;=b")),
        Case::refused("LF behind the size", 400, chunked("5\nhello\r\n0\r\n\r\n")),
        Case::refused("CR behind the size", 400, chunked("5\rhello\r\n0\r\n\r\n")),
        Case::refused("two CR behind the size", 400, chunked("5\r\r\nhello\r\n0\r\n\r\n")),
        Case::refused("LF behind the data", 400, chunked("5\r\nhello\n0\r\n\r\n")),
        Case::refused("CR behind the data", 400, chunked("5\r\nhello\r0\r\n\r\n")),
        Case::refused("nothing behind the data", 400, chunked("5\r\nhello0\r\n\r\n")),
        Case::refused("more data than announced", 400, chunked("5\r\nhello!\r\n0\r\n\r\n")),
        Case::refused("less data than announced", 400, chunked("6\r\nhello\r\n0\r\n\r\n")),
        Case::refused("NUL behind the data", 400, chunked("5\r\nhello\0\r\n0\r\n\r\n")),
        Case::refused("LF behind the last size", 400, chunked("5\r\nhello\r\n0\n\r\n")),
        Case::refused("LF for the last line", 400, chunked("5\r\nhello\r\n0\r\n\n")),
        Case::refused("NUL before the size", 400, one("\u{0}5")),
        Case::refused("a size with NUL", 400, one("5\0")),
        Case::refused("a size with a vertical tab", 400, one("5\u{b}")),
        Case::refused("a size with a form feed", 400, one("\u{c}5")),
        Case::refused("a size with a non-breaking space", 400, one("5\u{a0}")),
        Case::refused("a size in wide digits", 400, one("\u{ff15}")),
        Case::refused("a size with an underscore", 400, one("0_5")),
        Case::refused("a size with a point", 400, one("5.0")),
        Case::refused("a size in quotes", 400, one("\"5\"")),
        Case::refused("a size with X", 400, one("5X")),
        Case::refused("a size of two numbers", 400, one("5 5")),
        Case::refused("a size of 2^64", 400, one("10000000000000000")),
        Case::refused("a line end too many before the size", 400, one("\r\n5")),
        Case::refused("a line end too many behind the data", 400, chunked("5\r\nhello\r\n\r\n0\r\n\r\n")),
        Case::refused("a last chunk with data", 400, chunked("5\r\nhello\r\n0\r\nhello\r\n\r\n")),
        Case::refused(
            "a request where the last chunk should stand",
            400,
            chunked("5\r\nhello\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ),
        Case::refused(
            "a request in the trailer section",
            400,
            chunked("5\r\nhello\r\n0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ),
        Case::refused("a second size that is bad", 400, chunked("2\r\nhe\r\n 3\r\nllo\r\n0\r\n\r\n")),
    ]
}

fn extensions() -> Vec<Case> {
    vec![
        Case::good("an extension", one("5;a"), "hello"),
        Case::good("an extension with a value", one("5;a=b"), "hello"),
        Case::good("extensions", one("5;a=b;c;d=e"), "hello"),
        Case::good("a quoted extension", one("5;a=\"b; c\""), "hello"),
        Case::good("an extension with an escaped quote", one("5;a=\"b\\\"c\\\\\""), "hello"),
        Case::good("an empty quoted extension", one("5;a=\"\";b"), "hello"),
        Case::good("an extension of the last chunk", chunked("5\r\nhello\r\n0;a=b\r\n\r\n"), "hello"),
        Case::refused("an empty size with an extension", 400, one(";a")),
        Case::refused("an extension without a name", 400, one("5;")),
        Case::refused("an extension between two semicolons", 400, one("5;;a")),
        Case::refused("an extension without its value", 400, one("5;a=")),
        Case::refused("an extension with two equals signs", 400, one("5;a==b")),
        Case::refused("a blank behind the semicolon", 400, one("5; a")),
        Case::refused("a blank before the semicolon", 400, one("5 ;a")),
        Case::refused("a blank before the equals sign", 400, one("5;a =b")),
        Case::refused("a blank behind the equals sign", 400, one("5;a= b")),
        Case::refused("a blank in an extension", 400, one("5;a b")),
        Case::refused("an extension that is no token", 400, one("5;a(b")),
        Case::refused("an extension of raw UTF-8", 400, one("5;\u{e9}")),
        Case::refused("an extension with NUL", 400, one("5;a\0")),
        Case::refused("an extension with a bare LF", 400, one("5;a\nb")),
        Case::refused("an extension with a bare CR", 400, one("5;a\rb")),
        Case::refused("an open quote", 400, one("5;a=\"b")),
        Case::refused("a quote with a line end in it", 400, one("5;a=\"\r\n\"")),
        Case::refused("a quote with an escaped line end in it", 400, one("5;a=\"\\\r\n\"")),
        Case::refused("a quote with a control byte in it", 400, one("5;a=\"\u{1}\"")),
        Case::refused("text behind a quote", 400, one("5;a=\"b\"c")),
        Case::good(
            "an extension of all token bytes",
            one("5;!#$%&'*+-.^_`|~09azAZ=!#$%&'*+-.^_`|~09azAZ"),
            "hello",
        ),
        Case::good("an extension twice", one("5;a=b;a=c"), "hello"),
        Case::good("an extension that looks like a size", one("5;0"), "hello"),
        Case::good("a quoted extension with a tab and raw UTF-8", one("5;a=\"\t\u{e9}\""), "hello"),
        Case::refused("an extension with a tab before it", 400, one("5;\ta")),
        Case::refused("an extension with a comma", 400, one("5;a,b")),
        Case::refused("a quoted name of an extension", 400, one("5;\"a\"")),
        Case::refused("an extension with DEL", 400, one("5;a\u{7f}")),
        Case::refused("a quote with NUL in it", 400, one("5;a=\"\0\"")),
        Case::refused("a quote with LF in it", 400, one("5;a=\"\n\"")),
        Case::refused("a quote with an escaped NUL in it", 400, one("5;a=\"\\\0\"")),
        Case::refused("two quotes", 400, one("5;a=\"b\"\"c\"")),
        Case::refused("an extension that ends in a semicolon", 400, one("5;a;")),
        Case::refused(
            "an extension of the last chunk with a blank",
            400,
            chunked("5\r\nhello\r\n0;a b\r\n\r\n"),
        ),
    ]
}

fn trailers() -> Vec<Case> {
    let with = |trailers: &str| chunked(&format!("5\r\nhello\r\n0\r\n{trailers}\r\n"));
    vec![
        Case::good("a trailer", with("X-Sum: 1\r\n"), "hello"),
        Case::good("two trailers", with("X-Sum: 1\r\nX-End:\r\n"), "hello"),
        Case::good("a trailer that would frame the message", with("Content-Length: 99\r\n"), "hello"),
        Case::refused("a trailer that ends in LF", 400, with("X: y\n")),
        Case::refused("a trailer with CR in it", 400, with("X: y\rz\r\n")),
        Case::refused("a trailer with NUL", 400, with("X: \0\r\n")),
        Case::refused("a folded trailer", 400, with("X: y\r\n z\r\n")),
        Case::refused("a trailer without a colon", 400, with("X\r\n")),
        Case::refused("a trailer without a name", 400, with(": y\r\n")),
        Case::refused("a trailer with a blank before its colon", 400, with("X : y\r\n")),
        Case::refused("a trailer that is no token", 400, with("X(: y\r\n")),
    ]
}
