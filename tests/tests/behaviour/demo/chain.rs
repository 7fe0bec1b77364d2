//! The demo with what an application puts around it: metrics, checks, compression, a cache.

use bantam_core::handlers::health::{Check, Checks, Monitor};
use bantam_core::middleware::cache::Cache;
use bantam_core::middleware::compress::{Coding, Compress};
use bantam_core::prelude::*;
use bantam_demo::{App, METRICS, ROUTES, Streams};
use bantam_tests::answer::Answer;
use bantam_tests::client::PATIENCE;
use bantam_tests::memory::Memory;
use bantam_tests::serves::{Serves, on_all_with};
use serde_json::json;

use super::{PAGE, get, get_with, gzip, json_of};

static APP: App = App::new();

/// The number that stands behind this line of the page.
fn counted(server: &mut dyn Serves, line: &str) -> u64 {
    let page = get(server, "/metrics");
    let found = page.text().lines().find_map(|candidate| candidate.strip_prefix(line));
    found.unwrap_or_else(|| panic!("no {line} in {}", page.text())).trim().parse().expect("a number")
}

#[test]
fn metrics_are_those_of_the_chain() {
    static CHAIN: [&dyn Middleware<App, Streams>; 1] = [&METRICS];
    let service =
        || Service::new(&APP, &ROUTES).with_middleware(&CHAIN).with_connections(METRICS.connections());
    on_all_with(service, |server| {
        let page = get(server, "/metrics");
        assert_eq!(page.field("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
        assert_eq!((page.status, page.field("Cache-Control")), (200, Some("no-store")));
        let lines = [
            r#"http_server_requests_total{http_route="/users/:id",http_request_method="GET",http_response_status_code="2xx"}"#,
            r#"http_server_requests_total{http_route="unmatched",http_request_method="_OTHER",http_response_status_code="4xx"}"#,
            r#"bantam_sent_content_bytes_total{http_route="/range/:n",http_request_method="GET"}"#,
        ];
        let before = lines.map(|line| counted(server, line));
        for id in 0..3 {
            assert_eq!(get(server, &format!("/users/{id}")).status, 200);
        }
        assert_eq!(get(server, "/nothing").status, 404);
        assert_eq!(get(server, "/range/1000").status, 200);
        let after = lines.map(|line| counted(server, line));
        assert_eq!(core::array::from_fn(|at| after[at] - before[at]), [3, 1, 1_000]);
        let open = get_with(server, "/metrics", "Accept: application/openmetrics-text\r\n");
        assert!(open.text().ends_with("# EOF\n"));
        for route in ROUTES.table().iter() {
            assert!(
                page.text().contains(&format!("{{http_route=\"{}\"", route.pattern())),
                "{}",
                route.pattern()
            );
        }
    });
}

#[test]
fn probes_tell_of_what_a_device_notes_down() {
    static CHECKS: Checks<1> = Checks::new(["sensor"]);
    static DEVICE: App = App::checked(&CHECKS);
    let service = Service::new(&DEVICE, &ROUTES);
    let mut server = Memory::<_, _>::new(&service);
    assert_eq!(get(&mut server, "/health/ready").status, 503, "it was never read");
    for (is_well, status, word) in [(true, 200, "healthy"), (false, 503, "unhealthy"), (true, 200, "healthy")]
    {
        assert!(CHECKS.set("sensor", is_well, Instant::ZERO));
        assert_eq!(get(&mut server, "/health/ready").status, status);
        let health = get(&mut server, "/health");
        assert_eq!((health.status, json_of(&health)["status"].as_str()), (status, Some(word)));
        assert_eq!(json_of(&health)["checks"]["sensor"], json!({ "status": word }));
        assert_eq!(get(&mut server, "/health/live").status, 200);
    }
}

#[test]
fn probes_tell_of_checks_that_run_beside() {
    let check = Check::new("disk", || Err("it is full".into()));
    let app = App::new().with_monitor(Monitor::start(vec![check]).expect("a thread"));
    let service = Service::new(&app, &ROUTES);
    let mut server = Memory::<_, _>::new(&service);
    let health = get(&mut server, "/health");
    assert_eq!((health.status, json_of(&health)["status"].as_str()), (503, Some("unhealthy")));
    assert_eq!(json_of(&health)["checks"]["disk"], json!({ "status": "unhealthy" }), "and nothing of why");
    assert_eq!(get(&mut server, "/health/ready").status, 503);

    let app = App::new().with_monitor(Monitor::start(vec![Check::new("disk", || Ok(()))]).expect("a thread"));
    let service = Service::new(&app, &ROUTES);
    let mut server = Memory::<_, _>::new(&service);
    let begun = std::time::Instant::now();
    while get(&mut server, "/health/ready").status != 200 {
        assert!(begun.elapsed() < PATIENCE, "it does not get well");
    }
    assert_eq!(json_of(&get(&mut server, "/health"))["checks"]["disk"], json!({ "status": "healthy" }));
}

fn varies(answer: &Answer) -> bool {
    answer.fields.iter().any(|(name, value)| name == "Vary" && value == "Accept-Encoding")
}

#[test]
fn answers_are_compressed_whatever_they_come_from() {
    static COMPRESS: Compress<1> = Compress::new([Coding::gzip(4)]);
    static CHAIN: [&dyn Middleware<App, Streams>; 1] = [&COMPRESS];
    on_all_with(
        || Service::new(&APP, &ROUTES).with_middleware(&CHAIN),
        |server| {
            let accepts = "Accept-Encoding: gzip\r\n";
            let long = format!("/get?a={}", "b".repeat(3_000));
            for path in ["/stream/300", "/metrics", &long] {
                let plain = get_with(server, path, "Accept-Encoding: identity\r\n");
                assert_eq!((plain.field("Content-Encoding"), varies(&plain)), (None, true), "{path}");
                let coded = get_with(server, path, accepts);
                assert_eq!(coded.field("Content-Encoding"), Some("gzip"), "{path}");
                assert!(coded.content.len() < plain.content.len() / 2, "{path}");
                let text = String::from_utf8(gzip::plain(&coded.content)).expect("text");
                let text = text.replace("\"gzip\"", "\"identity\"");
                // Other tests ask meanwhile, and are counted.
                let uncounted = |text: &str| text.replace(|one: char| one.is_ascii_digit() || one == '.', "");
                match path {
                    "/metrics" => assert_eq!(uncounted(&text), uncounted(plain.text()), "{path}"),
                    _ => assert_eq!(text, plain.text(), "{path}"),
                }
            }
            // Content that is read while it is answered.
            let content = "to be or not to be\n".repeat(20_000);
            let head = format!(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n{accepts}Content-Length: {}\r\n\r\n",
                content.len()
            );
            let echoed = server.ask(format!("{head}{content}").as_bytes());
            assert!(echoed.field("Content-Encoding") == Some("gzip") && echoed.content.len() < 10_000);
            assert!(gzip::plain(&echoed.content) == content.as_bytes());
            // What is coded already stays as it is.
            let page = get_with(server, "/", accepts);
            assert!(page.field("ETag").is_some_and(|tag| tag.starts_with('"')));
            assert!(gzip::plain(&page.content) == PAGE);
            let described = get_with(server, "/gzip", accepts);
            assert_eq!(described.field("Content-Encoding"), Some("gzip"));
            assert!(gzip::plain(&described.content).starts_with(b"{\"gzipped\":true,"));
        },
    );
}

#[test]
fn answers_are_kept_whatever_they_come_from() {
    on_all_with(
        || {
            let cache: &'static Cache = Box::leak(Box::new(Cache::new(1 << 20, 100)));
            let chain: &'static [&'static dyn Middleware<App, Streams>] =
                Box::leak(Box::new([cache as &dyn Middleware<App, Streams>]));
            Service::new(&APP, &ROUTES).with_middleware(chain)
        },
        |server| {
            // One is copied into the buffer, the other flows.
            for length in [10, 6_000] {
                let path = format!("/cache/60?a={}", "b".repeat(length));
                let first = get_with(server, &path, "X: first\r\n");
                let again = get_with(server, &path, "X: again\r\n");
                assert_eq!(
                    (first.status, first.field("Age"), again.field("Age").is_some()),
                    (200, None, true)
                );
                assert_eq!(json_of(&again)["headers"]["X"], "first", "{length}");
                assert_eq!(again.content, first.content, "{length}");
            }
        },
    );
}
