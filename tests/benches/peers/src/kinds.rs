//! What is asked of the servers.

/// One kind of load.
pub(crate) struct Kind {
    /// The column.
    pub(crate) title: &'static str,
    /// Method and target.
    pub(crate) line: &'static str,
    pub(crate) content: Content,
    /// Requests that are sent at once.
    pub(crate) batch: usize,
    pub(crate) connections: usize,
    /// Each request on a connection of its own.
    pub(crate) closes: bool,
    /// Among few.
    pub(crate) quick: bool,
    /// Files, which servers of files alone are asked for.
    pub(crate) file: bool,
}

/// What the answer holds.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    Text(&'static str),
    /// So many bytes of a file.
    File(usize),
    /// What was sent.
    Echo(usize),
}

const PLAINTEXT: Kind = Kind {
    title: "keep-alive",
    line: "GET /plaintext",
    content: Content::Text("Hello, World!"),
    batch: 1,
    connections: 64,
    closes: false,
    quick: true,
    file: false,
};

const FILE: Kind = Kind { file: true, quick: false, ..PLAINTEXT };

pub(crate) const KINDS: [Kind; 9] = [
    PLAINTEXT,
    Kind { title: "16 pipelined", batch: 16, ..PLAINTEXT },
    Kind {
        title: "JSON",
        line: "GET /json",
        content: Content::Text(r#"{"message":"Hello, World!"}"#),
        quick: false,
        ..PLAINTEXT
    },
    Kind {
        title: "parameter",
        line: "GET /users/42",
        content: Content::Text(r#"{"id":"42"}"#),
        quick: false,
        ..PLAINTEXT
    },
    Kind { title: "1 KiB echo", line: "POST /", content: Content::Echo(1_024), ..PLAINTEXT },
    Kind { title: "new connection", closes: true, ..PLAINTEXT },
    Kind { title: "1 KiB file", line: "GET /1k", content: Content::File(1_024), ..FILE },
    Kind {
        title: "100 KiB file",
        line: "GET /100k",
        content: Content::File(102_400),
        connections: 32,
        ..FILE
    },
    Kind {
        title: "10 MiB file",
        line: "GET /10m",
        content: Content::File(10_485_760),
        connections: 8,
        ..FILE
    },
];

impl Kind {
    /// Whether bytes a second say more than requests.
    pub(crate) fn is_large(&self) -> bool {
        self.content.length() > 1 << 20
    }

    /// One request, as a client of its kind would write it.
    pub(crate) fn request(&self) -> Vec<u8> {
        let close = if self.closes { "Connection: close\r\n" } else { "" };
        let length = match self.content {
            Content::Echo(bytes) => {
                format!("Content-Type: application/octet-stream\r\nContent-Length: {bytes}\r\n")
            }
            _ => String::new(),
        };
        let mut request =
            format!("{} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n{close}{length}\r\n", self.line).into_bytes();
        if let Content::Echo(_) = self.content {
            request.extend(self.content.bytes());
        }
        request
    }
}

impl Content {
    pub(crate) fn length(self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::File(length) | Self::Echo(length) => length,
        }
    }

    /// What it is made of, again and again.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Text(text) => text,
            Self::File(_) | Self::Echo(_) => "Hello, World!",
        }
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.text().bytes().cycle().take(self.length()).collect()
    }
}
