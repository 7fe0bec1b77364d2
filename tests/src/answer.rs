//! Answers, read from bytes by the rules that a strict client would apply.

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The words behind it.
    pub reason: String,
    /// Names and values, in order.
    pub fields: Vec<(String, String)>,
    /// Content without its transfer coding.
    pub content: Vec<u8>,
}

/// How far the bytes at hand go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A whole answer, and how many bytes it took.
    Whole(Answer, usize),
    /// The answer goes on.
    Unfinished,
}

impl Answer {
    /// The only value of `name`; `None` without one.
    ///
    /// # Panics
    /// When there are several.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut values = self.fields.iter().filter(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        let value = values.next();
        assert!(values.next().is_none(), "several fields {name} in {self:?}");
        value.map(|(_, value)| value.as_str())
    }

    /// The content as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> &str {
        core::str::from_utf8(&self.content).expect("content is text")
    }

    /// Whether it announces the end of the connection.
    #[must_use]
    pub fn says_close(&self) -> bool {
        self.field("Connection").is_some_and(|options| options.split(", ").any(|option| option == "close"))
    }

    /// Whether it is an interim answer.
    #[must_use]
    pub fn is_interim(&self) -> bool {
        self.status < 200
    }

    /// Reads the answer to a request of this method at the front of `bytes`; `is_end` when no more will come.
    ///
    /// # Errors
    /// What no server may send.
    pub fn read(bytes: &[u8], method: &str, is_end: bool) -> Result<Read, String> {
        let Some(head_length) = find(bytes, b"\r\n\r\n") else { return Ok(Read::Unfinished) };
        let head = core::str::from_utf8(&bytes[..head_length]).map_err(|_| "a head is not UTF-8")?;
        let mut lines = head.split("\r\n");
        let (status, reason) = status_line(lines.next().unwrap_or_default())?;
        let fields = lines.map(field_line).collect::<Result<Vec<_>, _>>()?;
        let mut answer = Self { status, reason, fields, content: Vec::new() };
        let start = head_length + 4;
        let rest = &bytes[start..];
        let lengths = answer.values("Content-Length");
        let codings = answer.values("Transfer-Encoding");
        if lengths.len() + codings.len() > 1 {
            return Err(format!("framed twice: {answer:?}"));
        }
        if matches!(status, 100..=199 | 204) && lengths.len() + codings.len() > 0 {
            return Err(format!("an answer without content is framed: {answer:?}"));
        }
        if method == "HEAD" || matches!(status, 100..=199 | 204 | 304) {
            return Ok(Read::Whole(answer, start));
        }
        let length = match (lengths.first(), codings.first()) {
            (Some(length), _) => {
                let length: usize = length.parse().map_err(|_| format!("a length of {length:?}"))?;
                match rest.get(..length) {
                    Some(content) => answer.content = content.to_vec(),
                    None => return Ok(Read::Unfinished),
                }
                length
            }
            (_, Some(coding)) if coding == "chunked" => match chunks(rest)? {
                Some((content, length)) => {
                    answer.content = content;
                    length
                }
                None => return Ok(Read::Unfinished),
            },
            (_, Some(coding)) => return Err(format!("a coding of {coding:?}")),
            (None, None) if is_end => {
                answer.content = rest.to_vec();
                rest.len()
            }
            (None, None) => return Ok(Read::Unfinished),
        };
        Ok(Read::Whole(answer, start + length))
    }

    fn values(&self, name: &str) -> Vec<String> {
        let named = self.fields.iter().filter(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.clone()).collect()
    }
}

/// All answers of a connection that has ended, to requests of these methods; `GET` where there are more answers than
/// methods. Interim answers stand among them.
///
/// # Panics
/// When the bytes are anything but whole answers.
#[must_use]
pub fn all(bytes: &[u8], methods: &[&str]) -> Vec<Answer> {
    let mut answers = Vec::new();
    let (mut rest, mut finals) = (bytes, 0);
    while !rest.is_empty() {
        let method = methods.get(finals).copied().unwrap_or("GET");
        match Answer::read(rest, method, true) {
            Ok(Read::Whole(answer, length)) => {
                finals += usize::from(!answer.is_interim());
                answers.push(answer);
                rest = &rest[length..];
            }
            Ok(Read::Unfinished) => panic!("cut after {answers:#?}: {:?}", String::from_utf8_lossy(rest)),
            Err(error) => panic!("{error} after {answers:#?}: {:?}", String::from_utf8_lossy(rest)),
        }
    }
    answers
}

/// The same without interim answers.
///
/// # Panics
/// As [`all`] does.
#[must_use]
pub fn finals(bytes: &[u8], methods: &[&str]) -> Vec<Answer> {
    all(bytes, methods).into_iter().filter(|answer| !answer.is_interim()).collect()
}

/// Where `needle` stands first.
#[must_use]
pub fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

fn status_line(line: &str) -> Result<(u16, String), String> {
    let error = || format!("a status line of {line:?}");
    let rest = line.strip_prefix("HTTP/1.1 ").ok_or_else(error)?;
    let (code, reason) = rest.split_once(' ').ok_or_else(error)?;
    match code.parse() {
        Ok(status) if code.len() == 3 && !line.contains(['\r', '\n']) => Ok((status, reason.to_owned())),
        _ => Err(error()),
    }
}

fn field_line(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once(": ").ok_or_else(|| format!("a field line of {line:?}"))?;
    let is_tchar = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_token = !name.is_empty() && name.bytes().all(is_tchar);
    let is_clean = !value.bytes().any(|byte| (byte < b' ' && byte != b'\t') || byte == 127);
    match is_token && is_clean {
        true => Ok((name.to_owned(), value.to_owned())),
        false => Err(format!("a field line of {line:?}")),
    }
}

/// Content of the chunks at the front of `bytes`, and how many bytes they took; `None` when they go on.
fn chunks(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let (mut content, mut at) = (Vec::new(), 0);
    loop {
        let Some(length) = find(&bytes[at..], b"\r\n") else { return Ok(None) };
        let digits = String::from_utf8_lossy(&bytes[at..at + length]);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(format!("a chunk size of {digits:?}"));
        }
        let size = usize::from_str_radix(&digits, 16).map_err(|_| format!("a chunk size of {digits:?}"))?;
        at += length + 2;
        let Some(chunk) = bytes.get(at..at + size + 2) else { return Ok(None) };
        if !chunk.ends_with(b"\r\n") {
            return Err("a chunk does not end where it said".to_owned());
        }
        content.extend_from_slice(&chunk[..size]);
        at += size + 2;
        if size == 0 {
            return Ok(Some((content, at))); // no trailer section is ever sent
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_by_their_framing() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi\
            HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nho\r\n0\r\n\r\n\
            HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\nto the end";
        let answers = all(bytes, &[]);
        let contents: Vec<_> = answers.iter().map(|answer| (answer.status, answer.text())).collect();
        assert_eq!(contents, [(100, ""), (200, "hi"), (200, "ho"), (204, ""), (200, "to the end")]);
    }

    #[test]
    fn what_no_server_may_send_is_an_error() {
        for bytes in [
            "HTTP/1.1 200\r\n\r\n",
            "HTTP/1.0 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\nc\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\n",
            "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        ] {
            assert!(Answer::read(bytes.as_bytes(), "GET", true).is_err(), "{bytes:?}");
        }
    }
}
