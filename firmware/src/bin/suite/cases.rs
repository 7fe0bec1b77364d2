//! Requests, and what is to come of them.

/// A request that ends the connection, and follows each case.
pub(crate) const LAST: &[u8] = b"GET /plaintext HTTP/1.1\r\nHost: last\r\nConnection: close\r\n\r\n";

/// A request, and what is to come of it.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) request: &'static [u8],
    pub(crate) status: u16,
    /// Whether what follows is answered too.
    pub(crate) persists: bool,
    /// What a 200 contains.
    pub(crate) content: &'static [u8],
}

impl Case {
    const fn new(
        name: &'static str,
        request: &'static [u8],
        status: u16,
        persists: bool,
        content: &'static [u8],
    ) -> Self {
        Self { name, request, status, persists, content }
    }

    /// Answered 200, and the connection persists.
    const fn good(name: &'static str, request: &'static [u8], content: &'static [u8]) -> Self {
        Self::new(name, request, 200, true, content)
    }

    /// Answered 200, and the connection closes.
    const fn last(name: &'static str, request: &'static [u8], content: &'static [u8]) -> Self {
        Self::new(name, request, 200, false, content)
    }

    /// An error, and the connection persists.
    const fn declined(name: &'static str, status: u16, request: &'static [u8]) -> Self {
        Self::new(name, request, status, true, b"")
    }

    /// An error, the connection closes, and nothing behind it is interpreted.
    const fn refused(name: &'static str, status: u16, request: &'static [u8]) -> Self {
        Self::new(name, request, status, false, b"")
    }

    /// The request with LAST behind it.
    pub(crate) fn followed<'s>(&self, space: &'s mut [u8; 1024]) -> &'s [u8] {
        let bytes = self.request.iter().chain(LAST);
        let length = space.iter_mut().zip(bytes).fold(0_usize, |length, (place, byte)| {
            *place = *byte;
            length.saturating_add(1)
        });
        space.get(..length).unwrap_or_default()
    }
}

/// The cases.
pub(crate) static CASES: &[Case] = &[
    Case::good("a request", b"GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n", b"Hello, World!"),
    Case::good("an empty line before it", b"\r\nGET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n", b"Hello, World!"),
    Case::good("a query", b"GET /plaintext?a=b HTTP/1.1\r\nHost: a\r\n\r\n", b"Hello, World!"),
    Case::good("an absolute target", b"GET http://a/plaintext HTTP/1.1\r\nHost: a\r\n\r\n", b"Hello, World!"),
    Case::good("HTTP/1.2", b"GET /plaintext HTTP/1.2\r\nHost: a\r\n\r\n", b"Hello, World!"),
    Case::last("HTTP/1.0", b"GET /plaintext HTTP/1.0\r\nHost: a\r\n\r\n", b"Hello, World!"),
    Case::last("close", b"GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"Hello, World!"),
    Case::last("close in a list, in other case", b"GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n", b"Hello, World!"),
    Case::good("close as part of a word", b"GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", b"Hello, World!"),
    Case::good("no length", b"POST / HTTP/1.1\r\nHost: a\r\n\r\n", b""),
    Case::good("length 0", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", b""),
    Case::good("a length", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    Case::good("content that looks like a request", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"),
    Case::good("chunks", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n", b"hello!"),
    Case::good("chunks and trailers", b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n", b"0123456789"),
    Case::declined("no such page", 404, b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::declined("no such method there", 405, b"POST /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::declined("an unknown method", 501, b"BREW /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::refused("a length: +5", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello"),
    Case::refused("a length: -5", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello"),
    Case::refused("a length: 05", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 05\r\n\r\nhello"),
    Case::refused("a length: 0x5", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello"),
    Case::refused("a length: 5;", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5;\r\n\r\nhello"),
    Case::refused("a length: 5 5", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5 5\r\n\r\nhello"),
    Case::refused("a length: five", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: five\r\n\r\nhello"),
    Case::refused("a length: empty", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nhello"),
    Case::refused("a length: of 2^64", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\nhello"),
    Case::refused("a length: list", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello"),
    Case::refused("a length: twice", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    Case::refused("a length: twice, and they differ", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    Case::refused("a length: with NUL", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\0\r\n\r\nhello"),
    Case::refused("a length: before a folded line", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n 5\r\n\r\nhello"),
    Case::refused("a blank before the colon", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello"),
    Case::refused("length and chunks", 400, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Case::refused("chunks in HTTP/1.0", 400, b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Case::refused("chunked twice", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    Case::refused("chunked not last", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
    Case::refused("chunked in quotes", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    Case::refused("an empty coding", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n0\r\n\r\n"),
    Case::refused("another coding", 501, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    Case::refused("a chunk size with 0x", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n"),
    Case::refused("a chunk size with a sign", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n"),
    Case::refused("a chunk size with a blank", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n"),
    Case::refused("a chunk size empty", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n"),
    Case::refused("a chunk size with a semicolon and nothing", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;\r\nhello\r\n0\r\n\r\n"),
    Case::refused("a chunk size over 64 bits", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\nhello\r\n0\r\n\r\n"),
    Case::refused("a chunk size with a bare LF", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n"),
    Case::refused("chunk data that is too long", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n"),
    Case::refused("a trailer with a bare LF", 400, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\r\n"),
    Case::refused("bare LF", 400, b"GET /plaintext HTTP/1.1\nHost: a\n\n"),
    Case::refused("bare CR", 400, b"GET /plaintext HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"),
    Case::refused("a folded line", 400, b"GET /plaintext HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"),
    Case::refused("a name that is none", 400, b"GET /plaintext HTTP/1.1\r\nHost: a\r\nX(: y\r\n\r\n"),
    Case::refused("an empty name", 400, b"GET /plaintext HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n"),
    Case::refused("no colon", 400, b"GET /plaintext HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"),
    Case::refused("a control byte in a value", 400, b"GET /plaintext HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n"),
    Case::refused("no Host", 400, b"GET /plaintext HTTP/1.1\r\n\r\n"),
    Case::refused("two Hosts", 400, b"GET /plaintext HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
    Case::refused("a Host list", 400, b"GET /plaintext HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    Case::refused("a Host with userinfo", 400, b"GET /plaintext HTTP/1.1\r\nHost: u@a\r\n\r\n"),
    Case::refused("a Host with a bad port", 400, b"GET /plaintext HTTP/1.1\r\nHost: a:b\r\n\r\n"),
    Case::refused("two blanks", 400, b"GET  /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::refused("a method that is no token", 400, b"G(T /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::refused("a fragment", 400, b"GET /plaintext#a HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::refused("a percent-encoding that is none", 400, b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::refused("an encoded NUL", 400, b"GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::refused("a dot segment", 400, b"GET /../plaintext HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::refused("an encoded dot segment", 400, b"GET /%2e%2e/plaintext HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::refused("an asterisk with GET", 400, b"GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::refused("no version", 400, b"GET /plaintext\r\nHost: a\r\n\r\n"),
    Case::refused("another version", 505, b"GET /plaintext HTTP/2.0\r\nHost: a\r\n\r\n"),
    Case::refused("another expectation", 417, b"POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\nContent-Length: 5\r\n\r\nhello"),
    Case::refused("a long target", 414, b"GET /xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx HTTP/1.1\r\nHost: a\r\n\r\n"),
    Case::refused("many field lines", 431, b"GET /plaintext HTTP/1.1\r\nHost: a\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\nX: y\r\n\r\n"),
    Case::refused("content that has no room", 413, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\nhello"),
];
