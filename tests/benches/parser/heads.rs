//! What is parsed: from the shortest request to the longest that a default configuration takes.

/// The heads, by name.
pub(crate) fn all() -> [(String, Vec<u8>); 4] {
    [
        ("tiny", "GET /plaintext HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n".to_owned()),
        ("browser", browser()),
        ("cookies", cookies()),
        ("fields", fields()),
    ]
    .map(|(name, head)| (name.to_owned(), head.into_bytes()))
}

/// What a browser sends.
fn browser() -> String {
    [
        "GET /wp-content/uploads/2026/03/hello-kitty-darth-vader-pink.jpg?size=large HTTP/1.1",
        "Host: www.example.com",
        "User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0",
        "Accept: image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
        "Accept-Language: en-US,en;q=0.7,de;q=0.3",
        "Accept-Encoding: gzip, deflate, br, zstd",
        "Referer: https://www.example.com/wp-content/index.html",
        "Connection: keep-alive",
        "Cookie: session=8f3b1c02; theme=dark",
        "If-Modified-Since: Mon, 23 Nov 2026 00:00:00 GMT",
        "Upgrade-Insecure-Requests: 1",
        "Sec-Fetch-Dest: image",
        "Sec-Fetch-Mode: no-cors",
        "Sec-Fetch-Site: same-origin",
        "DNT: 1",
        "Pragma: no-cache",
        "Cache-Control: no-cache",
        "",
        "",
    ]
    .join("\r\n")
}

/// A request that is nearly all cookies.
fn cookies() -> String {
    let cookies: Vec<String> =
        (0..48).map(|number| format!("cookie-{number:02}=1a2b3c4d5e6f7a8b9c0d1e2f3a4b")).collect();
    format!(
        "GET /account HTTP/1.1\r\nHost: www.example.com\r\nAccept: */*\r\nCookie: {}\r\n\r\n",
        cookies.join("; ")
    )
}

/// A hundred short field lines.
fn fields() -> String {
    let fields: Vec<String> =
        (0..99).map(|number| format!("X-Field-{number:02}: the value of {number}, short\r\n")).collect();
    format!("GET /fields HTTP/1.1\r\nHost: www.example.com\r\n{}\r\n", fields.concat())
}
