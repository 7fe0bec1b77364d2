//! The page of the metrics, as a Prometheus server would read it.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};

use bantam_core::middleware::metrics::{self, Metrics, MetricsText};
use bantam_core::prelude::*;
use bantam_tests::answer;
use bantam_tests::client::PATIENCE;
use bantam_tests::memory::Memory;
use bantam_tests::running::Running;

const ROUTES_IN_ALL: usize = 5;

/// An application whose state is its metrics.
struct App {
    metrics: &'static Metrics<ROUTES_IN_ALL>,
}

static ROUTES: Router<App, ROUTES_IN_ALL, MetricsText> = Router::new([
    get("/", |_, _, response| response.text("hello")),
    get("/users/:id", |_, _, response| response.text("a user")),
    put("/users/:id", |_, request, response| response.bytes("text/plain", request.body())),
    get("/panic", |_, _, _| panic!("on purpose")),
    get("/metrics", |app, request, response| metrics::serve(app.metrics, &ROUTES, request, response)),
]);

fn service() -> Service<'static, App, MetricsText> {
    let metrics: &'static Metrics<ROUTES_IN_ALL> = Box::leak(Box::new(Metrics::new()));
    let app: &'static App = Box::leak(Box::new(App { metrics }));
    let chain: &'static [&'static dyn Middleware<App, MetricsText>] = Box::leak(Box::new([metrics as _]));
    Service::new(app, &ROUTES).with_middleware(chain).with_connections(metrics.connections())
}

const SCRAPE: &str = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
const OPEN: &str = "GET /metrics HTTP/1.1\r\nHost: a\r\nAccept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n\r\n";

/// The samples of a page.
fn samples(page: &str) -> BTreeMap<String, f64> {
    let lines = page.lines().filter(|line| !line.starts_with('#'));
    let mut samples = BTreeMap::new();
    for line in lines {
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let value = value.parse().unwrap_or_else(|_| panic!("{line}"));
        assert!(samples.insert(series.to_owned(), value).is_none(), "{series} twice");
    }
    samples
}

fn scraped(server: &Running) -> BTreeMap<String, f64> {
    let answer = server.connect().ask(SCRAPE);
    assert_eq!(answer.status, 200);
    samples(answer.text())
}

fn value(samples: &BTreeMap<String, f64>, series: &str) -> f64 {
    *samples.get(series).unwrap_or_else(|| panic!("{series} is missing"))
}

#[test]
fn requests_are_counted_by_route_and_never_by_path() {
    let server = Running::start(service());
    let before = scraped(&server);
    for number in 0..50 {
        let mut client = server.connect();
        assert_eq!(client.ask(&format!("GET /users/{number} HTTP/1.1\r\nHost: a\r\n\r\n")).status, 200);
        assert_eq!(client.ask(&format!("GET /nowhere/{number} HTTP/1.1\r\nHost: a\r\n\r\n")).status, 404);
        let method = if number % 2 == 0 { "BREW" } else { "PURGE" };
        assert_eq!(client.ask(&format!("{method} /{number} HTTP/1.1\r\nHost: a\r\n\r\n")).status, 501);
    }
    let content = "PUT /users/7 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(server.connect().ask(content).text(), "hello");
    assert_eq!(server.connect().ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    server.connect().ask("GET / HTTP/1.1\r\n\r\n");
    let after = scraped(&server);
    assert!(before.keys().eq(after.keys()), "what peers send makes no series");
    let user = "http_route=\"/users/:id\",http_request_method";
    let unmatched = "http_route=\"unmatched\",http_request_method=\"_OTHER\"";
    let root = "http_route=\"/\",http_request_method=\"GET\"";
    let duration = "http_server_request_duration_seconds";
    for (series, expected) in [
        (format!("http_server_requests_total{{{user}=\"GET\",http_response_status_code=\"2xx\"}}"), 50.0),
        (format!("http_server_requests_total{{{user}=\"PUT\",http_response_status_code=\"2xx\"}}"), 1.0),
        (format!("http_server_requests_total{{{unmatched},http_response_status_code=\"4xx\"}}"), 51.0),
        (format!("http_server_requests_total{{{unmatched},http_response_status_code=\"5xx\"}}"), 50.0),
        (format!("http_server_requests_total{{{root},http_response_status_code=\"2xx\"}}"), 1.0),
        (format!("{duration}_count{{{user}=\"GET\"}}"), 50.0),
        (format!("{duration}_bucket{{{user}=\"GET\",le=\"+Inf\"}}"), 50.0),
        (format!("bantam_received_content_bytes_total{{{user}=\"PUT\"}}"), 5.0),
        (format!("bantam_sent_content_bytes_total{{{user}=\"GET\"}}"), 300.0),
        (format!("bantam_sent_content_bytes_total{{{root}}}"), 0.0),
        ("bantam_refusals_total{reason=\"not-found\"}".into(), 50.0),
        ("bantam_refusals_total{reason=\"unknown-method\"}".into(), 50.0),
        ("bantam_refusals_total{reason=\"host\"}".into(), 1.0),
    ] {
        assert_eq!(value(&after, &series), expected, "{series}");
    }
}

#[test]
fn connections_are_counted_where_they_are_and_none_is_forgotten() {
    let server = Running::start(service());
    let mut idle: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for client in &mut idle {
        assert_eq!(client.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
    }
    let mut half = server.connect();
    half.send("GET / HTTP/1.1\r\n");
    let mut scraper = server.connect();
    let mut scrape = || samples(scraper.ask(SCRAPE).text());
    let state = |name: &str| format!("bantam_connections{{state=\"{name}\"}}");
    // Another worker may be just about to count.
    let mut until = |expected: [f64; 4]| {
        let begun = std::time::Instant::now();
        loop {
            let samples = scrape();
            let states = ["idle", "receiving", "answering", "lingering"];
            let found = states.map(|name| value(&samples, &state(name)));
            if found == expected {
                return samples;
            }
            assert!(begun.elapsed() < PATIENCE, "{found:?} instead of {expected:?}");
        }
    };
    // The scraper is idle before and after its turn, and counted as such meanwhile.
    let samples = until([4.0, 1.0, 0.0, 0.0]);
    assert_eq!(value(&samples, "bantam_accepted_connections_total"), 5.0);
    assert_eq!(value(&samples, "bantam_closed_connections_total"), 0.0);
    assert_eq!(value(&samples, "http_server_active_requests"), 0.0, "the handler of the page has returned");
    drop((idle, half));
    let samples = until([1.0, 0.0, 0.0, 0.0]);
    assert_eq!(value(&samples, "bantam_closed_connections_total"), 4.0);
}

#[test]
fn a_panic_is_counted_once_and_leaves_nothing_in_flight() {
    let server = Running::start(service());
    for _ in 0..3 {
        assert_eq!(server.connect().ask("GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").status, 500);
    }
    let samples = scraped(&server);
    let panics = "http_route=\"/panic\",http_request_method=\"GET\",http_response_status_code=\"5xx\"";
    assert_eq!(value(&samples, &format!("http_server_requests_total{{{panics}}}")), 3.0);
    // A connection whose answer is on its way out counts, until a worker has seen it gone.
    let mut scraper = server.connect();
    let begun = std::time::Instant::now();
    while value(&self::samples(scraper.ask(SCRAPE).text()), "http_server_active_requests") != 0.0 {
        assert!(begun.elapsed() < PATIENCE, "a request stays in flight");
    }
}

/// The page through a transmit buffer of two kilobytes.
fn page(request: &str) -> answer::Answer {
    let service = service();
    let mut server = Memory::<_, _, 1_024, 2_048>::new(&service);
    server.deliver(b"GET /users/1 HTTP/1.1\r\nHost: a\r\n\r\nGET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
    server.clear_output();
    server.deliver(request.as_bytes());
    answer::all(server.output(), &["GET"]).remove(0)
}

#[test]
fn a_page_outgrows_its_buffer_in_both_formats() {
    let text = page(SCRAPE);
    assert!(text.content.len() > 4_096 && text.text().ends_with('\n'));
    assert_eq!(text.field("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!((text.field("Vary"), text.field("Cache-Control")), (Some("Accept"), Some("no-store")));
    let open = page(OPEN);
    assert!(open.text().ends_with("\n# EOF\n"));
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(open.field("Content-Type"), Some(kind));
    assert!(samples(text.text()).keys().eq(samples(open.text()).keys()), "the same series in both");
}

/// Whether `promtool` with these arguments takes what it is given, and what it says; nothing where there is none.
fn promtool(arguments: &[&str], input: Option<&str>) -> Option<(bool, String)> {
    let stdin = if input.is_some() { Stdio::piped() } else { Stdio::null() };
    let started = Command::new("promtool")
        .args(arguments)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: there is no promtool here (Debian has it in its package prometheus)");
            return None;
        }
        Err(error) => panic!("{error}"),
    };
    if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
        stdin.write_all(input.as_bytes()).expect("promtool reads");
    }
    let output = child.wait_with_output().expect("promtool ends");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Some((output.status.success(), said))
}

#[test]
fn promtool_takes_the_text_and_has_nothing_to_remark() {
    let page = page(SCRAPE);
    if let Some((is_taken, said)) = promtool(&["check", "metrics"], Some(page.text())) {
        assert!(is_taken && said.is_empty(), "{said}\n{}", page.text());
    }
    let broken = page.text().replacen("# TYPE", "# TYPO", 1).replacen("} ", "} x", 1);
    if let Some((is_taken, _)) = promtool(&["check", "metrics"], Some(&broken)) {
        assert!(!is_taken, "it would say so");
    }
}

#[test]
fn promtool_reads_openmetrics() {
    let folder = bantam_tests::folder::Folder::new();
    // Samples of a file need times, which those of a scrape do not have.
    let at = |page: &str| {
        let timed = |line: &str| {
            if line.starts_with('#') { format!("{line}\n") } else { format!("{line} 1795512677\n") }
        };
        page.lines().map(timed).collect::<String>()
    };
    let open = page(OPEN);
    let text = at(open.text());
    folder.write("good.txt", &text);
    folder.write("bad.txt", text.replace("# EOF\n", ""));
    for (name, is_good) in [("good.txt", true), ("bad.txt", false)] {
        let file = folder.path().join(name);
        let blocks = folder.path().join(format!("{name}.blocks"));
        let paths = [file, blocks].map(|path| path.to_string_lossy().into_owned());
        let arguments = ["tsdb", "create-blocks-from", "openmetrics", &paths[0], &paths[1]];
        if let Some((is_taken, said)) = promtool(&arguments, None) {
            assert_eq!(is_taken, is_good, "{name}: {said}");
        }
    }
}
