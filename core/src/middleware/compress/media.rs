//! Which media types are worth coding.

/// What most servers code: text in all its forms, and what is not packed already.
pub const DEFAULT_TYPES: &[&str] = &[
    "text/*",
    "*+json",
    "*+xml",
    "application/json",
    "application/javascript",
    "application/x-javascript",
    "application/xml",
    "application/wasm",
    "application/x-ndjson",
    "application/yaml",
    "application/toml",
    "application/rtf",
    "application/vnd.ms-fontobject",
    "font/otf",
    "font/ttf",
    "image/bmp",
    "image/vnd.microsoft.icon",
];

/// Whether a `Content-Type` is one of `types`: by its whole name, by its beginning (`text/*`) or by its end (`*+json`).
/// Events are a special case: see [`Compress::with_types`](super::Compress::with_types).
pub(super) fn is_listed(content_type: &str, types: &[&str]) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim_matches([' ', '\t']).as_bytes();
    let is_events = essence.eq_ignore_ascii_case(b"text/event-stream");
    types.iter().any(|listed| {
        let matches = match listed.as_bytes() {
            [b'*', end @ ..] => {
                let at = essence.len().checked_sub(end.len());
                at.and_then(|at| essence.get(at..)).is_some_and(|found| found.eq_ignore_ascii_case(end))
            }
            [front @ .., b'*'] => {
                essence.get(..front.len()).is_some_and(|found| found.eq_ignore_ascii_case(front))
            }
            whole => return essence.eq_ignore_ascii_case(whole),
        };
        matches && !is_events
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_name_beginning_and_end() {
        let cases = [
            ("text/html", true),
            ("TEXT/HTML", true),
            ("text/html; charset=utf-8", true),
            ("text/html;charset=utf-8", true),
            ("text/html ; charset=utf-8", true),
            ("text/event-stream", false),
            ("Text/Event-Stream; charset=utf-8", false),
            ("application/json", true),
            ("application/problem+json", true),
            ("application/problem+JSON", true),
            ("application/jsonp", false),
            ("image/svg+xml", true),
            ("application/wasm", true),
            ("application/javascript", true),
            ("image/png", false),
            ("application/octet-stream", false),
            ("application/zip", false),
            ("video/mp4; a=text/html", false),
            ("+json", true),
            ("json", false),
            ("text", false),
            ("", false),
        ];
        for (content_type, listed) in cases {
            assert_eq!(is_listed(content_type, DEFAULT_TYPES), listed, "{content_type}");
        }
        assert!(is_listed("text/event-stream", &["text/event-stream"]), "by its whole name");
        assert!(!is_listed("text/html", &[]));
        assert!(is_listed("anything/at-all", &["*"]));
    }
}
