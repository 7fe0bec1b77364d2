//! Why a connection closes behind an answer.

/// Why a connection closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// The request was refused, and what is behind it cannot be told apart.
    Refusal,
    /// The peer sent the connection option `close`.
    CloseOption,
    /// The peer speaks HTTP/1.0 and did not ask for persistence.
    Http10,
    /// The handler or middleware wants it.
    Application,
    /// A handler or middleware has panicked.
    Panic,
    /// The server is shutting down.
    Draining,
    /// Content is left that nobody read, and too much to read it in vain, or none that is known to come.
    UnreadContent,
    /// The answer's end is the connection's.
    UntilClose,
    /// It was the last request that the limits allow on a connection.
    RequestLimit,
    /// The connection is older than the limits allow.
    Age,
}

impl Closing {
    /// A word for it, for logs and programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refusal => "refusal",
            Self::CloseOption => "close-option",
            Self::Http10 => "http-1.0",
            Self::Application => "application",
            Self::Panic => "panic",
            Self::Draining => "draining",
            Self::UnreadContent => "unread-content",
            Self::UntilClose => "until-close",
            Self::RequestLimit => "request-limit",
            Self::Age => "age",
        }
    }
}
