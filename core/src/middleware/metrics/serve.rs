//! The page of the metrics, in the format that is asked for.

use super::{Metrics, MetricsText};
use crate::handler::{Outcome, Request};
use crate::message::content_coding::qvalue;
use crate::parse::list;
use crate::response::Response;
use crate::route::table::Router;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Answers with all metrics: as OpenMetrics 1.0 where `Accept` names `application/openmetrics-text` and does not want
/// `text/plain` more, in Prometheus's text format 0.0.4 otherwise. The router is the one whose requests are counted.
///
/// The page is streamed line by line, so that it may outgrow the transmit buffer; a quarter of that must hold its
/// longest line, which is a route's pattern and some 130 bytes.
///
/// # Errors
/// As [`Response::text`].
pub fn serve<A: 'static, S: From<MetricsText> + 'static, const ROUTES: usize>(
    metrics: &'static Metrics<ROUTES>,
    router: &'static Router<A, ROUTES, S>,
    request: &Request<'_>,
    response: &mut Response<'_, S>,
) -> Outcome {
    let is_open = wants_open(request.field_members("Accept"));
    let page = MetricsText::new(metrics, router, is_open);
    response.no_store().vary("Accept").stream(if is_open { OPEN } else { TEXT }, None, page)
}

/// Whether OpenMetrics is wanted at least as much as plain text.
fn wants_open<'r>(accepted: impl Iterator<Item = &'r str>) -> bool {
    let (mut open, mut plain) = (0, 0);
    for member in accepted {
        let mut parts = member.as_bytes().split(|&byte| byte == b';').map(list::trim);
        let wanted = match parts.next() {
            Some(name) if name.eq_ignore_ascii_case(b"application/openmetrics-text") => &mut open,
            Some(name) if name.eq_ignore_ascii_case(b"text/plain") => &mut plain,
            _ => continue,
        };
        let weight = parts.find_map(|part| match part {
            [b'q' | b'Q', b'=', value @ ..] => Some(qvalue(value).unwrap_or(0)),
            _ => None,
        });
        *wanted = weight.unwrap_or(1_000).max(*wanted);
    }
    open > 0 && open >= plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_the_one_wanted_most() {
        let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,\
                          application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";
        let cases = [
            ("", false),
            ("*/*", false),
            ("text/plain", false),
            ("application/openmetrics-text", true),
            ("Application/OpenMetrics-Text; version=1.0.0; charset=utf-8", true),
            (prometheus, true),
            ("application/openmetrics-text;q=0", false),
            ("application/openmetrics-text;q=0.0, text/plain;q=0", false),
            ("application/openmetrics-text;q=0.4, text/plain;q=0.5", false),
            ("application/openmetrics-text;q=0.5, text/plain;q=0.5", true),
            ("application/openmetrics-text;q=nonsense", false),
            ("application/openmetrics-textual", false),
        ];
        for (accept, is_open) in cases {
            assert_eq!(wants_open(accept.split(',')), is_open, "{accept}");
        }
    }
}
