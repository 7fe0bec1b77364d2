//! Status codes (RFC 9110 §15) and their reason phrases.

use core::fmt;

/// A status code: three digits whose first is the class of the response (RFC 9110 §15).
///
/// Every registered code has a constant, such as [`Status::NOT_FOUND`].
///
/// ```
/// use bantam_core::message::status::Status;
/// assert_eq!(Status::NOT_FOUND.code(), 404);
/// assert_eq!(Status::new(599).map(Status::reason), Some(""));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Status(u16);

impl Status {
    /// The status of this code; `None` outside 100 to 999.
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            100..=999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The code, 100 to 999.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// The code as the three digits of a status line (RFC 9112 §4).
    pub const fn digits(self) -> [u8; 3] {
        [ascii_digit(self.0 / 100), ascii_digit(self.0 / 10), ascii_digit(self.0)]
    }

    /// Whether the response is interim, and a final one follows (RFC 9110 §15.2).
    pub const fn is_informational(self) -> bool {
        self.class() == 1
    }

    /// Whether the request was received, understood and accepted (RFC 9110 §15.3).
    pub const fn is_success(self) -> bool {
        self.class() == 2
    }

    /// Whether the user agent has to do more (RFC 9110 §15.4).
    pub const fn is_redirection(self) -> bool {
        self.class() == 3
    }

    /// Whether the client seems to have erred (RFC 9110 §15.5).
    pub const fn is_client_error(self) -> bool {
        self.class() == 4
    }

    /// Whether the server is at fault or unable (RFC 9110 §15.6).
    pub const fn is_server_error(self) -> bool {
        self.class() == 5
    }

    /// Whether the request failed, by either side's doing.
    pub const fn is_error(self) -> bool {
        self.is_client_error() || self.is_server_error()
    }

    /// Whether a response with this status may have content; 1xx, 204, 205 and 304 never have (RFC 9110 §6.4.1,
    /// §15.3.6).
    ///
    /// The message of a 205 still needs its end marked, by `Content-Length: 0`; the others end with their head.
    pub const fn allows_content(self) -> bool {
        !(self.is_informational() || matches!(self.0, 204 | 205 | 304))
    }

    const fn class(self) -> u16 {
        self.0 / 100
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.digits()).unwrap_or_default())?;
        match self.reason() {
            "" => Ok(()),
            reason => {
                f.write_str(" ")?;
                f.write_str(reason)
            }
        }
    }
}

const fn ascii_digit(value: u16) -> u8 {
    b'0'.wrapping_add((value % 10) as u8)
}

/// Where each of these texts ends when they stand behind each other.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
const fn ends<const N: usize>(texts: [(u16, &str); N]) -> [(u16, u16); N] {
    let mut ends = [(0, 0); N];
    let (mut at, mut end) = (0, 0);
    while at < N {
        end += texts[at].1.len();
        ends[at] = (texts[at].0, end as u16);
        at += 1;
    }
    ends
}

/// The part of `text` from `start` to before `end`.
const fn between(text: &'static str, start: u16, end: u16) -> &'static str {
    match text.split_at_checked(end as usize) {
        Some((text, _)) => match text.split_at_checked(start as usize) {
            Some((_, text)) => text,
            None => "",
        },
        None => "",
    }
}

/// Declares the constants and [`Status::reason`] from one list, so that neither can lack a code.
macro_rules! registry {
    ($($code:literal $name:ident $reason:literal $source:literal)*) => {
        impl Status {
            $(
                #[doc = concat!($code, " ", $reason, " (", $source, ").")]
                pub const $name: Status = Status($code);
            )*

            /// The reason phrase as registered; empty for a code without one.
            ///
            /// Code 418 is registered as "(Unused)" (RFC 9110 §15.5.19) and has no constant, but clients that
            /// test against an httpbin look for "I'm a teapot", so that is its phrase here.
            pub const fn reason(self) -> &'static str {
                let (mut start, mut left) = (0_u16, Self::REASONS);
                while let [(code, end), behind @ ..] = left {
                    if *code == self.0 {
                        return between(Self::PHRASES, start, *end);
                    }
                    (start, left) = (*end, behind);
                }
                ""
            }

            /// All phrases in one text, which takes a third of the room of one pointer to each.
            const PHRASES: &'static str = concat!($($reason,)* "I'm a teapot");

            /// Each code, and where its phrase ends in that text.
            const REASONS: &'static [(u16, u16)] = &ends([$(($code, $reason),)* (418, "I'm a teapot")]);

            /// Where the code is defined, such as `RFC 9110 §15.5.5`; empty for one that is not registered.
            pub const fn section(self) -> &'static str {
                match self.0 {
                    $($code => $source,)*
                    _ => "",
                }
            }
        }
    };
}

// The registry at <https://www.iana.org/assignments/http-status-codes>.
registry! {
    100 CONTINUE "Continue" "RFC 9110 §15.2.1"
    101 SWITCHING_PROTOCOLS "Switching Protocols" "RFC 9110 §15.2.2"
    102 PROCESSING "Processing" "RFC 2518 §10.1"
    103 EARLY_HINTS "Early Hints" "RFC 8297 §2"
    104 UPLOAD_RESUMPTION_SUPPORTED "Upload Resumption Supported" "draft-ietf-httpbis-resumable-upload"

    200 OK "OK" "RFC 9110 §15.3.1"
    201 CREATED "Created" "RFC 9110 §15.3.2"
    202 ACCEPTED "Accepted" "RFC 9110 §15.3.3"
    203 NON_AUTHORITATIVE_INFORMATION "Non-Authoritative Information" "RFC 9110 §15.3.4"
    204 NO_CONTENT "No Content" "RFC 9110 §15.3.5"
    205 RESET_CONTENT "Reset Content" "RFC 9110 §15.3.6"
    206 PARTIAL_CONTENT "Partial Content" "RFC 9110 §15.3.7"
    207 MULTI_STATUS "Multi-Status" "RFC 4918 §11.1"
    208 ALREADY_REPORTED "Already Reported" "RFC 5842 §7.1"
    226 IM_USED "IM Used" "RFC 3229 §10.4.1"

    300 MULTIPLE_CHOICES "Multiple Choices" "RFC 9110 §15.4.1"
    301 MOVED_PERMANENTLY "Moved Permanently" "RFC 9110 §15.4.2"
    302 FOUND "Found" "RFC 9110 §15.4.3"
    303 SEE_OTHER "See Other" "RFC 9110 §15.4.4"
    304 NOT_MODIFIED "Not Modified" "RFC 9110 §15.4.5"
    305 USE_PROXY "Use Proxy" "RFC 9110 §15.4.6"
    307 TEMPORARY_REDIRECT "Temporary Redirect" "RFC 9110 §15.4.8"
    308 PERMANENT_REDIRECT "Permanent Redirect" "RFC 9110 §15.4.9"

    400 BAD_REQUEST "Bad Request" "RFC 9110 §15.5.1"
    401 UNAUTHORIZED "Unauthorized" "RFC 9110 §15.5.2"
    402 PAYMENT_REQUIRED "Payment Required" "RFC 9110 §15.5.3"
    403 FORBIDDEN "Forbidden" "RFC 9110 §15.5.4"
    404 NOT_FOUND "Not Found" "RFC 9110 §15.5.5"
    405 METHOD_NOT_ALLOWED "Method Not Allowed" "RFC 9110 §15.5.6"
    406 NOT_ACCEPTABLE "Not Acceptable" "RFC 9110 §15.5.7"
    407 PROXY_AUTHENTICATION_REQUIRED "Proxy Authentication Required" "RFC 9110 §15.5.8"
    408 REQUEST_TIMEOUT "Request Timeout" "RFC 9110 §15.5.9"
    409 CONFLICT "Conflict" "RFC 9110 §15.5.10"
    410 GONE "Gone" "RFC 9110 §15.5.11"
    411 LENGTH_REQUIRED "Length Required" "RFC 9110 §15.5.12"
    412 PRECONDITION_FAILED "Precondition Failed" "RFC 9110 §15.5.13"
    413 CONTENT_TOO_LARGE "Content Too Large" "RFC 9110 §15.5.14"
    414 URI_TOO_LONG "URI Too Long" "RFC 9110 §15.5.15"
    415 UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type" "RFC 9110 §15.5.16"
    416 RANGE_NOT_SATISFIABLE "Range Not Satisfiable" "RFC 9110 §15.5.17"
    417 EXPECTATION_FAILED "Expectation Failed" "RFC 9110 §15.5.18"
    421 MISDIRECTED_REQUEST "Misdirected Request" "RFC 9110 §15.5.20"
    422 UNPROCESSABLE_CONTENT "Unprocessable Content" "RFC 9110 §15.5.21"
    423 LOCKED "Locked" "RFC 4918 §11.3"
    424 FAILED_DEPENDENCY "Failed Dependency" "RFC 4918 §11.4"
    425 TOO_EARLY "Too Early" "RFC 8470 §5.2"
    426 UPGRADE_REQUIRED "Upgrade Required" "RFC 9110 §15.5.22"
    428 PRECONDITION_REQUIRED "Precondition Required" "RFC 6585 §3"
    429 TOO_MANY_REQUESTS "Too Many Requests" "RFC 6585 §4"
    431 REQUEST_HEADER_FIELDS_TOO_LARGE "Request Header Fields Too Large" "RFC 6585 §5"
    451 UNAVAILABLE_FOR_LEGAL_REASONS "Unavailable For Legal Reasons" "RFC 7725 §3"

    500 INTERNAL_SERVER_ERROR "Internal Server Error" "RFC 9110 §15.6.1"
    501 NOT_IMPLEMENTED "Not Implemented" "RFC 9110 §15.6.2"
    502 BAD_GATEWAY "Bad Gateway" "RFC 9110 §15.6.3"
    503 SERVICE_UNAVAILABLE "Service Unavailable" "RFC 9110 §15.6.4"
    504 GATEWAY_TIMEOUT "Gateway Timeout" "RFC 9110 §15.6.5"
    505 HTTP_VERSION_NOT_SUPPORTED "HTTP Version Not Supported" "RFC 9110 §15.6.6"
    506 VARIANT_ALSO_NEGOTIATES "Variant Also Negotiates" "RFC 2295 §8.1"
    507 INSUFFICIENT_STORAGE "Insufficient Storage" "RFC 4918 §11.5"
    508 LOOP_DETECTED "Loop Detected" "RFC 5842 §7.2"
    510 NOT_EXTENDED "Not Extended" "RFC 2774 §7, obsoleted"
    511 NETWORK_AUTHENTICATION_REQUIRED "Network Authentication Required" "RFC 6585 §6"
}

#[cfg(test)]
mod tests;
