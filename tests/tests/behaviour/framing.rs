//! How long a message is: every spelling that two recipients could read in two ways is refused (RFC 9112 §6).

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

fn cases() -> Vec<Case> {
    [lengths(), codings()].concat()
}

/// `POST /`, which answers with the content that it was sent.
fn post(fields: &str, body: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}")
}

fn sized(length: &str) -> String {
    post(&format!("Content-Length:{length}\r\n"), "hello")
}

fn coded(codings: &str) -> String {
    post(&format!("Transfer-Encoding:{codings}\r\n"), "5\r\nhello\r\n0\r\n\r\n")
}

fn lengths() -> Vec<Case> {
    let get = |fields: &str, body: &str| format!("GET /plaintext HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}");
    vec![
        Case::good("no length", post("", ""), ""),
        Case::good("length 0", post("Content-Length: 0\r\n", ""), ""),
        Case::good("a length", sized(" 5"), "hello"),
        Case::good("a length without a blank", sized("5"), "hello"),
        Case::good("a length between blanks", sized(" \t5\t "), "hello"),
        Case::good("a length in other case", post("cOnTeNt-LeNgTh: 5\r\n", "hello"), "hello"),
        Case::good(
            "content that looks like a request",
            post("Content-Length: 18\r\n", "GET / HTTP/1.1\r\n\r\n"),
            "GET / HTTP/1.1\r\n\r\n",
        ),
        Case::good("content of line ends", post("Content-Length: 4\r\n", "\r\n\r\n"), "\r\n\r\n"),
        Case::good("GET with content", get("Content-Length: 5\r\n", "hello"), HELLO),
        Case::good(
            "GET with chunks",
            get("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
            HELLO,
        ),
        Case::refused("length +5", 400, sized(" +5")),
        Case::refused("length -5", 400, sized(" -5")),
        Case::refused("length -0", 400, sized(" -0")),
        Case::refused("length 05", 400, sized(" 05")),
        Case::refused("length 00", 400, sized(" 00")),
        Case::refused("length 0x5", 400, sized(" 0x5")),
        Case::refused("length 5.0", 400, sized(" 5.0")),
        Case::refused("length 5e0", 400, sized(" 5e0")),
        Case::refused("length five", 400, sized(" five")),
        Case::refused("length 5;", 400, sized(" 5;")),
        Case::refused("length 5 with a blank in it", 400, sized(" 5 5")),
        Case::refused("length in quotes", 400, sized(" \"5\"")),
        Case::refused("length in wide digits", 400, sized(" \u{ff15}")),
        Case::refused("an empty length", 400, sized("")),
        Case::refused("a blank length", 400, sized(" \t")),
        Case::refused("a length of 2^64", 400, sized(" 18446744073709551616")),
        Case::refused("a length that is 5 beyond 2^64", 400, sized(" 18446744073709551621")),
        Case::refused("a length of forty digits", 400, sized(" 1000000000000000000000000000000000000005")),
        Case::refused("a length list of equals", 400, sized(" 5, 5")),
        Case::refused("a length list without a blank", 400, sized(" 5,5")),
        Case::refused("a length list that differs", 400, sized(" 5, 6")),
        Case::refused("a length list with an empty member", 400, sized(" 5,")),
        Case::refused("two equal lengths", 400, sized(" 5\r\nContent-Length: 5")),
        Case::refused("two lengths that differ", 400, sized(" 5\r\nContent-Length: 6")),
        Case::refused("two lengths, apart, in other case", 400, sized(" 5\r\nX: y\r\ncontent-length: 5")),
        Case::refused("a length with a vertical tab", 400, sized(" \u{b}5")),
        Case::refused("a length with NUL", 400, sized(" 5\0")),
        Case::refused("a length before a folded line", 400, sized(" 5\r\n 5")),
        Case::refused("a blank before the colon of a length", 400, post("Content-Length : 5\r\n", "hello")),
        Case::refused("a length with a form feed", 400, sized(" 5\u{c}")),
        Case::refused("a length with a non-breaking space", 400, sized(" 5\u{a0}")),
        Case::refused_bytes(
            "a length with a raw non-breaking space",
            400,
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\xa0\r\n\r\nhello",
        ),
        Case::refused("a length with a tab in it", 400, sized(" 5\t5")),
        Case::refused("a length list that begins with a comma", 400, sized(" ,5")),
        Case::refused("a length with DEL", 400, sized(" 5\u{7f}")),
        Case::refused("a length with an underscore", 400, sized(" 5_0")),
        Case::refused("a length with a percent-encoding", 400, sized(" %35")),
        Case::refused("a length of words", 400, sized(" 5 bytes")),
        Case::refused("a length of infinity", 400, sized(" inf")),
        Case::refused("a second length that is empty", 400, sized(" 5\r\nContent-Length:")),
        Case::refused("a first length that is empty", 400, sized("\r\nContent-Length: 5")),
        Case::refused("three lengths", 400, sized(" 5\r\nContent-Length: 5\r\nContent-Length: 5")),
        Case::refused("a length with NUL in its name", 400, post("Content\0Length: 5\r\n", "hello")),
        Case::refused("a length with a blank in its name", 400, post("Content Length: 5\r\n", "hello")),
        Case::refused("a length that is folded away from its name", 400, sized("\r\n 5")),
        Case::good("a length with an underscore in its name", post("Content_Length: 5\r\n", ""), ""),
        Case::good(
            "a length beside one with an underscore in its name",
            post("Content_Length: 9\r\nContent-Length: 5\r\n", "hello"),
            "hello",
        ),
        Case::good("HEAD with content", get("Content-Length: 5\r\n", "hello").replace("GET", "HEAD"), ""),
        Case::answered(
            "OPTIONS with content",
            204,
            get("Content-Length: 5\r\n", "hello").replace("GET", "OPTIONS"),
            "",
        ),
        Case::declined(
            "DELETE with content",
            405,
            get("Content-Length: 5\r\n", "hello").replace("GET", "DELETE"),
        ),
        Case::declined(
            "TRACE with content",
            405,
            get("Content-Length: 5\r\n", "hello").replace("GET", "TRACE"),
        ),
        Case::declined(
            "an unknown method with content",
            501,
            get("Content-Length: 5\r\n", "hello").replace("GET", "BREW"),
        ),
        Case::declined(
            "content where no route is",
            404,
            get("Content-Length: 5\r\n", "hello").replace("plaintext", "nothing"),
        ),
        Case::good(
            "content and an empty line before the next request",
            post("Content-Length: 5\r\n", "hello\r\n"),
            "hello",
        ),
        Case::refused("GET with a bad length", 400, get("Content-Length: x\r\n", "")),
        Case::declined(
            "content that outgrows the buffer where it is wanted whole",
            413,
            get("Content-Length: 40000\r\n", &"x".repeat(40_000)),
        ),
        Case::refused("content beyond what is read in vain", 413, get("Content-Length: 70000\r\n", "x")),
    ]
}

fn codings() -> Vec<Case> {
    vec![
        Case::good("chunked", coded(" chunked"), "hello"),
        Case::good("chunked in other case", coded(" ChUnKeD"), "hello"),
        Case::good("chunked between blanks", coded("\t chunked\t "), "hello"),
        Case::refused("chunked and a length", 400, coded(" chunked\r\nContent-Length: 5")),
        Case::refused(
            "a length and chunked",
            400,
            post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ),
        Case::refused("chunked and a length of 0", 400, coded(" chunked\r\nContent-Length: 0")),
        Case::refused("an unknown coding and a length", 400, coded(" gzip, chunked\r\nContent-Length: 5")),
        Case::refused("chunked in HTTP/1.0", 400, coded(" chunked").replace("HTTP/1.1", "HTTP/1.0")),
        Case::refused("another coding in HTTP/1.0", 400, coded(" identity").replace("HTTP/1.1", "HTTP/1.0")),
        Case::refused("chunked twice", 400, coded(" chunked, chunked")),
        Case::refused("chunked on two lines", 400, coded(" chunked\r\nTransfer-Encoding: chunked")),
        Case::refused("chunked not last", 400, coded(" chunked, gzip")),
        Case::refused("chunked not last, on two lines", 400, coded(" chunked\r\nTransfer-Encoding: gzip")),
        Case::refused("chunked twice around another", 400, coded(" chunked, gzip, chunked")),
        Case::refused("gzip alone", 400, coded(" gzip")),
        Case::refused("identity alone", 400, coded(" identity")),
        Case::refused("chunked with a parameter", 400, coded(" chunked;q=1")),
        Case::refused("chunked with an empty parameter", 400, coded(" chunked;")),
        Case::refused("chunked in quotes", 400, coded(" \"chunked\"")),
        Case::refused("chunked as a prefix", 400, coded(" chunkedx")),
        Case::refused("chunked as a suffix", 400, coded(" xchunked")),
        Case::refused("chunked with a blank in it", 400, coded(" chun ked")),
        Case::refused("chunked behind another word", 400, coded(" x chunked")),
        Case::refused("chunked before another word", 400, coded(" chunked x")),
        Case::refused("chunked behind a vertical tab", 400, coded(" \u{b}chunked")),
        Case::refused("chunked before a form feed", 400, coded(" chunked\u{c}")),
        Case::refused("chunked before a non-breaking space", 400, coded(" chunked\u{a0}")),
        Case::refused("chunked before NUL", 400, coded(" chunked\0")),
        Case::refused("an empty coding", 400, coded("")),
        Case::refused("an empty member before chunked", 400, coded(" , chunked")),
        Case::refused("an empty member behind chunked", 400, coded(" chunked,")),
        Case::refused(
            "an empty line of codings before chunked",
            400,
            coded("\r\nTransfer-Encoding: chunked"),
        ),
        Case::refused("a malformed coding before chunked", 400, coded(" g(zip, chunked")),
        Case::refused("a folded coding", 400, coded("\r\n chunked")),
        Case::refused(
            "a blank before the colon of a coding",
            400,
            post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
        ),
        Case::refused(
            "several lines of codings and a length between",
            400,
            coded(" gzip\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"),
        ),
        Case::refused("a bad length and chunked", 400, coded(" chunked\r\nContent-Length: x")),
        Case::refused(
            "chunked and a length in other case",
            400,
            post("tRANSFER-eNCODING: chunked\r\ncONTENT-lENGTH: 0\r\n", "0\r\n\r\n"),
        ),
        Case::refused(
            "chunked and a length in HTTP/1.0",
            400,
            coded(" chunked\r\nContent-Length: 5").replace("HTTP/1.1", "HTTP/1.0"),
        ),
        Case::refused(
            "chunked in HTTP/1.0 that persists",
            400,
            coded(" chunked\r\nConnection: keep-alive").replace("HTTP/1.1", "HTTP/1.0"),
        ),
        Case::refused(
            "an empty coding and a length",
            400,
            post("Transfer-Encoding:\r\nContent-Length: 5\r\n", "hello"),
        ),
        Case::refused_bytes(
            "chunked before a raw non-breaking space",
            400,
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\xa0\r\n\r\n0\r\n\r\n",
        ),
        Case::refused_bytes(
            "chunked behind a raw next-line byte",
            400,
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x85chunked\r\n\r\n0\r\n\r\n",
        ),
        Case::refused_bytes(
            "a coding with a raw byte in its name",
            400,
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer\xadEncoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        Case::refused("x-chunked", 400, coded(" x-chunked")),
        Case::refused("chunked with a hyphen", 400, coded(" chunk-ed")),
        Case::refused("chunked in the plural", 400, coded(" chunks")),
        Case::refused("chunked in Cyrillic letters", 400, coded(" \u{441}hunked")),
        Case::refused("chunked with a Kelvin sign", 400, coded(" chun\u{212a}ed")),
        Case::refused("chunked with a weight", 400, coded(" chunked;q=0.5")),
        Case::refused(
            "chunked behind an empty line of codings",
            400,
            coded(" \r\nTransfer-Encoding: chunked"),
        ),
        Case::refused(
            "chunked before an empty line of codings",
            400,
            coded(" chunked\r\nTransfer-Encoding:"),
        ),
        Case::refused("chunked behind LF", 400, coded("\n chunked")),
        Case::refused("chunked behind CR", 400, coded("\r chunked")),
        Case::refused("chunked behind DEL", 400, coded(" \u{7f}chunked")),
        Case::refused("chunked in single quotes", 400, coded(" 'chunked'")),
        Case::refused("chunked and identity", 400, coded(" chunked, identity")),
        Case::refused(
            "a coding smuggled behind LF",
            400,
            post("X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        ),
        Case::refused(
            "a coding with a vertical tab before its colon",
            400,
            post("Transfer-Encoding\u{b}: chunked\r\n", "0\r\n\r\n"),
        ),
        Case::refused(
            "a coding with a tab before its colon",
            400,
            post("Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"),
        ),
        Case::refused(
            "a coding with NUL in its name",
            400,
            post("Transfer\0Encoding: chunked\r\n", "0\r\n\r\n"),
        ),
        Case::refused("a folded coding behind another", 400, coded(" gzip,\r\n chunked")),
        Case::good(
            "a coding with an underscore in its name",
            post("Transfer_Encoding: chunked\r\nContent-Length: 5\r\n", "hello"),
            "hello",
        ),
        Case::good(
            "codings that the peer takes",
            coded(" chunked\r\nTE: gzip, trailers\r\nConnection: TE"),
            "hello",
        ),
        Case::good("chunks and an empty line before the next request", coded(" chunked") + "\r\n", "hello"),
        Case::refused("a coding with a weight and chunked", 501, coded(" gzip;q=1.0, chunked")),
        Case::refused("gzip and chunked", 501, coded(" gzip, chunked")),
        Case::refused("gzip and chunked on two lines", 501, coded(" gzip\r\nTransfer-Encoding: chunked")),
        Case::refused("an unknown coding with a parameter", 501, coded(" x;level=1, chunked")),
        Case::refused("identity and chunked", 501, coded(" identity, chunked")),
    ]
}
