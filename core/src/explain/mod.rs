//! What a connection makes of the bytes it receives, told as values while it does so.
//!
//! The values come from the machine that serves, not from a second parser beside it: what is told here is what
//! happens. A [`Watch`] is lent to the [`Service`](crate::service::Service) and is told every [`Fact`] of every connection,
//! over whatever transport it runs. A program that prints them is `bantam explain`.
//!
//! ```text
//! Piece …  Piece
//!    Request  EmptyLines  RequestLine  FieldLine …  HeadEnd
//!       Body  Continue  Route
//!          Content | ( ChunkSize  ChunkData  ChunkEnd ) …  LastChunk  TrailerLine …     BodyEnd
//!       Refusal                                               instead of what would have come next
//!       Answer  Fate
//! PeerClosed  Over
//! ```
//!
//! A part is told when it is complete, so all but [`Fact::Piece`] and [`Fact::Continue`] are the same however the bytes
//! were cut; only where an application refuses content half-way, and how far content was thrown away that nobody read,
//! depends on the pieces in which it came. Offsets count the bytes of the connection from its first, and the places of parts join without a gap.
//!
//! ```
//! use std::sync::Mutex;
//! use bantam_core::connection::{Connection, Storage};
//! use bantam_core::explain::{Fact, Watch};
//! use bantam_core::prelude::*;
//!
//! struct Print(Mutex<Vec<String>>);
//!
//! impl Watch for Print {
//!     fn see(&self, _: u64, fact: &Fact<'_>) {
//!         if let Fact::FieldLine { place, name, .. } = fact {
//!             self.0.lock().unwrap().push(format!("{}..{} {name}", place.start, place.end));
//!         }
//!     }
//! }
//! # fn hello(_: &(), _: &Request<'_>, response: &mut Response<'_>) -> Outcome { response.text("hello") }
//! # static ROUTES: Router<(), 1> = Router::new([get("/", hello)]);
//! let print = Print(Mutex::default());
//! let service = Service::new(&(), &ROUTES).with_watch(&print);
//! let mut storage: Storage<NoStream, 1024, 1024, 16> = Storage::new();
//! let mut connection = Connection::new(0, None, Instant::ZERO);
//! let mut lent = connection.lend(&service, storage.lend(), None);
//!
//! let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
//! lent.receive_space()[..request.len()].copy_from_slice(request);
//! lent.handle_received(request.len(), Instant::ZERO);
//! assert_eq!(*print.0.lock().unwrap(), ["16..25 Host"]);
//! ```

use crate::connection::Cause;
pub use crate::connection::Closing;
use crate::framing::BodyLength;
use crate::message::method::Method;
use crate::message::status::Status;
use crate::parse::field_line::Known;
use crate::parse::request_line::Version;
use crate::parse::target::Form;
use crate::route::{Delivery, Pattern};

/// Is told what connections make of the bytes they receive. It must neither block
/// nor panic: the connection waits for it, and a panic is taken for one of the application.
pub trait Watch: Sync {
    /// The connection of this number has come to know this.
    fn see(&self, connection: u64, fact: &Fact<'_>);
}

/// A stretch of the bytes that a connection has received, counted from its first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Offset of the first byte.
    pub start: u64,
    /// Offset behind the last byte.
    pub end: u64,
}

impl Place {
    /// How many bytes there are.
    #[must_use]
    pub const fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// Most bytes of a part of a body that are shown: the part may be long gone from the buffer when it is complete.
pub const SHOWN: usize = 64;

/// One thing that a connection has come to know. `bytes` are those at `place`; of parts of a body, the first
/// [`SHOWN`] of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact<'f> {
    /// Bytes arrived in one piece.
    Piece {
        /// Where they are.
        place: Place,
    },
    /// A request was found; what was read of its head follows.
    Request {
        /// Its number on the connection, from 1.
        number: u32,
    },
    /// Empty lines before a request line, which are skipped (RFC 9112 §2.2).
    EmptyLines {
        /// Where they are.
        place: Place,
        /// What they are.
        bytes: &'f [u8],
    },
    /// A request line (RFC 9112 §3).
    RequestLine {
        /// Where it is, its line end included.
        place: Place,
        /// What it is.
        bytes: &'f [u8],
        /// The method; `None` for one that is not known.
        method: Option<Method>,
        /// The method as sent.
        method_name: &'f str,
        /// The target as sent.
        target: &'f str,
        /// The form of the target.
        form: Form,
        /// The version.
        version: Version,
    },
    /// A field line (RFC 9112 §5).
    FieldLine {
        /// Where it is, its line end included.
        place: Place,
        /// What it is.
        bytes: &'f [u8],
        /// The field's name as sent.
        name: &'f str,
        /// The field's value without the blanks around it.
        value: &'f [u8],
        /// What it means to the connection.
        known: Known,
    },
    /// The empty line that ends a head (RFC 9112 §2.1).
    HeadEnd {
        /// Where it is.
        place: Place,
        /// What it is.
        bytes: &'f [u8],
    },
    /// How the body is framed, and by which step of RFC 9112 §6.3: see [`BodyLength::section`].
    Body {
        /// Its length.
        length: BodyLength,
    },
    /// What becomes of `Expect: 100-continue`.
    Continue(Continue),
    /// The route that answers, and how it gets the content.
    Route {
        /// Its pattern.
        pattern: Pattern,
        /// How it gets content.
        delivery: Delivery,
    },
    /// Content of a sized body.
    Content {
        /// Where it is.
        place: Place,
        /// What it begins with.
        bytes: &'f [u8],
        /// Bytes that should have followed and did not.
        missing: u64,
    },
    /// A chunk line (RFC 9112 §7.1).
    ChunkSize {
        /// Where it is, its line end included.
        place: Place,
        /// What it begins with.
        bytes: &'f [u8],
        /// Bytes of data that follow.
        size: u64,
        /// Where its extensions are, which are checked and mean nothing here (RFC 9112 §7.1.1).
        extension: Place,
    },
    /// Chunk data.
    ChunkData {
        /// Where it is, without the line end behind it.
        place: Place,
        /// What it begins with.
        bytes: &'f [u8],
        /// Bytes that should have followed and did not.
        missing: u64,
    },
    /// The line end behind chunk data.
    ChunkEnd {
        /// Where it is.
        place: Place,
        /// What it is.
        bytes: &'f [u8],
    },
    /// The chunk of size 0, which ends the content (RFC 9112 §7.1).
    LastChunk {
        /// Where it is, its line end included.
        place: Place,
        /// What it begins with.
        bytes: &'f [u8],
        /// Where its extensions are.
        extension: Place,
    },
    /// A line of the trailer section, which is checked and dropped (RFC 9112 §7.1.2).
    TrailerLine {
        /// Where it is, its line end included.
        place: Place,
        /// What it begins with.
        bytes: &'f [u8],
    },
    /// A body that is not empty was read to its end.
    BodyEnd {
        /// The empty line behind the trailer section; nothing where the body is sized.
        place: Place,
        /// What it is.
        bytes: &'f [u8],
        /// Bytes of content in all, after decoding.
        content: u64,
    },
    /// The request is refused.
    Refusal(Refusal<'f>),
    /// An answer was begun.
    Answer {
        /// Its status.
        status: Status,
        /// How its end can be found.
        framing: AnswerFraming,
    },
    /// What the answer means for the connection.
    Fate(Fate),
    /// An answer could not be completed, or what it was to be an answer to could not be read to its end.
    Cut,
    /// The peer will send no more.
    PeerClosed {
        /// How many bytes it has sent.
        at: u64,
    },
    /// The connection is over.
    Over {
        /// Bytes that were received and not interpreted.
        unread: Place,
    },
}

/// A refusal: what is wrong, where, and what is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal<'f> {
    /// What is wrong; it knows the status, the reason and the section. Offsets in it count from the first byte of the
    /// head, or of the trailer line, not from the connection's.
    pub cause: Cause,
    /// Offset of the byte that is at fault, where it is one byte's fault.
    pub at: Option<u64>,
    /// The part that was being read and is refused; empty where what is refused had been read.
    pub place: Place,
    /// What it begins with.
    pub bytes: &'f [u8],
    /// Whether the status is answered. Once an answer has begun, only the close can tell.
    pub is_answered: bool,
}

/// What becomes of `Expect: 100-continue` (RFC 9110 §10.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continue {
    /// `100 Continue` is sent.
    Sent,
    /// Content has come without it.
    ContentCame,
    /// There is no content to wait for.
    NoContent,
    /// The peer speaks HTTP/1.0, which has no interim answers.
    Http10,
    /// The answer is final and does without the content.
    Unread,
}

/// How the end of an answer can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerFraming {
    /// It has no content: its status or the method says so.
    NoContent,
    /// `Content-Length`.
    Sized(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// Its content ends where the connection does.
    UntilClose,
}

/// What an answer means for the connection (RFC 9112 §9.3, §9.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The next request is read.
    Persists,
    /// No further request is read.
    Closes(Closing),
}

impl Fact<'_> {
    /// The section that says so; empty for what is nobody's rule.
    #[must_use]
    pub const fn section(&self) -> &'static str {
        match self {
            Self::EmptyLines { .. } => "RFC 9112 §2.2",
            Self::RequestLine { .. } => "RFC 9112 §3",
            Self::FieldLine { known, .. } => match known {
                Known::Host => "RFC 9110 §7.2",
                Known::ContentLength => "RFC 9110 §8.6",
                Known::TransferEncoding => "RFC 9112 §6.1",
                Known::Connection => "RFC 9110 §7.6.1",
                Known::Expect => "RFC 9110 §10.1.1",
                Known::ContentType => "RFC 9110 §8.3",
                Known::Upgrade => "RFC 9110 §7.8",
                Known::WebSocketVersion => "RFC 6455 §4.2.1",
                Known::Underscored => "",
                Known::Other => "RFC 9112 §5",
            },
            Self::HeadEnd { .. } => "RFC 9112 §2.1",
            Self::Body { length } => length.section(),
            Self::Continue(_) => "RFC 9110 §10.1.1",
            Self::Content { .. } => "RFC 9112 §6.2",
            Self::ChunkSize { extension, .. } | Self::LastChunk { extension, .. }
                if !extension.is_empty() =>
            {
                "RFC 9112 §7.1.1"
            }
            Self::ChunkSize { .. }
            | Self::ChunkData { .. }
            | Self::ChunkEnd { .. }
            | Self::LastChunk { .. } => "RFC 9112 §7.1",
            Self::TrailerLine { .. } => "RFC 9112 §7.1.2",
            Self::BodyEnd { place, .. } if place.is_empty() => "RFC 9112 §6.2",
            Self::BodyEnd { .. } => "RFC 9112 §7.1",
            Self::Refusal(refusal) => refusal.cause.section(),
            Self::Answer { framing, .. } => match framing {
                AnswerFraming::NoContent => "RFC 9112 §6.3 step 1",
                AnswerFraming::Sized(_) => "RFC 9112 §6.2",
                AnswerFraming::Chunked => "RFC 9112 §7.1",
                AnswerFraming::UntilClose => "RFC 9112 §6.3 step 8",
            },
            Self::Fate(Fate::Closes(Closing::CloseOption)) => "RFC 9112 §9.6",
            Self::Fate(_) => "RFC 9112 §9.3",
            Self::Piece { .. }
            | Self::Request { .. }
            | Self::Route { .. }
            | Self::Cut
            | Self::PeerClosed { .. }
            | Self::Over { .. } => "",
        }
    }
}
