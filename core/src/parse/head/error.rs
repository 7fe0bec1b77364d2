//! Why a request head is refused.

use crate::message::status::Status;
use crate::parse::field_line::FieldLineError;
use crate::parse::request_line::RequestLineError;

/// Why a request head is refused: always the peer's doing. Offsets count from the head's first byte, empty lines before
/// it included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeadError {
    /// LF without CR before it (RFC 9112 §2.2 lets recipients accept it; what follows could then be framed in two ways).
    BareLineFeed {
        /// Offset of the LF.
        at: usize,
    },
    /// CR without LF behind it (RFC 9112 §2.2 has recipients refuse it or take it for a blank).
    BareCarriageReturn {
        /// Offset of the CR.
        at: usize,
    },
    /// More empty lines before the request line than `Limits::empty_lines`.
    EmptyLines {
        /// Offset of the first that is too many.
        at: usize,
    },
    /// The request line that starts at `at`.
    RequestLine {
        /// Offset of the line.
        at: usize,
        /// What is wrong with it.
        error: RequestLineError,
    },
    /// The request line passes `Limits::request_line` or the receive buffer; 414.
    RequestLineTooLong,
    /// The field line that starts at `at`.
    FieldLine {
        /// Offset of the line.
        at: usize,
        /// What is wrong with it.
        error: FieldLineError,
    },
    /// The header section passes `Limits::field_section` or the receive buffer; 431.
    FieldSectionTooLarge,
    /// More field lines than `Limits::field_lines` or than were lent; 431.
    TooManyFieldLines,
}

impl HeadError {
    /// The status answered.
    #[must_use]
    pub const fn status(self) -> Status {
        match self {
            Self::RequestLineTooLong => Status::URI_TOO_LONG,
            Self::FieldSectionTooLarge
            | Self::TooManyFieldLines
            | Self::FieldLine { error: FieldLineError::NameTooLong, .. } => {
                Status::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Self::RequestLine { error: RequestLineError::UnsupportedVersion, .. } => {
                Status::HTTP_VERSION_NOT_SUPPORTED
            }
            _ => Status::BAD_REQUEST,
        }
    }

    /// What the client is told.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::BareLineFeed { .. } => "a line ends in LF without CR",
            Self::BareCarriageReturn { .. } => "a CR stands without LF",
            Self::EmptyLines { .. } => "too many empty lines come before the request line",
            Self::RequestLineTooLong => "the request line is too long",
            Self::FieldSectionTooLarge => "the header section is too large",
            Self::TooManyFieldLines => "there are too many field lines",
            Self::RequestLine { error, .. } => error.reason(),
            Self::FieldLine { error, .. } => error.reason(),
        }
    }

    /// Where the rule stands that was broken.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::BareLineFeed { .. } | Self::BareCarriageReturn { .. } | Self::EmptyLines { .. } => {
                "RFC 9112 §2.2"
            }
            Self::RequestLineTooLong => "RFC 9112 §3",
            Self::FieldSectionTooLarge | Self::TooManyFieldLines => "RFC 6585 §5",
            Self::RequestLine { error, .. } => error.section(),
            Self::FieldLine { error, .. } => error.section(),
        }
    }

    /// Whether the rule is ours: that section would let the head pass.
    #[must_use]
    pub const fn is_stricter(self) -> bool {
        match self {
            Self::BareLineFeed { .. } => true,
            Self::RequestLine { error, .. } => error.is_stricter(),
            _ => false,
        }
    }

    /// Offset of the byte that broke it, from the head's first byte; the line's start where no byte stands
    /// out, and `None` where it is too many of them.
    #[must_use]
    pub const fn at(self) -> Option<usize> {
        match self {
            Self::BareLineFeed { at } | Self::BareCarriageReturn { at } | Self::EmptyLines { at } => Some(at),
            Self::RequestLine { at, error } => Some(at.saturating_add(error.at())),
            Self::FieldLine { at, error } => Some(at.saturating_add(error.at())),
            Self::RequestLineTooLong | Self::FieldSectionTooLarge | Self::TooManyFieldLines => None,
        }
    }

    /// The same with offsets that count from `start`.
    pub(super) const fn counted_from(self, start: usize) -> Self {
        match self {
            Self::BareLineFeed { at } => Self::BareLineFeed { at: at.saturating_sub(start) },
            Self::BareCarriageReturn { at } => Self::BareCarriageReturn { at: at.saturating_sub(start) },
            Self::EmptyLines { at } => Self::EmptyLines { at: at.saturating_sub(start) },
            Self::RequestLine { at, error } => Self::RequestLine { at: at.saturating_sub(start), error },
            Self::FieldLine { at, error } => Self::FieldLine { at: at.saturating_sub(start), error },
            Self::RequestLineTooLong | Self::FieldSectionTooLarge | Self::TooManyFieldLines => self,
        }
    }
}
