#![allow(clippy::std_instead_of_alloc, reason = "tests run where there is a std")]

use super::*;
use std::string::ToString;

/// The registry as IANA publishes it, typed a second time and without the macro; unassigned and unused codes left out.
const REGISTRY: &[(u16, Status, &str)] = &[
    (100, Status::CONTINUE, "Continue"),
    (101, Status::SWITCHING_PROTOCOLS, "Switching Protocols"),
    (102, Status::PROCESSING, "Processing"),
    (103, Status::EARLY_HINTS, "Early Hints"),
    (104, Status::UPLOAD_RESUMPTION_SUPPORTED, "Upload Resumption Supported"),
    (200, Status::OK, "OK"),
    (201, Status::CREATED, "Created"),
    (202, Status::ACCEPTED, "Accepted"),
    (203, Status::NON_AUTHORITATIVE_INFORMATION, "Non-Authoritative Information"),
    (204, Status::NO_CONTENT, "No Content"),
    (205, Status::RESET_CONTENT, "Reset Content"),
    (206, Status::PARTIAL_CONTENT, "Partial Content"),
    (207, Status::MULTI_STATUS, "Multi-Status"),
    (208, Status::ALREADY_REPORTED, "Already Reported"),
    (226, Status::IM_USED, "IM Used"),
    (300, Status::MULTIPLE_CHOICES, "Multiple Choices"),
    (301, Status::MOVED_PERMANENTLY, "Moved Permanently"),
    (302, Status::FOUND, "Found"),
    (303, Status::SEE_OTHER, "See Other"),
    (304, Status::NOT_MODIFIED, "Not Modified"),
    (305, Status::USE_PROXY, "Use Proxy"),
    (307, Status::TEMPORARY_REDIRECT, "Temporary Redirect"),
    (308, Status::PERMANENT_REDIRECT, "Permanent Redirect"),
    (400, Status::BAD_REQUEST, "Bad Request"),
    (401, Status::UNAUTHORIZED, "Unauthorized"),
    (402, Status::PAYMENT_REQUIRED, "Payment Required"),
    (403, Status::FORBIDDEN, "Forbidden"),
    (404, Status::NOT_FOUND, "Not Found"),
    (405, Status::METHOD_NOT_ALLOWED, "Method Not Allowed"),
    (406, Status::NOT_ACCEPTABLE, "Not Acceptable"),
    (407, Status::PROXY_AUTHENTICATION_REQUIRED, "Proxy Authentication Required"),
    (408, Status::REQUEST_TIMEOUT, "Request Timeout"),
    (409, Status::CONFLICT, "Conflict"),
    (410, Status::GONE, "Gone"),
    (411, Status::LENGTH_REQUIRED, "Length Required"),
    (412, Status::PRECONDITION_FAILED, "Precondition Failed"),
    (413, Status::CONTENT_TOO_LARGE, "Content Too Large"),
    (414, Status::URI_TOO_LONG, "URI Too Long"),
    (415, Status::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type"),
    (416, Status::RANGE_NOT_SATISFIABLE, "Range Not Satisfiable"),
    (417, Status::EXPECTATION_FAILED, "Expectation Failed"),
    (421, Status::MISDIRECTED_REQUEST, "Misdirected Request"),
    (422, Status::UNPROCESSABLE_CONTENT, "Unprocessable Content"),
    (423, Status::LOCKED, "Locked"),
    (424, Status::FAILED_DEPENDENCY, "Failed Dependency"),
    (425, Status::TOO_EARLY, "Too Early"),
    (426, Status::UPGRADE_REQUIRED, "Upgrade Required"),
    (428, Status::PRECONDITION_REQUIRED, "Precondition Required"),
    (429, Status::TOO_MANY_REQUESTS, "Too Many Requests"),
    (431, Status::REQUEST_HEADER_FIELDS_TOO_LARGE, "Request Header Fields Too Large"),
    (451, Status::UNAVAILABLE_FOR_LEGAL_REASONS, "Unavailable For Legal Reasons"),
    (500, Status::INTERNAL_SERVER_ERROR, "Internal Server Error"),
    (501, Status::NOT_IMPLEMENTED, "Not Implemented"),
    (502, Status::BAD_GATEWAY, "Bad Gateway"),
    (503, Status::SERVICE_UNAVAILABLE, "Service Unavailable"),
    (504, Status::GATEWAY_TIMEOUT, "Gateway Timeout"),
    (505, Status::HTTP_VERSION_NOT_SUPPORTED, "HTTP Version Not Supported"),
    (506, Status::VARIANT_ALSO_NEGOTIATES, "Variant Also Negotiates"),
    (507, Status::INSUFFICIENT_STORAGE, "Insufficient Storage"),
    (508, Status::LOOP_DETECTED, "Loop Detected"),
    (510, Status::NOT_EXTENDED, "Not Extended"),
    (511, Status::NETWORK_AUTHENTICATION_REQUIRED, "Network Authentication Required"),
];

#[test]
fn constants_and_reasons_match_the_registry() {
    for code in 100..=999 {
        let status = Status::new(code).unwrap();
        match REGISTRY.iter().find(|row| row.0 == code) {
            Some((_, constant, reason)) => assert_eq!((status, status.reason()), (*constant, *reason)),
            None if code == 418 => assert_eq!(status.reason(), "I'm a teapot"),
            None => assert_eq!(status.reason(), "", "{code}"),
        }
    }
}

#[test]
fn three_digits_make_a_status() {
    for code in [0, 1, 99, 1000, u16::MAX] {
        assert_eq!(Status::new(code), None);
    }
    for code in 100..=999 {
        let status = Status::new(code).unwrap();
        assert_eq!(status.code(), code);
        assert_eq!(status.digits(), code.to_string().as_bytes());
    }
}

#[test]
fn classes_follow_the_first_digit() {
    for code in 100..=999 {
        let status = Status::new(code).unwrap();
        let class = [
            status.is_informational(),
            status.is_success(),
            status.is_redirection(),
            status.is_client_error(),
            status.is_server_error(),
        ];
        let expected = [1, 2, 3, 4, 5].map(|digit| code / 100 == digit);
        assert_eq!(class, expected, "{code}");
        assert_eq!(status.is_error(), (400..600).contains(&code), "{code}");
        let bare = code < 200 || [204, 205, 304].contains(&code);
        assert_eq!(status.allows_content(), !bare, "{code}");
    }
}

#[test]
fn display_has_the_reason_where_there_is_one() {
    assert_eq!(Status::NOT_FOUND.to_string(), "404 Not Found");
    assert_eq!(Status::new(599).unwrap().to_string(), "599");
    assert!(Status::OK < Status::NOT_FOUND);
}

#[test]
fn registered_codes_have_their_section() {
    assert_eq!(Status::NOT_FOUND.section(), "RFC 9110 §15.5.5");
    assert_eq!(Status::new(599).unwrap().section(), "");
}
