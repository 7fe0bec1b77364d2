use std::collections::BTreeMap;
use std::string::{String, ToString as _};
use std::vec::Vec;
use std::{format, vec};

use super::*;
use crate::message::status::Status;
use crate::middleware::Answer;
use crate::prelude::*;

const N: usize = 4;

static ROUTES: Router<(), N, MetricsText> = Router::join(&[
    &[get("/", nothing), any("/users/:id", nothing)],
    &crate::route::group("/api", [get("", nothing), post("", nothing)]),
]);

fn nothing(_: &(), _: &Request<'_>, response: &mut Response<'_, MetricsText>) -> Outcome {
    response.no_content()
}

/// Metrics that have counted a few answers.
fn counted() -> &'static Metrics<N> {
    let metrics: &'static Metrics<N> = std::boxed::Box::leak(std::boxed::Box::new(Metrics::new()));
    let answer = Answer {
        status: Status::OK,
        content_sent: 10,
        content_received: 0,
        duration: Duration::from_micros(1_234_567),
        at: Instant::ZERO,
        is_cut: false,
        closing: None,
        refused: None,
    };
    metrics.rows[0].count(&answer);
    metrics.rows[0].count(&Answer { duration: Duration::from_micros(4_000), ..answer });
    metrics.rows[3].count(&Answer { status: Status::INTERNAL_SERVER_ERROR, content_received: 5, ..answer });
    metrics.unmatched.count(&Answer {
        status: Status::NOT_FOUND,
        duration: Duration::from_secs(60),
        ..answer
    });
    metrics.common.refusals[Cause::NotFound.place()].add(1);
    metrics.log_dropped().add(12);
    metrics.connections().opened();
    metrics
}

/// The page, pulled through a space of this many bytes.
fn page(metrics: &'static Metrics<N>, is_open: bool, space: usize) -> String {
    let mut text = MetricsText::new(metrics, &ROUTES, is_open);
    let mut page = Vec::new();
    for _ in 0..10_000 {
        let mut bytes = vec![0; space];
        let mut pull = Pull {
            space: &mut bytes,
            content: &[],
            content_complete: true,
            consumed: 0,
            now: Instant::ZERO,
            request: None,
        };
        let (length, is_last) = match text.pull(&(), &mut pull) {
            Pulled::Bytes(length) => (length, false),
            Pulled::Last(length) => (length, true),
            other => panic!("{other:?}"),
        };
        assert!(length > 0 || is_last, "no line fits {space} bytes");
        page.extend_from_slice(&bytes[..length]);
        if is_last {
            return String::from_utf8(page).unwrap();
        }
    }
    panic!("the page does not end");
}

/// A family as it was read: its type, and its samples by name and labels.
type Read = BTreeMap<String, (String, BTreeMap<String, f64>)>;

/// Reads a page by the rules of the format, strictly: each family is described once before its samples, which stand
/// together, and no series stands twice.
fn read(page: &str, is_open: bool) -> Read {
    let body = match is_open {
        true => page.strip_suffix("# EOF\n").expect("OpenMetrics ends in EOF"),
        false => page,
    };
    assert!(body.ends_with('\n'));
    let mut families = Read::new();
    let mut current = String::new();
    for line in body.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            assert!(!help.is_empty() && !help.contains('\\'), "{line}");
            let again = families.insert(name.to_string(), (String::new(), BTreeMap::new()));
            assert!(again.is_none(), "{name} twice");
            current = name.to_string();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, current);
            families.get_mut(name).unwrap().0 = kind.to_string();
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.split_once('{').map_or((series, ""), |(name, rest)| {
                (name, rest.strip_suffix('}').unwrap_or_else(|| panic!("{line}")))
            });
            let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(is_name && well_formed(labels), "{line}");
            let (kind, samples) = families.get_mut(&current).unwrap();
            let suffixes: &[&str] = match (kind.as_str(), is_open) {
                ("histogram", _) => &["_bucket", "_sum", "_count"],
                ("counter", true) => &["_total"],
                _ => &[""],
            };
            assert!(suffixes.iter().any(|suffix| name == format!("{current}{suffix}")), "{line}");
            assert!(kind != "counter" || name.ends_with("_total"), "{line}");
            let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
            assert!(samples.insert(series.to_string(), value).is_none(), "{series} twice");
        }
    }
    families
}

/// `name="value"`, separated by commas, with quotes, backslashes and line feeds of values escaped.
fn well_formed(labels: &str) -> bool {
    let mut rest = labels;
    while !rest.is_empty() {
        let Some((name, value)) = rest.split_once("=\"") else { return false };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return false;
        }
        let mut escaped = false;
        let end = value.bytes().position(|byte| match (escaped, byte) {
            (false, b'"') => true,
            (false, b'\\') => {
                escaped = true;
                false
            }
            _ => {
                escaped = false;
                false
            }
        });
        let Some(end) = end else { return false };
        rest = &value[end + 1..];
        rest = match rest.strip_prefix(',') {
            Some(more) if !more.is_empty() => more,
            _ if rest.is_empty() => rest,
            _ => return false,
        };
    }
    true
}

#[test]
fn both_formats_are_read_back_with_what_was_counted() {
    for is_open in [false, true] {
        let families = read(&page(counted(), is_open, 100_000), is_open);
        assert_eq!(families.len(), FAMILIES.len());
        let value = |series: &str| {
            let found = families.values().find_map(|(_, samples)| samples.get(series));
            *found.unwrap_or_else(|| panic!("{series} is missing"))
        };
        let duration = "http_server_request_duration_seconds";
        let root = "http_route=\"/\",http_request_method=\"GET\"";
        for (series, expected) in [
            (format!("{duration}_bucket{{{root},le=\"0.005\"}}"), 1.0),
            (format!("{duration}_bucket{{{root},le=\"1.0\"}}"), 1.0),
            (format!("{duration}_bucket{{{root},le=\"2.5\"}}"), 2.0),
            (format!("{duration}_bucket{{{root},le=\"10.0\"}}"), 2.0),
            (format!("{duration}_bucket{{{root},le=\"+Inf\"}}"), 2.0),
            (format!("{duration}_count{{{root}}}"), 2.0),
            (format!("{duration}_sum{{{root}}}"), 1.238_567),
            (format!("http_server_requests_total{{{root},http_response_status_code=\"2xx\"}}"), 2.0),
            (format!("http_server_requests_total{{{root},http_response_status_code=\"5xx\"}}"), 0.0),
            (format!("bantam_sent_content_bytes_total{{{root}}}"), 20.0),
            (format!("{duration}_sum{{http_route=\"unmatched\",http_request_method=\"_OTHER\"}}"), 60.0),
            ("bantam_refusals_total{reason=\"not-found\"}".into(), 1.0),
            ("bantam_refusals_total{reason=\"host\"}".into(), 0.0),
            ("bantam_dropped_log_lines_total".into(), 12.0),
            ("bantam_connections{state=\"idle\"}".into(), 1.0),
            ("bantam_connections{state=\"lingering\"}".into(), 0.0),
            ("bantam_accepted_connections_total".into(), 1.0),
            ("http_server_active_requests".into(), 0.0),
        ] {
            assert!((value(&series) - expected).abs() < 1e-9, "{series}: {}", value(&series));
        }
    }
}

#[test]
fn rows_carry_the_pattern_and_the_methods_of_their_route() {
    let page = page(counted(), false, 100_000);
    for labels in [
        "{http_route=\"/api\",http_request_method=\"GET\"}",
        "{http_route=\"/api\",http_request_method=\"POST\"}",
        "{http_route=\"/users/:id\",http_request_method=\"GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH\"}",
    ] {
        let mut names = labels.trim_matches(['{', '}']).split("http_request_method=\"");
        let (route, methods) = (names.next().unwrap(), names.next().unwrap().trim_end_matches('"'));
        let found = page.lines().any(|line| {
            let Some(shown) = line.split(route).nth(1).and_then(|rest| rest.split('"').nth(1)) else {
                return false;
            };
            let (mut shown, mut wanted): (Vec<_>, Vec<_>) =
                (shown.split('|').collect(), methods.split('|').collect());
            shown.sort_unstable();
            wanted.sort_unstable();
            shown == wanted
        });
        assert!(found, "{labels}");
    }
}

#[test]
fn a_histogram_is_cumulative_and_its_count_is_its_last_bucket() {
    let metrics = counted();
    let families = read(&page(metrics, true, 100_000), true);
    let (kind, samples) = &families["http_server_request_duration_seconds"];
    assert_eq!((kind.as_str(), samples.len()), ("histogram", (N + 1) * 17));
    let counts = samples.iter().filter(|(series, _)| series.contains("_count{"));
    for (series, count) in counts {
        let labels = series.split_once('{').unwrap().1.trim_end_matches('}');
        let bucket = |bound: &str| {
            samples[&format!("http_server_request_duration_seconds_bucket{{{labels},le=\"{bound}\"}}")]
        };
        let buckets: Vec<_> = BOUNDS.iter().map(|(_, bound)| bucket(bound)).chain([bucket("+Inf")]).collect();
        assert!(buckets.is_sorted(), "{series}: {buckets:?}");
        assert_eq!(buckets.last(), Some(count), "{series}");
    }
}

#[test]
fn a_page_is_the_same_through_any_space_that_holds_a_line() {
    let metrics = counted();
    for is_open in [false, true] {
        let whole = page(metrics, is_open, 100_000);
        // A family is described by two lines in one piece.
        for space in [180, 181, 200, 255, 256, 1_000, 4_096, whole.len() - 1, whole.len(), whole.len() + 1] {
            assert!(page(metrics, is_open, space) == whole, "{space}");
        }
    }
}

#[test]
fn counting_while_a_page_is_written_leaves_its_histograms_whole() {
    let metrics = counted();
    let answer = Answer {
        status: Status::OK,
        content_sent: 0,
        content_received: 0,
        duration: Duration::from_micros(20_000),
        at: Instant::ZERO,
        is_cut: false,
        closing: None,
        refused: None,
    };
    let mut text = MetricsText::new(metrics, &ROUTES, false);
    let mut page = Vec::new();
    loop {
        let mut bytes = [0; 200];
        let mut pull = Pull {
            space: &mut bytes,
            content: &[],
            content_complete: true,
            consumed: 0,
            now: Instant::ZERO,
            request: None,
        };
        let pulled = text.pull(&(), &mut pull);
        metrics.rows.iter().chain([&metrics.unmatched]).for_each(|row| row.count(&answer));
        match pulled {
            Pulled::Bytes(length) => page.extend_from_slice(&bytes[..length]),
            Pulled::Last(length) => {
                page.extend_from_slice(&bytes[..length]);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    let families = read(core::str::from_utf8(&page).unwrap(), false);
    let samples = &families["http_server_request_duration_seconds"].1;
    for (series, count) in samples.iter().filter(|(series, _)| series.contains("_count{")) {
        let infinite = series.replace("_count{", "_bucket{").replace('}', ",le=\"+Inf\"}");
        assert_eq!(samples[&infinite], *count, "{series}");
    }
}

#[test]
fn values_of_labels_are_escaped() {
    let mut bytes = [0; 64];
    let mut space = Space { bytes: &mut bytes, used: 0 };
    assert!(space.escaped("a\"b\\c\nd\"").is_ok());
    let used = space.used;
    assert_eq!(&bytes[..used], b"a\\\"b\\\\c\\nd\\\"");
}
