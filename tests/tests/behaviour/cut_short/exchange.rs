//! What clients ask before they leave, and what may have come until then.

use bantam_tests::answer::{Answer, Read, find};

/// Bytes of the file, and of the content that is made while it is sent: more than sockets take without a reader.
pub(crate) const LARGE: usize = 6_000_000;

/// Requests of one connection.
pub(crate) struct Exchange {
    pub(crate) name: &'static str,
    /// A method and the request's bytes, one after the other.
    pub(crate) requests: Vec<(&'static str, Vec<u8>)>,
    /// What is sent behind them, and nobody reads.
    pub(crate) ignored: &'static [u8],
    /// Whether each request waits for the answer to the one before.
    pub(crate) waits: bool,
    /// Whether the answer is too large to be cut at every byte.
    pub(crate) is_large: bool,
}

impl Exchange {
    fn new(name: &'static str, requests: impl IntoIterator<Item = (&'static str, Vec<u8>)>) -> Self {
        let requests = requests.into_iter().collect();
        Self { name, requests, ignored: b"", waits: false, is_large: false }
    }

    /// All bytes that are sent.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let requests = self.requests.iter().flat_map(|(_, request)| request);
        requests.chain(self.ignored).copied().collect()
    }

    /// The place behind each request.
    pub(crate) fn ends(&self) -> Vec<usize> {
        let mut at = 0;
        let behind = |(_, request): &(_, Vec<u8>)| {
            at += request.len();
            at
        };
        self.requests.iter().map(behind).collect()
    }

    /// What the answers in `bytes` say, whole ones and the beginning of another, without what differs from time to time:
    /// the date, where chunks end, whether a close was announced, interim answers. A whole one ends in [`END`].
    pub(crate) fn told(&self, bytes: &[u8]) -> Vec<u8> {
        let (mut told, mut rest) = (Vec::new(), bytes);
        let mut methods = self.requests.iter().map(|(method, _)| *method);
        let mut method = methods.next().unwrap_or("GET");
        while !rest.is_empty() {
            match Answer::read(rest, method, false).expect("a well-formed answer") {
                Read::Whole(answer, length) => {
                    if !answer.is_interim() {
                        let head = find(rest, b"\r\n\r\n").expect("a whole answer has a head") + 2;
                        push_lines(&rest[..head], &mut told);
                        told.push(b'\n');
                        told.extend(answer.content);
                        told.extend(END);
                        method = methods.next().unwrap_or("GET");
                    }
                    rest = &rest[length..];
                }
                Read::Unfinished => {
                    push_beginning(rest, &mut told);
                    return told;
                }
            }
        }
        told
    }
}

/// Stands behind what a whole answer tells.
pub(crate) const END: &[u8] = b"\n(whole)\n";

fn push_beginning(bytes: &[u8], told: &mut Vec<u8>) {
    let Some(head) = find(bytes, b"\r\n\r\n") else {
        let whole_lines = bytes.windows(2).rposition(|pair| pair == b"\r\n").map_or(0, |at| at + 2);
        return push_lines(&bytes[..whole_lines], told);
    };
    push_lines(&bytes[..head + 2], told);
    told.push(b'\n');
    let content = &bytes[head + 4..];
    if find(&bytes[..head], b"\r\nTransfer-Encoding: chunked").is_some() {
        push_chunks(content, told);
    } else {
        told.extend(content);
    }
}

fn push_lines(lines: &[u8], told: &mut Vec<u8>) {
    let lines = core::str::from_utf8(lines).expect("a head is text");
    if lines.starts_with("HTTP/1.1 1") {
        return;
    }
    for line in lines.lines().filter(|line| !line.starts_with("Date: ") && !line.starts_with("Connection: "))
    {
        told.extend(line.as_bytes());
        told.push(b'\n');
    }
}

/// The data of chunks that go on. Those of whole answers are read strictly by [`Answer::read`].
fn push_chunks(mut rest: &[u8], told: &mut Vec<u8>) {
    while let Some(line) = find(rest, b"\r\n") {
        let size = core::str::from_utf8(&rest[..line]).expect("a chunk size is text");
        let size = usize::from_str_radix(size, 16).unwrap_or_else(|_| panic!("a chunk size of {size:?}"));
        let data = &rest[line + 2..];
        told.extend(&data[..size.min(data.len())]);
        rest = data.get(size + 2..).unwrap_or_default();
    }
}

fn get(target: &str) -> (&'static str, Vec<u8>) {
    ("GET", format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").into_bytes())
}

fn post(fields: &str, content: &[u8]) -> (&'static str, Vec<u8>) {
    ("POST", [format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").as_bytes(), content].concat())
}

/// Content that the receive buffer does not hold, so that it comes back while it arrives.
fn long() -> Vec<u8> {
    b"0123456789abcdefghijklmnopqrstuvwxyz".repeat(50)
}

/// All of them, with the demo and a file `large` under `/static`.
pub(crate) fn all() -> Vec<Exchange> {
    let chunked = "Transfer-Encoding: chunked\r\n";
    let refused = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 05\r\n\r\n";
    let chunks = [b"708;a=b\r\n", &long()[..], b"\r\n2\r\nhi\r\n0\r\nA: b\r\n\r\n"].concat();
    let length = format!("Content-Length: {}\r\n", long().len());
    vec![
        Exchange { waits: true, ..Exchange::new("keep-alive", [get("/plaintext"), get("/json")]) },
        Exchange::new("pipelined", [get("/json"), get("/bytes/99?seed=1"), get("/plaintext")]),
        Exchange::new(
            "chunked, with a trailer",
            [post(chunked, b"5\r\nhello\r\n3;a=b\r\n, w\r\n0\r\nA: b\r\n\r\n")],
        ),
        Exchange::new("echo", [post("Content-Length: 12\r\n", b"hello, world"), get("/plaintext")]),
        Exchange::new("streamed echo", [post(&length, &long())]),
        Exchange::new("streamed echo of chunks", [post(chunked, &chunks)]),
        Exchange::new(
            "HEAD",
            [("HEAD", b"HEAD /bytes/9?seed=1 HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()), get("/json")],
        ),
        Exchange::new("100-continue", [post("Content-Length: 5\r\nExpect: 100-continue\r\n", b"hello")]),
        Exchange {
            ignored: b"helloGET / HTTP/1.1",
            ..Exchange::new("refused", [("POST", refused.to_vec())])
        },
        Exchange::new("blocking", [get("/delay/0"), get("/plaintext")]),
        Exchange { is_large: true, ..Exchange::new("large file", [get("/static/large")]) },
        Exchange {
            is_large: true,
            ..Exchange::new("large stream", [get(&format!("/stream-bytes/{LARGE}?seed=7"))])
        },
    ]
}
